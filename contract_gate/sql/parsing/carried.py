"""Statements inside of others: what a task, an event, a pipe, an alert or a cursor runs, and a query among vendor clauses.

Works on tokens, and on text where the inner statement is a string (`UNLOAD ('…')`, `EXECUTE IMMEDIATE '…'`). Every
position stays what it was. What is not known here is left whole.
"""

import re
from collections.abc import Iterator

from sqlglot.tokenizer_core import Token, TokenType

from contract_gate.sql.comments import blank
from contract_gate.sql.parsing.tokens import behind_name, closing, like, nesting, place_of, selecting


def carried(chunk: list[Token]) -> list[list[Token]]:
    """Give the statements that a statement holds; none where it holds none, or is understood as it is."""
    words = [token.text.upper() for token in chunk]
    match words[:2]:
        case ["EXPORT", "DATA"]:
            return _behind(chunk, words, "AS", _QUERIES)
        case ["PREPARE", _]:
            return _behind(chunk, words, "AS", _STATEMENTS)
        case ["CREATE", _]:
            return _created(chunk, words)
        case ["DECLARE" | "CURSOR" | "OPEN", *_]:
            return _behind(chunk, words, "FOR", _QUERIES) or _behind(chunk, words, "IS", _QUERIES)
        case _:
            return []


def queries_in(tokens: list[Token]) -> list[list[Token]]:
    """Give the queries in a condition or the head of a loop: `IF EXISTS (SELECT …) THEN`, `FOR r IN SELECT … LOOP`."""
    found: list[list[Token]] = []
    index = 0
    while index < len(tokens):
        following = tokens[index + 1].text.upper() if index + 1 < len(tokens) else ""
        if tokens[index].text.upper() in _QUERIES and following not in _OF_RAISERROR:
            end = _end_of_query(tokens, index)
            found.append(tokens[index:end])
            index = end
        else:
            index += 1
    return found


def unquoted(sql: str) -> str:
    """Blank out what stands around a statement that is a string, keeping every position."""
    return _QUOTED.sub(_bare, sql) if _QUOTING.search(sql) is not None else sql


_QUERIES = frozenset({"SELECT", "WITH"})
_OF_RAISERROR = frozenset({"NOWAIT", "LOG", "SETERROR"})
_STATEMENTS = _QUERIES | {
    "INSERT", "UPDATE", "DELETE", "MERGE", "COPY", "BEGIN", "CALL", "EXECUTE", "TRUNCATE", "REPLACE", "ALTER", "CREATE",
    "DECLARE", "DO", "DROP", "SET", "RENAME",
}  # fmt: skip


def _created(chunk: list[Token], words: list[str]) -> list[list[Token]]:
    start = 1
    while start < len(words) and words[start] in _MODIFIERS:
        start += 1
    if words[start : start + 1] == ["DEFINER"]:  # MySQL: DEFINER = `a`@`b`
        start = place_of(chunk, "EVENT")
    kind = words[start] if start < len(words) else ""
    following = words[start + 1] if start + 1 < len(words) else ""
    match kind, following:
        case "TASK", _:
            return _behind(chunk, words, "AS", _STATEMENTS)
        case "MODEL", _ if words[start + 2 : start + 4] == ["FROM", "("]:
            return queries_in(chunk)
        case "PIPE", _:
            return _behind(chunk, words, "AS", frozenset({"COPY"}))
        case "EVENT", _:
            return _behind(chunk, words, "DO", _STATEMENTS)
        case "ALERT", _:
            return [*queries_in(chunk), *_behind(chunk, words, "THEN", _STATEMENTS)]
        case "MATERIALIZED", "VIEW":
            return _stored(chunk, words, [chunk[0], *chunk[start : start + 2]], start + 2)
        case (("STREAMING" | "LIVE" | "INCREMENTAL"), ("TABLE" | "VIEW")):
            return _stored(chunk, words, [chunk[0], chunk[start + 1]], start + 2)
        case (("STREAMING" | "LIVE"), "LIVE"):
            return _stored(chunk, words, [chunk[0], chunk[start + 2]], start + 3)
        case _:
            return []


_MODIFIERS = frozenset({"OR", "REPLACE", "REFRESH", "ALTER", "TEMPORARY", "PRIVATE", "SECURE"})


def _stored(chunk: list[Token], words: list[str], head: list[Token], name: int) -> list[list[Token]]:
    """A stored query: its name, the columns that stand behind it, and the query, without clauses of storage between."""
    if words[name : name + 3] == ["IF", "NOT", "EXISTS"]:
        name += 3
    end = behind_name(chunk, name)
    query = _behind(chunk, words, "AS", _QUERIES | {"("}, end)
    behind = len(chunk) - len(query[0]) - 1 if query else end
    if not query or {"TO", "ENGINE"} & set(words[end:behind]):
        return []
    rows = _unstreamed(query[0])
    plain = [*head, *chunk[name:end], *_names_at(chunk, end), chunk[behind], *rows]
    return [plain, *_expected(rows, chunk[end:behind])] if len(plain) < len(chunk) else []


