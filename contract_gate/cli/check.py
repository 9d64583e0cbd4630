"""`contract-gate check`: the gate."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from contract_gate.cli import options
from contract_gate.core.errors import UsageError
from contract_gate.core.printable import printable
from contract_gate.policy.settings import FailOn
from contract_gate.reports import FORMATS

if TYPE_CHECKING:
    from contract_gate.cli.chosen import ChosenCatalog
    from contract_gate.edge.config import Config
    from contract_gate.edge.git import Repository, Revisions
    from contract_gate.reports.report import Report


@click.command()
@options.base
@options.head
@options.staged
@click.option(
    "--format",
    "formats",
    multiple=True,
    metavar="F[=FILE]",
    help=f"{', '.join(FORMATS)}; repeatable.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="Write the (last) format without a file of its own here.",
)
@options.config_file
@options.dialect
@options.snapshot
@options.manifests
@click.option(
    "--consumers",
    multiple=True,
    type=click.Path(path_type=Path),
    help="manifest.json of a dbt project in another repository that reads this one; repeatable.",
)
@click.option(
    "--also",
    multiple=True,
    metavar="BRANCH",
    help="A branch or refs/pull/N/head that may be merged beside this one: what only both together break; repeatable.",
)
@click.option(
    "--approvals",
    type=click.Path(path_type=Path),
    help="What people allowed on the pull request, as the job collected it (the action does).",
)
@click.option(
    "--fail-on", type=click.Choice([each.value for each in FailOn]), help="What blocks (default: breaking)."
)
@click.option("--strict/--no-strict", default=None, help="What could not be decided exits with 3.")
@options.offline
@click.option(
    "--witness/--no-witness",
    default=None,
    help="Look for rows that show the changes (needs DuckDB; default: on).",
)
@click.option(
    "--cache",
    envvar="CONTRACT_GATE_CACHE",
    metavar="FOLDER",
    help="Keep here what templates gave, for later runs; `user`: in your own cache folder. CONTRACT_GATE_CACHE says the same.",
)
@click.option("--no-cache", is_flag=True, help="Keep nothing, and use nothing that was kept.")
@click.option("--verbose", "-v", "loudness", flag_value="verbose", help="Show all of it, however long.")
@click.option(
    "--quiet",
    "-q",
    "loudness",
    flag_value="quiet",
    help="Where nothing blocks: the verdict and the warnings, at most ten lines.",
)
@click.argument("paths", nargs=-1)
def check(
    base: str | None,
    head: str | None,
    staged: bool,
    formats: tuple[str, ...],
    output: Path | None,
    config_file: Path | None,
    dialect: str | None,
    snapshot: Path | None,
    manifests: tuple[str, ...],
    consumers: tuple[Path, ...],
    also: tuple[str, ...],
    approvals: Path | None,
    fail_on: str | None,
    strict: bool | None,
    offline: bool,
    witness: bool | None,
    cache: str | None,
    no_cache: bool,
    loudness: str | None,
    paths: tuple[str, ...],
) -> None:
    """Judge a pull request: who breaks if it is merged?

    PATHS limits the plain SQL files that are read, counted from this folder or else from the top; the models of a dbt, SQLMesh
    or Dataform project are always read whole.
    """
    from contract_gate.cli.outputs import destinations, write_report
    from contract_gate.cli.progress import shown

    wanted = destinations(formats, output)
    with shown(os.environ):
        report = judged(
            base=base, head=head, staged=staged, config_file=config_file, dialect=dialect, snapshot=snapshot,
            manifests=manifests, consumers=consumers, also=also, approvals=approvals, fail_on=fail_on, strict=strict, offline=offline, witness=witness, paths=paths,
            cache=None if no_cache else cache,
        )  # fmt: skip
    for target in wanted:
        write_report(report, target, loudness)
    # Imported here, so that nothing stands before the first sign of life.
    from contract_gate.policy.settings import exit_code

    sys.exit(exit_code(report.verdict))


def judged(
    *,
    base: str | None = None,
    head: str | None = None,
    staged: bool = False,
    config_file: Path | None = None,
    dialect: str | None = None,
    snapshot: Path | None = None,
    manifests: tuple[str, ...] = (),
    consumers: tuple[Path, ...] = (),
    also: tuple[str, ...] = (),
    approvals: Path | None = None,
    fail_on: str | None = None,
    strict: bool | None = None,
    offline: bool = False,
    witness: bool | None = None,
    paths: tuple[str, ...] = (),
    cache: str | None = None,
) -> "Report":
    """Judge what the flags of `check` name, and give the report."""
    from contract_gate.cli.chosen import catalog_of_change
    from contract_gate.cli.configuration import of_change
    from contract_gate.edge.git import Repository
    from contract_gate.edge.git.compared import choose_revisions

    with Repository.open(Path.cwd(), os.environ) as repository:
        revisions = choose_revisions(repository, base, head, staged, os.environ)
        configured = of_change(repository, revisions, config_file)
        named = _named_paths(repository, revisions, paths)
        config = overridden(configured.config, dialect, fail_on, strict, named, witness)
        asked = catalog_of_change(repository, revisions, config, snapshot, offline)
        notes = tuple(note for note in (configured.note, asked.note) if note)
        handed = manifests, consumers, also, approvals, cache
        return _judged(repository, revisions, config, notes, asked, *handed)


def overridden(
    config: "Config",
    dialect: str | None,
    fail_on: str | None,
    strict: bool | None,
    paths: tuple[str, ...],
    witness: bool | None = None,
) -> "Config":
    """Let the command line's flags go before the configuration."""
    from dataclasses import replace

    return replace(
        config,
        dialect=dialect or config.dialect,
        fail_on=FailOn(fail_on) if fail_on else config.fail_on,
        strict=config.strict if strict is None else strict,
        paths=paths or config.paths,
        witness=config.witness if witness is None else witness,
    )


