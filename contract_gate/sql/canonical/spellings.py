"""Functions and operators that are written in two ways: each rule gives one of them for both.

A rule holds for every value, NULL among them, in the dialects that it names; its docstring says why. They look at one
term whose arguments are in normal form already. What needs more than the term's own text stands in `terms`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from contract_gate.sql.algebra import Term
from contract_gate.sql.canonical.conditions import NULL
from contract_gate.sql.canonical.jsonpaths import by_keys, by_path
from contract_gate.sql.canonical.literals import is_whole
from contract_gate.sql.canonical.moments import (
    added,
    cast_to_date,
    date_part,
    day_of_week,
    days_added,
    extracted,
    in_least_units,
    now,
    plain_interval,
    signed_amount,
    subtracted,
    to_date,
    truncated,
)
from contract_gate.sql.canonical.operands import members
from contract_gate.sql.families import POSTGRES, SPARK, TRINO
from contract_gate.sql.functions import SEPARATORS

_NULL_THROUGH_CONCAT = SPARK | TRINO | {"bigquery", "snowflake", "redshift", "clickhouse"}
_FLATTEN_DEFAULTS = {
    ("outer", "boolean", "false"), ("recursive", "boolean", "false"), ("mode", "string", "both"), ("path", "string", ""),
}  # fmt: skip
_STDDEV_OF_A_SAMPLE = POSTGRES | TRINO | (SPARK - {"hive"}) | {"duckdb", "bigquery", "snowflake"}
_BOTH_ENDS = {"position=LEADING", "position=TRAILING"}
_BLANK_BY_DEFAULT = frozenset({"postgres", "redshift", "mysql", "snowflake"})


def respelled(term: Term, dialect: str) -> Term:
    """Give the one spelling of a term; the same object where there is no rule for it."""
    rule = _RULES.get(term.op)
    return term if rule is None else rule(term, dialect)


def folded(term: Term) -> Term:
    """`24 * 60` is `1440`, for whole literals; `x - 1` is `x + -1`, for numbers and dates alike."""
    one, other = term.args
    if is_whole(one) and is_whole(other):
        left, right = int(one.value), int(other.value)
        value = {"add": left + right, "sub": left - right, "mul": left * right}[term.op]
        return Term("number", value=str(value)) if abs(value) < _LEAST_OF_ALL_MAXIMA else term
    if term.op == "sub" and is_whole(other):
        return replace(term, op="add", args=(one, replace(other, value=str(-int(other.value)))))
    return term


_LEAST_OF_ALL_MAXIMA = 2**31


def _minus(term: Term, dialect: str) -> Term:
    """To subtract an interval of a literal number is to add the negative one."""
    interval = term.args[1] if len(term.args) == 2 else None
    if interval is None or interval.op != "interval":
        return term
    amount = interval.argument("this")
    signed = None if amount is None else signed_amount(amount)
    if signed is None:
        return term
    value = signed.removeprefix("-") if signed.startswith("-") else f"-{signed}"
    turned = tuple(Term("string", value=value) if arg is amount else arg for arg in interval.args)
    return _plus(replace(term, op="add", args=(term.args[0], replace(interval, args=turned))), dialect)


def _left(term: Term, _dialect: str) -> Term:
    """`LEFT(s, 3)` is `SUBSTRING(s, 1, 3)`."""
    if len(term.args) != 2 or not is_whole(term.args[1]) or term.args[1].value.startswith("-"):
        return term
    start = Term("number", value="1")
    return Term("substring", (term.args[0], start, term.args[1]), ("this", "start", "length"))


def _from_first(term: Term, _dialect: str) -> Term:
    """That a start of 0 counts as 1 is no matter where the start is 1."""
    start = term.argument("start")
    plain = term.value == "zero_start=True" and start is not None and is_whole(start) and int(start.value) > 0
    return replace(term, value="") if plain else term


def _mid(term: Term, dialect: str) -> Term:
    """MySQL's MID is SUBSTRING."""
    if dialect != "mysql" or len(term.args) != 3:
        return term
    return Term("substring", term.args, ("this", "start", "length"))


