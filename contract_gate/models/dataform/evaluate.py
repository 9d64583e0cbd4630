"""Evaluates the JavaScript of `syntax`: pure, in memory, within bounds of steps, depth and size. No file, no clock.

What it does not know raises `NotRead`, and so does what would go on too long: the caller tells it as not known.
"""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from contract_gate.models.dataform.syntax import Node, NotRead

Value: TypeAlias = (
    "bool | float | str | list[Value] | dict[str, Value] | Function | Native | Undefined | Unknown | None"
)

MOST_STEPS = 200_000
DEEPEST = 25
LARGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Undefined:
    """JavaScript's `undefined`."""


UNDEFINED = Undefined()


@dataclass(frozen=True, slots=True)
class Unknown:
    """What a name would stand for if it could be evaluated; whoever reads it learns why it can't."""

    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function of the script with the names that it sees."""

    node: Node
    scope: "Scope"


@dataclass(frozen=True, slots=True, eq=False)
class Native:
    """A function of ours; `line` is that of the call."""

    run: Callable[[Sequence[Value], int], Value]


@dataclass(slots=True)
class Budget:
    """What is left of the steps, and how many calls are under way."""

    steps: int = MOST_STEPS
    calls: int = 0


@dataclass(slots=True)
class Scope:
    """Names in sight. `globals_` is asked last and may say that a name is not known."""

    names: dict[str, Value] = field(default_factory=dict)
    parent: "Scope | None" = None
    budget: Budget = field(default_factory=Budget)

    def inner(self, names: dict[str, Value] | None = None) -> "Scope":
        """Give a scope inside of this one."""
        return Scope(names if names is not None else {}, self, self.budget)

    def get(self, name: str) -> Value:
        """Give a name's value; raise NotRead where nobody gave it one."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.parent
        if name in _GLOBALS:
            return _GLOBALS[name]
        raise NotRead(f"`{name}` is not known")

    def assign(self, name: str, value: Value) -> None:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                scope.names[name] = value
                return
            scope = scope.parent
        raise NotRead(f"`{name}` is not known")


class _Return(Exception):  # noqa: N818 - control flow of the script
    def __init__(self, value: Value) -> None:
        self.value = value


def run(statements: Sequence[Node], scope: Scope) -> list[tuple[int, str]]:
    """Run statements; give line and reason of each that could not be. Such a statement spares the others."""
    _hoist(statements, scope)
    failed: list[tuple[int, str]] = []
    for statement in statements:
        try:
            _execute(statement, scope)
        except NotRead as error:
            failed.append((statement.line, str(error)))
            for name in _declared_by(statement):
                scope.names[name] = Unknown(str(error))
        except _Return:
            break
    return failed


def _declared_by(statement: Node) -> list[str]:
    """Give the names that a statement would have given a value."""
    if statement.kind == "unread":
        return [str(part.value) for part in statement.parts]
    targets = [part.parts[0] for part in statement.parts if part.kind == "declare"]
    pairs = [pair.parts[0] for target in targets if target.kind == "object_pattern" for pair in target.parts]
    return [str(target.value) for target in (*targets, *pairs) if target.kind == "name"]


def evaluate(node: Node, scope: Scope) -> Value:
    """Give the value of an expression. Raise NotRead where it can't be known."""
    scope.budget.steps -= 1
    if scope.budget.steps <= 0:
        raise NotRead("the script takes too long")
    rule = _RULES.get(node.kind)
    if rule is None:
        raise NotRead(f"`{node.kind}` is not evaluated")
    value = rule(node, scope)
    if isinstance(value, Unknown):
        raise NotRead(value.reason)
    return _bounded(value)


def call(function: Value, arguments: Sequence[Value], line: int = 1) -> Value:
    """Call a function of the script or one of ours. Raise NotRead where functions call each other without end."""
    if isinstance(function, Native):
        return function.run(arguments, line)
    if isinstance(function, Unknown):
        raise NotRead(function.reason)
    if not isinstance(function, Function):
        raise NotRead("what is called is no function")
    budget = function.scope.budget
    if budget.calls >= DEEPEST:
        raise NotRead("functions call each other too deeply")
    budget.calls += 1
    try:
        return _called(function, arguments)
    except RecursionError as error:
        raise NotRead("the script is nested too deeply") from error
    finally:
        budget.calls -= 1


def _called(function: Function, arguments: Sequence[Value]) -> Value:
    inner = function.scope.inner()
    parameters, body = function.node.parts
    for index, parameter in enumerate(parameters.parts):
        _bind_parameter(parameter, arguments, index, inner)
    try:
        _execute(body, inner)
    except _Return as returned:
        return returned.value
    return UNDEFINED


