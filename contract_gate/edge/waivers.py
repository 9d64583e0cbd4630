"""Waivers: `contract-gate-waivers.toml` of the base, as values that the policy asks.

Pure: the caller reads the bytes, from the base revision alone, and says which day it is. An entry that is not understood
is an error: a misspelt key must not make a waiver wider than it was meant.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType

from contract_gate.compare.changes.change import Change
from contract_gate.core.errors import UsageError
from contract_gate.policy import Finding

FILE = "contract-gate-waivers.toml"
_KEYS = frozenset({"fingerprint", "rule", "relation", "reason", "by", "until"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """One entry: one finding by its fingerprint, or a rule of one relation. It holds on the day `until`, and not after."""

    reason: str
    by: str
    until: date
    fingerprint: str | None = None
    rule: str | None = None
    relation: str | None = None

    @property
    def subject(self) -> str:
        return self.fingerprint or f"{self.rule} of {self.relation}"


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
        """Tell whether the finding is meant: by rule and relation only if all that it tells of is that."""
        if not finding.changes or finding.cut_short:
            return False
        if self.allowance.fingerprint is not None:
            return finding.fingerprint == self.allowance.fingerprint
        told = [self.changes[each] for each in finding.changes]
        return finding.rule == self.allowance.rule and all(
            one.kind == self.allowance.rule and str(one.relation) == self.allowance.relation for one in told
        )


def parse_waivers(text: str, name: str = FILE) -> tuple[Allowance, ...]:
    """Read the `[[waiver]]` tables. Raise UsageError for whatever is not understood."""
    try:
        document: Mapping[str, object] = tomllib.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise UsageError(
            f"the waivers were not read: {name} is not TOML: {error}", "mend the line"
        ) from error
    entries = document.get("waiver", [])
    if set(document) - {"waiver"} or not isinstance(entries, list):
        raise UsageError(f"the waivers were not read: {name} holds more than [[waiver]] tables", "remove it")
    return tuple(_allowance(entry, f"waiver {number} of {name}") for number, entry in enumerate(entries, 1))


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
        count = sum(1 for finding in findings if one.covers(finding))
        name = f"the waiver of {one.allowance.subject} by {one.allowance.by}"
        if count == 0:
            notes.append(f"{name} covers no finding of this change")
        elif count > 1:
            notes.append(
                f"{name} is broad: it covers {count} findings; fingerprints would name the one that is meant"
            )
    return tuple(notes)


def _allowance(entry: object, what: str) -> Allowance:
    if not isinstance(entry, dict) or set(entry) - _KEYS:
        unknown = ", ".join(sorted(set(entry) - _KEYS)) if isinstance(entry, dict) else "no table"
        raise UsageError(
            f"the waivers were not read: {what} has what is not known: {unknown}",
            f"the keys are {', '.join(sorted(_KEYS))}",
        )
    until = entry.get("until")
    if not isinstance(until, date) or isinstance(until, datetime):
        raise UsageError(
            f"the waivers were not read: {what} has no day in `until`", "write until = 2027-01-31"
        )
    fingerprint, rule, relation = (_text(entry, key, what) for key in ("fingerprint", "rule", "relation"))
    if (fingerprint is None) == (rule is None or relation is None) or (fingerprint and (rule or relation)):
        raise UsageError(
            f"the waivers were not read: {what} is too broad or names two things",
            "give either `fingerprint`, or both `rule` and `relation`",
        )
    reason, by = _text(entry, "reason", what), _text(entry, "by", what)
    if reason is None or by is None:
        raise UsageError(
            f"the waivers were not read: {what} lacks `reason` or `by`", "say why, and who means it"
        )
    return Allowance(fingerprint=fingerprint, rule=rule, relation=relation, reason=reason, by=by, until=until)


def _text(entry: Mapping[str, object], key: str, what: str) -> str | None:
    value = entry.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip():
        raise UsageError(f"the waivers were not read: `{key}` of {what} is no text", f"give `{key}` a text")
    return value
