"""SQL for a request line: without comments, and as the *lineage skeleton*, a short statement with the same lineage.

Catalogs read lineage from SQL in a query string, which servers cut between 4 and 16 KB; comments are nobody's business there.
"""

import re
from collections.abc import Mapping, Sequence
from string import ascii_letters, digits

from sqlglot import Dialect, exp
from sqlglot.dialects.dialect import NormalizationStrategy
from sqlglot.errors import SqlglotError

from contract_gate.core.relation import RelationName
from contract_gate.sql.names import stored_spelling, strategy_of

Upstream = Sequence[tuple[RelationName, str]]
_PLAIN = frozenset(ascii_letters + digits + "_")
_RESERVED = re.compile(r"(?i)all|and|as|asc|by|case|check|column|cross|date|default|desc|distinct|end|for|from|group|having|in|is|"
                       r"join|left|like|limit|not|null|offset|on|or|order|primary|right|select|set|table|then|time|timestamp|to|"
                       r"union|unique|user|using|values|when|where|window|with")  # fmt: skip


def minimal(sql: str, dialect: str) -> str | None:
    """Give the text as written, without comments and extra white space; None where it can't be cut into tokens."""
    try:
        tokens = Dialect.get_or_raise(dialect or None).tokenize(sql)
    except SqlglotError:
        return None
    parts: list[str] = []
    end: int | None = None
    for token in tokens:
        if end is not None and token.start > end + 1:
            parts.append(" ")
        parts.append(sql[token.start : token.end + 1])
        end = token.end
    return "".join(parts).rstrip("; ") or None


def making(target: RelationName, query: str, dialect: str) -> str:
    """Write the statement that makes `target` from a bare query, as a dbt model's is, so that the text names it."""
    return f"CREATE TABLE {_name(target, dialect)} AS {query}"


def skeleton(
    target: RelationName, columns: Mapping[str, Upstream], sources: Sequence[RelationName], dialect: str
) -> str | None:
    """Write a short statement with this target, these sources and this column lineage; it is read, never run.

    `columns` is output column → (relation, column) of its values. None where columns come from a star whose columns
    nobody knows, or from no known source.
    """
    aliases = {name: f"s{number}" for number, name in enumerate(sources, 1)}
    if not sources or any(
        column == "*" or name not in aliases for upstream in columns.values() for name, column in upstream
    ):
        return None
    values = [
        _value([f"{aliases[name]}.{identifier(column, dialect)}" for name, column in upstream])
        for upstream in columns.values()
    ]
    named = ", ".join(identifier(column, dialect) for column in columns)
    read = ", ".join(f"{_name(name, dialect)} AS {alias}" for name, alias in aliases.items())
    written = f" ({named})" if named else ""
    return f"INSERT INTO {_name(target, dialect)}{written} SELECT {', '.join(values) or '1'} FROM {read}"  # noqa: S608 - read, never run


def _value(columns: Sequence[str]) -> str:
    if not columns:
        return "NULL"
    return columns[0] if len(columns) == 1 else f"COALESCE({', '.join(columns)})"


def _name(name: RelationName, dialect: str) -> str:
    return ".".join(identifier(part, dialect) for part in name.parts)


def identifier(part: str, dialect: str) -> str:
    """Write a canonical spelling so that it folds to itself again (see `contract_gate.sql.names`)."""
    strategy = strategy_of(dialect)
    plain = set(part) <= _PLAIN and not part[:1].isdigit() and not _RESERVED.fullmatch(part)
    if strategy is NormalizationStrategy.LOWERCASE and part != part.lower():
        plain = False
    if plain and part:
        return exp.to_identifier(part).sql(dialect=dialect or None)
    return quoted(stored_spelling(part, dialect), dialect)


def quoted(text: str, dialect: str) -> str:
    """Write a name in the quotes of a dialect."""
    return exp.to_identifier(text, quoted=True).sql(dialect=dialect or None)
