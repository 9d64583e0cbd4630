"""Words that sqlglot reads as one though they mean two things: hidden from its parser, and given back to the tree.

The parser turns the format of a date into strftime's, and functions of several names into one node. Where that loses a
difference, a token is veiled: its characters are moved where no format and no function has a name. Whatever node comes
of it keeps them, and `unmask` moves them back.
"""

import re
from collections.abc import Callable, Iterable, Mapping

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from contract_gate.sql.families import MYSQL, SPARK, TSQL
from contract_gate.sql.parsing.pipes import PIPING, piped
from contract_gate.sql.parsing.tokens import is_bound

_OFFSET = 0xE000
"""The private use area of Unicode, in which no format and no name of a function stands."""
_VEILED = re.compile("[\ue001-\ue07f]")
# https://spark.apache.org/docs/latest/sql-ref-datetime-pattern.html: `Y` is the year of the week, of which sqlglot makes
# the year; `y` has as many digits as the year needs, `yyyy` four at least.
_SPARK_FORMAT = re.compile(r"(?:'[^']*'|[^A-Za-z'\\]|[GyYMLdQqEFaDhHkKmsSVzOxXZWwu])+\Z")
_SPARK_OTHER_YEAR = re.compile(r"Y|(?<!y)y(?!y)")
# https://learn.microsoft.com/dotnet/standard/base-types/custom-date-and-time-format-strings: sqlglot adds the names of
# date parts, which FORMAT writes as they are or refuses.
_DOTNET_FORMAT = re.compile(r"(?:[^A-Za-z]|yyyy|yy|M{1,4}|d{1,4}|HH?|hh?|mm?|ss?|tt?|f{1,7})+\Z")
_FUNCTIONS: Mapping[str, frozenset[str]] = {
    # SIZE(NULL) is -1 unless the session says otherwise, ARRAY_SIZE(NULL) is NULL.
    **dict.fromkeys(SPARK, frozenset({"array_size"})),
    # A number up to 2^32, and one from 0 to 1.
    "clickhouse": frozenset({"randcanonical"}),
    # GETDATE() has no time zone; SYSDATETIME() has seven digits of a second, GETDATE() three.
    "redshift": frozenset({"getdate"}),
    "tsql": frozenset({"sysdatetime"}),
    # VARIANCE of one row is 0, VAR_SAMP of one row is NULL.
    "oracle": frozenset({"variance"}),
}


def mask(tokens: Iterable[Token], dialect: str) -> bool:
    """Move the characters of such words out of sight, in place; tell whether there were any."""
    functions = _FUNCTIONS.get(dialect, frozenset())
    if not functions and dialect not in SPARK:
        return False
    found = False
    before: list[Token] = []
    for token in tokens:
        if token.token_type == TokenType.L_PAREN and before and before[-1].text.lower() in functions:
            found = _hide(before[-1])
        elif token.token_type == TokenType.STRING and _is_lossy_format(token, before, dialect):
            found = _hide(token)
        elif _VEILED.search(token.text):
            found = True  # by an attempt to read the same tokens as one statement
        before = [*before[-1:], token]
    return found


def unmask(node: exp.Expr) -> None:
    """Give the words of a tree back, in place."""
    for part in node.walk():
        text = part.args.get("this")
        if isinstance(text, str) and _VEILED.search(text):
            part.set("this", _VEILED.sub(lambda found: chr(ord(found[0]) - _OFFSET), text))


