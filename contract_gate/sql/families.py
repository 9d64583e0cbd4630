"""Dialects that are one in most things: who differs from its family in something says so where that is."""

SPARK = frozenset({"hive", "spark", "spark2", "databricks"})
MYSQL = frozenset({"mysql", "singlestore", "doris", "starrocks"})
TSQL = frozenset({"tsql", "fabric"})
TRINO = frozenset({"trino", "presto", "athena"})
POSTGRES = frozenset({"postgres", "redshift", "materialize", "risingwave"})
ONE_NAME = POSTGRES | SPARK | TRINO | TSQL | MYSQL | {"bigquery", "snowflake", "oracle", "teradata", "exasol"}
"""Where a relation can't be made of a query with two columns of one name. DuckDB and SQLite number the second (`a`, `a_1`)."""
IGNORES_CASE = frozenset({"mysql", "singlestore", "tsql", "teradata"})
"""Engines in whose default collation `'a' = 'A'`, and blanks at the end are no matter."""
TOTAL_ORDER = (
    frozenset({"duckdb", "mysql", "snowflake", "spark", "spark2", "databricks", "sqlite"}) | TSQL | POSTGRES
)
"""Engines whose order of numbers is total (NaN equals itself and is the largest, or there is none): only there is NOT (a < b)
the same as a >= b. BigQuery, Trino and ClickHouse compare NaN as IEEE 754 does."""
