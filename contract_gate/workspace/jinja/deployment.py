"""What hangs on where a template runs: the target, variables that nobody set, flags. What it asks of them is kept.

Another deployment takes the other branch, so each question is a supposition under which the template can be rendered again:
a value of the setting that answers it otherwise, or of what the template made of the setting (`tracing`) where none is known to.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import eq, ge, getitem, gt, le, lt
from typing import Any, SupportsIndex

from contract_gate.core.values import dataclass
from contract_gate.workspace.content import text_digest
from contract_gate.workspace.jinja.holes import Holes, UnknownValue
from contract_gate.workspace.jinja.plain import plain
from contract_gate.workspace.jinja.wire import Json, Message

MOST = 40
"""So many suppositions of one rendering are kept."""
ANOTHER = "another"
"""Stands for any value but those that a template names."""

LONGEST = 400
"""So many characters say what a value is made of; what is made of many more has a digest in their place."""
LAST = "~"
"""A text that stands behind what a template has a limit at."""

Ask = Callable[[Any, Any], object]
"""A question of two values."""
Make = Callable[[object], object]


class AssumedValues:
    """The values that are supposed in one rendering (`Message`: what it is → value), and those that would change its answers."""

    def __init__(self, supposed: "Message | None" = None) -> None:
        self._supposed = supposed or {}
        self._texts: set[str] = set()
        self.compared: list[Json] = []

    def value(self, name: str, value: object) -> object:
        """Give what a template is told of the setting `name`: what is supposed, else `value`, which is watched."""
        return self.made(Provenance(self, name, name, _itself), value)

    def made(self, origin: "Provenance", value: object, tried: Iterable[object] = ()) -> object:
        """Give what a template made of a setting, watched: a text, a number, an answer, or the parts of a list or a record.

        `tried`: values of the setting that may change an answer.
        """
        if origin.name in self._supposed:
            value, origin = self._supposed[origin.name], Provenance(self, origin.name, origin.name, _itself)
        match value:
            case WatchedText() | WatchedInt() | WatchedFloat() | WatchedList() | WatchedDict():
                return value
            case bool() | None:
                origin.told(bool(value), bool, tried, ANOTHER if value is None else not value)
            case str():
                self._texts.add(value)
                return WatchedText(value, origin)
            case int():
                return WatchedInt(value, origin)
            case float():
                return WatchedFloat(value, origin)
            case list() | tuple():
                parts = [self.made(origin.part(place), part) for place, part in enumerate(value)]
                return WatchedList(parts, origin)
            case dict():
                return WatchedDict(value, origin)
            case re.Match():
                origin.told(True, bool, tried, False)
                return WatchedMatch(value, origin)
        return value

    def unknown(self, name: str, holes: Holes, shown: str) -> object:
        """Give the value of a variable that has none."""
        if name in self._supposed:
            return self.value(name, None)
        return UnknownVariable(holes, shown, name, self)

    def record(self, prefix: str, fields: Mapping[str, object], known: frozenset[str]) -> "WatchedRecord":
        """Give a record whose fields are watched, but for those that are `known`."""
        return WatchedRecord(
            fields, lambda key, value: value if key in known else self.value(f"{prefix}.{key}", value)
        )

    def written(self, name: Callable[[], str], text: object) -> object:
        """Give a text that a part of the template wrote, watched by `name` where a setting stands in it."""
        if type(text) is str and any(each and each in text for each in self._texts):
            return self.value(name(), text)
        return text

    def keep(self, name: str, value: Json) -> None:
        entry: Json = [name, value]
        if entry not in self.compared and len(self.compared) < MOST:
            self.compared.append(entry)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a watched value is from: the setting, what the value is called (`upper(target.name)`), how it is made of the setting."""

    assumed: AssumedValues
    setting: str
    name: str
    make: Make

    def then(self, name: str, make: Make) -> "Provenance":
        """Give the origin of what is made of the value in turn; at the end of a long chain it is a setting of its own."""
        if len(name) > LONGEST:
            name = f"{name[:20]}… {text_digest(name)[:12]}"
            return Provenance(self.assumed, name, name, _itself)
        return Provenance(self.assumed, self.setting, name, lambda given: make(self.make(given)))

    def part(self, key: object) -> "Provenance":
        return self.then(f"{self.name}[{key!r}]", lambda whole: getitem(whole, key))  # type: ignore[call-overload]

    def told(
        self, answer: bool, asks: Callable[[object], object], values: Iterable[object], otherwise: Json = None
    ) -> bool:
        """Keep what changes an answer: one of these values of the setting, else `otherwise` or one of them for what was made of it."""
        tried = [plain(value) for value in values if isinstance(value, str | int | float)]
        made = tried if otherwise is None else [otherwise, *tried]
        for name, make, candidates in ((self.setting, self.make, tried), (self.name, _itself, made)):
            for value in candidates:
                if _answers(asks, make, value) is (not answer):
                    self.assumed.keep(name, value)
                    return answer
        return answer


