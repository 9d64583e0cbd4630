"""Nested fields: the columns of a column, as far as a declared type or the expression that makes the value tells them."""

from functools import lru_cache

from sqlglot import exp

from contract_gate.core.relation import Column, Fields, caseless
from contract_gate.sql.algebra import Output, Query, Routine, Select, Term
from contract_gate.sql.functions import EXPLODING
from contract_gate.sql.given import is_closed
from contract_gate.sql.query.binding import type_node, type_text
from contract_gate.sql.query.scope import Scope
from contract_gate.sql.types import type_class

_STRUCTS = (exp.DataType.Type.STRUCT, exp.DataType.Type.OBJECT, exp.DataType.Type.NESTED)
_LISTS = (exp.DataType.Type.ARRAY, exp.DataType.Type.LIST)


@lru_cache(maxsize=4096)
def fields_of_type(text: str | None, dialect: str) -> Fields | None:
    """Read the fields of `STRUCT<…>`, `ROW(…)`, `Nested(…)` and of arrays of them; None for any other type."""
    node = type_node(text, dialect) if text else None
    return fields_of_node(node, dialect) if node is not None else None


def fields_of_node(node: exp.DataType, dialect: str) -> Fields | None:
    if node.this in _LISTS and len(node.expressions) == 1 and isinstance(node.expressions[0], exp.DataType):
        inner = fields_of_node(node.expressions[0], dialect)
        return None if inner is None or inner.repeated else Fields(inner.columns, repeated=True)
    if node.this not in _STRUCTS or not node.expressions:
        return None
    columns = []
    for item in node.expressions:
        kind = item.args.get("kind") if isinstance(item, exp.ColumnDef) else None
        if not isinstance(kind, exp.DataType):
            return None  # fields without names
        columns.append(
            Column(
                name=item.name.lower(), type=type_text(kind, dialect), fields=fields_of_node(kind, dialect)
            )
        )
    return Fields(tuple(columns), repeated=node.this is exp.DataType.Type.NESTED)


def column_fields(column: Column | None, dialect: str) -> Fields | None:
    """Give the fields of a column."""
    if column is None:
        return None
    return column.fields or fields_of_type(column.type, dialect)


def fields_of(term: Term, scope: Scope) -> Fields | None:
    """Give the fields of a value; None where it is no struct or nobody can tell."""
    if term.fields is not None:
        return term.fields
    match term.op:
        case "column":
            visible = scope.source(term.source)
            return column_fields(visible.declared(term.value), scope.dialect) if visible else None
        case "word":
            return next(
                (level.elements[term.value] for level in scope.chain() if term.value in level.elements), None
            )
        case "row":
            visible = scope.source(term.source)
            return Fields(tuple(visible.columns.values())) if visible and visible.closed else None
        case "struct":
            return _of_struct(term, scope)
        case "cast" | "trycast":
            return fields_of_type(term.value, scope.dialect)
        case "fromjson":
            return _of_schema(term, scope.dialect)
        case "field" | "structextract" | "bracket":
            return _of_access(term, scope)
        case "array" | "arrayagg" | "arrayuniqueagg":
            inner = fields_of(_bare(term.args[0]), scope) if term.args else None
            return Fields(inner.columns, repeated=True) if inner is not None and not inner.repeated else None
        case op if op in _TAKING:
            return element(fields_of(term.args[0], scope)) if term.args else None
        case op if op in _CHOOSING:
            return fields_of(_bare(term.args[0]), scope) if term.args else None
        case "if" | "case" | "coalesce":
            return _of_branches(term, scope)
        case "structinsert" | "struct_insert" | "struct_update":
            return _with_more(term, scope)
        case "scalar":
            return _of_query(term.query)
        case _:
            return None


def fields_given(routine: Routine) -> Fields | None:
    """Give the fields of what a function gives: a number or a text is known to have none."""
    only = routine.columns[0].type if len(routine.signatures) == len(routine.columns) == 1 else None
    return routine.value_fields or (Fields(()) if type_class(only) is not None else None)


