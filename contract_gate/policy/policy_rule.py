"""Rules of a project: which level something has, by what changed and by who reads it. The first rule that matches decides.

What a condition asks of the catalog and the catalog does not know never matches: a rule that lowers a level rests on knowledge.
"""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from contract_gate.compare.changes.change import Change, ChangeClass, Kind
from contract_gate.compare.impact import Consumer, Effect, Impact
from contract_gate.core.people import spellings
from contract_gate.core.values import dataclass, replace
from contract_gate.policy.level import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePattern:
    """What changed: every condition that is given has to hold, of the values of one any.

    `paths`, `relations`, `owners` and `tags` are of the changed model and may hold `*`; a folder stands for what is below it.
    """

    kinds: tuple[Kind, ...] = ()
    classes: tuple[ChangeClass, ...] = ()
    paths: tuple[str, ...] = ()
    relations: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def matches(self, change: Change) -> bool:
        path = change.location.path if change.location is not None else None
        return (
            _among(change.kind, self.kinds)
            and _among(change.change_class, self.classes)
            and _of_path(path, self.paths)
            and _named(str(change.relation or ""), self.relations)
            and _any(_spelled(change.owners), self.owners)
            and _any(change.tags, self.tags)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderPattern:
    """Who reads it: `kinds` as in reports (model, dashboard…). `unused`: nobody looks at it, by both of the catalog's counts.

    `views_at_least`: views in its source in a day. `certified`, `pii` and `stale`: the catalog marks it so.
    """

    kinds: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()
    unused: bool = False
    certified: bool = False
    pii: bool = False
    stale: bool = False
    views_at_least: int | None = None
    people_at_least: int | None = None

    def matches(self, impact: Impact) -> bool:
        consumer = impact.consumer
        return (
            _among(consumer.kind, self.kinds)
            and _among(impact.effect, self.effects)
            and _named(consumer.name, self.names)
            and _of_path(consumer.path, self.paths)
            and _any(_spelled(consumer.owners), self.owners)
            and _any((*consumer.standing.tags, *consumer.tags), self.tags)
            and self._is_used_so(consumer)
        )

    def _is_used_so(self, consumer: Consumer) -> bool:
        standing = consumer.standing
        return (
            standing.is_unused >= self.unused
            and standing.certified >= self.certified
            and standing.pii >= self.pii
            and standing.stale >= self.stale
            and _at_least(standing.external_usage, self.views_at_least)
            and _at_least(standing.people_count, self.people_at_least)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRule:
    """One rule: the level of what it matches, and why. Without `reader` it holds whoever reads the change, and if nobody does."""

    level: Level
    because: str
    change: ChangePattern = ChangePattern()
    reader: ReaderPattern | None = None

    def decides(self, change: Change, impact: Impact | None) -> bool:
        """Tell whether the rule is about this change and this reader; None: the change by itself."""
        if not self.change.matches(change):
            return False
        return self.reader is None or (impact is not None and self.reader.matches(impact))


def deciding(rules: Iterable[PolicyRule], change: Change, impact: Impact | None) -> PolicyRule | None:
    """Give the first rule that matches, None where the levels of the gate hold."""
    return next((rule for rule in rules if rule.decides(change, impact)), None)


def ruled_level(
    rules: Sequence[PolicyRule], change: Change, impact: Impact | None, level: Level
) -> tuple[PolicyRule | None, Level]:
    """Give the rule that decides and its level; without one the level of the gate.

    The graver of what both are by the head and by the base: names, files, owners and tags are what a change says of itself.
    """
    sides = ((change, impact), *((each, _reader_at_base(impact)) for each in _at_base(change)))
    found = [
        (rule, level if rule is None else rule.level) for side in sides for rule in [deciding(rules, *side)]
    ]
    return min(found, key=lambda one: one[1].rank)


def _at_base(change: Change) -> Sequence[Change]:
    """Give the change as the base knows its model: once for each file that makes it, unless it stands in one of them."""
    known, place = change.at_base, change.location
    if known is None:
        return (change,)
    plain = replace(change, owners=known.owners, tags=known.tags)
    if place is None or place.path in known.paths:
        return (plain,)
    return [replace(plain, location=replace(place, path=path)) for path in known.paths]


def _reader_at_base(impact: Impact | None) -> Impact | None:
    known = impact.consumer.at_base if impact is not None else None
    if impact is None or known is None:
        return impact
    path = next(iter(known.paths), None)
    old = replace(impact.consumer, name=known.name, path=path, owners=known.owners, tags=known.tags)
    return replace(impact, consumer=old)


def _at_least(number: int | None, lowest: int | None) -> bool:
    return lowest is None or (number is not None and number >= lowest)


def _among(value: str, wanted: tuple[str, ...]) -> bool:
    return not wanted or value in wanted


def _any(values: Iterable[str], patterns: tuple[str, ...]) -> bool:
    return not patterns or any(_is_like(value, pattern) for value in values for pattern in patterns)


def _spelled(owners: Iterable[str]) -> tuple[str, ...]:
    return tuple(spelling for owner in owners for spelling in spellings(owner))


def _named(name: str, patterns: tuple[str, ...]) -> bool:
    """A pattern with fewer parts than the name is compared with its last ones."""
    return not patterns or any(
        _is_like(name, pattern) or _is_like(name, f"*.{pattern}") for pattern in patterns
    )


def _of_path(path: str | None, patterns: tuple[str, ...]) -> bool:
    if not patterns:
        return True
    return path is not None and any(
        fnmatchcase(path, pattern) or path.startswith(pattern.rstrip("/") + "/") for pattern in patterns
    )


def _is_like(value: str, pattern: str) -> bool:
    return fnmatchcase(value.casefold(), pattern.casefold())
