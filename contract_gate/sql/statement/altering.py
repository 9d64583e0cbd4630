"""ALTER TABLE folded into columns: the one place that says what a relation's columns are after it.

The binder (tables of the script), the definition (tables that stay) and a query that stands for a temporary table read
this fold, so that they can't disagree on the order or the names of columns.
"""

import re
from collections.abc import Iterable, Iterator

from contract_gate.core.relation import Column, Fields, RelationName
from contract_gate.core.values import dataclass, replace
from contract_gate.sql.algebra import Output, Query, Select, Source, Term
from contract_gate.sql.keys import INDEX, UNIQUE, TableConstraint, is_called
from contract_gate.sql.script import Alteration, BoundStatement, ColumnStep


@dataclass(frozen=True, slots=True, kw_only=True)
class Altered:
    """A column after the statement. `was`: its name before it (None: it is new); `term`: what its values become."""

    column: Column
    was: str | None = None
    term: Term | None = None


def altered(columns: Iterable[Column], statement: BoundStatement) -> tuple[Altered, ...]:
    """Fold the steps of one ALTER TABLE over the columns that are known, in their order."""
    found = [Altered(column=column, was=column.name) for column in columns]
    for step in statement.alterations:
        found = [_of_field(each, step) for each in found] if step.within else list(_stepped(found, step))
    return tuple(found)


def _of_field(each: Altered, step: Alteration) -> Altered:
    """Fold what an ALTER does to a field of a struct; the whole column is of no type that a text spells any more."""
    column, fields = each.column, each.column.fields
    if column.name != step.within[0] or fields is None:
        return each
    within = step.within[2:] if fields.repeated and step.within[1:2] == ("element",) else step.within[1:]
    inner = altered(fields.columns, BoundStatement(kind="alter", alterations=(replace(step, within=within),)))
    kept = Fields(tuple(one.column for one in inner), repeated=fields.repeated)
    return replace(each, column=replace(column, fields=kept, type=None))


def altered_query(before: Query, statement: BoundStatement) -> Query:
    """Write what an ALTER does to rows that are there as a query over them: new columns, casts, names."""
    if not any(step.step in _OF_ROWS for step in statement.alterations):
        return before
    known = [output for output in before.outputs if output.term.op != "star"]
    places = {output.name: output for output in known}
    after = altered([_column(output) for output in known], statement)
    outputs = [_output(each, places, statement) for each in after]
    for star in before.outputs:
        if star.term.op == "star":
            outputs.append(_star(star, after, statement))
    return Select(
        sources=(Source(id=statement.number, relation=before, alias=""),),
        outputs=tuple(outputs),
    )


def given_by_table(computed: str | None) -> Term:
    """Give the value of a column that a writer leaves out: NULL, a literal, or what the table computes."""
    literal = _LITERAL.fullmatch(computed) if computed is not None else None
    if computed is None:
        return Term("null")
    if literal is None:
        return Term("word", value=computed)
    if literal["text"] is not None:
        return Term("string", value=literal["text"].replace("''", "'"))
    return Term("number", value=literal["number"]) if literal["number"] else Term("null")


_LITERAL = re.compile(
    r"DEFAULT\s+(?:(?P<number>-?\d+(?:\.\d+)?)|'(?P<text>(?:[^'\\]|'')*)'|NULL)", re.IGNORECASE
)


def kept_constraints(
    before: tuple[TableConstraint, ...], statement: BoundStatement
) -> tuple[TableConstraint, ...]:
    """Give the constraints of a table after one ALTER: renamed with their columns, gone with them or by name."""
    tables = [target.name for target in statement.targets] or [""]
    dropped = statement.dropped_constraints
    found = [each for each in before if not any(is_called(each, dropped, table) for table in tables)]
    for step in statement.alterations:
        if step.within:
            continue
        if step.step is ColumnStep.DROPPED:
            found = [each for each in found if step.name not in each.columns]
        elif step.step is ColumnStep.RENAMED and step.column is not None:
            found = [_of_renamed(each, step.name, step.column.name) for each in found]
    return (*found, *statement.constraints)


