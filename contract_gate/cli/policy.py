"""`contract-gate policy test`: what a policy would have done to the last merged commits."""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from contract_gate.cli import options
from contract_gate.core.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from contract_gate.app.replay import ReplayedCommit, RuleUse
    from contract_gate.policy.finding import Finding


@click.group()
def policy() -> None:
    """Try out the `[[policy]]`, `fail-on` and `usage` of a configuration."""


@policy.command()
@click.option(
    "--last", type=click.IntRange(1, 1_000), default=50, show_default=True, help="How many commits."
)
@click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path),
    help="The configuration to try (default: the one on disk).",
)
@click.option("--branch", help="The branch whose commits are judged (default: the default branch).")
@options.snapshot
@options.offline
@click.option(
    "--witness/--no-witness", default=None, help="Look for rows, as `check` does (default: as configured)."
)
@options.form
def test(
    last: int,
    config_file: Path | None,
    branch: str | None,
    snapshot: Path | None,
    offline: bool,
    witness: bool | None,
    form: str,
) -> None:
    """Judge the last merged commits that touch models: under the policy that holds, and under the one that is tried.

    How files are read and whom the catalog asks is what holds; only what weighs findings is tried. Waivers do not count,
    and the catalog answers as of today.
    """
    from contract_gate.app.replay import merged_with_models, replay, uses
    from contract_gate.cli.check import overridden
    from contract_gate.cli.chosen import catalog_of_change
    from contract_gate.cli.configuration import of_change, tried
    from contract_gate.cli.connection import tell
    from contract_gate.cli.progress import shown
    from contract_gate.edge.git import WORKING_TREE, Repository, Revisions, display

    with Repository.open(Path.cwd(), os.environ) as repository, shown(os.environ) as heard:
        line = branch or repository.default_branch()
        if line is None:
            raise UsageError("no policy was tried: the default branch is not known", "name it with --branch")
        wanted = tried(repository, config_file)
        configured = of_change(
            repository, Revisions(base=repository.resolve(line), head=WORKING_TREE, how="")
        )
        tell(configured.note)
        config = overridden(configured.config, None, None, None, (), witness)
        commits, looked = merged_with_models(repository, line, last)
        say = heard if form == "terminal" else _unsaid
        say(f"{len(commits)} of the last {looked} commits of {display(line)} touch what may be a model")
        say(f"tried: {wanted.source or 'the defaults'}; holds: {config.source or 'the defaults'}\n")
        replayed = []
        for one in replay(
            repository, commits, config, wanted.settings,
            lambda revisions: catalog_of_change(repository, revisions, config, snapshot, offline).open(),
        ):  # fmt: skip
            replayed.append(one)
            say("\n".join(_lines(one)))
    found = uses(wanted.policy, replayed)
    click.echo(_json(replayed, found) if form == "json" else "\n".join(_sum(replayed, found)))
    sys.exit(ExitCode.UNDECIDED if any(one.problem for one in replayed) else ExitCode.PASSED)


def _unsaid(_: str) -> None:
    """Programs read the sum alone."""


def _lines(one: "ReplayedCommit") -> Iterator[str]:
    from contract_gate.cli.preview import judged_line
    from contract_gate.core.printable import printable

    yield from judged_line(one)
    moved = [
        finding for finding in one.findings if finding.policy and finding.level is not finding.level_without
    ]
    for finding in moved:
        because = " · ".join(rule.because for rule in finding.policy)
        told = printable(f"{finding.level_without} -> {finding.level}: {finding.headline} ({because})")
        yield f"{'':12}{told}"


def _sum(replayed: "Sequence[ReplayedCommit]", found: "Sequence[RuleUse]") -> Iterator[str]:
    from contract_gate.app.replay import median
    from contract_gate.policy.level import Level
    from contract_gate.policy.settings import Verdict

    if not replayed:
        yield "nothing was tried: no commit touches a model"
        return
    yield ""
    for verdict in Verdict:
        now = sum(1 for one in replayed if one.holds is verdict)
        then = sum(1 for one in replayed if one.tried is verdict)
        yield f"{verdict:<10} {now:>5} -> {then}"
    for level in Level:
        counts = [one.count(level) for one in replayed]
        yield f"{level + 's':<10} {sum(now for now, _ in counts):>5} -> {sum(then for _, then in counts)}"
    failed = sum(1 for one in replayed if one.problem)
    if failed:
        yield f"no verdict {failed:>5}"
    yield f"seconds    {median(replayed):.1f} in the middle, {max(one.seconds for one in replayed):.1f} the longest"
    for use in found:
        did = f"decided {use.findings} findings, moved {use.moved}" if use.findings else "matched nothing"
        yield f"rule {use.rule.level} ({use.rule.because}): {did}"


def _finding(finding: "Finding") -> dict[str, object]:
    return {
        "fingerprint": finding.fingerprint,
        "rule": finding.rule,
        "level": finding.level,
        "level_without": finding.level_without,
        "policy": [rule.because for rule in finding.policy],
        "message": finding.message,
    }


def _json(replayed: "Sequence[ReplayedCommit]", found: "Sequence[RuleUse]") -> str:
    commits = [
        {
            "sha": one.commit.head.id,
            "day": one.commit.day,
            "subject": one.commit.subject,
            "seconds": round(one.seconds, 3),
            "verdict": one.holds,
            "verdict_tried": one.tried,
            "findings": [_finding(finding) for finding in one.findings],
            "problem": one.problem,
        }
        for one in replayed
    ]
    rules = [
        {"level": use.rule.level, "because": use.rule.because, "findings": use.findings, "moved": use.moved}
        for use in found
    ]
    return json.dumps({"schema_version": 1, "commits": commits, "rules": rules}, indent=2)
