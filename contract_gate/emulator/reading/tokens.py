"""Cut SQL into tokens: words, quoted names, strings, numbers and symbols; comments and blanks are dropped."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class UnreadableSqlError(Exception):
    """The text is not SQL that this reader can take apart."""


class TokenKind(StrEnum):
    WORD = "word"
    QUOTED = "quoted"
    STRING = "string"
    NUMBER = "number"
    SYMBOL = "symbol"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of SQL. `text` is a word as it is written, a quoted name without its quotes."""

    kind: TokenKind
    text: str

    @property
    def word(self) -> str:
        """Give a bare word in upper case, `""` for anything else."""
        return self.text.upper() if self.kind is TokenKind.WORD else ""

    @property
    def is_name(self) -> bool:
        return self.kind in (TokenKind.WORD, TokenKind.QUOTED)


_PATTERN = r"""
    (?P<skip>\s+|--[^\n]*|/\*.*?\*/)
  | (?P<string>'(?:[^'\\]|''|\\.)*'|(?P<tag>\$\w*\$).*?(?P=tag))
  | (?P<backtick>`[^`]+`)
  | (?P<double>"(?:[^"]|"")*")
  | (?P<bracket>\[[^\]\d'"][^\]']*\])
  | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+)
  | (?P<word>[^\W\d][\w$]*|[@\#][@\#\w]+)
  | (?P<open>/\*)
  | (?P<symbol>::|\|\||<=>|->>|->|<=|>=|<>|!=|=>|:=|[-+*/%=<>(),.;:?!~^&|@{}\[\]\\\#$])
"""
_FLAGS = re.VERBOSE | re.DOTALL
_PLAIN = re.compile(_PATTERN, _FLAGS)
_WITH_HASH = re.compile(r"(?P<hash>\#[^\n]*) |" + _PATTERN, _FLAGS)


def tokenise(sql: str, dialect: str = "") -> list[Token]:
    """Cut the text; raises `UnreadableSqlError` at a character that starts nothing (an open quote, say)."""
    pattern = _WITH_HASH if dialect in _HASH_COMMENTS else _PLAIN
    tokens: list[Token] = []
    position = 0
    while position < len(sql):
        match = pattern.match(sql, position)
        if match is None or match.group("open"):
            raise UnreadableSqlError(
                f"can't read the SQL from character {position}: {sql[position : position + 20]!r}"
            )
        position = match.end()
        tokens.extend(_tokens(match, dialect))
    return tokens


_HASH_COMMENTS = ("bigquery", "mysql", "mariadb")
_DOUBLE_IS_STRING = ("bigquery", "mysql", "mariadb", "databricks")


def _tokens(match: re.Match[str], dialect: str) -> Iterator[Token]:
    text = match.group()
    if match.group("skip") or (text.startswith("#") and dialect in _HASH_COMMENTS):
        return
    if match.group("string"):
        yield Token(TokenKind.STRING, text)
    elif match.group("backtick"):
        # BigQuery quotes a whole dotted name at once: `project.dataset.table`.
        for index, part in enumerate(text[1:-1].split(".")):
            if index:
                yield Token(TokenKind.SYMBOL, ".")
            yield Token(TokenKind.QUOTED, part)
    elif match.group("double"):
        is_string = dialect in _DOUBLE_IS_STRING
        yield (
            Token(TokenKind.STRING, text)
            if is_string
            else Token(TokenKind.QUOTED, text[1:-1].replace('""', '"'))
        )
    elif match.group("bracket"):
        yield from _bracket(text, dialect)
    elif match.group("number"):
        yield Token(TokenKind.NUMBER, text)
    elif match.group("word"):
        yield Token(TokenKind.WORD, text)
    else:
        yield Token(TokenKind.SYMBOL, text)


def _bracket(text: str, dialect: str) -> Iterator[Token]:
    """Read `[name]` as a name where the dialect quotes so, else as a subscript or an array."""
    if dialect in ("mssql", "synapse", "sqlserver"):
        yield Token(TokenKind.QUOTED, text[1:-1])
        return
    yield Token(TokenKind.SYMBOL, "[")
    yield from tokenise(text[1:-1], dialect)
    yield Token(TokenKind.SYMBOL, "]")
