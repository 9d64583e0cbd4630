"""Two queries in canonical form → what changed between their columns, rows and values."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from contract_gate.compare.changes.change import Certainty, Change, Kind
from contract_gate.compare.changes.columns import ColumnChanges, Pair, Side, pair_columns
from contract_gate.compare.changes.kinds import Trait, bounded, class_of, describe, has
from contract_gate.compare.changes.rows import RowsChange, explain
from contract_gate.core.relation import Location, RelationName
from contract_gate.sql.algebra import Output, Query, Scan
from contract_gate.sql.canonical import Canonical, SourceDetail
from contract_gate.sql.canonical.facts import FactKind
from contract_gate.sql.given import columns_behind
from contract_gate.sql.types import is_same_type
from contract_gate.sql.walk import children_first, sources_of


class QueryComparison:
    """Compares two queries in canonical form; `declared`: the columns of each whose type the relation declares."""

    def __init__(
        self,
        before: Canonical,
        after: Canonical,
        relation: RelationName | None,
        line: int,
        declared: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset()),
    ) -> None:
        self._before = before
        self._after = after
        self._relation = relation
        self._line = line
        self._sides = (_side_of(before, declared[0]), _side_of(after, declared[1]))
        self._makes = ColumnChanges(*self._sides, relation, after.dialect)

    def changes(self) -> Iterator[Change]:
        pairs, removed, added = pair_columns(*self._sides)
        pairs, removed, added, unsure = self._through_stars(pairs, removed, added)
        gone = [self._makes.removed(index, self._before.text(index)) for index in removed]
        gone += [change for pair in pairs for change in self._makes.of_pair(pair)]
        new_star = not _stars(self._sides[1]) <= _stars(self._sides[0])
        yield from (_perhaps(change) if new_star else change for change in gone)
        yield from self._makes.reordered(pairs)
        yield from self._rows_and_values(pairs)
        yield from (self._makes.added(index, self._after.text(index)) for index in added)
        yield from unsure or self._of_further_stars()

    def _of_further_stars(self) -> tuple[Change, ...]:
        """Only the first star of each side is compared with the other's: what the rest bring is not known."""
        old, new = (_star_texts(side) for side in self._sides)
        if not old or not new or Counter(old) == Counter(new) or Counter(old[1:]) == Counter(new[1:]):
            return ()
        return (
            self._unsure("the base and the head have `*` of other relations, whose columns nobody declares"),
        )

    def _through_stars(
        self, pairs: tuple[Pair, ...], removed: tuple[int, ...], added: tuple[int, ...]
    ) -> tuple[tuple[Pair, ...], tuple[int, ...], tuple[int, ...], tuple[Change, ...]]:
        """An open star may have any column: what one side names may come through the other side's star."""
        old, new = (side.star for side in self._sides)
        if old is not None and new is not None:
            return self._both_stars(old, new, pairs, removed, added)
        if old is not None:
            found = tuple(
                Pair(before=o.name, after=i, old_name=o.name, new_name=o.name)
                for i in added
                for o in [self._sides[1].outputs[i]]
            )
            reason = "the base has `*` of a relation whose columns nobody declares, the head lists columns"
            return (*pairs, *found), removed, (), (self._unsure(reason),)
        if new is not None:
            found = tuple(
                Pair(before=i, after=o.name, old_name=o.name, new_name=o.name)
                for i in removed
                for o in [self._sides[0].outputs[i]]
            )
            reason = "the head has `*` of a relation whose columns nobody declares, the base lists columns"
            return (*pairs, *found), (), added, (self._unsure(reason),)
        return pairs, removed, added, ()

    def _both_stars(
        self,
        old: Output,
        new: Output,
        pairs: tuple[Pair, ...],
        removed: tuple[int, ...],
        added: tuple[int, ...],
    ) -> tuple[tuple[Pair, ...], tuple[int, ...], tuple[int, ...], tuple[Change, ...]]:
        stars = tuple(self._sides[i].outputs.index(star) for i, star in enumerate((old, new)))
        texts = tuple(side.texts[index] for side, index in zip(self._sides, stars, strict=True))
        shown, removed = self._shown_by_star(removed, columns_behind(self._after.query))
        pairs = (*shown, *pairs, Pair(before=stars[0], after=stars[1], old_name="*", new_name="*"))
        if texts[0] == texts[1] or old.term.value == new.term.value:
            return pairs, removed, added, ()
        gone, back = _left_out(old), _left_out(new)
        shown, removed = self._shown_by_star(removed, gone - back)
        pairs = (*shown, *pairs)
        named = {output.name for side in self._sides for output in side.outputs}
        changes = [
            self._makes.change(Kind.COLUMN_REMOVED, new, name=name, certainty=Certainty.POSSIBLE)
            for name in sorted(back - gone - named)
        ]
        changes += [
            self._makes.change(Kind.COLUMN_ADDED, new, name=name) for name in sorted(gone - back - named)
        ]
        return pairs[:-1], removed, added, tuple(changes)

    def _shown_by_star(
        self, removed: tuple[int, ...], names: frozenset[str]
    ) -> tuple[tuple[Pair, ...], tuple[int, ...]]:
        """Pair the columns that the head lists no more, and brings by its star; give those that are left."""
        shown = {i: o.name for i in removed for o in [self._sides[0].outputs[i]] if o.name in names}
        pairs = (Pair(before=i, after=name, old_name=name, new_name=name) for i, name in shown.items())
        return tuple(pairs), tuple(index for index in removed if index not in shown)

    def _rows_and_values(self, pairs: tuple[Pair, ...]) -> Iterator[Change]:
        names = [f"{pair.new_name} {index}" for index, pair in enumerate(pairs)]
        before = self._before.restricted([pair.before for pair in pairs], names)
        after = self._after.restricted([pair.after for pair in pairs], names)
        if before is None or after is None:
            yield self._unsure("a column comes through `*` of a relation whose columns nobody declares")
            return
        rows = self._rows(before, after)
        yield from rows
        values = tuple(self._values(before, after, pairs, bool(rows)))
        yield from values
        if not rows and not values:
            yield from self._nullable(pairs)

    def _rows(self, before: Canonical, after: Canonical) -> tuple[Change, ...]:
        if before.digest().rows == after.digest().rows:
            return ()
        if before.digest(SourceDetail.BLIND).rows == after.digest(SourceDetail.BLIND).rows and _is_unsure(
            before, after
        ):
            return (
                self._unsure("a column could be of one of several relations whose columns nobody declares"),
            )
        return tuple(
            rows_change(change, self._relation, self._line) for change in explain(before.facts, after.facts)
        )

    def _values(
        self, before: Canonical, after: Canonical, pairs: tuple[Pair, ...], rows_differ: bool
    ) -> Iterator[Change]:
        for index, pair in enumerate(pairs):
            if not rows_differ:
                differs = before.digest().columns[index] != after.digest().columns[index]
            else:
                differs = not _follows_from_rows(before, after, index)
            if not differs or self._only_cast(before, after, index, pair):
                continue
            if self._only_fields(before, after, index, pair):
                continue
            if before.digest(SourceDetail.BLIND).columns[index] == after.digest(SourceDetail.BLIND).columns[
                index
            ] and _is_unsure(before, after):
                yield self._unsure(
                    f"`{pair.new_name}` could be of one of several relations whose columns nobody declares"
                )
                continue
            output = (
                self._sides[1].outputs[pair.after] if isinstance(pair.after, int) else after.outputs[index]
            )
            texts = before.text(index), after.text(index)
            change = self._makes.change(
                Kind.COLUMN_VALUES_CHANGED, output, name=pair.new_name, before=texts[0], after=texts[1]
            )
            yield replace(change, may_retype=self._may_retype(pair))

    def _only_cast(self, before: Canonical, after: Canonical, index: int, pair: Pair) -> bool:
        """Tell whether the two differ in the outermost cast alone, and the change of type is told."""
        outputs = self._outputs(pair)
        if outputs is None:
            return False
        old, new = (output.type for output in outputs)
        if old is None or new is None or is_same_type(old, new):
            return False
        bare = before.without_cast(index), after.without_cast(index)
        columns = [query.digest(SourceDetail.COARSE).columns[index] for query in bare]
        return columns[0] == columns[1]

    def _may_retype(self, pair: Pair) -> bool:
        """Tell whether one side casts the column and nobody knows the type that the other has."""
        if (outputs := self._outputs(pair)) is None:
            return False
        old, new = outputs
        casts = (side.type is not None and side.term.op in ("cast", "trycast") for side in (old, new))
        return (old.type is None or new.type is None) and any(casts)

    def _only_fields(self, before: Canonical, after: Canonical, index: int, pair: Pair) -> bool:
        """Tell whether a struct differs in fields that one side has alone: those are told as columns of it."""
        outputs = self._outputs(pair)
        old, new = (output.fields for output in outputs) if outputs is not None else (None, None)
        if old is None or new is None or old == new:
            return False
        bare = before.with_fields(index, new), after.with_fields(index, old)
        columns = [query.digest(SourceDetail.COARSE).columns[index] for query in bare]
        return columns[0] == columns[1]

    def _nullable(self, pairs: tuple[Pair, ...]) -> Iterator[Change]:
        """Rows and values are computed alike, so that NULLs can be new only where a relation that is read has new ones."""
        if _declared(self._before.query) == _declared(self._after.query):
            return
        for pair in pairs:
            old, new = self._outputs(pair) or (None, None)
            if old is not None and new is not None and old.nullable is False and new.nullable is True:
                yield self._makes.change(Kind.COLUMN_NULLABLE, new, before="NOT NULL", after="NULL")

    def _outputs(self, pair: Pair) -> tuple[Output, Output] | None:
        """Give both columns of a pair; None where one comes through a star."""
        if not isinstance(pair.before, int) or not isinstance(pair.after, int):
            return None
        return self._sides[0].outputs[pair.before], self._sides[1].outputs[pair.after]

    def _unsure(self, reason: str) -> Change:
        return undecided_change(self._relation, reason, self._line)