def spelled_out(tokens: list[Token], dialect: str, tokenize: Callable[[str], list[Token]]) -> list[Token]:
    """Write `IDENTIFIER('a.b')` and `TABLE('a.b')` as the name that the text is, `REPLACE INTO` as INSERT OR REPLACE, leave
    out that an INSERT gives the numbers itself and as what files rows are written, let TRIGGER be a type where a function returns it, and FLOAT be as wide as it is.

    https://docs.snowflake.com/en/sql-reference/identifier-literal,
    https://docs.databricks.com/en/sql/language-manual/sql-ref-names-identifier-clause.html,
    https://spark.apache.org/docs/latest/sql-ref-syntax-dml-insert-overwrite-directory.html
    """
    tokens = piped(tokens) if dialect in PIPING else tokens
    words = _NAMED_BY_TEXT.get(dialect, frozenset())
    found: list[Token] = []
    at = 0
    while at < len(tokens):
        call = tokens[at : at + 4]
        if len(call) == 4 and call[0].text.lower() in words and _is_of_one_text(call):
            found.extend(_put_at(tokenize(call[2].text), call[2]))
            at += 4
        elif _replaces(tokens, at) and not (found and found[-1].text.upper() == "OR"):
            found.extend(_put_at(tokenize("insert or replace"), tokens[at]))
            at += 2 if tokens[at + 1].text.upper() in _PRIORITIES else 1
        elif [token.text.upper() for token in tokens[at : at + 3]] == _OVERRIDING:
            at += 3
        elif dialect in TSQL and _is_beside_the_point(found, tokens[at : at + 2]):
            at += 1
        elif _is_format_of_files(tokens, at):
            at = _behind_format(tokens, at)
        elif dialect in _SLICING and _begins_a_slice(found, tokens[at]):
            # The parser would take the column behind the colon for a value that is bound.
            found.extend([*_put_at(tokenize("null"), tokens[at]), tokens[at]])
            at += 1
        elif dialect == "teradata" and [token.text.upper() for token in call[:2]] == ["(", "NAMED"]:
            found.extend([*_put_at(tokenize("as"), tokens[at]), tokens[at + 2]])
            at += 4
        else:
            before = found[-1] if found else None
            found.append(_selecting(_typed(_bound(tokens[at], found), before, dialect), before))
            at += 1
    return found


def _is_beside_the_point(before: list[Token], ahead: list[Token]) -> bool:
    return _says_how_a_key_is_stored(before, ahead) or _adds_to_a_variable(before, ahead)


def _adds_to_a_variable(before: list[Token], ahead: list[Token]) -> bool:
    """Tell whether `SELECT @x += a` says so, which is a value of the variable like another."""
    is_variable = len(before) > 1 and before[-2].token_type == TokenType.PARAMETER
    return is_variable and [token.text for token in ahead] == ["+", "="]


def _bound(token: Token, before: list[Token]) -> Token:
    """Let any word and number name a value that is bound: `:from`, `:when`, `:1`."""
    if is_bound(before, token) and token.token_type != TokenType.STRING and _WORD.fullmatch(token.text):
        token.token_type = TokenType.VAR
    return token


_WORD = re.compile(r"\w+")

DOUBLES: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(TSQL, frozenset({"float"})),
    **dict.fromkeys(MYSQL, frozenset({"real"})),
    "teradata": frozenset({"float", "real"}),
}
"""Other names of DOUBLE PRECISION, of which sqlglot makes the FLOAT of four bytes. https://learn.microsoft.com/sql/t-sql/data-types/float-and-real-transact-sql,
https://dev.mysql.com/doc/refman/8.4/en/numeric-type-syntax.html"""


def _typed(token: Token, before: Token | None, dialect: str) -> Token:
    if token.token_type == TokenType.FLOAT and token.text.lower() in DOUBLES.get(dialect, ()):
        token.token_type = TokenType.DOUBLE
    if dialect in MYSQL and token.token_type == TokenType.TINYINT and token.text.upper() == "INT8":
        # Of eight bytes: https://dev.mysql.com/doc/refman/8.4/en/other-vendor-data-types.html
        token.token_type = TokenType.BIGINT
    if dialect == "bigquery" and token.text.upper() == "MATCH_RECOGNIZE":
        token.token_type = TokenType.MATCH_RECOGNIZE
    if dialect in MYSQL and token.token_type == TokenType.DEFAULT and before is not None:
        # `DEFAULT(a)` is the default of a column; behind a type it declares one.
        token.token_type = TokenType.VAR if before.text.upper() in _BEFORE_VALUE else token.token_type
    if token.token_type == TokenType.TRIGGER and before is not None and before.text.upper() == "RETURNS":
        token.token_type = TokenType.VAR
    return token


_BEFORE_VALUE = frozenset(
    {"SELECT", ",", "(", "=", "+", "-", "*", "/", "<", ">", "<>", "THEN", "ELSE", "WHERE", "AND", "OR"}
)


