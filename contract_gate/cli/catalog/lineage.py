"""`contract-gate catalog lineage`: rows of lineage one by one."""

from collections.abc import Awaitable, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from contract_gate.catalogs.graph import key_of
from contract_gate.cli import options
from contract_gate.cli.catalog.session import YES, agree, asset_content, asset_line, with_secoda
from contract_gate.core.printable import json_text, printable

if TYPE_CHECKING:
    from contract_gate.catalogs.catalog import Asset
    from contract_gate.catalogs.secoda.client import Secoda
    from contract_gate.catalogs.secoda.wire import SecodaLineageRow


@click.group()
def lineage() -> None:
    """Rows of lineage: each says that one entity reads another."""


@lineage.command("list")
@click.option("--from", "start", metavar="ID", help="Only rows from this entity.")
@click.option("--to", "end", metavar="ID", help="Only rows to this entity.")
@click.option("--direction", type=click.Choice(["downstream", "upstream"]), help="Only rows of this one.")
@click.option("--page", "number", type=click.IntRange(min=1), help="Only this page of the list.")
@options.form
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

    if missing := with_secoda(ask):
        raise CatalogError(f"the lineage was listed only in part: {missing}", "list it page by page: --page")


@lineage.command("get")
@click.argument("identity", metavar="ID")
@options.form
def get_row(identity: str, form: str) -> None:
    """Show the row of lineage with this ID."""

    async def ask(secoda: "Secoda") -> None:
        rows = (await secoda.rows.get(identity),)
        _show(form, rows, await _ends(secoda, rows))

    with_secoda(ask)


@lineage.command("add")
@click.argument("start", metavar="FROM")
@click.argument("end", metavar="TO")
@options.form
def add_row(start: str, end: str, form: str) -> None:
    """Say that the entity with the id TO reads the one with the id FROM; nothing is written where that stands already."""
    from contract_gate.core.errors import CatalogError, UsageError

    async def ask(secoda: "Secoda") -> None:
        known = await secoda.lookup.entities((start, end))
        for one in (start, end):
            if (why := known.hidden.get(key_of(one))) is not None:
                kind = CatalogError if key_of(one) in known.failed else UsageError
                raise kind(
                    f"no lineage was added: {one}: {why}",
                    "give the ids of two entities that this key may see",
                )
        rows = await secoda.rows.between(start, end)
        if not rows:

            async def is_done() -> bool:
                return bool(await secoda.rows.between(start, end))

            await secoda.lineage.add(start, end, is_done)
            taken = f"Secoda took the lineage from {start} to {end}"
            rows = await _read_back(secoda.rows.between(start, end), taken)
        elif form == "terminal":
            click.echo("it stands already; nothing was written")
        if not rows:
            raise CatalogError(
                f"Secoda took the lineage from {start} to {end}, and lists none: it is not known to stand",
                "look at it in Secoda before adding it again",
            )
        _show(form, rows, await _ends(secoda, rows))

    with_secoda(ask)


@lineage.command("delete")
@click.argument("identity", metavar="ID")
@YES
@options.form
def delete_row(identity: str, yes: bool, form: str) -> None:
    """Delete the row of lineage with this ID, after showing it."""
    from contract_gate.core.errors import CatalogError

    async def look(secoda: "Secoda") -> "SecodaLineageRow":
        row = await secoda.rows.get(identity)
        _show(form, (row,), await _ends(secoda, (row,)))
        return row

    async def delete(secoda: "Secoda") -> None:
        await secoda.lineage.remove(identity)
        left = await _read_back(secoda.rows.stating(row), f"Secoda took the deletion of {identity}")
        if any(one.id == row.id for one in left):
            raise CatalogError(
                f"Secoda took the deletion of {identity}, and still lists it", "look at it in Secoda"
            )
        click.echo(f"deleted {printable(identity)}", err=True)
        for one in left:
            click.echo(f"the same is still said by {printable(one.id or 'a row without id')}", err=True)

    # Two connections: the deadline of one would run while a person thinks.
    row = with_secoda(look)
    agree("delete it?", "nothing was deleted", yes=yes)
    with_secoda(delete)


async def _read_back(
    look: "Awaitable[tuple[SecodaLineageRow, ...]]", taken: str
) -> "tuple[SecodaLineageRow, ...]":
    """Look at what was written; CatalogError that says that it was, where this can't be seen."""
    from contract_gate.catalogs.secoda.errors import SecodaError
    from contract_gate.core.errors import CatalogError

    try:
        return await look
    except SecodaError as error:
        raise CatalogError(
            f"{taken}, and it can't be read back: {error.message}", "look at it in Secoda"
        ) from error


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
            click.echo("  " + printable(f"{word} {asset_line(ends[key_of(identity)], identity)}"))
    if not rows and not missing:
        click.echo("no row of lineage")


def _as_json(row: "SecodaLineageRow", ends: Mapping[str, "Asset"]) -> dict[str, object]:
    content: dict[str, object] = {"id": row.id, "direction": str(row.direction), "is_manual": row.is_manual}
    for word, identity in (("from", row.from_id), ("to", row.to_id)):
        content[word] = asset_content(ends[key_of(identity)], identity)
    return content
