"""One statement, parsed and made harmless: the query inside it, with volatile functions held still.

Refuses everything that is not a plain query. What tables and columns it reads is `binding`'s business.
"""

import re

import sqlglot
from sqlglot import exp

from contract_gate.sql.functions import CLOCK, RANDOM_IDS, RANDOM_NUMBERS, VOLATILE
from contract_gate.sql.names import column_name, relation_name
from contract_gate.witness.engines import as_duckdb_says_it
from contract_gate.witness.refusal import Refusal
from contract_gate.witness.values import first_line

NOW = "2024-03-15 12:30:00"
TODAY = "2024-03-15"

_LONGEST = 400_000
_TABLE_FUNCTIONS = frozenset({"generate_series", "range", "unnest", "json_array_elements"})
_REFUSED = (exp.DDL, exp.DML, exp.Command, exp.Pragma, exp.Set, exp.Attach, exp.Copy, exp.Into,
            exp.TableSample, exp.MatchRecognize, exp.Pivot)  # fmt: skip
_HELD = CLOCK | RANDOM_NUMBERS | RANDOM_IDS


def read_query(sql: str, dialect: str) -> exp.Query:
    """Parse the one query of a statement (bare, or inside CREATE … AS or INSERT … SELECT). Raises `Refusal`."""
    if len(sql) > _LONGEST:
        raise Refusal(f"the statement is longer than {_LONGEST} characters")
    try:
        statements = [s for s in sqlglot.parse(sql, read=dialect or None) if s is not None]
    except sqlglot.errors.SqlglotError as error:
        raise Refusal(f"it can't be parsed: {first_line(error)}") from error
    except RecursionError as error:
        raise Refusal("it is nested too deeply to be parsed") from error
    if len(statements) != 1:
        raise Refusal(f"it holds {len(statements)} statements, not one")
    query = _unwrap(statements[0])
    for node in query.walk():
        _refuse(node)
    if dialect == "redshift":
        _without_skipped_nulls(query)
    if dialect in _ALIAS_FIRST:
        _with_aliases_written_out(query, _ALIAS_FIRST[dialect])
    as_duckdb_says_it(query, dialect)
    return hold_still(_without_zones(query))


def hold_apart(dialect: str, *queries: exp.Query) -> None:
    """Refuse names that differ in case alone where the dialect tells them apart: DuckDB takes them for one. Raises `Refusal`."""
    known: dict[tuple[type, str], str] = {}
    for node in (node for query in queries for node in query.find_all(exp.Column, exp.Table)):
        if isinstance(node.this, exp.Identifier):
            written = relation_name(node, dialect) if isinstance(node, exp.Table) else None
            name = str(written or column_name(node.this, dialect))
            if known.setdefault((type(node), name.replace('"', "").lower()), name) != name:
                raise Refusal(f"names in it differ in case alone ({node.name[:80]})")


_ALIAS_FIRST = {
    "clickhouse": ("expressions", "where", "prewhere", "group", "having", "qualify"),
    "bigquery": ("group",),
}
"""The clauses in which an alias goes before a column of its name, where DuckDB takes the column."""


def _with_aliases_written_out(query: exp.Query, clauses: tuple[str, ...]) -> None:
    """Put what an alias stands for in its place, so that it is no column of the same name."""
    for select in list(query.find_all(exp.Select)):
        made = {each.alias: each.this for each in select.selects if isinstance(each, exp.Alias)}
        for column in [c for c in select.find_all(exp.Column) if c.find_ancestor(exp.Select) is select]:
            inside = _clause_of(column, select)
            own = inside.alias if isinstance(inside, exp.Alias) else None
            is_meant = not column.table and column.name in made and column.name != own
            if is_meant and inside is not None and inside.arg_key in clauses:
                column.replace(exp.paren(made[column.name].copy()))


def _clause_of(column: exp.Column, select: exp.Select) -> exp.Expr | None:
    node: exp.Expr | None = column
    while node is not None and node.parent is not select:
        node = node.parent
    return node


def hold_still(query: exp.Query) -> exp.Query:
    """Replace functions that answer differently each time (the clock, random numbers) by fixed values."""
    held = query.transform(_held)
    if not isinstance(held, exp.Query):
        raise Refusal("it is not a query")
    return held


def limits(sql: str, dialect: str) -> tuple[str, ...]:
    """Say what a search over the statement can't see: values held still, columns stored by their position.

    The statement is one that `read_query` took.
    """
    statement = next(s for s in sqlglot.parse(sql, read=dialect or None) if s is not None)
    found = []
    if isinstance(statement, exp.Insert) and not isinstance(statement.this, exp.Schema):
        found.append("columns were compared by name, and it stores them by position")
    if any(_is_volatile(node) for node in statement.walk()):
        found.append("random values and parameters were held still")
    return tuple(found)


def _is_volatile(node: exp.Expr) -> bool:
    return isinstance(node, exp.Parameter | exp.Placeholder | exp.SessionParameter) or _name(node) in VOLATILE


