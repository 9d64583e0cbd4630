"""CASE in normal form: a searched CASE with as few branches as say the same, or the COALESCE that it spells.

Conditions and results are in normal form already. A branch is taken where its condition is true, not where it is NULL.
"""

from collections.abc import Callable
from dataclasses import replace

from contract_gate.sql.algebra import Term
from contract_gate.sql.canonical.conditions import (
    COMPARED,
    NULL,
    ROWS,
    TRUE,
    conjuncts,
    is_boolean,
    is_null_test,
    is_strict_in,
    is_two_valued,
    says_not_null,
)
from contract_gate.sql.canonical.literals import told_apart_by
from contract_gate.sql.functions import NUMBERS_AND_TEXTS, is_volatile
from contract_gate.sql.walk import is_same, parts


def searched(branches: list[Term], default: Term, either: Callable[[Term, Term], Term]) -> Term:
    """Make a term of conditions and results by turns and of the ELSE; `either` joins two conditions by OR."""
    branches, default = _continued(branches, default)
    branches = _joined(_in_order(branches), either)
    while len(branches) > 1 and is_same(branches[-1], default) and not is_volatile(parts(branches[-2:-1])):
        branches = branches[:-2]  # whether it is taken or not
    while branches:
        *rest, when, then = branches
        short = _as_coalesce(when, then, default)
        if short is None:
            break
        branches, default = rest, short
    if not branches:
        return default
    *rest, when, then = branches
    if not rest:
        plainer = _as_condition(when, then, default)
        if plainer is not None:
            return plainer
    if when.op == "not" and is_two_valued(when) and default.op != "case":
        # Never NULL, so that ELSE is taken where it is false: the two results change places.
        branches, default = _continued([*rest, when.args[0], default], then)
    return Term("case", (*branches, default), (*("when", "then") * (len(branches) // 2), "default"))


def decoded(term: Term, simplified: Callable[[Term], Term]) -> tuple[list[Term], Term] | None:
    """Give conditions, results and the ELSE of a DECODE; None where it has no pair of them.

    `DECODE(x, 'a', 1, 0)` is `CASE WHEN x IS NOT DISTINCT FROM 'a' THEN 1 ELSE 0 END`: a NULL finds NULL.
    """
    tested, *rest = term.args
    if len(rest) < 2 or is_volatile(parts([tested])):
        return None
    default = rest.pop() if len(rest) % 2 else NULL
    branches = [
        simplified(Term("nullsafeeq", (tested, part), ("this", "expression"))) if place % 2 == 0 else part
        for place, part in enumerate(rest)
    ]
    return branches, default


def _continued(branches: list[Term], default: Term) -> tuple[list[Term], Term]:
    """A CASE in ELSE goes on."""
    if default.op == "case" and "when" in default.slots:
        return [*branches, *default.args[:-1]], default.args[-1]
    return branches, default


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
    if tested.op in ROWS or any(p.query is not None for p in parts([tested])):
        return False
    return is_same(tested, result) and not is_volatile(parts([tested]))


def _as_condition(when: Term, then: Term, default: Term) -> Term | None:
    """`CASE WHEN c THEN TRUE ELSE FALSE END` is `c IS TRUE`, with the results changed NOT that."""
    is_true = when if is_two_valued(when) else Term("is", (when, TRUE), ("this", "expression"))
    if is_boolean(then, "true") and is_boolean(default, "false"):
        return is_true
    if is_boolean(then, "false") and is_boolean(default, "true"):
        return is_true.args[0] if is_true.op == "not" else Term("not", (is_true,), ("this",))
    return None


def with_null_last(case: Term, opposite: Callable[[Term], Term]) -> Term:
    """`CASE WHEN x = 1 THEN NULL ELSE y END` is `CASE WHEN x <> 1 THEN y END` where y is NULL whenever x is.

    For a NULL condition the one gives y, which is NULL, the other NULL. `CASE WHEN x IS NOT NULL THEN y END` is y there.
    """
    if case.op != "case" or len(case.args) != 3 or is_volatile(parts(case.args)):
        return case
    when, then, default = case.args
    if _asks_what_is_needed(when, then, default):
        return then if default.op == "null" else default
    if then.op != "null" or when.op not in COMPARED or default.op in ("null", "case"):
        return case
    tested = [arg for arg in when.args if arg.op not in NUMBERS_AND_TEXTS]
    if not tested or not all(is_strict_in(default, arg) for arg in tested):
        return case
    turned = opposite(when)
    return case if turned.op == "not" else replace(case, args=(turned, default, NULL))


def _asks_what_is_needed(when: Term, then: Term, default: Term) -> bool:
    """Tell whether a CASE is NULL only where a part is NULL that makes its other result NULL in any case."""
    if default.op == "null":
        result, tests = then, [part.args[0] if part.op == "not" else part for part in conjuncts(when)]
        is_asked = all(map(says_not_null, conjuncts(when)))
    else:
        result, tests = default, [*(when.args if when.op == "or" else (when,))]
        is_asked = then.op == "null" and all(map(is_null_test, tests))
    return is_asked and all(is_strict_in(result, test.args[0]) for test in tests)


def around(term: Term) -> Term | None:
    """`x / CASE WHEN c THEN y END` is `CASE WHEN c THEN x / y END`: NULL makes all of a strict operation NULL.

    None where no argument is such a CASE of one branch.
    """
    for place, arg in enumerate(term.args):
        if arg.op != "case" or len(arg.args) != 3 or "null" not in (arg.args[1].op, arg.args[2].op):
            continue
        results = tuple(
            NULL
            if result.op == "null"
            else replace(term, args=(*term.args[:place], result, *term.args[place + 1 :]))
            for result in arg.args[1:]
        )
        return replace(arg, args=(arg.args[0], *results))
    return None


def _in_order(branches: list[Term]) -> list[Term]:
    """Branches that compare one term with different literals may change places: at most one of them is true.

    They are sorted by result, then by literal, so that what gives one result stands together.
    """
    pairs = list(zip(branches[::2], branches[1::2], strict=True))
    found: list[Term] = []
    start = 0
    while start < len(pairs):
        end = start + _disjoint_from(pairs, start)
        run = pairs[start:end]
        if len(run) > 1:
            first = {id(then): min(_key(w) for w, t in run if is_same(t, then)) for _, then in run}
            run = sorted(run, key=lambda pair: (first[id(pair[1])], _key(pair[0])))
        found += [part for pair in run for part in pair]
        start = end
    return found


def _key(when: Term) -> list[tuple[str, str]]:
    return sorted((value.op, value.value) for _, value in _equalities(when) or ())


def _disjoint_from(pairs: list[tuple[Term, Term]], start: int) -> int:
    """Count the branches from here on that compare one term with literals no two of which are equal."""
    seen: list[object] = []
    tested: Term | None = None
    for count, (when, _) in enumerate(pairs[start:]):
        equal = _equalities(when)
        if not equal or is_volatile(parts([when])):
            return count or 1
        tested = tested or equal[0][0]
        values = [told_apart_by(value) for _, value in equal]
        kinds = {type(value) for value in (*seen, *values)}
        if len(kinds) > 1 or None in values or any(value in seen for value in values):
            return count or 1
        if not all(is_same(term, tested) for term, _ in equal):
            return count or 1
        seen += values
    return len(pairs) - start


def _equalities(when: Term) -> list[tuple[Term, Term]] | None:
    """Read `x = 1 OR x = 2` as pairs of x and a literal; None for any other condition."""
    found = []
    for part in when.args if when.op == "or" else (when,):
        if part.op != "eq":
            return None
        one, other = part.args if part.args[1].op in NUMBERS_AND_TEXTS else part.args[::-1]
        if other.op not in NUMBERS_AND_TEXTS or one.op in NUMBERS_AND_TEXTS:
            return None
        found.append((one, other))
    return found
