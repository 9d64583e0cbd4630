"""Dialects that are one in most things: who differs from its family in something says so where that is."""

SPARK = frozenset({"hive", "spark", "spark2", "databricks"})
MYSQL = frozenset({"mysql", "singlestore", "doris", "starrocks"})
TSQL = frozenset({"tsql", "fabric"})
TRINO = frozenset({"trino", "presto", "athena"})
POSTGRES = frozenset({"postgres", "redshift", "materialize", "risingwave"})
