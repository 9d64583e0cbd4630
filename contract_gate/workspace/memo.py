"""What a text says by itself: worked out once, and taken over from what an earlier run worked out."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Generic, TypeVar

from contract_gate.core.facts import Json
from contract_gate.core.faults import BEYOND_A_FILE
from contract_gate.core.remembering import Facts, digest

T = TypeVar("T")
_ABOUT = 64
"""So many texts are kept as one fact: one look into the file for all of them, and one edited text makes no more stale."""


class Memo(Generic[T]):
    """The values of a function of a text. `write` and `read` turn a value into JSON and back; None is written for one that stays here."""

    def __init__(
        self,
        name: str,
        make: Callable[[str], T],
        write: Callable[[T], Json],
        read: Callable[[Json], T],
        most: int,
    ) -> None:
        self._name, self._make, self._write, self._read, self._most = name.encode(), make, write, read, most
        self._values: dict[str, T] = {}

    def __call__(self, text: str) -> T:
        """Give the value of a text."""
        found = self._values.get(text)
        return self._put(text, self._make(text)) if found is None else found

    def take(self, files: Iterable[tuple[str, str]], facts: Facts | None) -> None:
        """Take the values of these files' texts (path and text) from what earlier runs kept, and keep there what none had."""
        if facts is None:
            return
        texts = dict(files)
        for paths in grouped(texts):
            group = [texts[path] for path in paths]
            if any(text not in self._values for text in group):
                self._take(group, facts)

    def _take(self, group: Sequence[str], facts: Facts) -> None:
        key = digest(self._name, *(text.encode("utf-8", "surrogatepass") for text in group))
        fact = facts.get(key)
        written = json.loads(fact) if fact is not None else None
        if not isinstance(written, list) or len(written) != len(group):
            made = [self._written(text) for text in group]
            facts.keep(key, json.dumps(made, separators=(",", ":")).encode("ascii"))
            return
        for text, value in zip(group, written, strict=True):
            if value is not None and text not in self._values:
                self._put(text, self._read(value))

    def _written(self, text: str) -> Json:
        try:
            return self._write(self(text))
        except BEYOND_A_FILE:
            raise
        except Exception:  # noqa: BLE001 - the same fault is met, and told, where the file itself is read
            return None

    def _put(self, text: str, value: T) -> T:
        if len(self._values) >= self._most:
            del self._values[next(iter(self._values))]
        self._values[text] = value
        return value


def grouped(paths: Iterable[str]) -> Iterator[list[str]]:
    """Sort paths, and cut them where a path's own digest says so: a file that is added moves no other's group."""
    group: list[str] = []
    for path in sorted(paths):
        group.append(path)
        if digest(path.encode("utf-8", "surrogatepass"))[0] % _ABOUT == 0:
            yield group
            group = []
    if group:
        yield group
