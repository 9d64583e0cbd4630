"""Pipe syntax on tokens: the steps that sqlglot does not read, written as the SELECT that says the same.

https://cloud.google.com/bigquery/docs/reference/standard-sql/pipe-syntax,
https://spark.apache.org/docs/latest/sql-pipe-syntax.html
"""

from collections.abc import Iterator, Sequence

from sqlglot.tokenizer_core import Token, TokenType

from contract_gate.sql.parsing.alterations import at_commas
from contract_gate.sql.parsing.tokens import like, nesting, place_of

PIPING = frozenset({"bigquery", "spark", "databricks"})
_STEPS = {"SET": "REPLACE", "DROP": "EXCEPT", "RENAME": "RENAME"}


def piped(tokens: list[Token]) -> list[Token]:
    """Write `|> SET a = x` as `|> SELECT * REPLACE (x AS a)`, `|> DROP a` and `|> RENAME a AS b` likewise."""
    found: list[Token] = []
    index = 0
    while index < len(tokens):
        found.append(tokens[index])
        index += 1
        is_step = tokens[index - 1].token_type == TokenType.PIPE_GT and index < len(tokens)
        if is_step and (word := tokens[index].text.upper()) in _STEPS:
            end = _end(tokens, index + 1)
            found.extend(_selected(tokens[index], _STEPS[word], tokens[index + 1 : end]))
            index = end
    return found


def _end(tokens: Sequence[Token], start: int) -> int:
    depth = 0
    for index in range(start, len(tokens)):
        depth += nesting(tokens[index])
        if depth < 0 or (depth == 0 and tokens[index].token_type in (TokenType.PIPE_GT, TokenType.SEMICOLON)):
            return index
    return len(tokens)


def _selected(place: Token, word: str, items: Sequence[Token]) -> Iterator[Token]:
    yield from (like(place, TokenType.SELECT, "SELECT"), like(place, TokenType.STAR, "*"))
    yield from (like(place, _KINDS[word], word), like(place, TokenType.L_PAREN, "("))
    for number, item in enumerate(at_commas(items)):
        if number:
            yield like(place, TokenType.COMMA, ",")
        yield from _assigned(item) if word == "REPLACE" else item
    yield like(place, TokenType.R_PAREN, ")")


_KINDS = {"REPLACE": TokenType.REPLACE, "EXCEPT": TokenType.EXCEPT, "RENAME": TokenType.RENAME}


def _assigned(item: Sequence[Token]) -> list[Token]:
    """`a = x` as `x AS a`."""
    at = place_of(item, "=")
    return [*item[at + 1 :], like(item[0], TokenType.ALIAS, "AS"), *item[:at]]
