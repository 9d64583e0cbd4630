"""Waivers: `contract-gate-waivers.toml` and what SQL says of itself (`sql_waivers`), as values that the policy asks.

Pure: the caller reads the bytes, of the side whose word counts, and says which day it is. An entry that is not understood
is an error: a misspelt key must not make a waiver wider than it was meant.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType

from contract_gate.compare.changes.change import Change, Kind
from contract_gate.core.values import dataclass, field, replace
from contract_gate.edge.table import FileTable, Fragment
from contract_gate.policy.finding import Finding

FILE = "contract-gate-waivers.toml"
_WHAT = "the waivers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """One entry: one finding by its fingerprint, or a rule of one relation, or of what one file makes by any of its `paths`.

    It holds on the day `until`, and not after. `own`: the change that it speaks of brings it itself.
    """

    reason: str
    by: str
    until: date
    fingerprint: str | None = None
    rule: str | None = None
    relation: str | None = None
    paths: tuple[str, ...] = ()
    own: bool = False

    @property
    def subject(self) -> str:
        return self.fingerprint or f"{self.rule} of {self.relation or self.paths[0]}"

    def says(self, other: "Allowance") -> bool:
        """Tell whether the two mean the same, wherever it is written."""
        one, another = (replace(each, by="", paths=(), own=False) for each in (self, other))
        return one == another and set(self.paths) <= set(other.paths)

    def means(self, change: Change) -> bool:
        """Tell whether the change is of the rule, and of the relation or file: what is moved into a file is not what its comment means."""
        if change.kind != self.rule:
            return False
        if self.relation is not None:
            return str(change.relation) == self.relation
        known = change.at_base
        is_of_file = known is None or any(path in self.paths for path in known.paths)
        return is_of_file and change.location is not None and change.location.path in self.paths


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingAllowance:
    """An allowance beside the changes that findings tell of. Only what a change did can be waived, never a lack of an answer."""

    allowance: Allowance
    changes: Mapping[str, Change] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def sentence(self) -> str:
        """Give who waived it, why and until when."""
        return f"{self.allowance.by}: {self.allowance.reason} (until {self.allowance.until})"

    def covers(self, finding: Finding) -> bool:
        """Tell whether the finding is meant: by rule and relation only if all that it tells of is that.

        What nobody could decide is nobody's own word: it may be anything, so a person other than its author answers for it.
        """
        if not finding.changes or finding.cut_short:
            return False
        if self.allowance.own and finding.rule == Kind.UNDECIDED:
            return False
        if self.allowance.fingerprint is not None:
            return finding.fingerprint == self.allowance.fingerprint
        return finding.rule == self.allowance.rule and all(
            self.allowance.means(self.changes[each]) for each in finding.changes
        )


def parse_waivers(text: str, name: str = FILE) -> tuple[Allowance, ...]:
    """Read the `[[waiver]]` tables. Raise UsageError for whatever is not understood."""
    document = FileTable.parse(text, _WHAT, name)
    found = _allowances(document)
    document.close()
    return found


def waivers_schema() -> Fragment:
    """Give the JSON Schema of the file, made by the parser itself."""
    outline = FileTable.outline()
    _allowances(outline)
    return outline.schema()


def standing(
    given: Sequence[Allowance], changes: Sequence[Change], today: date
) -> tuple[StandingAllowance, ...]:
    """Leave out what has expired."""
    by_id = MappingProxyType({change.id: change for change in changes})
    return tuple(StandingAllowance(allowance=one, changes=by_id) for one in given if one.until >= today)


def told(
    given: Sequence[Allowance], held: Sequence[StandingAllowance], findings: Sequence[Finding], today: date
) -> tuple[str, ...]:
    """Say which waivers expired, were not needed by this change, or cover several findings."""
    notes = [
        f"the waiver of {one.subject} by {one.by} expired on {one.until} and is not used"
        for one in given
        if one.until < today
    ]
    for one in held:
        covered = [finding for finding in findings if one.covers(finding)]
        count = len(covered)
        name = f"the waiver of {one.allowance.subject} by {one.allowance.by}"
        if any(finding.rule == Kind.UNDECIDED for finding in covered):
            notes.append(f"{name} answers for what could not be decided here")
        if count == 0:
            notes.append(f"{name} covers no finding of this change")
        elif count > 1:
            notes.append(
                f"{name} is broad: it covers {count} findings; fingerprints would name the one that is meant"
            )
    return tuple(notes)


def _allowances(document: FileTable) -> tuple[Allowance, ...]:
    return tuple(_allowance(entry) for entry in document.tables("waiver"))


def _allowance(entry: FileTable) -> Allowance:
    fingerprint, rule, relation = (entry.text(key) for key in ("fingerprint", "rule", "relation"))
    one = Allowance(
        fingerprint=fingerprint,
        rule=rule,
        relation=relation,
        reason=entry.required_text("reason"),
        by=entry.required_text("by"),
        until=entry.required_day("until"),
    )
    entry.close()
    is_one = (fingerprint is None) != (rule is None or relation is None)
    if not entry.is_outline and (not is_one or (fingerprint and (rule or relation))):
        raise entry.refuse(
            "is too broad or names two things", "give either `fingerprint`, or both `rule` and `relation`"
        )
    return one
