"""Functions and operators that are written in two ways: each rule gives one of them for both.

A rule holds for every value, NULL among them, in the dialects that it names; its docstring says why. They look at one
term whose arguments are in normal form already. What needs more than the term's own text stands in `terms`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from contract_gate.sql.algebra import Term

_NULL = Term("null")
_NULL_THROUGH_CONCAT = frozenset({
    "bigquery", "snowflake", "trino", "presto", "athena", "spark", "spark2", "databricks", "hive", "redshift", "clickhouse",
})  # fmt: skip
_DATE_IS_CAST = frozenset({
    "postgres", "redshift", "duckdb", "bigquery", "snowflake", "mysql", "spark", "spark2", "databricks", "trino",
})  # fmt: skip
_FLATTEN_DEFAULTS = {
    ("outer", "boolean", "false"), ("recursive", "boolean", "false"), ("mode", "string", "both"), ("path", "string", ""),
}  # fmt: skip
_STDDEV_OF_A_SAMPLE = frozenset({
    "postgres", "redshift", "duckdb", "bigquery", "snowflake", "trino", "presto", "athena", "spark", "spark2", "databricks",
})  # fmt: skip
_SPARK = frozenset({"hive", "spark", "spark2", "databricks"})
_BLANK_BY_DEFAULT = frozenset({"postgres", "redshift", "mysql", "snowflake"})


def respelled(term: Term, dialect: str) -> Term:
    """Give the one spelling of a term; the same object where there is no rule for it."""
    rule = _RULES.get(term.op)
    return term if rule is None else rule(term, dialect)


def folded(term: Term) -> Term:
    """`24 * 60` is `1440`, for whole literals; `x - 1` is `x + -1`, for numbers and dates alike."""
    if len(term.args) != 2 or term.value:
        return term
    one, other = term.args
    if _is_whole(one) and _is_whole(other):
        left, right = int(one.value), int(other.value)
        value = {"add": left + right, "sub": left - right, "mul": left * right}[term.op]
        return Term("number", value=str(value)) if abs(value) < _LEAST_OF_ALL_MAXIMA else term
    if term.op == "sub" and _is_whole(other):
        return replace(term, op="add", args=(one, replace(other, value=str(-int(other.value)))))
    return term


_LEAST_OF_ALL_MAXIMA = 2**31


def _is_whole(term: Term) -> bool:
    digits = term.value.removeprefix("-")
    return term.op == "number" and digits.isascii() and digits.isdigit() and len(digits) < 10


def _interval(term: Term, _dialect: str) -> Term:
    """`INTERVAL '2 days'` is `INTERVAL 2 DAY`."""
    amount, unit = term.argument("this"), term.argument("unit")
    if amount is None or unit is None or unit.op != "word" or len(term.args) != 2:
        return term
    signed = _signed(amount)
    word = replace(unit, value=unit.value.removesuffix("s")) if unit.value in _PLURALS else unit
    if word is unit and (signed is None or signed == (amount.op, amount.value)):
        return term
    plain = amount if signed is None else Term("string", value=signed[1])
    return replace(term, args=tuple(plain if arg is amount else word for arg in term.args))


_PLURALS = frozenset({
    "years", "quarters", "months", "weeks", "days", "hours", "minutes", "seconds", "milliseconds", "microseconds",
})  # fmt: skip


def _minus(term: Term, dialect: str) -> Term:
    """To subtract an interval of a literal number is to add the negative one."""
    interval = term.args[1] if len(term.args) == 2 else None
    if interval is None or interval.op != "interval":
        return term
    amount = interval.argument("this")
    signed = None if amount is None else _signed(amount)
    if signed is None:
        return term
    value = signed[1].removeprefix("-") if signed[1].startswith("-") else f"-{signed[1]}"
    turned = tuple(Term("string", value=value) if arg is amount else arg for arg in interval.args)
    return _plus(replace(term, op="add", args=(term.args[0], replace(interval, args=turned))), dialect)


def _left(term: Term, _dialect: str) -> Term:
    """`LEFT(s, 3)` is `SUBSTRING(s, 1, 3)`."""
    if len(term.args) != 2 or not _is_whole(term.args[1]) or term.args[1].value.startswith("-"):
        return term
    start = Term("number", value="1")
    return Term("substring", (term.args[0], start, term.args[1]), ("this", "start", "length"))


def _day_of_week(term: Term, dialect: str) -> Term:
    """DuckDB's `DAYOFWEEK(d)` is `EXTRACT(DOW FROM d)`."""
    if dialect != "duckdb" or len(term.args) != 1:
        return term
    return Term("extract", (Term("word", value="dow"), term.args[0]), ("this", "expression"))


