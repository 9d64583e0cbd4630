"""The columns that table functions make, as far as each engine fixes them."""

import re

from sqlglot import exp

from contract_gate.core.relation import Column
from contract_gate.sql.families import MYSQL, SPARK
from contract_gate.sql.query.binding import Binding

_FLATTEN = ("seq", "key", "path", "index", "value", "this")
"""https://docs.snowflake.com/en/sql-reference/functions/flatten#output"""


SEARCHING = frozenset({"containstable", "freetexttable"})
"""https://learn.microsoft.com/en-us/sql/relational-databases/system-functions/containstable-transact-sql"""


def function_columns(
    inner: object, node: exp.Expr, alias: str, names: tuple[str, ...], binding: Binding
) -> tuple[tuple[Column, ...], bool]:
    """Give the columns and whether these are all. `names`: those that the alias gives."""
    found, closed = _columns(inner, alias, names, binding)
    if isinstance(inner, exp.Unnest) and inner.args.get("offset"):
        offset = inner.args["offset"]
        usual = "offset" if binding.dialect == "bigquery" else "ordinality"
        found = (*found, binding.name(offset) if isinstance(offset, exp.Identifier) else usual)
    if node.args.get("ordinality") and len(found) < 2:
        # The alias may name one column of several: what it leaves out keeps its own name.
        found, closed = (*found, "ordinality"), closed or len(names) == 1
    return tuple(Column(name=name) for name in dict.fromkeys(found)), closed


def _columns(
    inner: object, alias: str, names: tuple[str, ...], binding: Binding
) -> tuple[tuple[str, ...], bool]:
    if isinstance(inner, exp.Explode) and binding.dialect == "snowflake":
        return _FLATTEN, True
    if isinstance(inner, exp.Anonymous) and inner.name.lower() in SEARCHING:
        return names or ("key", "rank"), True
    if isinstance(inner, exp.SemanticView):
        return names, False
    if isinstance(inner, exp.Values) and binding.dialect == "clickhouse" and not names:
        return _clickhouse_values(inner)
    if isinstance(inner, exp.Values):
        return names or _value_names(inner, binding), True
    if binding.dialect == "bigquery":
        # The elements may be structs, whose fields are columns too.
        return (*names, alias) if alias else names, False
    if isinstance(inner, exp.Posexplode):
        return names or ("pos", "col"), bool(names) or binding.dialect in SPARK
    if isinstance(inner, exp.Explode):
        return names or ("col",), bool(names)
    if isinstance(inner, (exp.Unnest, exp.ExplodingGenerateSeries, exp.GenerateSeries, exp.Alias)):
        default = (alias,) if alias else _own_names(inner, binding.dialect)
        return names or default, bool(names)
    return names, bool(names)


def _own_names(inner: exp.Expr, dialect: str) -> tuple[str, ...]:
    """Give what an engine calls the column of a function in FROM that has no alias: it goes by the function's name."""
    if dialect not in ("duckdb", "postgres"):
        return ("unnest", "generate_series", "value")
    if isinstance(inner, exp.Unnest):
        return ("unnest",)
    return ("range",) if inner.args.get("is_end_exclusive") else ("generate_series",)


def _clickhouse_values(values: exp.Values) -> tuple[tuple[str, ...], bool]:
    """`values('a UInt8, b String', (1, 'x'))` says its columns first: https://clickhouse.com/docs/sql-reference/table-functions/values."""
    first = values.expressions[0] if values.expressions else None
    items = first.expressions if isinstance(first, exp.Tuple) else []
    if len(items) > 1 and isinstance(items[0], exp.Literal) and items[0].is_string:
        structure = re.sub(r"\((?:[^()]|\([^()]*\))*\)", "", items[0].name)
        return tuple(part.split()[0].strip('`"') for part in structure.split(",") if part.split()), False
    width = len(items[0].expressions) if items and isinstance(items[0], exp.Tuple) else 1
    return tuple(f"c{number + 1}" for number in range(width)), False


def _value_names(values: exp.Values, binding: Binding) -> tuple[str, ...]:
    rows = values.expressions
    first = rows[0] if rows else None
    if isinstance(first, exp.Tuple) and [type(each) for each in first.expressions] == [exp.Anonymous]:
        first = first.expressions[0]  # MySQL writes ROW(1, 2)
    width = len(first.expressions) if isinstance(first, (exp.Tuple, exp.Anonymous)) else 1
    if binding.dialect == "duckdb":
        return tuple(f"col{index}" for index in range(width))
    if binding.dialect in SPARK:
        return tuple(f"col{index + 1}" for index in range(width))
    if binding.dialect in MYSQL:
        return tuple(f"column_{index}" for index in range(width))
    return tuple(f"column{index + 1}" for index in range(width))
