"""Texts that a script puts together: `'alter table ' || t || ' drop column a'`, `format('drop view %I', v)`, worked out as far as it says.

Works on words of its own: what is known here stands in strings, which the dialects' tokenizers fold and unquote. What a text is for: see `running`.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from contract_gate.core.values import dataclass
from contract_gate.sql.comments import COMMENT
from contract_gate.sql.families import MYSQL, SPARK

GAP = "\0"
"""Stands in a text for what is not known."""


@dataclass(frozen=True, slots=True)
class TextWord:
    """A string (`said` is what it holds), name, number or sign of a script; names in lower case."""

    kind: str
    said: str
    start: int
    end: int


_QUOTED = r"\"\"\".*?\"\"\"|'''.*?'''|\"(?:[^\"\\]|\"\"|\\.)*\"|"
_QUOTED_BY_ORACLE = r"n?q'(?:\[.*?\]|\{.*?\}|\(.*?\)|<.*?>|(?P<mark>\S).*?(?P=mark))'|"
_WORD = (
    r"(?P<text>{}[ne]?'(?:[^']|'')*')|(?P<heredoc>\$(?:\w*)\$.*?\$\w*\$)"
    r"|(?P<name>[@:$]*[a-z_][\w$#]*(?:\.[a-z_][\w$]*)*|@@\w+|\[[^\]\n]*\]|\"[^\"\n]*\"|`[^`\n]*`)"
    r"|(?P<number>\d+)|(?P<sign>\|\||::|:=|\+=|<=|>=|\S)"
)
_TWO_QUOTES = MYSQL | SPARK | {"bigquery"}
"""Dialects whose strings may stand in double quotes."""


def text_words(sql: str, dialect: str) -> list[TextWord]:
    """Cut a script into words, without its comments."""
    quoted = _QUOTED if dialect in _TWO_QUOTES else _QUOTED_BY_ORACLE if dialect == "oracle" else ""
    comment = rf"{COMMENT}|\#[^\n]*" if dialect in MYSQL or dialect == "bigquery" else COMMENT
    word = _WORD.replace("{}", quoted)
    found = re.finditer(f"(?P<comment>{comment})|{word}", sql, re.IGNORECASE | re.DOTALL)
    return [
        TextWord(kind, _said(each[0], kind), each.start(), each.end())
        for each in found
        if (kind := each.lastgroup or "") != "comment"
    ]


def _said(text: str, kind: str) -> str:
    if kind == "heredoc":
        return text[text.index("$", 1) + 1 : text.rindex("$", 0, -1)]
    if kind != "text":
        return text.lower().lstrip("$:") if kind == "name" else text
    if (quoted := re.match(r"n?q'", text, re.IGNORECASE)) is not None:
        return text[quoted.end() + 1 : -2]
    text = text[1:] if text[0] in "nNeE" else text
    quote = text[:3] if text[:3] in ('"""', "'''") and len(text) > 5 else text[0]
    return text[len(quote) : -len(quote)].replace(quote * 2 if len(quote) == 1 else quote, quote)


@dataclass(frozen=True, slots=True)
class Assigned:
    """What a variable is given: where its statement and its value begin and the value ends (numbers of words), and the text."""

    start: int
    value: int
    end: int
    text: str