def to_text(value: Value) -> str:
    """Write a value as JavaScript's String() does."""
    match value:
        case None:
            return "null"
        case Undefined():
            return "undefined"
        case bool():
            return "true" if value else "false"
        case float():
            return str(int(value)) if math.isfinite(value) and value == int(value) else str(value)
        case str():
            return value
        case list():
            return ",".join("" if item is None or item == UNDEFINED else to_text(item) for item in value)
        case dict():
            return "[object Object]"
        case _:
            raise NotRead("a function is used as text")


def is_true(value: Value) -> bool:
    """Tell whether a value counts as true."""
    if isinstance(value, (list, dict, Function, Native)):
        return True
    return not isinstance(value, Undefined) and bool(value)


def _bounded(value: Value) -> Value:
    if isinstance(value, (str, list, dict)) and len(value) > LARGEST:
        raise NotRead("a value grows too large")
    return value


def _bind_parameter(parameter: Node, arguments: Sequence[Value], index: int, scope: Scope) -> None:
    target, default = parameter.parts
    if parameter.kind == "rest":
        _bind(target, list(arguments[index:]), scope)
        return
    value = arguments[index] if index < len(arguments) else UNDEFINED
    _bind(target, evaluate(default, scope) if isinstance(value, Undefined) else value, scope)


def _hoist(statements: Sequence[Node], scope: Scope) -> None:
    for statement in statements:
        if statement.kind == "declare" and statement.parts[1].kind == "function":
            scope.names[str(statement.value)] = Function(statement.parts[1], scope)


def _execute(node: Node, scope: Scope) -> None:
    scope.budget.steps -= 1
    if scope.budget.steps <= 0:
        raise NotRead("the script takes too long")
    match node.kind:
        case "block":
            inner = scope.inner()
            _hoist(node.parts, inner)
            for part in node.parts:
                _execute(part, inner)
        case "several":
            for part in node.parts:
                _execute(part, scope)
        case "declare":
            _bind(node.parts[0], evaluate(node.parts[1], scope), scope)
        case "return":
            raise _Return(evaluate(node.parts[0], scope))
        case "if":
            condition, then, other = node.parts
            _execute(then if is_true(evaluate(condition, scope)) else other, scope)
        case "for":
            _loop(node, scope)
        case "unread":
            raise NotRead(str(node.value))
        case _:
            evaluate(node.parts[0], scope)


def _loop(node: Node, scope: Scope) -> None:
    target, source, body = node.parts
    value = evaluate(source, scope)
    items: list[Value] = list(value) if isinstance(value, (list, str)) else []
    if isinstance(value, dict):
        items = list(value)
    elif node.value == "in":
        items = [str(index) for index in range(len(items))]
    for item in items:
        inner = scope.inner()
        _bind(target, item, inner)
        _execute(body, inner)


def _bind(target: Node, value: Value, scope: Scope) -> None:
    match target.kind:
        case "object_pattern":
            for pair in target.parts:
                _bind(pair.parts[0], _member(value, str(pair.value)), scope)
        case "array_pattern":
            items = value if isinstance(value, list) else []
            for index, part in enumerate(target.parts):
                _bind(part, items[index] if index < len(items) else UNDEFINED, scope)
        case _:
            scope.names[str(target.value)] = value


def _template(node: Node, scope: Scope) -> Value:
    return "".join(_template_part(part, scope) for part in node.parts)


def _template_part(part: Node, scope: Scope) -> str:
    if part.kind == "text":
        return re.sub(
            r"\\(.)", lambda found: _ESCAPED.get(found[1], found[1]), str(part.value), flags=re.DOTALL
        )
    if not part.parts:
        raise NotRead(f"`${{{str(part.value)[:40]}}}` is not read")
    return to_text(evaluate(part.parts[0], scope))


_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "\n": ""}


def _array(node: Node, scope: Scope) -> Value:
    return _spread(node.parts, scope)


def _spread(parts: Sequence[Node], scope: Scope) -> list[Value]:
    found: list[Value] = []
    for part in parts:
        if part.kind == "spread":
            value = evaluate(part.parts[0], scope)
            if not isinstance(value, (list, str)):
                raise NotRead("what is spread is no list")
            found.extend(value)
        else:
            found.append(evaluate(part, scope))
    return found


