"""Functions and operators that are written in two ways: each rule gives one of them for both.

A rule holds for every value, NULL among them, in the dialects that it names; its docstring says why. They look at one
term whose arguments are in normal form already. What needs more than the term's own text stands in `terms`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from contract_gate.sql.algebra import Term

_NULL = Term("null")
_NULL_THROUGH_CONCAT = frozenset({
    "bigquery", "snowflake", "trino", "presto", "athena", "spark", "spark2", "databricks", "hive",
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
    if len(term.args) == 1 and term.value in ("", "safe=False") and dialect in _DATE_IS_CAST:
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
    """`CONCAT(a, b)` is `a || b` where both give NULL for a NULL."""
    if dialect not in _NULL_THROUGH_CONCAT or len(term.args) < 2 or "coalesce=True" in term.value:
        return term
    args: list[Term] = []
    for arg in term.args:
        args.extend(arg.args if arg.op == "dpipe" and not arg.value else (arg,))
    return Term("dpipe", tuple(args), ("this",) * len(args))


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
    "like": _positive,
    "ilike": _positive,
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
