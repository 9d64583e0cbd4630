"""What other engines mean by the same words: written as DuckDB says it, or refused, so that rows which differ here differ there.

The parser translates functions and types. It leaves what engines do otherwise in silence: which texts are equal, where a
NULL comes from, on which day a week begins.
"""

from collections.abc import Iterable

from sqlglot import exp

from contract_gate.sql.families import IGNORES_CASE, POSTGRES
from contract_gate.sql.functions import SEPARATORS
from contract_gate.witness.refusal import Refusal
from contract_gate.witness.values import Value

_LIKE_IGNORES_CASE = IGNORES_CASE | {"sqlite"}
_WEEKS_FROM_SUNDAY = frozenset({"bigquery", "mysql", "singlestore", "tsql", "fabric"})
_SUNDAY_IS_0 = frozenset({"", "duckdb", "snowflake"}) | POSTGRES
_OF_A_UNIT = (exp.Extract, exp.DateTrunc, exp.TimestampTrunc, exp.DatetimeTrunc, exp.DateDiff, exp.TimestampDiff,
              exp.DatetimeDiff)  # fmt: skip
_DAYS_OF_A_WEEK = frozenset({"DOW", "DAYOFWEEK", "WEEKDAY"})
_MAY_BE_EMPTY = (exp.Trim, exp.Replace, exp.Substring, exp.RegexpReplace, exp.RegexpExtract, exp.Translate)
_TAKES_A_VALUE = (exp.Binary, exp.In, exp.Coalesce, exp.Nullif, exp.If, exp.Case, exp.Alias, exp.Select)
_EMPTY = exp.Literal.string("")


def as_duckdb_says_it(query: exp.Query, dialect: str) -> None:
    """Change what DuckDB would take for something else. Raises `Refusal` where it has no words for what is meant."""
    for node in list(query.walk()):
        other = _meant_otherwise(node, dialect)
        if other is not None:
            raise Refusal(other)
    _filter_first(query)
    _keep_the_empty(query)
    if dialect in SEPARATORS:
        _write_separators(query, SEPARATORS[dialect])
    if dialect in _LIKE_IGNORES_CASE:
        for like in list(query.find_all(exp.Like)):
            like.replace(exp.ILike(this=like.this, expression=like.expression))
    if dialect in IGNORES_CASE:
        _strip_compared(query)
    if dialect in POSTGRES:
        _size_nothing_as_null(query)
    if dialect == "oracle":
        _take_empty_for_null(query)


def told_apart(values: Iterable[Value], dialect: str) -> list[Value]:
    """Give the values of which the engine takes no two for one, and none for NULL; the first of those that it does."""
    found: dict[str, Value] = {}
    for value in values:
        key = repr(value)
        if isinstance(value, str):
            if dialect in IGNORES_CASE:
                key = value.lower()
            if (dialect in IGNORES_CASE and value != value.rstrip()) or (dialect == "oracle" and not value):
                continue
        found.setdefault(f"{type(value).__name__}:{key}", value)
    return list(found.values())


def holds_no_null(kind: str | None, dialect: str) -> bool:
    """Tell whether a column of this declared type never holds NULL: ClickHouse's, unless it says so."""
    return dialect == "clickhouse" and "nullable(" not in (kind or "").lower()


def _meant_otherwise(node: exp.Expr, dialect: str) -> str | None:
    match node:
        case exp.LimitOptions() if node.args.get("with_ties") or node.args.get("percent"):
            return "DuckDB has no LIMIT of PERCENT or WITH TIES"
        case exp.Unnest() if dialect == "bigquery" and node.args.get("offset"):
            return "WITH OFFSET counts from 0"
        case exp.Join() if dialect == "clickhouse" and _pads(node):
            return "what a ClickHouse join does not find is a default, not NULL"
        case exp.Select() if dialect == "clickhouse" and _aggregates_no_rows(node):
            return "of no rows ClickHouse's aggregates give a default, not NULL, and no total"
        case exp.Column() if dialect == "sqlite" and not node.table and node.this.args.get("quoted"):
            return "a word in double quotes is text where no column has its name"
        case exp.DayOfWeek() if dialect not in _SUNDAY_IS_0:
            return "days of the week are counted otherwise"
        case exp.Week() | exp.WeekStart() if dialect in _WEEKS_FROM_SUNDAY:
            return "its weeks begin on another day"
        case _ if isinstance(node, _OF_A_UNIT):
            unit = node.this if isinstance(node, exp.Extract) else node.args.get("unit")
            return _counted_otherwise(unit.name.upper() if isinstance(unit, exp.Expr) else "", dialect)
        case _:
            return None