def without_cast_to_day(extract: Term, dialect: str) -> Term:
    """Spark's YEAR(x) and EXTRACT(YEAR FROM x) take the day of x, whether it is cast to one or not."""
    part, value = extract.args if len(extract.args) == 2 else (extract, extract)
    if dialect not in _SPARK or part.value not in ("year", "quarter", "month", "day"):
        return extract
    cast = value.op == "cast" and value.value == "DATE" and len(value.args) == 1
    return replace(extract, args=(part, value.args[0])) if cast else extract


def _from_first(term: Term, _dialect: str) -> Term:
    """That a start of 0 counts as 1 is no matter where the start is 1."""
    start = term.argument("start")
    plain = (
        term.value == "zero_start=True" and start is not None and _is_whole(start) and int(start.value) > 0
    )
    return replace(term, value="") if plain else term


def _mid(term: Term, dialect: str) -> Term:
    """MySQL's MID is SUBSTRING."""
    if dialect != "mysql" or len(term.args) != 3:
        return term
    return Term("substring", term.args, ("this", "start", "length"))


def _days_added(term: Term, dialect: str) -> Term:
    """MySQL's `ADDDATE(d, 1)` is `DATE_ADD(d, INTERVAL 1 DAY)`."""
    amount = term.args[1] if len(term.args) == 2 else None
    if dialect != "mysql" or amount is None or not _is_whole(amount):
        return term
    unit = Term("word", value="day")
    return _added(Term("dateadd", (term.args[0], amount, unit), ("this", "expression", "unit")), dialect)


def _to_date(term: Term, dialect: str) -> Term:
    """ClickHouse's `toDate(x)` casts."""
    plain = dialect == "clickhouse" and len(term.args) == 1
    return Term("cast", term.args, ("this",), "DATE") if plain else term


def _unique(term: Term, dialect: str) -> Term:
    """ClickHouse's `uniqExact(x)` is `COUNT(DISTINCT x)`."""
    if dialect != "clickhouse" or len(term.args) != 1:
        return term
    return Term("count", (Term("distinct", term.args, ("expressions",)),), ("this",))


def _truncated(term: Term, dialect: str) -> Term:
    """Spark's units go by several names."""
    unit = term.argument("unit")
    named = _UNITS.get(unit.value.upper()) if unit is not None and dialect in _SPARK else None
    if unit is None or named is None or unit.value == named:
        return term
    return replace(term, args=tuple(replace(unit, value=named) if arg is unit else arg for arg in term.args))


_UNITS = {"MM": "MONTH", "MON": "MONTH", "YYYY": "YEAR", "YY": "YEAR", "DD": "DAY", "Q": "QUARTER"}


def _date_part(term: Term, dialect: str) -> Term:
    if dialect not in _DATE_PART or len(term.args) != 2 or term.args[0].op != "string":
        return term
    return _extracted(Term("extract", term.args, ("this", "expression")), dialect)


_DATE_PART = frozenset({"duckdb", "postgres", "redshift", "snowflake", "databricks", "spark"})


def _pattern(term: Term, dialect: str) -> Term:
    """`STARTS_WITH(s, 'x')` is `s LIKE 'x%'`, where nothing in the text is a wildcard."""
    ends = {"startswith": ("", "%"), "endswith": ("%", ""), "contains": ("%", "%")}[term.op]
    if len(term.args) != 2 or term.value or (term.op == "contains" and dialect not in _CONTAINS_TEXT):
        return term
    text = term.args[1]
    if text.op != "string" or not text.value or any(mark in text.value for mark in "%_\\"):
        return term
    pattern = Term("string", value=f"{ends[0]}{text.value}{ends[1]}")
    return Term("like", (term.args[0], pattern), ("this", "expression"))


_CONTAINS_TEXT = frozenset({"duckdb", "snowflake", "spark", "databricks"})


