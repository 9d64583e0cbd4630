"""The ways in which scripts do something only where it has to be done: T-SQL's IF before one statement, and statements in strings.

Works on tokens. What a statement means is not said here.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from contract_gate.sql.parsing.blocks import end_of_block
from contract_gate.sql.parsing.chunks import NEVER_AFTER, STARTERS, Depth


def branched(chunk: list[Token]) -> list[list[Token]]:
    """Give the condition of T-SQL's `IF condition statement` or WHILE, the statement, and that of its ELSE; none where it is neither."""
    if chunk[0].text.upper() not in ("IF", "WHILE", "ELSE"):
        return []
    parts: list[list[Token]] = [[]]
    depth = Depth()
    for index, token in enumerate(chunk):
        is_else = token.text.upper() == "ELSE" and len(parts) > 1
        if index and depth.outside and (is_else or (len(parts) == 1 and _is_branch(chunk, index))):
            parts.append([])
        parts[-1].append(token)
        depth.enter(token)
    return parts


def asks_what_is_there(condition: Sequence[Token]) -> bool:
    """Tell whether T-SQL's condition asks the catalog for a table, a column or the like."""
    return not _OF_THE_CATALOG.isdisjoint(token.text.upper() for token in condition)


_OF_THE_CATALOG = frozenset({
    "OBJECT_ID", "COL_LENGTH", "TYPE_ID", "SCHEMA_ID", "COLUMNPROPERTY", "INDEXPROPERTY", "SYS", "INFORMATION_SCHEMA",
    "SYSOBJECTS", "SYSCOLUMNS", "SYSINDEXES",
})  # fmt: skip


def guarded(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Give where the blocks of T-SQL's `IF condition BEGIN … END ELSE BEGIN … END` begin and end whose condition asks what is there."""
    for index, token in enumerate(tokens):
        begin = _opening(tokens, index) if token.text.upper() == "IF" else 0
        end = end_of_block(tokens, begin) if begin and asks_what_is_there(tokens[index:begin]) else 0
        if end and [each.text.upper() for each in tokens[end : end + 2]] == ["ELSE", "BEGIN"]:
            end = end_of_block(tokens, end + 1) or end
        if end:
            yield tokens[begin].start, tokens[end - 1].end


def _opening(tokens: Sequence[Token], start: int) -> int:
    """Give where the block behind a condition begins, 0 where it is a single statement."""
    depth = Depth()
    for index in range(start, len(tokens)):
        if tokens[index].token_type == TokenType.SEMICOLON:
            return 0
        if depth.outside and index > start and _is_branch(tokens, index):
            return index if tokens[index].text.upper() == "BEGIN" else 0
        depth.enter(tokens[index])
    return 0


def _is_branch(chunk: Sequence[Token], index: int) -> bool:
    """Tell whether a statement begins behind a condition; `UPDATE(column)` asks in a trigger what was written."""
    words = [token.text.upper() for token in chunk[index : index + 2]]
    asks = words == ["UPDATE", "("]
    return words[0] in STARTERS and not asks and chunk[index - 1].text.upper() not in NEVER_AFTER


def guard(nodes: Iterable[exp.Expr]) -> None:
    """Let statements behind a condition that asks what is there be as if they said IF [NOT] EXISTS."""
    for node in nodes:
        if isinstance(node, exp.Create | exp.Drop | exp.Alter):
            for each in (node, *(node.args.get("actions") or ())):
                if "exists" in each.arg_types:
                    each.set("exists", True)


def text_run(chunk: Sequence[Token]) -> str:
    """Give the text that T-SQL's `EXEC ('…')` or `EXEC sp_executesql N'…'` runs; "" where it is none that stands here."""
    if [token.text for token in chunk[1:4:2]] == ["@", "="]:
        chunk = [chunk[0], *chunk[4:]]  # the variable that takes what it returns
    words = [token.text.upper() for token in chunk[:9]]
    if words[:1] not in (["EXEC"], ["EXECUTE"]) or "AT" in (token.text.upper() for token in chunk[4:5]):
        return ""
    start = next((index + 1 for index, word in enumerate(words[:4]) if word == "SP_EXECUTESQL"), 0)
    if start and words[start : start + 1] == ["@"]:
        start += 3
    if not start and words[1:2] == ["("] and words[3:4] == [")"]:
        start = 2
    is_text = start and start < len(chunk) and chunk[start].token_type in _STRINGS
    return chunk[start].text if is_text else ""


def texts_to_prepare(chunk: Sequence[Token]) -> list[str]:
    """Give the statements that alter something in what MySQL's `SET @x = …` gives a variable: nobody writes one there but to prepare it.

    https://dev.mysql.com/doc/refman/8.4/en/sql-prepared-statements.html
    """
    if [token.text.upper() for token in chunk[:2]] != ["SET", "@"]:
        return []
    return [token.text for token in chunk if token.token_type in _STRINGS and _ALTERS.match(token.text)]


_ALTERS = re.compile(r"\s*(?:alter|drop|rename|truncate)\s+\w", re.IGNORECASE)
_STRINGS = frozenset({TokenType.STRING, TokenType.NATIONAL_STRING})
