"""Comparisons that say the same where the type of a column is known: whole numbers, dates and times, booleans."""

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import replace

from contract_gate.sql.algebra import Term
from contract_gate.sql.canonical.conditions import is_two_valued
from contract_gate.sql.canonical.literals import DAY, day_of, is_whole
from contract_gate.sql.types import LOCAL_TIMES, is_integer, is_plain_text, is_same_type
from contract_gate.sql.walk import is_made_of

TypeOf = Callable[[Term], str | None]
"""Gives a column's declared or computed type in upper case, None for what is not known."""
DATE_FOR_TEXT = frozenset({"postgres", "redshift", "bigquery", "snowflake", "duckdb"})
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}(\.0+)?\Z")


def whole_numbers(term: Term, type_of: TypeOf) -> Term:
    """`n > 1` is `n >= 2` for a column of whole numbers."""
    low, high = term.args
    if term.op != "lt":
        return term
    if is_whole(low) and is_integer(type_of(high) or ""):
        return replace(term, op="lte", args=(replace(low, value=str(int(low.value) + 1)), high))
    if is_whole(high) and is_integer(type_of(low) or ""):
        return replace(term, op="lte", args=(low, replace(high, value=str(int(high.value) - 1))))
    return term


def timed(term: Term, dialect: str, type_of: TypeOf) -> Term:
    """A literal that is compared with a date or a time has that type, whatever it is written as; a day is a span of time.

    `ts::DATE <= '2024-01-01'` is `ts < '2024-01-02'`, and `EXTRACT(YEAR FROM ts) = 2024` from one new year to the next.
    """
    for place, side in enumerate(term.args):
        other = term.args[1 - place]
        kind = type_of(side)
        found: Term | None = None
        if dialect in DATE_FOR_TEXT and (kind == "DATE" or kind in LOCAL_TIMES):
            literal = _literal(other, kind == "DATE")
            if literal is not None and not is_same_literal(literal, other):
                found = replace(term, args=(literal, side) if place else (side, literal))
        elif side.op == "cast" and side.value == "DATE" and len(side.args) == 1:
            found = _of_days(term, place, _day(other), type_of(side.args[0]))
        elif side.op in ("datetrunc", "timestamptrunc") and len(side.args) == 2:
            found = _of_span(term, place, other, type_of(side.args[0]))
        elif side.op == "extract" and (side.args[0].op, side.args[0].value) == ("word", "year"):
            found = _of_years(term, place, other, type_of(side.args[1]))
        if found is not None:
            return found
    return term


def number_of_truth(term: Term, dialect: str) -> Term | None:
    """`(x IS NULL)::INT` is `CASE WHEN x IS NULL THEN 1 ELSE 0 END`, where a cast gives the type that literals have."""
    if term.op != "cast" or len(term.args) != 1 or not is_two_valued(term.args[0]):
        return None
    if not is_same_type(term.value, _WHOLE_LITERALS.get(dialect, "")):
        return None
    one, zero = (Term("number", value=digit) for digit in "10")
    return Term("if", (term.args[0], one, zero), ("this", "true", "false"))


_WHOLE_LITERALS = {"bigquery": "INT64"} | dict.fromkeys(("postgres", "duckdb", "spark", "databricks"), "INT")
"""The type of a small whole number in engines that cast true to 1."""


def is_as_wide(args: tuple[Term, ...], type_of: TypeOf) -> bool:
    """Tell whether the first of two values is of a type that holds the second as it is, by its type or as a literal."""
    kind, other = (type_of(arg) or "" for arg in args[:2])
    if is_whole(args[1]) and is_integer(kind):
        return True
    sized = _SIZED.fullmatch(kind)
    if args[1].op == "string" and sized is not None:
        return len(args[1].value) <= int(sized[1])
    return bool(kind and other) and is_same_type(kind, other)


_SIZED = re.compile(r"N?VARCHAR\((\d+)\)")


def joined_text(term: Term, dialect: str, type_of: TypeOf) -> Term | None:
    """`CONCAT(a, 'x')` that skips NULLs is `COALESCE(a, '') || 'x'` where all of it is text.

    None elsewhere: CONCAT takes values of any type, and keeps the blanks of a CHAR(5).
    """
    if dialect not in _SKIPS_NULLS or not all(_is_text(arg, type_of) for arg in term.args):
        return None
    args = tuple(
        arg if _is_there(arg) else Term("coalesce", (arg, Term("string")), ("this", "this"))
        for arg in term.args
    )
    return args[0] if len(args) == 1 else Term("dpipe", args, ("this",) * len(args))


def without_wildcards(term: Term, dialect: str, type_of: TypeOf) -> Term | None:
    """`s LIKE 'x'` is `s = 'x'` where s is text, whose blanks at the end both take alike.

    A number is compared with `'01'` as a number and matched as text; Spark pads what is compared with a CHAR(5).
    """
    tested, pattern = term.args[:2]
    if term.op != "like" or pattern.op != "string" or any(mark in pattern.value for mark in "%_\\"):
        return None
    is_text = dialect in _MATCHING_TEXT_ALONE or (dialect in _WITHOUT_PADDING and _is_text(tested, type_of))
    return Term("eq", term.args, ("this", "expression")) if is_text and len(term.args) == 2 else None


_MATCHING_TEXT_ALONE = frozenset({"duckdb", "bigquery"})
_WITHOUT_PADDING = frozenset({"snowflake", "spark", "databricks"})
_SKIPS_NULLS = frozenset({"postgres", "duckdb"})
_TEXT_OF_TEXT = frozenset({"lower", "upper", "trim", "replace", "substring", "coalesce", "dpipe", "concat"})


