"""The quotes of programs in whatever language: each text with what is filled into it, and the words and signs between texts.

No grammar of any language: the ending of a file's name tells its comments, its quotes and the signs that join texts.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from functools import lru_cache

from contract_gate.core.deadline import checkpoint
from contract_gate.core.values import dataclass
from contract_gate.workspace.readers.literals import Pieced, at_line, filled_in

ANY_LANGUAGE = ""
_HASH = frozenset({"rb", "pl", "ps1", "psm1", "php", "jl", "toml", "ex", "exs", ANY_LANGUAGE})
"""Where `#` begins a comment."""
_NO_SLASHES = frozenset({"rb", "pl", "ps1", "psm1", "jl", "toml", "ex", "exs", "vb"})
_ONE_CHARACTER = frozenset({"go", "java", "cs", "kt", "kts", "rs", "scala", "c", "cc", "cpp", "vb"})
"""Where single quotes hold one character, or begin something else (a lifetime, a symbol, a comment)."""
_HEREDOCS = frozenset({"rb", "php", "pl"})
_VERBATIM = frozenset({"cs", "vb"})
_PATTERNS = frozenset(
    {"js", "jsx", "ts", "tsx", "mjs", "cjs", "mts", "cts", "vue", "svelte", "groovy", ANY_LANGUAGE}
)
"""Where a pattern stands between slashes, and may hold a quote."""
_NUMBERED = frozenset({"rs", "cs", "vb"})
"""Where `{}`, `{0}` or `{x}` in a text is filled in."""
_JOINS = {"php": r"\.=?", "pl": r"\.=?", "vb": r"&=?|\+=?", "ex": "<>", "exs": "<>"}
_ADDED = r"\)\s*\.\s*[aA]ppend\s*\("
"""One `append` after another."""
_OVER_LINES = frozenset({"php", "rb", "rs", "pl", "ps1", "psm1", "jl", "ex", "exs", ANY_LANGUAGE})
"""Where a text in simple quotes may go over lines."""
_SQL_AHEAD = (
    r"(?=(?:\s|--[^\n]*\n|\()*+(?i:(?:select|with|insert|update|delete|merge|create|replace|truncate|copy|unload|alter|drop|rename"
    r"|from|where|and|or|on|(?:left|right|inner|full|cross)\s|join|order\s+by|group\s+by|having|limit|union)\b|\)))"
)
"""It does where it begins as SQL does, or a further clause: else one apostrophe in prose would turn all quotes around."""
_MARGIN = re.compile(r"^([ \t]*)\|", re.MULTILINE)
_STRIPS_MARGIN = re.compile(r"\s*\.\s*(?:stripMargin|trimMargin)\b")
"""Scala's and Kotlin's, behind a text whose lines begin with `|`."""
_ESCAPE = re.compile(r"\\(.)|\n", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": " ", '"': '"', "'": "'", "`": "`", "\\": "\\", "\n": "\n"}
_SHORT = re.compile(
    r"\{\$(?P<php>[^{}\n]*)\}|(?<![$\\])\$(?P<name>\w+|\([^()\n]*\))|(?<![\w%])(?P<verb>%[dvqf])\b"
)
_BRACES = re.compile(r"(?<![${])\{([^{}\n]*)\}(?!\})")
_END = re.compile(r"^[ \t]*([A-Za-z_]\w*)[ \t;,)]*$", re.MULTILINE)
_LONG = ("long", "quotes", "rust", "here", "verbatim")


@dataclass(frozen=True, slots=True)
class ProgramToken:
    """A text (`made`), or a sign or word between texts. `kind`: text, join, name, open, close, gap or other; `start` is its offset."""

    kind: str
    start: int
    written: str
    made: Pieced | None = None


def tokens(text: str, language: str, known: Mapping[str, str]) -> Iterator[ProgramToken]:
    """Give what a program is made of, comments left out. `known`: what names stand for that are filled in."""
    breaks = [found.end() for found in re.finditer("\n", text)]
    at, pattern, ends = 0, _pattern(language), Ends(text)

    def decoded(start: int, end: int, is_raw: bool) -> Pieced:
        made = at_line(text[start:end], bisect_right(breaks, start) + 1)
        return _filled(made if is_raw else _unescaped(made), language, known)

    while at < len(text):
        checkpoint()  # a quote without an end costs the rest of the text
        found = pattern.match(text, at)
        if found is None:
            return
        start, at, kind = at, found.end(), found.lastgroup or "gap"
        if kind == "template":
            end = closing(text, start + found[0].index("`") + 1, "`")
            yield ProgramToken(
                "text", start, "", decoded(start + found[0].index("`") + 1, end, language == "go")
            )
            at = end + 1
        elif kind == "end":
            below = text.find("\n", at) + 1
            body = ends.until(found[kind], at) if below else None
            if body is not None:
                yield ProgramToken("text", start, "", decoded(below, body, is_raw=True))
                at = text.index(found[kind], body) + len(found[kind])
        elif kind in ("join", "name", "open", "close", "other"):
            yield ProgramToken(kind, start, found[0])
        elif kind != "gap":
            made = decoded(*found.span(kind), kind in _LONG)
            is_bounded = kind in _LONG and _STRIPS_MARGIN.match(text, at) is not None
            yield ProgramToken(
                "text", start, "", made.with_text(_MARGIN.sub(r"\1 ", made.text)) if is_bounded else made
            )


class Ends:
    """Where the lines stand that end a heredoc, by their one word; signs may follow it."""

    def __init__(self, text: str) -> None:
        self._starts: dict[str, list[int]] = {}
        for found in _END.finditer(text):
            self._starts.setdefault(found[1], []).append(found.start())

    def until(self, word: str, at: int) -> int | None:
        """Give the offset of the line that ends a heredoc which begins after `at`; None where none does."""
        starts = self._starts.get(word, [])
        index = bisect_right(starts, at)
        return starts[index] if index < len(starts) else None


def closing(text: str, at: int, sign: str) -> int:
    """Give the offset of the sign that closes what was opened before `at`, what is filled in and quotes in it left out; the text's end where none does."""
    open_ = [sign]
    while at < len(text):
        char, within = text[at], open_[-1]
        if char == "\\":
            at += 1
        elif char == within:
            open_.pop()
            if not open_:
                return at
        elif within == "`":
            if text.startswith("${", at):
                open_.append("}")
                at += 1
        elif within in "'\"":
            pass
        elif char in "`'\"":
            open_.append(char)
        elif char == "{":
            open_.append("}")
        at += 1
    return len(text)