def _answers(asks: Callable[[object], object], make: Make, value: Json) -> bool | None:
    """Answer a question for a value that the template was not run with; None where what it does can't be done to the value."""
    try:
        return bool(asks(make(value)))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return None


def _itself(value: object) -> object:
    return value


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


class WatchedDict(dict[str, object]):
    """A dictionary whose values are watched when they are read, and that tells what it has not."""

    def __init__(self, fields: Mapping[str, object], origin: Provenance) -> None:
        super().__init__(fields)
        self._origin = origin

    def __getitem__(self, key: str) -> object:
        return self.get(key, "")

    def get(self, key: str, default: object = None) -> object:
        return self._origin.assumed.made(self._origin.part(key), super().get(key, default))

    def items(self) -> list[tuple[str, object]]:  # type: ignore[override]
        return [(key, self[key]) for key in self]

    def values(self) -> list[object]:  # type: ignore[override]
        return [self[key] for key in self]

    def __contains__(self, key: object) -> bool:
        found = super().__contains__(key)
        if not found and isinstance(key, str):
            self._origin.assumed.keep(self._origin.name, {str(key): ANOTHER})
        return found


class WatchedList(list[object]):
    """A list that tells what is looked for in it, and that it is empty."""

    def __init__(self, parts: list[object], origin: Provenance) -> None:
        super().__init__(parts)
        self._origin = origin

    def __iter__(self) -> Iterator[object]:
        self._tell()
        return super().__iter__()

    def __len__(self) -> int:
        self._tell()
        return super().__len__()

    def __contains__(self, part: object) -> bool:
        found = super().__contains__(part)
        if not found and isinstance(part, str | int | float):
            self._origin.assumed.keep(self._origin.name, [plain(part)])
        return found

    def __getitem__(self, key: "SupportsIndex | slice") -> object:  # type: ignore[override]
        """Give a part; one that is not here is empty, and not elsewhere."""
        if isinstance(key, slice) or -super().__len__() <= key.__index__() < super().__len__():
            return super().__getitem__(key)
        return self._origin.assumed.made(self._origin.part(key), "")

    def _tell(self) -> None:
        if not super().__len__():
            self._origin.assumed.keep(self._origin.name, [ANOTHER])


class WatchedText(str):
    """A text that tells what it is asked; without an origin (Jinja's `format` makes such) nobody hears."""

    _origin: Provenance | None

    def __new__(cls, text: str, origin: Provenance | None = None) -> "WatchedText":
        made = super().__new__(cls, text)
        made._origin = origin
        return made

    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return self._told(eq, other, (other, ANOTHER))

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __bool__(self) -> bool:
        return bool(len(self))

    def __len__(self) -> int:
        """Count; where there is nothing here, another deployment may have something."""
        if not super().__len__():
            self._told(_counts, None, (ANOTHER,))
        return super().__len__()

    def __lt__(self, other: str) -> bool:
        return self._told(lt, other, (other, "", LAST))

    def __le__(self, other: str) -> bool:
        return self._told(le, other, (other, "", LAST))

    def __gt__(self, other: str) -> bool:
        return self._told(gt, other, (other, "", LAST))

    def __ge__(self, other: str) -> bool:
        return self._told(ge, other, (other, "", LAST))

    def __contains__(self, part: object) -> bool:
        return self._told(_has, part, (part, ANOTHER))

    def within(self, whole: str) -> bool:
        """Answer `x in 'a text'`, which asks the text and not x."""
        return self._told(_is_in, whole, (whole, ANOTHER))

    def __getitem__(self, key: "SupportsIndex | slice") -> object:  # type: ignore[override]
        part = str(self)[key]
        if self._origin is None:
            return part
        origin = self._origin.then(f"{self._origin.name}[{_shown(key)}]", lambda text: getitem(text, key))  # type: ignore[call-overload]
        return self._origin.assumed.made(origin, part)

    def _told(self, asks: Ask, other: object, values: Iterable[object]) -> bool:
        given = str(other) if isinstance(other, str) else other
        answer = bool(asks(str(self), given))
        if self._origin is not None:
            self._origin.told(answer, lambda value: asks(value, given), values)
        return answer


