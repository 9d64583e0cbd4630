"""What a policy would have done: merged commits judged anew, once, and weighed under two policies."""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence

from contract_gate.app.gate import check
from contract_gate.app.relevance import concerns_models
from contract_gate.catalogs.catalog import Catalog
from contract_gate.core.errors import ContractGateError
from contract_gate.core.progress import step
from contract_gate.core.values import dataclass, replace
from contract_gate.edge.config import Config
from contract_gate.edge.git import Repository, Revisions
from contract_gate.edge.git.merged import MergedCommit, merged_commits
from contract_gate.policy.finding import Finding
from contract_gate.policy.judge import judge
from contract_gate.policy.level import Level
from contract_gate.policy.policy_rule import PolicyRule
from contract_gate.policy.settings import Settings, Verdict

_LOOKED_AT = 40
"""How many commits are looked at for each one that is wanted: most of a repository's may touch no model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedCommit:
    """One commit: the verdict and findings under the policy that holds and under the one that is tried, and the seconds it took.

    `problem` says why there is no verdict; then both are None.
    """

    commit: MergedCommit
    seconds: float
    holds: Verdict | None = None
    tried: Verdict | None = None
    findings_now: tuple[Finding, ...] = ()
    findings: tuple[Finding, ...] = ()
    problem: str | None = None

    def count(self, level: Level) -> tuple[int, int]:
        """Count the findings of a level: now, and tried."""
        now, then = (
            sum(1 for one in found if one.level is level) for found in (self.findings_now, self.findings)
        )
        return now, then


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleUse:
    """What a rule did over all commits: findings that it decided a level of, and those that have another level by it."""

    rule: PolicyRule
    findings: int
    moved: int


def merged_with_models(
    repository: Repository, branch: str, count: int
) -> tuple[tuple[MergedCommit, ...], int]:
    """Give the last commits of a branch that touch what may be a model, newest first, and how many were looked at."""
    found: list[MergedCommit] = []
    looked = 0
    for commit in merged_commits(repository, branch, count * _LOOKED_AT):
        looked += 1
        if concerns_models(repository.differing(commit.base, commit.head)):
            found.append(commit)
        if len(found) == count:
            break
    return tuple(found), looked


def replay(
    repository: Repository,
    commits: Sequence[MergedCommit],
    config: Config,
    tried: Settings,
    catalog: Callable[[Revisions], Catalog],
) -> Iterator[ReplayedCommit]:
    """Judge each commit against its first parent by `config`, and by its facts under `tried` as well. No waiver counts."""
    for number, commit in enumerate(commits):
        step(f"judging {commit.head.id[:10]}", number, len(commits))
        started = time.monotonic()
        try:
            done = _judged(repository, commit, config, tried, catalog)
        except ContractGateError as error:
            done = ReplayedCommit(commit=commit, seconds=0, problem=error.message)
        yield replace(done, seconds=time.monotonic() - started)


def uses(rules: Sequence[PolicyRule], replayed: Sequence[ReplayedCommit]) -> tuple[RuleUse, ...]:
    """Count for each rule, in its order, what it decided."""
    findings = [finding for one in replayed for finding in one.findings]
    return tuple(
        RuleUse(
            rule=rule,
            findings=sum(1 for one in findings if rule in one.policy),
            moved=sum(1 for one in findings if rule in one.policy and one.level is not one.level_without),
        )
        for rule in rules
    )


def median(replayed: Sequence[ReplayedCommit]) -> float:
    """Give the middle of the seconds."""
    return statistics.median(one.seconds for one in replayed)


def _judged(
    repository: Repository,
    commit: MergedCommit,
    config: Config,
    tried: Settings,
    catalog: Callable[[Revisions], Catalog],
) -> ReplayedCommit:
    revisions = Revisions(base=commit.base, head=commit.head, how="the commit against its first parent")
    report = check(repository, revisions, config, catalog(revisions))
    findings, verdict = judge(report.changes, report.impacts, report.coverage, report.catalog, tried)
    return ReplayedCommit(
        commit=commit,
        seconds=0,
        holds=report.verdict,
        tried=verdict,
        findings_now=report.findings,
        findings=findings,
    )
