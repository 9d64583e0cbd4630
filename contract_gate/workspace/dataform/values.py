"""Values of a script, the names that see them, and how JavaScript turns one into another.

Bounds of size, of steps and of calls are kept here; `evaluate` spends them.
"""

import hashlib
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from contract_gate.core.deadline import checkpoint
from contract_gate.core.values import dataclass, field
from contract_gate.workspace.dataform.syntax import SyntaxNode
from contract_gate.workspace.dataform.tokens import NotRead

Value: TypeAlias = "bool | float | str | list[Value] | dict[str, Value] | Function | Native | Undefined | Unknown | Moment | None"

MOST_STEPS = 200_000
DEEPEST = 25
LARGEST = 1_000_000
_STEP_SIZE = 100
_LONGEST_MADE = 200
_NESTED = 100
_OF_THE_TIME = "it hangs on the time of the run"


@dataclass(frozen=True, slots=True)
class Undefined:
    """JavaScript's `undefined`."""


UNDEFINED = Undefined()
_EMPTY = (None, UNDEFINED)


@dataclass(frozen=True, slots=True)
class Unknown:
    """What a name would stand for if it could be evaluated; whoever reads it learns why it can't."""

    reason: str


@dataclass(slots=True, eq=False)
class Moment:
    """What hangs on the time of the run, and all that is made of it: it may stand in a text, and decides nothing.

    `made` says how it is made, so that two that are made in another way are not taken for one.
    """

    made: str

    @property
    def reason(self) -> str:
        """Say why it is not known."""
        return _OF_THE_TIME

    def called(self, name: str, arguments: "Sequence[Value]") -> "Moment":
        """Give what a method of it gives. Those that set a part of a date change the date itself."""
        found = moment(self, f".{name}", list(arguments))
        if name.startswith("set"):
            self.made = found.made
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function of the script with the names that it sees."""

    node: SyntaxNode
    scope: "ScriptScope"


@dataclass(frozen=True, slots=True, eq=False)
class Native:
    """A function of ours; `line` is that of the call."""

    run: Callable[[Sequence[Value], int], Value]


@dataclass(slots=True)
class StepBudget:
    """What is left of the steps, how many calls are under way, and how another run's settings are taken."""

    steps: int = MOST_STEPS
    calls: int = 0
    swaps: bool = False
    """Decide what is compared with a setting of the project the other way."""
    is_open: bool = False
    """Something was compared with one."""

    def spend(self, value: Value = None) -> None:
        """Take a step, and for a value that is made or gone through so many more as it is large. NotRead where none is left."""
        self.steps -= 1 + (len(value) // _STEP_SIZE if isinstance(value, (str, list, dict)) else 0)
        if self.steps <= 0:
            raise NotRead("the script takes too long")


@dataclass(slots=True)
class ScriptScope:
    """Names in sight. `globals_` is asked last and may say that a name is not known."""

    names: dict[str, Value] = field(default_factory=dict)
    parent: "ScriptScope | None" = None
    budget: StepBudget = field(default_factory=StepBudget)

    def inner(self, names: dict[str, Value] | None = None) -> "ScriptScope":
        """Give a scope inside of this one."""
        return ScriptScope(names if names is not None else {}, self, self.budget)

    def get(self, name: str) -> Value:
        """Give a name's value; raise NotRead where nobody gave it one."""
        scope: ScriptScope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.parent
        raise NotRead(f"`{name}` is not known")

    def has(self, name: str) -> bool:
        """Tell whether a name has a value here."""
        return name in self.names or (self.parent is not None and self.parent.has(name))

    def assign(self, name: str, value: Value) -> None:
        scope: ScriptScope | None = self
        while scope is not None:
            if name in scope.names:
                scope.names[name] = value
                return
            scope = scope.parent
        raise NotRead(f"`{name}` is not known")


def to_text(value: Value, nested: int = 0) -> str:
    """Write a value as JavaScript's String() does. NotRead for a function, and for what is too large or holds itself."""
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
            if nested > _NESTED:
                raise NotRead("a list is nested too deeply")
            return listed(value, ",", nested + 1)
        case dict():
            return "[object Object]"
        case Moment():
            raise NotRead(_OF_THE_TIME)
        case _:
            raise NotRead("a function is used as text")


def moment(*made_of: Value) -> Moment:
    """Give what is made of these values, of which one hangs on the time. NotRead where one is a function, or too large."""
    made = joined(" ", map(_spelled, made_of))
    return Moment(made if len(made) <= _LONGEST_MADE else hashlib.sha256(made.encode()).hexdigest())


def _spelled(value: Value, nested: int = 0) -> str:
    """Write a value so that another one is written in another way."""
    if nested > _NESTED:
        raise NotRead("a list is nested too deeply")
    match value:
        case Moment():
            return value.made
        case list():
            return f"[{joined(' ', (_spelled(item, nested + 1) for item in value))}]"
        case dict():
            items = (f"{key}:{_spelled(item, nested + 1)}" for key, item in value.items())
            return f"{{{joined(' ', items)}}}"
        case str():
            return repr(value)
        case _:
            return to_text(value)


def listed(items: Sequence[Value], between: str, nested: int = 0) -> str:
    """Write a list's items as JavaScript's join() does: nothing for `null` and `undefined`."""
    return joined(between, ("" if item in _EMPTY else to_text(item, nested) for item in items))


def is_true(value: Value) -> bool:
    """Tell whether a value counts as true."""
    if isinstance(value, (list, dict, Function, Native)):
        return True
    if isinstance(value, Moment):
        raise NotRead(value.reason)
    return not isinstance(value, Undefined) and bool(value)


def bounded(value: Value) -> Value:
    """Refuse a value that grows beyond `LARGEST`."""
    if isinstance(value, (str, list, dict)) and len(value) > LARGEST:
        raise NotRead("a value grows too large")
    return value


def joined(between: str, texts: Iterable[str]) -> str:
    """Put texts together, unless that grows beyond `LARGEST`: before it is done, or it would be too late."""
    parts: list[str] = []
    size = 0
    for text in texts:
        parts.append(text)
        size += len(text) + len(between)
        if size > LARGEST:
            checkpoint()  # made again and again, it ends with the run's time
            raise NotRead("a value grows too large")
    return between.join(parts)


def same(left: Value, right: Value) -> bool:
    """Tell whether two values are equal, of one type (`===`); a list or an object is equal to itself alone."""
    if isinstance(left, Moment) or isinstance(right, Moment):
        raise NotRead(_OF_THE_TIME)
    if isinstance(left, (list, dict)):
        return left is right
    return type(left) is type(right) and left == right


def unique(items: Iterable[Value]) -> list[Value]:
    """Leave out what comes again (`===`)."""
    return list({id(x) if isinstance(x, (list, dict)) else (type(x), x): x for x in items}.values())


def alike(left: Value, right: Value) -> bool:
    """Tell whether two values are equal as `==` takes them; NotRead where a list or an object is held against something else."""
    if left in _EMPTY or right in _EMPTY:
        return left in _EMPTY and right in _EMPTY
    return same(left, right) if type(left) is type(right) else number(left) == number(right)


def plus(left: Value, right: Value) -> Value:
    """Add two values as `+` does: texts where one is more than a number."""
    if all(isinstance(value, (bool, float, Undefined)) or value is None for value in (left, right)):
        return number(left) + number(right)
    if isinstance(left, Moment) or isinstance(right, Moment):
        return moment(left, "+", right)
    return to_text(left) + to_text(right)


def arithmetic(operator: str, left: Value, right: Value) -> Value:
    """Count with two values, or compare them, as any other operator than `+` does."""
    if isinstance(left, str) and isinstance(right, str) and operator in ("<", ">", "<=", ">="):
        return {"<": left < right, ">": left > right, "<=": left <= right, ">=": left >= right}[operator]
    if operator in ("-", "*", "/", "%") and (isinstance(left, Moment) or isinstance(right, Moment)):
        return moment(left, operator, right)
    one, other = number(left), number(right)
    if operator in ("/", "%") and other == 0:
        raise NotRead("a division by zero")
    results: Mapping[str, Callable[[], Value]] = {
        "-": lambda: one - other, "*": lambda: one * other, "/": lambda: one / other,
        "%": lambda: math.fmod(one, other), "<": lambda: one < other, ">": lambda: one > other,
        "<=": lambda: one <= other, ">=": lambda: one >= other,
    }  # fmt: skip
    return results[operator]()


_NUMERAL = re.compile(r"\s*(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*)?")


def number(value: Value) -> float:
    """Give a value as a number; raise NotRead where it is none."""
    match value:
        case None:
            return 0.0
        case bool() | float():
            return float(value)
        case str() if _NUMERAL.fullmatch(value):
            return float(value.strip() or 0)
        case str():
            raise NotRead(f"`{value[:20]}` is no number")
        case _:
            raise NotRead("what is counted with is no number")


def member(holder: Value, name: str) -> Value:
    """Give a property of an object, or the length of a list or text."""
    if isinstance(holder, dict):
        return holder.get(name, UNDEFINED)
    if isinstance(holder, Moment):
        return moment(holder, f".{name}")
    if isinstance(holder, (list, str)) and name == "length":
        return float(len(holder))
    raise NotRead(f"`.{name}` is not known")


def text_at(arguments: Sequence[Value], index: int, default: str = "") -> str:
    """Give an argument as text."""
    return to_text(arguments[index]) if index < len(arguments) else default


def int_at(arguments: Sequence[Value], index: int, default: int) -> int:
    """Give an argument as a whole number."""
    return int(number(arguments[index])) if index < len(arguments) else default


def from_json(value: object) -> Value:
    """Turn what JSON or YAML gives into values of the script."""
    if isinstance(value, Mapping):
        return {str(key): from_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [from_json(item) for item in value]
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    return float(value) if isinstance(value, (int, float)) else str(value)
