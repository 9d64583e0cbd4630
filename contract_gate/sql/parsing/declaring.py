"""The names that procedural code gives values: parameters, declarations, the variables of loops, and where each is in sight.

Works on tokens, so that it knows them where no grammar reads the code around a statement: a name that code declares is no lost column.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from contract_gate.core.deadline import checkpoint
from contract_gate.core.values import dataclass
from contract_gate.sql.families import MYSQL, TSQL
from contract_gate.sql.parsing.blocks import end_of_block
from contract_gate.sql.parsing.heads import is_head
from contract_gate.sql.parsing.rowtriggers import end_of_statement
from contract_gate.sql.parsing.tokens import nesting


@dataclass(frozen=True, slots=True)
class Sight:
    """Names, in lower case, and the part of the text (from, to) in which they mean what code declares."""

    start: int
    end: int
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class CalledBody:
    """Where a procedure, trigger, event or task stands in the text (from, to). `is_bound`: its body is bound when it is made (`BEGIN ATOMIC`, `LANGUAGE sql`, a rule's, BigQuery's);
    `is_kept`: as what it was bound to, whatever that is called by now.
    """

    start: int
    end: int
    is_bound: bool = False
    is_kept: bool = False


def declared(tokens: Sequence[Token], ends: dict[int, int]) -> tuple[Sight, ...]:
    """Give the names that the blocks, routines and loops of a text declare; `ends` keeps where blocks end, by where they begin."""
    if not any(token.text.upper() in _OPENERS for token in tokens):
        return ()
    found = []
    told = 0  # what stands within a block is told with it, but for the parameters of a routine
    for index, token in enumerate(tokens):
        word = token.text.upper()
        if word not in _OPENERS or (index < told and word not in _ROUTINES):
            continue
        checkpoint()
        end = _end(tokens, index, word, ends)
        told = max(told, end if word != "PACKAGE" else 0)
        names = frozenset(_names(tokens, index, end)) if end else frozenset[str]()
        if names:
            found.append(Sight(_start(tokens, index), tokens[end - 1].end + 1, names))
    return tuple(found)


def called_bodies(
    tokens: Sequence[Token], dialect: str, text: str, quoted: Mapping[int, int], ends: dict[int, int]
) -> tuple[CalledBody, ...]:
    """Give where procedures, triggers, rules, events and tasks stand, whose bodies run when they are called.

    `text`: that of the tokens; `quoted`: where procedures begin and end whose bodies stood in quotes; `ends`: see `declared`. One of T-SQL goes on to the end of its batch, which is written `;;`; a task's, a rule's or one of MySQL may be a single statement.
    https://learn.microsoft.com/en-us/sql/t-sql/statements/create-procedure-transact-sql, https://www.postgresql.org/docs/current/plpgsql-implementation.html
    """
    words = [token.text.upper() for token in tokens]
    stops = [index for index, token in enumerate(tokens) if token.token_type == TokenType.SEMICOLON]
    if dialect in TSQL:
        stops = [index for index in stops if text.startswith(";;", tokens[index].start)]
    found = []
    told = 0
    for head in (index for index, word in enumerate(words) if word in ("CREATE", "ALTER")):
        if head < told or not is_head(tokens[head : head + 9], _CALLED):
            continue
        checkpoint()
        at = next(index for index in range(head, len(tokens)) if words[index] in _CALLED)
        begin = _begin(tokens, at)
        if (end := quoted.get(tokens[head].start)) is not None:
            told = bisect_left(tokens, end, key=lambda token: token.start)
        elif words[at] == "RULE":
            told = end_of_statement(tokens, head)
        elif dialect in TSQL or (not begin and (dialect in MYSQL or words[at] == "TASK")):
            place = bisect_left(stops, at)
            told = stops[place] if place < len(stops) else len(tokens)
        else:
            told = _end_of_block(tokens, begin, ends) if begin else 0
        if told:
            # What stands in quotes and is no block is `LANGUAGE sql` of PostgreSQL.
            in_sql = not begin and tokens[head].start in quoted
            is_kept = words[at] == "RULE" or words[begin + 1 : begin + 2] == ["ATOMIC"] or dialect == "sqlite"
            is_bound = dialect == "bigquery" or in_sql or (is_kept and dialect != "sqlite")
            found.append(CalledBody(tokens[head].start, tokens[told - 1].end + 1, is_bound, is_kept))
    return tuple(found)


_CALLED = frozenset({"PROCEDURE", "PROC", "TRIGGER", "EVENT", "TASK", "RULE"})


def names_in(tokens: Sequence[Token]) -> frozenset[str]:
    """Give all names that the code of a text declares, wherever in it they are in sight."""
    return frozenset(_names(tokens, 0, len(tokens))) if tokens else frozenset()


def in_sight(sights: Sequence[Sight], place: int) -> frozenset[str]:
    """Give the names that mean something else than a column at a place of the text."""
    return frozenset(name for each in sights if each.start <= place < each.end for name in each.names)


def is_assignment(node: exp.Expr, dialect: str, variables: Collection[str]) -> bool:
    """Tell whether a SELECT INTO gives variables values and makes no table."""
    into = node.args.get("into") if isinstance(node, exp.Select) else None
    target = into.this if isinstance(into, exp.Into) else None
    if not isinstance(target, exp.Table):
        return False
    return dialect in _ASSIGNING or (not target.db and target.name.lower() in variables)


_ASSIGNING = frozenset({"oracle", "mysql", "snowflake", "bigquery", "databricks", "db2", "teradata"})
"""Where SELECT INTO makes no table: it is a statement of procedural code."""
_ROUTINES = frozenset({"PROCEDURE", "PROC", "FUNCTION", "TRIGGER"})
_LOOPS = frozenset({"FOR", "FOREACH"})
_CREATING = frozenset({"CREATE", "REPLACE", "EDITIONABLE", "NONEDITIONABLE"})
_OPENERS = _ROUTINES | _LOOPS | {"DECLARE", "BEGIN", "PACKAGE"}
_BEFORE_STATEMENT = frozenset({";", "THEN", "ELSE", "DO", "LOOP", "BEGIN", ">>", ":"})


def _end_of_block(tokens: Sequence[Token], begin: int, ends: dict[int, int]) -> int:
    if begin not in ends:
        ends[begin] = end_of_block(tokens, begin)
    return ends[begin]


def _end(tokens: Sequence[Token], index: int, word: str, ends: dict[int, int]) -> int:
    """Give where what a token opens is over, 0 where it opens nothing."""
    if word == "PACKAGE":
        return len(tokens) if index and tokens[index - 1].text.upper() in _CREATING else 0
    if word in _ROUTINES:
        begin = _begin(tokens, index)
        return _end_of_block(tokens, begin, ends) if begin else 0
    first = index == 0 or tokens[index - 1].text.upper() in _BEFORE_STATEMENT
    if word in ("BEGIN", "DECLARE"):
        return _end_of_block(tokens, index, ends) if first else 0
    return _end_of_loop(tokens, index) if word in _LOOPS and first else 0


def _start(tokens: Sequence[Token], index: int) -> int:
    """The head of a routine is a part of what it makes."""
    is_head = tokens[index].text.upper() in _ROUTINES
    while is_head and index and tokens[index - 1].token_type != TokenType.SEMICOLON:
        index -= 1
    return tokens[index].start


def _begin(tokens: Sequence[Token], start: int) -> int:
    """Give where the block of a routine begins, 0 where it has none before the next statement that makes something."""
    declares = False
    for index in range(start + 1, len(tokens)):
        match tokens[index].text.upper():
            case "BEGIN":
                return index
            case "CREATE" | "PROCEDURE" | "FUNCTION" | "CALL":
                return 0
            case "IS" | "AS" | "DECLARE":
                declares = True
            case ";" if not declares:
                return 0
            case _:
                pass
    return 0


def _end_of_loop(tokens: Sequence[Token], start: int) -> int:
    """A loop ends with `END FOR` or `END LOOP`; what is no loop (`FOR UPDATE`) does not say `DO` or `LOOP` before a `;`."""
    depth, opened = 0, False
    for index in range(start, len(tokens)):
        word = tokens[index].text.upper()
        if word == ";" and not opened:
            return 0
        before = tokens[index - 1].text.upper() if index else ""
        if word in ("LOOP", "DO") and before != "END":
            opened, depth = True, depth + 1
        elif word in ("LOOP", "FOR", "WHILE", "REPEAT") and before == "END":
            depth -= 1
            if depth <= 0:
                return index + 1
    return 0


def _names(tokens: Sequence[Token], start: int, end: int) -> Iterator[str]:
    if tokens[start].text.upper() == "PACKAGE":
        opening = next((i for i in range(start, end) if tokens[i].text.upper() in ("IS", "AS")), end)
        yield from _declarations(tokens, opening + 1, end)
        return
    if tokens[start].text.upper() in _ROUTINES:
        yield from _parameters(tokens, start, end)
        begin = _begin(tokens, start)
        opening = next((i for i in range(start, begin) if tokens[i].text.upper() in ("IS", "AS")), begin)
        yield from _declarations(tokens, opening + 1, begin + 1)
    for index in range(start, end - 1):
        following = tokens[index + 1].text.lower()
        match tokens[index].text.upper():
            case "FOR" | "FOREACH" if index + 2 < end and tokens[index + 2].text.upper() in (
                "IN",
                "AS",
                "SLICE",
            ):
                yield following
            case "DECLARE":
                yield from _declarations(tokens, index + 1, end)
            case "LET" | "VAR":
                yield following
            case _:
                pass


def _parameters(tokens: Sequence[Token], start: int, end: int) -> Iterator[str]:
    """`(a INT, IN b TEXT DEFAULT f(1))` behind the name of a routine: what stands before a type is a name."""
    opening = next((i for i in range(start + 1, min(start + 9, end)) if tokens[i].text == "("), None)
    if opening is not None:
        yield tokens[opening - 1].text.lower()  # the routine's own name may stand before that of a parameter
    depth = 0
    for index in range(opening or end, end - 1):
        depth += nesting(tokens[index])
        if depth == 0:
            return
        if depth == 1 and tokens[index].text in ("(", ","):
            at = index + 1
            while tokens[at].text.upper() in _MODES and tokens[at + 1].text not in (",", ")"):
                at += 1
            if tokens[at].text != ")" and tokens[at + 1].text not in (",", ")"):
                yield tokens[at].text.lower()


_MODES = frozenset({"IN", "OUT", "INOUT", "VARIADIC"})


def _declarations(tokens: Sequence[Token], start: int, end: int) -> Iterator[str]:
    """`a, b INT DEFAULT 0; c t%ROWTYPE; CURSOR d IS …; BEGIN`: one declaration behind the other, until something is done."""
    at = start
    while at + 1 < end and tokens[at].text.upper() not in _DOING:
        if tokens[at].text.upper() in ("CURSOR", "DECLARE"):
            at += 1
        yield tokens[at].text.lower()
        while at + 2 < end and tokens[at + 1].text == ",":
            at += 2
            yield tokens[at].text.lower()
        stop = next((i for i in range(at, end) if tokens[i].token_type == TokenType.SEMICOLON), end)
        at = stop + 1


_DOING = frozenset({
    "BEGIN", "SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "MERGE", "SET", "IF", "FOR", "WHILE", "LOOP", "RETURN", "OPEN",
    "CALL", "EXECUTE", "EXEC", "PROCEDURE", "FUNCTION", "CREATE", "ALTER", "DROP", "TRUNCATE", "FETCH", "CASE", "NULL", "NOT",
    "(", "END", "LET", "COMMIT", "ROLLBACK", "RAISE", "VALUES", "TABLE", "DISTINCT", "REPEAT", "PRINT",
})  # fmt: skip
