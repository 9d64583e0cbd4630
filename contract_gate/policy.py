"""Policy: what is reported, how grave it is, and whether the pull request may pass."""

from dataclasses import dataclass
from enum import StrEnum

from contract_gate.relation import Location


class Level(StrEnum):
    """SARIF's words, gravest first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Verdict(StrEnum):
    PASSED = "passed"
    BLOCKED = "blocked"
    UNDECIDED = "undecided"


class FailOn(StrEnum):
    BREAKING = "breaking"
    IMPACT = "impact"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is reported. `consumers` are names, worst first. `instead` is the way out."""

    fingerprint: str
    rule: str
    level: Level
    message: str
    change: str | None = None
    consumers: tuple[str, ...] = ()
    location: Location | None = None
    waiver: str | None = None
    instead: str | None = None
