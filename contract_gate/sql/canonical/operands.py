"""Operands whose order says nothing, and those that say what they say once."""

from collections.abc import Iterable

from contract_gate.sql.algebra import Term
from contract_gate.sql.families import TSQL
from contract_gate.sql.functions import is_volatile
from contract_gate.sql.walk import parts

_COMMUTATIVE = frozenset({
    "and", "or", "eq", "neq", "add", "mul", "bitwiseand", "bitwiseor", "bitwisexor", "nullsafeeq", "nullsafeneq",
    "greatest", "least", "in", "cube", "groupingsets", "keyset",
})  # fmt: skip
"""Operators whose operands may change places. IEEE 754 sums and products of two commute (they do not associate)."""
_STRING_PLUS = TSQL | {""}
SETS = frozenset({"and", "or", "in"})


def commutes(term: Term, dialect: str) -> bool:
    """Tell whether the operands may change places."""
    if term.op not in _COMMUTATIVE or (term.op == "add" and dialect in _STRING_PLUS):
        return term.op == "add" and any(arg.op == "number" for arg in term.args)
    return term.op != "in" or "expressions" in term.slots


def once(digests: list[str], terms: list[Term]) -> Iterable[str]:
    """A condition that is there twice says what it says once, unless each is asked anew (`random() < 0.5`)."""
    single = set(digests)
    return digests if len(single) < len(digests) and is_volatile(parts(terms)) else single


_MOST_MEMBERS = 500
"""A text that is joined with itself in each of many CTEs has twice as many parts in the next."""


def members(term: Term, op: str, value: str) -> tuple[Term, ...]:
    """Give the operands, and in the place of those that are this operator too, theirs; as they are where these are too many."""
    found: list[Term] = []
    for arg in term.args:
        found.extend(arg.args if (arg.op, arg.value) == (op, value) else (arg,))
    return tuple(found) if len(found) <= _MOST_MEMBERS else term.args
