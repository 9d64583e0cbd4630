"""`contract-gate witness`: rows that show what changed in one model, and a script that runs both versions on them."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from contract_gate.cli import options
from contract_gate.core.errors import UsageError
from contract_gate.core.nearest import did_you_mean

if TYPE_CHECKING:
    from contract_gate.app.inspection import Inspection
    from contract_gate.witness import Found

_WIDTH = 160
"""How wide a table of rows gets; the script below it has each value in full."""


@click.command()
@click.argument("model")
@options.base
@options.head
@options.staged
@options.config_file
@options.dialect
@options.manifests
@click.option(
    "--seconds", type=click.FloatRange(min=1), default=10.0, help="How long to search (default: 10)."
)
def witness(
    model: str, base: str | None, head: str | None, staged: bool, config_file: Path | None, dialect: str | None,
    manifests: tuple[str, ...], seconds: float,
) -> None:  # fmt: skip
    """Show rows on which MODEL (a name, relation or path) differs between base and head.

    Prints the rows and a script for the DuckDB command line, or why there are none; exits with 0 either way.
    """
    from contract_gate.cli.progress import shown

    with shown(os.environ):
        inspection = _looked(model, base, head, staged, config_file, dialect, manifests, seconds)
    if not inspection.models:
        raise UsageError(
            f"no witness was looked for: neither side has a model {model}",
            did_you_mean(model, inspection.known, "give a model's name, relation or path", most=3),
        )
    if len(inspection.models) > 1:
        raise UsageError(
            f"no witness was looked for: {model} may be {', '.join(inspection.models)}",
            "give one of these names",
        )
    _tell(inspection)


def _looked(
    model: str, base: str | None, head: str | None, staged: bool, config_file: Path | None, dialect: str | None,
    manifests: tuple[str, ...], seconds: float,
) -> "Inspection":  # fmt: skip
    from contract_gate.app.inspection import inspect_model
    from contract_gate.cli.check import overridden
    from contract_gate.cli.configuration import of_change
    from contract_gate.cli.places import places
    from contract_gate.edge.git import Repository
    from contract_gate.edge.git.compared import choose_revisions
    from contract_gate.witness import Budget
    from contract_gate.workspace.manifests import read_named

    with Repository.open(Path.cwd(), os.environ) as repository:
        revisions = choose_revisions(repository, base, head, staged, os.environ)
        config = overridden(of_change(repository, revisions, config_file).config, dialect, None, None, ())
        named = read_named(manifests, repository, revisions)
        names, budget = (*places(repository.root, model), model), Budget(seconds=seconds, trials=2000)
        return inspect_model(repository, revisions, config, names, budget, named)


_RUNNERS = frozenset({"CI", "GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION"})
"""What a CI runner sets in the environment: it may obey what it reads, so that there the script is shown, not given."""


def _tell(inspection: "Inspection") -> None:
    from contract_gate.core.printable import printable
    from contract_gate.witness import Found, NoDifference, NotPossible

    name = printable(inspection.models[0])
    match inspection.answer:
        case None:
            click.echo(f"-- {name}: {printable(inspection.why or 'its SQL is the same on both sides')}")
        case NotPossible(reason=reason):
            click.echo(f"-- {name}: no witness possible, because {printable(reason)}")
        case NoDifference(trials=trials, notes=notes):
            click.echo(
                f"-- {name}: no rows that differ were found in {trials} trials, over the columns of both sides;"
                " that proves nothing"
            )
            for note in notes:
                click.echo(f"--   {printable(note)}")
        case Found() as found:
            _show(name, found)


def _show(name: str, found: "Found") -> None:
    """Print the rows as comments, so that the whole output is the script."""
    from contract_gate.core.printable import is_plain, printable
    from contract_gate.reports.grid import titled_lines
    from contract_gate.reports.rows import assumption, tables
    from contract_gate.witness import script

    before, after = (len(rows) for rows in (found.witness.before, found.witness.after))
    what = (
        f"goes from {before} to {after} rows"
        if before != after
        else f"other values in {', '.join(found.columns)}"
    )
    click.echo(f"-- {name}: {printable(what)}")
    if found.witness.assumes:
        click.echo(f"-- {printable(assumption(found.witness))}")
    for table in tables(found.witness):
        for line in titled_lines(table, _WIDTH):
            click.echo(f"--   {line}")
    click.echo("")
    hostile_place = sys.stdout.isatty() or not _RUNNERS.isdisjoint(os.environ)
    for line in script(found).splitlines():
        click.echo(printable(line) if hostile_place and not is_plain(line) else line)