def _shown(key: object) -> str:
    if not isinstance(key, slice):
        return repr(key)
    return ":".join("" if bound is None else str(bound) for bound in (key.start, key.stop, key.step))


def _counts(text: object, _other: object) -> bool:
    return bool(text)


def _has(text: object, part: object) -> bool:
    return isinstance(text, str) and isinstance(part, str) and part in text


def _is_in(part: object, whole: object) -> bool:
    return _has(whole, part)


class _Number:
    """What watched numbers share: they tell what they are compared with."""

    _origin: Provenance

    def __hash__(self) -> int:
        return hash(plain(self))

    def __eq__(self, other: object) -> bool:
        return self._told(eq, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __lt__(self, other: object) -> bool:
        return self._told(lt, other)

    def __le__(self, other: object) -> bool:
        return self._told(le, other)

    def __gt__(self, other: object) -> bool:
        return self._told(gt, other)

    def __ge__(self, other: object) -> bool:
        return self._told(ge, other)

    def __bool__(self) -> bool:
        return not self._told(eq, 0)

    def _told(self, asks: Ask, other: object) -> bool:
        given = plain(other) if isinstance(other, int | float) else other
        answer = bool(asks(plain(self), given))
        if isinstance(given, int | float):
            numbers = (given, given + 1, given - 1)
            self._origin.told(answer, lambda value: asks(value, given), (*numbers, ANOTHER))
        return answer


class WatchedInt(_Number, int):
    """A whole number of a setting."""

    def __new__(cls, number: int, origin: Provenance) -> "WatchedInt":
        made = super().__new__(cls, number)
        made._origin = origin
        return made


class WatchedFloat(_Number, float):
    """A number of a setting."""

    def __new__(cls, number: float, origin: Provenance) -> "WatchedFloat":
        made = super().__new__(cls, number)
        made._origin = origin
        return made


class WatchedMatch:
    """What a regular expression found in a setting: what is taken from it is watched."""

    def __init__(self, match: "re.Match[str]", origin: Provenance) -> None:
        self._match, self._origin = match, origin

    def __getattr__(self, name: str) -> object:
        attribute = getattr(self._match, name)
        if not callable(attribute):
            return attribute

        def called(*args: object) -> object:
            words = f"{self._origin.name}.{name}({', '.join(map(repr, args))})"
            origin = self._origin.then(words, lambda match: getattr(match, name)(*args))
            return self._origin.assumed.made(origin, attribute(*args))

        return called

    def __getitem__(self, key: int | str) -> object:
        return self._origin.assumed.made(self._origin.part(key), self._match[key])


WATCHED = (WatchedText, WatchedInt, WatchedFloat, WatchedList, WatchedDict)


class UnknownVariable(UnknownValue):
    """A variable without a value, or what is made of one, which tells what it is compared with."""

    def __init__(self, holes: Holes, shown: str, name: str, assumed: AssumedValues) -> None:
        super().__init__(holes, shown)
        self._asked, self._shown, self._assumed = name, shown, assumed

    def _then(self, name: str) -> object:
        """Give what is made of it."""
        return self._assumed.unknown(name, self._holes, self._shown)

    def __getitem__(self, key: object) -> object:  # type: ignore[override]
        part = super().__getitem__(key)
        return self._then(f"{self._asked}.{key}") if isinstance(part, UnknownValue) else part

    def __call__(self, *args: object, **_named: object) -> object:  # type: ignore[override]
        return self._then(f"{self._asked}({', '.join(map(repr, args))})")

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str | int | float):
            self._assumed.keep(self._asked, plain(other))
        return super().__eq__(other)

    def __hash__(self) -> int:
        return id(self)

    def __bool__(self) -> bool:
        self._assumed.keep(self._asked, False)
        return True


def provenance_of(value: object) -> Provenance | None:
    """Give where a watched value comes from: no template gets at it, or it could hide what it asked."""
    return value._origin if isinstance(value, WATCHED) else None


def name_of(value: object) -> str | None:
    """Give what a watched value, or a variable that has none, is called."""
    if isinstance(value, UnknownVariable):
        return value._asked
    origin = provenance_of(value)
    return origin.name if origin is not None else None


def made_of_unknown(variable: UnknownVariable, name: str) -> object:
    """Give what is made of a variable that has no value."""
    return variable._then(name)
