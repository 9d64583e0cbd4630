"""Whether what is written fits the table: how many columns, which of them it has, and which it can't do without."""

import re
from collections.abc import Collection

from sqlglot import exp

from contract_gate.core.relation import Column, RelationName
from contract_gate.sql.algebra import Query, Shape
from contract_gate.sql.families import POSTGRES, SPARK, TRINO, TSQL
from contract_gate.sql.given import is_closed, output_columns
from contract_gate.sql.query.binding import Binding
from contract_gate.sql.query.calls import says_default
from contract_gate.sql.query.fields import column_fields


def shape_of_target(binding: Binding, target: RelationName) -> Shape | None:
    """Give what is known of a relation that is written: as the script made it, or as it is stored."""
    made = binding.temporary.get(target)
    if made is not None:
        return Shape(name=target, columns=tuple(output_columns(made).values()), closed=is_closed(made))
    return binding.stored(target)


_WHOLE_ROW_DIALECTS = frozenset(
    {"duckdb", "bigquery", "snowflake", "mysql", "sqlite", "clickhouse", "oracle"} | TRINO | TSQL
)
"""PostgreSQL and Redshift fill the columns to the right with their defaults; the rest is not known well enough."""


_COUNTING = frozenset({"ROWVERSION", "TIMESTAMP"})
"""T-SQL numbers each change of a row in such a column, which no INSERT fills."""


def check_query_width(binding: Binding, query: Query, shape: Shape, node: exp.Insert | exp.Copy) -> None:
    """INSERT without a list writes by position; every engine refuses more columns than there are, most also fewer."""
    if is_closed(query) and not node.args.get("partition") and not _is_of_record(binding, node):
        check_count(binding, len(query.outputs), shape.name, shape.columns, node.this)


def _is_of_record(binding: Binding, node: exp.Insert | exp.Copy) -> bool:
    """Tell whether a row is a variable of procedural code, as wide as it may be: `VALUES r`, `VALUES (r.*)`."""
    values = node.args.get("expression")
    rows = values.expressions if isinstance(values, exp.Values) else []
    items = rows[0].expressions if rows and isinstance(rows[0], exp.Tuple) else []
    alone = items[0] if len(items) == 1 and isinstance(items[0], exp.Column) else None
    whole = (item.table for item in items if isinstance(item, exp.Column) and item.is_star)
    names = {*whole, alone.name if alone is not None and not alone.table else ""}
    return any(name.lower() in binding.variables for name in names)


def check_count(
    binding: Binding, given: int, target: RelationName, columns: Collection[Column], at: exp.Expr
) -> None:
    less = 0 < given < len(columns) and binding.dialect in _WHOLE_ROW_DIALECTS
    fills_itself = any(
        not (column.computed or "DEFAULT").startswith("DEFAULT")
        or (binding.dialect in TSQL and (column.type or "") in _COUNTING)
        for column in columns
    )
    if given > len(columns) or (less and not fills_itself):
        message = f"`{target}` has {len(columns)} columns, {given} are inserted"
        binding.report("column-count", message, at, True, relations=(target,))


_REFUSING_DIALECTS = (
    TSQL | TRINO | POSTGRES | {"snowflake", "bigquery", "databricks", "duckdb", "sqlite", "exasol"}
)
"""Engines that put NULL into a column which an INSERT leaves out and refuse it where it is NOT NULL. MySQL may fill in a zero,
ClickHouse does, and in Oracle triggers give the keys."""


def check_required(binding: Binding, names: tuple[str, ...], shape: Shape | None, node: exp.Insert) -> None:
    """Say which column that takes no NULL and has no default an INSERT with a list leaves out."""
    if shape is None or not shape.closed or binding.dialect not in _REFUSING_DIALECTS:
        return
    if binding.dialect == "sqlite" and str(node.args.get("alternative")).lower() == "ignore":
        return
    for column in shape.columns:
        is_filled = column.computed is not None or "SERIAL" in (column.type or "") or column.name in names
        if column.required and not is_filled:
            text = f"`{column.name}` of `{shape.name}` takes no NULL, has no default and is left out"
            binding.report("required-column", text, node.this, True, column.name, (shape.name,))


_ALWAYS_NUMBERED = {
    **dict.fromkeys(("postgres", "oracle", "databricks", "spark"), "GENERATED ALWAYS AS IDENTITY"), **dict.fromkeys(TSQL, "IDENTITY"),
}  # fmt: skip
"""How a column is declared to which an engine gives every number itself, unless the script says otherwise."""
_OVERRIDING = re.compile(r"\b(?:identity_insert|overriding\s+system)\b", re.IGNORECASE)
_COMPUTED = ("GENERATED ALWAYS AS (", "AS (", "MATERIALIZED ", "ALIAS ")


