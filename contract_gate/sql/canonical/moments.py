"""Spellings of dates, times and intervals that mean the same."""

from dataclasses import replace

from contract_gate.sql.algebra import Term
from contract_gate.sql.canonical.literals import is_whole
from contract_gate.sql.families import POSTGRES, SPARK, TRINO
from contract_gate.sql.functions import NUMBERS_AND_TEXTS

_DATE_IS_CAST = POSTGRES | TRINO | (SPARK - {"hive"}) | {"duckdb", "bigquery", "snowflake", "mysql"}


def plain_interval(term: Term, _dialect: str) -> Term:
    """`INTERVAL '2 days'` is `INTERVAL 2 DAY`."""
    amount, unit = term.argument("this"), term.argument("unit")
    if amount is None or unit is None or unit.op != "word" or len(term.args) != 2:
        return term
    signed = signed_amount(amount)
    word = replace(unit, value=unit.value.removesuffix("s")) if unit.value in _PLURALS else unit
    if word is unit and (signed is None or (amount.op, amount.value) == ("string", signed)):
        return term
    plain = amount if signed is None else Term("string", value=signed)
    return replace(term, args=tuple(plain if arg is amount else word for arg in term.args))


_PLURALS = frozenset({
    "years", "quarters", "months", "weeks", "days", "hours", "minutes", "seconds", "milliseconds", "microseconds",
})  # fmt: skip


def day_of_week(term: Term, dialect: str) -> Term:
    """DuckDB's `DAYOFWEEK(d)` is `EXTRACT(DOW FROM d)`."""
    if dialect != "duckdb" or len(term.args) != 1:
        return term
    return Term("extract", (Term("word", value="dow"), term.args[0]), ("this", "expression"))


def without_cast_to_day(extract: Term, dialect: str) -> Term:
    """Spark's YEAR(x) and EXTRACT(YEAR FROM x) take the day of x, whether it is cast to one or not."""
    part, value = extract.args if len(extract.args) == 2 else (extract, extract)
    if dialect not in SPARK or part.value not in ("year", "quarter", "month", "day"):
        return extract
    cast = value.op == "cast" and value.value == "DATE" and len(value.args) == 1
    return replace(extract, args=(part, value.args[0])) if cast else extract


def days_added(term: Term, dialect: str) -> Term:
    """MySQL's `ADDDATE(d, 1)` is `DATE_ADD(d, INTERVAL 1 DAY)`."""
    amount = term.args[1] if len(term.args) == 2 else None
    if dialect != "mysql" or amount is None or not is_whole(amount):
        return term
    unit = Term("word", value="day")
    return added(Term("dateadd", (term.args[0], amount, unit), ("this", "expression", "unit")), dialect)


def to_date(term: Term, dialect: str) -> Term:
    """ClickHouse's `toDate(x)` casts."""
    plain = dialect == "clickhouse" and len(term.args) == 1
    return Term("cast", term.args, ("this",), "DATE") if plain else term


def truncated(term: Term, dialect: str) -> Term:
    """Spark's units go by several names, a word or a text, in any case."""
    unit = term.argument("unit")
    if unit is None or dialect not in SPARK or unit.op not in ("word", "string"):
        return term
    spelled = unit.value.upper()
    named = _UNITS.get(spelled, spelled)
    named = named.lower() if unit.op == "word" else named
    if unit.value == named:
        return term
    return replace(term, args=tuple(replace(unit, value=named) if arg is unit else arg for arg in term.args))


_UNITS = {"MM": "MONTH", "MON": "MONTH", "YYYY": "YEAR", "YY": "YEAR", "DD": "DAY", "Q": "QUARTER"}


def date_part(term: Term, dialect: str) -> Term:
    """`DATE_PART('year', d)` is `EXTRACT(YEAR FROM d)`."""
    if dialect not in _DATE_PART or len(term.args) != 2 or term.args[0].op != "string":
        return term
    return extracted(Term("extract", term.args, ("this", "expression")), dialect)


_DATE_PART = POSTGRES | (SPARK - {"hive"}) | {"duckdb", "snowflake"}


def cast_to_date(term: Term, dialect: str) -> Term:
    """`DATE(x)` and `TO_DATE(x)`, without a zone or a format, cast."""
    cast = term.value in ("", "safe=False") or (term.value == "safe=True" and dialect in SPARK)
    if len(term.args) == 1 and cast and dialect in _DATE_IS_CAST:
        return Term("cast", term.args, ("this",), "DATE")
    return term


def extracted(term: Term, dialect: str) -> Term:
    """`DATE_PART('year', x)` is `EXTRACT(YEAR FROM x)`; in BigQuery `EXTRACT(DATE FROM x)` is `DATE(x)`."""
    part, value = term.args
    if dialect == "bigquery" and (part.op, part.value) == ("word", "date") and value.op != "attimezone":
        return Term("cast", (value,), ("this",), "DATE")
    if part.op == "string" and part.value.isalpha():
        return replace(term, args=(Term("word", value=part.value.lower()), value))
    return term


def now(term: Term, dialect: str) -> Term:
    """MySQL's NOW() and CURRENT_TIMESTAMP are synonyms."""
    return Term("currenttimestamp") if dialect == "mysql" and not term.args else term


def signed_amount(amount: Term) -> str | None:
    if amount.op == "neg" and amount.args[0].op in NUMBERS_AND_TEXTS and amount.args[0].value.isdigit():
        return f"-{amount.args[0].value}"
    is_whole_number = amount.op in NUMBERS_AND_TEXTS and amount.value.lstrip("-").isdigit()
    return amount.value if is_whole_number else None


def subtracted(term: Term, _dialect: str) -> Term:
    """To subtract a literal interval is to add the negative one."""
    amount = term.argument("expression")
    if amount is None or amount.op not in NUMBERS_AND_TEXTS or not amount.value.isdigit():
        return term
    negative = Term("string", value=f"-{amount.value}")
    args = tuple(negative if arg is amount else arg for arg in term.args)
    return replace(term, op=term.op.removesuffix("sub") + "add", args=args)


def added(term: Term, _dialect: str) -> Term:
    """The amount of an interval is one number, quoted or not, with its sign in front."""
    amount = term.argument("expression")
    plain = signed_amount(amount) if amount is not None else None
    if plain is None:
        return term
    bare = Term("string", value=plain)
    return in_least_units(replace(term, args=tuple(bare if arg is amount else arg for arg in term.args)))


def in_least_units(span: Term) -> Term:
    """A week that is added is seven days, a quarter three months, a year twelve.

    Only of what is added to a date: buckets of a week begin on a Monday, of seven days not.
    """
    amount, unit = span.argument("this" if span.op == "interval" else "expression"), span.argument("unit")
    if amount is None or unit is None or amount.op != "string" or unit.op != "word":
        return span
    least = _LEAST.get(unit.value.lower())
    if least is None or not amount.value.lstrip("-").isdigit():
        return span
    count = int(amount.value) * least[1]
    if abs(count) >= _SMALLEST_OVERFLOW:
        return span
    new = {id(amount): Term("string", value=str(count)), id(unit): replace(unit, value=least[0])}
    return replace(span, args=tuple(new.get(id(arg), arg) for arg in span.args))


_LEAST = {"week": ("day", 7), "quarter": ("month", 3), "year": ("month", 12)}
_SMALLEST_OVERFLOW = 2**31
