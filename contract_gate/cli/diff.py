"""`contract-gate diff`: what changed between two SQL files."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from contract_gate.cli.inputs import known_dialect, read_schema, read_sql
from contract_gate.core.printable import json_text

if TYPE_CHECKING:
    from contract_gate.compare.changes.api import Difference
    from contract_gate.compare.changes.change import Change

_WIDTH = 120
"""How wide a table of rows gets; the JSON has each value in full."""
_COLOURS = {
    "schema": "1;31",
    "rows": "1;33",
    "values": "1;33",
    "undecided": "1;35",
    "additive": "1;36",
    "none": "1;32",
}


@click.command()
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option("--dialect", default="", help="The SQL dialect, by sqlglot's name.")
@click.option("--schema", "schema_file", type=click.Path(path_type=Path), help="JSON: table, column, type.")
@click.option("--format", "form", type=click.Choice(["terminal", "json"]), default="terminal")
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
    _show(found, colour=sys.stdout.isatty() and not os.environ.get("NO_COLOR"))


def _show(found: "Difference", *, colour: bool) -> None:
    from contract_gate.core.printable import printable

    for change in found.changes:
        kind = _paint(change.kind.value, _COLOURS[change.change_class.value], colour)
        place = f"  line {change.location.line}" if change.location is not None else ""
        click.echo(f"{kind}{place}  {change.certainty.value}")
        click.echo(f"  {printable(change.message)}")
        _show_witness(change)
    name = found.change_class.value
    said = (
        "no change of meaning"
        if not found.changes
        else f"{len(found.changes)} change{'s'[: len(found.changes) > 1]}"
    )
    click.echo(f"{_paint(name, _COLOURS[name], colour)}: {said}")


def _show_witness(change: "Change") -> None:
    if change.witness is None:
        return
    from contract_gate.core.printable import printable
    from contract_gate.reports.rows import claim, tables, titled, unless

    click.echo(f"  {printable(claim(change, change.witness))}:")
    if change.witness.assumes:
        click.echo(f"    ({printable(unless(change.witness))})")
    for table in tables(change.witness, change):
        for line in titled(table, _WIDTH):
            click.echo(f"    {line}")


def _paint(text: str, codes: str, colour: bool) -> str:
    return f"\x1b[{codes}m{text}\x1b[0m" if colour else text