def _expected(query: list[Token], clauses: list[Token]) -> Iterator[list[Token]]:
    """Give the conditions of `CONSTRAINT a EXPECT (…)`, each as a query over the rows that it is asked of.

    https://docs.databricks.com/aws/en/ldp/expectations
    """
    for index, token in enumerate(clauses[:-1]):
        if token.text.upper() == "EXPECT":
            asked = clauses[index + 1 : closing(clauses, index + 1) + 1]
            one, where = like(token, TokenType.NUMBER, "1"), like(token, TokenType.WHERE, "WHERE")
            rows = [like(token, TokenType.L_PAREN, "("), *query, like(token, TokenType.R_PAREN, ")")]
            yield [*selecting([one], rows), where, *asked]


def _names_at(chunk: list[Token], index: int) -> list[Token]:
    """Give a list of bare column names in parentheses, if one stands here."""
    if index >= len(chunk) or chunk[index].token_type != TokenType.L_PAREN:
        return []
    end = index + 1
    while end + 1 < len(chunk) and chunk[end + 1].token_type in (TokenType.COMMA, TokenType.R_PAREN):
        if chunk[end + 1].token_type == TokenType.R_PAREN:
            return chunk[index : end + 2]
        end += 2
    return []


def _unstreamed(query: list[Token]) -> list[Token]:
    """`FROM STREAM t` and `FROM STREAM(t)` read t, each row once."""
    before = ("FROM", "JOIN", ",")
    return [
        token
        for index, token in enumerate(query)
        if not (
            token.text.upper() == "STREAM"
            and index
            and query[index - 1].text.upper() in before
            and index + 1 < len(query)
            and query[index + 1].text.upper() not in ("WHERE", "JOIN", "GROUP", "AS", ",", ")")
        )
    ]


def _behind(
    chunk: list[Token], words: list[str], word: str, starters: frozenset[str], start: int = 0
) -> list[list[Token]]:
    """Give what stands behind the first such word, outside of parentheses, that a statement follows."""
    depth = 0
    for index in range(start, len(chunk) - 1):
        depth += nesting(chunk[index])
        if depth == 0 and words[index] == word and words[index + 1] in starters:
            return [chunk[index + 1 :]]
    return []


def _end_of_query(tokens: list[Token], start: int) -> int:
    depth = 0
    for index in range(start, len(tokens)):
        depth += nesting(tokens[index])
        if depth < 0 or (depth == 0 and tokens[index].text.upper() in _OPENERS and index > start):
            return index
    return len(tokens)


_OPENERS = frozenset({"THEN", "LOOP", "DO"})
_STRING = r"""(?P<quote>\"{3}|'{3}|"|'|\${2})(?P<body>(?:(?!(?P=quote))[^\\]|\\.|(?P=quote){2})*)(?P=quote)"""
_QUOTING = re.compile(r"\b(?:unload|execute\s+immediate|exec(?:ute)?|sp_executesql)\b", re.IGNORECASE)
_QUOTED = re.compile(
    r"(?P<head>(?:^|(?<=;)|(?<=\bbegin)|(?<=\bthen)|(?<=\bloop))\s*(?:unload\s*\(\s*|execute\s+(?:immediate\s+)?|exec(?:ute)?\s*\(\s*N?"
    r"|exec(?:ute)?\s+(?:sys\.)?sp_executesql\s+(?:@\w+\s*=\s*)?N?))" + _STRING
    + r"(?P<tail>(?:\s*\)\s*(?:to\s[^;]*)?|\s*,[^;]*|\s+(?:using|into)\s[^;]*|\s*)(?=;|\Z))",
    re.IGNORECASE | re.DOTALL,
)  # fmt: skip


def _bare(found: re.Match[str]) -> str:
    quote = found["quote"]
    body = _without_doubled(found["body"], quote)
    tail = found["tail"] if _ORDERED.search(body) is None else blank(found["tail"])
    return (
        f"{blank(found['head'])}{' ' * len(quote)}{body}{' ' * len(quote)}{_PARTITIONS.sub(_as_order, tail)}"
    )


_ORDERED = re.compile(r"\border\s+by\b", re.IGNORECASE)
_PARTITIONS = re.compile(
    r"(?P<before>(?:(?!partition\s+by\s*\().)*)(?:partition\s+by\s*\((?P<columns>[^()]*)\).*)?",
    re.IGNORECASE | re.DOTALL,
)


def _as_order(found: re.Match[str]) -> str:
    """UNLOAD … PARTITION BY (a) names columns of its query, as its ORDER BY would."""
    if found["columns"] is None:
        return blank(found[0])
    columns = found["columns"]
    start = found.start("columns") - found.end("before")
    behind = len(found[0]) - found.end("columns") + found.start(0)
    return f"{blank(found['before'])}{'order by '.ljust(start)}{columns}{' ' * behind}"


def _without_doubled(body: str, quote: str) -> str:
    """A doubled quote begins or ends a string of the inner statement; the space goes to its outer side."""
    parts = body.split(quote * 2)
    text = parts[0]
    for index, part in enumerate(parts[1:]):
        text += (f" {quote}" if index % 2 == 0 else f"{quote} ") + part
    return text