def _named_paths(repository: "Repository", revisions: "Revisions", paths: tuple[str, ...]) -> tuple[str, ...]:
    """Bring PATHS into git's form; UsageError for one that no file is at: nothing would be judged, and that passes."""
    if not paths:
        return ()
    from contract_gate.cli.places import places
    from contract_gate.edge.git import display
    from contract_gate.workspace.reading import matching_nothing
    from contract_gate.workspace.tree import Tree

    sides = [Tree(repository, side) for side in (revisions.base, revisions.head)]
    named: list[str] = []
    missing: list[str] = []
    for path in paths:
        meant = [place for place in places(repository.root, path) if not matching_nothing((place,), *sides)]
        (named if meant else missing).append(meant[0] if meant else path)
    if missing:
        raise UsageError(
            f"nothing was checked: neither side has a file at {', '.join(map(display, missing))}",
            "paths count from this folder, or else from the top of the repository",
        )
    return tuple(named)


def _judged(
    repository: "Repository",
    revisions: "Revisions",
    config: "Config",
    notes: tuple[str, ...],
    asked: "ChosenCatalog",
    manifests: tuple[str, ...],
    consumers: tuple[Path, ...],
    also: tuple[str, ...],
    approvals: Path | None,
    cache: str | None,
) -> "Report":
    from dataclasses import replace

    from contract_gate.app.relevance import concerns_models, concerns_tables, quiet_report

    differing = repository.differing(revisions.base, revisions.head)
    may_matter = bool(also) or concerns_models(differing) or concerns_tables(repository, revisions, differing)
    if not may_matter:
        return quiet_report(revisions, len(differing), asked.idle)
    # Imported here: a pull request without a model is let through before sqlglot is loaded.
    from contract_gate.app.gate import HandedOver
    from contract_gate.app.gate import check as judge_pull_request
    from contract_gate.cli.allowances import approvals_of, waivers_of
    from contract_gate.edge.facts import facts_in
    from contract_gate.edge.git.beside import beside
    from contract_gate.workspace.jinja.replies import Replies
    from contract_gate.workspace.manifests import read_consumers, read_named

    named, theirs = read_named(manifests, repository, revisions), read_consumers(consumers)
    changed = repository.changed_files(revisions.base, revisions.head)
    waivers, told = waivers_of(repository, revisions, changed, own=config.own_waivers)
    notes = (*notes, *told)
    said = approvals_of(repository, revisions, approvals)
    with facts_in(cache, os.environ, repository.root) as facts:
        handed = HandedOver(
            manifests=named,
            waivers=waivers,
            approvals=said,
            consumers=theirs,
            also=tuple(beside(repository, also, revisions.base, os.environ)),
            replies=Replies(facts),
        )
        report = judge_pull_request(repository, revisions, config, asked.open(), handed)
    if facts is not None and facts.problem is not None:
        click.echo(f"warning: the cache was not used: {printable(facts.problem)}", err=True)
    return replace(report, coverage=replace(report.coverage, notes=(*report.coverage.notes, *notes)))
