"""SQL in shell scripts: words in quotes (`psql -c "…"`, `bq query '…'`) and heredocs. Read by its quoting, never run.

What the shell fills in is a variable that is set once, to a text, or a placeholder.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping

from contract_gate.workspace.files import Files
from contract_gate.workspace.readers.literals import MARKS, Pieced, as_queries, at_line, filled_in
from contract_gate.workspace.readers.values import FileReader, ReaderKind, ReaderQuery

_TOKEN = re.compile(
    r"(?P<comment>(?:(?<=\s)|(?<=\A))\#[^\n]*)"
    r"|<<<|<<-?[ \t]*(?P<quote>['\"]?)(?P<end>\w+)(?P=quote)(?P<rest>[^\n]*)"
    r"|'(?P<single>[^']*)'"
    r"|\"(?P<double>(?:[^\"\\]|\\.|\\\n)*)\""
    r"|(?P<plain>(?:\\.|\$\([^()\n]*\)|\$\{[^{}\n]*\}|[^\s'\"\\;|&<>()#]|(?<=\S)\#)+)"
    r"|(?P<break>\\\n)|(?P<gap>.|\n)"
)
_VALUE = re.compile(
    r"\\\n|\\(?P<kept>[$`\"\\])|\$\{(?P<brace>\w+)[^{}]*\}|\$(?P<name>\w+)|(?P<ran>\$\([^()]*\)|`[^`]*`)"
)
_FLAG = re.compile(r"--?[\w-]+=|-[A-Za-z](?=\s*[A-Za-z(])|\w+=")
_SET = re.compile(r"\w+=")
_SHELLS = (".sh", ".bash", ".zsh", ".ksh")


def _claims(path: str) -> bool:
    return path.endswith(_SHELLS)


def _read(path: str, text: str, _files: Files) -> tuple[FileReader, ...]:
    queries = tuple(queries_of_shell(text))
    return (FileReader(noun="script", name=path, queries=queries),) if queries else ()


KIND = ReaderKind(name="shell", claims=_claims, read=_read, marks=MARKS)


def queries_of_shell(text: str) -> Iterator[ReaderQuery]:
    """Give the queries in a script's text, by its own lines."""
    words = list(_words(text, {}))
    known: dict[str, str] = {}
    for word in words:
        name = _SET.match(word.text)
        if name is not None:
            # Set twice it may be either.
            known[name[0][:-1]] = "" if name[0][:-1] in known else word.text[name.end() :]
    for word in _words(text, known):
        flag = _FLAG.match(word.text)
        yield from as_queries(word.with_text(word.text[flag.end() :]) if flag is not None else word)


def _words(text: str, known: Mapping[str, str]) -> Iterator[Pieced]:
    """Give the words of a script, each of one or more pieces with and without quotes, and the bodies of its heredocs."""
    ends = _Ends(text)
    word: Pieced | None = None
    at, line = 0, 1
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            return
        at = token.end()
        piece = _piece(token, line, known)
        if piece is not None:
            word = piece if word is None else word + piece
        elif word is not None and token["break"] is None:
            yield word
            word = None
        line += token[0].count("\n")
        body = ends.until(token["end"], at) if token["end"] is not None else None
        if body is not None:
            made = at_line(text[at + 1 : body], line + 1)
            yield made if token["quote"] else _filled(made, known)
            line += text.count("\n", at, body)
            at = body
    if word is not None:
        yield word


class _Ends:
    """Where the lines stand that end a heredoc, by their one word."""

    def __init__(self, text: str) -> None:
        self._starts: dict[str, list[int]] = {}
        at = 0
        for line in text.split("\n"):
            if line.strip().isidentifier():
                self._starts.setdefault(line.strip(), []).append(at)
            at += len(line) + 1

    def until(self, word: str, at: int) -> int | None:
        """Give the offset of the line that ends a heredoc which begins after `at`; None where none does."""
        starts = self._starts.get(word, [])
        index = bisect_right(starts, at)
        return starts[index] if index < len(starts) else None


def _piece(token: re.Match[str], line: int, known: Mapping[str, str]) -> Pieced | None:
    if token["single"] is not None:
        return at_line(token["single"], line)
    text = token["double"] if token["double"] is not None else token["plain"]
    return _filled(at_line(text, line), known) if text is not None else None


def _filled(made: Pieced, known: Mapping[str, str]) -> Pieced:
    """Put in what the shell fills in; a line that goes on keeps its break, so that the lines stay those of the file."""

    def value(found: re.Match[str]) -> str:
        if found["kept"]:
            return found["kept"]
        name = found["brace"] or found["name"]
        if name is not None:
            text = known.get(name, "")
            return text if text and "\n" not in text else filled_in(name, 1).text
        return filled_in(found["ran"], 1).text if found["ran"] else "\n"

    return made.with_text(_VALUE.sub(value, made.text))
