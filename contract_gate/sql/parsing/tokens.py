"""What one token after another says: parentheses, and names of several parts."""

import re
from collections.abc import Sequence

from sqlglot.tokenizer_core import Token, TokenType


def nesting(token: Token) -> int:
    """Give 1 for a parenthesis that opens, -1 for one that closes, 0 for any other token."""
    return (token.token_type == TokenType.L_PAREN) - (token.token_type == TokenType.R_PAREN)


def closing(tokens: Sequence[Token], start: int) -> int:
    """Give the place of the parenthesis that closes the one at `start`; the end of the tokens where none does."""
    depth = 0
    for index in range(start, len(tokens)):
        depth += nesting(tokens[index])
        if depth == 0:
            return index
    return len(tokens)


def place_of(tokens: Sequence[Token], word: str) -> int:
    """Give the place of the first token that is such a word, in upper case; the end of the tokens where none is."""
    return next((index for index, token in enumerate(tokens) if token.text.upper() == word), len(tokens))


def behind_name(tokens: Sequence[Token], start: int) -> int:
    """Give the place behind a name, whose parts have dots between them."""
    start += 1
    while start + 1 < len(tokens) and tokens[start].token_type == TokenType.DOT:
        start += 2
    return start


def selecting(columns: Sequence[Token], table: Sequence[Token]) -> list[Token]:
    """Write `SELECT columns FROM table`, with the places of these tokens."""
    listed: list[Token] = []
    for column in columns:
        listed += [*([like(column, TokenType.COMMA, ",")] if listed else []), column]
    first = columns[0]
    return [like(first, TokenType.SELECT, "SELECT"), *listed, like(first, TokenType.FROM, "FROM"), *table]


def like(
    token: Token, kind: TokenType, text: str, *, start: int | None = None, end: int | None = None
) -> Token:
    """Write a token that stands where another does."""
    return Token(
        token_type=kind, text=text, line=token.line, col=token.col,
        start=token.start if start is None else start, end=token.end if end is None else end,
    )  # fmt: skip


def spread(statement: list[Token], first: Token, last: Token) -> list[Token]:
    """Let a statement begin and end where the whole does: its text alone would not say what it is a part of."""
    opening, *rest = statement
    begun = [like(opening, opening.token_type, opening.text, start=first.start), *rest]
    ending = begun[-1]
    return [*begun[:-1], like(ending, ending.token_type, ending.text, start=ending.start, end=last.end)]


_GOES_ON = re.compile(r"[\w\])\[:\"'`}]$")


def is_bound(before: list[Token], token: Token) -> bool:
    """Tell whether a `:` that begins something stands right before a token: in `a:b`, `a::b` and `[:b]` it goes on."""
    if not before or before[-1].token_type != TokenType.COLON or before[-1].end + 1 != token.start:
        return False
    ahead = before[-2] if len(before) > 1 else None
    return ahead is None or ahead.end + 1 < before[-1].start or _GOES_ON.search(ahead.text) is None