def _like(term: Term, dialect: str) -> Term:
    """A pattern without wildcards is compared, where LIKE takes blanks at the end as `=` does."""
    if term.value or len(term.args) != 2 or term.args[1].op != "string":
        return _positive(term, dialect)
    plain = not any(mark in term.args[1].value for mark in "%_\\")
    if term.op == "like" and plain and dialect in _WITHOUT_PADDING:
        return Term("eq", term.args, ("this", "expression"))
    if term.op == "ilike" and dialect in _LOWERED and term.args[1].value.isascii():
        lower = Term("lower", (term.args[0],), ("this",)), Term("string", value=term.args[1].value.lower())
        return _like(replace(term, op="like", args=lower), dialect)
    return term


_WITHOUT_PADDING = frozenset({"duckdb", "bigquery", "snowflake", "spark", "databricks"})
_LOWERED = frozenset({"duckdb", "postgres", "spark", "databricks"})
"""Engines whose ILIKE is LIKE of both in lower case."""


def _field(term: Term, _dialect: str) -> Term:
    """`{'a': x, 'b': y}.a` is x."""
    inner = term.args[0] if len(term.args) == 1 else None
    if inner is None or inner.op != "struct" or any(arg.op != "named" for arg in inner.args):
        return term
    found = [arg.args[0] for arg in inner.args if arg.value.lower() == term.value.lower()]
    return found[0] if len(found) == 1 else term


def _positive(term: Term, _dialect: str) -> Term:
    """`x NOT LIKE y` is `NOT (x LIKE y)`: both are NULL together. Not for LIKE ANY, of which it says NONE or SOME."""
    if term.value != "negate=True" or any(arg.op in ("any", "all", "tuple") for arg in term.args):
        return term
    return Term("not", (replace(term, value=""),), ("this",))


def _round(term: Term, _dialect: str) -> Term:
    """`ROUND(x, 0)` is `ROUND(x)`."""
    zero = (
        len(term.args) == 2 and not term.value and term.args[1].op == "number" and term.args[1].value == "0"
    )
    return replace(term, args=term.args[:1], slots=term.slots[:1]) if zero else term


def _offset(term: Term, _dialect: str) -> Term:
    """LAG and LEAD go one row away and give NULL outside unless they say otherwise (ISO 9075-2, 6.10)."""
    kept = list(zip(term.args, term.slots, strict=True))
    if len(kept) == 3 and kept[2][0].op == "null":
        del kept[2]
    if len(kept) == 2 and kept[1][1] == "offset" and kept[1][0].op == "number" and kept[1][0].value == "1":
        del kept[1]
    if len(kept) == len(term.args):
        return term
    return replace(term, args=tuple(arg for arg, _ in kept), slots=tuple(slot for _, slot in kept))


def _trim(term: Term, dialect: str) -> Term:
    """TRIM takes from both ends unless it says otherwise, and blanks where that is all it takes by default."""
    if term.value in ("position=BOTH", "position=both"):
        term = replace(term, value="")
    last = term.args[-1]
    if dialect in _BLANK_BY_DEFAULT and len(term.args) == 2 and (last.op, last.value) == ("string", " "):
        return replace(term, args=term.args[:1], slots=term.slots[:1])
    return term


def _date(term: Term, dialect: str) -> Term:
    """`DATE(x)` and `TO_DATE(x)`, without a zone or a format, cast."""
    cast = term.value in ("", "safe=False") or (term.value == "safe=True" and dialect in _SPARK)
    if len(term.args) == 1 and cast and dialect in _DATE_IS_CAST:
        return Term("cast", term.args, ("this",), "DATE")
    return term


def _extracted(term: Term, dialect: str) -> Term:
    """`DATE_PART('year', x)` is `EXTRACT(YEAR FROM x)`; in BigQuery `EXTRACT(DATE FROM x)` is `DATE(x)`."""
    if len(term.args) != 2 or term.slots != ("this", "expression"):
        return term
    part, value = term.args
    if dialect == "bigquery" and (part.op, part.value) == ("word", "date") and value.op != "attimezone":
        return Term("cast", (value,), ("this",), "DATE")
    if part.op == "string" and part.value.isalpha():
        return replace(term, args=(Term("word", value=part.value.lower()), value))
    return term


def _to_text(term: Term, dialect: str) -> Term:
    """Snowflake's `TO_VARCHAR(x)` without a format is `x::VARCHAR`."""
    plain = dialect == "snowflake" and len(term.args) == 1 and not term.value
    return Term("cast", term.args, ("this",), "VARCHAR") if plain else term


