"""SQL in shell scripts: words in quotes (`psql -c "…"`, `bq query '…'`) and heredocs. Read by its quoting, never run.

What the shell fills in is a variable that is set once, to a text, or a placeholder.
"""

import re
from collections.abc import Iterator, Mapping

from contract_gate.core.deadline import checkpoint
from contract_gate.core.values import dataclass, field, replace
from contract_gate.workspace.files import Files
from contract_gate.workspace.readers.literals import (
    COMMANDS,
    LONGEST,
    MARKS,
    Pieced,
    as_queries,
    at_line,
    filled_in,
    queries_of_connectors,
    reading,
)
from contract_gate.workspace.readers.queries import quoted, relation
from contract_gate.workspace.readers.quotes import Ends
from contract_gate.workspace.readers.values import FileReader, ReaderQuery, moved, script

_TOKEN = re.compile(
    r"(?P<comment>(?:(?<=\s)|(?<=\A))\#[^\n]*)"
    r"|<<<|<<-?[ \t]*(?P<quote>['\"]?)(?P<end>\w+)(?P=quote)(?P<rest>[^\n]*)"
    r"|'(?P<single>[^']*)'"
    r"|\"(?P<double>(?:[^\"\\]|\\.|\\\n)*)\""
    r"|(?P<plain>(?:\\.|\$\([^()\n]*\)|\$\{[^{}\n]*\}|[^\s'\"\\;|&<>()#`]|(?<=\S)\#)+)"
    r"|(?P<break>\\\n)|(?P<gap>.|\n)"
)
_VALUE = re.compile(
    r"\\\n|\\(?P<kept>[$`\"\\])|\$\{(?P<brace>\w+)[^{}]*\}|\$(?P<name>\w+)|(?P<ran>\$\([^()]*\)|`[^`]*`)"
)
_FLAG = re.compile(r"--?[\w-]+=|-[A-Za-z](?=\s*[A-Za-z(])|\w+=")
_SET = re.compile(r"\w+=")
_DEEPEST = 3
_ENDS_COMMAND, _TAKES = "\n;|&()`", "|)`"
_GROUP = re.compile(r"(?:[})]|\b(?:done|fi|esac))[ \t]*(?:\||>(?!&))")
"""Commands whose words are handed on together."""
_BEFORE_NAMES = frozenset(
    {"then", "else", "do", "{", "!", "if", "elif", "while", "until", "time", "command", "builtin"}
)
_PRINTS = frozenset({"echo", "printf", "print"})
_TELLS = re.compile(
    r"(?:\w+_)?(?:log|logger|warn|warning|err|error|die|info|fail|abort|usage|fatal|debug|notice|msg|message|say)"
    r"(?:_(?:info|error|warn|warning|debug|msg|message))?"
)
_TO_PERSON = re.compile(r">\s*(?:&\s*2|/dev/(?:stderr|tty|null))")
_INTO_FILE = re.compile(r"(?<![2&])>>?\s*(?!>|&|/dev/)")
_BY_NAME = frozenset({"extract", "cp", "show", "head"})
"""What `bq` does to a table that it is told by name. https://cloud.google.com/bigquery/docs/reference/bq-cli-reference"""
_IN_BIGQUERY = re.compile(r"(?:[\w-]+[:.])?\w+\.\w+(?:[$@]\S*)?")
_DUMPS = re.compile(r"(?:^|/)pg_dump$")
_TABLE_FLAG = re.compile(r"-t|--table(?:=|$)")
_NAMES_RELATIONS = re.compile(r"\s*(?:\S*/)?(?:bq|pg_dump)\s")
_PART = re.compile(r"[\w-]+")
_CLIENT = re.compile(
    r"\b(?:psql|bq|snowsql|snow sql|mysql|sqlite3|duckdb|clickhouse-client|clickhouse client|spark-sql|beeline|hive|sqlcmd|"
    r"trino|presto|athena|redshift-data|databricks)\b"
)


def read(path: str, text: str, _files: Files) -> tuple[FileReader, ...]:
    """Give the readers of a file."""
    return script(path, (*queries_of_shell(text), *queries_of_connectors(text)))


def queries_of_shell(text: str, depth: int = _DEEPEST) -> Iterator[ReaderQuery]:
    """Give the queries in a script's text, by its own lines: in its words, in command lines that a word hands on, in `$(…)`."""
    words = list(_words(text, {}))
    known: dict[str, str] = {}
    for word in words:
        name = _SET.match(word.text)
        if name is not None:
            # Set twice it may be either.
            known[name[0][:-1]] = "" if name[0][:-1] in known else word.text[name.end() :]
    is_handed_on = depth < _DEEPEST or _GROUP.search(text) is not None
    for command in _commands(text, known):
        yield from command.relations()
        yield from (
            _of_printed(command)
            if not is_handed_on and command.is_printed()
            else _of_words(command, text, depth)
        )
    for inner, line in _substituted(text) if depth else ():
        yield from moved(queries_of_shell(inner, depth - 1), at_line(inner, line).lines)


def _of_words(command: "_Command", text: str, depth: int) -> Iterator[ReaderQuery]:
    for word in command.words:
        flag = _FLAG.match(word.text)
        made = word.with_text(word.text[flag.end() :]) if flag is not None else word
        found = tuple(as_queries(made))
        yield from found or (queries_of_command(made, depth - 1) if depth and made.text != text else ())


