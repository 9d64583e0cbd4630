"""Literals that surely differ: in every collation, and whatever type the column has that they are compared with."""

import re
from decimal import Decimal, InvalidOperation

from contract_gate.sql.algebra import Term

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
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
    is_spelled_one_way = _DAY.match(text) or _WHOLE.match(text) or not text[:1].isdigit()
    return text if is_spelled_one_way and text[:1] not in ("+", "-", ".") else None


def is_whole(term: Term) -> bool:
    """Tell whether the term is a literal whole number, and no long one."""
    digits = term.value.removeprefix("-")
    return term.op == "number" and digits.isascii() and digits.isdigit() and len(digits) < 10
