"""What hangs on where a template runs: the target, variables that nobody set, flags. What it compares them with is kept.

Another deployment takes the other branch, so each comparison is a supposition under which the template can be rendered again.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import SupportsIndex

from jinja2.filters import do_int

from contract_gate.workspace.jinja.holes import Holes, UnknownValue
from contract_gate.workspace.jinja.wire import Json, Message

MOST = 40
"""So many comparisons of one rendering are kept."""
ANOTHER = "another"
"""Stands for any value but those that a template names."""

MANY, LAST = "1000000", "~"
"""A number that is larger, and a text that stands behind, than what a template has a limit at."""

Compared = Callable[[str, Json], None]


class AssumedValues:
    """The values that are supposed in one rendering (`Message`: what it is → value), and what it compares others with."""

    def __init__(self, supposed: "Message | None" = None) -> None:
        self._supposed = supposed or {}
        self.compared: list[Json] = []

    def value(self, name: str, value: object) -> object:
        """Give what a template is told of `name`: what is supposed, else `value`, which is watched."""
        if name in self._supposed:
            value = self._supposed[name]
        elif isinstance(value, bool):
            self._keep(name, not value)
        return Watched(value, name, self._keep) if isinstance(value, str) else value

    def unknown(self, name: str, holes: Holes, shown: str) -> object:
        """Give the value of a variable that has none."""
        if name in self._supposed:
            return self.value(name, None)
        return UnknownVariable(holes, shown, name, self._keep)

    def record(self, prefix: str, fields: Mapping[str, object], known: frozenset[str]) -> "WatchedRecord":
        """Give a record whose fields are watched, but for those that are `known`."""
        return WatchedRecord(
            fields, lambda key, value: value if key in known else self.value(f"{prefix}.{key}", value)
        )

    def _keep(self, name: str, value: Json) -> None:
        entry: Json = [name, value]
        if entry not in self.compared and len(self.compared) < MOST:
            self.compared.append(entry)


class WatchedRecord(Mapping[str, object]):
    """A read-only record whose fields are watched when they are read; one that it has not is empty here, and not elsewhere."""

    def __init__(self, fields: Mapping[str, object], watch: Callable[[str, object], object]) -> None:
        self._fields, self._watch = dict(fields), watch

    def __getitem__(self, key: str) -> object:
        return self._watch(key, self._fields.get(key, ""))

    def get(self, key: str, default: object = None) -> object:
        return self._watch(key, self._fields.get(key, default))

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)


class Watched(str):
    """A text that tells what it is compared with, and what is made of it does."""

    _name: str
    _compared: Compared

    def __new__(cls, text: str, name: str = "", compared: Compared | None = None) -> "Watched":
        """Make one; Jinja's `format` makes one of what it wrote, which is compared with nothing."""
        made = super().__new__(cls, text)
        made._name, made._compared = name, compared or _unheard
        return made

    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return self._told(str(self) == other, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __bool__(self) -> bool:
        return bool(len(self))

    def __len__(self) -> int:
        """Count; where there is nothing here, another deployment may have something."""
        if not super().__len__():
            self._compared(self._name, ANOTHER)
        return super().__len__()

    def whole(self, default: int) -> int:
        """Give the number that it writes, as Jinja's filter `int` does."""
        for other in ("0", "1", MANY):
            if other != str(self):
                self._compared(self._name, other)
        return do_int(str(self), default)

    def __lt__(self, other: str) -> bool:
        return self._ordered(str(self) < other, other)

    def __le__(self, other: str) -> bool:
        return self._ordered(str(self) <= other, other)

    def __gt__(self, other: str) -> bool:
        return self._ordered(str(self) > other, other)

    def __ge__(self, other: str) -> bool:
        return self._ordered(str(self) >= other, other)

    def _ordered(self, result: bool, other: str) -> bool:
        for value in ("", other, LAST):
            self._compared(self._name, value)
        return result

    def __contains__(self, part: object) -> bool:
        return self._told(isinstance(part, str) and part in str(self), part)

    def startswith(
        self,
        prefix: str | tuple[str, ...],
        start: SupportsIndex | None = None,
        end: SupportsIndex | None = None,
        /,
    ) -> bool:
        first = prefix[0] if isinstance(prefix, tuple) and prefix else prefix
        return self._told(str(self).startswith(prefix, start, end), first)

    def endswith(
        self,
        suffix: str | tuple[str, ...],
        start: SupportsIndex | None = None,
        end: SupportsIndex | None = None,
        /,
    ) -> bool:
        first = suffix[0] if isinstance(suffix, tuple) and suffix else suffix
        return self._told(str(self).endswith(suffix, start, end), first)

    def lower(self) -> "Watched":
        return self._made(str(self).lower())

    def upper(self) -> "Watched":
        return self._made(str(self).upper())

    def strip(self, chars: str | None = None) -> "Watched":
        return self._made(str(self).strip(chars))

    def replace(self, old: str, new: str, count: SupportsIndex = -1) -> "Watched":
        return self._made(str(self).replace(old, new, count))

    def __getitem__(self, key: "SupportsIndex | slice") -> "Watched":
        return self._made(str(self)[key])

    def split(self, sep: str | None = None, maxsplit: SupportsIndex = -1) -> list[str]:
        return [self._made(part) for part in str(self).split(sep, maxsplit)]

    def _made(self, text: str) -> "Watched":
        return Watched(text, self._name, self._compared)

    def _told(self, result: bool, other: object) -> bool:
        if isinstance(other, str):
            self._compared(self._name, ANOTHER if result else str(other))
        elif isinstance(other, bool | int | float):
            self._compared(self._name, other)
        return result


def _unheard(_name: str, _value: Json) -> None:
    """Keep nothing."""


class UnknownVariable(UnknownValue):
    """A variable without a value, which tells what it is compared with."""

    def __init__(self, holes: Holes, shown: str, name: str, compared: Compared) -> None:
        super().__init__(holes, shown)
        self._asked, self._compared = name, compared

    def __eq__(self, other: object) -> bool:
        if isinstance(other, bool | int | float | str):
            self._compared(self._asked, other)
        return super().__eq__(other)

    def __hash__(self) -> int:
        return id(self)

    def __bool__(self) -> bool:
        self._compared(self._asked, False)
        return True