class ComposedTexts:
    """Works out texts from left to right; `runs`: every one that was met, `assigned`: those of each variable, in order."""

    def __init__(self, words: Sequence[TextWord], dialect: str) -> None:
        self.words = words
        self.runs: list[str] = []
        self.assigned: dict[str, list[Assigned]] = {}
        self._adds = ("||", "+") if dialect in ("tsql", "fabric") else ("||",)
        self._current: dict[str, str] = {}
        self._own = ""
        self._depth = 0
        places = list(self._assignments())
        self._changes = Counter(name for name, _, at in places if not self._goes_on(name, at))
        self._reached = 0
        for name, start, at in places:
            self._assign(name, start, at)
        self._read_up_to(len(words))
        holding = ("into", "for", "declare")
        self.variables = {
            *self.assigned,
            *(self.said(at) for at in range(1, len(words)) if self.said(at - 1) in holding),
        }

    def said(self, at: int) -> str:
        """Give the word at a place, "" behind the last."""
        return self.words[at].said if 0 <= at < len(self.words) else ""

    def value(self, at: int) -> tuple[str, int]:
        """Give the text that begins with this word, and where it ends."""
        text, at = self._atom(at)
        while self.said(at) in self._adds:
            more, at = self._atom(at + 1)
            text = text + more if len(text) + len(more) < _LONGEST else GAP
        self.runs.append(text)
        return text, at

    def _assignments(self) -> Iterator[tuple[str, int, int]]:
        """Give each variable that is given a value, where its statement begins and where the value does."""
        for at, word in enumerate(self.words):
            gives = word.said in ("=", ":=", "+=") if word.kind == "sign" else word.said == "default"
            named = self._named_before(at) if gives else None
            if named is not None:
                yield self.said(named), self._start_of(named), at + 1

    def _named_before(self, at: int) -> int | None:
        """Give where the variable stands that an `=`, `:=` or DEFAULT is about: a type may be between."""
        back = at - 1
        if self.said(back) == ")":
            while back > 0 and self.said(back) != "(":
                back -= 1
            back -= 1
        for named in range(back, max(back - 4, -1), -1):
            word = self.words[named]
            if word.kind != "name":
                return None
            before = self.said(named - 1)
            is_sure = self.said(at) == ":=" or before in _STARTS or (word.said[0] == "@" and before == ",")
            if is_sure and before in _BEFORE_NAMES:
                return named
        return None

    def _start_of(self, named: int) -> int:
        return named - 1 if self.said(named - 1) in _ASSIGNING else named

    def _goes_on(self, name: str, at: int) -> bool:
        return self.said(at - 1) == "+=" or (self.said(at) == name and self.words[at].kind == "name")

    def _assign(self, name: str, start: int, at: int) -> None:
        self._read_up_to(start)
        self._own = name
        text, end = self.value(at)
        self._own = ""
        self._reached = max(self._reached, end)
        if self.said(at - 1) == "+=":
            before = self._current.get(name, GAP)
            text = before + text if len(before) + len(text) < _LONGEST else GAP
        self._current[name] = text
        given = self.assigned.setdefault(name, [])
        if self._goes_on(name, at) and given:
            last = given.pop()
            is_next = last.end + (self.said(last.end) == ";") == start
            start = last.start if is_next else start
        given.append(Assigned(start, at, end, text))

    def _read_up_to(self, end: int) -> None:
        """Read the texts that no variable is given."""
        self._inner(self._reached, end)
        self._reached = max(self._reached, end)

    def _inner(self, start: int, end: int) -> None:
        at = start
        while at < end:
            begins = self.words[at].kind == "text" or (
                self.said(at) in _FUNCTIONS and self.said(at + 1) == "("
            )
            at = max(self.value(at)[1], at + 1) if begins else at + 1

    def _atom(self, at: int) -> tuple[str, int]:
        text, at = self._bare(at)
        while self.said(at) == "::":
            at += 2
        return text, at

    def _bare(self, at: int) -> tuple[str, int]:
        if at >= len(self.words):
            return GAP, at
        word = self.words[at]
        if word.kind == "text":
            return self._strings(at)
        if word.kind in ("heredoc", "number"):
            return word.said, at + 1
        if word.said == "case":
            end = next((i for i in range(at, len(self.words)) if self.said(i) == "end"), len(self.words))
            self._inner(at + 1, end)
            return GAP, end + 1
        if word.said == "(":
            given, end = self._arguments(at)
            return given[0] if len(given) == 1 else GAP, end
        if word.kind == "name":
            return self._call(at) if self.said(at + 1) == "(" else (self._known(word.said), at + 1)
        return GAP, at if word.said in (")", ",", ";") else at + 1

    def _strings(self, at: int) -> tuple[str, int]:
        """Two strings with nothing between are one."""
        text = ""
        while at < len(self.words) and self.words[at].kind == "text":
            text += self.words[at].said
            at += 1
        return text, at

    def _known(self, name: str) -> str:
        """Give what a variable holds: one that is set in several places holds nobody knows which."""
        is_sure = name == self._own or self._changes[name] == 1
        return self._current.get(name, GAP) if is_sure else GAP

    def _call(self, at: int) -> tuple[str, int]:
        given, end = self._arguments(at + 1)
        name = self.said(at)
        made = _FUNCTIONS.get(name.rpartition(".")[2] if name.startswith("dbms_assert.") else name)
        much = (sum(map(len, given)) + len(given)) * len(given[0]) if given else 0
        return (made(given) if made is not None and given and much < _MOST_WORK else GAP), end

    def _arguments(self, at: int) -> tuple[list[str], int]:
        """Give what stands between the parentheses that open here, and where that ends."""
        given: list[str] = []
        at += 1
        if self.said(at) == ")":
            return given, at + 1
        self._depth += 1
        while True:
            is_read = self._depth < _DEEPEST and self.said(at) not in ("select", "with")
            text, behind = self.value(at) if is_read else (GAP, at)
            end = self._end_of_argument(behind)
            if end > behind and self.said(behind) != "as":
                text = GAP
            if self._depth < _DEEPEST:
                self._inner(behind, end)
            given.append(text)
            if self.said(end) != ",":
                self._depth -= 1
                return given, end + 1
            at = end + 1

    def _end_of_argument(self, at: int) -> int:
        depth = 0
        while at < len(self.words):
            said = self.words[at].said if self.words[at].kind == "sign" else ""
            if depth == 0 and said in (",", ")"):
                return at
            depth += (said == "(") - (said == ")")
            at += 1
        return at