def _object(node: Node, scope: Scope) -> Value:
    found: dict[str, Value] = {}
    for pair in node.parts:
        if pair.kind == "spread":
            value = evaluate(pair.parts[0], scope)
            found |= value if isinstance(value, dict) else {}
            continue
        try:
            found[str(pair.value)] = evaluate(pair.parts[0], scope)
        except NotRead as error:
            if scope.budget.steps <= 0:
                raise
            found[str(pair.value)] = Unknown(str(error))
    return found


def _conditional(node: Node, scope: Scope) -> Value:
    condition, then, other = node.parts
    return evaluate(then if is_true(evaluate(condition, scope)) else other, scope)


def _binary(node: Node, scope: Scope) -> Value:
    operator = node.value
    left = evaluate(node.parts[0], scope)
    if operator == "||":
        return left if is_true(left) else evaluate(node.parts[1], scope)
    if operator == "&&":
        return evaluate(node.parts[1], scope) if is_true(left) else left
    if operator == "??":
        return evaluate(node.parts[1], scope) if left is None or isinstance(left, Undefined) else left
    right = evaluate(node.parts[1], scope)
    if operator == "+" and not (_is_number(left) and _is_number(right)):
        return to_text(left) + to_text(right)
    if operator in ("==", "===", "!=", "!=="):
        return _same(left, right) == (operator in ("==", "==="))
    return _arithmetic(str(operator), left, right)


def _is_number(value: Value) -> bool:
    return isinstance(value, (bool, int, float))


def _same(left: Value, right: Value) -> bool:
    empty = (None, UNDEFINED)
    if left in empty or right in empty:
        return left in empty and right in empty
    return type(left) is type(right) and left == right


def _arithmetic(operator: str, left: Value, right: Value) -> Value:
    if isinstance(left, str) and isinstance(right, str) and operator in ("<", ">", "<=", ">="):
        return {"<": left < right, ">": left > right, "<=": left <= right, ">=": left >= right}[operator]
    one, other = _number(left), _number(right)
    if operator in ("/", "%") and other == 0:
        raise NotRead("a division by zero")
    results: Mapping[str, Callable[[], Value]] = {
        "+": lambda: one + other, "-": lambda: one - other, "*": lambda: one * other, "/": lambda: one / other,
        "%": lambda: math.fmod(one, other), "<": lambda: one < other, ">": lambda: one > other,
        "<=": lambda: one <= other, ">=": lambda: one >= other,
    }  # fmt: skip
    if operator not in results:
        raise NotRead(f"`{operator}` is not evaluated")
    return results[operator]()


def _number(value: Value) -> float:
    if isinstance(value, (bool, int, float)):
        return float(value)
    if isinstance(value, str):
        try:
            return float(value or 0)
        except ValueError as error:
            raise NotRead(f"`{value[:20]}` is no number") from error
    raise NotRead("what is counted with is no number")


def _unary(node: Node, scope: Scope) -> Value:
    if node.value == "typeof":
        return _type_of(node.parts[0], scope)
    value = evaluate(node.parts[0], scope)
    if node.value == "!":
        return not is_true(value)
    return -_number(value) if node.value == "-" else _number(value)


def _type_of(node: Node, scope: Scope) -> str:
    value: Value = UNDEFINED
    try:
        value = evaluate(node, scope)
    except NotRead:
        if node.kind != "name":
            raise
    names = {str: "string", bool: "boolean", float: "number", int: "number", Undefined: "undefined"}
    if isinstance(value, (Function, Native)):
        return "function"
    return names.get(type(value), "object")


def _assign(node: Node, scope: Scope) -> Value:
    target, source = node.parts
    value = evaluate(source, scope)
    if node.value == "+=":
        before = evaluate(target, scope)
        value = (
            before + value
            if isinstance(before, float) and isinstance(value, float)
            else to_text(before) + to_text(value)
        )
    value = _bounded(value)
    if target.kind == "name":
        scope.assign(str(target.value), value)
        return value
    holder = evaluate(target.parts[0], scope)
    key = str(target.value) if target.kind == "member" else to_text(evaluate(target.parts[1], scope))
    if not isinstance(holder, dict):
        raise NotRead("this assignment is not evaluated")
    holder[key] = value
    return value


def _call(node: Node, scope: Scope) -> Value:
    callee, *rest = node.parts
    if callee.value == "when" and len(rest) in (2, 3):
        # Only the chosen text needs to be known: the other may say what is not.
        chosen = rest[1] if is_true(evaluate(rest[0], scope)) else rest[2] if len(rest) == 3 else None
        return evaluate(chosen, scope) if chosen is not None else ""
    arguments = _spread(rest, scope)
    if callee.kind in ("member", "optional"):
        holder = evaluate(callee.parts[0], scope)
        name = str(callee.value)
        if isinstance(holder, dict) and name in holder:
            return call(holder[name], arguments, node.line)
        return _method(holder, name, arguments, node.line)
    return call(evaluate(callee, scope), arguments, node.line)


