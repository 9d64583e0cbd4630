"""`contract-gate downstream`: who reads a relation, a column of it or a model."""

from pathlib import Path

import click

from contract_gate.cli import options


@click.command()
@click.argument("relation")
@click.option("--column", "columns", multiple=True, help="A column to account for; repeatable.")
@click.option("--depth", type=click.IntRange(min=1), help="At most so many hops away (default: all).")
@options.snapshot
@click.option(
    "--offline",
    is_flag=True,
    help="Ask no catalog: the repository's models, and what reads them in other files, answer.",
)
@options.form
def downstream(
    relation: str,
    columns: tuple[str, ...],
    depth: int | None,
    snapshot: Path | None,
    offline: bool,
    form: str,
) -> None:
    """Tell who reads RELATION: database.schema.name, or as much of it as is unique, with .COLUMN where one is meant.

    A path of a model's file, counted from this folder or from the top, means what the file makes.
    """
    from contract_gate.catalogs.catalog import Way
    from contract_gate.cli.walk import Walk, show

    walk = Walk(way=Way.DOWNSTREAM, name=relation, columns=columns, depth=depth)
    show(walk, form, snapshot=snapshot, offline=offline)
