"""CREATE FUNCTION on tokens: clauses that sqlglot does not read are taken off, and what it still can't read is kept as text.

So that no function is missing from the repository, or looks alike after an edit, for a clause that no grammar here knows.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from contract_gate.sql.parsing.alterations import at_commas
from contract_gate.sql.parsing.tokens import behind_name, closing, nesting

UNDER = "under"
"""Where a parsed function keeps the clauses, taken off it, that decide what it gives."""
_MODIFYING = frozenset({
    "OR", "REPLACE", "ALTER", "SECURE", "TEMP", "TEMPORARY", "EXTERNAL", "AGGREGATE", "EDITIONABLE", "NONEDITIONABLE", "TABLE",
})  # fmt: skip
_STRINGS = frozenset(
    {TokenType.STRING, TokenType.HEREDOC_STRING, TokenType.RAW_STRING, TokenType.NATIONAL_STRING}
)
_WORDS = {"LEAKPROOF": 1, "WINDOW": 1, "MEMOIZABLE": 1, "PARALLEL": 2, "COST": 2, "ROWS": 2}
"""Clauses that say nothing of what a function gives, with their words.
https://www.postgresql.org/docs/current/sql-createfunction.html"""
_CLAUSES = frozenset({
    "AS", "LANGUAGE", "IMMUTABLE", "STABLE", "VOLATILE", "STRICT", "CALLED", "RETURNS", "SECURITY", "EXTERNAL", "SET", "NOT",
    "RETURN", "BEGIN", "SUPPORT", *_WORDS,
})  # fmt: skip


def is_function(chunk: Sequence[Token]) -> bool:
    """Tell whether a chunk creates a function or an aggregate."""
    return _kind(chunk) > 0


def without_clauses(chunk: list[Token], sql: str) -> tuple[list[Token], str]:
    """Take off the clauses that sqlglot does not read; give those too that decide a value: the settings it runs under."""
    start, end = _behind_parameters(chunk), _body(chunk)
    kept, settings, index = [_create(chunk[0]), *chunk[1:start]], list[str](), start
    while index < len(chunk):
        word = chunk[index].text.upper()
        length = 0 if end <= index < _behind_body(chunk, end) else _length(chunk, index)
        if length and word == "SET":
            settings.append(_spelled(chunk[index + 1 : index + length], sql))
        if not length:
            kept.append(chunk[index])
        index += length or 1
    return kept, ", ".join(sorted(settings))


def head_text(chunk: Sequence[Token], sql: str) -> str:
    """Write the head of a function of which tokens were taken off."""
    text, before = "", None
    for token in chunk:
        gap = "" if before is None or before.end + 1 == token.start else " "
        text, before = text + gap + sql[token.start : token.end + 1], token
    return _ALTER.sub("CREATE", text)


_ALTER = re.compile(r"^alter\b", re.IGNORECASE)


def _create(token: Token) -> Token:
    """T-SQL's ALTER FUNCTION says all of the function anew."""
    if token.text.upper() == "CREATE":
        return token
    return Token(
        token_type=TokenType.CREATE, text="CREATE", line=token.line, col=token.col, start=token.start, end=token.end,
        comments=token.comments,
    )  # fmt: skip


def plain_drops(chunk: list[Token], sql: str) -> list[str]:
    """Write a DROP of functions, in any of their names and with named parameters, as sqlglot reads one; each on its own."""
    words = [token.text.upper() for token in chunk[:3]]
    length = next((n for n in (2, 1) if " ".join(words[1 : n + 1]) in _DROPPED), 0)
    if words[:1] != ["DROP"] or not length:
        return []
    found: list[str] = []
    for item in at_commas(chunk[length + 1 :]):
        behind = next(
            (i for i, token in enumerate(item) if token.text.upper() in ("CASCADE", "RESTRICT")), len(item)
        )
        name = next((i for i, token in enumerate(item) if token.token_type == TokenType.L_PAREN), behind)
        given = f"({', '.join(_types(item[name + 1 : behind - 1], sql))})" if name < behind else ""
        exists = "" if found else "IF EXISTS " * (item[0].text.upper() == "IF")
        named = item[2:name] if item[0].text.upper() == "IF" else item[:name]
        found.append(f"DROP FUNCTION {exists}{head_text(named, sql)}{given}")
    return found


_DROPPED = frozenset(
    {"FUNCTION", "ROUTINE", "AGGREGATE", "TABLE FUNCTION", "MACRO TABLE", "AGGREGATE FUNCTION"}
)
_OF_TWO_WORDS = frozenset({"DOUBLE", "CHARACTER", "TIMESTAMP", "TIME", "BIT", "NATIONAL", "UNSIGNED"})


def _types(tokens: list[Token], sql: str) -> Iterator[str]:
    """`[mode] [name] type`: the type alone tells a function from others of its name."""
    for item in at_commas(tokens):
        start = int(item[0].text.upper() in ("IN", "INOUT", "VARIADIC"))
        if item[0].text.upper() == "OUT":
            continue
        has_name = len(item) > start + 1 and item[start].text.upper() not in _OF_TWO_WORDS
        is_type = has_name and item[start + 1].token_type in (
            TokenType.L_PAREN,
            TokenType.L_BRACKET,
            TokenType.DOT,
        )
        yield head_text(item[start + 1 :] if has_name and not is_type else item[start:], sql)


