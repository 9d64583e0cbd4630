"""Follows settings of another deployment through what a template does with them: calls, filters, tests, operators, blocks.

What is made of a watched value (`deployment`) is watched in turn.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import wraps
from typing import Any

from jinja2 import nodes
from jinja2.runtime import Macro
from jinja2.visitor import NodeTransformer

from contract_gate.workspace.jinja.deployment import (
    ANOTHER,
    WATCHED,
    AssumedValues,
    UnknownVariable,
    WatchedDict,
    WatchedFloat,
    WatchedInt,
    WatchedList,
    WatchedText,
    made_of_unknown,
    name_of,
    provenance_of,
)

JOIN, SEARCHED, BLOCK = "contract_gate_join", "contract_gate_searched", "contract_gate_block"
"""Filters that stand for the operator `~`, for what `in` searches, and for the end of `{% set x %}`."""
TESTS = ("in", "upper", "lower", "even", "odd", "divisibleby")
"""The tests that ask a value in a way that it can't hear of."""
ARITHMETIC = frozenset({"+", "-", "*", "/", "//", "%", "**"})
_KINDS = (*WATCHED, UnknownVariable)
_TEXT, _MOST = 40, 10
"""So much of a text, and so many parts of a list, stand in what a value is called."""

_PURE = ("re", "contract_gate.workspace.jinja.conversions")
"""The modules whose functions work with what they are given alone."""

Function = Callable[..., object]


class Writer:
    """What a template calls for the text that it writes."""

    name: str


def rewrite(tree: nodes.Template, has_joins: bool) -> None:
    """Let the operators `~` and `in`, and the blocks that are set, go through filters."""
    for compared in tree.find_all(nodes.Operand):
        if compared.op in ("in", "notin"):
            compared.expr = _filter(compared.expr, SEARCHED, [])
    for block in tree.find_all(nodes.AssignBlock):
        words = nodes.Const(f"the text set in line {block.lineno}")
        block.filter = nodes.Filter(block.filter, BLOCK, [words], [], None, None, lineno=block.lineno)
    if has_joins:
        _Joins().visit(tree)


class _Joins(NodeTransformer):
    def visit_Concat(self, node: nodes.Concat) -> nodes.Filter:  # noqa: N802 - Jinja calls it so
        self.generic_visit(node)
        first, *others = node.nodes
        return _filter(first, JOIN, others)


def _filter(value: nodes.Expr, name: str, others: list[nodes.Expr]) -> nodes.Filter:
    return nodes.Filter(value, name, others, [], None, None, lineno=value.lineno)


def traced(name: str, function: Any) -> Function:
    """Give a filter or a test whose results are watched where what it is given is."""

    @wraps(function)
    def followed(*args: object, **kwargs: object) -> object:
        return follow(name, function, args, kwargs)

    return followed


def follow(name: str, function: Function, args: tuple[object, ...], kwargs: Mapping[str, object]) -> object:
    """Call a function that only works with what it is given; its result is watched where one of these is.

    `name`: what the result is called by.
    """
    result = function(*args, **kwargs)
    given = (*args, *kwargs.values())
    place = next((place for place, each in enumerate(given) if isinstance(each, _KINDS)), len(args))
    watched = given[place] if place < len(given) else None
    if watched is None and not isinstance(result, list | tuple | dict):
        watched = next((part for each in given for part in _parts(each) if isinstance(part, _KINDS)), None)
    origin = provenance_of(watched)
    if isinstance(watched, UnknownVariable) and (result is None or isinstance(result, str | int | float)):
        return made_of_unknown(watched, _call(name, given))
    if origin is None:
        return result

    def again(value: object) -> object:
        if place >= len(args):
            raise LookupError(name)
        return function(*args[:place], value, *args[place + 1 :], **kwargs)

    return origin.assumed.made(origin.then(_call(name, given), again), result, (*_texts(given), ANOTHER))


def _parts(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list | tuple) else ()


def _texts(values: Iterable[object]) -> Iterator[str]:
    """Give the texts that a setting may be asked for."""
    for value in values:
        for each in value if isinstance(value, list | tuple) else [value]:
            if type(each) is str:
                yield each


def _call(name: str, given: Iterable[object]) -> str:
    return f"{name}({', '.join(map(_shown, given))})"


def _shown(value: object) -> str:
    name = name_of(value)
    if name is not None:
        return name
    match value:
        case str():
            return repr(value[:_TEXT])
        case list() | tuple():
            parts = (part for part in value[:_MOST] if not isinstance(part, list | tuple))
            return f"[{', '.join(map(_shown, parts))}]"
        case int() | float() | None:
            return str(value)[:_TEXT]
    return "…"


def called(assumed: AssumedValues, function: Any, call: Function, args: tuple[object, ...], kwargs: Mapping[str, object]) -> object:  # fmt: skip
    """Call what a template calls, by `call`, and watch what comes of it."""
    if isinstance(function, Macro | Writer):
        written = call(function, *args, **kwargs)
        return assumed.written(lambda: _call(function.name, (*args, *kwargs.values())), written)
    own = getattr(function, "__wrapped__", function) if callable(function) else None
    name, owner = str(getattr(own, "__name__", "")), getattr(own, "__self__", None)
    if isinstance(owner, Mapping):
        found(owner, args[0] if args else None)
    elif own is function and isinstance(owner, WatchedText):
        # Sandboxed `format` is wrapped: it is never looked up again.
        return follow(name, lambda text, *rest, **named: call(getattr(text, name), *rest, **named), (owner, *args), kwargs)  # fmt: skip
    elif getattr(own, "__module__", None) in _PURE or isinstance(owner, str | re.Pattern):
        return follow(name, lambda *given, **named: call(function, *given, **named), args, kwargs)
    return call(function, *args, **kwargs)


def found(record: object, key: object) -> None:
    """Let a value that is looked up in a record tell each key of it: equal ones alone would be compared."""
    if isinstance(record, Mapping) and isinstance(key, WatchedText | WatchedInt | WatchedFloat):
        for each in record:
            _ = key == each


def join(*parts: object) -> str:
    """Do what the operator `~` does."""
    return "".join(map(str, parts))


def searched(value: object) -> object:
    """Give what `in` searches as one that asks each of its parts."""
    match value:
        case WatchedText() | WatchedList() | WatchedDict():
            return value
        case str():
            return _Searched(value)
        case dict() | set() | frozenset():
            return [*value]
    return value


class _Searched(str):
    def __contains__(self, part: object) -> bool:
        return part.within(str(self)) if isinstance(part, WatchedText) else str(part) in str(self)


FILTERS: dict[str, Function] = {JOIN: traced("join", join), SEARCHED: searched}
