"""Statements that name columns and read no rows: rights on columns, statistics, publications, policies, masks, projections.

Each becomes queries of the columns that it names, made of the text's own tokens, so that every place stays: without them the engine
refuses it. https://www.postgresql.org/docs/current/sql-grant.html, …/sql-createstatistics.html, …/sql-createpublication.html,
https://docs.snowflake.com/en/sql-reference/sql/alter-table
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from sqlglot.tokenizer_core import Token, TokenType

from contract_gate.sql.parsing.tokens import behind_name, closing, like, place_of, selecting

_RIGHTS = frozenset({"GRANT", "REVOKE", "DENY"})
_BEGINS = _RIGHTS | {"CREATE", "ALTER", "DROP", "GO", "EXEC", "BEGIN"}
_BEFORE_TABLE = frozenset({"TABLE", "VIEW", "OBJECT", "ONLY", "::", "IF", "EXISTS"})
_WITHIN = frozenset({"OPTION", "COLUMN", "ROW"})
"""What makes of such a word another one's part: `GRANT OPTION`, `ALTER COLUMN`, `DROP ROW ACCESS POLICY`."""
_NO_TABLE = frozenset({"ALL", "SCHEMA", "DATABASE", "FUNCTION", "PROCEDURE", "ROUTINE", "TYPE", "SEQUENCE", "WAREHOUSE"})  # fmt: skip


def queries_of_columns(chunk: Sequence[Token]) -> list[list[Token]]:
    """Give the queries of a whole statement; none where it names no columns, or where no `;` parts it from the next."""
    words = [token.text.upper() for token in chunk]
    if any(word in _BEGINS and after not in _WITHIN for word, after in pairwise([*words[1:], ""])):
        return []
    match words[:2]:
        case [right, _] if right in _RIGHTS:
            return list(_of_rights(chunk))
        case ["ATTACH" | "DETACH", "MASKING"]:
            return list(_of_rights(chunk))
        case ["CREATE", "STATISTICS"]:
            return list(_of_statistics(chunk) if "FROM" in words else _of_rights(chunk))
        case ["CREATE" | "ALTER", "PUBLICATION"]:
            return list(_of_publication(chunk))
        case ["CREATE" | "ALTER", "SECURITY"]:
            return list(_of_predicates(chunk, words))
        case ["CREATE", "MATERIALIZED"] if words[2:4] == ["VIEW", "LOG"]:
            return list(_of_log(chunk))
        case ["ALTER", "TABLE" | "VIEW"]:
            return list(_of_policies(chunk, words)) or list(_of_parts(chunk, words))
        case _:
            return []


def _of_rights(chunk: Sequence[Token]) -> Iterator[list[Token]]:
    """`GRANT SELECT (a, b), UPDATE (c) ON t TO r`, T-SQL's `GRANT SELECT ON t (a, b) TO r`, Redshift's `ATTACH MASKING POLICY p ON t (a) TO r`."""
    on = place_of(chunk, "ON")
    table, behind = _table(chunk, on)
    for index in (*range(on), behind) if table else ():
        if columns := _listed(chunk, index):
            yield selecting(columns, table)


def _of_statistics(chunk: Sequence[Token]) -> Iterator[list[Token]]:
    """`CREATE STATISTICS s (mcv) ON a, (b + 1) FROM t`."""
    on, behind = place_of(chunk, "ON"), place_of(chunk, "FROM")
    table, _ = _table(chunk, behind)
    yield _asking(chunk[on + 1 : behind], chunk[behind], table)


def _of_publication(chunk: Sequence[Token]) -> Iterator[list[Token]]:
    """`CREATE PUBLICATION p FOR TABLE t (a, b) WHERE (a > 1), TABLE u (c)`."""
    at = place_of(chunk, "TABLE")
    while at < len(chunk):
        table, behind = _table(chunk, at)
        if table and (columns := _listed(chunk, behind)):
            yield selecting(columns, table)
        at = _next_table(chunk, behind)


