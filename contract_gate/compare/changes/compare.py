"""Two definitions of one relation → what changed between them: columns, then rows, then values.

Pure. That a relation moved or is materialized in another way is told by who compares worlds. Nothing is called
unchanged unless the canonical forms are equal.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from contract_gate.compare.changes.change import Certainty, Change, Kind
from contract_gate.compare.changes.columns import ColumnChanges, Side, pair_columns
from contract_gate.compare.changes.kinds import Trait, class_of, describe, has
from contract_gate.compare.changes.likeness import is_alike
from contract_gate.compare.changes.queries import QueryComparison, rows_change, undecided_change
from contract_gate.compare.changes.rows import RowsChange
from contract_gate.core.remembering import remembered
from contract_gate.sql.algebra import Output, Parameter, Query, Signature
from contract_gate.sql.canonical import Canonical, canonical_pair
from contract_gate.sql.keys import INDEX, PRIMARY, UNIQUE
from contract_gate.sql.statement.definition import Definition, RowEffect, computed_by


def compare(before: Definition, after: Definition, dialect: str | None = None) -> tuple[Change, ...]:
    """Tell what changed. Recurses as deep as the queries are nested: see `contract_gate.sql.stack.deep_stack`."""
    problem = next(iter((*after.problems, *before.problems)), None)
    if problem is not None:
        return (_undecided(after, f"line {problem.line}: {problem.message}"),)
    if is_alike(before, after):
        return ()
    dialect = dialect or after.dialect
    return remembered(
        "compare",
        (before, after, dialect),
        Change,
        lambda: tuple(_Comparison(before, after, dialect).changes()),
    )


class _Comparison:
    def __init__(self, before: Definition, after: Definition, dialect: str) -> None:
        self._before = before
        self._after = after
        self._dialect = dialect
        self._relation = after.relation or before.relation

    def changes(self) -> Iterator[Change]:
        if self._before.overloads or self._after.overloads:
            yield from self._overloaded()
            yield from self._arguments()
            return
        of_rows = tuple(map(self._where_only_filled, self._of_rows()))
        yield from of_rows
        told = {change.column for change in of_rows if change.kind is Kind.COLUMN_VALUES_CHANGED}
        yield from (change for change in self._computed() if change.column not in told)
        yield from self._required()
        yield from self._constraints()
        yield from self._arguments()
        yield from self._defaults()
        yield from self._effects()

    def _where_only_filled(self, change: Change) -> Change:
        """A table that is made elsewhere may keep the column that its statements fill no longer."""
        if not self._after.is_only_filled or change.kind not in (Kind.COLUMN_REMOVED, Kind.COLUMN_RENAMED):
            return change
        text = f"column `{change.column}` of `{change.relation}` is not filled any more; whether the table keeps it is not known here"
        return replace(change, certainty=Certainty.POSSIBLE, message=text)

    def _overloaded(self) -> Iterator[Change]:
        """Compare each form of a function with that of the same arguments."""
        sides = [
            {each.signatures[0].types: each for each in definition.overloads or (definition,)}
            for definition in (self._before, self._after)
        ]
        for types, old in sides[0].items():
            new = sides[1].get(types)
            for change in _Comparison(old, new, self._dialect).changes() if new is not None else ():
                yield change if change.overload is not None else replace(change, overload=old.signatures[0])

    def _arguments(self) -> Iterator[Change]:
        """The ways to call a function; parameters that only have another name are told where calls may give it."""
        old, new = self._before.signatures, self._after.signatures
        is_procedure = self._after.materialization == "procedure"
        by_place = self._dialect in _BY_POSITION and not (is_procedure and self._dialect == "tsql")
        alike = old == new or (by_place and _unnamed(old) == _unnamed(new))
        if old and new and not alike:
            texts = [" or ".join(map(str, side)) for side in (old, new)]
            yield self._constraint(Kind.ARGUMENTS_CHANGED, texts[0], texts[1])

    def _makes(self) -> ColumnChanges:
        sides = _declared_side(self._before), _declared_side(self._after)
        return ColumnChanges(*sides, self._relation, self._dialect)

    def _defaults(self) -> Iterator[Change]:
        """Another default of an argument is another value for the calls that leave it out."""
        old, new = (
            [p for each in side.signatures for p in each.parameters] for side in (self._before, self._after)
        )
        pairs = list(enumerate(zip(old, new, strict=False)))
        other = [i for i, (a, b) in pairs if a.default != b.default and None not in (a.default, b.default)]
        if (
            not other
            or not self._after.outputs
            or len(self._before.signatures) != len(self._after.signatures)
        ):
            return
        before, after = (f"{side[other[-1]].default} by default" for side in (old, new))
        # A call with so many arguments or fewer leaves one of those out.
        shorter = Signature(parameters=(Parameter(default=""),) * other[-1])
        if self._after.signatures[0].is_table:
            change = self._constraint(Kind.ROWS_SOURCE_CHANGED, before, after)
            yield replace(change, certainty=Certainty.POSSIBLE, overload=shorter)
        else:
            makes = self._makes()
            change = makes.change(
                Kind.COLUMN_VALUES_CHANGED, self._after.outputs[0], before=before, after=after
            )
            yield replace(change, overload=shorter)

    def _of_rows(self) -> Iterator[Change]:
        old, new = self._before.query, self._after.query
        if old is None or new is None:
            yield from self._declared(old, new)
        else:
            forms = canonical_pair(old, new, self._dialect)
            before, after = _with_types(forms[0], self._before), _with_types(forms[1], self._after)
            declared = self._before.declared_types, self._after.declared_types
            yield from QueryComparison(before, after, self._relation, self._after.line, declared).changes()

    def _required(self) -> Iterator[Change]:
        """A column was declared NOT NULL and is not any more, or the other way."""
        makes = self._makes()
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
        sides = [
            {each.text: each for each in side.constraints if not each.text.startswith(f"{INDEX} ")}
            for side in (self._before, self._after)
        ]
        names = [{output.name for output in side.outputs} for side in (self._before, self._after)]
        for text, gone in sides[0].items():
            if text not in sides[1] and gone.columns <= names[1]:
                yield self._constraint(Kind.CONSTRAINT_REMOVED, text, None)
        for text, new in sides[1].items():
            if text not in sides[0] and new.columns <= names[0]:
                yield self._constraint(Kind.CONSTRAINT_ADDED, None, text)
        keys = [sorted(text for text in side if text.startswith((PRIMARY, UNIQUE))) for side in sides]
        if keys[0] != keys[1] and any(map(_meets_any_key, self._after.effects)):
            yield self._constraint(Kind.ROWS_MERGE_CHANGED, *(", ".join(side) or "no key" for side in keys))

    def _constraint(self, kind: Kind, before: str | None, after: str | None) -> Change:
        change = rows_change(RowsChange(kind, before, after), self._relation, self._after.line)
        return replace(change, certainty=Certainty.PROVEN)

    def _computed(self) -> Iterator[Change]:
        """What a table itself computes: a generated column, a default."""
        makes = self._makes()
        old, new = _computed_by(self._before), _computed_by(self._after)
        for output in self._after.outputs:
            before, after = old.get(output.name), new.get(output.name)
            if output.name in old and output.name in new and before != after:
                yield makes.change(Kind.COLUMN_VALUES_CHANGED, output, before=before, after=after)

    def _declared(self, old: Query | None, new: Query | None) -> Iterator[Change]:
        """One side or both only declare the table: columns can be compared, rows can't."""
        sides = [_declared_side(definition) for definition in (self._before, self._after)]
        makes = self._makes()
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
        further = self._further_updates()
        if kinds[0] != kinds[1] and not further:
            texts = [", ".join(map(_effect_text, side)) or None for side in kinds]
            yield self._change(Kind.ROWS_SOURCE_CHANGED, texts[0], texts[1], self._after.line)
            return
        for old, new in zip(left, right, strict=False):
            yield from self._effect(old, new)
        yield from self._updated(further)

    def _further_updates(self) -> tuple[RowEffect, ...]:
        """Give the UPDATEs that one side has behind all that the other has, and nothing else; none where there is more to it."""
        less, more = sorted((self._before.effects, self._after.effects), key=len)
        further = more[len(less) :]
        is_same = [one.kind for one in less] == [one.kind for one in more[: len(less)]]
        are_known = all(one.kind == "update" and one.query is not None for one in further)
        is_table = self._before.is_closed and self._after.is_closed
        return further if is_same and are_known and is_table else ()

    def _updated(self, updates: Iterable[RowEffect]) -> Iterator[Change]:
        """An UPDATE writes the columns that it sets, and leaves the rows where they are."""
        names = {output.name for one in updates if one.query is not None for output in one.query.outputs}
        there = {output.name for output in self._before.outputs}
        said = (None, "UPDATE") if len(self._before.effects) < len(self._after.effects) else ("UPDATE", None)
        for output in self._after.outputs:
            if output.name in names & there:
                change = self._makes().change(
                    Kind.COLUMN_VALUES_CHANGED, output, before=said[0], after=said[1]
                )
                yield replace(change, certainty=Certainty.POSSIBLE)

    def _effect(self, old: RowEffect, new: RowEffect) -> Iterator[Change]:
        if old.query is None or new.query is None:
            return
        pair = canonical_pair(old.query, new.query, self._dialect)
        for change in QueryComparison(*pair, self._relation, new.line).changes():
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
        return rows_change(RowsChange(kind, before, after), self._relation, line)


