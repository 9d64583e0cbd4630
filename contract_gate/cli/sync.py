"""`contract-gate sync`: after the merge, make the catalog's lineage true."""

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from contract_gate.core.errors import ExitCode, UsageError
from contract_gate.core.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from contract_gate.app.sync.state import PendingModel
    from contract_gate.app.sync.values import SyncRange, SyncReport
    from contract_gate.cli.syncstate import Run, StateFile
    from contract_gate.edge.config import Config
    from contract_gate.edge.git import Repository, Revision, Revisions


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncSwitches:
    """What the flags of a run say."""

    dry_run: bool
    everything: bool
    with_docs: bool
    with_exposures: bool


@click.command()
@click.option(
    "--before",
    help="The last commit that was synced (default: what --state says, else the one before the push, as CI tells it).",
)
@click.option("--after", help="The commit to sync to (default: HEAD).")
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="All models, changed or not: for the first run, and on a schedule.",
)
@click.option(
    "--state",
    "state_file",
    type=click.Path(path_type=Path),
    help="Remember in this file what was synced, what is left, and how far an interrupted run came.",
)
@click.option(
    "--with-docs",
    is_flag=True,
    help="Of a renamed table, move what people wrote about it and its columns along, where nothing is written yet.",
)
@click.option(
    "--with-exposures",
    is_flag=True,
    help="Make the lineage to the dashboards that dbt's exposures name, where the catalog has none (needs --state).",
)
@click.option("--dry-run", is_flag=True, help="Tell what would be written, and write nothing.")
@click.option(
    "--format",
    "formats",
    multiple=True,
    metavar="F[=FILE]",
    help="terminal, json or markdown; repeatable, one of them without a file.",
)
@click.option("--config", "config_file", type=click.Path(path_type=Path), help="Use this configuration.")
def sync(
    before: str | None,
    after: str | None,
    everything: bool,
    state_file: Path | None,
    with_docs: bool,
    with_exposures: bool,
    dry_run: bool,
    formats: tuple[str, ...],
    config_file: Path | None,
) -> None:
    """After the merge: make the catalog's lineage of the merged models true.

    Each model is planned from a fresh preview, written, and read back; what is true already is not written again.
    It does not write from a pull request, a branch or a pre-commit hook. Exits with 0 when all is as planned, with 3
    when something failed or is shown otherwise than it was written.
    """
    from contract_gate.cli.syncreport import show, targets
    from contract_gate.cli.syncstate import StateFile
    from contract_gate.edge.git import Repository
    from contract_gate.edge.git.choice import push_range

    wanted = targets(formats)
    how = SyncSwitches(
        dry_run=dry_run, everything=everything, with_docs=with_docs, with_exposures=with_exposures
    )
    _refuse_occasion(how, state_file)
    kept = None if dry_run else state_file
    with StateFile.lock(kept), Repository.open(Path.cwd(), os.environ) as repository:
        state = StateFile(kept, StateFile.read(state_file))
        synced = state.now.commit
        revisions = push_range(
            repository, before, after, os.environ, synced=synced, everything=everything, guess=dry_run
        )
        config = _config(repository, revisions, config_file, dry_run=dry_run)
        if before is None and after is None and _is_behind(repository, synced, revisions.head):
            click.echo(f"nothing to sync: {revisions.head} is older than {synced}, which the catalog shows")
            return
        report = _run(repository, revisions, config, how, state)
    show(report, revisions, wanted)
    sys.exit(ExitCode.PASSED if report.is_complete else ExitCode.UNDECIDED)


def _refuse_occasion(how: SyncSwitches, state_file: Path | None) -> None:
    """Raise UsageError where nothing may be written from here, or what is made could not be known again."""
    from contract_gate.app.sync.occasion import obstacle

    if how.dry_run:
        return
    if how.with_exposures and state_file is None:
        raise UsageError(
            "nothing was synced: --with-exposures makes lineage that must be known again as ours",
            "keep it with --state FILE; --dry-run shows what would be made",
        )
    reason = obstacle(os.environ)
    if reason is not None:
        raise UsageError(
            f"nothing was written to the catalog: {reason}",
            "run sync on pushes to the default branch; --dry-run shows the plan from anywhere",
        )


def _run(
    repository: "Repository",
    revisions: "Revisions",
    config: "Config",
    how: SyncSwitches,
    state: "StateFile",
) -> "SyncReport":
    from contract_gate.cli.progress import shown

    with shown(os.environ):
        given = _given(repository, revisions, config, how, state.now.pending)
        report = _synced(given, config, how, state.begin(revisions, everything=how.everything))
    if revisions.head.sha is not None:
        state.finish(revisions.head.sha, report)
    return report


