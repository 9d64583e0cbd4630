"""CREATE TYPE, CREATE DOMAIN and what ALTER does to them, bound: a type is named like a function and made like a table."""

import re
from collections.abc import Iterator
from dataclasses import replace

from sqlglot import exp

from contract_gate.core.relation import Column, RelationName
from contract_gate.sql.algebra import Routine, Signature
from contract_gate.sql.names import read_relation_name
from contract_gate.sql.parsing.parse import parse
from contract_gate.sql.query.binding import Binding
from contract_gate.sql.script import Alteration, BoundStatement, ColumnStep
from contract_gate.sql.statement.altering import altered, kept_constraints
from contract_gate.sql.statement.altertable import altered_by
from contract_gate.sql.statement.constraints import declared_constraints
from contract_gate.sql.statement.creations import declared_columns
from contract_gate.sql.statement.typesteps import VALUE, TypeAction, TypeStep


def bind_type(binding: Binding, step: TypeStep) -> Iterator[BoundStatement]:
    """Bind a statement about a type: it gives what the type is from there on, as a `function` that nothing calls."""
    name = next((made for made in binding.routines if made.matches(step.name)), step.name)
    before = binding.routines.get(name)
    match step.action:
        case TypeAction.CREATE:
            yield _created(binding, step)
        case TypeAction.ALTER if before is not None:
            yield _altered(binding, step, name, before)
        case TypeAction.LABEL if before is not None:
            yield _made(name, tuple(_labelled(each, step) for each in before.columns), before)
        case TypeAction.RENAME if before is not None and step.renamed_to is not None:
            yield _made(step.renamed_to, before.columns, before)
        case TypeAction.DROP:
            if step.cascades:
                yield from _without_columns(binding, step)
            yield BoundStatement(
                kind="drop-type", targets=(name,), cascades=step.cascades, materialization=step.kind
            )
        case _:
            yield BoundStatement(kind="other")


def _without_columns(binding: Binding, step: TypeStep) -> Iterator[BoundStatement]:
    """The columns of a type go with it."""
    for table, shape in list(binding.made.items()):
        gone = tuple(
            Alteration(step=ColumnStep.DROPPED, name=column.name)
            for column in shape.columns
            if column.type is not None and _is_of(column.type, step, binding.dialect)
        )
        if gone:
            yield BoundStatement(kind="alter", targets=(table,), alterations=gone, cascades=True)


def _is_of(spelled: str, step: TypeStep, dialect: str) -> bool:
    name = read_relation_name(spelled.removesuffix("[]"), dialect)
    return name is not None and name.matches(step.name)


def _created(binding: Binding, step: TypeStep) -> BoundStatement:
    node = _table(binding, step)
    schema = node.this if isinstance(node, exp.Create) and isinstance(node.this, exp.Schema) else None
    columns = declared_columns(binding, schema)
    name = step.name.qualified(binding.default_database, binding.default_schema)
    made = _made(name, columns, Routine(name=name, has_attributes=step.has_attributes))
    if step.kind != "type":
        row = Signature(of_row=frozenset(column.name for column in columns))
        return replace(made, materialization=step.kind, mode=step.options, signature=row)
    return replace(
        made, constraints=declared_constraints(binding, schema.expressions if schema is not None else ())
    )


def _altered(binding: Binding, step: TypeStep, name: RelationName, before: Routine) -> BoundStatement:
    node = _table(binding, step)
    columns, constraints = before.columns, before.constraints
    for action in (node.args.get("actions") or ()) if isinstance(node, exp.Alter) else ():
        done = altered_by(binding, name, action)
        columns = tuple(each.column for each in altered(columns, done))
        constraints = kept_constraints(constraints, done)
    return replace(_made(name, columns, before), constraints=constraints)


def _table(binding: Binding, step: TypeStep) -> exp.Expr | None:
    parsed = parse(step.table, binding.dialect)
    return parsed.statements[0] if len(parsed.statements) == 1 and not parsed.problems else None


def _made(name: RelationName, columns: tuple[Column, ...], before: Routine) -> BoundStatement:
    return BoundStatement(
        kind="function", targets=(name,), columns=columns, constraints=before.constraints, signature=Signature(),
        materialization="composite type" if before.has_attributes else "type",
    )  # fmt: skip


def _labelled(column: Column, step: TypeStep) -> Column:
    """Put a value into the list of an enumeration, or another in its place."""
    old, new = (f"'{label}'" if label else "" for label in step.labels)
    if column.name != VALUE or column.type is None:
        return column
    spelled = column.type.replace(old, new, 1) if old else re.sub(r"\)$", lambda _: f", {new})", column.type)
    return replace(column, type=spelled)
