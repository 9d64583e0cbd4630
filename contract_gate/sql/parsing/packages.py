"""Package bodies: each function and procedure of an Oracle package is written as one of its own, called by the package's name and its own.

https://docs.oracle.com/en/database/oracle/oracle-database/23/lnpls/CREATE-PACKAGE-BODY-statement.html
"""

import re
from collections.abc import Iterator, Sequence

from sqlglot import Dialect
from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import Token

from contract_gate.sql.comments import on_one_line
from contract_gate.sql.parsing.blocks import end_of_block
from contract_gate.sql.parsing.chunks import unfolded
from contract_gate.sql.parsing.tokens import behind_name, closing

_BODY = re.compile(r"\bpackage\s+body\b", re.IGNORECASE)
_OPENING = frozenset({"IS", "AS"})
_ROUTINES = frozenset({"FUNCTION", "PROCEDURE"})


def unpacked(sql: str, dialect: str) -> str:
    """Write `FUNCTION f …` of `PACKAGE BODY p` as `; create or replace FUNCTION p.f …`, on the lines where it stands, and so each procedure.

    What the package declares before its functions is written as a setting of each function: it may decide what they give.
    """
    if dialect != "oracle" or _BODY.search(sql) is None:
        return sql
    engine = Dialect.get_or_raise(dialect)
    try:
        tokens = unfolded(engine.tokenize(sql), engine.tokenize, sql, dialect)
    except TokenError:
        return sql
    text, position = "", 0
    for place, added in _additions(tokens, sql):
        text += sql[position:place] + added
        position = place
    return text + sql[position:]


def _additions(tokens: Sequence[Token], sql: str) -> Iterator[tuple[int, str]]:
    words = [token.text.upper() for token in tokens]
    for index in range(len(tokens) - 3):
        if words[index : index + 2] != ["PACKAGE", "BODY"]:
            continue
        opening = behind_name(tokens, index + 2)
        if words[opening : opening + 1] in (["IS"], ["AS"]):
            name = sql[tokens[index + 2].start : tokens[opening - 1].end + 1]
            end = next((i for i in range(opening, len(tokens)) if words[i] == "CREATE"), len(tokens))
            yield from _of_package(tokens[opening:end], name, sql)


def _of_package(tokens: Sequence[Token], name: str, sql: str) -> Iterator[tuple[int, str]]:
    first = next((i for i, token in enumerate(tokens) if token.text.upper() in _ROUTINES), 0)
    declared = on_one_line(sql[tokens[0].end + 1 : tokens[first].start]).replace("'", "''").strip()
    setting = f" set package = '{declared}'" if declared and first else ""
    index = 1
    while index < len(tokens):
        end = _end_of_routine(tokens, index)
        if end:
            behind = closing(tokens, index + 2)  # of its parameters, if it has any
            yield tokens[index].start, "; create or replace "
            yield tokens[index + 1].start, f"{name}."
        if end and tokens[index].text.upper() == "FUNCTION":
            yield tokens[behind if behind > index + 2 else index + 1].end + 1, setting
        index = end or index + 1


def _end_of_routine(tokens: Sequence[Token], start: int) -> int:
    """Give where a routine with a body ends, 0 where none begins here."""
    if tokens[start].text.upper() not in _ROUTINES:
        return 0
    words = [token.text.upper() for token in tokens[start:]]
    opening = next((index for index, word in enumerate(words) if word in _OPENING), 0)
    if not opening or ";" in words[:opening]:
        return 0  # it is only declared here
    return end_of_block(
        tokens, start + (words.index("BEGIN", opening) if "BEGIN" in words[opening:] else opening)
    )
