"""What the statements of a script have made so far: the relations that the statements after them read.

A temporary relation is kept as the query that gives its rows, so that lineage goes through it; of a relation that
stays only the columns are kept.
"""

from collections.abc import Mapping
from dataclasses import replace

from contract_gate.core.relation import Column, RelationName
from contract_gate.sql.algebra import (
    Output,
    Query,
    Scan,
    Select,
    SetOperation,
    Shape,
    Source,
    TableFunction,
    Term,
)
from contract_gate.sql.given import is_closed, output_columns
from contract_gate.sql.query.binding import Binding
from contract_gate.sql.query.terms import star_text
from contract_gate.sql.script import ROW_CHANGES, BoundStatement, ColumnStep
from contract_gate.sql.statement.altering import (
    altered,
    altered_query,
    constrained,
    given_by_table,
    kept_constraints,
)
from contract_gate.sql.statement.routines import routine_of
from contract_gate.sql.walk import children_first, passed_on


def remember(binding: Binding, statement: BoundStatement) -> None:
    """Let the following statements see what this one made or changed."""
    for target in statement.targets if statement.kind in ROW_CHANGES else ():
        for view in binding.views:
            if view in binding.temporary and _reads(binding.temporary[view], target):
                binding.temporary[view] = _later(binding, binding.temporary[view])
    for shapes in (binding.made, binding.altered) if statement.kind in ("index", "drop-index") else ():
        for name, shape in list(shapes.items()):
            shapes[name] = replace(shape, constraints=constrained(shape.constraints, statement, name))
    for target in statement.targets:
        if statement.kind == "drop":
            for known in (binding.temporary, binding.made, binding.altered):
                known.pop(target, None)
        elif statement.kind in _OF_WHAT_IS_THERE and target in binding.temporary:
            _change_temporary(binding, target, statement)
        else:
            _change_stored(binding, target, statement)


def _change_temporary(binding: Binding, target: RelationName, statement: BoundStatement) -> None:
    rows = binding.temporary[target]
    match statement.kind:
        case "rename" if statement.renamed_to is not None:
            binding.temporary[statement.renamed_to] = binding.temporary.pop(target)
            binding.declared[statement.renamed_to] = binding.declared.pop(target)
        case "alter":
            binding.temporary[target] = altered_query(rows, statement)
            binding.declared[target] = tuple(e.column for e in altered(binding.declared[target], statement))
        case "insert" | "copy":
            binding.temporary[target] = _filled(binding, rows, statement, binding.declared[target])
        case "delete" | "truncate" if statement.condition is None:
            binding.temporary[target] = _emptied(binding, rows)
        case _:
            binding.temporary[target] = _changed(rows, statement)


def _change_stored(binding: Binding, target: RelationName, statement: BoundStatement) -> None:
    match statement.kind:
        case "function":
            binding.routines[target] = routine_of(statement)
        case "rename-function" if statement.renamed_to is not None and target in binding.routines:
            routine = binding.routines.pop(target)
            binding.routines[statement.renamed_to] = replace(routine, name=statement.renamed_to)
        case "create" if statement.temporary:
            binding.temporary[target] = statement.query or _declared(statement)
            binding.declared[target] = statement.columns
            binding.views.discard(target)
            if statement.is_of_view:
                binding.views.add(target)
        case "create" if not (statement.if_exists and target in binding.made):
            binding.temporary.pop(target, None)
            columns, closed = _made_columns(statement)
            binding.made[target] = Shape(
                name=target, columns=columns, closed=closed, constraints=statement.constraints
            )
        case "rename" if statement.renamed_to is not None and target in binding.made:
            other = binding.made.pop(statement.renamed_to, None)
            shape = binding.made.pop(target)
            binding.made[statement.renamed_to] = replace(shape, name=statement.renamed_to)
            if other is not None:  # SWAP WITH
                binding.made[target] = replace(other, name=target)
        case "alter" if target in binding.made:
            binding.made[target] = _altered(binding.made[target], statement)
        case "alter" if target in binding.altered:
            binding.altered[target] = _altered(binding.altered[target], statement)
        case _:
            pass


_OF_WHAT_IS_THERE = ROW_CHANGES | {"rename", "alter"}


def _reads(query: Query, target: RelationName) -> bool:
    return any(
        isinstance(source.relation, Scan) and source.relation.name == target
        for inner in children_first(query)
        if isinstance(inner, Select)
        for source in inner.sources
    )


def _later(binding: Binding, view: Query) -> Query:
    """A temporary view is read when it is asked: by then its tables have other rows than a temporary table kept."""
    source = Source(id=binding.next_id(), relation=view)
    outputs = passed_on(view, source.id)
    return Select(sources=(source,), outputs=outputs, modifiers=(Term("read_after_its_tables_changed"),))


