"""The values of the policy: findings, levels, settings, waivers and the verdict."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, assert_never

from contract_gate.compare.changes.origin import Origin
from contract_gate.core.errors import ExitCode
from contract_gate.core.relation import Location
from contract_gate.policy.policy_rule import Level, PolicyRule


class Verdict(StrEnum):
    PASSED = "passed"
    BLOCKED = "blocked"
    UNDECIDED = "undecided"


class FailOn(StrEnum):
    """What blocks: proven or recorded readers that break, any reader at all, or nothing."""

    BREAKING = "breaking"
    IMPACT = "impact"
    NEVER = "never"


class CatalogUnavailable(StrEnum):
    """What becomes of a change that needs the catalog's word where the catalog was asked and gave none, or only part."""

    UNDECIDED = "undecided"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What the use of the catalog's consumers does to levels; None where it does nothing.

    `unused`: the gravest that a consumer without any views raises a finding to. `busy`: the mildest for one with at least
    `busy_views` views in its source in a day.
    """

    unused: Level | None = None
    busy: Level | None = None
    busy_views: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the project decides of the policy. `strict`: what could not be decided does not pass.

    `catalog_drift` is the level of lineage in the catalog that is not the SQL's, None where it is not told. Of `policy` the first
    rule that matches decides the level.
    """

    fail_on: FailOn = FailOn.BREAKING
    strict: bool = False
    catalog_unavailable: CatalogUnavailable = CatalogUnavailable.UNDECIDED
    catalog_drift: Level | None = Level.NOTE
    usage: Usage = field(default_factory=Usage)
    policy: tuple[PolicyRule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is reported. `consumers` are names, worst first. `instead` is the way out.

    `undecided` tells that the finding rests on something that could not be decided: under a strict policy
    it keeps the verdict from being "passed". `changes` are the ids of all the root changes that it tells of, `change`
    is the gravest of them; `origin` is what was edited where that is not the file of the changed model.
    `headline` is the message without the readers. `awaits_catalog` tells that something goes whose readers the catalog was
    asked for and did not (all) name. `cut_short`: the run's time was over, so that nothing can be called passed.
    `policy` are the rules of the project that decided a level of it, and `level_without` is its level without them.
    """

    fingerprint: str
    rule: str
    level: Level
    message: str
    change: str | None = None
    consumers: tuple[str, ...] = ()
    location: Location | None = None
    waiver: str | None = None
    instead: str | None = None
    undecided: bool = False
    changes: tuple[str, ...] = ()
    origin: Origin | None = None
    headline: str = ""
    awaits_catalog: bool = False
    cut_short: bool = False
    policy: tuple[PolicyRule, ...] = ()
    level_without: Level | None = None


class Waiver(Protocol):
    """A person's reasoned, expiring "yes, we mean it". Expired ones are the caller's to leave out."""

    @property
    def sentence(self) -> str:
        """Give who waived it, why and until when, as the reports show it."""

    def covers(self, finding: Finding) -> bool:
        """Tell whether the finding is the one that is meant."""


def exit_code(verdict: Verdict) -> ExitCode:
    """Give the exit code that stands for the verdict."""
    match verdict:
        case Verdict.PASSED:
            return ExitCode.PASSED
        case Verdict.BLOCKED:
            return ExitCode.BLOCKED
        case Verdict.UNDECIDED:
            return ExitCode.UNDECIDED
        case _:
            assert_never(verdict)
