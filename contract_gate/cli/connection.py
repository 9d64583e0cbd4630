"""What the commands that ask the catalog share: the configuration of the directory and the way to Secoda."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from contract_gate.catalogs.catalog import Catalog, NoCatalog, plain
from contract_gate.catalogs.secoda.settings import KEY_VARIABLE, Limits, SecodaSettings, settings_from
from contract_gate.config import FILES, Config, find_config
from contract_gate.errors import UsageError, why_unread
from contract_gate.relation import RelationName

_PART = re.compile(r'"[^"]+"|`[^`]+`|[^."`\s]+')


def local_config(directory: Path) -> Config:
    """Read the configuration as it stands in the directory: for commands that a person runs there."""
    texts: dict[str, str] = {}
    for name in FILES:
        try:
            texts[name] = (directory / name).read_text(encoding="utf-8")
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"the configuration was not read: {name}: {why_unread(error)}") from error
    return find_config(texts)


def secoda_settings(
    config: Config, environ: Mapping[str, str] = os.environ, *, trust_url: bool = True
) -> SecodaSettings | None:
    """Give the way to Secoda, None without a key.

    The key goes to where the configuration says: pass `trust_url=False` for a configuration that comes from
    the pull request, or it could send the key elsewhere.
    """
    return settings_from(
        environ,
        url=config.secoda.url if trust_url else None,
        integration=config.secoda.integration,
        dialects=config.secoda.dialects,
        limits=Limits(deadline=float(config.deadline), hops=config.max_hops),
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
    parts = _PART.findall(text.strip())
    rebuilt = ".".join(parts)
    if not 1 <= len(parts) <= 3 or rebuilt != text.strip():
        raise UsageError(f"{text!r} is no name of a relation", "write database.schema.name")
    return RelationName(tuple(map(plain, parts)))


def open_catalog(config: Config, snapshot: Path | None = None, *, trust_url: bool = True) -> Catalog:
    """Give the catalog to ask: the snapshot where one is named, else Secoda where there is a key, else none."""
    chosen = snapshot or (Path(config.snapshot) if config.snapshot else None)
    if snapshot is None and config.catalog == "none":
        return NoCatalog("the configuration says catalog = none")
    settings = None if chosen else secoda_settings(config, trust_url=trust_url)
    if chosen:
        from contract_gate.catalogs.snapshot import SnapshotCatalog, load

        return SnapshotCatalog(load(chosen))
    if settings:
        from contract_gate.catalogs.secoda.downstream import SecodaCatalog

        return SecodaCatalog(settings)
    return NoCatalog()
