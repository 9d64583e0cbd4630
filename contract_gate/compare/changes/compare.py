"""Two definitions of one relation → what changed between them: columns, then rows, then values.

Pure. That a relation moved or is materialized in another way is told by who compares worlds. Nothing is called
unchanged unless the canonical forms are equal.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from contract_gate.compare.changes.change import Certainty, Change, Kind
from contract_gate.compare.changes.columns import ColumnChanges, Pair, Side, pair_columns
from contract_gate.compare.changes.kinds import Trait, bounded, class_of, describe, has
from contract_gate.compare.changes.rows import RowsChange, explain
from contract_gate.core.relation import Location, RelationName
from contract_gate.sql.algebra import Output, Parameter, Query, Scan, Signature
from contract_gate.sql.canonical import Canonical, SourceDetail, canonical_pair
from contract_gate.sql.canonical.facts import FactKind
from contract_gate.sql.definition import Definition, RowEffect
from contract_gate.sql.scope import columns_behind
from contract_gate.sql.types import is_same_type
from contract_gate.sql.walk import children_first, sources_of


def compare(before: Definition, after: Definition, dialect: str | None = None) -> tuple[Change, ...]:
    """Tell what changed. Recurses as deep as the queries are nested: see `contract_gate.sql.parse.deep_stack`."""
    problem = next(iter((*after.problems, *before.problems)), None)
    if problem is not None:
        return (_undecided(after, f"line {problem.line}: {problem.message}"),)
    return tuple(_Comparison(before, after, dialect or after.dialect).changes())


class _Comparison:
    def __init__(self, before: Definition, after: Definition, dialect: str) -> None:
        self._before = before
        self._after = after
        self._dialect = dialect
        self._relation = after.relation or before.relation

    def changes(self) -> Iterator[Change]:
        of_rows = tuple(self._of_rows())
        yield from of_rows
        told = {change.column for change in of_rows if change.kind is Kind.COLUMN_VALUES_CHANGED}
        yield from (change for change in self._computed() if change.column not in told)
        yield from self._required()
        yield from self._constraints()
        yield from self._arguments()
        yield from self._effects()

    def _arguments(self) -> Iterator[Change]:
        """The ways to call a function; parameters that only have another name are told where calls may give it."""
        old, new = self._before.signatures, self._after.signatures
        alike = old == new or (self._dialect in _BY_POSITION and _unnamed(old) == _unnamed(new))
        if old and new and not alike:
            texts = [" or ".join(map(str, side)) for side in (old, new)]
            yield self._constraint(Kind.ARGUMENTS_CHANGED, texts[0], texts[1])

    def _of_rows(self) -> Iterator[Change]:
        old, new = self._before.query, self._after.query
        if old is None or new is None:
            yield from self._declared(old, new)
        else:
            forms = canonical_pair(old, new, self._dialect)
            before, after = _with_types(forms[0], self._before), _with_types(forms[1], self._after)
            yield from _Queries(before, after, self._relation, self._after.line).changes()

    def _required(self) -> Iterator[Change]:
        """A column was declared NOT NULL and is not any more, or the other way."""
        makes = ColumnChanges(_declared_side(self._before), _declared_side(self._after), self._relation)
        before = {output.name: output for output in self._before.outputs}
        for output in self._after.outputs:
            old = before.get(output.name)
            if old is None or old.required == output.required or "star" in (old.term.op, output.term.op):
                continue
            if old.required and output.nullable is not False:
                yield makes.change(
                    Kind.COLUMN_NULLABLE, output, before="NOT NULL", after="NULL", certainty=Certainty.PROVEN
                )
            elif output.required and old.nullable is not False:
                yield makes.change(
                    Kind.CONSTRAINT_ADDED, output, after=f"{output.name} NOT NULL", certainty=Certainty.PROVEN
                )

    def _constraints(self) -> Iterator[Change]:
        """Keys, checks and foreign keys that came or went; those of columns that came or went with them are told so."""
        sides = [{each.text: each for each in side.constraints} for side in (self._before, self._after)]
        names = [{output.name for output in side.outputs} for side in (self._before, self._after)]
        for text, gone in sides[0].items():
            if text not in sides[1] and gone.columns <= names[1]:
                yield self._constraint(Kind.CONSTRAINT_REMOVED, text, None)
        for text, new in sides[1].items():
            if text not in sides[0] and new.columns <= names[0]:
                yield self._constraint(Kind.CONSTRAINT_ADDED, None, text)

    def _constraint(self, kind: Kind, before: str | None, after: str | None) -> Change:
        change = _rows_change(RowsChange(kind, before, after), self._relation, self._after.line)
        return replace(change, certainty=Certainty.PROVEN)

    def _computed(self) -> Iterator[Change]:
        """What a table itself computes: a generated column, a default."""
        makes = ColumnChanges(_declared_side(self._before), _declared_side(self._after), self._relation)
        old, new = _computed_by(self._before), _computed_by(self._after)
        for output in self._after.outputs:
            before, after = old.get(output.name), new.get(output.name)
            if output.name in old and output.name in new and before != after:
                yield makes.change(Kind.COLUMN_VALUES_CHANGED, output, before=before, after=after)

    def _declared(self, old: Query | None, new: Query | None) -> Iterator[Change]:
        """One side or both only declare the table: columns can be compared, rows can't."""
        sides = [_declared_side(definition) for definition in (self._before, self._after)]
        makes = ColumnChanges(sides[0], sides[1], self._relation)
        pairs, removed, added = pair_columns(*sides)
        yield from (makes.removed(index, sides[0].outputs[index].type or "") for index in removed)
        yield from (makes.added(index, sides[1].outputs[index].type or "") for index in added)
        for pair in pairs:
            yield from makes.of_pair(pair)
        yield from makes.reordered(pairs)
        if (old is None) != (new is None):
            texts = ["no query" if query is None else "a query" for query in (old, new)]
            yield self._change(Kind.ROWS_SOURCE_CHANGED, texts[0], texts[1], self._after.line)

    def _effects(self) -> Iterator[Change]:
        left, right = self._before.effects, self._after.effects
        kinds = [[effect.kind for effect in side] for side in (left, right)]
        if kinds[0] != kinds[1]:
            texts = [", ".join(map(_effect_text, side)) or None for side in kinds]
            yield self._change(Kind.ROWS_SOURCE_CHANGED, texts[0], texts[1], self._after.line)
            return
        for old, new in zip(left, right, strict=True):
            yield from self._effect(old, new)

    def _effect(self, old: RowEffect, new: RowEffect) -> Iterator[Change]:
        if old.query is None or new.query is None:
            return
        pair = canonical_pair(old.query, new.query, self._dialect)
        for change in _Queries(*pair, self._relation, new.line).changes():
            if not has(change.kind, Trait.OF_A_SELECT_LIST):
                yield change
            elif has(change.kind, Trait.NAMES_COLUMNS):
                kind = Kind.COLUMN_VALUES_CHANGED
                message = describe(
                    kind,
                    relation=self._relation,
                    column=change.column,
                    before=change.before,
                    after=change.after,
                )
                yield replace(
                    change,
                    kind=kind,
                    change_class=class_of(kind),
                    certainty=Certainty.POSSIBLE,
                    message=message,
                )

    def _change(self, kind: Kind, before: str | None, after: str | None, line: int) -> Change:
        return _rows_change(RowsChange(kind, before, after), self._relation, line)


