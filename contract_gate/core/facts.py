"""Values as JSON and back, for what is kept between runs: frozen dataclasses of texts, numbers, tuples and sets of them.

How a field is written follows from its type, so that a field that is added needs no word here. The one place that
looks at types while it runs; a type that it does not know raises TypeError when its class is first used.
"""

import dataclasses
import types
import typing
from collections.abc import Callable
from enum import StrEnum
from functools import cache
from typing import Any, TypeAlias, TypeVar

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
T = TypeVar("T")
_Turn = Callable[[Any], Any]


def written(value: object) -> Json:
    """Write a value; fields that have their defaults are left out."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            name: written(given)
            for name, default in _defaults(type(value))
            if (given := getattr(value, name)) is not default and given != default
        }
    if isinstance(value, frozenset):
        return sorted((written(each) for each in value), key=repr)
    if isinstance(value, tuple | list):
        return [written(each) for each in value]
    if isinstance(value, dict):
        return {key: written(each) for key, each in value.items()}
    raise TypeError(f"{type(value).__name__} is not written")


def read(kind: type[T], fact: Json) -> T:
    """Give the value of this class that was written."""
    turn = _turn(kind)
    made = fact if turn is None else turn(fact)
    if not isinstance(made, kind):
        raise TypeError(f"it is no {kind.__name__}")
    return made


@cache
def _defaults(kind: type) -> tuple[tuple[str, object], ...]:
    return tuple((each.name, each.default) for each in dataclasses.fields(kind))


_READERS: dict[type, _Turn] = {}


def _reader(kind: type) -> _Turn:
    """Give what makes a value of a class out of a table. A class may have fields of its own kind."""
    if kind in _READERS:
        return _READERS[kind]
    turns: dict[str, _Turn] = {}

    def make(fact: dict[str, Any]) -> object:
        for name in fact.keys() & turns.keys():
            fact[name] = turns[name](fact[name])
        return kind(**fact)

    _READERS[kind] = make
    try:
        hints = typing.get_type_hints(kind)
        turns |= {name: turn for name, hint in hints.items() if (turn := _turn(hint)) is not None}
    except TypeError:
        del _READERS[kind]
        raise
    return make


def _turn(hint: Any) -> _Turn | None:
    """Give what turns JSON into a value of this type; None where JSON has it as it is."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return _reader(hint)
    if hint is frozenset or origin is frozenset:
        member = _turn(args[0]) if args else None
        return frozenset if member is None else lambda listed: frozenset(map(member, listed))
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint
    if origin is tuple:
        each = _turn(args[0]) if args[-1] is Ellipsis else None
        return tuple if each is None else lambda listed: tuple(map(each, listed))
    if origin in (typing.Union, types.UnionType):
        turns = [turn for arg in args if (turn := _turn(arg)) is not None]
        if len(turns) > 1:
            raise TypeError(f"JSON does not tell which of {hint} a value is")
        return (lambda given: None if given is None else turns[0](given)) if turns else None
    return None
