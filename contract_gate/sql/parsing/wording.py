"""Texts as words: whether two differ in white space, comments and the case of words alone, and whether a word is code.

Asks no grammar, so it answers for what no parser reads. A "no" says nothing: what differs in words may still mean the same.
Raises ValueError for an unknown dialect.
"""

from collections.abc import Iterator
from itertools import pairwise

from sqlglot import Dialect
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from contract_gate.sql.families import MYSQL, SPARK
from contract_gate.sql.names import has_case
from contract_gate.sql.parsing.chunks import opened, split, unfolded

_STRINGS = frozenset(
    {TokenType.STRING, TokenType.NATIONAL_STRING, TokenType.RAW_STRING, TokenType.UNICODE_STRING}
)
_TEXTS = _STRINGS | {
    TokenType.HEREDOC_STRING, TokenType.BYTE_STRING, TokenType.HEX_STRING, TokenType.BIT_STRING, TokenType.IDENTIFIER,
}  # fmt: skip
_GLUED = frozenset("'\"`@$#&_")
"""Beside letters and digits: what makes one thing of two words without a blank (`rb'x'`, `1.5f`, `U&'d'`)."""
_OF_CASE = frozenset(":@$%#{}[/\\`")
"""Beside one of these a word may be a path of JSON, a stage's file, a variable or a template's, whose case counts."""
_WITH_BARE_WORDS = frozenset({"SET", "COPY", "PUT", "GET", "PRAGMA", "ATTACH", "EXECUTE", "ADD", "LIST"})
"""Statements that may take bare words whose case counts."""
_NAMES_NOTHING = frozenset({
    "select", "from", "where", "and", "or", "not", "in", "is", "as", "on", "using", "join", "left", "right", "full",
    "outer", "inner", "cross", "group", "by", "order", "having", "limit", "offset", "union", "all", "distinct", "case",
    "when", "then", "else", "end", "with", "between", "like", "over", "partition", "asc", "desc", "exists", "create",
    "replace", "table", "view", "insert", "into", "values", "delete", "update", "merge", "except", "intersect", "null",
})  # fmt: skip
"""Words that name nothing in any dialect, whatever the case of names says."""
_CODE = frozenset({("LANGUAGE", "SQL"), ("LANGUAGE", "PLPGSQL")})
_STEPS = frozenset(":.[]")
_READ_BY_ENGINES = ("+", "!", "M!")
"""Begin a comment that is a hint, or that MySQL and MariaDB run."""

_TEMPLATE = ("{{", "{%", "{#")

Word = tuple[str, str]


def says_the_same(one: str, other: str, dialect: str) -> bool:
    """Tell whether two texts of SQL have the same words. Never of texts in which templates are left."""
    Dialect.get_or_raise(dialect or None)
    if one == other:
        return True
    words = _words(one, dialect)
    return words is not None and words == _words(other, dialect)


def is_code(word: str, text: str, dialect: str) -> bool:
    """Tell whether a word stands in a text outside of its comments and strings; so it may where it can't be cut into words."""
    if word not in text:
        return False
    try:
        tokens = Dialect.get_or_raise(dialect or None).tokenize(opened(text, dialect))
    except SqlglotError:
        return True
    return any(word in token.text and token.token_type not in _STRINGS for token in tokens)


def _words(sql: str, dialect: str) -> list[list[Word]] | None:
    """Cut a text into statements and these into words, in the case that counts; None where that can't be trusted."""
    if any(mark in sql for mark in _TEMPLATE):
        return None
    engine = Dialect.get_or_raise(dialect or None)
    text = opened(sql, dialect)
    try:
        tokens = unfolded(engine.tokenize(text), engine.tokenize, text, dialect)
    except SqlglotError:
        return None
    if any(token.text.upper() == "STDIN" for token in tokens):
        return None  # what follows is rows
    chunks = split(tokens, dialect)
    told = {token.start for chunk in chunks for token in chunk}
    # The conditions of IF and WHILE are in no statement, and decide which of them run.
    around = [t for t in tokens if t.start not in told and t.token_type is not TokenType.SEMICOLON]
    statements = [list(_statement(chunk, text, dialect)) for chunk in (*chunks, around) if chunk]
    return [*statements, list(_told_comments(tokens, dialect))]


def _told_comments(tokens: list[Token], dialect: str) -> Iterator[Word]:
    for place, token in enumerate(tokens):
        for comment in token.comments:
            # MySQL takes `--` for a comment only before white space: `5--3` is a sum.
            is_sum = dialect in MYSQL and not comment[:1].isspace()
            if is_sum or comment.startswith(_READ_BY_ENGINES):
                yield str(place), comment


def _statement(chunk: list[Token], text: str, dialect: str) -> Iterator[Word]:
    takes_bare_words = chunk[0].text.upper() in _WITH_BARE_WORDS
    words = [token.text.upper() for token in chunk]
    is_code = words[0] == "CREATE" and any(pair in _CODE for pair in pairwise(words))
    before, in_path = None, False
    for run in _runs(chunk):
        keeps = takes_bare_words or not _OF_CASE.isdisjoint(text[run[0].start : run[-1].end + 1])
        for token in run:
            in_path = token.text == ":" or (in_path and _goes_on(before, token))
            if before is not None and before.token_type in _TEXTS and token.token_type in _TEXTS:
                # Beside each other they may be one text, or a name, by the line that they stand on.
                yield "between", text[before.end + 1 : token.start]
            elif before is not None and _is_glued(before, token, text):
                yield "glued", ""
            body = (
                _words(token.text, dialect)
                if is_code and token.token_type is TokenType.HEREDOC_STRING
                else None
            )
            # Spark takes the key of a map for a field, and its case counts.
            is_key = dialect in SPARK and before is not None and before.token_type is TokenType.DOT
            has_own_case = keeps or in_path or is_key
            yield (
                token.token_type.name,
                str(body) if body else token.text if has_own_case else _folded(token, dialect),
            )
            before = token


def _is_glued(before: Token, token: Token, text: str) -> bool:
    beside = text[before.end], text[token.start]
    return before.end + 1 == token.start and all(each.isalnum() or each in _GLUED for each in beside)


def _goes_on(before: Token | None, token: Token) -> bool:
    """Tell whether a path of JSON goes on: two words beside each other are two things."""
    return token.text in _STEPS or (before is not None and before.text in _STEPS)


def _folded(token: Token, dialect: str) -> str:
    if token.token_type in _TEXTS or not token.text.isascii():
        return token.text
    lower = token.text.lower()
    return lower if lower in _NAMES_NOTHING or not has_case(dialect) else token.text


def _runs(chunk: list[Token]) -> Iterator[list[Token]]:
    """Part the tokens where white space or a comment stands between them."""
    run: list[Token] = []
    for token in chunk:
        if run and token.start > run[-1].end + 1:
            yield run
            run = []
        run.append(token)
    yield run
