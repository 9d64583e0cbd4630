"""`contract-gate diff`: what changed between two SQL files."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from contract_gate.cli import options
from contract_gate.cli.inputs import known_dialect, read_schema, read_sql
from contract_gate.core.printable import json_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from contract_gate.compare.changes.api import Difference
    from contract_gate.compare.changes.change import Change
    from contract_gate.reports.screen import Screen

_COLOURS = {
    "schema": "bold red",
    "rows": "bold yellow",
    "values": "bold yellow",
    "undecided": "bold magenta",
    "additive": "bold cyan",
    "none": "bold green",
}


@click.command()
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option("--dialect", default="", help="The SQL dialect, by sqlglot's name.")
@click.option("--schema", "schema_file", type=click.Path(path_type=Path), help="JSON: table, column, type.")
@options.form
@click.option(
    "--witness/--no-witness", default=True, help="Look for rows that show the difference (needs DuckDB)."
)
def diff(before: Path, after: Path, dialect: str, schema_file: Path | None, form: str, witness: bool) -> None:
    """Tell what changed from BEFORE to AFTER, two SQL files, and how grave it is.

    Exits with 0 whatever changed: the answer is what it prints.
    """
    from contract_gate.app.text_diff import diff as compare

    name, schema = known_dialect(dialect), read_schema(schema_file)
    found = compare(read_sql(before), read_sql(after), name, schema, witness=witness)
    if form == "json":
        click.echo(json_text(found.to_dict()), nl=False)
        return
    _show(found)


def _show(found: "Difference") -> None:
    from contract_gate.cli.outputs import screen
    from contract_gate.reports.screen import Screen

    colour, width = screen()
    page = Screen(colour=colour)
    for change in found.changes:
        kind = page.painted(change.kind.value, _COLOURS[change.change_class.value])
        place = f"  line {change.location.line}" if change.location is not None else ""
        click.echo(f"{kind}{place}  {change.certainty.value}")
        for line in (*page.wrapped(change.message, width - 2), *_rows(change, page, width - 2)):
            click.echo(f"  {line}")
    name = found.change_class.value
    said = (
        "no change of meaning"
        if not found.changes
        else f"{len(found.changes)} change{'s'[: len(found.changes) > 1]}"
    )
    click.echo(f"{page.painted(name, _COLOURS[name])}: {said}")


def _rows(change: "Change", page: "Screen", width: int) -> "Iterator[str]":
    if change.witness is None:
        return
    from contract_gate.reports.grid import titled_lines
    from contract_gate.reports.rows import assumption, claim, tables

    yield from page.wrapped(f"{claim(change, change.witness)}:", width)
    if change.witness.assumes:
        yield from (f"  {line}" for line in page.wrapped(f"({assumption(change.witness)})", width - 2))
    for table in tables(change.witness, change):
        yield from (f"  {line}" for line in titled_lines(table, width - 2))
