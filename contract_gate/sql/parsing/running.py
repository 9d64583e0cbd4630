"""Statements that run a text: EXECUTE IMMEDIATE, PostgreSQL's EXECUTE, T-SQL's EXEC and sp_executesql, MySQL's PREPARE.

A text that the script says in full is put where it is run or given to a variable, as the statement that it is, and every other
position stays what it was. What a text with gaps may take away is told by its constant parts.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from contract_gate.core.values import dataclass
from contract_gate.sql.families import POSTGRES, TSQL
from contract_gate.sql.parsing.texts import GAP, Assigned, ComposedTexts, text_words


def composed(sql: str, dialect: str) -> str:
    """Write the statements that a script puts together of what it says itself where it runs them."""
    if not runs_texts(sql):
        return sql
    if dialect in POSTGRES:
        sql = _BODY.sub(
            lambda found: f"{found['quote']}{composed(found['body'], dialect)}{found['quote']}", sql
        )
    written, position = [], 0
    for start, end, text in _run(sql, dialect).known:
        written += [sql[position:start], text]
        position = end
    return "".join([*written, sql[position:]])


def runs_texts(sql: str) -> bool:
    """Tell whether a script may run statements that stand in texts."""
    return _RUNS.search(sql) is not None


def unknown_statements(sql: str, dialect: str) -> tuple[int, ...]:
    """Give where a script runs a statement that nobody knows here and that may take a relation or a column away, or its name."""
    return _run(sql, dialect).unknown if runs_texts(sql) else ()


_BODY = re.compile(r"(?P<quote>\$\w*\$)(?P<body>.*?)(?P=quote)", re.DOTALL)
_RUNS = re.compile(r"\b(?:execute|exec|prepare)\b|\bopen\s+\w+\s+for\s+'|\\gexec\b", re.IGNORECASE)


def sent_back(sql: str, dialect: str) -> tuple[int, ...]:
    """Give where psql runs what a query gives (`\\gexec`), and the texts of the script may take something away.

    https://www.postgresql.org/docs/current/app-psql.html#APP-PSQL-META-COMMAND-GEXEC
    """
    places = tuple(found.start() for found in _GEXEC.finditer(sql)) if dialect in POSTGRES else ()
    takes = places and any(map(_takes, ComposedTexts(text_words(sql, dialect), dialect).runs))
    return places if takes else ()


_GEXEC = re.compile(r"\\gexec\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Run:
    known: tuple[tuple[int, int, str], ...]
    unknown: tuple[int, ...]


@lru_cache(maxsize=512)
def _run(sql: str, dialect: str) -> _Run:
    reader = ComposedTexts(text_words(sql, dialect), dialect)
    known: dict[int, tuple[int, int, str]] = {}
    unknown: list[int] = []
    others_may = _any_may_take(reader.runs)
    for start, at in _sites(reader, dialect):
        for said, first, last in _places(reader, start, at, dialect):
            if last and first in known:
                continue
            fitting = _fitted(reader, sql, said, first, last, dialect)
            if fitting is not None:
                known[first] = fitting
            elif _may_take(said, others_may):
                unknown.append(reader.words[start].start)
    return _Run(tuple(_apart(known[at] for at in sorted(known))), tuple(dict.fromkeys(unknown)))


def _apart(places: Iterable[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """Leave out what stands within another."""
    behind = 0
    for place in places:
        if place[0] >= behind:
            behind = place[1]
            yield place


def _places(reader: ComposedTexts, start: int, at: int, dialect: str) -> Iterator[tuple[str, int, int]]:
    """Give the texts that a statement may run, and between which words each can stand as a statement."""
    text, end = reader.value(at)
    given = (
        reader.assigned.get(reader.said(at), []) if end == at + 1 and reader.words[at].kind == "name" else []
    )
    for each in given:
        yield (each.text, *_span_of(reader, each, dialect))
    if "foreach" in reader.said(at - 1):
        yield text.replace("?", GAP), 0, 0
    elif not given and (dialect not in TSQL or end > at + 1 or reader.words[at].kind != "text"):
        yield text, start, _end_of(reader, end, dialect)


def _sites(reader: ComposedTexts, dialect: str) -> Iterator[tuple[int, int]]:
    """Give where each statement begins that runs a text, and where the text does."""
    for at, word in enumerate(reader.words):
        if word.kind != "name":
            continue
        following = reader.said(at + 1)
        if at + 1 >= len(reader.words):
            return
        if word.said == "execute" and following == "immediate" and reader.said(at + 2):
            yield at, at + 2
        elif word.said == "prepare" and reader.said(at + 2) == "from" and reader.said(at + 3):
            yield at, at + 3
        elif word.said == "open" and reader.said(at + 2) == "for" and reader.said(at + 3):
            if reader.words[at + 3].kind == "text":
                yield at, at + 3
        elif dialect in TSQL and (begins := _run_by_tsql(reader, at)):
            yield at, begins
        elif word.said == "execute" and dialect in POSTGRES and _is_run_by_postgres(reader, at):
            yield at, at + 1


def _run_by_tsql(reader: ComposedTexts, at: int) -> int:
    """Give where the text begins that an EXEC runs; 0 where it calls a procedure."""
    if reader.said(at) not in ("exec", "execute"):
        return 0
    if reader.said(at + 1) == "(":
        _, end = reader.value(at + 1)
        return 0 if reader.said(end) == "at" else at + 2
    at += 3 if reader.said(at + 2) == "=" else 1
    if reader.said(at).rpartition(".")[2] not in ("sp_executesql", "sp_msforeachtable"):
        return 0
    return at + 3 if reader.said(at + 2) == "=" else at + 1


def _is_run_by_postgres(reader: ComposedTexts, at: int) -> bool:
    """Tell a text that PL/pgSQL runs from a prepared statement, a trigger's function and a right."""
    following = reader.words[at + 1] if at + 1 < len(reader.words) else None
    if following is None or reader.said(at - 1) not in _BEFORE_EXECUTE:
        return False
    is_called = reader.said(at + 2) == "(" and following.said not in ("format", "concat", "replace")
    if following.kind != "name" or reader.said(at + 2) in ("||", "::"):
        return following.kind in ("text", "name", "heredoc") or following.said == "("
    is_variable = "." in following.said or following.said in reader.variables
    return not is_called and (is_variable or reader.said(at + 2) == "(")


