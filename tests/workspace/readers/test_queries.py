"""Names of relations and columns on their way into SQL."""

import pytest
from sqlglot import exp, parse_one

from contract_gate.workspace.readers.queries import in_dialect, of_columns, quoted, relation


@pytest.mark.parametrize(
    "dialect", ["", "bigquery", "clickhouse", "databricks", "mysql", "postgres", "snowflake", "tsql"]
)
@pytest.mark.parametrize(
    "name", ["total amount", "createdAt", 'the "best"', "the `worst`", "2nd", "größe", "a]b"]
)
def test_a_name_is_a_name_in_every_dialect(dialect: str, name: str) -> None:
    """What is no plain word comes through the dialect's own quotes as it is."""
    if dialect == "bigquery" and "`" in name:
        pytest.skip("no name of BigQuery's has a backtick in it")
    query = of_columns(relation("shop", name), [(quoted(name), 3)], 1)
    read = parse_one(in_dialect(query.sql, dialect), dialect=dialect or None)
    assert [column.name for column in read.find_all(exp.Column)] == [name]
    assert [table.name for table in read.find_all(exp.Table)] == [name]


@pytest.mark.parametrize("name", ["amount", "AMOUNT", "group", "_1"])
def test_a_plain_name_stays_plain(name: str) -> None:
    """A word in one case is found in whatever case the dialect folds names to."""
    assert quoted(name) == name