def _of_policies(chunk: Sequence[Token], words: Sequence[str]) -> Iterator[list[Token]]:
    """`ALTER TABLE t MODIFY COLUMN a SET MASKING POLICY p USING (a, b)`, `… ADD ROW ACCESS POLICY p ON (a)`, `… SET ROW FILTER f ON (a)`,
    `… ALTER COLUMN a SET MASK f USING COLUMNS (b)`.
    """
    table, _ = _table(chunk, 0)
    for index in (index for index, word in enumerate(words) if word in _GUARDS and index > 2 and table):
        column = index - 1 - (words[index] == "POLICY")
        if words[column] in ("SET", "UNSET") and words[column - 2] in ("COLUMN", "MODIFY", "ALTER", ","):
            yield selecting([chunk[column - 1]], table)
        behind = behind_name(chunk, index + 1)
        if columns := _listed(chunk, behind + 1) or _listed(chunk, behind + 2):  # ON (…), ENTITY KEY (…)
            yield selecting(columns, table)


_GUARDS = frozenset({"POLICY", "MASK", "FILTER"})


def _of_parts(chunk: Sequence[Token], words: Sequence[str]) -> Iterator[list[Token]]:
    """ClickHouse's `ADD PROJECTION p (SELECT a, count() GROUP BY a)`."""
    table, behind = _table(chunk, 0)
    start = place_of(chunk, "SELECT")
    if words[behind : behind + 2] == ["ADD", "PROJECTION"] and start < len(chunk):
        inner = chunk[start : closing(chunk, start - 1)]
        tail = (TokenType.GROUP_BY, TokenType.ORDER_BY)
        end = next((index for index, token in enumerate(inner) if token.token_type in tail), len(inner))
        yield [*inner[:end], like(inner[0], TokenType.FROM, "FROM"), *table, *inner[end:]]


def _of_predicates(chunk: Sequence[Token], words: Sequence[str]) -> Iterator[list[Token]]:
    """T-SQL's `CREATE SECURITY POLICY p ADD FILTER PREDICATE s.f(a) ON t`."""
    for index in (index for index, word in enumerate(words) if word == "PREDICATE"):
        on = next((at for at in range(index, len(words)) if words[at] == "ON"), len(words))
        table, _ = _table(chunk, on)
        yield _asking(chunk[index + 1 : on], chunk[index], table)


def _asking(items: Sequence[Token], place: Token, table: Sequence[Token]) -> list[Token]:
    """Write `SELECT items FROM table`, where a token stands."""
    return [like(place, TokenType.SELECT, "SELECT"), *items, like(place, TokenType.FROM, "FROM"), *table]


def _of_log(chunk: Sequence[Token]) -> Iterator[list[Token]]:
    """Oracle's `CREATE MATERIALIZED VIEW LOG ON t WITH ROWID, SEQUENCE (a, b)`."""
    table, behind = _table(chunk, place_of(chunk, "ON"))
    columns = next((found for index in range(behind, len(chunk)) if (found := _listed(chunk, index))), [])
    if table and columns:
        yield selecting(columns, table)


def _next_table(chunk: Sequence[Token], start: int) -> int:
    """Give the comma or the word TABLE before the next table of a list, outside of parentheses."""
    index = start
    while index < len(chunk):
        if chunk[index].token_type == TokenType.L_PAREN:
            index = closing(chunk, index)
        elif chunk[index].token_type == TokenType.COMMA:
            return index + (index + 1 < len(chunk) and chunk[index + 1].text.upper() == "TABLE")
        index += 1
    return len(chunk)


def _listed(chunk: Sequence[Token], index: int) -> list[Token]:
    """Give the names in the parentheses that open at a place; none where no list of names does."""
    if index >= len(chunk) or chunk[index].token_type != TokenType.L_PAREN:
        return []
    inner = chunk[index + 1 : closing(chunk, index)]
    columns = [each for each in inner if each.token_type != TokenType.COMMA]
    return columns if all(each.token_type != TokenType.L_PAREN for each in columns) else []


def _table(chunk: Sequence[Token], before: int) -> tuple[list[Token], int]:
    """Give the name of the table behind a place, and where it ends; no name where something else stands there."""
    start = before + 1
    while start < len(chunk) and chunk[start].text.upper() in _BEFORE_TABLE:
        start += 1
    if start >= len(chunk) or chunk[start].text.upper() in _NO_TABLE:
        return [], start
    end = behind_name(chunk, start)
    return list(chunk[start:end]), end
