"""What a script makes of one relation: its statements folded into columns, a query and later effects."""

from collections.abc import Iterable, Mapping

from contract_gate.core.deadline import checkpoint
from contract_gate.core.relation import Column, RelationName
from contract_gate.core.values import dataclass, replace
from contract_gate.sql.algebra import Output, Problem, Query, Select, SetOperation, Signature, Term
from contract_gate.sql.keys import TableConstraint
from contract_gate.sql.script import Alteration, BoundStatement, ColumnStep, Script
from contract_gate.sql.statement.altering import (
    Altered,
    altered,
    altered_query,
    constrained,
    given_by_table,
    kept_constraints,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowEffect:
    """A statement that changes rows that are there: `merge`, `update`, `delete`, with the settings that it runs under; `copy` brings rows from files."""

    kind: str
    query: Query | None
    line: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """The folded meaning of a script for one relation (None: the last query of a script that makes nothing).

    `query` gives the rows, None where only a table was declared; `outputs` are its columns, with declared types;
    `typed`: those that were declared with a type beside a query that gives them. `effects` come after, in order. `constraints` are the keys and checks that it declares; `signatures` the
    ways to call a function, `overloads` what each of several does. `problems` are parts of the script that are not understood.
    """

    relation: RelationName | None = None
    outputs: tuple[Output, ...] = ()
    query: Query | None = None
    typed: frozenset[str] = frozenset()
    effects: tuple[RowEffect, ...] = ()
    constraints: tuple[TableConstraint, ...] = ()
    signatures: tuple[Signature, ...] = ()
    overloads: "tuple[Definition, ...]" = ()
    materialization: str | None = None
    problems: tuple[Problem, ...] = ()
    line: int = 1
    column: int = 1
    dialect: str = ""

    @property
    def is_closed(self) -> bool:
        """Tell whether all columns of the relation are known by name. What statements only fill may have others."""
        is_listed = bool(self.outputs) and all(output.term.op != "star" for output in self.outputs)
        return is_listed and not self.is_only_filled

    @property
    def is_only_filled(self) -> bool:
        """Tell whether statements bring rows to a table that none of them creates, and whose columns nobody says."""
        is_foreign = self.relation is not None and self.materialization is None
        return is_foreign and all(output.term.op != "declared" for output in self.outputs)

    @property
    def declared_types(self) -> frozenset[str]:
        """Name the columns whose type the relation itself declares, whatever its query computes."""
        listed = (output.name for output in self.outputs if output.type and output.term.op == "declared")
        return self.typed.union(listed)

    @property
    def columns(self) -> tuple[Column, ...]:
        """Give the relation's columns in their order, as far as they are known by name."""
        return tuple(
            Column(
                name=output.name,
                type=output.type,
                nullable=output.nullable,
                fields=output.fields,
                computed=computed_by(output),
                required=output.required,
            )
            for output in self.outputs
            if output.term.op != "star"
        )


def definitions(script: Script) -> Mapping[RelationName, Definition]:
    """Fold a script for every relation that it makes or changes and that outlives it, in order."""
    problems = _blocking(script)
    return {
        target: replace(found, problems=problems, dialect=script.dialect)
        for target, found in _fold(script.statements).items()
    }


def routines(script: Script) -> Mapping[RelationName, Definition]:
    """Fold a script for every function that it makes and that outlives it. What is not understood of one is its text."""
    found = _fold(script.statements, of_routines=True)
    return {name: replace(each, dialect=script.dialect) for name, each in found.items()}


def define(script: Script, target: RelationName | None = None) -> Definition | None:
    """Fold a script for one target; None: for the query it ends with. Gives None where it does not make the target."""
    if target is not None:
        return definitions(script).get(target)
    problems = _blocking(script)
    queries = [s for s in script.statements if s.kind == "select" and s.query is not None]
    if not queries:
        return (
            Definition(problems=problems, dialect=script.dialect)
            if problems and not _fold(script.statements)
            else None
        )
    last = queries[-1]
    assert last.query is not None  # noqa: S101 - chosen so
    effects = tuple(RowEffect(kind="select", query=s.query, line=s.line) for s in queries[:-1])
    return Definition(
        outputs=last.query.outputs, query=last.query, effects=effects, problems=problems, line=last.line,
        column=last.column, dialect=script.dialect,
    )  # fmt: skip


def _blocking(script: Script) -> tuple[Problem, ...]:
    every = (
        *script.problems,
        *(problem for statement in script.statements for problem in statement.problems),
    )
    return tuple(problem for problem in every if problem.is_unread)


def _fold(
    statements: Iterable[BoundStatement], *, of_routines: bool = False
) -> dict[RelationName, Definition]:
    found: dict[RelationName, Definition] = {}
    temporary: set[RelationName] = set()
    stays: set[RelationName] = set()
    for statement in statements:
        if (statement.kind in OF_ROUTINES) != of_routines or (of_routines and statement.temporary):
            continue
        if statement.kind in ("index", "drop-index"):
            for name, each in found.items():
                found[name] = replace(each, constraints=constrained(each.constraints, statement, name))
        for target in statement.targets:
            if statement.kind == "create" and statement.temporary:
                temporary.add(target)
            elif target in temporary:
                temporary -= {target} if statement.kind == "drop" else set()
            elif not (statement.is_late and statement.kind in ("drop", "rename") and target in stays):
                # What a procedure or a task takes away that the script itself makes goes when it is called.
                if statement.is_late and statement.renamed_to in stays:
                    found.pop(statement.renamed_to, None)
                _apply(statement, target, found)
                if statement.kind == "create" and not statement.is_late:
                    stays.add(target)
    return found


OF_ROUTINES = frozenset({"function", "drop-type", "drop-function", "rename-function"})
"""Kinds of statements whose targets are no relations."""


def _apply(statement: BoundStatement, target: RelationName, found: dict[RelationName, Definition]) -> None:
    before = found.get(target)
    if statement.kind in ("drop", "drop-type") or (
        statement.kind == "drop-function" and before is not None and _is_dropped(before, statement.signature)
    ):
        found.pop(target, None)
    elif statement.kind in ("rename", "rename-function"):
        if statement.renamed_to is not None and before is not None:
            other = found.pop(statement.renamed_to, None)
            found[statement.renamed_to] = replace(found.pop(target), relation=statement.renamed_to)
            if other is not None:  # SWAP WITH
                found[target] = replace(other, relation=target)
        elif statement.renamed_to in found:  # of the two that are swapped only the other is told here
            found[target] = replace(found.pop(statement.renamed_to), relation=target)
    elif statement.kind == "create" and statement.if_exists and before is not None and before.materialization:
        pass
    elif statement.kind in _STEPS:
        start = before or Definition(relation=target, line=statement.line, column=statement.column)
        found[target] = _STEPS[statement.kind](start, statement)


def _is_dropped(function: Definition, taken: Signature | None) -> bool:
    """Tell whether a DROP is of this function: by its arguments where it says them; of several forms nobody knows which one is meant."""
    if taken is None or not function.signatures:
        return not function.overloads
    return not function.overloads and _is_replaced(function.signatures[0], taken)


def _created(before: Definition, statement: BoundStatement) -> Definition:
    outputs = statement.query.outputs if statement.query is not None else ()
    declared = tuple(_declared(column, statement) for column in statement.columns)
    types = {column.name: column.type for column in statement.columns if column.type}
    outputs = tuple(replace(o, type=types.get(o.name, o.type)) for o in outputs)
    if statement.query is None and not statement.closed:
        declared += (Output(name="*", term=Term("star", value="?")),)
    return Definition(
        relation=before.relation, outputs=outputs or declared, query=statement.query, typed=frozenset(types),
        materialization=statement.materialization, line=statement.line, column=statement.column,
        effects=_mode(statement), constraints=statement.constraints,
    )  # fmt: skip


def _function(before: Definition, statement: BoundStatement) -> Definition:
    """Another function of the same name with other parameters stands beside it; one with the same takes its place."""
    outputs = statement.query.outputs if statement.query is not None else ()
    declared = tuple(_declared(column, statement) for column in statement.columns)
    own = statement.signature or Signature()
    alone = Definition(
        relation=before.relation, outputs=outputs or declared, query=statement.query, line=statement.line,
        column=statement.column, materialization=statement.materialization, signatures=(own,),
        effects=_mode(statement), constraints=statement.constraints,
    )  # fmt: skip
    there = before.overloads or ((before,) if before.signatures else ())
    others = tuple(each for each in there if each.signatures and not _is_replaced(each.signatures[0], own))
    if not others:
        return alone
    signatures = (*(each.signatures[0] for each in others), own)
    return replace(alone, signatures=signatures, overloads=(*others, alone))


def _is_replaced(old: Signature, new: Signature) -> bool:
    """Tell whether one takes the other's place; where types are not said their number decides."""
    if new.is_only:
        return True
    if None in old.types or None in new.types:
        return len(old.types) == len(new.types)
    return old.types == new.types


def _mode(statement: BoundStatement) -> tuple[RowEffect, ...]:
    return (RowEffect(kind=statement.mode, query=None, line=statement.line),) if statement.mode else ()


def _declared(column: Column, statement: BoundStatement) -> Output:
    given = (Term("computed", value=column.computed),) if column.computed else ()
    term = Term("declared", given, ("this",) * len(given), column.name)
    return Output(
        name=column.name, term=term, type=column.type, fields=column.fields, nullable=column.nullable, required=column.nullable is False,
        line=statement.line, column=1,
    )  # fmt: skip


def _inserted(before: Definition, statement: BoundStatement) -> Definition:
    if statement.overwrite:
        before = replace(before, query=None, effects=())
    if statement.query is None:
        effect = RowEffect(kind=statement.mode or "insert", query=None, line=statement.line)
        return replace(before, effects=(*before.effects, effect))
    before = replace(before, effects=(*before.effects, *_marks(before, statement)))
    if not before.outputs and before.query is None and statement.table:
        # A table that is made elsewhere, whose columns are known: what is left out of the list is one of them too.
        before = replace(before, outputs=tuple(_declared(column, statement) for column in statement.table))
    query = _as_declared(statement, before.outputs)
    if before.query is not None:
        query = _appended(before.query, query)
    outputs = before.outputs or query.outputs
    return replace(before, query=query, outputs=outputs, line=statement.line)


def _marks(before: Definition, statement: BoundStatement) -> tuple[RowEffect, ...]:
    """Keep what the rows of an INSERT alone do not tell: its mode, and that it comes after other steps.

    With rows from before those steps it also matters which rows come after them.
    """
    marks = [*_mode(statement)]
    if before.effects:
        rows = statement.query if before.query is not None else None
        marks.append(RowEffect(kind="insert", query=rows, line=statement.line))
    return tuple(marks)


def _as_declared(statement: BoundStatement, declared: tuple[Output, ...]) -> Query:
    """Write an INSERT's query with the target's columns in their order; those that it leaves out are NULL."""
    assert statement.query is not None  # noqa: S101 - the caller has seen to it
    query = statement.query
    if not declared or any(output.term.op == "star" for output in (*query.outputs, *declared)):
        return query
    if not statement.by_name:
        missing = len(declared) - len(query.outputs)
        if missing < 0 or (missing and not isinstance(query, Select)):
            return query
        # PostgreSQL fills the columns to the right with their defaults; elsewhere such an INSERT fails.
        rows = (*query.outputs, *map(_left_out, declared[len(query.outputs) :]))
        return replace(query, outputs=tuple(_named(o, d) for o, d in zip(rows, declared, strict=True)))
    given = {output.name: output for output in query.outputs}
    if not isinstance(query, Select) or not given.keys() <= {output.name for output in declared}:
        return query
    return replace(query, outputs=tuple(_named(given.get(d.name) or _left_out(d), d) for d in declared))


def _left_out(declared: Output) -> Output:
    """What an INSERT does not name is NULL, or what the table itself gives."""
    return Output(name="", term=given_by_table(computed_by(declared)))


def _named(output: Output, declared: Output) -> Output:
    return replace(output, name=declared.name, type=declared.type or output.type)


def _appended(rows: Query, more: Query) -> Query:
    outputs = tuple(
        replace(output, term=Term("column", value=str(index))) for index, output in enumerate(rows.outputs)
    )
    return SetOperation(kind="union", all=True, left=rows, right=more, outputs=outputs)


def _changed(before: Definition, statement: BoundStatement) -> Definition:
    kind = f"{statement.kind} {statement.mode}".strip()
    effect = RowEffect(kind=kind, query=statement.query, line=statement.line)
    outputs = before.outputs or tuple({o.name: o for o in statement.assigns or ()}.values())
    if statement.kind in ("delete", "truncate") and statement.condition is None and before.query is not None:
        return replace(before, query=None, effects=())
    return replace(before, effects=(*before.effects, effect), outputs=outputs)


def _altered(before: Definition, statement: BoundStatement) -> Definition:
    """Fold an ALTER over the columns as they are declared and over the rows that are there."""
    checkpoint()  # thousands of them, of a table of thousands of columns, take long together
    constraints = kept_constraints(before.constraints, statement)
    if not before.outputs and before.query is None:
        # A table that others made: only what the statement says of its columns is known.
        columns = [step.column or Column(name=step.name) for step in statement.alterations if _is_told(step)]
        outputs = tuple(_declared(column, statement) for column in columns)
        return replace(before, outputs=outputs, constraints=constraints)
    places = {output.name: output for output in before.outputs if output.term.op != "star"}
    columns = [
        Column(name=o.name, type=o.type, nullable=_required(o), computed=computed_by(o), fields=o.fields)
        for o in places.values()
    ]
    kept = [_output(each, places, statement) for each in altered(columns, statement)]
    replaced = any(step.step is ColumnStep.REPLACED for step in statement.alterations)
    stars = () if replaced else tuple(output for output in before.outputs if output.term.op == "star")
    query = altered_query(before.query, statement) if before.query is not None else None
    return replace(before, outputs=(*kept, *stars), query=query, constraints=constraints)


def _is_told(step: Alteration) -> bool:
    return step.step in (ColumnStep.ADDED, ColumnStep.RENAMED) and not step.within


def _required(output: Output) -> bool | None:
    return False if output.required else None


def computed_by(output: Output) -> str | None:
    """Give what a table fills a declared column with: its default or its expression."""
    return next((given.value for given in output.term.args), None) if output.term.op == "declared" else None


def _output(each: Altered, places: Mapping[str, Output], statement: BoundStatement) -> Output:
    old = places.get(each.was) if each.was is not None else None
    new = _declared(each.column, statement)
    if old is None:
        return new
    # The name that it was made with stays with it, so that a renamed column is known again.
    term = replace(new.term, value=old.term.value) if old.term.op == "declared" else old.term
    return replace(
        old, name=each.column.name, type=each.column.type, term=term, required=new.required,
        nullable=False if new.required else None if old.required else old.nullable, fields=new.fields,
    )  # fmt: skip


_STEPS = {
    "create": _created,
    "function": _function,
    "insert": _inserted,
    "copy": _inserted,
    "merge": _changed,
    "update": _changed,
    "delete": _changed,
    "truncate": _changed,
    "alter": _altered,
}
