"""Dialects' names as Secoda has them."""

import pytest

from contract_gate.catalogs.secoda.dialects import to_secoda


@pytest.mark.parametrize(
    ("sqlglot", "secoda"),
    [("postgres", "postgresql"), ("bigquery", "bigquery"), ("TSQL", "mssql"), ("snowflake",) * 2],
)
def test_to_secoda(sqlglot: str, secoda: str) -> None:
    """Documented names are sent as documented, the others as they are."""
    assert to_secoda(sqlglot) == secoda


def test_overrides() -> None:
    """A configured name wins."""
    assert to_secoda("tsql", {"tsql": "sqlserver"}) == "sqlserver"
