"""Methods of texts and lists, and the global objects, that scripts may use: pure, and within the bounds of `values`."""

import json
from collections.abc import Callable, Mapping, Sequence

from contract_gate.workspace.dataform.tokens import NotRead
from contract_gate.workspace.dataform.values import (
    LARGEST,
    UNDEFINED,
    Native,
    Value,
    from_json,
    int_at,
    is_true,
    joined,
    listed,
    moment,
    number,
    same,
    text_at,
    to_text,
)

Apply = Callable[[Value, Sequence[Value]], Value]
"""Calls a function of the script."""


def _replace(text: str, arguments: Sequence[Value], everywhere: bool) -> Value:
    pattern = arguments[0] if arguments else ""
    new = arguments[1] if len(arguments) > 1 else UNDEFINED
    if not isinstance(pattern, str) or not isinstance(new, str) or "$" in new:
        raise NotRead("this replace() is not evaluated")
    if len(text) + text.count(pattern) * len(new) > LARGEST:
        raise NotRead("a value grows too large")
    return text.replace(pattern, new, -1 if everywhere else 1)


def _padded(text: str, arguments: Sequence[Value]) -> Value:
    width = int_at(arguments, 0, 0)
    if width > LARGEST:
        raise NotRead("a value grows too large")
    filling = text_at(arguments, 1, " ") or " "
    missing = max(width - len(text), 0)
    return (filling * (missing // len(filling) + 1))[:missing] + text


def _repeated(text: str, arguments: Sequence[Value]) -> Value:
    count = int_at(arguments, 0, 0)
    if count < 0 or count * max(len(text), 1) > LARGEST:
        raise NotRead("a value grows too large")
    return text * count


def _sliced(text: str, arguments: Sequence[Value]) -> Value:
    return text[slice(int_at(arguments, 0, 0), int_at(arguments, 1, len(text)))]


def _between(text: str, arguments: Sequence[Value]) -> Value:
    """`substring`: what lies between two places, whichever is named first."""
    first, last = sorted(max(0, int_at(arguments, at, default)) for at, default in ((0, 0), (1, len(text))))
    return text[first:last]


def _split(text: str, arguments: Sequence[Value]) -> Value:
    parts: list[Value] = [text]
    if arguments:
        between = text_at(arguments, 0)
        parts = list(text.split(between) if between else text)
    return parts[: int_at(arguments, 1, len(parts))]


TEXT_METHODS: Mapping[str, Callable[[str, Sequence[Value]], Value]] = {
    "toUpperCase": lambda text, _: text.upper(),
    "toLowerCase": lambda text, _: text.lower(),
    "trim": lambda text, _: text.strip(),
    "replace": lambda text, arguments: _replace(text, arguments, False),
    "replaceAll": lambda text, arguments: _replace(text, arguments, True),
    "split": _split,
    "concat": lambda text, arguments: joined("", [text, *map(to_text, arguments)]),
    "includes": lambda text, arguments: text_at(arguments, 0) in text,
    "startsWith": lambda text, arguments: text.startswith(text_at(arguments, 0)),
    "endsWith": lambda text, arguments: text.endswith(text_at(arguments, 0)),
    "slice": _sliced,
    "substring": _between,
    "indexOf": lambda text, arguments: float(text.find(text_at(arguments, 0))),
    "repeat": _repeated,
    "padStart": _padded,
}


def _map(items: list[Value], arguments: Sequence[Value], apply: Apply) -> list[Value]:
    function = arguments[0] if arguments else UNDEFINED
    return [apply(function, [item, float(index), items]) for index, item in enumerate(items)]


def _filter(items: list[Value], arguments: Sequence[Value], apply: Apply) -> Value:
    return [item for item, kept in zip(items, _map(items, arguments, apply), strict=True) if is_true(kept)]


def _find(items: list[Value], arguments: Sequence[Value], apply: Apply) -> Value:
    kept = zip(items, _map(items, arguments, apply), strict=True)
    return next((item for item, wanted in kept if is_true(wanted)), UNDEFINED)


def _for_each(items: list[Value], arguments: Sequence[Value], apply: Apply) -> Value:
    _map(items, arguments, apply)
    return UNDEFINED


def _reduce(items: list[Value], arguments: Sequence[Value], apply: Apply) -> Value:
    rest = list(items)
    if len(arguments) < 2 and not rest:
        raise NotRead("reduce() of nothing")
    total = arguments[1] if len(arguments) > 1 else rest.pop(0)
    for index, item in enumerate(rest):
        total = apply(arguments[0], [total, item, float(index)])
    return total


def _push(items: list[Value], arguments: Sequence[Value], _apply: Apply) -> Value:
    items.extend(arguments)
    return float(len(items))


def _reverse(items: list[Value], _arguments: Sequence[Value], _apply: Apply) -> Value:
    items.reverse()
    return items


def _list_concat(items: list[Value], arguments: Sequence[Value], _apply: Apply) -> Value:
    return [*items, *_flat(list(arguments), (), _apply)]


def _flat(items: list[Value], _arguments: Sequence[Value], _apply: Apply) -> list[Value]:
    if sum(len(item) if isinstance(item, list) else 1 for item in items) > LARGEST:
        raise NotRead("a value grows too large")
    return [inner for item in items for inner in (item if isinstance(item, list) else [item])]


LIST_METHODS: Mapping[str, Callable[[list[Value], Sequence[Value], Apply], Value]] = {
    "map": _map,
    "filter": _filter,
    "find": _find,
    "forEach": _for_each,
    "reduce": _reduce,
    "some": lambda items, arguments, apply: any(map(is_true, _map(items, arguments, apply))),
    "every": lambda items, arguments, apply: all(map(is_true, _map(items, arguments, apply))),
    "join": lambda items, arguments, _: listed(items, text_at(arguments, 0, ",")),
    "includes": lambda items, arguments, _: (
        any(same(item, arguments[0]) for item in items) if arguments else False
    ),
    "indexOf": lambda items, arguments, _: next(
        (float(index) for index, item in enumerate(items) if arguments and same(item, arguments[0])), -1.0
    ),
    "push": _push,
    "concat": _list_concat,
    "slice": lambda items, arguments, _: items[
        slice(int_at(arguments, 0, 0), int_at(arguments, 1, len(items)))
    ],
    "reverse": _reverse,
    "flat": _flat,
    "flatMap": lambda items, arguments, apply: _flat(_map(items, arguments, apply), (), apply),
    "keys": lambda items, _arguments, _line: [float(index) for index in range(len(items))],
}


def _parse_json(arguments: Sequence[Value], _line: int) -> Value:
    try:
        return from_json(json.loads(text_at(arguments, 0)))
    except ValueError as error:
        raise NotRead("JSON.parse() fails") from error


def _entries(arguments: Sequence[Value], _line: int) -> Value:
    holder = arguments[0] if arguments else UNDEFINED
    return [[key, value] for key, value in holder.items()] if isinstance(holder, dict) else []


def _keys(arguments: Sequence[Value], _line: int) -> Value:
    holder = arguments[0] if arguments else UNDEFINED
    return list(holder) if isinstance(holder, dict) else []


def _values(arguments: Sequence[Value], _line: int) -> Value:
    holder = arguments[0] if arguments else UNDEFINED
    return list(holder.values()) if isinstance(holder, dict) else []


def _parse_int(arguments: Sequence[Value], _line: int) -> Value:
    if int_at(arguments, 1, 10) != 10:
        raise NotRead("this parseInt() is not evaluated")
    return float(int_at(arguments, 0, 0))


def _log(_arguments: Sequence[Value], _line: int) -> Value:
    return UNDEFINED


GLOBALS: Mapping[str, Value] = {
    "JSON": {"parse": Native(_parse_json)},
    "Object": {"keys": Native(_keys), "values": Native(_values), "entries": Native(_entries)},
    "Array": {"isArray": Native(lambda arguments, _: isinstance(arguments[0], list) if arguments else False)},
    "String": Native(lambda arguments, _: text_at(arguments, 0)),
    "Number": Native(lambda arguments, _: number(arguments[0]) if arguments else 0.0),
    "parseInt": Native(_parse_int),
    "Date": {"now": Native(lambda _arguments, _: moment("Date.now"))},
    "console": {"log": Native(_log), "warn": Native(_log), "error": Native(_log)},
}
