"""Conditions as a filter sees them: it keeps a row where the condition is true, and drops it for false and for NULL alike.

So more may be rewritten than in a value: `x IS TRUE` keeps what x keeps. Conditions are in normal form already.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import TypeVar

from contract_gate.core.deadline import checkpoint
from contract_gate.sql.algebra import Term
from contract_gate.sql.families import TOTAL_ORDER
from contract_gate.sql.functions import NUMBERS_AND_TEXTS, STRICT, TWO_VALUED, is_volatile
from contract_gate.sql.walk import is_same, parts

TRUE = Term("boolean", value="true")
NULL = Term("null")
ROWS = frozenset({"tuple", "row", "struct"})
"""Values of several columns, of which some may be NULL."""
OPPOSITE = {"eq": "neq", "neq": "eq", "lt": "gte", "gte": "lt", "lte": "gt", "gt": "lte"}
OPPOSITE_DISTINCT = {"nullsafeeq": "nullsafeneq", "nullsafeneq": "nullsafeeq"}
FLIPPED = {"gt": "lt", "gte": "lte"}
PREDICATES = frozenset({
    "eq", "neq", "lt", "lte", "gt", "gte", "and", "or", "not", "is", "in", "in_query", "exists", "exists()", "like", "ilike",
    "between", "nullsafeeq", "nullsafeneq", "boolean", "regexplike",
})  # fmt: skip
COMPARED = frozenset({"eq", "neq", "lt", "lte"})
"""Comparisons in normal form."""
COMPARISONS = COMPARED | {"like", "ilike"}
QUANTIFIED = frozenset({"any", "all", "any_query", "all_query"})
_PLAIN = re.compile(r"-?\d+(\.\d+)?\Z")


def is_two_valued(condition: Term) -> bool:
    """Tell whether a condition is never NULL: IS, EXISTS, IS DISTINCT FROM and what is made of them."""
    if condition.op in ("not", "and", "or"):
        return all(is_two_valued(arg) for arg in condition.args)
    return condition.op in TWO_VALUED


def conjunction(terms: Iterable[Term]) -> Term | None:
    """Join conditions by AND, flat; None for none."""
    flat: list[Term] = []
    for term in terms:
        flat.extend(term.args if term.op == "and" else (term,))
    if len(flat) < 2:
        return flat[0] if flat else None
    return Term("and", tuple(flat), ("this",) * len(flat))


def conjuncts(term: Term | None) -> tuple[Term, ...]:
    """Split a condition in normal form at its ANDs."""
    if term is None:
        return ()
    return term.args if term.op == "and" else (term,)


def is_ordered(comparison: Term, dialect: str) -> bool:
    """Tell whether no NaN can stand on either side: by the dialect, or because it compares text or dates."""
    literal = any(arg.op == "string" for arg in comparison.args)
    dated = any(arg.op == "cast" and arg.value.startswith(("DATE", "TIME")) for arg in comparison.args)
    return dialect in TOTAL_ORDER or literal or dated


def kept(condition: Term, again: Callable[[Term], Term]) -> Term:
    """Give the plainest condition that is true of the same rows; `again` brings a new term into normal form."""
    if condition.op in ("and", "or"):
        changed = condition.over(tuple(kept(arg, again) for arg in condition.args))
        return _rejoined(condition, again) if changed is condition else kept(again(changed), again)
    found = _plainer(condition)
    return condition if found is None else kept(again(found), again)


def _rejoined(condition: Term, again: Callable[[Term], Term]) -> Term:
    """Leave out what other parts imply, and take `a = b OR (a IS NULL AND b IS NULL)` for IS NOT DISTINCT FROM."""
    if condition.op == "and":
        left = without_implied(condition.args)
        return condition if len(left) == len(condition.args) else conjunction(left) or condition
    same = _null_safe(condition.args)
    return condition if same is None else kept(again(same), again)


def _plainer(condition: Term) -> Term | None:
    match condition.op:
        case "is" if not condition.value and is_boolean(condition.args[1], "true"):
            return condition.args[0]
        case "coalesce" if len(condition.args) == 2 and is_boolean(condition.args[1], "false"):
            return condition.args[0]
        case "case":
            return _of_case(condition)
        case "not":
            return _negated(condition.args[0])
        case "in":
            return _without_null_members(condition)
        case "eq":
            return _contained(condition)
        case _:
            return None


def _of_case(case: Term) -> Term | None:
    """`CASE WHEN c THEN x ELSE FALSE END` is true where c and x are, `CASE WHEN c THEN TRUE ELSE x END` where one is."""
    if len(case.args) != 3:
        return None
    when, then, default = case.args
    if default.op == "null" or is_boolean(default, "false"):
        return Term("and", (when, then), ("this", "this"))
    if is_boolean(then, "true"):
        return Term("or", (when, default), ("this", "this"))
    if then.op == "null" or is_boolean(then, "false"):
        otherwise = Term("not", (Term("is", (when, TRUE), ("this", "expression")),), ("this",))
        return Term("and", (otherwise, default), ("this", "this"))
    return None


def _negated(inner: Term) -> Term | None:
    if inner.op == "not":
        return inner.args[0]
    if inner.op == "coalesce" and len(inner.args) == 2 and is_boolean(inner.args[1], "false"):
        return Term("not", (Term("is", (inner.args[0], TRUE), ("this", "expression")),), ("this",))
    return None


def spelled_out(condition: Term) -> Term:
    """`(x = 1) IS NOT TRUE` is `x <> 1 OR x IS NULL`, as IS DISTINCT FROM is spelled."""
    inner = condition.args[0] if condition.op == "not" else condition
    asked = inner.op == "is" and not inner.value and is_boolean(inner.args[1], "true")
    compared = inner.args[0] if asked and inner is not condition else condition
    if compared is condition or compared.op != "eq" or is_volatile(parts([compared])):
        return condition
    tested = [arg for arg in compared.args if arg.op not in NUMBERS_AND_TEXTS]
    if len(tested) != 1 or tested[0].op in ROWS | QUANTIFIED:
        return condition
    missing = Term("is", (tested[0], NULL), ("this", "expression"))
    return Term("or", (replace(compared, op="neq"), missing), ("this", "this"))


def _without_null_members(condition: Term) -> Term | None:
    """`x IN (1, NULL)` is true where `x IN (1)` is, and NULL instead of false elsewhere."""
    members = condition.arguments("expressions")
    there = tuple(member for member in members if member.op != "null")
    tested = condition.argument("this")
    if tested is None or not there or len(there) == len(members) or len(members) + 1 != len(condition.args):
        return None
    return replace(condition, args=(tested, *there), slots=("this",) + ("expressions",) * len(there))


def _contained(condition: Term) -> Term | None:
    """`1 = ANY (list)` is true where the list has a 1, as LIST_CONTAINS says (they differ in NULL and false)."""
    for one, other in (condition.args, condition.args[::-1]):
        is_list = other.op == "any" and len(other.args) == 1 and other.args[0].op in ("column", "field")
        if is_list and one.op in NUMBERS_AND_TEXTS:
            return Term("arraycontains", (other.args[0], one), ("this", "expression"))
    return None


def _null_safe(operands: Sequence[Term]) -> Term | None:
    """Take `a = b OR (a IS NULL AND b IS NULL)`, whose NULL is false here, for `a IS NOT DISTINCT FROM b`."""
    if len(operands) != 2:
        return None
    for equal, both in (operands, operands[::-1]):
        if equal.op != "eq" or both.op != "and" or len(both.args) != 2 or is_volatile(parts(operands)):
            continue
        tested = [part.args[0] for part in both.args if is_null_test(part)]
        for pair in (tested, tested[::-1]):
            if len(pair) == 2 and all(is_same(x, y) for x, y in zip(pair, equal.args, strict=True)):
                return replace(equal, op="nullsafeeq", slots=("this", "expression"))
    return None


def without_implied(conditions: Sequence[Term]) -> tuple[Term, ...]:
    """Leave out `x IS NOT NULL` beside a condition that is never true of NULL, and a bound beside a closer one."""
    found = list(conditions)
    for condition in conditions:
        is_implied_by = _implied(condition)
        if is_implied_by is not None:
            checkpoint()
            others = [other for other in found if other is not condition]
            if any(map(is_implied_by, others)):
                found = others
    return tuple(found)


def _implied(condition: Term) -> Callable[[Term], bool] | None:
    """Give what tells of another condition whether it implies this one; None where none does."""
    if says_not_null(condition):
        return partial(rejects, tested=_tested(condition))
    return partial(_is_closer, other=condition) if condition.op in ("lt", "lte") else None


def with_plain_equalities(conditions: Sequence[Term], around: Sequence[Term] = ()) -> tuple[Term, ...]:
    """`a IS NOT DISTINCT FROM b` is `a = b` beside a condition (or one `around` them all) that is never true of NULL."""
    found: list[Term] = []
    for condition in conditions:
        is_plain = condition.op == "nullsafeeq" and not any(
            arg.op in ROWS | QUANTIFIED for arg in condition.args
        )
        others = (*around, *(each for each in conditions if each is not condition)) if is_plain else ()
        if any(rejects(other, arg) for other in others for arg in condition.args):
            found.append(replace(condition, op="eq", slots=("this", "expression")))
        else:
            found.append(condition)
    return tuple(found)


def says_not_null(condition: Term) -> bool:
    """Tell whether the condition is `x IS NOT NULL`."""
    return condition.op == "not" and is_null_test(condition.args[0]) and not is_volatile(parts([condition]))


def _tested(condition: Term) -> Term:
    return condition.args[0].args[0]


Tested = TypeVar("Tested")


def rejected(condition: Term, strict: Callable[[Term], set[Tested]]) -> set[Tested]:
    """Give the things whose being NULL keeps the condition from being true. `strict`: those that make a term NULL."""
    if condition.op == "and":
        return set.union(*(rejected(arg, strict) for arg in condition.args))
    if condition.op == "or":
        return set.intersection(*(rejected(arg, strict) for arg in condition.args))
    if condition.op in COMPARISONS and not any(arg.op in QUANTIFIED for arg in condition.args):
        return set.union(*map(strict, condition.args))
    if condition.op in ("in", "in_query") and condition.args:
        return strict(condition.args[0])
    inner = condition.args[0] if condition.op == "not" else None
    if inner is not None and inner.op in ("like", "ilike", "in"):
        return rejected(inner, strict)
    return strict(inner.args[0]) if inner is not None and is_null_test(inner) else set()


def rejects(condition: Term, tested: Term) -> bool:
    """Tell whether the condition is not true where this term is NULL."""
    return bool(rejected(condition, lambda term: {True} if is_strict_in(term, tested) else set()))


def is_strict_in(term: Term, tested: Term) -> bool:
    """Tell whether the term is NULL where the tested one is."""
    return any(is_same(part, tested) for part in strict_parts(term))


def strict_parts(term: Term, also: Collection[str] = ()) -> Iterator[Term]:
    """Give a term and all below it whose being NULL makes it NULL, each once. `also`: functions of one argument that are so too."""
    seen: set[int] = set()
    stack = [term]
    while stack:
        part = stack.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        yield part
        is_strict = part.op in STRICT and (part.op != "cast" or len(part.args) == 1)
        if is_strict or (part.op in also and len(part.args) == 1):
            stack.extend(part.args)


def _is_closer(one: Term, other: Term) -> bool:
    """Tell whether a bound on a term implies the other: `x > 3` is at most where `x > 1` is."""
    if one.op not in ("lt", "lte"):
        return False
    for place, sign in ((0, 1), (1, -1)):
        near, far = one.args[place], other.args[place]
        if _is_plain(near) and _is_plain(far) and is_same(one.args[1 - place], other.args[1 - place]):
            gap = sign * (Decimal(near.value) - Decimal(far.value))
            is_closer = gap > 0 or (gap == 0 and one.op == "lt" and other.op == "lte")
            return is_closer and not is_volatile(parts([one]))
    return False


def _is_plain(term: Term) -> bool:
    return term.op == "number" and _PLAIN.match(term.value) is not None


def is_null_test(condition: Term) -> bool:
    """Tell whether the condition is `x IS NULL` of one value."""
    return (
        condition.op == "is"
        and not condition.value
        and len(condition.args) == 2
        and condition.args[1].op == "null"
        and condition.args[0].op not in ROWS
    )


def is_boolean(term: Term, value: str) -> bool:
    """Tell whether the term is the literal TRUE (or FALSE)."""
    return (term.op, term.value) == ("boolean", value)