def _made_columns(statement: BoundStatement) -> tuple[tuple[Column, ...], bool]:
    if statement.query is not None:
        return tuple(output_columns(statement.query).values()), is_closed(statement.query)
    return statement.columns, bool(statement.columns) and statement.closed


def _declared(statement: BoundStatement) -> Query:
    """A temporary table that has no rows yet."""
    outputs = [Output(name=c.name, term=Term("null"), type=c.type) for c in statement.columns]
    if not outputs or not statement.closed:
        outputs.append(Output(name="*", term=Term("star", value="?")))
    return Select(sources=(), outputs=tuple(outputs), where=_NO_ROWS)


_NO_ROWS = Term("boolean", value="false")


def _emptied(binding: Binding, before: Query) -> Query:
    """DELETE without a condition, and TRUNCATE: the columns stay, no row does."""
    source = Source(id=binding.next_id(), relation=before)
    outputs = tuple(Output(name=o.name, term=o.term, type=o.type) for o in passed_on(before, source.id))
    return Select(sources=(source,), outputs=outputs, where=_NO_ROWS)


def _filled(
    binding: Binding, before: Query, statement: BoundStatement, declared: tuple[Column, ...]
) -> Query:
    """INSERT into a temporary table: its rows are those before and the new ones."""
    query = statement.query if statement.query is not None else _of_files(binding, statement)
    given = {column.name: given_by_table(column.computed) for column in declared}
    rows = _aligned(binding, before, query, given, by_name=statement.by_name)
    if isinstance(before, Select) and before.where is _NO_ROWS:
        return rows
    outputs = tuple(
        replace(output, term=Term("star" if output.term.op == "star" else "column", value=str(index)))
        for index, output in enumerate(before.outputs)
    )
    return SetOperation(kind="union", all=True, left=before, right=rows, outputs=outputs)


def _of_files(binding: Binding, statement: BoundStatement) -> Query:
    """Rows that no query gives, known by what the statement says of them: the files that they come from."""
    source = Source(id=binding.next_id(), relation=TableFunction(term=Term("word", value=statement.mode)))
    return Select(sources=(source,), outputs=(Output(name="*", term=Term("star", source=source.id)),))


def _aligned(
    binding: Binding, before: Query, rows: Query, given_otherwise: Mapping[str, Term], *, by_name: bool
) -> Query:
    """Write the new rows with the table's columns in their order, those that are left out as the table gives them. Any may
    be in any column where these are not known.
    """
    source = Source(id=binding.next_id(), relation=rows)
    if not is_closed(before):
        terms = tuple(output.term for output in passed_on(rows, source.id))
        every = Output(name="*", term=Term("star", terms, ("this",) * len(terms)))
        return Select(sources=(source,), outputs=(every,) * len(before.outputs))
    given = [output.name for output in rows.outputs]
    outputs = []
    for index, column in enumerate(before.outputs):
        name = column.name if by_name or not is_closed(rows) else next(iter(given[index : index + 1]), None)
        known = name is not None and (name in given or not is_closed(rows))
        otherwise = given_otherwise.get(column.name, Term("null"))
        term = Term("column", value=name or "", source=source.id) if known else otherwise
        outputs.append(Output(name=column.name, term=term, type=column.type))
    return Select(sources=(source,), outputs=tuple(outputs))


def _changed(before: Query, statement: BoundStatement) -> Query:
    """UPDATE, MERGE and DELETE of a temporary table: each column has its old value or one of the new."""
    change = statement.query
    assert isinstance(change, Select)  # noqa: S101 - these three have one
    old = next((s for s in change.sources if s.relation is before), change.sources[0])
    types = {column.name: column.type for column in before.outputs if column.term.op != "star"}
    # What is written and not listed is one of those that the star brings.
    behind: dict[str, str | None] = {
        each.name: None for each in statement.assigns or () if each.name not in (*types, "*")
    }
    outputs = []
    for name, kind in (types if is_closed(before) else types | behind).items():
        new = [assigned.term for assigned in statement.assigns or () if assigned.name == name]
        kept = Term("column", value=name, source=old.id)
        term = Term("updated", (*new, kept), ("this",) * (len(new) + 1)) if new else kept
        outputs.append(Output(name=name, term=term, type=kind))
    if not is_closed(before):
        outputs.append(Output(name="*", term=Term("star", source=old.id, value=star_text((*types, *behind)))))
    deciding = (statement.condition,) if statement.condition is not None else ()
    modifiers = (*change.modifiers, Term(statement.kind, deciding, ("this",) * len(deciding)))
    return Select(sources=change.sources, outputs=tuple(outputs), modifiers=modifiers)


def _altered(shape: Shape, statement: BoundStatement) -> Shape:
    columns = tuple(each.column for each in altered(shape.columns, statement))
    replaced = any(step.step is ColumnStep.REPLACED for step in statement.alterations)
    constraints = kept_constraints(shape.constraints, statement)
    return Shape(name=shape.name, columns=columns, closed=shape.closed or replaced, constraints=constraints)