def _get_member(node: Node, scope: Scope) -> Value:
    return _member(evaluate(node.parts[0], scope), str(node.value))


def _get_optional(node: Node, scope: Scope) -> Value:
    holder = evaluate(node.parts[0], scope)
    return UNDEFINED if holder is None or isinstance(holder, Undefined) else _member(holder, str(node.value))


def _get_index(node: Node, scope: Scope) -> Value:
    holder, key = evaluate(node.parts[0], scope), evaluate(node.parts[1], scope)
    if isinstance(holder, (list, str)) and isinstance(key, (int, float)):
        index = int(key)
        return holder[index] if 0 <= index < len(holder) else UNDEFINED
    return _member(holder, to_text(key))


def _member(holder: Value, name: str) -> Value:
    if isinstance(holder, dict):
        return holder.get(name, UNDEFINED)
    if isinstance(holder, (list, str)) and name == "length":
        return float(len(holder))
    raise NotRead(f"`.{name}` is not known")


def _method(holder: Value, name: str, arguments: list[Value], line: int) -> Value:
    if isinstance(holder, str) and name in _TEXT_METHODS:
        return _bounded(_TEXT_METHODS[name](holder, arguments))
    if isinstance(holder, list) and name in _LIST_METHODS:
        return _bounded(_LIST_METHODS[name](holder, arguments, line))
    if name == "toString":
        return to_text(holder)
    raise NotRead(f"`.{name}()` is not known")


def _text_of(arguments: Sequence[Value], index: int, default: str = "") -> str:
    return to_text(arguments[index]) if index < len(arguments) else default


def _int_of(arguments: Sequence[Value], index: int, default: int) -> int:
    return int(_number(arguments[index])) if index < len(arguments) else default


def _replace(text: str, arguments: Sequence[Value], everywhere: bool) -> Value:
    pattern = arguments[0] if arguments else ""
    if isinstance(pattern, dict) and isinstance(pattern.get("source"), str):
        raise NotRead("a regular expression is not evaluated")
    if not isinstance(pattern, str) or (len(arguments) > 1 and not isinstance(arguments[1], str)):
        raise NotRead("this replace() is not evaluated")
    return text.replace(pattern, _text_of(arguments, 1), -1 if everywhere else 1)


def _padded(text: str, arguments: Sequence[Value]) -> Value:
    width = _int_of(arguments, 0, 0)
    if width > LARGEST:
        raise NotRead("a value grows too large")
    return text.rjust(width, (_text_of(arguments, 1, " ") or " ")[0])


def _repeated(text: str, arguments: Sequence[Value]) -> Value:
    count = _int_of(arguments, 0, 0)
    if count < 0 or count * max(len(text), 1) > LARGEST:
        raise NotRead("a value grows too large")
    return text * count


def _sliced(text: str, arguments: Sequence[Value]) -> Value:
    return text[slice(_int_of(arguments, 0, 0), _int_of(arguments, 1, len(text)))]


_TEXT_METHODS: Mapping[str, Callable[[str, Sequence[Value]], Value]] = {
    "toUpperCase": lambda text, _: text.upper(),
    "toLowerCase": lambda text, _: text.lower(),
    "trim": lambda text, _: text.strip(),
    "replace": lambda text, arguments: _replace(text, arguments, False),
    "replaceAll": lambda text, arguments: _replace(text, arguments, True),
    "split": lambda text, arguments: list(
        text.split(_text_of(arguments, 0)) if _text_of(arguments, 0) else text
    ),
    "concat": lambda text, arguments: text + "".join(map(to_text, arguments)),
    "includes": lambda text, arguments: _text_of(arguments, 0) in text,
    "startsWith": lambda text, arguments: text.startswith(_text_of(arguments, 0)),
    "endsWith": lambda text, arguments: text.endswith(_text_of(arguments, 0)),
    "slice": _sliced,
    "substring": _sliced,
    "indexOf": lambda text, arguments: float(text.find(_text_of(arguments, 0))),
    "repeat": _repeated,
    "padStart": _padded,
}


def _map(items: list[Value], arguments: Sequence[Value], line: int) -> list[Value]:
    function = arguments[0] if arguments else UNDEFINED
    return [call(function, [item, float(index), items], line) for index, item in enumerate(items)]


def _filter(items: list[Value], arguments: Sequence[Value], line: int) -> Value:
    return [item for item, kept in zip(items, _map(items, arguments, line), strict=True) if is_true(kept)]