def _is_behind(repository: "Repository", synced: str | None, head: "Revision") -> bool:
    """Tell whether a run of an older commit comes late: it would undo what a newer one wrote."""
    if synced is None or synced == head.sha or repository.find(synced) is None:
        return False
    common = repository.merge_base(repository.resolve(synced), head)
    return common is not None and common.sha == head.sha


def _is_merged(repository: "Repository", revisions: "Revisions") -> bool | None:
    """Tell whether the commit is on the default branch; None where neither this clone nor CI knows one."""
    from contract_gate.app.sync.occasion import is_default_branch

    default = repository.default_branch()
    if default is None:
        return is_default_branch(os.environ)
    base = repository.merge_base(repository.resolve(default), revisions.head)
    return base is not None and base.sha == revisions.head.sha


def _refuse_unmerged(repository: "Repository", revisions: "Revisions") -> None:
    default = repository.default_branch()
    raise UsageError(
        f"nothing was written to the catalog: {revisions.head} is not on the default branch ({default})",
        "sync what is merged and pushed; --dry-run shows the plan from anywhere",
    )


def _config(
    repository: "Repository", revisions: "Revisions", config_file: Path | None, *, dry_run: bool
) -> "Config":
    """Read the configuration of what was merged; what is only planned has no say in where the key goes.

    Raises UsageError for what is not merged, unless it is only planned.
    """
    from contract_gate.cli.configuration import of_change, of_default
    from contract_gate.cli.connection import tell

    is_merged = _is_merged(repository, revisions)
    if is_merged is False and not dry_run:
        _refuse_unmerged(repository, revisions)
    if is_merged:
        configured = of_change(repository, replace(revisions, base=revisions.head), config_file)
    else:
        configured = of_default(repository, revisions.head, config_file)
    tell(configured.note)
    if configured.config.catalog == "none":
        raise UsageError(
            "the catalog was not asked: the configuration says catalog = none", "remove it to use sync"
        )
    return configured.config


def _given(
    repository: "Repository",
    revisions: "Revisions",
    config: "Config",
    how: "SyncSwitches",
    pending: "Sequence[PendingModel]",
) -> "SyncRange":
    from contract_gate.app.relevance import concerns_models
    from contract_gate.app.sync.values import SyncRange

    changed = repository.changed_files(revisions.base, revisions.head)
    if not how.everything and not pending and not concerns_models(changed):
        return SyncRange(models=())
    # Imported here: a push without a model is done before sqlglot is loaded.
    from contract_gate.app.sync.models import changed_models

    return changed_models(repository, revisions, config, everything=how.everything, pending=pending)


def _synced(given: "SyncRange", config: "Config", how: "SyncSwitches", run: "Run") -> "SyncReport":
    from contract_gate.app.sync.exposures import link_exposures
    from contract_gate.app.sync.sync import deadline_for
    from contract_gate.app.sync.sync import sync as bring_in_step
    from contract_gate.app.sync.values import SyncReport
    from contract_gate.catalogs.secoda.client import Secoda
    from contract_gate.cli.secoda import needed_settings

    settings = needed_settings(config)
    left = [model for model in given.models if model.relation not in run.settled]
    known = given.exposures or ()
    exposures = known if how.with_exposures or how.everything else ()
    # Without the exposures of the repository nobody knows which of the made ones are declared no longer.
    made = run.made if given.exposures is not None and how.with_exposures else ()
    skipped = len(given.models) - len(left)
    if not left and not exposures and not made:
        return SyncReport(entries=(), dry_run=how.dry_run, settled_before=skipped)
    limits = settings.limits
    renames = sum(len(model.replaces) for model in left) if how.with_docs else 0
    seconds = deadline_for(len(left) + len(exposures) + len(made), limits.writes_per_minute, renames)
    limits = replace(limits, deadline=max(limits.deadline, seconds))

    async def whole() -> SyncReport:
        async with Secoda(replace(settings, limits=limits)) as client:
            report = await bring_in_step(left, client, how.dry_run, with_docs=how.with_docs, told=run.note)
            if not exposures and not made:
                return report
            write = how.with_exposures and not how.dry_run
            declared = {(one.key, relation) for one in known for relation, _ in one.reads}
            links = await link_exposures(exposures, declared, made, client, write=write, told=run.note_links)
            return replace(report, exposures=links)

    return replace(asyncio.run(whole()), settled_before=skipped)
