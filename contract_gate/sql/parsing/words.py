"""The words of a text as they are written: what is left when comments and white space are gone."""

from collections.abc import Iterator

from sqlglot import Dialect
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import TokenType

from contract_gate.sql.parsing.chunks import opened

_GLUED = frozenset("'\"`@$#&_")
"""Beside letters and digits: what makes one thing of two words without a blank (`rb'x'`, `1.5f`, `U&'d'`)."""

_STRINGS = frozenset(
    {TokenType.STRING, TokenType.NATIONAL_STRING, TokenType.RAW_STRING, TokenType.UNICODE_STRING}
)


def same_words(one: str, other: str, dialect: str) -> bool:
    """Tell whether two texts have the same words in the same order, so that no engine takes them for different ones.

    Never sure of a text that can't be cut into words, or whose comments an engine may run. Raises ValueError for an
    unknown dialect.
    """
    engine = Dialect.get_or_raise(dialect or None)
    if one == other:
        return True
    if "/*!" in one or "/*!" in other:
        return False
    try:
        words = [list(_words(opened(text, dialect), engine)) for text in (one, other)]
    except SqlglotError:
        return False
    return words[0] == words[1]


def is_code(word: str, text: str, dialect: str) -> bool:
    """Tell whether a word stands in a text outside of its comments and strings; so it may where it can't be cut into words.

    Raises ValueError for an unknown dialect.
    """
    if word not in text:
        return False
    engine = Dialect.get_or_raise(dialect or None)
    try:
        tokens = engine.tokenize(opened(text, dialect))
    except SqlglotError:
        return True
    return any(word in token.text and token.token_type not in _STRINGS for token in tokens)


def _words(text: str, engine: Dialect) -> Iterator[tuple[str, bool]]:
    """Give each word, and whether it is glued to the one before it."""
    end = 0
    for token in engine.tokenize(text):
        start = token.start
        yield text[start : token.end + 1], start == end > 0 and _glues(text[start]) and _glues(text[end - 1])
        end = token.end + 1


def _glues(character: str) -> bool:
    return character.isalnum() or character in _GLUED
