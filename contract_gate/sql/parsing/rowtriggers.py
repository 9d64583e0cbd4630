"""Triggers, rules, row policies and rights on tokens, where sqlglot keeps them as text: what they read of the row, and what they do.

Each becomes statements that say the same of the names in it: a query of the columns that the row is asked for, and the
statements of the body, with a call of its own where a value of the row stands. Made of the text's own tokens, so that every place stays.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from sqlglot.tokenizer_core import Token, TokenType

from contract_gate.sql.parsing.blocks import end_of_block
from contract_gate.sql.parsing.carried import queries_in
from contract_gate.sql.parsing.named_columns import queries_of_columns
from contract_gate.sql.parsing.tokens import behind_name, closing, like, nesting, place_of, selecting

_HEAD = 9
"""Words within which a CREATE says what it makes: `CREATE OR REPLACE EDITIONABLE TRIGGER`, MySQL's DEFINER."""
_ROWS = frozenset({"NEW", "OLD"})
_ROW_TABLES = frozenset({"INSERTED", "DELETED"})
_BODY = frozenset({"BEGIN", "DECLARE", "INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE", "SELECT", "WITH", "SET", "CALL", "NOTHING"})  # fmt: skip
_READING = frozenset({"FROM", "JOIN", "UPDATE", ","})


def rows_and_body(tokens: Sequence[Token], start: int) -> tuple[int, list[list[Token]]] | None:
    """Give where a trigger, rule, policy or right that begins here ends, and the statements that say what it does; None: none begins.

    They may have control flow around them.
    """
    words = [token.text.upper() for token in tokens[start : start + _HEAD]]
    if words[:1] not in (["CREATE"], ["ALTER"], ["GRANT"], ["REVOKE"], ["DENY"], ["ATTACH"], ["DETACH"]):
        return None
    kind = next((word for word in words if word in ("TRIGGER", "RULE", "POLICY")), None)
    end = end_of_statement(tokens, start)
    if named := queries_of_columns(tokens[start:end]):
        return end, named
    match kind:
        case "POLICY" if words[1] == "POLICY" or _has_filter(tokens[start:end]):
            return end, list(_policy(tokens[start:end]))
        case "RULE" if "ON" in [token.text.upper() for token in tokens[start:end]]:
            return _rule(tokens, start, end)
        case "TRIGGER":
            return _trigger(tokens, start)
        case _:
            return None


def _has_filter(chunk: Sequence[Token]) -> bool:
    """Tell BigQuery's `CREATE ROW ACCESS POLICY p ON t … FILTER USING (…)` from Snowflake's, which is a function."""
    words = [token.text.upper() for token in chunk]
    return ("FILTER", "USING") in pairwise(words)


def _policy(chunk: Sequence[Token]) -> Iterator[list[Token]]:
    """A row policy is a condition on the rows of its table."""
    table = _table_behind(chunk, "ON")
    words = [token.text.upper() for token in chunk]
    for index, word in enumerate(words[:-1]):
        if word in ("USING", "CHECK") and chunk[index + 1].token_type == TokenType.L_PAREN and table:
            condition = chunk[index + 1 : closing(chunk, index + 1) + 1]
            yield [*selecting([like(chunk[0], TokenType.NUMBER, "1")], table), like(chunk[0], TokenType.WHERE, "WHERE"), *condition]  # fmt: skip


def _rule(tokens: Sequence[Token], start: int, end: int) -> tuple[int, list[list[Token]]] | None:
    """PostgreSQL's `CREATE RULE … AS ON INSERT TO t DO ALSO …`."""
    chunk = tokens[start:end]
    words = [token.text.upper() for token in chunk]
    table = _table_behind(chunk, "TO")
    if "DO" not in words or not table or "SELECT" in words[: words.index("DO")]:
        return None
    body = chunk[words.index("DO") + 1 :]
    body = body[1:] if body and body[0].text.upper() in ("ALSO", "INSTEAD") else body
    if body and body[0].token_type == TokenType.L_PAREN:
        body = body[1:-1]
    of_row = [*_of_row(chunk, table, _ROWS)] or [_fires(table)]
    return end, [*of_row, *_statements(body, table, _ROWS)]


def _trigger(tokens: Sequence[Token], start: int) -> tuple[int, list[list[Token]]] | None:
    head_end = next(
        (
            index
            for index in range(start + 2, len(tokens))
            if tokens[index].token_type == TokenType.SEMICOLON or _begins_body(tokens, start, index)
        ),
        len(tokens),
    )
    head = tokens[start:head_end]
    table = _table_behind(head, "ON")
    if not table or head_end >= len(tokens) or tokens[head_end].token_type == TokenType.SEMICOLON:
        return None
    end = end_of_block(tokens, head_end) or end_of_statement(tokens, head_end)
    rows = _ROWS | frozenset(_renamed(head))
    whole = tokens[start:end]
    statements = [*_of_columns(head, table), *_of_row(whole, table, rows), *_of_tests(whole, table)]
    return end, [*(statements or [_fires(table)]), *_statements(tokens[head_end:end], table, rows)]


def _fires(table: Sequence[Token]) -> list[Token]:
    """Read the table alone: without it there is no trigger."""
    return selecting([like(table[0], TokenType.NUMBER, "1")], table)


