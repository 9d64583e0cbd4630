"""A SQLMesh file's text cut into statements, and the properties of its `MODEL (…)` and `AUDIT (…)` blocks.

https://sqlmesh.readthedocs.io/en/stable/concepts/models/overview/
"""

import re
from collections.abc import Iterator, Mapping

from contract_gate.core.values import dataclass, field
from contract_gate.sql.comments import COMMENT, LONG_STRING

_SKIP = re.compile(rf"{COMMENT}|{LONG_STRING}|\"(?:[^\"])*\"|`[^`]*`", re.DOTALL)
_JINJA = re.compile(
    r"\bJINJA_(?P<kind>QUERY|STATEMENT)_BEGIN\s*;?(?P<body>.*?)\bJINJA_END\s*;?", re.IGNORECASE | re.DOTALL
)
_BLOCK = re.compile(r"\s*(MODEL|AUDIT|METRIC)\s*\(", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileStatement:
    """A part of a file between semicolons. `block` is MODEL, AUDIT or METRIC, with its `properties` (raw text each).

    `jinja`: it stands in Jinja, as a QUERY or a STATEMENT.
    """

    start: int
    end: int
    block: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    jinja: str = ""

    @property
    def is_jinja(self) -> bool:
        """Tell whether it is the query, in Jinja."""
        return self.jinja == "QUERY"


def statements(text: str) -> list[FileStatement]:
    """Cut a text at its semicolons; strings, comments and Jinja blocks are left whole."""
    found: list[FileStatement] = []
    position = 0
    for jinja in _JINJA.finditer(text):
        found.extend(_plain(text, position, jinja.start()))
        start, end = jinja.span("body")
        found.append(FileStatement(start=start, end=end, jinja=jinja["kind"].upper()))
        position = jinja.end()
    found.extend(_plain(text, position, len(text)))
    return found


def properties(body: str) -> Mapping[str, str]:
    """Read `name x, kind FULL, columns (…)`: the first word of each entry is its key, in lower case."""
    found: dict[str, str] = {}
    for entry in split_list(body):
        match = re.match(r"\s*(\w+)\s*(?::=|=)?\s*(.*)", uncommented(entry), re.DOTALL)
        if match is not None:
            found[match[1].lower()] = match[2].strip()
    return found


def split_list(text: str) -> list[str]:
    """Split at the commas outside of strings, comments and parentheses."""
    parts: list[str] = []
    start = 0
    for index in _outside(text, ","):
        parts.append(text[start:index])
        start = index + 1
    parts.append(text[start:])
    return [part for part in parts if uncommented(part).strip()]


def uncommented(text: str) -> str:
    """Take comments away, leave strings."""
    return _SKIP.sub(lambda found: " " if found[0].startswith(("--", "/*")) else found[0], text)


def unquoted(text: str) -> str:
    """Take one pair of quotes away."""
    text = text.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"`" else text


def inside(text: str) -> str | None:
    """Give what stands in the parentheses or brackets that a text begins with, None where it does not."""
    text = text.strip()
    if not text or text[0] not in "([":
        return None
    end = closing(text, 0)
    return text[1:end] if end is not None else None


def closing(text: str, opening: int) -> int | None:
    """Find the bracket that closes the one at `opening`."""
    depth = 0
    for index, character in _characters(text, opening):
        depth += (character in "([{") - (character in ")]}")
        if depth == 0:
            return index
    return None


def _plain(text: str, start: int, end: int) -> Iterator[FileStatement]:
    position = start
    part = text[start:end]
    for index in [*_outside(part, ";"), len(part)]:
        span = (position, start + index)
        position = start + index + 1
        body = text[span[0] : span[1]]
        bare = uncommented(body)
        if not bare.strip():
            continue
        opened = _BLOCK.match(bare)
        if opened is None:
            yield FileStatement(start=span[0], end=span[1])
        else:
            held = inside(bare[opened.end() - 1 :])
            yield FileStatement(
                start=span[0], end=span[1], block=opened[1].upper(), properties=properties(held or "")
            )


def _outside(text: str, wanted: str) -> list[int]:
    depth = 0
    found: list[int] = []
    for index, character in _characters(text, 0):
        if character == wanted and depth <= 0:
            found.append(index)
        depth += (character in "([{") - (character in ")]}")
    return found


def _characters(text: str, start: int) -> Iterator[tuple[int, str]]:
    """Yield the brackets, commas and semicolons that are not in strings or comments."""
    position = start
    for skipped in _SKIP.finditer(text, start):
        yield from _marks(text, position, skipped.start())
        position = skipped.end()
    yield from _marks(text, position, len(text))


_MARK = re.compile(r"[()\[\]{},;]")


def _marks(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    for found in _MARK.finditer(text, start, end):
        yield found.start(), found[0]
