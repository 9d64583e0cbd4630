"""Texts that other languages put together, and which of them look like SQL before they are parsed: a verb at the start, a relation
further on.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from contract_gate.core.values import dataclass
from contract_gate.sql.comments import on_one_line
from contract_gate.workspace.readers.values import ReaderQuery

LONGEST = 200_000
MARKS = (
    b"select",
    b"insert",
    b"merge",
    b"update",
    b"delete from",
    b"copy ",
    *(
        f"{verb} {what}".encode()
        for verb in ("alter", "drop", "rename")
        for what in ("table", "view", "materialized", "external", "foreign", "dynamic", "schema", "database")
    ),
    b"truncate",
)
"""One of these stands in every file that holds a query which reads something, or a statement that writes or takes away."""
COMMANDS = (b"pg_dump", b"bq ")
"""One of these stands beside a relation that a command line reads by its name, without SQL."""
_BEGINS = re.compile(
    r"(?:\s|--[^\n]*\n|#[^\n]*\n|(?>/\*.*?\*/)|\()*+(?:select|with|insert|update|delete|merge|create|replace|truncate|copy|unload|alter|drop|rename)[\s(]",
    re.IGNORECASE | re.DOTALL,
)
_VERB = r"(?:select|with|insert|update|delete|merge|create|truncate|copy)\b"
_BEFORE = re.compile(
    r"\A(?:\s|;|set\s+[\w.]+\s*(?:=|\bto\b)[^;]{0,500};|(?:use|call|drop|declare|alter\s+session)\s+[\w.\"`{}$(][^;]{0,500};"
    r"|[\\.](?!copy\b)[a-z?!]\w*[^\n]{0,500}\n|(?:begin|start)(?:\s+transaction)?\s*;|explain(?:\s+(?:analyze|verbose|plan\s+for))*+\s"
    rf"|\$\{{\w*\}}(?=\s*;?\s*{_VERB}))++(?={_VERB})",
    re.IGNORECASE,
)
"""What is run before a query in the same text, and reads nothing: a search path, a transaction, a command of psql or DuckDB, what nobody knows."""
_COPY = re.compile(r"\A(\s*)\\copy\b(.*)", re.IGNORECASE | re.DOTALL)
_COPIED_FILE = re.compile(
    r"(\b(?:to|from)\s+)(?!program\b|p?std(?:in|out)\b)([^\s'\";()]+)(?=[^'\"()]*\Z)", re.IGNORECASE
)
"""psql takes the name of a file without quotes."""
_LONGEST_COMMAND = 10_000
_GOES_ON = re.compile(
    r"\b(?:from|into|update|join|table|view|schema|database)\s+[\w`\"\[{$%(]|\A\s*copy\s+[\w.`\"${}]+\s*(?:\([^()]*\)\s*)?(?:to|from)\s",
    re.IGNORECASE,
)

_FILLED_IN = re.compile(r"\b(?:from|join)\s+([^\s,;()]*?)\$\{\w*\}([\"`\]]?)(?=[\s,;)]|$)", re.IGNORECASE)
RELATION = re.compile(r"\w+(?:\.\w+){0,2}")
"""What may be the name of a relation, plain."""
_WORDS = re.compile(r"[^\n]")


@dataclass(frozen=True, slots=True)
class Pieced:
    """A string as it is put together, with the line of the file that each of its lines is from."""

    text: str
    lines: tuple[int, ...]

    def __add__(self, other: "Pieced") -> "Pieced":
        return Pieced(self.text + other.text, (*self.lines, *other.lines[1:]))

    def with_text(self, text: str) -> "Pieced":
        """Put another text in its place, which has as many lines."""
        return Pieced(text, self.lines)


def at_line(text: str, line: int) -> Pieced:
    """Give a text that stands in a file as it is, from a line on."""
    return Pieced(text, tuple(range(line, line + text.count("\n") + 1)))


def filled_in(expression: str, line: int) -> Pieced:
    """Give what stands for an expression that nobody knows the value of: a placeholder with its words."""
    return Pieced(f"${{{word_of(expression)}}}", (line,))


def word_of(expression: str) -> str:
    """Give a word that can stand for an expression."""
    return re.sub(r"\W+", "_", expression).strip("_")[:40] or "value"


def looks_like_query(text: str) -> bool:
    """Tell whether a text may be SQL that names a relation; prose that begins like one passes, and fails to parse."""
    return len(text) <= LONGEST and _BEGINS.match(text) is not None and _GOES_ON.search(text) is not None


def as_queries(made: Pieced, is_sql: bool = True) -> Iterator[ReaderQuery]:
    """Give a text as a query where it looks like one; psql's `\\copy` is the statement of that name."""
    made = made.with_text(_BEFORE.sub(lambda found: _WORDS.sub(" ", found[0]), _COPY.sub(_copied, made.text)))
    if looks_like_query(made.text):
        yield ReaderQuery(sql=made.text, line=made.lines[0], lines=made.lines, is_sql=is_sql)


def _copied(found: re.Match[str]) -> str:
    named = _COPIED_FILE.sub(r"\1'\2'", found[2]) if len(found[2]) < _LONGEST_COMMAND else found[2]
    return f"{found[1]} copy{named}"


def reading(what: str, relation: str, made: Pieced, condition: str = "") -> ReaderQuery:
    """Write what a declaration reads of a relation as the query that it stands for, at the lines of the declaration."""
    words = ("SELECT", what, "FROM", relation, *(("WHERE", condition) if condition else ()))
    return ReaderQuery(sql=" ".join(words), line=made.lines[0], lines=made.lines)


def possible(
    written: Iterable[ReaderQuery], tables: Callable[[str], Iterable[tuple[str, int]]]
) -> Iterator[ReaderQuery]:
    """Give the queries whose table is filled in as they may be. `tables` gives what may stand there, with lines, by what stands before it."""
    asked: dict[tuple[str, str], dict[str, None]] = {}
    for query in written:
        for found in _FILLED_IN.finditer(query.sql):
            asked.setdefault((found[1], found[2]), {})[query.sql] = None
    for place, texts in asked.items():
        for name, line in dict.fromkeys(tables(place[0])):
            yield ReaderQuery(sql=_perhaps(texts, place, name), line=line)


def _perhaps(texts: Iterable[str], place: tuple[str, str], name: str) -> str:
    """Write the queries as they may be, with a name in this place: behind a bracket that nothing opened they prove nothing."""

    def named(found: re.Match[str]) -> str:
        is_meant = (found[1], found[2]) == place
        return f"{found[0].split()[0]} {place[0]}{name}{place[1]}" if is_meant else found[0]

    return ") " + " ".join(on_one_line(_FILLED_IN.sub(named, text)) for text in texts)


def queries_of_connectors(text: str) -> Iterator[ReaderQuery]:
    """Give what the connectors of Kafka read that a text makes or posts, in whatever language."""
    if "connector.class" in text:
        # Imported here: few texts have one.
        from contract_gate.workspace.readers.kafka import in_text

        yield from in_text(text)
