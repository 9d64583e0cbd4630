"""`contract-gate snapshot`: save what the catalog knows, for runs without a key."""

import asyncio
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from contract_gate.catalogs.catalog import Question
    from contract_gate.catalogs.secoda.settings import SecodaSettings
    from contract_gate.catalogs.snapshot import Snapshot
    from contract_gate.edge.config import Config


@click.command()
@click.argument("relations", nargs=-1)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default=Path("contract-gate.snapshot.json"),
    show_default=True,
)
def snapshot(relations: tuple[str, ...], output: Path) -> None:
    """Save who reads RELATIONS, for runs without a key. Without any: who reads what the repository's models make."""
    from contract_gate.catalogs.catalog import Question
    from contract_gate.cli.configuration import of_branch
    from contract_gate.cli.connection import called, relation_argument, tell
    from contract_gate.cli.secoda import needed_settings

    named = [relation_argument(relation) for relation in relations]
    configured = of_branch(Path.cwd(), os.environ)
    tell(configured.note)
    typed = [Question(relation=called(relation, configured.config)) for relation in named]
    settings = needed_settings(configured.config)
    write_snapshot(typed or made_here(Path.cwd(), configured.config), settings, output)


def made_here(directory: Path, config: "Config") -> list["Question"]:
    """Ask about every relation that the working tree's models make, by the catalog's names. UsageError where there is none."""
    from contract_gate.app.comparison import catalog_names
    from contract_gate.app.survey import working_tree
    from contract_gate.catalogs.catalog import Question
    from contract_gate.core.errors import UsageError
    from contract_gate.core.world import ModelKind
    from contract_gate.edge.git import Repository

    made = (ModelKind.MODEL, ModelKind.SEED, ModelKind.SNAPSHOT)
    with (
        Repository.open(directory, os.environ) as repository,
        working_tree(repository, config, "no snapshot was taken") as world,
    ):
        names = catalog_names((world,), config)
        relations = {one.relation for one in world.models.values() if one.kind in made and one.relation}
    if not relations:
        raise UsageError(
            "no snapshot was taken: no model here makes a relation", "name relations to ask about"
        )
    questions = (Question(relation=names.of(one), unique_id=names.id_of(one)) for one in sorted(relations))
    return list({question.relation: question for question in questions}.values())


def write_snapshot(questions: Sequence["Question"], settings: "SecodaSettings", output: Path) -> None:
    """Ask Secoda about these relations, write the file and say what is in it.

    Raises CatalogError, and writes nothing, when the catalog answered none of them.
    """
    from contract_gate.catalogs.snapshot import describe, save
    from contract_gate.cli.progress import shown
    from contract_gate.core.printable import printable

    with shown(os.environ):
        taken = asyncio.run(take(questions, settings))
    save(taken, output)
    click.echo(printable(f"{output}: {describe(taken)}"))


async def take(questions: Sequence["Question"], settings: "SecodaSettings") -> "Snapshot":
    """Collect what Secoda knows of these relations; CatalogError when it answers nothing."""
    from contract_gate.catalogs.catalog import Unavailable
    from contract_gate.catalogs.secoda.client import Secoda
    from contract_gate.catalogs.snapshot import Snapshot
    from contract_gate.core.errors import CatalogError

    async with Secoda(settings) as secoda:
        graph = (await secoda.survey(questions)).graph
        silent = [found for found in graph.found.values() if isinstance(found, Unavailable)]
        if silent and len(silent) == len(graph.found):
            raise CatalogError(f"no snapshot was taken: {silent[0].reason}", "run `contract-gate doctor`")
        taken_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return Snapshot(catalog="secoda", as_of=await secoda.freshness(), graph=graph, taken_at=taken_at)
