"""What a run worked out of values alone, kept for later runs: under a name of those values, whole.

Where facts are kept is a context variable, as the deadline is: no step has it for a parameter. Where none are kept all is worked out.
"""

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum
from functools import cache
from operator import attrgetter
from typing import Protocol, TypeVar

from contract_gate.core.facts import Json, read, written

T = TypeVar("T")
Q = TypeVar("Q")


class Facts(Protocol):
    """What earlier runs worked out."""

    def get(self, key: bytes) -> bytes | None: ...

    def keep(self, key: bytes, fact: bytes) -> None: ...


_FACTS: ContextVar[Facts | None] = ContextVar("contract_gate_facts", default=None)


@contextmanager
def remembering(facts: Facts | None) -> Iterator[None]:
    """Let what is inside take over what earlier runs worked out, and keep what they did not."""
    token = _FACTS.set(facts)
    try:
        yield
    finally:
        _FACTS.reset(token)


def remembered(
    name: str, given: Sequence[object], kind: type[T], make: Callable[[], tuple[T, ...]]
) -> tuple[T, ...]:
    """Give what `make` makes of what is `given`, and of nothing else: values of one class."""
    facts = _FACTS.get()
    if facts is None:
        return make()
    key = digest(name.encode(), spelled(given))
    fact = facts.get(key)
    if fact is not None:
        return tuple(read(kind, each) for each in json.loads(fact))
    made = make()
    facts.keep(key, _json([written(each) for each in made]))
    return made


def kept_facts() -> Facts | None:
    """Give where facts are kept here, None where nothing is."""
    return _FACTS.get()


def recalled(
    facts: Facts, given: Sequence[object], question: type[Q], answer: Callable[[Q], object], kind: type[T]
) -> T | None:
    """Give what an earlier run made of what is given and of the answers to the questions that it asked; None where one is another by now."""
    key = digest(kind.__name__.encode(), spelled(given))
    asked = facts.get(key)
    if asked is None:
        return None
    answers = [answer(read(question, each)) for each in json.loads(asked)]
    fact = facts.get(digest(key, spelled(answers)))
    return read(kind, json.loads(fact)) if fact is not None else None


def keep_trace(
    facts: Facts, given: Sequence[object], asked: Sequence[Q], answer: Callable[[Q], object], made: object
) -> None:
    """Keep what was made of what is given and of the answers to what was asked, each question once."""
    key = digest(type(made).__name__.encode(), spelled(given))
    facts.keep(key, _json([written(each) for each in asked]))
    facts.keep(digest(key, spelled([answer(each) for each in asked])), _json(written(made)))


def _json(value: Json) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode("ascii")


def digest(*parts: bytes) -> bytes:
    """Name what an answer hangs on."""
    hashed = hashlib.blake2b(digest_size=20)
    for part in parts:
        hashed.update(len(part).to_bytes(8, "big"))
        hashed.update(part)
    return hashed.digest()


def spelled(value: object, leaving: frozenset[str] = frozenset()) -> bytes:
    """Spell a value: two of one spelling are equal in every field, and what is one object within the one is one within the other.

    Takes frozen dataclasses, their collections, texts, numbers and members of enumerations. Recurses as deep as it is nested.
    `leaving`: fields of the dataclasses that are left out.
    """
    speller = _Speller(leaving)
    speller.spell(value)
    return "".join(speller.parts).encode("utf-8", "surrogatepass")


class _Speller:
    """Writes objects once: a query that is read twice is another matter than two that say the same."""

    def __init__(self, leaving: frozenset[str]) -> None:
        self.parts: list[str] = []
        self._leaving = leaving
        self._seen: dict[int, int] = {}
        self._kept: list[object] = []

    def spell(self, value: object) -> None:
        add = self.parts.append
        if value is None or isinstance(value, str | int | float):
            add(f"{type(value).__name__}{value!r};" if isinstance(value, Enum) else f"{value!r};")
        elif isinstance(value, tuple | list):
            add("(")
            for each in value:
                self.spell(each)
            add(")")
        elif isinstance(value, frozenset | set):
            add("{" + "".join(sorted(self._alone(each) for each in value)) + "}")
        elif isinstance(value, dict):
            add("<")
            self.spell(tuple(value.items()))
            add(">")
        elif dataclasses.is_dataclass(value) and not isinstance(value, type):
            self._object(type(value), value)
        else:
            raise TypeError(f"{type(value).__name__} is not spelled")

    def _object(self, kind: type, value: object) -> None:
        number = self._seen.setdefault(id(value), len(self._seen))
        if number < len(self._kept):
            self.parts.append(f"#{number};")
            return
        self._kept.append(value)
        self.parts.append(f"{kind.__name__}(")
        for each in _fields(kind, self._leaving)(value):
            self.spell(each)
        self.parts.append(")")

    def _alone(self, value: object) -> str:
        speller = _Speller(self._leaving)
        speller.spell(value)
        return "".join(speller.parts)


@cache
def _fields(kind: type, leaving: frozenset[str]) -> Callable[[object], tuple[object, ...]]:
    names = [each.name for each in dataclasses.fields(kind) if each.name not in leaving]
    if len(names) > 1:
        return attrgetter(*names)
    return lambda value: tuple(getattr(value, name) for name in names)
