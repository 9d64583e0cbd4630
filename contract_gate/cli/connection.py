"""What the commands that ask the catalog share: the way to Secoda, for a configuration that is known to hold."""

import os
import re
from collections.abc import Mapping

import click

from contract_gate.catalogs.catalog import Catalog, NoCatalog, plain
from contract_gate.catalogs.names import CatalogNames
from contract_gate.catalogs.secoda.settings import (
    KEY_VARIABLE,
    URL_VARIABLE,
    Limits,
    SecodaSettings,
    settings_from,
)
from contract_gate.catalogs.snapshot import Snapshot, SnapshotCatalog
from contract_gate.core.errors import UsageError
from contract_gate.core.printable import printable
from contract_gate.core.relation import RelationName
from contract_gate.edge.config import Config
from contract_gate.reports.report import CatalogStatus

_PART = re.compile(r'"[^"]+"|`[^`]+`|[^."`\s]+')


class UnvouchedError(UsageError):
    """Nobody who may decide it says where the key goes."""


def secoda_settings(config: Config, environ: Mapping[str, str] = os.environ) -> SecodaSettings | None:
    """Give the way to Secoda, None without a key.

    UnvouchedError where only a proposed configuration says where the key should go: then it goes nowhere.
    """
    proposed = config.proposed_url
    if proposed and environ.get(KEY_VARIABLE, "").strip() and not environ.get(URL_VARIABLE, "").strip():
        raise UnvouchedError(
            f"the key was sent nowhere: {proposed[:80]!r} is proposed by a configuration that is not merged",
            f"set {URL_VARIABLE}, or merge the configuration first",
        )
    return settings_from(
        environ,
        url=config.secoda.url,
        integration=config.secoda.integration,
        dialects=config.secoda.dialects,
        limits=Limits(deadline=float(config.deadline), hops=config.max_hops, assets=config.max_assets),
    )


def needed_settings(config: Config) -> SecodaSettings:
    """Give the way to Secoda for a command that can't go on without."""
    settings = secoda_settings(config)
    if settings is None:
        raise UsageError(
            f"the catalog was not asked: {KEY_VARIABLE} is not set",
            "make a key in Secoda (Settings, API) and set it in the environment",
        )
    return settings


def relation_argument(text: str) -> RelationName:
    """Read a relation's name as people type it: `db.schema.name`, a part with dots in quotes. UsageError else."""
    parts = name_parts(text)
    if len(parts) > 3:
        raise UsageError(f"{text!r} is no name of a relation", "write database.schema.name")
    return RelationName(parts)


def name_parts(text: str) -> tuple[str, ...]:
    """Read the parts of a relation's or a column's name; UsageError where it is neither's."""
    parts = _PART.findall(text.strip())
    if not 1 <= len(parts) <= 4 or ".".join(parts) != text.strip():
        raise UsageError(f"{text!r} is no name of a relation", "write database.schema.name")
    return tuple(map(plain, parts))


def called(relation: RelationName, config: Config) -> RelationName:
    """Give what the catalog calls a relation that a person typed as reports show it: by `catalog-names`, which is told."""
    names = CatalogNames(renamed={name.lower(): value for name, value in config.catalog_names.items()})
    if not names.is_renamed(relation):
        return relation
    tell(f"{relation} is asked for as {names.of(relation)} (catalog-names)")
    return names.of(relation)


def open_catalog(config: Config, snapshot: Snapshot | None = None) -> Catalog:
    """Give the catalog to ask: the snapshot where there is one, else Secoda where there is a key, else none."""
    if snapshot is not None:
        return SnapshotCatalog(snapshot, config.snapshot_max_age)
    if config.catalog == "none":
        return NoCatalog("the configuration says catalog = none")
    try:
        settings = secoda_settings(config)
    except UnvouchedError as error:
        return NoCatalog(f"{error.message} ({error.hint})", config.catalog, CatalogStatus.UNAVAILABLE)
    if settings is None:
        return NoCatalog()
    from contract_gate.catalogs.secoda.downstream import SecodaCatalog

    return SecodaCatalog(settings)


def has_key(config: Config) -> bool:
    """Tell whether there is a key, and an address that it may go to: then a configured snapshot is not needed."""
    try:
        return secoda_settings(config) is not None
    except UnvouchedError:
        return False


def tell(note: str | None) -> None:
    """Say on standard error whose configuration holds, where that may surprise."""
    if note:
        click.echo(f"note: {printable(note)}", err=True)
