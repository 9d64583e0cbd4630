"""Blocks of statements on tokens: where a function or a block that is written outside of a string ends."""

from collections.abc import Sequence

from sqlglot.tokenizer_core import Token, TokenType


def end_of_function(tokens: Sequence[Token], start: int) -> int:
    """Give where a function ends whose body is a block outside of a string, 0 where none begins here."""
    head = [token.text.upper() for token in tokens[start : start + 9]]
    before = head[: head.index("FUNCTION")] if "FUNCTION" in head else []
    if before[:1] not in (["CREATE"], ["ALTER"]) or not (
        before[-1] in _BEFORE_FUNCTION or "DEFINER" in before[:4]
    ):
        return 0
    for index in range(start + 1, len(tokens)):
        word = tokens[index].text.upper()
        is_body = tokens[index].token_type == TokenType.STRING and tokens[index - 1].text.upper() == "AS"
        if is_body or tokens[index].token_type in _STRINGS or word == "CREATE":
            return 0
        if tokens[index].token_type == TokenType.SEMICOLON and not _declares(tokens, start, index):
            return 0
        if word == "BEGIN":
            return end_of_block(tokens, index)
    return 0


def end_of_block(tokens: Sequence[Token], start: int) -> int:
    """Give where `[DECLARE …] BEGIN … END` ends, 0 where none begins here or it has no end."""
    if tokens[start].text.upper() not in ("BEGIN", "DECLARE"):
        return 0
    depth = 0
    for index in range(start, len(tokens)):
        word = tokens[index].text.upper()
        following = tokens[index + 1].text.upper() if index + 1 < len(tokens) else ""
        if word == "BEGIN" or (word == "CASE" and depth and tokens[index - 1].text.upper() != "END"):
            depth += 1
        elif word == "END" and depth and following not in ("IF", "LOOP", "WHILE", "FOR", "REPEAT"):
            depth -= 1
            if depth == 0:
                return _behind_end(tokens, index + 1)
    return 0


_BEFORE_FUNCTION = frozenset({"CREATE", "REPLACE", "ALTER", "AGGREGATE", "EDITIONABLE", "NONEDITIONABLE"})
_STRINGS = frozenset({TokenType.HEREDOC_STRING, TokenType.RAW_STRING})


def _declares(tokens: Sequence[Token], start: int, end: int) -> bool:
    """Tell whether what stands before a `;` are the variables of a block that is still to begin (`IS n NUMBER;`)."""
    words = {token.text.upper() for token in tokens[start:end]}
    return bool(words & {"IS", "AS", "DECLARE"}) and not words & {"SELECT", "->"}


def _behind_end(tokens: Sequence[Token], index: int) -> int:
    """The name of an Oracle function may stand behind its END."""
    has_name = index + 1 < len(tokens) and tokens[index + 1].token_type == TokenType.SEMICOLON
    return index + 1 if has_name and tokens[index].token_type != TokenType.SEMICOLON else index
