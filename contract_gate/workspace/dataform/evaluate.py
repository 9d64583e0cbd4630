"""Evaluates the JavaScript of `syntax`: pure, in memory, within bounds of steps, depth and size. No file, no clock.

What it does not know raises `NotRead`, and so does what would go on too long: the caller tells it as not known.
"""

from collections.abc import Callable, Mapping, Sequence

from contract_gate.workspace.dataform.methods import GLOBALS, LIST_METHODS, TEXT_METHODS
from contract_gate.workspace.dataform.syntax import SyntaxNode
from contract_gate.workspace.dataform.tokens import NotRead, unescaped
from contract_gate.workspace.dataform.values import (
    DEEPEST,
    UNDEFINED,
    Function,
    Moment,
    Native,
    ScriptScope,
    Undefined,
    Unknown,
    Value,
    alike,
    arithmetic,
    bounded,
    is_true,
    member,
    moment,
    number,
    plus,
    same,
    to_text,
    unique,
)


class _Return(Exception):  # noqa: N818 - control flow of the script
    def __init__(self, value: Value) -> None:
        self.value = value


class _Break(Exception):  # noqa: N818 - control flow of the script
    pass


class _Continue(Exception):  # noqa: N818 - control flow of the script
    pass


def run(statements: Sequence[SyntaxNode], scope: ScriptScope) -> list[tuple[int, str]]:
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
        except (_Return, _Break, _Continue):
            break
    return failed


def _declared_by(statement: SyntaxNode) -> list[str]:
    """Give the names that a statement would have given a value."""
    if statement.kind == "unread":
        return [str(part.value) for part in statement.parts]
    return [name for part in statement.parts if part.kind == "declare" for name in _names(part.parts[0])]


def _names(target: SyntaxNode) -> list[str]:
    if target.kind == "name":
        return [str(target.value)]
    return [name for part in target.parts for name in _names(part.parts[0])]


def evaluate(node: SyntaxNode, scope: ScriptScope) -> Value:
    """Give the value of an expression. Raise NotRead where it can't be known."""
    scope.budget.spend()
    rule = _RULES.get(node.kind)
    if rule is None:
        raise NotRead(f"`{node.kind}` is not evaluated")
    value = rule(node, scope)
    if isinstance(value, Unknown):
        raise NotRead(value.reason)
    if node.kind not in _READING:
        scope.budget.spend(value)
    return bounded(value)


_READING = frozenset({"name", "member", "optional", "index"})
"""What gives a value that is there already."""


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
    _bind_in_order(parameters.parts, arguments, inner)
    try:
        _execute(body, inner)
    except _Return as returned:
        return returned.value
    except (_Break, _Continue) as error:
        raise NotRead("a `break` or `continue` stands outside of a loop") from error
    return UNDEFINED


def _bind_in_order(targets: Sequence[SyntaxNode], values: Sequence[Value], scope: ScriptScope) -> None:
    for index, target in enumerate(targets):
        if target.kind == "rest":
            _bind(target.parts[0], list(values[index:]), scope)
        else:
            _bind_given(target, values[index] if index < len(values) else UNDEFINED, scope)


def _bind_given(parameter: SyntaxNode, value: Value, scope: ScriptScope) -> None:
    target, default = parameter.parts
    _bind(target, evaluate(default, scope) if isinstance(value, Undefined) else value, scope)


def _hoist(statements: Sequence[SyntaxNode], scope: ScriptScope) -> None:
    for statement in statements:
        if statement.kind == "declare" and statement.parts[1].kind == "function":
            scope.names[str(statement.value)] = Function(statement.parts[1], scope)


def _execute(node: SyntaxNode, scope: ScriptScope) -> None:
    scope.budget.spend()
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
        case "switch":
            _switch(node, scope)
        case "break":
            raise _Break
        case "continue":
            raise _Continue
        case "throw":
            raise NotRead(f"the script throws {to_text(evaluate(node.parts[0], scope))[:60]}")
        case "unread":
            raise NotRead(str(node.value))
        case _:
            evaluate(node.parts[0], scope)