_BY_POSITION = frozenset({"bigquery", "redshift", "clickhouse", "tsql", "mysql", "sqlite"})
"""Where no call of a function names an argument, another name of a parameter is nobody's concern."""


def _unnamed(signatures: tuple[Signature, ...]) -> list[list[Parameter]]:
    return [[replace(each, name=None) for each in signature.parameters] for signature in signatures]


def _effect_text(kind: str) -> str:
    return kind.upper() if kind.islower() else kind


def _computed_by(definition: Definition) -> dict[str, str | None]:
    """Give what each declared column is computed by, None for one that is only stored."""
    declared = (output for output in definition.outputs if output.term.op == "declared")
    return {output.name: next((given.value for given in output.term.args), None) for output in declared}


def _declared_side(definition: Definition) -> Side:
    """Columns that only a MERGE or UPDATE writes are the table's whether it writes them or not: they are its values."""
    written = definition.query is None and bool(definition.effects)
    outputs = tuple(o for o in definition.outputs if not written or o.term.op in ("declared", "star"))
    return Side(outputs=outputs, texts=tuple(_made_as(output) for output in outputs))


def _made_as(output: Output) -> str:
    """Name a declared column by the name that it was made with, which an ALTER changes."""
    return f"declared {output.term.value}" if output.term.op == "declared" and output.term.value else ""


