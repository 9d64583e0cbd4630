"""From tokens to statements: separators, T-SQL batches, control flow around statements, statements with nothing between.

Works on words alone, so that what no grammar of sqlglot reads as a whole (procedural scripts) is still read statement
by statement. Says nothing of what a statement means.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from sqlglot.tokenizer_core import Token, TokenType

from contract_gate.sql.comments import LONG_STRING, blank
from contract_gate.sql.families import POSTGRES, TSQL
from contract_gate.sql.parsing.blocks import end_of_function
from contract_gate.sql.parsing.carried import carried, queries_in, unquoted
from contract_gate.sql.parsing.clients import without_client_lines
from contract_gate.sql.parsing.executed import executed
from contract_gate.sql.parsing.heads import is_head
from contract_gate.sql.parsing.rowtriggers import rows_and_body
from contract_gate.sql.parsing.running import composed, runs_texts, unknown_statements
from contract_gate.sql.parsing.tokens import is_bound, spread


def opened(sql: str, dialect: str) -> str:
    """Blank out the quotes around a block of statements (`DO $$ … $$`, a SQL procedure's body), keeping every position.

    `GO` on a line of its own becomes `;;`: the tokenizer would take all that follows it for one string. So does what stands
    between the cells of Databricks' notebooks, and a line that speaks to psql alone; its `\\copy` is a COPY that ends with the line.
    """
    return composed(_opened(sql, dialect), dialect)


def unknown_runs(sql: str, dialect: str) -> tuple[int, ...]:
    """Give where a text runs statements that nobody knows here and that may take something away: see `running`."""
    return unknown_statements(_opened(sql, dialect), dialect) if runs_texts(sql) else ()


def _opened(sql: str, dialect: str) -> str:
    sql = without_client_lines(executed(sql, dialect), dialect)
    if dialect in POSTGRES and "\\" in sql:
        sql = _PSQL_COPY.sub(lambda found: f"{found[1]}{found[2]};", sql)
        sql = _PSQL_SENDS.sub(lambda found: ";" + " " * (len(found[0]) - 1), sql)
        sql = _PSQL.sub(lambda found: ";" + " " * (len(found[0]) - 1), sql)
    sql = _with_semicolons(sql) if _DELIMITER.search(sql) is not None else sql
    sql = _GO.sub(lambda found: ";;" + " " * (len(found[0]) - 2), sql)
    sql = _BLOCK.sub(_blanked, sql) if "$" in sql else sql
    sql = _DO.sub(_said, sql) if dialect in POSTGRES else sql
    return unquoted(sql)


def quoted_bodies(sql: str) -> Mapping[int, int]:
    """Give where the procedures of a text begin and end whose bodies stand between quotes that `opened` blanks out."""
    blocks = _BLOCK.finditer(sql) if "$" in sql else ()
    return {each.start(): each.end() for each in blocks if each["head"].lower().startswith("create")}


def _with_semicolons(sql: str) -> str:
    """Write what MySQL's client takes for the end of a statement (`DELIMITER //`) as `;`, keeping every position."""
    lines: list[str] = []
    current = ";"
    for line in sql.split("\n"):
        found = _DELIMITER.match(line)
        if found is not None:
            current = found[1]
            lines.append(" " * len(line))
        else:
            lines.append(line.replace(current, ";".ljust(len(current))))
    return "\n".join(lines)


_DELIMITER = re.compile(r"^[ \t]*delimiter[ \t]+(\S+)[ \t]*$", re.IGNORECASE | re.MULTILINE)


def unfolded(
    tokens: list[Token], tokenize: Callable[[str], list[Token]], sql: str, dialect: str
) -> list[Token]:
    """Read what the tokenizer folded into one string: after `BEGIN` and the like it takes all up to `;` as text."""
    found: list[Token] = []
    for index, token in enumerate(tokens):
        before = tokens[index - 1] if index else None
        if before is not None and _is_folded(before, token, sql, dialect):
            inner = tokenize(sql[before.end + 1 : token.end + 1])
            moved = [_moved(each, before) for each in inner]
            found.extend(unfolded(moved, tokenize, sql, dialect))
        else:
            found.append(token)
    return found


def split(tokens: list[Token], dialect: str) -> list[list[Token]]:
    """Split a text's tokens into statements, without `;` and the words of control flow around a statement."""
    chunks: list[list[Token]] = [[]]
    crowd = Counter(token.line for token in tokens) if dialect == "oracle" else Counter[int]()
    index = 0
    while index < len(tokens):
        token = tokens[index]
        is_slash = token.token_type == TokenType.SLASH and crowd[token.line] == 1
        end = end_of_function(tokens, index) if not chunks[-1] else 0
        if end:
            chunks += [tokens[index:end], []]
            index = end
            continue
        fired = rows_and_body(tokens, index) if not chunks[-1] else None
        if fired is not None:
            end, does = fired
            inner = (each for part in does for each in _without_control_flow(part))
            chunks += [*(spread(each, token, tokens[end - 1]) for each in inner), []]
            index = end
            continue
        if token.token_type == TokenType.SEMICOLON or is_slash:
            chunks.append([])
        else:
            chunks[-1].append(token)
        index += 1
    return [inner for chunk in chunks if chunk for inner in _without_control_flow(chunk)]


def is_function_block(chunk: list[Token]) -> bool:
    """Tell whether a chunk is a whole function with a block for a body."""
    return end_of_function(chunk, 0) >= len(chunk) - 1 > 0


def is_block(text: str) -> bool:
    """Tell whether a body is a block of statements (`DECLARE … BEGIN … END`), not one query or expression."""
    return _OPENING.match(text) is not None


_OPENING = re.compile(
    r"\s*(?:--[^\n]*\s+|/\*.*?\*/\s*)*(?:<<\w+>>\s*)?(?:declare|begin)\b", re.IGNORECASE | re.DOTALL
)


def gives_no_rows(chunk: list[Token]) -> bool:
    """Tell whether a statement is one of a procedure's own that reads and makes no relation."""
    words = [token.text.upper() for token in chunk[:3]]
    return words[0] in _OWN or words[1:2] == [":="] or words[1:3] == [":", "="]


def takes_what_follows(chunk: list[Token]) -> bool:
    """Tell whether a statement of T-SQL is one that the parser reads as words up to a `;`, the next statement among them."""
    words = [token.text.upper() for token in chunk[:2]]
    return (
        words[0] == "SET"
        or words == ["ALTER", "DATABASE"]
        or "NOCHECK" in (t.text.upper() for t in chunk[:6])
    )


def split_unseparated(chunk: list[Token]) -> list[list[Token]]:
    """Split at words that can only begin a statement (T-SQL needs nothing between two); one part: there are none."""
    parts: list[list[Token]] = [[]]
    depth = Depth()
    for index, token in enumerate(chunk):
        if depth.outside and parts[-1] and _begins(chunk, index, parts[-1]):
            parts.append([])
        parts[-1].append(token)
        depth.enter(token)
    return [inner for part in parts for inner in _without_control_flow(part)]


_PSQL_COPY = re.compile(r"^([ \t]*)\\(copy\b(?:(?!\bfrom\s+p?stdin\b)[^\n])*)$", re.IGNORECASE | re.MULTILINE)
_PSQL_SENDS = re.compile(r"\\g(?:exec|set|desc|x)?(?:[ \t]+\w+)?[ \t]*$", re.IGNORECASE | re.MULTILINE)
_PSQL = re.compile(r"^[ \t]*\\(?!copy\b)(?:[a-z]\w*|!|\?)[^\n]*$", re.IGNORECASE | re.MULTILINE)
"""https://www.postgresql.org/docs/current/app-psql.html#APP-PSQL-META-COMMANDS. Rows that follow a COPY FROM STDIN are
no words of SQL: such a text stays unreadable."""
_GO = re.compile(r"^[ \t]*(?:GO(?:[ \t]+\d+)?|-- COMMAND -{5,})[ \t]*$", re.IGNORECASE | re.MULTILINE)
_BLOCK = re.compile(
    r"(?P<head>\bdo\s+(?:language\s+\w+\s+)?|\bexecute\s+immediate\s+"
    r"|\bcreate\s+(?:or\s+(?:replace|alter)\s+)?(?:secure\s+)?procedure\b(?:(?!\$\$|\blanguage\s+(?:javascript|python|java|scala)\b|;).)*?\bas\s+)"
    r"(?P<quote>\$\w*\$)(?P<body>.*?)(?P=quote)(?P<tail>\s*language\s+\w+)?",
    re.IGNORECASE | re.DOTALL,
)


_DO = re.compile(
    rf"(?P<head>(?:^|(?<=;))\s*do\s+(?:language\s+\w+\s+)?)(?P<body>{LONG_STRING})", re.IGNORECASE
)


def _said(found: re.Match[str]) -> str:
    """A block in single quotes, in which those of its own are doubled."""
    body = found["body"][1:-1].replace("''", " '")
    return f"{blank(found['head'])} {body} "


def _blanked(found: re.Match[str]) -> str:
    head = found["head"] if found["head"].lower().startswith("create") else blank(found["head"])
    return f"{head}{blank(found['quote'])}{found['body']}{blank(found['quote'])}{blank(found['tail'] or '')}"


_OWN = frozenset({
    "RETURN", "RAISE", "RAISERROR", "THROW", "PRINT", "LET", "DECLARE", "NULL", "END", "LEAVE", "ITERATE", "BREAK",
    "CONTINUE", "SIGNAL", "PROMPT", "EXIT", "QUIT", "WAITFOR", "OPEN", "CLOSE", "FETCH", "DEALLOCATE", "ROLLBACK",
    "COMMIT", "SAVEPOINT", "CHECKPOINT", "SPOOL", "WHENEVER", "FUNCTION", "PROCEDURE", "PRAGMA", "SUBTYPE",
    "DBCC", "DISABLE", "ENABLE", "UPDATE STATISTICS",
})  # fmt: skip
_FOLDING = frozenset(
    {"DECLARE", "PREPARE", "BEGIN", "END", "IF", "ELSE", "WHILE", "RENAME", "LOOP", "REPLACE", "CALL"}
)
_UNENDED = frozenset({"PRINT", "FETCH", "UPDATE STATISTICS"})
"""T-SQL needs no `;` behind these either."""


def _is_folded(before: Token, token: Token, sql: str, dialect: str) -> bool:
    return (
        before.text.upper() in (_FOLDING | _UNENDED if dialect in TSQL else _FOLDING)
        and token.token_type == TokenType.STRING
        and sql[before.end + 1 : token.end + 1].strip() == token.text.strip()
    )


def _moved(token: Token, after: Token) -> Token:
    return Token(
        token_type=token.token_type, text=token.text, line=token.line + after.line - 1, col=token.col,
        start=token.start + after.end + 1, end=token.end + after.end + 1, comments=token.comments,
    )  # fmt: skip


class Depth:
    """Tells whether a token stands outside of parentheses and CASE … END."""

    def __init__(self) -> None:
        self._parentheses = self._cases = 0

    @property
    def outside(self) -> bool:
        return self._parentheses <= 0 and not self._cases

    def enter(self, token: Token) -> None:
        if token.token_type == TokenType.L_PAREN:
            self._parentheses += 1
        elif token.token_type == TokenType.R_PAREN:
            self._parentheses -= 1
        elif token.token_type == TokenType.CASE:
            self._cases += 1
        elif token.token_type == TokenType.END and self._cases:
            self._cases -= 1


def _without_control_flow(chunk: list[Token]) -> Iterator[list[Token]]:
    """Take off `BEGIN`, `IF … THEN`, `END IF` and the like; a procedure's head is a statement of its own."""
    if is_function_block(chunk):
        yield chunk
        return
    start = 0
    while start < len(chunk):
        words = [token.text.upper() for token in chunk[start : start + 3]]
        if inner := carried(chunk[start:]):
            for part in inner:
                yield from _without_control_flow(part)
            return
        if words[0] in _HOLDERS and (body := _body_of_routine(chunk, start)):
            if is_head(chunk[start:body]):
                is_bare = chunk[body - 1].text.upper() not in ("BEGIN", "AS", "ATOMIC")
                yield chunk[start : body if is_bare else body - 1]
            start = body
        elif (length := _control_length(chunk, start, words)) > 0:
            yield from queries_in(chunk[start : start + length])
            start += length
        else:
            break
    rest = chunk[start:]
    if len(rest) == 1 and start and chunk[start - 1].text.upper() == "END":
        return  # the name of the block that ends here
    while (
        len(rest) > 1
        and rest[-1].text.upper() == "END"
        and not _ends_a_case(rest)
        and not is_bound(rest[:-1], rest[-1])
    ):
        rest = rest[:-1]
    if rest:
        yield rest


def _control_length(chunk: list[Token], start: int, words: list[str]) -> int:
    """Give how many tokens of control flow begin here, 0 for none."""
    match words:
        case ["BEGIN", "TRAN" | "TRANSACTION" | "WORK" | "ISOLATION" | "READ" | "IMMEDIATE" | "DEFERRED", *_]:
            return 0
        case ["BEGIN", "ATOMIC", *_]:
            return 2
        case ["BEGIN", "TRY" | "CATCH", *_] | ["END", "TRY" | "CATCH", *_]:
            return 2
        case ["END", "IF" | "LOOP" | "WHILE" | "FOR" | "CASE" | "REPEAT", *_]:
            return 2
        case ["RETURN", "QUERY", "SELECT" | "WITH" | "("]:
            return 2
        case ["RETURN", "SELECT" | "WITH", *_]:
            return 1
        case ["BEGIN" | "ELSE" | "LOOP" | "END", *_]:
            return 1
        case ["IF" | "ELSEIF" | "ELSIF" | "WHILE" | "FOR" | "FOREACH" | "EXCEPTION" | "WHEN", *_]:
            return _condition_length(chunk, start)
        case _:
            return 0


_OPENERS = frozenset({"THEN", "DO", "LOOP", "BEGIN"})


def _condition_length(chunk: list[Token], start: int) -> int:
    depth = Depth()
    for index in range(start, len(chunk)):
        if depth.outside and chunk[index].text.upper() in _OPENERS and index > start:
            return index + 1 - start
        depth.enter(chunk[index])
    return 0


_ROUTINES = frozenset({"PROCEDURE", "PROC", "PACKAGE"})
_HOLDERS = frozenset({"CREATE", "ALTER", "PROCEDURE"})
"""What a body may stand behind; the procedures of a package have no CREATE of their own."""


def _body_of_routine(chunk: list[Token], start: int) -> int:
    """Give where a procedure's first statement begins, 0 where this is none."""
    head = [token.text.upper() for token in chunk[start : start + 5]]
    if not _ROUTINES & set(head):
        return 0
    depth, behind_name = Depth(), False
    for index in range(start, len(chunk) - 1):
        word = chunk[index].text.upper()
        if depth.outside and (
            word == "BEGIN" or (word == "AS" and chunk[index + 1].text.upper() in STARTERS)
        ):
            return index + 1 + (chunk[index + 1].text.upper() == "ATOMIC")
        behind_name = behind_name or chunk[index].token_type == TokenType.R_PAREN
        if depth.outside and word in _SINGLE and behind_name and not {"AS", "IS"} & set(head):
            return index
        depth.enter(chunk[index])
    return 0


_SINGLE = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "CALL", "TRUNCATE"})
"""What a procedure of MySQL may do with no word before it."""


