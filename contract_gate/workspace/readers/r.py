"""SQL in R: strings, and what `paste`, `glue` and `sprintf` put together of them; tables that are named without a query.

Read by R's quoting, never run: https://cran.r-project.org/doc/manuals/r-release/R-lang.html#Literal-constants
"""

import re
from collections.abc import Iterator, Mapping

from contract_gate.core.deadline import checkpoint
from contract_gate.core.values import dataclass
from contract_gate.workspace.files import Files
from contract_gate.workspace.readers.literals import Pieced, as_queries, at_line, filled_in, reading
from contract_gate.workspace.readers.queries import in_any_schema
from contract_gate.workspace.readers.values import FileReader, ReaderQuery, script

_TOKEN = re.compile(
    r"\#[^\n]*"
    r"|\"(?P<double>(?:[^\"\\]|\\.)*)\"|'(?P<single>(?:[^'\\]|\\.)*)'"
    r"|(?P<name>(?:[A-Za-z][\w.]*:::?)?[A-Za-z.][\w.]*|`[^`\n]+`)"
    r"|(?P<mark><-|[(){}\[\],=])|(?P<space>\s+)|(?P<other>.)",
    re.DOTALL,
)
_QUOTES = ('"', "'")
_RAW = re.compile(r"[rR](?P<mark>[\"'])(?P<dashes>-{0,20})(?P<open>[(\[{])")
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": ""}
_GLUED = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")
_PERCENT = re.compile(r"%%|%(?:\d+\$)?[-+ 0-9.]*[sdifgeEGxX]")
_JOINS = {
    "paste0": "",
    "paste": " ",
    "str_c": "",
    "glue": "",
    "glue_sql": "",
    "str_glue": "",
    "glue_data": "",
    "glue_data_sql": "",
}
_FORMATS = ("sprintf", "gettextf", "str_interp")
_WRAPS = ("sql", "SQL", "trimws", "str_squish", "I", "as.character")
_TABLES = ("tbl", "dbReadTable", "in_schema", "in_catalog", "Id", "tbl_dbi", "I")
_DEEPEST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    """A piece of R: its text as it stands, its line, and what it says where it is a string."""

    shown: str
    line: int
    string: Pieced | None = None


def read(path: str, text: str, _files: Files) -> tuple[FileReader, ...]:
    """Give the readers of a file."""
    return script(path, queries_of_r(text))


def queries_of_r(text: str) -> Iterator[ReaderQuery]:
    """Give the queries in R's text, by its own lines."""
    yield from _Script(list(_tokens(text))).queries()


def _tokens(text: str) -> Iterator[_Token]:
    at, line = 0, 1
    never: set[str] = set()
    while at < len(text):
        checkpoint()
        raw = _raw(text, at, line, never)
        found = _TOKEN.match(text, at) if raw is None else None
        if raw is not None:
            yield raw
        elif found is None or found["other"] in _QUOTES:
            return  # a text that ends nowhere: what follows is in it
        else:
            quoted = found["double"] if found["double"] is not None else found["single"]
            if quoted is not None:
                yield _Token(shown=found[0], line=line, string=_unescaped(quoted, line))
            elif found["space"] is None and not found[0].startswith("#"):
                yield _Token(shown=found[0], line=line)
        shown = raw.shown if raw is not None else found[0] if found is not None else ""
        at += len(shown)
        line += shown.count("\n")


def _raw(text: str, at: int, line: int, never: set[str]) -> _Token | None:
    """Read a raw string, `r"---(…)---"`; None where none begins, or it has no end."""
    found = _RAW.match(text, at)
    if found is None or (at and (text[at - 1].isalnum() or text[at - 1] in "._")):
        return None
    close = _CLOSING[found["open"]] + found["dashes"] + found["mark"]
    end = text.find(close, found.end()) if close not in never else -1
    if end < 0:
        never.add(close)
        return None
    return _Token(shown=text[at : end + len(close)], line=line, string=at_line(text[found.end() : end], line))


def _unescaped(text: str, line: int) -> Pieced:
    """Read the escapes of a string; a line break that is one of them is of the same line of the file."""
    lines = [line]
    for found in re.finditer(r"\\n|\n", text):
        line += found[0] == "\n"
        lines.append(line)
    return Pieced(_ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), text), tuple(lines))


