"""A sum of sums is the sum of all where its type is one."""

import pytest

from tests.compare.impact.conftest import AssessIn


@pytest.mark.parametrize(
    ("dialect", "kind", "is_one"),
    [
        ("spark", "decimal(10, 2)", False), ("hive", "decimal(10, 2)", False), ("databricks", "numeric(10, 2)", False),
        ("spark", "bigint", True), ("databricks", "double", True), ("spark", "float", True), ("trino", "decimal(10, 2)", True),
        ("duckdb", "decimal(10, 2)", True), ("tsql", "decimal(10, 2)", True), ("postgres", "bigint", False),
    ],
)  # fmt: skip
def test_a_sum_of_sums(assess_in: AssessIn, dialect: str, kind: str, is_one: bool) -> None:
    """Spark adds ten digits with each sum of decimals, PostgreSQL makes a NUMERIC of BIGINT."""
    base = {
        "t.sql": f"create table t (k int, x {kind});",
        "v.sql": "create view v as select sum(s) as c from (select k, sum(x) as s from t group by k) q;",
    }
    found = assess_in(dialect, base, {**base, "v.sql": "create view v as select sum(x) as c from t;"})
    assert (not found.changes) is is_one