def _loop(node: SyntaxNode, scope: ScriptScope) -> None:
    target, source, body = node.parts
    for item in _looped(str(node.value), evaluate(source, scope)):
        inner = scope.inner()
        _bind(target, item, inner)
        try:
            _execute(body, inner)
        except _Continue:
            continue
        except _Break:
            break


def _looped(word: str, value: Value) -> list[Value]:
    """Give what a `for … of` or `for … in` goes through."""
    if isinstance(value, dict) and word == "in":
        return list(value)
    if not isinstance(value, (list, str)):
        raise NotRead("what is looped over is no list")
    return list(value) if word == "of" else [str(index) for index in range(len(value))]


def _switch(node: SyntaxNode, scope: ScriptScope) -> None:
    """Run from the case that is equal, else from `default`, on through the cases below until a `break`."""
    value = evaluate(node.parts[0], scope)
    cases = node.parts[1:]
    chosen = next(
        (
            i
            for i, case in enumerate(cases)
            if len(case.parts) > 1 and same(value, evaluate(case.parts[1], scope))
        ),
        next((i for i, case in enumerate(cases) if len(case.parts) == 1), len(cases)),
    )
    inner = scope.inner()
    try:
        for case in cases[chosen:]:
            for statement in case.parts[0].parts:
                _execute(statement, inner)
    except _Break:
        return


def _bind(target: SyntaxNode, value: Value, scope: ScriptScope) -> None:
    match target.kind:
        case "object_pattern":
            for pair in target.parts:
                _bind_given(pair, member(value, str(pair.value)), scope)
        case "array_pattern":
            _bind_in_order(target.parts, _looped("of", value), scope)
        case _:
            scope.names[str(target.value)] = value


def _named(node: SyntaxNode, scope: ScriptScope) -> Value:
    name = str(node.value)
    return scope.get(name) if scope.has(name) or name not in GLOBALS else GLOBALS[name]


def _template(node: SyntaxNode, scope: ScriptScope) -> Value:
    values = [_template_part(part, scope) for part in node.parts]
    if any(isinstance(value, Moment) for value in values):
        return moment(*values)
    return "".join(map(to_text, values))


def _template_part(part: SyntaxNode, scope: ScriptScope) -> Value:
    if part.kind == "text":
        return unescaped(str(part.value))
    if not part.parts:
        raise NotRead(f"`${{{str(part.value)[:40]}}}` is not read")
    return evaluate(part.parts[0], scope)


def _spread(parts: Sequence[SyntaxNode], scope: ScriptScope) -> list[Value]:
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


def _object(node: SyntaxNode, scope: ScriptScope) -> Value:
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


def _conditional(node: SyntaxNode, scope: ScriptScope) -> Value:
    condition, then, other = node.parts
    return evaluate(then if is_true(evaluate(condition, scope)) else other, scope)


def _binary(node: SyntaxNode, scope: ScriptScope) -> Value:
    operator = node.value
    left = evaluate(node.parts[0], scope)
    if operator == "||":
        return left if is_true(left) else evaluate(node.parts[1], scope)
    if operator == "&&":
        return evaluate(node.parts[1], scope) if is_true(left) else left
    if operator == "??":
        return evaluate(node.parts[1], scope) if left is None or isinstance(left, Undefined) else left
    right = evaluate(node.parts[1], scope)
    if operator == "+":
        return plus(left, right)
    if operator in ("==", "===", "!=", "!=="):
        equal = same if len(operator) == 3 else alike
        holds = equal(left, right) == (operator[0] == "=")
        if not any(map(_is_setting, node.parts)):
            return holds
        scope.budget.is_open = True
        return holds != scope.budget.swaps
    return arithmetic(str(operator), left, right)


def _is_setting(node: SyntaxNode) -> bool:
    """Tell whether it is `dataform.projectConfig.…`: another compilation may override it.

    https://cloud.google.com/dataform/docs/release-configurations
    """
    while node.kind in ("member", "optional") and node.parts:
        node = node.parts[0]
        if node.kind == "name":
            return node.value == "dataform"
    return False