def output_fields(term: Term, scope: Scope) -> Fields | None:
    """Give the fields of an output, as far as what reads it follows them: no deeper than `_MOST_LEVELS`."""
    fields = fields_of(term, scope)
    if fields is None or not fields.columns:
        return None
    level = {id(fields): fields}
    for _ in range(_MOST_LEVELS):
        inside = (column.fields for each in level.values() for column in each.columns)
        level = {id(each): each for each in inside if each is not None}
        if not level:
            return fields
    return None


_MOST_LEVELS = 16
"""Of structs in structs: one that holds another twice, in each of many CTEs, has twice as many fields in the next."""

_CHOOSING = frozenset({
    "anyvalue", "max", "min", "first", "last", "firstvalue", "lastvalue", "argmax", "argmin", "lag", "lead", "window",
    "arrayfilter", "filter", "arraysort", "arrayreverse", "list_reverse", "reverse", "arrayslice", "list_slice", "arraydistinct",
    "arrayconcat", "concat", "array_union", "arrayappend", "arraycompact", "arrayremove", "shuffle", "trim_array",
})  # fmt: skip
"""What gives one of the values of its first argument, or an array of some of its elements."""
_TAKING = EXPLODING | {
    "elementat", "element_at", "arrayelement", "get", "arrayfirst", "arraylast", "list_extract",
    "list_first", "list_last",
}  # fmt: skip
"""What gives elements of an array."""


def has_keys(term: Term, scope: Scope) -> bool:
    """Tell whether the value is JSON or a map: `.name` asks it for a key, which has case, and not for a field."""
    while term.op in ("field", "bracket") and term.args:
        term = term.args[0]
    if term.op == "cast":
        kind: str | None = term.value
    else:
        visible = scope.source(term.source) if term.op == "column" else None
        column = visible.declared(term.value) if visible is not None else None
        kind = column.type if column is not None else None
    return (kind or "").startswith(("JSON", "VARIANT", "MAP"))


def element(fields: Fields | None) -> Fields | None:
    """Give the fields of an array's elements."""
    return Fields(fields.columns) if fields is not None and fields.repeated else None


def missing_field(term: Term, scope: Scope) -> tuple[str, Column] | None:
    """Tell which field an access reads that the value is known not to have, and of what; None where it may be there."""
    if term.op != "field" or not term.args:
        return None
    fields = fields_of(term.args[0], scope)
    if fields is None or scope.dialect == "snowflake":
        return None  # Snowflake gives NULL for a key that is not there
    if _named(term.value, fields, scope.dialect) is not None or _is_made_of_any(term.value, scope.dialect):
        return None
    root = term.args[0]
    while root.args and root.op in ("field", "bracket"):
        root = root.args[0]
    return field_path(term), Column(name=root.value if root.op == "column" else "", fields=fields)


def field_path(term: Term) -> str:
    """Spell how a nested field is reached: `ship.geo.lat`."""
    inner = (
        field_path(term.args[0]) if term.args and term.args[0].op in ("field", "column", "bracket") else ""
    )
    if term.op == "bracket":
        return inner
    return f"{inner}.{term.value}" if inner else term.value


def _named(name: str, fields: Fields, dialect: str) -> Column | None:
    """Find a field by its name, in ClickHouse by its number too."""
    if dialect == "clickhouse" and name.isdigit():
        return fields.columns[int(name) - 1] if 0 < int(name) <= len(fields.columns) else None
    # Types are spelled in upper case, so that not even ClickHouse's fields are told apart by case.
    return next((column for column in fields.columns if caseless(column.name) == caseless(name)), None)


def _is_made_of_any(name: str, dialect: str) -> bool:
    """Tell whether every value of some type has such a part: https://clickhouse.com/docs/sql-reference/data-types/array#array-size."""
    return dialect == "clickhouse" and (name in ("null", "keys", "values") or name.startswith("size"))


