"""Questions and answers as JSON lines between the process that asks and the child that searches: the fields of values by name.

Both ends are this program, but what the child writes comes after it has read hostile SQL: an answer that doesn't fit
raises `ValueError`, and becomes `NotPossible`.
"""

from collections.abc import Hashable
from dataclasses import is_dataclass
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

from contract_gate.core.relation import Column
from contract_gate.core.values import fields
from contract_gate.witness.question import Answer, Found, NoDifference, NotPossible, RowQuestion

Wire = dict[str, Any]
T = TypeVar("T")
_ANSWERS: dict[str, type[Answer]] = {kind.__name__: kind for kind in (Found, NoDifference, NotPossible)}
_COLUMN = ("name", "type", "nullable")
"""What the search asks of a declared column."""


def pack(value: object) -> Any:
    """Turn a value into JSON; `Found` goes without its question, which the asker has."""
    if isinstance(value, tuple | list):
        return [pack(one) for one in value]
    if isinstance(value, Column):
        return [getattr(value, name) for name in _COLUMN]
    if not is_dataclass(value):
        return value
    names = (one.name for one in fields(value) if not (isinstance(value, Found) and one.name == "question"))
    return {name: pack(getattr(value, name)) for name in names}


def unpack(kind: type[T], wire: object, **known: object) -> T:
    """Read a value; `known` are fields that did not go over the wire."""
    hints = {name: hint for name, hint in _hints(cast(Hashable, kind)).items() if name not in known}
    if not isinstance(wire, dict) or not wire.keys() >= hints.keys():
        raise ValueError(f"no {kind.__name__}")
    return kind(**{name: _read(hint, wire[name]) for name, hint in hints.items()}, **known)


def pack_answer(answer: Answer) -> Wire:
    """Turn an answer into JSON, which says of what kind it is."""
    return {"answer": type(answer).__name__, **pack(answer)}


def unpack_answer(wire: Wire, question: RowQuestion) -> Answer:
    """Read an answer to the question."""
    kind = _ANSWERS.get(str(wire.get("answer")))
    if kind is None:
        raise ValueError(f"unknown answer {wire.get('answer')!r}")
    return unpack(kind, wire, **({"question": question} if kind is Found else {}))


@cache
def _hints(kind: Hashable) -> dict[str, Any]:
    return get_type_hints(kind)


def _read(kind: Any, wire: Any) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    if origin is UnionType:
        return None if wire is None and NoneType in inner else _read(inner[0], wire)
    if kind is Column:
        return Column(**dict(zip(_COLUMN, _read(tuple[str, str | None, bool | None], wire), strict=True)))
    if is_dataclass(kind) and isinstance(kind, type):
        return unpack(kind, wire)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind(wire)
    if not isinstance(wire, _JSON.get(origin or kind, origin or kind)):
        raise ValueError(f"{str(wire)[:80]!r} is no {kind}")
    if origin is tuple:
        kinds = inner[:1] * len(wire) if inner[-1] is Ellipsis else inner
        return tuple(_read(one, each) for one, each in zip(kinds, wire, strict=True))
    return wire


_JSON: dict[Any, Any] = {tuple: list, float: int | float}
"""What JSON has for a type, where that is another."""
