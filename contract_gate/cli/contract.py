"""`contract-gate contract check|diff|export`: data contracts of the Open Data Contract Standard and the Data Contract Specification."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from contract_gate.cli import options
from contract_gate.core.errors import ExitCode, UsageError
from contract_gate.core.printable import json_text

if TYPE_CHECKING:
    from contract_gate.app.contracts.holding import HeldRelation
    from contract_gate.workspace.readers.datacontract import DataContract
    from contract_gate.workspace.repository import RepositoryWorld


@click.group()
def contract() -> None:
    """Data contracts: held against the models, one version against another, and written from a model."""


@contract.command()
@click.argument("files", metavar="FILE...", nargs=-1, type=click.Path(path_type=Path))
@options.form
def check(files: tuple[Path, ...], form: str) -> None:
    """Hold the contracts in FILEs, or all of the repository's, against the models as they stand.

    Exits with 1 where one is broken, and with 3 where it can't be told whether one is kept.
    """
    from contract_gate.app.contracts.holding import Holds, held

    with _world() as (_, world, dialect, committed):
        found = held(world, [*(_named(files) if files else committed)], dialect)
    if form == "json":
        click.echo(json_text({"contracts": [one.to_dict() for one in found]}), nl=False)
    else:
        _show(found)
    if any(one.holds is Holds.BROKEN for one in found):
        sys.exit(ExitCode.BLOCKED)
    if any(one.holds is Holds.UNKNOWN for one in found):
        sys.exit(ExitCode.UNDECIDED)


@contract.command()
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@options.form
def diff(before: Path, after: Path, form: str) -> None:
    """Tell which promises differ from BEFORE to AFTER, two versions of a contract. Exits with 1 where the version does not say so."""
    from contract_gate.app.promised.versions import difference
    from contract_gate.core.printable import printable

    found = difference(_contract(before), _contract(after))
    if form == "json":
        click.echo(json_text(found.to_dict()), nl=False)
    else:
        for change in found.changes:
            place = f"  line {change.line}" if change.line is not None else ""
            click.echo(f"{change.change_class.value}{place}  {printable(change.message)}")
        said = printable(found.version_problem) if found.version_problem else "the version says so"
        click.echo(
            f"{printable(found.before)} → {printable(found.after)}: {said if found.changes else 'no promise differs'}"
        )
    if found.version_problem is not None:
        sys.exit(ExitCode.BLOCKED)


@contract.command()
@click.argument("model")
def export(model: str) -> None:
    """Write MODEL (a name, relation or path) as a contract of the Open Data Contract Standard."""
    from contract_gate.app.contracts.export import exported
    from contract_gate.cli.places import places
    from contract_gate.core.printable import printable_lines
    from contract_gate.core.world import meant

    with _world() as (top, world, _, _):
        names = (*places(top, model), model)
        made = {key: one for key, one in world.models.items() if one.relation is not None}
        keys = list(meant(names, made))
        if len(keys) != 1:
            said = "no model here is called so" if not keys else f"{len(keys)} models are called so"
            raise UsageError(
                f"no contract was written for {model!r}: {said}", "name it by its path or its whole relation"
            )
        text = exported(world, made[keys[0]])
    click.echo("\n".join(printable_lines(text)))


@contextmanager
def _world() -> "Iterator[tuple[Path, RepositoryWorld, str, list[tuple[str, DataContract | str]]]]":
    """Read the working tree under the default branch's configuration; with it, its dialect and the contracts that lie in it."""
    from contract_gate.app.comparison import reading_of
    from contract_gate.app.survey import working_tree
    from contract_gate.cli.configuration import of_default
    from contract_gate.cli.progress import shown
    from contract_gate.edge.git import WORKING_TREE, Repository
    from contract_gate.workspace.readers.datacontract import contracts_in
    from contract_gate.workspace.tree import Tree

    with Repository.open(Path.cwd(), os.environ) as repository:
        files, config = Tree(repository, WORKING_TREE), of_default(repository, WORKING_TREE).config
        with shown(os.environ), working_tree(repository, config, "no contract was looked at") as world:
            yield repository.root, world, reading_of(config).dialect or "", contracts_in(files)


def _named(files: tuple[Path, ...]) -> "Iterator[tuple[str, DataContract]]":
    return ((str(file), _contract(file)) for file in files)


def _contract(file: Path) -> "DataContract":
    from contract_gate.edge.disk import read_regular_text
    from contract_gate.workspace.readers.datacontract import read_contract
    from contract_gate.workspace.readers.values import UnreadableReaderError

    hint = "name a YAML file of the Open Data Contract Standard or the Data Contract Specification"
    try:
        found = read_contract(read_regular_text(file, "the contract", hint))
    except UnreadableReaderError as error:
        raise UsageError(f"the contract was not read: {file}: {error}", hint) from error
    if found is None:
        raise UsageError(f"the contract was not read: {file}: it is none", hint)
    return found


def _show(found: "tuple[HeldRelation, ...]") -> None:
    from contract_gate.core.printable import printable

    for one in sorted(found, key=lambda each: (each.holds.value, each.path, each.line)):
        click.echo(
            printable(
                f"{one.holds.value}  {one.contract} {one.version}  {one.relation}  {one.path}:{one.line}"
            )
        )
        for line, message in one.found:
            click.echo(printable(f"  line {line}: {message}"))
    if not found:
        click.echo("no data contract lies in the repository")