def _left_out(star: Output) -> frozenset[str]:
    """Name the columns that a star leaves out; that of a set operation says its position instead."""
    return frozenset(name for name in star.term.value.split(",") if name and not name.isdecimal())


def _stars(side: Side) -> set[str]:
    """Name what each open star brings."""
    return set(_star_texts(side))


def _star_texts(side: Side) -> list[str]:
    return [text for output, text in zip(side.outputs, side.texts, strict=True) if output.term.op == "star"]


def _perhaps(change: Change) -> Change:
    """A star that the base had not may bring a column of the name that was lost."""
    return replace(change, certainty=Certainty.POSSIBLE) if has(change.kind, Trait.GONE_COLUMN) else change


def _side_of(query: Canonical, declared: frozenset[str]) -> Side:
    """Give the columns of a query, each with what names its value."""
    return Side(outputs=query.outputs, texts=query.digest(SourceDetail.COARSE).columns, declared=declared)


def _is_unsure(before: Canonical, after: Canonical) -> bool:
    return before.mentions("any_column") or after.mentions("any_column")


def _follows_from_rows(before: Canonical, after: Canonical, index: int) -> bool:
    """Tell whether a column differs only because its rows are others: it is computed alike, or is a key of the grain."""
    coarse = (
        before.digest(SourceDetail.COARSE).columns[index],
        after.digest(SourceDetail.COARSE).columns[index],
    )
    if coarse[0] == coarse[1] or before.text(index) == after.text(index):
        return True
    if before.branches(index, SourceDetail.COARSE) == after.branches(index, SourceDetail.COARSE):
        return True
    keys = [{f.key for f in query.facts if f.kind is FactKind.GRAIN} for query in (before, after)]
    if f"key {coarse[0]}" in keys[0] and f"key {coarse[1]}" in keys[1]:
        return True
    named = [
        {f.key for f in query.facts if f.kind in (FactKind.SOURCE, FactKind.JOIN, FactKind.SET)}
        for query in (before, after)
    ]
    if named[0] == named[1]:
        return False
    branches = before.branches(index, SourceDetail.BLIND), after.branches(index, SourceDetail.BLIND)
    return branches[0] <= branches[1] or branches[1] <= branches[0]


def rows_change(change: RowsChange, relation: RelationName | None, line: int) -> Change:
    return Change(
        kind=change.kind,
        change_class=class_of(change.kind),
        certainty=Certainty.POSSIBLE,
        message=describe(change.kind, relation=relation, before=change.before, after=change.after),
        relation=relation,
        before=bounded(change.before),
        after=bounded(change.after),
        location=Location(line=line),
    )


def undecided_change(relation: RelationName | None, reason: str, line: int) -> Change:
    """Say that it could not be decided what changed, and why."""
    return Change(
        kind=Kind.UNDECIDED,
        change_class=class_of(Kind.UNDECIDED),
        certainty=Certainty.UNDECIDED,
        message=describe(Kind.UNDECIDED, relation=relation, reason=reason),
        relation=relation,
        location=Location(line=line),
    )


def _declared(query: Query) -> set[tuple[str, str, bool | None]]:
    """Name the columns of the stored relations that a query reads, with what is known of NULLs in them."""
    scans = (source.relation for part in children_first(query) for source in sources_of(part))
    return {
        (str(scan.name), column.name, column.nullable)
        for scan in scans
        if isinstance(scan, Scan)
        for column in scan.known
    }