def _selecting(token: Token, before: Token | None) -> Token:
    """PL/pgSQL: PERFORM runs a query and leaves its rows."""
    begins = before is None or before.text.upper() in (";", "BEGIN", "THEN", "ELSE", "LOOP")
    if begins and token.text.upper() == "PERFORM":
        token.token_type = TokenType.SELECT
    return token


def _replaces(tokens: list[Token], at: int) -> bool:
    """MySQL and SQLite: an INSERT that takes the place of the row with the same key."""
    words = [token.text.upper() for token in tokens[at : at + 3]]
    return words[:2] == ["REPLACE", "INTO"] or (
        words[:1] == ["REPLACE"] and words[2:] == ["INTO"] and words[1] in _PRIORITIES
    )


_SLICING = frozenset({"duckdb", "postgres"})


def _begins_a_slice(before: list[Token], token: Token) -> bool:
    """Tell whether a `:` stands right behind the bracket after an array: `a[:b]`, without a first place."""
    ahead = before[-2:]
    return (
        token.token_type == TokenType.COLON
        and len(ahead) == 2
        and ahead[1].token_type == TokenType.L_BRACKET
        and ahead[0].end + 1 == ahead[1].start
        and (ahead[0].text in (")", "]") or _WORD.fullmatch(ahead[0].text.strip('"')) is not None)
    )


def _says_how_a_key_is_stored(before: list[Token], tokens: list[Token]) -> bool:
    """T-SQL: `PRIMARY KEY CLUSTERED (a)`, `a INT UNIQUE NONCLUSTERED`. The parser reads an order of columns with the word alone: `UNIQUE NONCLUSTERED (a ASC)`."""
    ahead = before[-1].text.upper() if before else ""
    is_listed = [token.token_type for token in tokens[1:]] == [TokenType.L_PAREN]
    is_of_key = ahead.endswith("KEY") or (ahead == "UNIQUE" and not is_listed)
    return is_of_key and tokens[0].text.upper() in ("CLUSTERED", "NONCLUSTERED")


def _is_format_of_files(tokens: list[Token], at: int) -> bool:
    """Tell whether Spark's `USING csv` stands there, behind `OVERWRITE DIRECTORY 'path'`."""
    before = tokens[max(at - 2, 0) : at]
    return (
        tokens[at].text.upper() == "USING"
        and [token.text.upper() for token in before[:1]] == ["DIRECTORY"]
        and before[-1].token_type == TokenType.STRING
    )


def _behind_format(tokens: list[Token], at: int) -> int:
    """Give where the query begins behind the name of a format and its options."""
    at += 2
    if [token.text.upper() for token in tokens[at : at + 2]] != ["OPTIONS", "("]:
        return at
    end = (index for index in range(at, len(tokens)) if tokens[index].token_type == TokenType.R_PAREN)
    return next(end, len(tokens) - 1) + 1


_OVERRIDING = ["OVERRIDING", "SYSTEM", "VALUE"]
_PRIORITIES = frozenset({"LOW_PRIORITY", "DELAYED"})
_NAMED_BY_TEXT: Mapping[str, frozenset[str]] = {
    "snowflake": frozenset({"identifier", "table"}),
    "databricks": frozenset({"identifier"}),
    "spark": frozenset({"identifier"}),
}


def _is_of_one_text(call: list[Token]) -> bool:
    kinds = [token.token_type for token in call[1:]]
    return kinds == [TokenType.L_PAREN, TokenType.STRING, TokenType.R_PAREN] and call[2].text.strip() != ""


def _put_at(tokens: list[Token], place: Token) -> list[Token]:
    for token in tokens:
        token.start, token.end, token.line, token.col = place.start, place.end, place.line, place.col
    return tokens


def _hide(token: Token) -> bool:
    token.text = "".join(chr(ord(c) + _OFFSET) if c.isascii() else c for c in token.text)
    return True


def _is_lossy_format(token: Token, before: list[Token], dialect: str) -> bool:
    """Tell whether a literal that is an argument can be a format with letters that sqlglot mixes up."""
    if not before or before[-1].token_type not in (TokenType.COMMA, TokenType.L_PAREN):
        return False
    if dialect == "tsql":
        return bool(re.search("[A-Za-z]", token.text)) and not _DOTNET_FORMAT.match(token.text)
    return bool(dialect in SPARK and _SPARK_OTHER_YEAR.search(token.text) and _SPARK_FORMAT.match(token.text))