def constrained(
    before: tuple[TableConstraint, ...], statement: BoundStatement, table: RelationName
) -> tuple[TableConstraint, ...]:
    """Give what a table declares after an ALTER of it, CREATE INDEX or DROP INDEX, which names no table in most engines."""
    if statement.kind == "alter":
        return kept_constraints(before, statement) if table in statement.targets else before
    if statement.kind == "drop-index":
        names = statement.dropped_constraints
        return tuple(
            each for each in before if each.name not in names or not each.text.startswith((UNIQUE, INDEX))
        )
    own = (each for each in statement.constraints if each.refers in (table, None))
    return (*before, *(replace(each, refers=None) for each in own))


def _of_renamed(constraint: TableConstraint, old: str, new: str) -> TableConstraint:
    if old not in constraint.columns:
        return constraint
    text = re.sub(rf"\b{re.escape(old)}\b", lambda _: new, constraint.text)
    return replace(constraint, text=text, columns=(constraint.columns - {old}) | {new})


_OF_ROWS = frozenset(
    {ColumnStep.ADDED, ColumnStep.DROPPED, ColumnStep.RENAMED, ColumnStep.RETYPED, ColumnStep.REPLACED}
)


def _column(output: Output) -> Column:
    return Column(name=output.name, type=output.type, nullable=output.nullable, fields=output.fields)


def _output(each: Altered, places: dict[str, Output], statement: BoundStatement) -> Output:
    old = places.get(each.was) if each.was is not None else None
    if old is None:
        term = given_by_table(each.column.computed)
        return Output(name=each.column.name, term=term, type=each.column.type, line=statement.line, column=1)
    plain = Term("column", value=old.name, source=statement.number)
    return replace(
        old, name=each.column.name, term=each.term or plain, type=each.column.type, nullable=each.column.nullable,
        fields=each.column.fields,
    )  # fmt: skip


def _star(star: Output, after: tuple[Altered, ...], statement: BoundStatement) -> Output:
    """What an open star brings is still there, but for the columns that the statement dropped or renamed."""
    gone = {
        step.name
        for step in statement.alterations
        if step.step in (ColumnStep.DROPPED, ColumnStep.RENAMED, ColumnStep.RETYPED) and not step.within
    }
    left_out = gone | {each.was for each in after if each.was is not None}
    value = ",".join(sorted(name for name in left_out if name))
    return replace(star, term=Term("star", source=statement.number, value=value))


def _stepped(found: list[Altered], step: Alteration) -> Iterator[Altered]:
    match step.step:
        case ColumnStep.ADDED if step.column is not None:
            yield from _added(found, Altered(column=step.column), step.after)
        case ColumnStep.REPLACED:
            there = {each.column.name: each for each in found}
            for column in step.columns:
                old = there.get(column.name)
                yield replace(old, column=column) if old is not None else Altered(column=column)
        case ColumnStep.DROPPED:
            yield from (each for each in found if each.column.name != step.name)
        case _:
            yield from (_changed(each, step) if each.column.name == step.name else each for each in found)


def _added(found: list[Altered], new: Altered, after: str | None) -> Iterator[Altered]:
    others = [each for each in found if each.column.name != new.column.name]
    if len(others) < len(found):
        yield from found  # IF NOT EXISTS: it is there
        return
    place = len(others) if after is None else 0
    if after:
        place = next((i + 1 for i, each in enumerate(others) if each.column.name == after), len(others))
    yield from (*others[:place], new, *others[place:])


def _changed(each: Altered, step: Alteration) -> Altered:
    column = each.column
    match step.step:
        case ColumnStep.RENAMED if step.column is not None:
            return replace(each, column=replace(column, name=step.column.name))
        case ColumnStep.RETYPED if step.column is not None:
            return replace(each, column=replace(column, type=step.column.type, fields=None), term=step.term)
        case ColumnStep.REQUIRED:
            return replace(each, column=replace(column, nullable=False, required=True))
        case ColumnStep.OPTIONAL:
            return replace(each, column=replace(column, nullable=None, required=False))
        case _:
            computed = step.column.computed if step.column is not None else None
            return replace(each, column=replace(column, computed=computed))