_BEFORE_EXECUTE = frozenset({"", ";", "begin", "then", "else", "loop", "in", "query", "for"})


def _end_of(reader: ComposedTexts, at: int, dialect: str) -> int:
    """Give where a statement ends that runs a text: what it is given and what becomes of its rows belong to it."""
    if dialect in TSQL:
        at += reader.said(at) == ")"
        while reader.said(at) == ",":
            at += 3 if reader.said(at + 2) == "=" else 1
            _, at = reader.value(at)
            at += reader.said(at) in ("output", "out")
        return at
    depth = 0
    while at < len(reader.words) and depth >= 0 and reader.said(at) not in (";", "loop"):
        depth += (reader.said(at) == "(") - (reader.said(at) == ")")
        at += depth >= 0
    return at


def _span_of(reader: ComposedTexts, given: Assigned, dialect: str) -> tuple[int, int]:
    """Give which words give a variable its text; none where they do more than that."""
    following = reader.said(given.end)
    is_alone = (
        following not in (",", "from", "where", "into") if dialect in TSQL else following in (";", "", "end")
    )
    is_first = reader.said(given.start) != "," and reader.said(given.start - 1) != ","
    return (given.start, given.end) if is_alone and is_first else (0, 0)


def _fitted(
    reader: ComposedTexts, sql: str, said: str, first: int, last: int, dialect: str
) -> tuple[int, int, str] | None:
    """Write a statement in the place of what runs it; None where it is not known, or has no room."""
    if not last or GAP in said or _STATEMENT.match(said) is None:
        return None
    start, end = reader.words[first].start, reader.words[last - 1].end
    place, line = sql[start:end], sql[max(start - _LINE, 0) : start].rpartition("\n")[2]
    begins = not line.strip() if dialect in TSQL else reader.said(first - 1) in _BEFORE_EXECUTE
    before = " " if begins or _CONDITION.search(line) is not None else ";"
    text = before + said + (";" if dialect in TSQL else "")
    lines = place.count("\n") - said.count("\n")
    room = len(place) - len(text) - lines
    return (start, end, text + "\n" * lines + " " * room) if room >= 0 <= lines else None


_LINE = 1000
_CONDITION = re.compile(r"\b(?:if|while|else|begin)\b[^;]*\Z", re.IGNORECASE)
_STATEMENT = re.compile(
    r"\s*(?:alter(?!\s+column)|create|drop(?!\s+(?:column|constraint|default|not))|rename(?!\s+column)|truncate|insert|update|delete|merge|select|with|comment|grant|revoke|call|exec|exchange|analyze|refresh|vacuum|reindex|set)\b",
    re.IGNORECASE,
)


def _may_take(text: str, others_may: bool) -> bool:
    """Tell whether a text that is not known in full may take something away; where it says nothing, whether any text of the script may."""
    if text.lstrip().startswith(GAP) and not _is_statement(text):
        return others_may
    return _takes(text) or (text.lstrip().startswith(GAP) and others_may)


def _any_may_take(runs: list[str]) -> bool:
    said = [run for run in dict.fromkeys(runs) if _is_statement(run)]
    return not said or any(map(_takes, said))


def _is_statement(text: str) -> bool:
    return _STATEMENT.match(text.replace(GAP, " ")) is not None


def _takes(text: str) -> bool:
    return any(_TAKES.match(part.replace(GAP, _UNKNOWN)) is not None for part in text.split(";"))


_UNKNOWN = "?"
_TAKES = re.compile(
    r"\s*(?:"
    r"drop\s+(?:table|view|materialized|foreign\s+table|external|schema|database|function|procedure|type|domain|\?)"
    r"|(?:exec(?:ute)?\s+)?(?:sys\.)?sp_rename\b|rename\b|exchange\b"
    r"|create\s+or\s+(?:replace|alter)\s+(?:\w+\s+)*?(?:view|table|function|procedure)\b"
    r"|alter\s+(?:view|function|procedure)\b(?!.*\bowner\b)"
    r"|alter\s+(?:\w+\s+){0,2}(?:table|schema|type|domain|\?).*?(?:"
    r"\bdrop\s+(?!constraint|default|not\b|index|identity|expression|primary|foreign|key|check|partition|period|policy|trigger)"
    r"|\brename\b|\bset\s+schema\b|\bmodify\b|\bchange\b|\balter\s+(?:column\s+)?(?!column\b)\S+\s+(?!set\s+(?!data)|drop|add|reset)|\bswap\b|\btransfer\b|^\s*alter\s+\w+\s+\S+\s*\?\s*$)"
    r")",
    re.IGNORECASE | re.DOTALL,
)