def _find(items: list[Value], arguments: Sequence[Value], line: int) -> Value:
    kept = zip(items, _map(items, arguments, line), strict=True)
    return next((item for item, wanted in kept if is_true(wanted)), UNDEFINED)


def _for_each(items: list[Value], arguments: Sequence[Value], line: int) -> Value:
    _map(items, arguments, line)
    return UNDEFINED


def _reduce(items: list[Value], arguments: Sequence[Value], line: int) -> Value:
    rest = list(items)
    if len(arguments) < 2 and not rest:
        raise NotRead("reduce() of nothing")
    total = arguments[1] if len(arguments) > 1 else rest.pop(0)
    for index, item in enumerate(rest):
        total = call(arguments[0], [total, item, float(index)], line)
    return total


def _push(items: list[Value], arguments: Sequence[Value], _line: int) -> Value:
    items.extend(arguments)
    return float(len(items))


def _list_concat(items: list[Value], arguments: Sequence[Value], _line: int) -> Value:
    more = [list(item) if isinstance(item, list) else [item] for item in arguments]
    return [*items, *(item for part in more for item in part)]


def _flat(items: list[Value], _arguments: Sequence[Value], _line: int) -> Value:
    return [inner for item in items for inner in (item if isinstance(item, list) else [item])]


_LIST_METHODS: Mapping[str, Callable[[list[Value], Sequence[Value], int], Value]] = {
    "map": _map,
    "filter": _filter,
    "find": _find,
    "forEach": _for_each,
    "reduce": _reduce,
    "some": lambda items, arguments, line: any(map(is_true, _map(items, arguments, line))),
    "every": lambda items, arguments, line: all(map(is_true, _map(items, arguments, line))),
    "join": lambda items, arguments, _: _text_of(arguments, 0, ",").join(map(to_text, items)),
    "includes": lambda items, arguments, _: (
        any(_same(item, arguments[0]) for item in items) if arguments else False
    ),
    "indexOf": lambda items, arguments, _: (
        float(items.index(arguments[0])) if arguments[0] in items else -1.0
    ),
    "push": _push,
    "concat": _list_concat,
    "slice": lambda items, arguments, _: items[
        slice(_int_of(arguments, 0, 0), _int_of(arguments, 1, len(items)))
    ],
    "reverse": lambda items, _arguments, _line: items[::-1],
    "flat": _flat,
    "flatMap": lambda items, arguments, line: _flat(_map(items, arguments, line), (), line),
    "keys": lambda items, _arguments, _line: [float(index) for index in range(len(items))],
}


def from_json(value: object) -> Value:
    """Turn what JSON or YAML gives into values of the script."""
    if isinstance(value, Mapping):
        return {str(key): from_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [from_json(item) for item in value]
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    return float(value) if isinstance(value, (int, float)) else str(value)


def _parse_json(arguments: Sequence[Value], _line: int) -> Value:
    try:
        return from_json(json.loads(_text_of(arguments, 0)))
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


def _log(_arguments: Sequence[Value], _line: int) -> Value:
    return UNDEFINED


_GLOBALS: Mapping[str, Value] = {
    "JSON": {"parse": Native(_parse_json)},
    "Object": {"keys": Native(_keys), "values": Native(_values), "entries": Native(_entries)},
    "Array": {"isArray": Native(lambda arguments, _: isinstance(arguments[0], list) if arguments else False)},
    "String": Native(lambda arguments, _: _text_of(arguments, 0)),
    "Number": Native(lambda arguments, _: _number(arguments[0]) if arguments else 0.0),
    "parseInt": Native(lambda arguments, _: float(int(_number(arguments[0]))) if arguments else 0.0),
    "console": {"log": Native(_log), "warn": Native(_log), "error": Native(_log)},
}

_RULES: Mapping[str, Callable[[Node, Scope], Value]] = {
    "string": lambda node, _: str(node.value),
    "number": lambda node, _: float(node.value or 0),
    "true": lambda _node, _scope: True,
    "false": lambda _node, _scope: False,
    "null": lambda _node, _scope: None,
    "undefined": lambda _node, _scope: UNDEFINED,
    "regex": lambda node, _: {"source": str(node.value)},
    "name": lambda node, scope: scope.get(str(node.value)),
    "function": Function,
    "template": _template,
    "array": _array,
    "object": _object,
    "conditional": _conditional,
    "binary": _binary,
    "unary": _unary,
    "assign": _assign,
    "call": _call,
    "member": _get_member,
    "optional": _get_optional,
    "index": _get_index,
}
