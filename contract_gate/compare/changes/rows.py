"""Changes of the rows: two lists of facts → what a person would say changed, one cause one change.

That the rows differ is known already (from the digests); this says how. What explains nothing is told as the parts
being put together in another way, never left out.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from contract_gate.compare.changes.change import Kind
from contract_gate.core.values import dataclass
from contract_gate.sql.canonical.facts import Fact, FactKind


@dataclass(frozen=True, slots=True)
class RowsChange:
    """A kind with short texts of both sides."""

    kind: Kind
    before: str | None = None
    after: str | None = None


def explain(before: tuple[Fact, ...], after: tuple[Fact, ...]) -> tuple[RowsChange, ...]:
    """Tell how the rows differ; at least one change."""
    gone, new = _only_in(before, after), _only_in(after, before)
    found = tuple(_explained(gone, new))
    return found or (_moved(before, after),)


def _only_in(facts: tuple[Fact, ...], others: tuple[Fact, ...]) -> list[Fact]:
    left = Counter((fact.kind, fact.key) for fact in others)
    found = []
    for fact in facts:
        if left[fact.kind, fact.key]:
            left[fact.kind, fact.key] -= 1
        else:
            found.append(fact)
    return found


def _explained(gone: list[Fact], new: list[Fact]) -> Iterator[RowsChange]:
    told = [*_sources(gone, new)]
    yield from told
    explained = (
        frozenset().union(*(fact.names for fact in (*gone, *new) if fact.kind in _NAMING))
        if told
        else frozenset()
    )
    gone, new = _rest(gone, explained), _rest(new, explained)
    yield from _pairs(Kind.ROWS_JOIN_CHANGED, FactKind.ON, gone, new)
    yield from _pairs(Kind.ROWS_FILTER_CHANGED, FactKind.FILTER, gone, new)
    yield from _whole(Kind.GRAIN_CHANGED, FactKind.GRAIN, gone, new)
    yield from _whole(Kind.ROWS_LIMIT_CHANGED, FactKind.LIMIT, gone, new)


_NAMING = (FactKind.SOURCE, FactKind.JOIN)


def _rest(facts: list[Fact], explained: frozenset[str]) -> list[Fact]:
    """Leave out what only follows from sources that came or went: their conditions and keys."""
    return [
        fact for fact in facts if fact.kind not in (*_NAMING, FactKind.SET) and not fact.names & explained
    ]


def _sources(gone: list[Fact], new: list[Fact]) -> Iterator[RowsChange]:
    joins = ([f for f in gone if f.kind is FactKind.JOIN], [f for f in new if f.kind is FactKind.JOIN])
    stored = ([f for f in gone if f.kind is FactKind.SOURCE], [f for f in new if f.kind is FactKind.SOURCE])
    sets = ([f for f in gone if f.kind is FactKind.SET], [f for f in new if f.kind is FactKind.SET])
    if any(joins):
        yield from _joins(joins, stored)
    elif any(stored):
        yield _of_stored(stored, sets)
    elif any(sets):
        yield RowsChange(Kind.ROWS_SOURCE_CHANGED, _listed(sets[0]), _listed(sets[1]))


def _joins(
    joins: tuple[list[Fact], list[Fact]], stored: tuple[list[Fact], list[Fact]]
) -> Iterator[RowsChange]:
    """A join came, went or is of another kind; the plain side of INNER ↔ LEFT is a source."""
    texts = []
    for facts, plain in zip(joins, stored, strict=True):
        texts.append([f.text for f in facts] + [f"JOIN {f.text}" if f.among > 1 else f.text for f in plain])
    yield RowsChange(Kind.ROWS_JOIN_CHANGED, "; ".join(texts[0]) or None, "; ".join(texts[1]) or None)


def _of_stored(stored: tuple[list[Fact], list[Fact]], sets: tuple[list[Fact], list[Fact]]) -> RowsChange:
    gone, new = stored
    joined = not any(sets) and not (gone and new) and all(f.among > 1 and not f.branch for f in (*gone, *new))
    if joined:
        texts = [f"JOIN {text}" if (text := _listed(side)) else None for side in stored]
        return RowsChange(Kind.ROWS_JOIN_CHANGED, texts[0], texts[1])
    before, after = (_listed([*one, *other]) for one, other in zip(stored, sets, strict=True))
    return RowsChange(Kind.ROWS_SOURCE_CHANGED, before, after)


def _listed(facts: Iterable[Fact]) -> str | None:
    return ", ".join(dict.fromkeys(fact.text for fact in facts)) or None


def _pairs(kind: Kind, fact_kind: FactKind, gone: list[Fact], new: list[Fact]) -> Iterator[RowsChange]:
    left = [fact.text for fact in gone if fact.kind is fact_kind]
    right = [fact.text for fact in new if fact.kind is fact_kind]
    for index in range(max(len(left), len(right))):
        yield RowsChange(
            kind, left[index] if index < len(left) else None, right[index] if index < len(right) else None
        )


def _whole(kind: Kind, fact_kind: FactKind, gone: list[Fact], new: list[Fact]) -> Iterator[RowsChange]:
    left, right = (_listed(fact for fact in side if fact.kind is fact_kind) for side in (gone, new))
    if left is not None or right is not None:
        yield RowsChange(kind, left, right)


def _moved(before: tuple[Fact, ...], after: tuple[Fact, ...]) -> RowsChange:
    """The same parts decide the rows, but at another place: a condition before a join is not one after it.

    Or over other values: what UNION takes for a duplicate depends on what the branches compute.
    """
    there = {fact.kind for fact in (*before, *after)}
    fact_kind, kind = next((each for each in _BY_FITNESS if each[0] in there), _BY_FITNESS[-1])
    text = _listed(fact for fact in after if fact.kind is fact_kind)
    how = "of other values" if fact_kind is FactKind.SET else "at another place in the query"
    return RowsChange(kind, text, f"{text} ({how})" if text else None)


_BY_FITNESS = (
    (FactKind.LIMIT, Kind.ROWS_LIMIT_CHANGED),
    (FactKind.GRAIN, Kind.GRAIN_CHANGED),
    (FactKind.FILTER, Kind.ROWS_FILTER_CHANGED),
    (FactKind.JOIN, Kind.ROWS_JOIN_CHANGED),
    (FactKind.ON, Kind.ROWS_JOIN_CHANGED),
    (FactKind.SET, Kind.ROWS_SOURCE_CHANGED),
    (FactKind.SOURCE, Kind.ROWS_SOURCE_CHANGED),
)
