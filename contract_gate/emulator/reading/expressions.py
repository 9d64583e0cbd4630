"""Expressions: which columns and which queries they name. Their meaning is not looked at."""

from collections.abc import Callable

from contract_gate.emulator.reading.cursor import Cursor
from contract_gate.emulator.reading.statements import ColumnName, Query
from contract_gate.emulator.reading.tokens import TokenKind

_WORDS = """
ALL AND ANY ARRAY AS ASC AT BETWEEN BOTH BY CASE CAST COLLATE CROSS CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP
CURRENT_USER DESC DISTINCT DIV ELSE END ESCAPE EXCEPT EXCLUDE EXISTS FALSE FILTER FOLLOWING FOR FROM GROUP HAVING
IF IGNORE ILIKE IN INTERVAL IS ISNULL LEADING LIKE LIMIT LOCALTIME LOCALTIMESTAMP NOT NOTNULL NULL NULLS OF OFFSET
ON OR ORDER OVER PARTITION PRECEDING QUALIFY RANGE REGEXP RESPECT RLIKE ROWS SELECT SESSION_USER SIMILAR SOME THEN
TO TRAILING TRUE UNBOUNDED USING WHEN WHERE WITHIN
"""
NOT_COLUMNS = frozenset(_WORDS.split())
"""Words that stand in expressions and are no column, unless they are quoted or behind a dot."""


def read_expression(
    cursor: Cursor, read_query: Callable[[Cursor], Query]
) -> tuple[tuple[ColumnName, ...], tuple[Query, ...]]:
    """Give the columns that the tokens name, and the queries in parentheses among them."""
    reads: dict[ColumnName, None] = {}
    queries: list[Query] = []
    while not cursor.done:
        if cursor.symbol("(") and cursor.word("SELECT", "WITH", ahead=1):
            queries.append(read_query(cursor.inside()))
        elif cursor.symbol("::"):
            cursor.at += 1
            _skip_type(cursor)
        elif cursor.accept("AS"):
            _skip_type(cursor)
        elif cursor.word("EXTRACT") and cursor.symbol("(", ahead=1):
            cursor.at += 3  # EXTRACT(year FROM …): the unit is no column
        elif cursor.peek().is_name:
            read = _column(cursor)
            if read is not None:
                reads[read] = None
        else:
            cursor.at += 1
    return tuple(reads), tuple(queries)


def _column(cursor: Cursor) -> ColumnName | None:
    first = cursor.peek()
    if first.word in NOT_COLUMNS and not cursor.symbol(".", ahead=1):
        cursor.at += 1
        return None
    parts = [cursor.take().text]
    while cursor.symbol(".") and cursor.peek(1).is_name:
        cursor.at += 1
        parts.append(cursor.take().text)
    is_call = cursor.symbol("(")
    is_literal = cursor.peek().kind is TokenKind.STRING and len(parts) == 1  # DATE '2026-01-01'
    is_argument_name = cursor.symbol("=>")
    return None if is_call or is_literal or is_argument_name else ColumnName(parts=tuple(parts))


def _skip_type(cursor: Cursor) -> None:
    cursor.name()
    while cursor.accept("PRECISION", "VARYING", "WITH", "WITHOUT", "TIME", "ZONE", "UNSIGNED"):
        pass
    if cursor.symbol("("):
        cursor.inside()
