"""The values that get a row through the filters: what each side's plain comparisons, taken together, let pass.

With many conditions joined by AND, rows made of any telling values almost never pass all of them; rows made of these
do. Both sides' filters count, each alone, so that the boundary between them stays in.
"""

import operator
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TypeGuard

from sqlglot import exp

from contract_gate.witness.binding import Base, Bound
from contract_gate.witness.inference import Types
from contract_gate.witness.paths import place_of
from contract_gate.witness.values import Value

Test = Callable[[Value], bool]

_COMPARISONS: dict[type[exp.Expr], tuple[str, str]] = {
    exp.EQ: ("eq", "eq"),
    exp.NEQ: ("ne", "ne"),
    exp.GT: ("gt", "lt"),
    exp.GTE: ("ge", "le"),
    exp.LT: ("lt", "gt"),
    exp.LTE: ("le", "ge"),
}
_BRANCHES = (exp.Or, exp.Not, exp.Case, exp.If, exp.Coalesce)


def passing(bound: Bound, types: Types, candidates: dict[Base, list[Value]]) -> dict[int, list[Value]]:
    """Give, for each class of columns that is compared with literals, its candidates that pass."""
    passed: dict[int, list[Value]] = {}
    for side in bound.sides:
        tests = _tests(side, bound, types)
        for base, held_values in candidates.items():
            group = types.group[base]
            if group in tests:
                held = passed.setdefault(group, [])
                held += [v for v in held_values if all(test(v) for test in tests[group]) and v not in held]
    return {group: values for group, values in passed.items() if values}


def _tests(side: exp.Query, bound: Bound, types: Types) -> dict[int, list[Test]]:
    tests: dict[int, list[Test]] = {}
    for node in side.find_all(*_COMPARISONS, exp.In, exp.Between):
        found = None if node.find_ancestor(*_BRANCHES) else _test(node, bound, types)
        if found is not None:
            tests.setdefault(found[0], []).append(found[1])
    return tests


def _test(node: exp.Expr, bound: Bound, types: Types) -> tuple[int, Test] | None:
    if isinstance(node, exp.In):
        allowed = [_exact(literal) for literal in node.expressions]
        group = _group(node.this, bound, types)
        return (
            (group, lambda v: any(_compares(v, "eq", a) for a in allowed))
            if group is not None and allowed
            else None
        )
    if isinstance(node, exp.Between):
        group, low, high = (
            _group(node.this, bound, types),
            _exact(node.args["low"]),
            _exact(node.args["high"]),
        )
        return (
            (group, lambda v: _compares(v, "ge", low) and _compares(v, "le", high))
            if group is not None
            else None
        )
    name, turned = _COMPARISONS[type(node)]
    for column, literal, how in ((node.this, node.expression, name), (node.expression, node.this, turned)):
        group, bar = _group(column, bound, types), _exact(literal)
        if group is not None and bar is not None:
            return group, _against(how, bar)
    return None


def _against(how: str, bar: Decimal | str) -> Test:
    return lambda value: _compares(value, how, bar)


def _group(node: exp.Expr, bound: Bound, types: Types) -> int | None:
    place = place_of(bound, node)
    if place is not None:
        return types.group.get(place)
    if not isinstance(node, exp.Column):
        return None
    bases = bound.bases(node)
    return types.group.get(next(iter(bases))) if len(bases) == 1 else None


def _exact(node: exp.Expr) -> Decimal | str | None:
    if isinstance(node, exp.Cast | exp.Paren):
        return _exact(node.this)
    if isinstance(node, exp.Neg):
        inner = _exact(node.this)
        return -inner if isinstance(inner, Decimal) else None
    if not isinstance(node, exp.Literal):
        return None
    try:
        return node.name if node.is_string else Decimal(node.name)
    except InvalidOperation:
        return None


def _compares(value: Value, how: str, bar: Decimal | str | None) -> bool:
    """Compare a value with a literal; what can't be compared passes."""
    test = getattr(operator, how)
    if isinstance(bar, Decimal) and _is_number(value):
        return bool(test(Decimal(str(value)), bar))
    if isinstance(bar, str) and isinstance(value, datetime):
        return bool(test(value.isoformat(sep=" "), bar if len(bar) > 10 else f"{bar} 00:00:00"))
    if isinstance(bar, str) and value is not None and not isinstance(value, bool):
        return bool(test(str(value), bar))
    return True


def _is_number(value: Value) -> TypeGuard[int | float | Decimal]:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)