def _unary(node: SyntaxNode, scope: ScriptScope) -> Value:
    if node.value == "typeof":
        return _type_of(node.parts[0], scope)
    value = evaluate(node.parts[0], scope)
    if node.value == "!":
        return not is_true(value)
    return -number(value) if node.value == "-" else number(value)


def _type_of(node: SyntaxNode, scope: ScriptScope) -> str:
    value: Value = UNDEFINED
    try:
        value = evaluate(node, scope)
    except NotRead:
        if node.kind != "name" or scope.has(str(node.value)):
            raise
    names = {str: "string", bool: "boolean", float: "number", int: "number", Undefined: "undefined"}
    if isinstance(value, (Function, Native)):
        return "function"
    return names.get(type(value), "object")


def _assign(node: SyntaxNode, scope: ScriptScope) -> Value:
    target, source = node.parts
    value = evaluate(source, scope)
    if node.value == "+=":
        value = plus(evaluate(target, scope), value)
    value = bounded(value)
    if target.kind == "name":
        scope.assign(str(target.value), value)
        return value
    holder = evaluate(target.parts[0], scope)
    key = str(target.value) if target.kind == "member" else to_text(evaluate(target.parts[1], scope))
    if not isinstance(holder, dict):
        raise NotRead("this assignment is not evaluated")
    holder[key] = value
    return value


def _call(node: SyntaxNode, scope: ScriptScope) -> Value:
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
        if name != "push":  # every other one goes through what it is called on
            scope.budget.spend(holder)
        return _method(holder, name, arguments, node.line)
    return call(evaluate(callee, scope), arguments, node.line)


def _get_member(node: SyntaxNode, scope: ScriptScope) -> Value:
    return member(evaluate(node.parts[0], scope), str(node.value))


def _get_optional(node: SyntaxNode, scope: ScriptScope) -> Value:
    holder = evaluate(node.parts[0], scope)
    return UNDEFINED if holder is None or isinstance(holder, Undefined) else member(holder, str(node.value))


def _get_index(node: SyntaxNode, scope: ScriptScope) -> Value:
    holder, key = evaluate(node.parts[0], scope), evaluate(node.parts[1], scope)
    if isinstance(holder, (list, str)) and isinstance(key, (int, float)):
        index = int(key)
        return holder[index] if 0 <= index < len(holder) else UNDEFINED
    return member(holder, to_text(key))


def _made(node: SyntaxNode, scope: ScriptScope) -> Value:
    """`new Date(…)` hangs on the time of the run; `new Set(…)` is a list without what comes again."""
    if node.value not in ("Date", "Set"):
        raise NotRead(f"`new {node.value}` is not evaluated")
    arguments = _spread(node.parts, scope)
    if node.value == "Date":
        return moment("new Date", arguments)
    return unique(_looped("of", arguments[0] if arguments else []))


def _method(holder: Value, name: str, arguments: list[Value], line: int) -> Value:
    if isinstance(holder, Moment):
        return holder.called(name, arguments)
    if isinstance(holder, str) and name in TEXT_METHODS:
        return bounded(TEXT_METHODS[name](holder, arguments))
    if isinstance(holder, list) and name in LIST_METHODS:
        return bounded(
            LIST_METHODS[name](holder, arguments, lambda function, given: call(function, given, line))
        )
    if name == "toString":
        return to_text(holder)
    raise NotRead(f"`.{name}()` is not known")


def _refuse_regex(_arguments: Sequence[Value], _line: int) -> Value:
    raise NotRead("a regular expression is not evaluated")


_RULES: Mapping[str, Callable[[SyntaxNode, ScriptScope], Value]] = {
    "string": lambda node, _: str(node.value),
    "number": lambda node, _: float(node.value or 0),
    "true": lambda _node, _scope: True,
    "false": lambda _node, _scope: False,
    "null": lambda _node, _scope: None,
    "undefined": lambda _node, _scope: UNDEFINED,
    "regex": lambda _node, _scope: Native(_refuse_regex),
    "name": _named,
    "function": Function,
    "template": _template,
    "array": lambda node, scope: _spread(node.parts, scope),
    "new": _made,
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
