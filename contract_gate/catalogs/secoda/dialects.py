"""Names of dialects: sqlglot's to Secoda's.

Secoda documents `postgresql` and `bigquery` alone; the others are the names of its integrations, and a
configuration can override each.
"""

from collections.abc import Mapping

_TO_SECODA: Mapping[str, str] = {
    "postgres": "postgresql",
    "tsql": "mssql",
}


def to_secoda(dialect: str, overrides: Mapping[str, str] | None = None) -> str:
    """Give Secoda's name for a dialect of sqlglot's; names in neither map are the same on both sides."""
    name = dialect.lower()
    return (overrides or {}).get(name) or _TO_SECODA.get(name, name)
