"""Literals that surely differ: in every collation, and whatever type the column has that they are compared with."""

import re
from calendar import monthrange
from decimal import Decimal, InvalidOperation

from contract_gate.core.values import dataclass
from contract_gate.sql.algebra import Term

DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_WHOLE = re.compile(r"(0|[1-9]\d*)\Z")
_TRUE = frozenset({"t", "true", "y", "yes", "on"})
_FALSE = frozenset({"f", "false", "n", "no", "off"})


def told_apart_by(literal: Term) -> object:
    """Give what two literals of one kind must differ in to differ as values; None where that can't be said.

    Numbers differ by value; texts without case and blanks at their ends. A text may be read as a number, a day or a boolean:
    `'1'` and `'01'`, or `'t'` and `'true'`, are one where the column is no text.
    """
    if literal.op == "number":
        try:
            return Decimal(literal.value)
        except InvalidOperation:
            return None
    text = literal.value.strip().casefold()
    if literal.op != "string" or not literal.value.isascii():
        return None
    if text in _TRUE or text in _FALSE:
        return str(text in _TRUE)
    is_spelled_one_way = DAY.match(text) or _WHOLE.match(text) or not text[:1].isdigit()
    return text if is_spelled_one_way and text[:1] not in ("+", "-", ".") else None


def is_whole(term: Term) -> bool:
    """Tell whether the term is a literal whole number, and no long one."""
    digits = term.value.removeprefix("-")
    return term.op == "number" and digits.isascii() and digits.isdigit() and len(digits) < 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A literal that values are compared with. Of one kind the ranks are ordered as the values are, but for `text`.

    `told_apart`: see `told_apart_by`. Whole numbers and fractions are two kinds: a text is read as one or the other.
    """

    kind: str
    value: str
    rank: Decimal | str
    told_apart: object


def point_of(term: Term) -> Point | None:
    """Read a literal, or a day or time that is cast from one; None for any other term, NULL among them."""
    told = told_apart_by(term)
    if term.op == "number" and isinstance(told, Decimal):
        kind = "whole" if _INTEGER.match(term.value) else "fraction"
        return Point(kind=kind, value=f"{told.normalize():f}", rank=told, told_apart=told)
    if term.op == "string":
        kind = "day" if DAY.match(term.value) else "text"
        return Point(kind=kind, value=term.value, rank=term.value, told_apart=told)
    if term.op == "boolean":
        return Point(kind="boolean", value=term.value, rank=term.value, told_apart=term.value)
    if term.op == "cast" and len(term.args) == 1 and term.args[0].op == "string":
        text = term.args[0].value
        if term.value == "DATE":
            return _counted(text)
        if term.value == "TIMESTAMP" and _MOMENT.match(text):
            return Point(kind="TIMESTAMP", value=text, rank=text, told_apart=text)
    return None


def day_of(text: str) -> tuple[int, int, int] | None:
    """Read a day as its year, month and day; None where there is no such day."""
    year, month, day = map(int, text.split("-")) if DAY.match(text) else (0, 0, 0)
    is_there = year and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]
    return (year, month, day) if is_there else None


def _counted(text: str) -> Point | None:
    """Count a day, so that the next one is known (the Julian day number of the proleptic calendar)."""
    found = day_of(text)
    if found is None:
        return None
    year, month, day = found
    early = (14 - month) // 12
    years, months = year + 4800 - early, month + 12 * early - 3
    number = day + (153 * months + 2) // 5 + 365 * years + years // 4 - years // 100 + years // 400
    return Point(kind="DATE", value=str(number), rank=Decimal(number), told_apart=number)


def compared(op: str, one: Term, other: Term) -> bool | None:
    """Compare two literals; None where that depends on a collation or on types."""
    left, right = point_of(one), point_of(other)
    if left is None or right is None or one.op != other.op:
        return None
    if one.op in ("string", "boolean") and op not in ("eq", "neq"):
        return None
    if left.rank == right.rank or one.op != "string":
        order = (left.rank > right.rank) - (left.rank < right.rank)  # type: ignore[operator]
        return {"eq": order == 0, "neq": order != 0, "lt": order < 0, "lte": order <= 0}.get(op)
    if None in (left.told_apart, right.told_apart) or left.told_apart == right.told_apart:
        return None
    return op == "neq"


_INTEGER = re.compile(r"-?\d+\Z")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\Z")
