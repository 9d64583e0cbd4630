"""`contract-gate catalog`: the catalog's own records, from the command line."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from contract_gate.core.printable import json_text, printable

if TYPE_CHECKING:
    from contract_gate.catalogs.catalog import Asset
    from contract_gate.catalogs.secoda.client import Secoda
    from contract_gate.catalogs.secoda.wire import SecodaLineageRow

_Result = TypeVar("_Result")
_FORM = click.option("--format", "form", type=click.Choice(["terminal", "json"]), default="terminal")


@click.group()
def catalog() -> None:
    """Read and change the catalog's records. The key is SECODA_API_KEY's."""


@catalog.group()
def lineage() -> None:
    """Rows of lineage: each says that one entity reads another."""


@lineage.command("list")
@click.option("--from", "start", metavar="ID", help="Only rows from this entity.")
@click.option("--to", "end", metavar="ID", help="Only rows to this entity.")
@click.option("--direction", type=click.Choice(["downstream", "upstream"]), help="Only rows of this one.")
@click.option("--page", "number", type=click.IntRange(min=1), help="Only this page of the list.")
@_FORM
def list_rows(
    start: str | None, end: str | None, direction: str | None, number: int | None, form: str
) -> None:
    """List rows of lineage, with the names and addresses of both ends."""
    from contract_gate.catalogs.secoda.rows import RowFilter
    from contract_gate.catalogs.secoda.wire import SecodaDirection
    from contract_gate.core.errors import CatalogError

    way = None if direction is None else SecodaDirection(direction)
    wanted = RowFilter(start=start, end=end, direction=way)

    async def ask(secoda: "Secoda") -> str | None:
        listed = await secoda.rows.listed(wanted, number)
        _show(form, listed.rows, await _ends(secoda, listed.rows), missing=listed.missing)
        return listed.missing

    if missing := _with_secoda(ask):
        raise CatalogError(f"the lineage was listed only in part: {missing}", "list it page by page: --page")


@lineage.command("get")
@click.argument("identity", metavar="ID")
@_FORM
def get_row(identity: str, form: str) -> None:
    """Show the row of lineage with this ID."""

    async def ask(secoda: "Secoda") -> None:
        rows = (await secoda.rows.get(identity),)
        _show(form, rows, await _ends(secoda, rows))

    _with_secoda(ask)


@lineage.command("add")
@click.argument("start", metavar="FROM")
@click.argument("end", metavar="TO")
@_FORM
def add_row(start: str, end: str, form: str) -> None:
    """Say that the entity with the id TO reads the one with the id FROM; nothing is written where that stands already."""
    from contract_gate.core.errors import CatalogError, UsageError

    async def ask(secoda: "Secoda") -> None:
        known = await secoda.lookup.entities((start, end))
        for one in (start, end):
            if (why := known.hidden.get(one.lower())) is not None:
                kind = CatalogError if one.lower() in known.failed else UsageError
                raise kind(
                    f"no lineage was added: {one}: {why}",
                    "give the ids of two entities that this key may see",
                )
        rows = await secoda.rows.between(start, end)
        if not rows:

            async def is_done() -> bool:
                return bool(await secoda.rows.between(start, end))

            await secoda.lineage.add(start, end, is_done)
            rows = await secoda.rows.between(start, end)
        elif form == "terminal":
            click.echo("it stands already; nothing was written")
        if not rows:
            raise CatalogError(
                f"Secoda took the lineage from {start} to {end}, and lists none: it is not known to stand",
                "look at it in Secoda before adding it again",
            )
        _show(form, rows, await _ends(secoda, rows))

    _with_secoda(ask)


@lineage.command("delete")
@click.argument("identity", metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
@_FORM
def delete_row(identity: str, yes: bool, form: str) -> None:
    """Delete the row of lineage with this ID, after showing it."""
    from contract_gate.core.errors import CatalogError, UsageError

    async def look(secoda: "Secoda") -> "SecodaLineageRow":
        row = await secoda.rows.get(identity)
        _show(form, (row,), await _ends(secoda, (row,)))
        return row

    async def delete(secoda: "Secoda") -> None:
        await secoda.lineage.remove(identity)
        left = await secoda.rows.stating(row)
        if any(one.id == row.id for one in left):
            raise CatalogError(
                f"Secoda took the deletion of {identity}, and still lists it", "look at it in Secoda"
            )
        click.echo(f"deleted {printable(identity)}", err=True)
        for one in left:
            click.echo(f"the same is still said by {printable(one.id or 'a row without id')}", err=True)

    # Two connections: the deadline of one would run while a person thinks.
    row = _with_secoda(look)
    if not yes and not _agreed():
        raise UsageError("nothing was deleted: nobody agreed to it", "answer y, or give --yes")
    _with_secoda(delete)


def _agreed() -> bool:
    """Ask on standard error; where nobody can answer, nobody agrees."""
    try:
        return click.confirm("delete it?", err=True)
    except click.Abort:
        return False


def _with_secoda(ask: Callable[["Secoda"], Awaitable[_Result]]) -> _Result:
    from contract_gate.catalogs.secoda.client import Secoda
    from contract_gate.cli.configuration import of_branch
    from contract_gate.cli.connection import needed_settings, tell

    configured = of_branch(Path.cwd(), os.environ)
    tell(configured.note)
    settings = needed_settings(configured.config)

    async def run() -> _Result:
        async with Secoda(settings) as secoda:
            return await ask(secoda)

    return asyncio.run(run())


async def _ends(secoda: "Secoda", rows: Sequence["SecodaLineageRow"]) -> Mapping[str, "Asset"]:
    found = await secoda.lookup.entities([end for row in rows for end in (row.from_id, row.to_id)])
    return found.assets


def _show(
    form: str,
    rows: Sequence["SecodaLineageRow"],
    ends: Mapping[str, "Asset"],
    *,
    missing: str | None = None,
) -> None:
    if form == "json":
        content = {"rows": [_as_json(row, ends) for row in rows], "missing": missing}
        click.echo(json_text(content), nl=False)
        return
    for row in rows:
        click.echo(printable(f"{row.id or '-'}  {row.direction}  {'by hand' if row.is_manual else 'found'}"))
        for word, identity in (("from", row.from_id), ("to", row.to_id)):
            asset = ends[identity.lower()]
            click.echo("  " + printable(f"{word} {asset.kind} {asset.shown}  {identity}  {asset.url or ''}"))
    if not rows and not missing:
        click.echo("no row of lineage")


def _as_json(row: "SecodaLineageRow", ends: Mapping[str, "Asset"]) -> dict[str, object]:
    content: dict[str, object] = {"id": row.id, "direction": str(row.direction), "is_manual": row.is_manual}
    for word, identity in (("from", row.from_id), ("to", row.to_id)):
        asset = ends[identity.lower()]
        content[word] = {"id": identity, "kind": asset.kind, "name": asset.shown, "url": asset.url}
    return content
