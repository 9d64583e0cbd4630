"""`contract-gate doctor`: check what a run depends on, one line a check."""

import asyncio
import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from contract_gate.catalogs.secoda.client import Secoda
    from contract_gate.catalogs.secoda.settings import SecodaSettings


class Health(StrEnum):
    """`NOTE` is worth knowing and stops nothing."""

    OK = "ok"
    NOTE = "note"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at. `hint` says what to do where it is not well."""

    name: str
    health: Health
    said: str
    hint: str | None = None


@click.command()
def doctor() -> None:
    """Check the configuration, git's history, and Secoda's key, rights and freshness."""
    from contract_gate.core.errors import CatalogError
    from contract_gate.core.printable import printable

    checks = [*_local_checks(Path.cwd()), *_catalog_checks(Path.cwd())]
    for check in checks:
        click.echo(f"{check.health.value:<7}{check.name:<9}{printable(check.said)}")
        if check.hint:
            click.echo(f"       {'':<9}{printable(check.hint)}")
    failed = [check.name for check in checks if check.health is Health.FAILED]
    if failed:
        raise CatalogError(f"not everything is well: {', '.join(failed)}", "see the lines above")


def _local_checks(directory: Path) -> list[Check]:
    from contract_gate.core.errors import ContractGateError
    from contract_gate.edge.git.history import History, HistoryReach
    from contract_gate.edge.git.repository import Repository

    try:
        with Repository.open(directory) as repository:
            shallow = History(repository, HistoryReach.LOCAL).is_shallow()
    except ContractGateError as error:
        return [Check(name="git", health=Health.FAILED, said=error.message, hint=error.hint)]
    return [_history(shallow), *_name_checks(directory)]


def _history(shallow: bool) -> Check:
    if shallow:
        hint = "set fetch-depth: 0 in the checkout step, or let the gate fetch what it needs"
        return Check(name="git", health=Health.NOTE, said="the clone's history is cut short", hint=hint)
    return Check(name="git", health=Health.OK, said="the whole history is here")


def _name_checks(directory: Path) -> list[Check]:
    """Tell each variable of the dbt projects that has no value: names and SQL that hang on it are known in part."""
    from contract_gate.cli.configuration import of_branch
    from contract_gate.cli.unset import lines_to_fill_in, places, unset_here
    from contract_gate.core.errors import UsageError

    try:
        config = of_branch(directory, os.environ).config
    except UsageError:
        return []  # told by the check of the configuration
    found = unset_here(directory, config)
    return [
        Check(
            name="names",
            health=Health.NOTE,
            said=f"{one.name} has no value; on it hang {places(one)}",
            hint=f"in contract-gate.toml: {' '.join(lines_to_fill_in([one])).strip()}",
        )
        for one in found
    ]


def _catalog_checks(directory: Path) -> list[Check]:
    from contract_gate.catalogs.secoda.settings import KEY_VARIABLE
    from contract_gate.cli.configuration import of_branch
    from contract_gate.cli.connection import secoda_settings
    from contract_gate.core.errors import UsageError

    try:
        configured = of_branch(directory, os.environ)
        settings = secoda_settings(configured.config)
    except UsageError as error:
        return [Check(name="config", health=Health.FAILED, said=error.message, hint=error.hint)]
    health = Health.OK if configured.note is None else Health.NOTE
    said = configured.note or configured.config.source or "none: the defaults hold"
    source = Check(name="config", health=health, said=said)
    if settings is None:
        said = f"{KEY_VARIABLE} is not set: the repository's own models are judged alone"
        return [source, Check(name="key", health=Health.NOTE, said=said)]
    return [source, *asyncio.run(check_secoda(settings))]


async def check_secoda(settings: "SecodaSettings") -> list[Check]:
    """Ask Secoda whether it is up, whose the key is and how fresh the catalog is. Never raises for its answers."""
    from contract_gate.catalogs.secoda.client import Secoda

    async with Secoda(settings) as secoda:
        return list(await asyncio.gather(_service(secoda, settings.url), _key(secoda), _freshness(secoda)))


async def _service(secoda: "Secoda", url: str) -> Check:
    from contract_gate.catalogs.secoda.errors import SecodaError

    try:
        await secoda.check_health()
    except SecodaError as error:
        return Check(name="service", health=Health.FAILED, said=error.message, hint=error.hint)
    return Check(name="service", health=Health.OK, said=f"{url} is up")


async def _key(secoda: "Secoda") -> Check:
    from contract_gate.catalogs.secoda.errors import SecodaError

    try:
        person = await secoda.me()
    except SecodaError as error:
        return Check(name="key", health=Health.FAILED, said=error.message, hint=error.hint)
    if person is None:
        said = "accepted; Secoda does not say whose it is, and it sees what that person sees"
        return Check(name="key", health=Health.NOTE, said=said)
    role = person.role or "unknown"
    if role.lower() == "admin":
        return Check(name="key", health=Health.OK, said=f"of {person.shown}, an admin: sees all lineage")
    hint = "lineage outside those teams stays unseen, and a Viewer can't `sync`; an Admin's key sees all"
    said = f"of {person.shown}, whose role is {role}: sees what their teams see"
    return Check(name="key", health=Health.NOTE, said=said, hint=hint)


async def _freshness(secoda: "Secoda") -> Check:
    from contract_gate.catalogs.secoda.errors import SecodaError

    try:
        sources = await secoda.integrations()
    except SecodaError as error:
        return Check(name="sources", health=Health.NOTE, said=f"not known: {error.message}")
    if not sources:
        return Check(name="sources", health=Health.NOTE, said="the catalog shows this key no source")
    read = ", ".join(f"{source.name} read {source.last_run or 'never, or not told'}" for source in sources)
    return Check(name="sources", health=Health.OK, said=read)
