"""`contract-gate catalog upstream`: what a relation or one of its columns is made from."""

import click

from contract_gate.cli import options


@click.command()
@click.argument("relation")
@click.option("--depth", type=click.IntRange(min=1), help="At most so many hops away (default: all).")
@click.option("--offline", is_flag=True, help="Ask no catalog: the repository's own models answer.")
@options.form
def upstream(relation: str, depth: int | None, offline: bool, form: str) -> None:
    """Tell what RELATION is made from: database.schema.name, or as much of it as is unique, with .COLUMN where one is meant.

    A path of a model's file, counted from this folder or from the top, means what the file makes.
    """
    from contract_gate.catalogs.catalog import Way
    from contract_gate.cli.walk import Walk, show

    show(Walk(way=Way.UPSTREAM, name=relation, depth=depth), form, offline=offline)
