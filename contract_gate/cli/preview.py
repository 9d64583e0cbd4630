"""What the gate says of commits that are merged: the lines that `policy test` and `init` show."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contract_gate.app.replay import ReplayedCommit
    from contract_gate.edge.config import Config
    from contract_gate.edge.git import Repository


def judged_line(one: "ReplayedCommit") -> Iterator[str]:
    """Say of a commit when it was merged, what it would have been, and how long that took; or why nobody knows."""
    from contract_gate.core.printable import printable

    begin = f"{one.commit.head.id[:10]}  {one.commit.day}  {one.seconds:6.1f} s"
    subject = printable(one.commit.subject)[:60]
    if one.problem is not None:
        yield f"{begin}  no verdict  {subject}"
        yield f"{'':12}{printable(one.problem)}"
        return
    verdict = one.holds if one.holds is one.tried else f"{one.holds} -> {one.tried}"
    yield f"{begin}  {verdict}  {subject}"


def preview(
    repository: "Repository", branch: str, config: "Config", count: int, seconds: float
) -> Iterator[str]:
    """Judge the last merged commits that touch models, offline, until the time is over; errors are named."""
    from contract_gate.app.replay import merged_with_models, replay
    from contract_gate.catalogs.catalog import NoCatalog
    from contract_gate.core.printable import printable
    from contract_gate.policy.level import Level

    commits, looked = merged_with_models(repository, branch, count)
    if not commits:
        yield f"no commit of the last {looked} can hold a model: nothing to show"
        return
    ends = time.monotonic() + seconds
    for number, commit in enumerate(commits):
        left = ends - time.monotonic()
        if left < 1:
            yield f"the other {len(commits) - number} were not judged: {seconds:.0f} s were over"
            return
        bounded = replace(config, time_limit=min(config.time_limit, int(left)), witness=False)
        for one in replay(repository, [commit], bounded, bounded.settings, lambda _: NoCatalog(_OFFLINE)):
            yield from judged_line(one)
            errors = [finding for finding in one.findings if finding.level is Level.ERROR]
            yield from (f"{'':12}{printable(finding.message)[:160]}" for finding in errors[:_NAMED])
            if len(errors) > _NAMED:
                yield f"{'':12}+{len(errors) - _NAMED} more"


_OFFLINE = "the preview is offline"
_NAMED = 3
"""So many errors of a commit are named."""