def _is_given_by_table(column: Column, binding: Binding) -> bool:
    """Tell whether the table alone gives a column its values. Spark takes those that are what it would compute."""
    computed = column.computed or ""
    numbered = _ALWAYS_NUMBERED.get(binding.dialect)
    if numbered is not None and computed.startswith(numbered):
        return _OVERRIDING.search(binding.text) is None
    return computed.startswith(_COMPUTED) and binding.dialect not in SPARK


def check_given(binding: Binding, names: tuple[str, ...], shape: Shape | None, node: exp.Insert) -> None:
    """Say which column an INSERT fills (`names`; none: all, by their places) to which its table alone gives values."""
    columns = {column.name: column for column in shape.columns} if shape is not None else {}
    for place, name in enumerate(names or columns):
        if name in columns and shape is not None and not _is_default(node, place):
            report_given(binding, columns[name], shape.name, node.this)


def _is_default(node: exp.Insert, place: int) -> bool:
    """Tell whether every row leaves the value at a place to the table: `VALUES (1, DEFAULT)`."""
    rows = node.args.get("expression")
    items = (
        [row.expressions[place : place + 1] for row in rows.expressions]
        if isinstance(rows, exp.Values)
        else []
    )
    return bool(items) and all(item and says_default(item[0]) for item in items)


def report_given(binding: Binding, column: Column, relation: RelationName, node: exp.Expr) -> None:
    """Say that a statement writes a column to which its table alone gives values, where that is so."""
    if _is_given_by_table(column, binding):
        text = f"`{column.name}` of `{relation}` is given its values by the table alone: {column.computed}"
        binding.report("given-column", text, node, True, column.name, (relation,))


_STRUCTS_BY_PLACE = frozenset({"bigquery"}) | SPARK | TRINO
"""Engines in which a struct fits one of another number of fields nowhere: its fields are stored by their places."""


def check_structs(binding: Binding, query: Query, shape: Shape, node: exp.Insert, *, by_name: bool) -> None:
    """Say which struct that is inserted has more or fewer fields than its column."""
    if not shape.closed or not is_closed(query) or binding.dialect not in _STRUCTS_BY_PLACE:
        return
    columns = {column.name: column for column in shape.columns}
    given = [(columns.get(output.name), output) for output in query.outputs]
    for column, output in given if by_name else zip(shape.columns, query.outputs, strict=False):
        told = column_fields(column, binding.dialect)
        if column is None or told is None or output.fields is None or told.repeated != output.fields.repeated:
            continue
        if len(told.columns) != len(output.fields.columns):
            text = f"`{column.name}` of `{shape.name}` has {len(told.columns)} fields, {len(output.fields.columns)} are inserted"
            binding.report("column-count", text, node.this, True, column.name, (shape.name,))


def check_columns(binding: Binding, names: tuple[str, ...], target: RelationName, node: exp.Expr) -> None:
    """Say which of the columns that a statement lists its table does not have."""
    check_targets(binding, names, shape_of_target(binding, target), node)


def partition_names(binding: Binding, node: exp.Expr) -> tuple[str, ...]:
    """Give the columns by which `PARTITION (day = '…', kind)` and `REPLACE WHERE` choose rows of the table that is written."""
    chosen = [node.args.get("partition")]
    chosen += [node.this.args.get("partition")] if isinstance(node.this, exp.Table) else []
    where = node.args.get("where")
    asked = where.find_all(exp.Column) if isinstance(where, exp.Expr) else ()
    names: list[exp.Expr] = [column.this for column in asked if column.find_ancestor(exp.Query) is None]
    for part in chosen:
        for item in part.expressions if isinstance(part, exp.Partition) else ():
            named = item.this if isinstance(item, exp.EQ) else item
            names += [named.this if isinstance(named, exp.Column) else named]
    return tuple(binding.name(name) for name in names if isinstance(name, exp.Identifier))


def check_width(
    binding: Binding, query: Query, target: RelationName, names: tuple[str, ...], node: exp.Copy
) -> None:
    """Say where the query of a COPY gives another number of columns than are filled."""
    shape = shape_of_target(binding, target)
    if names:
        check_listed(binding, query, names, node)
    elif shape is not None and shape.closed:
        check_query_width(binding, query, shape, node)


def check_listed(binding: Binding, query: Query, names: tuple[str, ...], node: exp.Insert | exp.Copy) -> None:
    if is_closed(query) and len(names) != len(query.outputs):
        message = f"{len(names)} columns to insert into, {len(query.outputs)} given"
        binding.report("column-count", message, node.this, True)


def check_targets(binding: Binding, names: tuple[str, ...], shape: Shape | None, node: exp.Expr) -> None:
    if shape is None or not shape.closed:
        return
    there = {column.name for column in shape.columns}
    for name in names:
        if name not in there:
            found = next(
                (i for i in node.find_all(exp.Identifier, bfs=False) if binding.name(i) == name), node.this
            )
            message = f"`{name}` is not a column of `{shape.name}`"
            binding.report("unknown-column", message, found, True, name, (shape.name,))