def _unique(term: Term, dialect: str) -> Term:
    """ClickHouse's `uniqExact(x)` is `COUNT(DISTINCT x)`."""
    if dialect != "clickhouse" or len(term.args) != 1:
        return term
    return Term("count", (Term("distinct", term.args, ("expressions",)),), ("this",))


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


_CONTAINS_TEXT = (SPARK - {"hive"}) | {"duckdb", "snowflake"}


def _part_of_date(term: Term, dialect: str) -> Term:
    """ClickHouse's `toYear(d)` is `YEAR(d)`."""
    return (
        replace(term, op=term.op[2:], slots=("this",))
        if dialect == "clickhouse" and len(term.args) == 1
        else term
    )


def _like(term: Term, dialect: str) -> Term:
    """ILIKE is LIKE in lower case."""
    if term.value or len(term.args) != 2 or term.args[1].op != "string":
        return _positive(term, dialect)
    if term.op == "ilike" and dialect in _LOWERED and term.args[1].value.isascii():
        lower = Term("lower", (term.args[0],), ("this",)), Term("string", value=term.args[1].value.lower())
        return replace(term, op="like", args=lower)
    return term


_LOWERED = frozenset({"duckdb", "postgres", "spark", "databricks"})
"""Engines whose ILIKE is LIKE of both in lower case."""


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
    kept = term.slotted()
    if len(kept) == 3 and kept[2][0].op == "null":
        del kept[2]
    if len(kept) == 2 and kept[1][1] == "offset" and kept[1][0].op == "number" and kept[1][0].value == "1":
        del kept[1]
    if len(kept) == len(term.args):
        return term
    return term.of_slotted(kept)


def _trim(term: Term, dialect: str) -> Term:
    """TRIM takes from both ends unless it says otherwise, and blanks where that is all it takes by default.

    `LTRIM(RTRIM(x))` is `TRIM(x)`.
    """
    inner = term.args[0]
    if (
        len(term.args) == len(inner.args) == 1
        and inner.op == "trim"
        and {term.value, inner.value} == _BOTH_ENDS
    ):
        return replace(inner, value="")
    if term.value in ("position=BOTH", "position=both"):
        term = replace(term, value="")
    last = term.args[-1]
    if dialect in _BLANK_BY_DEFAULT and len(term.args) == 2 and (last.op, last.value) == ("string", " "):
        return replace(term, args=term.args[:1], slots=term.slots[:1])
    return term


def _to_text(term: Term, dialect: str) -> Term:
    """Snowflake's `TO_VARCHAR(x)` without a format is `x::VARCHAR`."""
    plain = dialect == "snowflake" and len(term.args) == 1 and not term.value
    return Term("cast", term.args, ("this",), "VARCHAR") if plain else term


def _joined_text(term: Term, dialect: str) -> Term:
    """Leave out the separator that an aggregate of texts takes when it is given none."""
    if term.slots[1:] != ("separator",) or dialect not in SEPARATORS:
        return term
    given = term.args[1]
    says_nothing = (given.op, given.value) == ("string", SEPARATORS[dialect]) or (
        given.op == "null" and dialect == "oracle"
    )
    return replace(term, args=term.args[:1], slots=term.slots[:1]) if says_nothing else term


def _first(term: Term, dialect: str) -> Term:
    """Spark's FIRST is FIRST_VALUE, LAST is LAST_VALUE."""
    return replace(term, op=f"{term.op}value") if dialect in SPARK else term


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
    return _ordinal(by_path(term, dialect), dialect)


def _nvl2(term: Term, _dialect: str) -> Term:
    """`NVL2(x, a, b)` is `CASE WHEN x IS NOT NULL THEN a ELSE b END`."""
    tested, there, *missing = term.args
    empty = Term("is", (tested, NULL), ("this", "expression"))
    return Term(
        "case", (Term("not", (empty,), ("this",)), there, *(missing or [NULL])), ("when", "then", "default")
    )


