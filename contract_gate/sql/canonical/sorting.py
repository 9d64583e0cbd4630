"""The terms that rows are ordered by, in normal form."""

from collections.abc import Sequence
from dataclasses import replace

from contract_gate.sql.algebra import Term
from contract_gate.sql.canonical.conditions import is_null_test
from contract_gate.sql.canonical.literals import is_whole
from contract_gate.sql.functions import is_volatile
from contract_gate.sql.walk import is_same, parts

_DESC, _NULLS_FIRST = "desc=True", "nulls_first=True"


def sorted_by(order: Sequence[Term]) -> tuple[Term, ...]:
    """`ORDER BY x IS NULL, x` is `ORDER BY x NULLS LAST`; so is `CASE WHEN x IS NULL THEN 1 ELSE 0 END, x`.

    What is first sorted by being NULL or not has all of its NULLs together, wherever the next term would put them.
    """
    found: list[Term] = []
    for term in order:
        first = _puts_nulls_first(found[-1], term) if found else None
        if first is None:
            found.append(term)
        else:
            found[-1] = _with_nulls(term, first)
    return tuple(found)


def ordered(term: Term) -> Term:
    """Bring the ORDER BY of a window or an aggregate into normal form."""
    args = sorted_by(term.args)
    return term if len(args) == len(term.args) else replace(term, args=args, slots=term.slots[: len(args)])


def _puts_nulls_first(flag: Term, term: Term) -> bool | None:
    """Tell where a flag before a term puts its NULLs; None where it is no such flag."""
    if flag.op != "ordered" or term.op != "ordered" or len(flag.args) != 1 or len(term.args) != 1:
        return None
    tested = _flagged(flag.args[0])
    if tested is None or not is_same(tested[0], term.args[0]) or is_volatile(parts(term.args)):
        return None
    return tested[1] is (_DESC in flag.value.split(","))


def _flagged(term: Term) -> tuple[Term, bool] | None:
    """Give what is tested, and whether it being NULL is the greater of the flag's two values."""
    if term.op == "case" and len(term.args) == 3 and is_whole(term.args[1]) and is_whole(term.args[2]):
        inner = _flagged(term.args[0])
        one, other = int(term.args[1].value), int(term.args[2].value)
        return None if inner is None or one == other else (inner[0], inner[1] is (one > other))
    if term.op == "not":
        inner = _flagged(term.args[0])
        return None if inner is None else (inner[0], not inner[1])
    return (term.args[0], True) if is_null_test(term) else None


def _with_nulls(term: Term, first: bool) -> Term:
    flags = [flag for flag in term.value.split(",") if flag and flag != _NULLS_FIRST]
    return replace(term, value=",".join([*flags, _NULLS_FIRST] if first else flags))