def _name(node: exp.Expr) -> str:
    """Name a function as `sql.functions` does; what is none has the name of its node."""
    return node.name.lower() if isinstance(node, exp.Anonymous) else node.key


def _unwrap(statement: exp.Expr) -> exp.Query:
    inner: object = statement
    if isinstance(statement, exp.Create | exp.Insert):
        inner = statement.expression
        ctes = statement.args.get("with_") or statement.args.get("with")
        if ctes and isinstance(inner, exp.Query) and not inner.ctes:
            inner.set("with_" if "with_" in inner.arg_types else "with", ctes)
    while isinstance(inner, exp.Subquery) and not inner.alias and isinstance(inner.this, exp.Query):
        inner = inner.this
    if not isinstance(inner, exp.Query) or isinstance(inner, exp.Table):
        raise Refusal(f"it is a {statement.key.upper()} statement, not a query")
    target = statement.this if isinstance(statement, exp.Create | exp.Insert) else None
    return _named(inner, target) if isinstance(target, exp.Schema) else inner


def _named(query: exp.Query, target: exp.Schema) -> exp.Query:
    """Name the outputs by the columns that they are stored as: `INSERT INTO t (a, b) SELECT x, y`. Raises `Refusal`."""
    names = [item.name for item in target.expressions if isinstance(item, exp.Identifier | exp.ColumnDef)]
    first = query
    while isinstance(first, exp.SetOperation | exp.Subquery):
        first = first.this
    if not names or not isinstance(first, exp.Select):
        return query
    if first.is_star or len(first.selects) != len(names):
        raise Refusal("which of its columns is stored under which name can't be told")
    named = [
        exp.alias_(value.unalias(), name, quoted=True)
        for value, name in zip(first.selects, names, strict=True)
    ]
    first.set("expressions", named)
    return query


def _refuse(node: exp.Expr) -> None:
    if isinstance(node, _REFUSED):
        raise Refusal(f"{type(node).__name__} can't be run on generated rows")
    if isinstance(node, exp.Table) and isinstance(node.this, exp.Func):
        name = node.this.name.lower() if isinstance(node.this, exp.Anonymous) else node.this.key
        if (
            isinstance(node.this, exp.Anonymous | exp.ReadCSV | exp.ReadParquet)
            and name not in _TABLE_FUNCTIONS
        ):
            raise Refusal(f"it reads from the table function {name}")
    if _name(node) in VOLATILE - _HELD:
        raise Refusal(f"{_name(node)} gives another value at each call")


def _without_skipped_nulls(query: exp.Query) -> None:
    """Redshift's CONCAT is NULL where an argument is; the parser takes it for PostgreSQL's, which leaves those out."""
    for node in query.find_all(exp.Concat):
        node.set("coalesce", False)


def _without_zones(query: exp.Query) -> exp.Query:
    """Turn times with a zone into plain ones: everything runs in UTC."""
    zoned = (exp.DataType.Type.TIMESTAMPTZ, exp.DataType.Type.TIMESTAMPLTZ)
    for data_type in query.find_all(exp.DataType):
        if data_type.this in zoned:
            data_type.set("this", exp.DataType.Type.TIMESTAMP)
    return query


def _held(node: exp.Expr) -> exp.Expr:
    name = _name(node)
    if isinstance(node, exp.Parameter | exp.Placeholder | exp.SessionParameter):
        return _parameter(node)
    if isinstance(node, exp.CurrentDate):
        return exp.cast(exp.Literal.string(TODAY), "date")
    if isinstance(node, exp.CurrentTime):
        return exp.cast(exp.Literal.string(NOW[11:]), "time")
    if name in CLOCK:
        return exp.cast(exp.Literal.string(NOW), "timestamp")
    if name in RANDOM_NUMBERS:
        return exp.cast(exp.Literal.number("0.5"), "double")
    if name in RANDOM_IDS:
        return exp.Literal.string("00000000-0000-0000-0000-000000000000")
    if isinstance(node, exp.CurrentUser | exp.SessionUser):
        return exp.Literal.string("somebody")
    return node


def _parameter(node: exp.Expr) -> exp.Expr:
    """Give a query parameter a value of the type that its name, or what stands beside it, suggests."""
    name = node.name.lower()
    if re.search(r"(^|_)(date|day|dt|ds|month|week)$|^(start|end|run)_", name):
        return exp.cast(exp.Literal.string(TODAY), "date")
    if re.search(r"(_at|_ts|timestamp|_time|datetime)$", name):
        return exp.cast(exp.Literal.string(NOW), "timestamp")
    numeric = (exp.Limit, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Interval, exp.Offset)
    if isinstance(node.parent, numeric) or re.search(r"(^|_)(id|n|num|count|days?|size|limit)$", name):
        return exp.Literal.number(3)
    return exp.Literal.string("a")
