"""JSON with the line of every text in it: what a dashboard or a notebook holds is shown where it stands in the file.

The standard library's reader forgets places. Depth and length are bounded, because a document is hostile.
"""

import re
from bisect import bisect_right
from functools import lru_cache
from json.decoder import JSONDecodeError, JSONDecoder

from contract_gate.core.values import dataclass
from contract_gate.workspace.readers.values import UnreadableReaderError

_SPACE = re.compile(r"[ \t\n\r]*")
_WORD = re.compile(r"-?\d[\d.eE+-]*|true|false|null|NaN|-?Infinity")
_STRINGS = JSONDecoder(strict=False)
_DEEPEST = 200
_LONGEST = 20_000_000


@dataclass(frozen=True, slots=True)
class JsonText:
    """A string and its line."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class JsonObject:
    """An object: its keys in order, and the line where it begins."""

    line: int
    fields: dict[str, "Json"]

    def get(self, *keys: str) -> "Json":
        """Give what lies under the keys, one below the other; None where there is nothing."""
        found: Json = self
        for key in keys:
            found = found.fields.get(key) if isinstance(found, JsonObject) else None
        return found

    def items(self, *keys: str) -> "list[Json]":
        """Give the elements of the list under the keys, none where there is no list."""
        found = self.get(*keys)
        return found if isinstance(found, list) else []

    def nodes(self, *keys: str) -> "list[JsonObject]":
        """Give the objects in the list under the keys."""
        return [each for each in self.items(*keys) if isinstance(each, JsonObject)]

    def text(self, *keys: str) -> str:
        """Give the string under the keys, "" where there is none."""
        found = self.get(*keys)
        return found.text if isinstance(found, JsonText) else ""


Json = JsonObject | JsonText | list["Json"] | str | None
"""A `str` is a number or a word of JSON as it is written; None is null, or what is not there."""


def texts_in(written: Json) -> list[JsonText]:
    """Give the lines of what is written as a list of them, or as one text."""
    return [
        each for each in (written if isinstance(written, list) else [written]) if isinstance(each, JsonText)
    ]


@lru_cache(maxsize=4)
def read_json(text: str) -> Json:
    """Read a document. UnreadableReaderError where it is none, or is nested too deeply or too long."""
    if len(text) > _LONGEST:
        raise UnreadableReaderError(f"it is longer than {_LONGEST:,} characters")
    try:
        document = _Document(text)
        value, end = document.value(document.after_space(0), 0)
        if document.after_space(end) != len(text):
            raise JSONDecodeError("more than one value", text, end)
    except (JSONDecodeError, IndexError) as error:
        raise UnreadableReaderError(f"it is no JSON: {error}") from error
    return value


class _Document:
    def __init__(self, text: str) -> None:
        self._text = text
        self._breaks = [found.start() for found in re.finditer("\n", text)]

    def value(self, at: int, depth: int) -> tuple[Json, int]:
        """Read the value that begins at an offset; give it and where it ends."""
        if depth > _DEEPEST:
            raise JSONDecodeError("it is nested too deeply", self._text, at)
        match self._text[at : at + 1]:
            case '"':
                text, end = self._string(at)
                return JsonText(text, self._line(at)), end
            case "{":
                return self._object(at, depth)
            case "[":
                return self._list(at, depth)
            case _:
                word = _WORD.match(self._text, at)
                if word is None:
                    raise JSONDecodeError("there is no value", self._text, at)
                return None if word[0] == "null" else word[0], word.end()

    def _object(self, start: int, depth: int) -> tuple[JsonObject, int]:
        fields: dict[str, Json] = {}
        at = self.after_space(start + 1)
        while self._text[at] != "}":
            if fields:
                at = self._over(",", at)
            self._expect('"', at)
            key, at = self._string(at)
            fields[key], at = self.value(self._over(":", self.after_space(at)), depth + 1)
            at = self.after_space(at)
        return JsonObject(self._line(start), fields), at + 1

    def _string(self, at: int) -> tuple[str, int]:
        text, end = _STRINGS.raw_decode(self._text, at)
        return str(text), end

    def _list(self, start: int, depth: int) -> tuple[list[Json], int]:
        found: list[Json] = []
        at = self.after_space(start + 1)
        while self._text[at] != "]":
            if found:
                at = self._over(",", at)
            value, at = self.value(at, depth + 1)
            found.append(value)
            at = self.after_space(at)
        return found, at + 1

    def after_space(self, at: int) -> int:
        """Give the offset of the next thing that is no space."""
        space = _SPACE.match(self._text, at)
        return space.end() if space is not None else at

    def _over(self, mark: str, at: int) -> int:
        self._expect(mark, at)
        return self.after_space(at + 1)

    def _expect(self, mark: str, at: int) -> None:
        if self._text[at] != mark:
            raise JSONDecodeError(f"`{mark}` is missing", self._text, at)

    def _line(self, at: int) -> int:
        return bisect_right(self._breaks, at) + 1
