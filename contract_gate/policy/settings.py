"""What the project decides of the policy, and the verdict: the words that every run needs, also one without a model."""

from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

from contract_gate.core.errors import ExitCode
from contract_gate.core.values import dataclass, field
from contract_gate.policy.level import Level

if TYPE_CHECKING:
    from contract_gate.policy.policy_rule import PolicyRule


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
    policy: "tuple[PolicyRule, ...]" = ()


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