def _ends_a_case(tokens: list[Token]) -> bool:
    return sum(t.token_type == TokenType.CASE for t in tokens) >= sum(t.text.upper() == "END" for t in tokens)


STARTERS = frozenset({
    "CREATE", "ALTER", "DROP", "TRUNCATE", "USE", "EXEC", "EXECUTE", "DECLARE", "PRINT", "IF", "BEGIN", "END", "RETURN",
    "INSERT", "UPDATE", "DELETE", "MERGE", "SELECT", "WITH", "SET", "WHILE", "COMMIT", "ROLLBACK", "GRANT", "RAISERROR",
    "THROW", "ELSE",
})  # fmt: skip
NEVER_AFTER = frozenset({
    "UNION", "ALL", "EXCEPT", "INTERSECT", "AS", "FOR", "THEN", "ON", "OR", "AND", "INTO", "FROM", "NOT", ",", "(",
    "WITH", "CREATE", "ALTER", "INSTEAD", "AFTER", "BEFORE",
})  # fmt: skip
_NEVER_BEFORE = frozenset({"COLUMN", "CONSTRAINT"})
_WHOLE = frozenset({
    "SELECT", "SET", "DECLARE", "UPDATE", "DELETE", "EXEC", "EXECUTE", "PRINT", "DROP", "TRUNCATE", "USE", "ALTER",
    "MERGE", "BEGIN", "COMMIT", "ROLLBACK", "SAVE", "FETCH", "UPDATE STATISTICS",
})  # fmt: skip
"""Statements that hold no SELECT or WITH of their own at the start of a line, outside of parentheses."""