def _with_types(query: Canonical, definition: Definition) -> Canonical:
    """Declared types are the relation's, whatever the query computes; columns that were dropped later are not there."""
    if any(output.term.op == "star" for output in query.outputs) or definition.outputs == query.outputs:
        return query
    places = {output.name: index for index, output in enumerate(query.outputs)}
    kept = [output for output in definition.outputs if output.name in places]
    if len(kept) != len(definition.outputs) or not kept:
        return query
    chosen = query.restricted([places[o.name] for o in kept], [o.name for o in kept])
    if chosen is None:
        return query
    outputs = tuple(
        replace(o, type=d.type, nullable=o.nullable if d.nullable is None else d.nullable)
        for o, d in zip(chosen.outputs, kept, strict=True)
    )
    return Canonical(replace(chosen.query, outputs=outputs), query.dialect)


class _Queries:
    """Compares two queries in canonical form."""

    def __init__(self, before: Canonical, after: Canonical, relation: RelationName | None, line: int) -> None:
        self._before = before
        self._after = after
        self._relation = relation
        self._line = line
        self._sides = (_side(before), _side(after))
        self._makes = ColumnChanges(*self._sides, relation)

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
            _rows_change(change, self._relation, self._line) for change in explain(before.facts, after.facts)
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
            yield self._makes.change(
                Kind.COLUMN_VALUES_CHANGED, output, name=pair.new_name, before=texts[0], after=texts[1]
            )

    def _only_cast(self, before: Canonical, after: Canonical, index: int, pair: Pair) -> bool:
        """Tell whether the two differ in the outermost cast alone, and the change of type is told."""
        if not isinstance(pair.before, int) or not isinstance(pair.after, int):
            return False
        types = self._sides[0].outputs[pair.before].type, self._sides[1].outputs[pair.after].type
        if types[0] is None or types[1] is None or is_same_type(types[0], types[1]):
            return False
        bare = before.without_cast(index), after.without_cast(index)
        columns = [query.digest(SourceDetail.COARSE).columns[index] for query in bare]
        return columns[0] == columns[1]

    def _only_fields(self, before: Canonical, after: Canonical, index: int, pair: Pair) -> bool:
        """Tell whether a struct differs in fields that one side has alone: those are told as columns of it."""
        if not isinstance(pair.before, int) or not isinstance(pair.after, int):
            return False
        fields = self._sides[0].outputs[pair.before].fields, self._sides[1].outputs[pair.after].fields
        if fields[0] is None or fields[1] is None or fields[0] == fields[1]:
            return False
        bare = before.with_fields(index, fields[1]), after.with_fields(index, fields[0])
        columns = [query.digest(SourceDetail.COARSE).columns[index] for query in bare]
        return columns[0] == columns[1]

    def _nullable(self, pairs: tuple[Pair, ...]) -> Iterator[Change]:
        """Rows and values are computed alike, so that NULLs can be new only where a relation that is read has new ones."""
        if _declared(self._before.query) == _declared(self._after.query):
            return
        for pair in pairs:
            if isinstance(pair.before, int) and isinstance(pair.after, int):
                old, new = self._sides[0].outputs[pair.before], self._sides[1].outputs[pair.after]
                if old.nullable is False and new.nullable is True:
                    yield self._makes.change(Kind.COLUMN_NULLABLE, new, before="NOT NULL", after="NULL")

    def _unsure(self, reason: str) -> Change:
        return _undecided_change(self._relation, reason, self._line)


def _declared(query: Query) -> set[tuple[str, str, bool | None]]:
    """Name the columns of the stored relations that a query reads, with what is known of NULLs in them."""
    scans = (source.relation for part in children_first(query) for source in sources_of(part))
    return {
        (str(scan.name), column.name, column.nullable)
        for scan in scans
        if isinstance(scan, Scan)
        for column in scan.known
    }


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


def _side(query: Canonical) -> Side:
    return Side(outputs=query.outputs, texts=query.digest(SourceDetail.COARSE).columns)


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


def _rows_change(change: RowsChange, relation: RelationName | None, line: int) -> Change:
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


def _undecided(definition: Definition, reason: str) -> Change:
    return _undecided_change(definition.relation, reason, definition.line)


def _undecided_change(relation: RelationName | None, reason: str, line: int) -> Change:
    return Change(
        kind=Kind.UNDECIDED,
        change_class=class_of(Kind.UNDECIDED),
        certainty=Certainty.UNDECIDED,
        message=describe(Kind.UNDECIDED, relation=relation, reason=reason),
        relation=relation,
        location=Location(line=line),
    )
