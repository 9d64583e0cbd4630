"""CASE in normal form: a searched CASE with as few branches as say the same, or the COALESCE that it spells.

Conditions and results are in normal form already. A branch is taken where its condition is true, not where it is NULL.
"""

from collections.abc import Callable

from contract_gate.sql.algebra import Term
from contract_gate.sql.functions import is_volatile
from contract_gate.sql.walk import is_same, parts

_TWO_VALUED = frozenset({"is", "exists", "nullsafeeq", "nullsafeneq"})
"""Conditions that are never NULL: IS, EXISTS, IS DISTINCT FROM."""


def searched(branches: list[Term], default: Term, either: Callable[[Term, Term], Term]) -> Term:
    """Make a term of conditions and results by turns and of the ELSE; `either` joins two conditions by OR."""
    if default.op == "case" and "when" in default.slots:
        branches, default = [*branches, *default.args[:-1]], default.args[-1]
    branches = _joined(branches, either)
    while branches:
        *rest, when, then = branches
        short = _as_coalesce(when, then, default)
        if short is None:
            break
        branches, default = rest, short
    if not branches:
        return default
    *rest, when, then = branches
    if when.op == "not" and when.args[0].op in _TWO_VALUED and default.op != "case":
        # Never NULL, so that ELSE is taken where it is false: the two results change places.
        branches, default = [*rest, when.args[0], default], then
        if default.op == "case" and "when" in default.slots:
            branches, default = [*branches, *default.args[:-1]], default.args[-1]
    return Term("case", (*branches, default), (*("when", "then") * (len(branches) // 2), "default"))


def _joined(branches: list[Term], either: Callable[[Term, Term], Term]) -> list[Term]:
    """`WHEN a THEN x WHEN b THEN x` is `WHEN a OR b THEN x`: either being true is enough, in this place of the order."""
    found: list[Term] = []
    for when, then in zip(branches[::2], branches[1::2], strict=True):
        if found and is_same(found[-1], then) and not is_volatile(parts([found[-2], when])):
            found[-2] = either(found[-2], when)
        else:
            found += [when, then]
    return found


def _as_coalesce(when: Term, then: Term, default: Term) -> Term | None:
    """`WHEN x IS NULL THEN y ELSE x` and `WHEN x IS NOT NULL THEN x ELSE y` are COALESCE(x, y)."""
    negated = when.op == "not"
    test = when.args[0] if negated else when
    if test.op != "is" or test.value or len(test.args) != 2 or test.args[1].op != "null":
        return None
    first, second = (then, default) if negated else (default, then)
    if not _is_tested(test.args[0], first) or second.op in ("null", "case"):
        return None
    more = second.args if second.op == "coalesce" and not second.value else (second,)
    return Term("coalesce", (first, *more), ("this",) * (len(more) + 1))


def _is_tested(tested: Term, result: Term) -> bool:
    """Tell whether the result is what was tested, and the same when computed again."""
    if tested.op in ("tuple", "row", "struct") or any(p.query is not None for p in parts([tested])):
        return False
    return is_same(tested, result) and not is_volatile(parts([tested]))
