"""The values of the policy: findings, levels, settings, waivers and the verdict."""

from typing import Protocol

from contract_gate.compare.changes.origin import Origin
from contract_gate.core.relation import Location
from contract_gate.core.values import dataclass
from contract_gate.policy.level import Level
from contract_gate.policy.policy_rule import PolicyRule


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
