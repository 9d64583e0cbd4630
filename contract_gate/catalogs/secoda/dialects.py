"""Names of dialects: sqlglot's to Secoda's and back.

Secoda documents `postgresql` and `bigquery` alone; the others are the names of its integrations, and a
configuration can override each.
"""

from collections.abc import Mapping

_TO_SECODA: Mapping[str, str] = {
    "postgres": "postgresql",
    "tsql": "mssql",
}
_TO_SQLGLOT: Mapping[str, str] = {
    "postgresql": "postgres",
    "mssql": "tsql",
    "sqlserver": "tsql",
    "synapse": "tsql",
    "mariadb": "mysql",
    "motherduck": "duckdb",
}


def to_secoda(dialect: str, overrides: Mapping[str, str] | None = None) -> str:
    """Give Secoda's name for a dialect of sqlglot's; names in neither map are the same on both sides."""
    name = dialect.lower()
    return (overrides or {}).get(name) or _TO_SECODA.get(name, name)


def to_sqlglot(dialect: str, overrides: Mapping[str, str] | None = None) -> str:
    """Give sqlglot's name for a dialect of Secoda's (`overrides` is the same map as for `to_secoda`)."""
    name = dialect.lower()
    reverse = {theirs.lower(): ours for ours, theirs in (overrides or {}).items()}
    return reverse.get(name) or _TO_SQLGLOT.get(name, name)