def _joined_text(term: Term, dialect: str) -> Term:
    """MySQL's GROUP_CONCAT puts a comma between what it joins, unless it says otherwise."""
    if dialect != "mysql" or term.slots[1:] != ("separator",):
        return term
    comma = (term.args[1].op, term.args[1].value) == ("string", ",")
    return replace(term, args=term.args[:1], slots=term.slots[:1]) if comma else term


def _now(term: Term, dialect: str) -> Term:
    """MySQL's NOW() and CURRENT_TIMESTAMP are synonyms."""
    return Term("currenttimestamp") if dialect == "mysql" and not term.args else term


def _first(term: Term, dialect: str) -> Term:
    """Spark's FIRST is FIRST_VALUE, LAST is LAST_VALUE."""
    return replace(term, op=f"{term.op}value") if dialect in _SPARK else term


def _stddev(term: Term, dialect: str) -> Term:
    """STDDEV is STDDEV_SAMP in these; in MySQL it is STDDEV_POP, and Oracle's gives 0 for one row."""
    return replace(term, op="stddevsamp") if dialect in _STDDEV_OF_A_SAMPLE else term


def _ordinal(term: Term, dialect: str) -> Term:
    """BigQuery's `a[ORDINAL(2)]` is `a[OFFSET(1)]`."""
    index = term.args[-1] if len(term.args) == 2 else None
    if dialect != "bigquery" or index is None or index.op != "number" or not index.value.isdigit():
        return term
    flags = term.value.split(",")
    if "offset=1" not in flags or index.value == "0":
        return term
    value = ",".join("offset=0" if flag == "offset=1" else flag for flag in flags)
    return replace(term, args=(term.args[0], replace(index, value=str(int(index.value) - 1))), value=value)


def _element(term: Term, dialect: str) -> Term:
    return _ordinal(_path(term, dialect), dialect)


def _nvl2(term: Term, _dialect: str) -> Term:
    """`NVL2(x, a, b)` is `CASE WHEN x IS NOT NULL THEN a ELSE b END`."""
    tested, there, missing = (term.argument(slot) for slot in ("this", "true", "false"))
    if tested is None or there is None:
        return term
    empty = Term("is", (tested, _NULL), ("this", "expression"))
    return Term(
        "case", (Term("not", (empty,), ("this",)), there, missing or _NULL), ("when", "then", "default")
    )


def _equal_null(term: Term, _dialect: str) -> Term:
    """Snowflake's `EQUAL_NULL(a, b)` is `a IS NOT DISTINCT FROM b`."""
    return replace(term, op="nullsafeeq", slots=("this", "expression")) if len(term.args) == 2 else term


def _input(term: Term, dialect: str) -> Term:
    """`FLATTEN(INPUT => x)` is `FLATTEN(x)`: the first argument by its name, the others where they say what is so anyway.

    https://docs.snowflake.com/en/sql-reference/functions/flatten
    """
    if dialect == "snowflake" and any(_is_default(arg) for arg in term.args):
        kept = [pair for pair in zip(term.args, term.slots, strict=True) if not _is_default(pair[0])]
        term = replace(term, args=tuple(arg for arg, _ in kept), slots=tuple(slot for _, slot in kept))
    first = term.args[0] if len(term.args) == 1 else None
    if first is None or first.op != "named" or first.value != "input":
        return term
    return replace(term, args=first.args, slots=term.slots)


def _is_default(argument: Term) -> bool:
    if argument.op != "named":
        return False
    return (argument.value, argument.args[0].op, argument.args[0].value.lower()) in _FLATTEN_DEFAULTS


def _path(term: Term, dialect: str) -> Term:
    """Snowflake's `v['a']['b']` is `v:a.b`: a path step by step."""
    if dialect != "snowflake" or len(term.args) != 2 or term.args[1].op != "string":
        return term
    inner = term.args[0]
    key = Term("jsonpathkey", value=f"this={term.args[1].value}")
    if inner.op == "jsonextract" and len(inner.args) == 2 and inner.args[1].op == "jsonpath":
        path = inner.args[1]
        longer = replace(path, args=(*path.args, key), slots=(*path.slots, "expressions"))
        return replace(inner, args=(inner.args[0], longer))
    path = Term("jsonpath", (Term("jsonpathroot"), key), ("expressions", "expressions"))
    return Term("jsonextract", (inner, path), ("this", "expression"))