def _is_there(text: Term) -> bool:
    """Tell whether a text is surely not NULL."""

    def told(part: Term) -> bool | None:
        if part.op == "coalesce":
            return _is_there(part.args[-1])
        return None if part.op == "dpipe" else part.op == "string"

    return is_made_of([text], told)


def _is_text(term: Term, type_of: TypeOf) -> bool:
    """Tell whether all that a term is made of is text; the numbers of SUBSTRING and its like are no matter."""

    def told(part: Term) -> bool | None:
        if part.op in _TEXT_OF_TEXT:
            return None
        kind = part.value if part.op == "cast" and len(part.args) == 1 else type_of(part) or ""
        return part.op in ("string", "number") or is_plain_text(kind)

    return term.op != "number" and is_made_of([term], told)


def is_same_literal(one: Term, other: Term) -> bool:
    """Tell whether the literals are written alike."""
    return (one.op, one.value) == (other.op, other.value) and [a.value for a in one.args] == [
        a.value for a in other.args
    ]


def _literal(term: Term, of_day: bool) -> Term | None:
    """Give a day or a moment as a cast of its full text; None for anything else."""
    cast = term.op == "cast" and len(term.args) == 1 and term.value in ("DATE", *LOCAL_TIMES)
    text = term.args[0] if cast else term
    if text.op != "string":
        return None
    day = DAY.match(text.value)
    if of_day:
        return _date(text.value) if day and (not cast or term.value == "DATE") else None
    if not day and (not _MOMENT.match(text.value) or (cast and term.value == "DATE")):
        return None
    return _time(f"{text.value} 00:00:00" if day else text.value[:19].replace("T", " "))


def _date(text: str) -> Term:
    return Term("cast", (Term("string", value=text),), ("this",), "DATE")


def _time(text: str) -> Term:
    return Term("cast", (Term("string", value=text),), ("this",), "TIMESTAMP")


def _day(term: Term) -> str | None:
    """Give a day as it is spelled, if there is such a day."""
    literal = _literal(term, True)
    found = day_of(literal.args[0].value) if literal is not None else None
    return literal.args[0].value if literal is not None and found is not None and found[0] < 9999 else None


def _next_day(text: str) -> str:
    year, month, day = map(int, text.split("-"))
    if day < monthrange(year, month)[1]:
        day += 1
    elif month < 12:
        month, day = month + 1, 1
    else:
        year, month, day = year + 1, 1, 1
    return f"{year:04}-{month:02}-{day:02}"


def _of_days(term: Term, place: int, day: str | None, kind: str | None) -> Term | None:
    """Write a comparison of a time's day as one of the time."""
    if day is None or kind not in LOCAL_TIMES:
        return None
    begins, ends = (_time(f"{text} 00:00:00") for text in (day, _next_day(day)))
    return _between(term.op, place, term.args[place].args[0], begins, ends)


def _of_span(term: Term, place: int, other: Term, kind: str | None) -> Term | None:
    """Write a comparison of what a time is cut off to, with the first day of such a span, as one of the time."""
    unit, text = term.args[place].argument("unit"), _first_day(other)
    if unit is None or text is None or (kind != "DATE" and kind not in LOCAL_TIMES):
        return None
    year, month, _ = map(int, text.split("-"))
    ends = {"DAY": text, "MONTH": text[:8] + "01", "YEAR": text[:5] + "01-01"}
    named = unit.value.upper()
    if ends.get(named) != text:
        return None
    after = {
        "DAY": _next_day(text),
        "MONTH": f"{year + month // 12:04}-{month % 12 + 1:02}-01",
        "YEAR": f"{year + 1:04}-01-01",
    }[named]
    begins, end = (_date(day) if kind == "DATE" else _time(f"{day} 00:00:00") for day in (text, after))
    return _between(term.op, place, term.args[place].args[0], begins, end)


def _first_day(term: Term) -> str | None:
    """Read a day, or the moment at which it begins."""
    literal = _literal(term, False)
    if literal is None or not literal.args[0].value.endswith(" 00:00:00"):
        return None
    return _day(Term("string", value=literal.args[0].value[:10]))


def _of_years(term: Term, place: int, year: Term, kind: str | None) -> Term | None:
    if not is_whole(year) or not 1000 <= int(year.value) < 9999:
        return None
    moment = term.args[place].args[1]
    if kind != "DATE" and kind not in LOCAL_TIMES:
        return None
    days = [f"{int(year.value) + more:04}-01-01" for more in (0, 1)]
    begins, ends = (_date(day) if kind == "DATE" else _time(f"{day} 00:00:00") for day in days)
    return _between(term.op, place, moment, begins, ends)


def _between(op: str, place: int, moment: Term, begins: Term, ends: Term) -> Term:
    """Compare a moment with a span, from where it begins to before it ends; `place`: on which side the moment stands."""

    def compared(op: str, one: Term, other: Term) -> Term:
        return Term(op, (one, other), ("this", "expression"))

    before, after = compared("lt", moment, begins), compared("lte", ends, moment)
    from_begin, to_end = compared("lte", begins, moment), compared("lt", moment, ends)
    match op:
        case "eq":
            return Term("and", (from_begin, to_end), ("this", "this"))
        case "neq":
            return Term("or", (before, after), ("this", "this"))
        case "lt":
            return after if place else before
        case _:
            return from_begin if place else to_end