def _begins(chunk: list[Token], index: int, part: list[Token]) -> bool:
    token, before = chunk[index], chunk[index - 1]
    word = token.text.upper()
    if word not in STARTERS or token.line == before.line:
        return False
    if before.text.upper() in NEVER_AFTER and not _is_setting(part, word):
        return False
    following = chunk[index + 1].text.upper() if index + 1 < len(chunk) else ""
    first = part[0].text.upper()
    if word == "BEGIN" and first in ("IF", "WHILE"):
        return False
    if word in ("ALTER", "DROP") and following in _NEVER_BEFORE:
        return False
    if word in ("SELECT", "WITH"):
        return first in _WHOLE or (first == "CREATE" and not any(t.text.upper() == "AS" for t in part))
    if word in ("INSERT", "UPDATE", "DELETE", "MERGE"):
        return first not in ("WITH", "MERGE") or _is_complete(part)
    if word in ("SET", "IF", "END", "ELSE", "EXEC", "EXECUTE"):
        return not (word == "SET" and first in ("UPDATE", "MERGE", "WITH", "ALTER")) and not (
            word.startswith("EXEC") and first == "INSERT"
        )
    return True


def _is_setting(part: list[Token], following: str) -> bool:
    """Tell whether `SET NOCOUNT ON`, `ALTER DATABASE a SET b ON` or `… NOCHECK CONSTRAINT ALL` ends here."""
    ends = [token.text.upper() for token in (part[0], *part[-2:])]
    is_switch = ends[-1] == "ON" and (ends[0] == "SET" or following not in ("DELETE", "UPDATE"))
    return ends[0] in ("SET", "ALTER") and (is_switch or ends[1:] == ["CONSTRAINT", "ALL"])


def _is_complete(part: list[Token]) -> bool:
    """A WITH whose statement has begun: the word before the next statement belongs to it."""
    depth = Depth()
    for token in part[1:]:
        if depth.outside and token.text.upper() in ("SELECT", "INSERT", "UPDATE", "DELETE"):
            return True
        depth.enter(token)
    return False