def _of_printed(command: "_Command") -> Iterator[ReaderQuery]:
    """Give what may be run by who reads the script's output, and may be prose: it proves nothing."""
    for word in () if command.is_told() else command.words:
        yield from (replace(query, sql=f") {query.sql}", is_sql=False) for query in as_queries(word))


def queries_of_command(made: Pieced, depth: int = _DEEPEST) -> Iterator[ReaderQuery]:
    """Give the queries that a text hands to a client, where it is a command line: `psql -c '…'`, `bq show shop.orders`."""
    is_handed = _CLIENT.search(made.text) and any(mark.decode() in made.text.lower() for mark in MARKS)
    if len(made.text) <= LONGEST and (is_handed or _NAMES_RELATIONS.match(made.text)):
        yield from moved(queries_of_shell(made.text, depth), made.lines)


def _substituted(text: str) -> Iterator[tuple[str, int]]:
    """Give what stands in each outermost `$(…)` with its line, quotes and further ones in it whole."""
    at = 0
    while (start := text.find("$(", at)) >= 0:
        end = _closing(text, start + 2)
        inner, above = text[start + 2 : end], text[text.rfind("\n", 0, start) + 1 : start]
        if not above.lstrip().startswith("#") and any(
            mark.decode() in inner.lower() for mark in (*MARKS, *COMMANDS)
        ):
            yield inner, text.count("\n", 0, start) + 1
        at = end


def _closing(text: str, at: int) -> int:
    """Give the offset of the bracket that closes the one before `at`; the end of the text where none does."""
    open_: list[str] = [")"]
    while at < len(text):
        char = text[at]
        if char == "\\" and open_[-1] != "'":
            at += 1
        elif char == open_[-1]:
            open_.pop()
            if not open_:
                return at
        elif open_[-1] == "'" or (open_[-1] == '"' and char != "$"):
            pass
        elif char in "'\"":
            open_.append(char)
        elif char == "(" or text.startswith("$(", at):
            open_.append(")")
            at += char == "$"
        at += 1
    return len(text)


@dataclass(slots=True)
class _Command:
    """A command: its words and heredocs, its `shape` (what stands without quotes, `_` for what has them) and what ends it."""

    words: list[Pieced] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    end: str = ""

    @property
    def shape(self) -> str:
        return "".join(self.written)

    @property
    def name(self) -> str:
        return next((word.text for word in self.words if word.text not in _BEFORE_NAMES), "")

    def is_printed(self) -> bool:
        """Tell whether its words are shown to somebody, and handed to nothing that is known."""
        is_taken = self.end in _TAKES or _INTO_FILE.search(self.shape) is not None
        return not is_taken and (self.name in _PRINTS or _TELLS.fullmatch(self.name) is not None)

    def is_told(self) -> bool:
        """Tell whether they are shown to a person: the errors' output, a log."""
        return _TO_PERSON.search(self.shape) is not None or _TELLS.fullmatch(self.name) is not None

    def relations(self) -> Iterator[ReaderQuery]:
        """Give the relations that a client reads by their names, without SQL."""
        texts = [word.text for word in self.words]
        named: list[Pieced] = []
        if "bq" in texts and _BY_NAME & set(texts):
            named = self.words[min(texts.index(name) for name in _BY_NAME & set(texts)) + 1 :]
            # What follows the first relation is where it goes.
            named = next(([word] for word in named if _IN_BIGQUERY.fullmatch(word.text)), [])
        elif any(_DUMPS.search(text) for text in texts):
            for word, after in zip(self.words, [*self.words[1:], None], strict=True):
                flag = _TABLE_FLAG.match(word.text)
                if flag is not None and word.text[flag.end() :]:
                    named.append(word.with_text(word.text[flag.end() :]))
                elif flag is not None and after is not None:
                    named.append(after)
        for word in named:
            parts = re.split(r"[.:]", word.text.replace('"', "").partition("$")[0].partition("@")[0])
            if all(_PART.fullmatch(part) for part in parts):
                yield reading("*", relation(*parts) if len(parts) > 1 else quoted(parts[0]), word)


def _words(text: str, known: Mapping[str, str]) -> Iterator[Pieced]:
    """Give the words of a script, each of one or more pieces with and without quotes, and the bodies of its heredocs."""
    for command in _commands(text, known):
        yield from command.words


def _commands(text: str, known: Mapping[str, str]) -> Iterator[_Command]:
    """Give the commands of a script, as far as its line ends, `;`, `|`, `&`, brackets and backticks tell them apart."""
    ends = Ends(text)
    word: Pieced | None = None
    command = _Command()
    at, line = 0, 1
    while at < len(text):
        checkpoint()
        token = _TOKEN.match(text, at)
        if token is None:
            break
        at = token.end()
        piece = _piece(token, line, known)
        if piece is not None:
            word = piece if word is None else word + piece
            command.written.append(token["plain"] or "_")
        elif word is not None and token["break"] is None:
            command.words.append(word)
            word = None
        line += token[0].count("\n")
        body = ends.until(token["end"], at) if token["end"] is not None else None
        if body is not None:
            made = at_line(text[at + 1 : body], line + 1)
            command.words.append(made if token["quote"] else _filled(made, known))
            line += text.count("\n", at, body)
            at = body
        if token["gap"] is not None:
            if token[0] in _ENDS_COMMAND and not (token[0] == "&" and command.written[-1:] == [">"]):
                command.end = text[at - 1 : at + 1] if text[at - 1 : at + 1] == "||" else token[0]
                yield command
                command = _Command()
            else:
                command.written.append(token[0])
    if word is not None:
        command.words.append(word)
    yield command


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