_BY_POSITION = frozenset({"bigquery", "redshift", "clickhouse", "tsql", "mysql", "sqlite"})
"""Where no call of a function names an argument, another name of a parameter is nobody's concern."""


def _unnamed(signatures: tuple[Signature, ...]) -> list[list[Parameter]]:
    return [[replace(each, name=None) for each in signature.parameters] for signature in signatures]


def _meets_any_key(effect: RowEffect) -> bool:
    """Tell whether rows are left out or replaced where they meet any key of the table: IGNORE, OR REPLACE, ON DUPLICATE KEY."""
    words = effect.kind.split()
    named = " ".join(words[words.index("conflict") :]) if "conflict" in words else ""
    return not {"ignore", "replace"}.isdisjoint(words) or named in ("conflict nothing", "conflict update")


def _effect_text(kind: str) -> str:
    return kind.upper() if kind.islower() else kind


def _computed_by(definition: Definition) -> dict[str, str | None]:
    """Give what each declared column is computed by, None for one that is only stored."""
    return {output.name: computed_by(output) for output in definition.outputs if output.term.op == "declared"}


def _declared_side(definition: Definition) -> Side:
    """Columns that only a MERGE or UPDATE writes are the table's whether it writes them or not: they are its values."""
    written = definition.query is None and bool(definition.effects)
    outputs = tuple(o for o in definition.outputs if not written or o.term.op in ("declared", "star"))
    texts = tuple(_made_as(output) for output in outputs)
    return Side(outputs=outputs, texts=texts, declared=definition.declared_types)


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
    assert chosen is not None  # noqa: S101 - each is there
    outputs = tuple(
        replace(o, type=d.type, nullable=o.nullable if d.nullable is None else d.nullable)
        for o, d in zip(chosen.outputs, kept, strict=True)
    )
    return Canonical(replace(chosen.query, outputs=outputs), query.dialect)


def _undecided(definition: Definition, reason: str) -> Change:
    return undecided_change(definition.relation, reason, definition.line)