def _begins_body(tokens: Sequence[Token], start: int, index: int) -> bool:
    """The events of a trigger are words that begin statements, too: a body stands behind the name of the table."""
    before = [token.text.upper() for token in tokens[start:index]]
    return tokens[index].text.upper() in _BODY and "ON" in before and before[-1] not in (
        "AFTER", "BEFORE", "OF", "FOR", "OR", ",", "ON", "INSTEAD",
    )  # fmt: skip


def _renamed(head: Sequence[Token]) -> Iterator[str]:
    """Give the names that `REFERENCING NEW AS n OLD o` gives the row."""
    words = [token.text.upper() for token in head]
    for index in range(words.index("REFERENCING") + 1 if "REFERENCING" in words else len(words), len(words)):
        if words[index] in _ROWS and index + 1 < len(words):
            behind = index + 2 if words[index + 1] == "AS" else index + 1
            yield from words[behind : behind + 1]


def _of_columns(head: Sequence[Token], table: list[Token]) -> Iterator[list[Token]]:
    """`UPDATE OF a, b ON t` names columns of the table."""
    words = [token.text.upper() for token in head]
    if "OF" in words and "ON" in words[words.index("OF") :] and "UPDATE" in words[: words.index("OF")]:
        end = words.index("ON", words.index("OF"))
        listed = [token for token in head[words.index("OF") + 1 : end] if token.token_type != TokenType.COMMA]
        yield selecting([token for token in listed if token.text.upper() != "OR"], table)


def _of_tests(tokens: Sequence[Token], table: list[Token]) -> Iterator[list[Token]]:
    """Ask for the columns that T-SQL's `UPDATE(a)` and Oracle's `UPDATING('A')` name."""
    for test, opening, name, end in zip(tokens, tokens[1:], tokens[2:], tokens[3:], strict=False):
        is_call = opening.token_type == TokenType.L_PAREN and end.token_type == TokenType.R_PAREN
        if is_call and test.text.upper() in ("UPDATE", "UPDATING"):
            yield selecting([like(name, TokenType.VAR, name.text)], table)


def _of_row(tokens: Sequence[Token], table: list[Token], rows: frozenset[str]) -> Iterator[list[Token]]:
    """Ask the table for the columns that are named of the row."""
    named = {tokens[index + 2].text: tokens[index + 2] for index in _places(tokens, rows)}
    if named:
        yield selecting(list(named.values()), table)


def _places(tokens: Sequence[Token], rows: frozenset[str]) -> Iterator[int]:
    for index in range(len(tokens) - 2):
        is_row = (
            tokens[index].text.upper().lstrip(":") in rows and tokens[index + 1].token_type == TokenType.DOT
        )
        if is_row and (index == 0 or tokens[index - 1].token_type != TokenType.DOT):
            yield index


def _statements(body: Sequence[Token], table: list[Token], rows: frozenset[str]) -> Iterator[list[Token]]:
    """Give the body's statements, each with a call for a value of the row and the table for its rows (T-SQL's `inserted`)."""
    values = set(_places(body, rows))
    found: list[Token] = []
    index = 0
    while index < len(body):
        token = body[index]
        before = body[index - 1].text.upper() if index else ""
        if index in values:
            if found and found[-1].text == ":":
                found.pop()
            # What begins a statement is assigned to.
            found += _value(token, body[index + 2]) if found else [like(token, TokenType.NULL, "NULL")]
            index += 3
            continue
        if token.token_type == TokenType.SEMICOLON:
            yield from _asked(found)
            found = []
        elif token.text.upper() in _ROW_TABLES and before in _READING:
            found += table
            following = body[index + 1] if index + 1 < len(body) else token
            if following.token_type not in (TokenType.VAR, TokenType.ALIAS):
                found.append(token)
        else:
            found.append(token)
        index += 1
    yield from _asked(found)


def _value(row: Token, column: Token) -> list[Token]:
    """Write `NEW.a` as `new_of_row('a')`: nobody knows the value, and it is another than that of OLD."""
    name = f"{row.text.lstrip(':').lower()}_of_row"
    told = column.text if column.token_type == TokenType.IDENTIFIER else column.text.lower()
    return [
        like(row, TokenType.VAR, name), like(row, TokenType.L_PAREN, "("),
        like(column, TokenType.STRING, told), like(column, TokenType.R_PAREN, ")"),
    ]  # fmt: skip


def _asked(statement: list[Token]) -> Iterator[list[Token]]:
    """What is put into a value of the row is read, and is no setting of the session."""
    if statement and statement[0].text.upper() == "SET":
        yield from queries_in(statement)
    elif statement:
        yield statement


def _table_behind(chunk: Sequence[Token], word: str) -> list[Token]:
    """Give the name of the table behind the first such word."""
    at = place_of(chunk, word)
    return list(chunk[at + 1 : behind_name(chunk, at + 1)])


def end_of_statement(tokens: Sequence[Token], start: int) -> int:
    """Give where the `;` stands that ends a statement; those between the parentheses of a rule don't."""
    depth = 0
    for index in range(start, len(tokens)):
        depth += nesting(tokens[index])
        if tokens[index].token_type == TokenType.SEMICOLON and not (depth > 0 and _is_rule(tokens, start)):
            return index
    return len(tokens)


def _is_rule(tokens: Sequence[Token], start: int) -> bool:
    return "RULE" in [token.text.upper() for token in tokens[start : start + 4]]
