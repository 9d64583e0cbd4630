"""What the catalog's commands share: a session with Secoda, who agrees to a change, and how an asset is shown."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from contract_gate.core.errors import UsageError

if TYPE_CHECKING:
    from contract_gate.catalogs.catalog import Asset
    from contract_gate.catalogs.secoda.client import Secoda
    from contract_gate.edge.config import Config

_Result = TypeVar("_Result")
_SLACK = 2.0
"""How much longer than the limit of writes alone makes it a run may take: each write is read back."""
YES = click.option("--yes", is_flag=True, help="Do not ask.")


def configured() -> "Config":
    """Give the configuration that says where the key may go, and say whose it is where that may surprise."""
    from contract_gate.cli.configuration import of_branch
    from contract_gate.cli.connection import tell

    found = of_branch(Path.cwd(), os.environ)
    tell(found.note)
    return found.config


def with_secoda(
    ask: Callable[["Secoda"], Awaitable[_Result]], config: "Config | None" = None, *, writes: int = 0
) -> _Result:
    """Run `ask` in a session of its own, with a deadline of its own: none runs while a person thinks.

    So many `writes` have the time that the limit of writes a minute makes them take.
    """
    from contract_gate.catalogs.secoda.client import Secoda
    from contract_gate.cli.progress import shown
    from contract_gate.cli.secoda import needed_settings

    settings = needed_settings(config or configured())
    limits = settings.limits
    seconds = limits.deadline + _SLACK * 60 * writes / limits.writes_per_minute
    settings = replace(settings, limits=replace(limits, deadline=seconds))

    async def run() -> _Result:
        async with Secoda(settings) as secoda:
            return await ask(secoda)

    with shown(os.environ):
        return asyncio.run(run())


def agree(question: str, undone: str, *, yes: bool) -> None:
    """Ask on standard error unless `yes`; UsageError that says what is `undone` where nobody agrees, or nobody can answer."""
    if yes:
        return
    try:
        agreed = click.confirm(question, err=True)
    except click.Abort:
        agreed = False
    if not agreed:
        raise UsageError(f"{undone}: nobody agreed to it", "answer y, or give --yes")


def asset_line(asset: "Asset", identity: str | None = None) -> str:
    """Show an asset with its id (as it was given, else its own) and its address."""
    return f"{asset.kind} {asset.shown}  {identity or asset.id}  {asset.url or ''}".rstrip()


def asset_content(asset: "Asset", identity: str | None = None) -> dict[str, object]:
    return {"id": identity or asset.id, "kind": asset.kind, "name": asset.shown, "url": asset.url}
