"""What is said of NULL by a default, a test or a null-safe comparison, in one way each.

Each rewrite gives the same value for every value, NULL among them, so that it holds in a select list and under NOT.
"""

from dataclasses import replace

from contract_gate.sql.algebra import Term
from contract_gate.sql.canonical.conditions import NULL
from contract_gate.sql.canonical.literals import compared
from contract_gate.sql.functions import LITERALS, is_never_null, is_volatile
from contract_gate.sql.walk import is_same, parts


def _is_null(term: Term) -> Term:
    return Term("is", (term, NULL), ("this", "expression"))


def _is_not_null(term: Term) -> Term:
    return Term("not", (_is_null(term),), ("this",))


def _both(op: str, one: Term, other: Term) -> Term:
    return Term(op, (one, other), ("this", "this"))


def null_test(test: Term) -> Term | None:
    """Take the default or the CASE out of `… IS NULL`: COALESCE is NULL where all of it is, NULLIF(x, 1) where x is 1 or NULL."""
    if test.value or len(test.args) != 2 or test.args[1].op != "null":
        return None
    tested = test.args[0]
    if is_volatile(parts([tested])):
        return None
    if tested.op == "coalesce" and not tested.value:
        if any(map(is_never_null, tested.args)):
            return None
        return Term("and", tuple(_is_null(arg) for arg in tested.args), ("this",) * len(tested.args))
    if tested.op == "case" and len(tested.args) == 3 and tested.args[2].op == "null":
        when, then, _ = tested.args
        literal = any(arg.op in LITERALS for arg in when.args)
        if when.op == "neq" and literal and any(is_same(arg, then) for arg in when.args):
            return _both("or", replace(when, op="eq"), _is_null(then))
    return None


def from_literal(comparison: Term) -> Term | None:
    """Write IS [NOT] DISTINCT FROM a literal as a plain comparison and a test for NULL."""
    for tested, literal in (comparison.args, comparison.args[::-1]):
        if literal.op == "null" and not comparison.value:
            return _is_null(tested) if comparison.op == "nullsafeeq" else _is_not_null(tested)
        if literal.op in LITERALS and tested.op not in LITERALS and not is_volatile(parts([tested])):
            if comparison.op == "nullsafeeq":
                return _both("and", replace(comparison, op="eq"), _is_not_null(tested))
            return _both("or", replace(comparison, op="neq"), _is_null(tested))
    return None


def with_default(comparison: Term) -> Term | None:
    """`COALESCE(x, 0) > 1` is `x > 1 AND x IS NOT NULL`, `COALESCE(x, 0) < 1` is `x < 1 OR x IS NULL`.

    None where a literal is not the last of COALESCE and the other side, or nobody knows how the two compare.
    """
    for place, side in enumerate(comparison.args):
        other = comparison.args[1 - place]
        if side.op != "coalesce" or side.value or other.op not in LITERALS or is_volatile(parts([side])):
            continue
        default = side.args[-1]
        ordered = (default, other) if place == 0 else (other, default)
        told = compared(comparison.op, *ordered)
        if told is None:
            continue
        rest = side.args[:-1]
        value = rest[0] if len(rest) == 1 else replace(side, args=rest, slots=side.slots[:-1])
        args = (value, other) if place == 0 else (other, value)
        bare = replace(comparison, args=args)
        return _both("or", bare, _is_null(value)) if told else _both("and", bare, _is_not_null(value))
    return None


def first_of_each(args: list[Term]) -> list[Term]:
    """Give the arguments of COALESCE that can decide it: no NULL, none twice, none after one that is never NULL."""
    found: list[Term] = []
    for arg in args:
        if arg.op == "null" or (any(is_same(arg, x) for x in found) and not is_volatile(parts([arg]))):
            continue
        found.append(arg)
        if is_never_null(arg):
            break
    return found or args[:1]