def _filled(made: Pieced, language: str, known: Mapping[str, str]) -> Pieced:
    """Put a placeholder, or what is known, for each part that the program fills in; on as many lines."""

    def value(expression: str) -> str:
        name = re.search(r"[A-Za-z_]\w*\s*$", expression)
        text = (
            known.get(name[0].strip())
            if name is not None and re.fullmatch(r"[\w.\s:]+", expression)
            else None
        )
        return (text if text is not None else filled_in(expression, 1).text) + "\n" * expression.count("\n")

    pieces: list[str] = []
    text, at = made.text, 0
    for found in re.finditer(r"[$#]\{", text) if language != "go" else ():
        if found.start() >= at:
            end = closing(text, found.end(), "}")
            pieces += (text[at : found.start()], value(text[found.end() : end]))
            at = end + 1
    text = "".join((*pieces, text[at:]))
    text = _SHORT.sub(lambda short: value(short[short.lastgroup or 0]), text)
    if language in _NUMBERED:
        text = _BRACES.sub(lambda braces: value(braces[1]), text)
    return made.with_text(text)


def _unescaped(made: Pieced) -> Pieced:
    """Write what escapes stand for; a line break that is written so stands on the line of the file where it is written."""
    pieces: list[str] = []
    lines, at = [made.lines[0]], 0
    for found in _ESCAPE.finditer(made.text):
        escaped = _ESCAPED.get(found[1], found[0]) if found[1] is not None else "\n"
        pieces += (made.text[at : found.start()], escaped)
        at = found.end()
        if escaped == "\n":
            lines.append(lines[-1] + found[0].count("\n"))
    return Pieced("".join((*pieces, made.text[at:])), tuple(lines))


@lru_cache(maxsize=64)
def _pattern(language: str) -> re.Pattern[str]:
    """Give the tokens of a language; what ends nowhere is one sign."""
    comments = [r"<\#.*?\#>|(?<![\w$&'.])\#(?!\{)[^\n]*"] if language in _HASH else []
    comments += [r"//[^\n]*|/\*.*?\*/"] if language not in _NO_SLASHES else []
    comments += [r"'[^\n]*"] if language == "vb" else []
    if language in _PATTERNS:
        before = r"(?:(?<=[(,=:\[!&|?{};\n])|(?<=[(,=:\[!&|?{};] ))"
        comments += [rf"{before}/(?![/*])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/"]
    prefix = r"(?:\b[A-Za-z]\w{0,2}(?=[\"'`]))?"
    is_long = language in _OVER_LINES
    texts = [
        *([r"\br(?P<hashes>\#+)\"(?P<rust>.*?)\"(?P=hashes)"] if language in ("rs", ANY_LANGUAGE) else ()),
        r"@(?P<at>[\"'])[ \t]*\n(?P<here>.*?)\n(?P=at)@",
        *([r"[$@]{1,2}\"(?P<verbatim>(?:[^\"]|\"\")*+)\""] if language in _VERBATIM else ()),
        *([r"<<<?[~-]?(?P<mark>['\"]?)(?P<end>[A-Za-z_]\w*)(?P=mark)"] if language in _HEREDOCS else ()),
        rf"{prefix}\"\"\"(?P<long>.*?)\"\"\"|{prefix}'''(?P<quotes>.*?)'''",
        rf"{prefix}\"(?P<double>(?:[^\"\\\n]|\\.)*+)\""
        + (rf"|{prefix}\"{_SQL_AHEAD}(?P<doubles>(?:[^\"\\]|\\.)*+)\"" if is_long else ""),
        r"'(?:[^'\\\n]|\\[^\n]+?)'"
        if language in _ONE_CHARACTER
        else rf"{prefix}'(?P<single>(?:[^'\\\n]|\\.)*+)'"
        + (rf"|{prefix}'{_SQL_AHEAD}(?P<singles>(?:[^'\\]|\\.)*+)'" if is_long else ""),
        rf"{prefix}(?P<template>`)",
    ]
    signs = (
        rf"(?P<join>{_ADDED}|{_JOINS.get(language, r'[+]=?')})|(?P<name>(?:\.|->|::|\?\.)?[\w$@]+(?:(?:\.|->|::|\?\.)[A-Za-z_$]\w*)*)"
        r"|(?P<open>[(\[])|(?P<close>[)\]])|[\s\\]+|(?P<other>[;,{}=:?|!*%^~]+|.)"
    )
    return re.compile("|".join((*comments, *texts, signs)), re.DOTALL)
