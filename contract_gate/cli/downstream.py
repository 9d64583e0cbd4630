"""`contract-gate downstream`: ask the catalog who reads a relation."""

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from contract_gate.catalogs.catalog import Answer


@click.command()
@click.argument("relation")
@click.option("--column", "columns", multiple=True, help="A column to account for; repeatable.")
@click.option("--snapshot", type=click.Path(path_type=Path), help="Ask this file instead of Secoda.")
@click.option("--format", "form", type=click.Choice(["terminal", "json"]), default="terminal")
def downstream(relation: str, columns: tuple[str, ...], snapshot: Path | None, form: str) -> None:
    """Ask the catalog who reads RELATION (database.schema.name, or as much of it as is unique)."""
    from contract_gate.catalogs.catalog import Downstream, Question, Unavailable
    from contract_gate.catalogs.presentation import answer_to_json, answer_to_text
    from contract_gate.catalogs.snapshot import load
    from contract_gate.cli.configuration import of_branch
    from contract_gate.cli.connection import open_catalog, relation_argument, tell
    from contract_gate.core.errors import CatalogError

    name = relation_argument(relation)
    configured = of_branch(Path.cwd(), os.environ)
    tell(configured.note)
    catalog = open_catalog(configured.config, load(snapshot) if snapshot is not None else None)
    answers = asyncio.run(catalog.downstream([Question(relation=name, columns=columns)]))
    answer: Answer = answers[name]
    click.echo(
        answer_to_json(answer, catalog.state()) if form == "json" else answer_to_text(answer), nl=False
    )
    if isinstance(answer, Unavailable):
        raise CatalogError(f"the catalog did not say who reads {name}: {answer.reason}", _HINT)
    if isinstance(answer, Downstream) and answer.truncated:
        raise CatalogError(f"the catalog said only in part who reads {name}", _HINT)


_HINT = "`contract-gate doctor` checks the key and the connection"
