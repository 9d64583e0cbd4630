"""What one token after another says: parentheses, and names of several parts."""

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


def behind_name(tokens: Sequence[Token], start: int) -> int:
    """Give the place behind a name, whose parts have dots between them."""
    start += 1
    while start + 1 < len(tokens) and tokens[start].token_type == TokenType.DOT:
        start += 2
    return start