def _equal_null(term: Term, _dialect: str) -> Term:
    """Snowflake's `EQUAL_NULL(a, b)` is `a IS NOT DISTINCT FROM b`."""
    return replace(term, op="nullsafeeq", slots=("this", "expression")) if len(term.args) == 2 else term


def _input(term: Term, dialect: str) -> Term:
    """`FLATTEN(INPUT => x)` is `FLATTEN(x)`: the first argument by its name, the others where they say what is so anyway.

    https://docs.snowflake.com/en/sql-reference/functions/flatten
    """
    if dialect == "snowflake" and any(_is_default(arg) for arg in term.args):
        term = term.of_slotted([pair for pair in term.slotted() if not _is_default(pair[0])])
    first = term.args[0] if len(term.args) == 1 else None
    if first is None or first.op != "named" or first.value != "input":
        return term
    return replace(term, args=first.args, slots=term.slots)


def _is_default(argument: Term) -> bool:
    if argument.op != "named":
        return False
    return (argument.value, argument.args[0].op, argument.args[0].value.lower()) in _FLATTEN_DEFAULTS


def _concat(term: Term, dialect: str) -> Term:
    """`CONCAT(a, b)` is `a || b` where both give NULL for a NULL; one in another is one."""
    if dialect == "redshift":
        # The parser takes it for PostgreSQL's, which skips NULLs: https://docs.aws.amazon.com/redshift/latest/dg/r_CONCAT.html
        term = replace(term, value="")
    skips = dialect not in _NULL_THROUGH_CONCAT or "coalesce=True" in term.value
    inner = "concat" if skips else "dpipe"
    args = members(term, inner, term.value if skips else "")
    if skips:
        return replace(term, args=args, slots=("expressions",) * len(args))
    return Term("dpipe", args, ("this",) * len(args)) if len(args) > 1 else term


def _length(term: Term, dialect: str) -> Term:
    """BigQuery's LENGTH of text is CHAR_LENGTH, which takes nothing else."""
    return replace(term, value="") if dialect == "bigquery" and term.value == "binary=True" else term


def _plus(term: Term, dialect: str) -> Term:
    """MySQL's `d + INTERVAL 1 DAY` is `DATE_ADD(d, INTERVAL 1 DAY)`."""
    if len(term.args) != 2 or term.args[1].op != "interval":
        return term
    interval = in_least_units(term.args[1])
    if dialect != "mysql" or interval.slots != ("this", "unit"):
        return term if interval is term.args[1] else replace(term, args=(term.args[0], interval))
    slots = ("this", "expression", "unit")
    return added(Term("dateadd", (term.args[0], *interval.args), slots), dialect)


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
    "adddate": days_added,
    "todate": to_date,
    "toyear": _part_of_date,
    "toquarter": _part_of_date,
    "tomonth": _part_of_date,
    "uniqexact": _unique,
    "datetrunc": truncated,
    "timestamptrunc": truncated,
    "dayofweek": day_of_week,
    "date_part": date_part,
    "interval": plain_interval,
    "sub": _minus,
    "similarto": _positive,
    "regexplike": _positive,
    "regexpilike": _positive,
    "glob": _positive,
    "round": _round,
    "lag": _offset,
    "lead": _offset,
    "trim": _trim,
    "date": cast_to_date,
    "tsordstodate": cast_to_date,
    "nvl2": _nvl2,
    "equalnull": _equal_null,
    "explode": _input,
    "bracket": _element,
    "extract": extracted,
    "tochar": _to_text,
    "groupconcat": _joined_text,
    "now": now,
    "first": _first,
    "last": _first,
    "stddev": _stddev,
    "concat": _concat,
    "length": _length,
    "datesub": subtracted,
    "timestampsub": subtracted,
    "datetimesub": subtracted,
    "dateadd": added,
    "timestampadd": added,
    "datetimeadd": added,
    "add": _plus,
    "bytestring": _escape_string,
    "jsonextract": by_keys,
    "jsonextractscalar": by_keys,
    "jsonbextract": by_keys,
    "jsonbextractscalar": by_keys,
    "jsonb_extract_path": by_keys,
    "jsonb_extract_path_text": by_keys,
}