def _concat(term: Term, dialect: str) -> Term:
    """`CONCAT(a, b)` is `a || b` where both give NULL for a NULL; one in another is one."""
    if dialect == "redshift":
        # The parser takes it for PostgreSQL's, which skips NULLs: https://docs.aws.amazon.com/redshift/latest/dg/r_CONCAT.html
        term = replace(term, value="")
    skips = dialect not in _NULL_THROUGH_CONCAT or "coalesce=True" in term.value
    inner = "concat" if skips else "dpipe"
    args: list[Term] = []
    for arg in term.args:
        args.extend(arg.args if arg.op == inner and arg.value == (term.value if skips else "") else (arg,))
    if skips:
        return replace(term, args=tuple(args), slots=("expressions",) * len(args))
    return Term("dpipe", tuple(args), ("this",) * len(args)) if len(args) > 1 else term


def _length(term: Term, dialect: str) -> Term:
    """BigQuery's LENGTH of text is CHAR_LENGTH, which takes nothing else."""
    return replace(term, value="") if dialect == "bigquery" and term.value == "binary=True" else term


def _subtracted(term: Term, _dialect: str) -> Term:
    """To subtract a literal interval is to add the negative one."""
    amount = term.argument("expression")
    if amount is None or amount.op not in ("number", "string") or not amount.value.isdigit():
        return term
    negative = Term("string", value=f"-{amount.value}")
    args = tuple(negative if arg is amount else arg for arg in term.args)
    return replace(term, op=term.op.removesuffix("sub") + "add", args=args)


def _added(term: Term, _dialect: str) -> Term:
    """The amount of an interval is one number, quoted or not, with its sign in front."""
    amount = term.argument("expression")
    if amount is None:
        return term
    plain = _signed(amount)
    if plain is None or plain == (amount.op, amount.value):
        return term
    args = tuple(Term("string", value=plain[1]) if arg is amount else arg for arg in term.args)
    return replace(term, args=args)


def _signed(amount: Term) -> tuple[str, str] | None:
    if amount.op == "neg" and amount.args[0].op in ("number", "string") and amount.args[0].value.isdigit():
        return "string", f"-{amount.args[0].value}"
    if amount.op in ("number", "string") and amount.value.lstrip("-").isdigit():
        return "string", amount.value
    return None


def _plus(term: Term, dialect: str) -> Term:
    """MySQL's `d + INTERVAL 1 DAY` is `DATE_ADD(d, INTERVAL 1 DAY)`."""
    if dialect != "mysql" or len(term.args) != 2 or term.args[1].op != "interval":
        return term
    interval = term.args[1]
    if interval.slots != ("this", "unit"):
        return term
    slots = ("this", "expression", "unit")
    return _added(Term("dateadd", (term.args[0], *interval.args), slots), dialect)


def _escape_string(term: Term, dialect: str) -> Term:
    """PostgreSQL's `E'…'` is `'…'` where nothing in it is escaped."""
    text = term.value.removeprefix("this=")
    plain = dialect in ("postgres", "redshift", "duckdb") and "\\" not in text and text != term.value
    return Term("string", value=text) if plain else term


_RULES: Mapping[str, Callable[[Term, str], Term]] = {
    "like": _like,
    "ilike": _like,
    "startswith": _pattern,
    "endswith": _pattern,
    "contains": _pattern,
    "left": _left,
    "substring": _from_first,
    "mid": _mid,
    "adddate": _days_added,
    "todate": _to_date,
    "uniqexact": _unique,
    "datetrunc": _truncated,
    "dayofweek": _day_of_week,
    "date_part": _date_part,
    "interval": _interval,
    "sub": _minus,
    "field": _field,
    "similarto": _positive,
    "regexplike": _positive,
    "regexpilike": _positive,
    "glob": _positive,
    "round": _round,
    "lag": _offset,
    "lead": _offset,
    "trim": _trim,
    "date": _date,
    "tsordstodate": _date,
    "nvl2": _nvl2,
    "equalnull": _equal_null,
    "explode": _input,
    "bracket": _element,
    "extract": _extracted,
    "tochar": _to_text,
    "groupconcat": _joined_text,
    "now": _now,
    "first": _first,
    "last": _first,
    "stddev": _stddev,
    "concat": _concat,
    "length": _length,
    "datesub": _subtracted,
    "timestampsub": _subtracted,
    "datetimesub": _subtracted,
    "dateadd": _added,
    "timestampadd": _added,
    "datetimeadd": _added,
    "add": _plus,
    "bytestring": _escape_string,
}
