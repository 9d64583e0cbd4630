"""Functions that DuckDB does not have (a project's own), stood in for by one that tells its arguments apart.

Only where both sides make the very same calls: then the change is elsewhere, and what the function really does can
hide a difference but not make one that the arguments don't. The witness says so in `assumes`.
"""

from collections import Counter
from collections.abc import Container, Iterator

from sqlglot import exp

from contract_gate.witness.refusal import Refusal


def stand_in(sides: tuple[exp.Query, exp.Query], known: Container[str]) -> tuple[str, ...]:
    """Replace calls of unknown functions, in place; give the functions' names. Raises `Refusal`."""
    calls = tuple([(node, name, _text(node)) for node, name in _unknown(side, known)] for side in sides)
    if Counter(text for _, _, text in calls[0]) != Counter(text for _, _, text in calls[1]):
        names = sorted({name for side in calls for _, name, _ in side})
        raise Refusal(f"it calls {', '.join(names)}, which DuckDB does not have, and the calls differ")
    for node, name, _ in [call for side in calls for call in reversed(side)]:
        node.replace(_substitute(node, name))
    return tuple(sorted({name for side in calls for _, name, _ in side}))


def _unknown(side: exp.Query, known: Container[str]) -> Iterator[tuple[exp.Expr, str]]:
    for call in list(side.find_all(exp.Anonymous)):
        outer: exp.Expr = call
        while isinstance(outer.parent, exp.Dot) and outer.arg_key == "expression":
            outer = outer.parent
        if isinstance(outer.parent, exp.Table | exp.Lateral):
            continue
        name = ".".join(
            part.name for part in outer.find_all(exp.Identifier) if outer is not call and _leads(part, call)
        )
        if outer is not call or call.name.lower() not in known:
            yield outer, ".".join(filter(None, (name, call.name)))


def _leads(part: exp.Expr, call: exp.Anonymous) -> bool:
    return isinstance(part.parent, exp.Dot) and part.find_ancestor(exp.Anonymous) is not call


def _substitute(node: exp.Expr, name: str) -> exp.Expr:
    call = node if isinstance(node, exp.Anonymous) else next(iter(node.find_all(exp.Anonymous)))
    parts: list[exp.Expr] = [exp.Literal.string(name)]
    for argument in call.expressions:
        text = exp.cast(argument.copy(), exp.DataType.Type.VARCHAR)
        parts += [exp.Literal.string(":"), exp.func("coalesce", text, exp.Literal.string("NULL"))]
    return exp.func("concat", *parts)


def _text(node: exp.Expr) -> str:
    return node.sql(normalize=True, comments=False).lower()