_LONGEST = 100_000
_MOST_WORK = 50_000_000
_DEEPEST = 50
"""A text that doubles itself, or is put together in more steps, is one that nobody knows."""
_ASSIGNING = frozenset({"set", "declare", "let", "select", "var"})
_STARTS = _ASSIGNING | {";", "begin", "then", "else", "loop", "do", ""}
_BEFORE_NAMES = _STARTS | {"as", "is", ","}

_MARK = re.compile(r"%(?:(?P<at>\d+)\$)?-?\d*(?P<kind>[IsLtTd%])")


def _formatted(given: Sequence[str]) -> str:
    """`format('alter table %I drop column %s', …)` of PostgreSQL and BigQuery."""
    ahead = iter(given[1:])

    def put(found: re.Match[str]) -> str:
        if found["kind"] == "%":
            return "%"
        at = int(found["at"] or 0)
        value = (given[at] if at < len(given) else GAP) if at else next(ahead, GAP)
        return _named(value) if found["kind"] == "I" else f"'{value}'" if found["kind"] in "LT" else value

    return _MARK.sub(put, given[0])


def _named(value: str) -> str:
    is_plain = GAP in value or re.fullmatch(r"[a-z_][a-z0-9_$]*", value) is not None
    return value if is_plain else f'"{value}"'


def _bracketed(given: Sequence[str]) -> str:
    return given[0] if len(given) == 1 and GAP in given[0] else f"[{given[0]}]" if len(given) == 1 else GAP


def _replaced(given: Sequence[str]) -> str:
    if len(given) != 3 or not given[1] or GAP in given[1]:
        return GAP
    return given[0].replace(given[1], given[2])


def _first(given: Sequence[str]) -> str:
    return given[0]


def _joined(given: Sequence[str]) -> str:
    return "".join(given)


def _joined_with(given: Sequence[str]) -> str:
    return given[0].join(given[1:])


_FUNCTIONS: Mapping[str, Callable[[Sequence[str]], str]] = {
    "format": _formatted, "concat": _joined, "concat_ws": _joined_with, "quote_ident": lambda given: _named(given[0]), "quotename": _bracketed,
    "replace": _replaced, "upper": _first, "lower": _first, "trim": _first, "rtrim": _first, "ltrim": _first, "cast": _first, "to_char": _first,
    "simple_sql_name": _first, "enquote_name": _first, "sql_object_name": _first, "schema_name": _first, "qualified_sql_name": _first, "noop": _first,
    "chr": lambda _given: "\n", "char": lambda _given: "\n",
}  # fmt: skip
