"""`contract-gate snapshot`: save what the catalog knows, for runs without a key."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from contract_gate.catalogs.secoda.settings import SecodaSettings
    from contract_gate.catalogs.snapshot import Snapshot
    from contract_gate.relation import RelationName


@click.command()
@click.argument("relations", nargs=-1, required=True)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default=Path("contract-gate.snapshot.json"),
    show_default=True,
)
def snapshot(relations: tuple[str, ...], output: Path) -> None:
    """Save who reads RELATIONS, for runs without a key."""
    from contract_gate.cli.configuration import of_branch
    from contract_gate.cli.connection import needed_settings, relation_argument, tell

    names = [relation_argument(relation) for relation in relations]
    configured = of_branch(Path.cwd(), os.environ)
    tell(configured.note)
    write_snapshot(names, needed_settings(configured.config), output)


def write_snapshot(names: Sequence["RelationName"], settings: "SecodaSettings", output: Path) -> None:
    """Ask Secoda about these relations, write the file and say what is in it.

    Raises CatalogError, and writes nothing, when the catalog answered none of them.
    """
    from contract_gate.catalogs.snapshot import describe, save

    taken = asyncio.run(take(names, settings))
    save(taken, output)
    click.echo(f"{output}: {describe(taken)}")


async def take(names: Sequence["RelationName"], settings: "SecodaSettings") -> "Snapshot":
    """Collect what Secoda knows of these relations; CatalogError when it answers nothing."""
    from contract_gate.catalogs.catalog import Unavailable
    from contract_gate.catalogs.secoda.client import Secoda
    from contract_gate.catalogs.snapshot import Snapshot
    from contract_gate.errors import CatalogError

    async with Secoda(settings) as secoda:
        graph = await secoda.explore(names)
        silent = [found for found in graph.found.values() if isinstance(found, Unavailable)]
        if silent and len(silent) == len(graph.found):
            raise CatalogError(f"no snapshot was taken: {silent[0].reason}", "run `contract-gate doctor`")
        return Snapshot(catalog="secoda", as_of=await secoda.freshness(), graph=graph)