def as_text(chunk: list[Token], sql: str, read: Callable[[str], list[exp.Expr]]) -> exp.Create | None:
    """Read a function by its name and parameters alone; all that stands behind them is its body, as text."""
    at = _kind(chunk)
    name, behind = _behind_name(chunk, at + 1), _behind_parameters(chunk)
    called = head_text(chunk[at + 1 : name], sql)
    listed = head_text(chunk[name:behind], sql)
    for parameters in (listed, _bare_parameters(listed)):
        for end in (" as 'x'", " as $$x$$", " as begin return 1", " return 1"):
            nodes = read(f"CREATE FUNCTION {called}{parameters}{end}") if parameters else []
            if len(nodes) == 1 and isinstance(nodes[0], exp.Create):
                return _with_body(nodes[0], _spelled([chunk[at], *chunk[behind:]], sql))
    nodes = read(f"CREATE FUNCTION {called}(x) AS 'x'")
    if len(nodes) != 1 or not isinstance(nodes[0], exp.Create):
        return None
    nodes[0].meta[ANY_ARGUMENTS] = True
    return _with_body(nodes[0], _spelled([chunk[at], *chunk[name:]], sql))


ANY_ARGUMENTS = "any arguments"
"""Marks a function whose parameters could not be read: any call fits."""
TEXT = "text"
"""Stands for the language of a body that is not read."""


def _with_body(node: exp.Create, text: str) -> exp.Create:
    node.set("expression", exp.Heredoc(this=text))
    node.set("properties", exp.Properties(expressions=[exp.LanguageProperty(this=exp.var(TEXT))]))
    return node


def _kind(chunk: Sequence[Token]) -> int:
    """Give where FUNCTION, or the AGGREGATE that makes one, stands; 0 where none is made."""
    words = [token.text.upper() for token in chunk]
    if words[:1] != ["CREATE"] and not (words[:1] == ["ALTER"] and {"RETURNS", "RETURN"} & set(words)):
        return 0
    at = next((index for index in range(1, len(words)) if words[index] not in _MODIFYING), 0)
    if words[at : at + 1] == ["DEFINER"]:  # MySQL: DEFINER = `a`@`b`
        at = next((index for index in range(at, min(at + 8, len(words))) if words[index] == "FUNCTION"), 0)
    makes = words[at : at + 1] == ["FUNCTION"]
    return at if makes else at - 1 if words[at - 1] == "AGGREGATE" else 0


def _behind_name(chunk: Sequence[Token], start: int) -> int:
    if [token.text.upper() for token in chunk[start : start + 3]] == ["IF", "NOT", "EXISTS"]:
        start += 3
    return min(behind_name(chunk, start), len(chunk))


def _behind_parameters(chunk: Sequence[Token]) -> int:
    start = _behind_name(chunk, _kind(chunk) + 1)
    end = closing(chunk, start)
    return min(end + 1, len(chunk)) if end > start else start


def _body(chunk: Sequence[Token]) -> int:
    """Give where the body begins: words in it are no clauses."""
    depth = 0
    for index in range(_behind_parameters(chunk), len(chunk)):
        token = chunk[index]
        depth += nesting(token)
        if depth == 0 and token.text.upper() in ("AS", "IS", "RETURN", "BEGIN"):
            return index
    return len(chunk)


def _behind_body(chunk: Sequence[Token], start: int) -> int:
    """A body that is a string may have clauses behind it, any other goes to the end."""
    is_text = start + 1 < len(chunk) and chunk[start + 1].token_type in _STRINGS
    return start + 2 if is_text else len(chunk)


def _length(chunk: Sequence[Token], index: int) -> int:
    """Give how many tokens of a clause that is taken off stand here, 0 for none."""
    words = [token.text.upper() for token in chunk[index : index + 2]]
    match words:
        case ["NOT", "LEAKPROOF"]:
            return 2
        case ["SUPPORT", _]:
            return _behind_name(chunk, index + 1) - index
        case ["COST" | "ROWS", _] if chunk[index + 1].token_type != TokenType.NUMBER:
            return 0
        case ["SET", _]:
            return next(
                (
                    i - index
                    for i in range(index + 2, len(chunk))
                    if chunk[i].text.upper() in _CLAUSES and chunk[i].token_type not in _STRINGS
                ),
                len(chunk) - index,
            )
        case _:
            return _WORDS.get(words[0], 0)


def _bare_parameters(listed: str) -> str:
    """Take the word off that BigQuery puts behind an argument of an aggregate."""
    return re.sub(r"\s+not\s+aggregate\b", "", listed, flags=re.IGNORECASE)


def _spelled(tokens: Sequence[Token], sql: str) -> str:
    """Spell tokens with single spaces and without comments; words that are no string have no case."""
    return " ".join(_words(tokens, sql))


def _words(tokens: Sequence[Token], sql: str) -> Iterator[str]:
    for token in tokens:
        text = sql[token.start : token.end + 1]
        yield text if token.token_type in _STRINGS or '"' in text or "`" in text else text.lower()