class _Script:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._known = self._constants()

    def queries(self) -> Iterator[ReaderQuery]:
        at = 0
        while at < len(self._tokens):
            called = self._called(at)
            if called in _TABLES:
                yield from self._named(at)
            made, end = self._made(at, 0)
            if made is not None:
                yield from as_queries(made, is_sql=False)
            at = end if made is not None else at + 1

    def _constants(self) -> Mapping[str, Pieced]:
        """Give the names that are bound once, to a string."""
        found: dict[str, Pieced | None] = {}
        for name, mark, value in zip(self._tokens, self._tokens[1:], self._tokens[2:], strict=False):
            if mark.shown in ("<-", "="):
                found[name.shown] = value.string if name.shown not in found else None
        return {name: value for name, value in found.items() if value is not None}

    def _called(self, at: int) -> str:
        """Give the function that is called here, without its package; "" where none is."""
        following = self._tokens[at + 1].shown if at + 1 < len(self._tokens) else ""
        return self._tokens[at].shown.rpartition(":")[2] if following == "(" else ""

    def _made(self, at: int, depth: int) -> tuple[Pieced | None, int]:
        """Give the string that an expression makes, None where it makes none, and where it ends."""
        token, called = self._tokens[at], self._called(at)
        if token.string is not None:
            return token.string, at + 1
        if depth > _DEEPEST or called not in (*_JOINS, *_FORMATS, *_WRAPS):
            return None, at + 1
        arguments, end = self._arguments(at + 2)
        values = [self._value(start, stop, depth) for name, start, stop in arguments if not name]
        if not any(
            self._tokens[start].string or self._called(start) for _, start, stop in arguments if start < stop
        ):
            return None, at + 1
        if called in _FORMATS:
            return _formatted(values), end
        named = {name: self._value(start, stop, depth).text for name, start, stop in arguments if name}
        between = named.get("sep", named.get(".sep", _JOINS.get(called, "")))
        made = values[0] if values else None
        for value in values[1:]:
            made = (
                (made or value.with_text("")) + Pieced(between.replace("\n", " "), (value.lines[0],)) + value
            )
        if made is not None and "glue" in called:
            made = made.with_text(_GLUED.sub(self._glued, made.text))
        return made, end

    def _arguments(self, at: int) -> tuple[list[tuple[str, int, int]], int]:
        """Give the arguments of a call whose bracket is open: name, first token, the one after the last; and its end."""
        checkpoint()  # a bracket that nothing closes costs the rest of the script
        found: list[tuple[str, int, int]] = []
        start, depth = at, 0
        while at < len(self._tokens):
            shown = self._tokens[at].shown
            if depth == 0 and shown in (",", ")"):
                if at > start:
                    is_named = self._tokens[start + 1].shown == "=" and start + 2 < at
                    name = self._tokens[start].shown if is_named else ""
                    found.append((name, start + 2 * is_named, at))
                start = at + 1
            if shown == ")" and depth == 0:
                return found, at + 1
            depth += (shown in ("(", "[", "{")) - (shown in (")", "]", "}"))
            at += 1
        return found, at

    def _value(self, start: int, stop: int, depth: int) -> Pieced:
        made, end = self._made(start, depth + 1)
        if made is None and stop == start + 1:
            made = self._known.get(self._tokens[start].shown)
            made = (
                Pieced(made.text, (self._tokens[start].line,))
                if made is not None and "\n" not in made.text
                else None
            )
            end = stop
        if made is not None and end == stop:
            return made
        return filled_in("".join(token.shown for token in self._tokens[start:stop]), self._tokens[start].line)

    def _glued(self, found: re.Match[str]) -> str:
        if found[0] in ("{{", "}}"):
            return found[0][0]
        name = found[1].strip().strip("`*")
        known = self._known.get(name)
        return known.text if known is not None and "\n" not in known.text else filled_in(name, 1).text

    def _named(self, at: int) -> Iterator[ReaderQuery]:
        """`tbl(con, in_schema("shop", "orders"))` reads a relation, and whatever columns of it the rest of the script uses."""
        arguments, _ = self._arguments(at + 2)
        strings = [self._tokens[start].string for _, start, stop in arguments if stop == start + 1]
        parts = [each.text for each in strings if each is not None]
        if self._tokens[at].shown == "I" and "." not in "".join(parts):
            return  # `I("red")` is a colour: dbplyr takes `I("schema.table")`
        if parts and all(re.fullmatch(r"[\w.$-]+", part) for part in parts):
            relation = ".".join(parts) if len(parts) > 1 or "." in parts[0] else in_any_schema(parts[0])
            yield reading("*", relation, Pieced("", (self._tokens[at].line,)))


def _formatted(values: list[Pieced]) -> Pieced | None:
    if not values:
        return None
    given = iter(values[1:])

    def value(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        made = next(given, None)
        return made.text if made is not None and "\n" not in made.text else "${value}"

    return values[0].with_text(_PERCENT.sub(value, values[0].text))
