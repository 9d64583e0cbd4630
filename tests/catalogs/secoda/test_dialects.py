"""Dialects' names go both ways."""

import pytest

from contract_gate.catalogs.secoda.dialects import to_secoda, to_sqlglot


@pytest.mark.parametrize(
    ("sqlglot", "secoda"),
    [("postgres", "postgresql"), ("bigquery", "bigquery"), ("TSQL", "mssql"), ("snowflake",) * 2],
)
def test_to_secoda(sqlglot: str, secoda: str) -> None:
    """Documented names are sent as documented, the others as they are."""
    assert to_secoda(sqlglot) == secoda


@pytest.mark.parametrize(
    ("secoda", "sqlglot"),
    [
        ("postgresql", "postgres"),
        ("mssql", "tsql"),
        ("synapse", "tsql"),
        ("sqlserver", "tsql"),
        ("mariadb", "mysql"),
        ("motherduck", "duckdb"),
        ("BigQuery", "bigquery"),
    ],
)
def test_to_sqlglot(secoda: str, sqlglot: str) -> None:
    """Every name that sqlglot rejects has one that it takes."""
    from sqlglot import Dialect

    assert to_sqlglot(secoda) == sqlglot
    assert Dialect.get_or_raise(sqlglot)


def test_overrides() -> None:
    """A configured name wins in both directions."""
    assert to_secoda("tsql", {"tsql": "sqlserver"}) == "sqlserver"
    assert to_sqlglot("warehouse", {"snowflake": "Warehouse"}) == "snowflake"