def _counted_otherwise(unit: str, dialect: str) -> str | None:
    if unit == "WEEK" and dialect in _WEEKS_FROM_SUNDAY:
        return "its weeks begin on another day"
    if unit in _DAYS_OF_A_WEEK and dialect not in _SUNDAY_IS_0:
        return "days of the week are counted otherwise"
    return None


def _pads(join: exp.Join) -> bool:
    select = join.parent
    settings = select.args.get("settings") if isinstance(select, exp.Select) else None
    says_nulls = any(each.sql().replace(" ", "") == "join_use_nulls=1" for each in settings or ())
    return bool(join.side) and not says_nulls


def _aggregates_no_rows(select: exp.Select) -> bool:
    calls = [call for each in select.selects for call in each.find_all(exp.AggFunc)]
    own = [c for c in calls if c.find_ancestor(exp.Select) is select and not isinstance(c.parent, exp.Window)]
    group = select.args.get("group")
    if group is None:
        return not all(isinstance(c, exp.Count | exp.CountIf) for c in own)
    return any(group.find_all(exp.Rollup, exp.Cube, exp.GroupingSets)) or bool(group.args.get("totals"))


def _filter_first(query: exp.Query) -> None:
    """ClickHouse's PREWHERE is a WHERE that reads less."""
    for select in query.find_all(exp.Select):
        first = select.args.get("prewhere")
        if first is not None:
            select.set("prewhere", None)
            select.where(first.this, copy=False)


def _keep_the_empty(query: exp.Query) -> None:
    """`LATERAL VIEW OUTER explode(list)` has a row of NULL for an empty list. Raises `Refusal` for another function."""
    for lateral in [each for each in query.find_all(exp.Lateral) if each.args.get("outer")]:
        if not isinstance(lateral.this, exp.Explode):
            raise Refusal("it keeps rows that a function gives nothing for")
        lateral.set("outer", False)
        lateral.this.set("this", never_empty(lateral.this.this))


def _write_separators(query: exp.Query, separator: str) -> None:
    """DuckDB puts a comma between joined texts where nothing is said."""
    for joined in query.find_all(exp.GroupConcat):
        if isinstance(joined.args.get("separator") or exp.null(), exp.Null):
            joined.set("separator", exp.Literal.string(separator))


def _strip_compared(query: exp.Query) -> None:
    """Blanks at the end of a text are no matter to a comparison."""
    for literal in [each for each in query.find_all(exp.Literal) if isinstance(each.parent, exp.Predicate)]:
        literal.set("this", literal.name.rstrip())


def _size_nothing_as_null(query: exp.Query) -> None:
    """PostgreSQL's `array_length(list, 1)` of an empty list is NULL."""
    for size in [each for each in query.find_all(exp.ArraySize) if each.expression]:
        size.replace(exp.func("nullif", size.copy(), exp.Literal.number(0)))


def never_empty(listed: exp.Expr) -> exp.Expr:
    """Give a list with one NULL in place of an empty or missing one."""
    filled = exp.func("len", listed.copy()) > exp.Literal.number(0)
    return exp.case().when(filled, listed.copy()).else_(exp.Array(expressions=[exp.null()]))


def _take_empty_for_null(query: exp.Query) -> None:
    """Oracle's empty text is NULL, and what is put together with NULL is the rest."""
    for literal in [each for each in query.find_all(exp.Literal) if each == _EMPTY]:
        if isinstance(literal.parent, _TAKES_A_VALUE) and not isinstance(literal.parent, exp.DPipe):
            literal.replace(exp.null())
    for joined in list(query.find_all(exp.DPipe, exp.Concat)):
        sides = joined.expressions or [joined.this, joined.expression]
        joined.replace(_or_null(exp.Concat(expressions=list(sides), safe=True, coalesce=True)))
    for made in list(query.find_all(*_MAY_BE_EMPTY)):
        made.replace(_or_null(made.copy()))


def _or_null(text: exp.Expr) -> exp.Expr:
    return exp.func("nullif", text, _EMPTY.copy())
