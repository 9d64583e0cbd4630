"""Holes: what a template asks for that can't be known here (a query's rows, a macro of a package that is absent).

A hole prints as a mark in the rendered text; `fill` replaces the marks once the text around them is known: a
function call where an expression stands, a relation's name after FROM, a type's in a cast, nothing between clauses. Every hole has
a note, so nobody takes the placeholder for the truth; where nothing stands for the hole the note says that it may read any column.
"""

# ruff: noqa: ARG002 - the signatures are dbt's

import re
from collections.abc import Iterator

from contract_gate.core.world import PLACEHOLDER, HoleKind
from contract_gate.sql.comments import without_comments
from contract_gate.workspace.jinja.wire import Message

HOLE = "\ue000"
"""Begins the mark of a hole in a text."""
_OPEN, _CLOSE = HOLE, "\ue001"
_MARK = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_EXPRESSION_BEFORE = re.compile(
    r"(?:[,(=<>+\-*/%|\[]|\b(?:select|distinct|all|and|or|not|on|where|having|when|then|else|case|by|in|between|like"
    r"|ilike|is|over|return|values|using|limit|interval|as|qualify|filter|set|end))\s*$",
    re.IGNORECASE,
)
_ENDS_EXPRESSION = re.compile(r"\s*(?:,|from\b)", re.IGNORECASE)
_TYPE_BEFORE = re.compile(
    r"(?:::\s*|\b(?:try_|safe_)?cast\s*\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\bas\s+)$", re.IGNORECASE
)
_RELATION_BEFORE = re.compile(r"\b(?:from|join|table|into|update)\s*$", re.IGNORECASE)
# A column's type must be one in most dialects' grammar, whatever it is.
_TYPE_KEYS = frozenset({"dtype", "data_type"})
_WORD = re.compile(r"[^A-Za-z0-9_]+")


class Holes:
    """Number the holes of one rendering and keep what is told of them, as messages (`kind`, `name`, `told`, `reads_any`)."""

    def __init__(self) -> None:
        self._shown: list[tuple[str, str, bool]] = []
        self.noted: list[Message] = []

    def note(self, kind: HoleKind, told: str, name: str = "") -> None:
        hole: Message = {"kind": kind.value, "name": _MARK.sub("?", name), "told": _MARK.sub("?", told)}
        if hole not in self.noted:
            self.noted.append(hole)

    def mark(self, name: str, detail: str, is_value: bool) -> str:
        """Give the mark that prints a hole. `is_value`: a plain value (a query's row), else a macro's output."""
        self._shown.append((name, detail, is_value))
        return f"{_OPEN}{len(self._shown) - 1}{_CLOSE}"

    def fill(self, text: str) -> str:
        """Replace the marks in the finished text by placeholders that parse."""
        if _OPEN not in text:
            return text
        parts: list[str] = []
        end = 0
        for match in _MARK.finditer(text):
            parts.append(text[end : match.start()])
            before = "".join(parts[-40:])
            parts.append(
                self._placeholder(int(match[1]), before[-400:], text[match.end() : match.end() + 200])
            )
            end = match.end()
        parts.append(text[end:])
        return "".join(parts)

    def _placeholder(self, number: int, before: str, after: str) -> str:
        if number >= len(self._shown):
            return ""
        name, detail, is_value = self._shown[number]
        word = PLACEHOLDER + _WORD.sub("_", name).strip("_")
        if is_value or _touches_word(before, after):
            return word
        code = without_comments(before)
        if _RELATION_BEFORE.search(code) or _TYPE_BEFORE.search(code):
            return word
        if _EXPRESSION_BEFORE.search(code):
            return f"{word}({detail})"
        if _ENDS_EXPRESSION.match(without_comments(after)):
            # Behind an expression it may be an alias or further columns, each with its own comma.
            return f", {word}({detail})"
        if code.strip() and not _is_in_comment(before, after):
            self._note_that_it_reads_any(name)
        return ""

    def _note_that_it_reads_any(self, name: str) -> None:
        for hole in self.noted:
            if hole["name"] == name:
                hole["reads_any"] = True


def _is_in_comment(before: str, after: str) -> bool:
    return _CLOSE not in without_comments(before.replace(_CLOSE, "") + _CLOSE + _MARK.sub("", after))


def _touches_word(before: str, after: str) -> bool:
    return bool(re.search(r"[\w'\"`$.]\Z", before) or re.match(r"[\w'\"`$]|\.\w", after))


class UnknownValue:
    """An unknown value that survives what templates do to values: it is true, and a sequence of one unknown."""

    def __init__(self, holes: Holes, name: str, detail: str = "", is_value: bool = True) -> None:
        self._holes, self._name, self._detail, self._is_value = holes, name, detail, is_value

    def __str__(self) -> str:
        return self._holes.mark(self._name, self._detail, self._is_value)

    __html__ = __str__

    def __getitem__(self, key: object) -> "UnknownValue | str":
        if isinstance(key, str) and key in _TYPE_KEYS:
            return "text"
        return UnknownValue(self._holes, self._name, self._detail, self._is_value)

    def __call__(self, *args: object, **kwargs: object) -> "UnknownValue":
        return UnknownValue(self._holes, self._name, self._detail, self._is_value)

    def __iter__(self) -> Iterator["UnknownValue"]:
        yield UnknownValue(self._holes, self._name, self._detail, self._is_value)

    def __len__(self) -> int:
        return 1

    def __bool__(self) -> bool:
        return True

    def __int__(self) -> int:
        return 1

    __index__ = __int__

    def __float__(self) -> float:
        return 1.0

    def _same(self, _other: object) -> "UnknownValue":
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _same
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = _same

    def __lt__(self, other: object) -> bool:
        return False

    __le__ = __gt__ = __ge__ = __lt__

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)