def _of_struct(term: Term, scope: Scope) -> Fields | None:
    columns = []
    for arg in term.args:
        named = arg.op == "named"
        value = arg.args[0] if named else arg
        if not named and not (arg.op in ("column", "field") and scope.dialect == "bigquery"):
            return None
        name = arg.value if named else value.value
        columns.append(Column(name=name, fields=fields_of(value, scope)))
    return Fields(tuple(columns)) if columns else None


def _of_branches(term: Term, scope: Scope) -> Fields | None:
    """What one of several values has is what all of them have, as far as they are no NULL."""
    values = term.args if term.op == "coalesce" else (*term.arguments("true"), *term.arguments("false"))
    if term.op == "case":
        values = tuple(v for each in term.arguments("ifs") for v in each.arguments("true"))
        values += term.arguments("default")
    found = [fields_of(value, scope) for value in values if value.op != "null"]
    return found[0] if found and all(each == found[0] for each in found) else None


def _with_more(term: Term, scope: Scope) -> Fields | None:
    """DuckDB: `struct_insert(s, z := 1)` gives a struct further fields."""
    inner = fields_of(term.args[0], scope) if term.args else None
    if inner is None or any(not arg.value and arg.op not in ("kwarg", "propertyeq") for arg in term.args[1:]):
        return None
    names = {arg.args[0].value if arg.args and arg.op != "named" else arg.value for arg in term.args[1:]}
    more = tuple(Column(name=name) for name in sorted(names - {column.name for column in inner.columns}))
    return Fields((*inner.columns, *more))


def _of_schema(term: Term, dialect: str) -> Fields | None:
    """Spark: `from_json(j, 'a INT, b STRING')` or with a whole type."""
    given = term.args[1] if len(term.args) > 1 else None
    if given is None or given.op != "string":
        return None
    text = given.value.strip()
    is_whole = text.lower().startswith(("struct<", "array<", "map<"))
    return fields_of_type(text if is_whole else f"struct<{text}>", dialect)


def of_values(root: Term, scope: Scope) -> Fields | None:
    """Give the fields of a map's values."""
    visible = scope.source(root.source) if root.op == "column" else None
    column = visible.declared(root.value) if visible is not None else None
    kind = type_node(column.type, scope.dialect) if column is not None and column.type else None
    if kind is None or kind.this is not exp.DataType.Type.MAP or len(kind.expressions) != 2:
        return None
    value = kind.expressions[1]
    return fields_of_node(value, scope.dialect) if isinstance(value, exp.DataType) else None


def _of_access(term: Term, scope: Scope) -> Fields | None:
    inner = fields_of(term.args[0], scope)
    if inner is None:
        return of_values(term.args[0], scope) if term.op == "bracket" else None
    if term.op == "field":
        return column_fields(_named(term.value, inner, scope.dialect), scope.dialect)
    if len(term.args) > 1 and term.args[1].op == "slice":
        return inner
    return element(inner) if term.op == "bracket" else None


def _bare(term: Term) -> Term:
    """An aggregate's argument without its ORDER BY, LIMIT, DISTINCT or NULL treatment."""
    while (
        term.op in ("order", "limit", "ignorenulls", "respectnulls", "filter", "withingroup", "havingmax")
        and term.args
    ):
        term = term.args[0]
    return term


def _of_query(query: Query | None) -> Fields | None:
    if query is None or not is_closed(query):
        return None
    if isinstance(query, Select) and any(
        m.op == "select_as" and m.value == "struct" for m in query.modifiers
    ):
        return Fields(tuple(map(_as_column, query.outputs)))
    return query.outputs[0].fields if len(query.outputs) == 1 else None


def _as_column(output: Output) -> Column:
    return Column(name=output.name, type=output.type, fields=output.fields)
