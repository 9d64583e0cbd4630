"""What is run of a statement, and which types its columns get: before any row is made, and without DuckDB."""

import pytest
from sqlglot import exp

from contract_gate.witness.binding import bind
from contract_gate.witness.inference import ASSIGNMENTS, assign, duckdb_type, gather
from contract_gate.witness.refusal import Refusal
from contract_gate.witness.statement import read_query


@pytest.mark.parametrize(
    ("sql", "dialect", "run"),
    [
        ("WITH a AS (SELECT 1 AS x) INSERT INTO t (p) SELECT x FROM a", "postgres", 'WITH a AS (SELECT 1 AS x) SELECT x AS "p" FROM a'),
        ("INSERT INTO t (p) (SELECT x FROM a) UNION ALL SELECT y FROM b", "postgres",
         '(SELECT x AS "p" FROM a) UNION ALL SELECT y FROM b'),
        ("((SELECT x FROM a))", "duckdb", "SELECT x FROM a"),
        ("CREATE TABLE t (p) AS SELECT x FROM a", "postgres", 'SELECT x AS "p" FROM a'),
        ("SELECT concat(a, b) AS c FROM t", "redshift", "SELECT a || b AS c FROM t"),
        ("SELECT cast(a AS timestamptz) AS c FROM t", "postgres", "SELECT CAST(a AS TIMESTAMP) AS c FROM t"),
        ("SELECT current_date AS a, current_time AS b, now() AS c", "postgres",
         "SELECT CAST('2024-03-15' AS DATE) AS a, CAST('12:30:00' AS TIME) AS b, CAST('2024-03-15 12:30:00' AS TIMESTAMP) AS c"),
        ("SELECT random() AS a, gen_random_uuid() AS b", "postgres",
         "SELECT CAST(0.5 AS DOUBLE) AS a, '00000000-0000-0000-0000-000000000000' AS b"),
        ("SELECT current_user AS a, session_user AS b", "postgres", "SELECT 'somebody' AS a, 'somebody' AS b"),
        ("SELECT @run_date AS a, @created_at AS b, c + @x AS c, @num_days AS d, @other AS e FROM t LIMIT @n", "bigquery",
         "SELECT CAST('2024-03-15' AS DATE) AS a, CAST('2024-03-15 12:30:00' AS TIMESTAMP) AS b, c + 3 AS c, 3 AS d, 'a' AS e FROM t LIMIT 3"),
        ("SELECT b AS a, a + 1 AS c FROM t WHERE a > 1 ORDER BY a", "clickhouse",
         "SELECT b AS a, (b) + 1 AS c FROM t WHERE (b) > 1 ORDER BY a"),
        ("SELECT a + 1 AS a FROM t WHERE t.a > 1", "clickhouse", "SELECT a + 1 AS a FROM t WHERE t.a > 1"),
        ("SELECT b AS a, COUNT(*) AS n FROM t WHERE a > 1 GROUP BY a", "bigquery", "SELECT b AS a, COUNT(*) AS n FROM t WHERE a > 1 GROUP BY (b)"),
        ("SELECT b AS a FROM t WHERE a > 1", "postgres", "SELECT b AS a FROM t WHERE a > 1"),
        ("SELECT * FROM generate_series(1, 3)", "duckdb", "SELECT * FROM GENERATE_SERIES(1, 3)"),
    ],
)  # fmt: skip
def test_the_query_of_a_statement_is_run(sql: str, dialect: str, run: str) -> None:
    """Outputs have the names that they are stored under, and what answers otherwise each time is held still."""
    assert read_query(sql, dialect).sql("duckdb") == run


@pytest.mark.parametrize(
    ("sql", "dialect", "reason"),
    [
        ("SELECT 1; SELECT 2", "duckdb", "it holds 2 statements"),
        ("DROP TABLE t", "duckdb", "it is a DROP statement"),
        ("INSERT INTO t VALUES (1)", "postgres", "it is a INSERT statement"),
        ("SELECT (", "duckdb", "it can't be parsed"),
        ("SELECT " + "1 + " * 100_001 + "1", "duckdb", "longer than 400000"),
        ("INSERT INTO t (p, q) SELECT * FROM a", "postgres", "which of its columns is stored under which name"),
        ("SELECT nextval('s') AS a", "postgres", "nextval gives another value at each call"),
        ("SELECT * FROM read_csv('x')", "duckdb", "it reads from the table function"),
        ("SELECT * FROM f(3)", "duckdb", "it reads from the table function f"),
        ("SELECT * FROM t TABLESAMPLE (10 PERCENT)", "duckdb", "TableSample can't be run"),
        ("SELECT a INTO b FROM t", "tsql", "Into can't be run"),
    ],
)  # fmt: skip
def test_what_is_no_plain_query_is_refused(sql: str, dialect: str, reason: str) -> None:
    """A statement that does more than ask, or asks outside of the made rows, is not run."""
    with pytest.raises(Refusal) as refused:
        read_query(sql, dialect)
    assert reason in refused.value.reason


def types(sql: str, how: str = "inferred") -> dict[str, str]:
    bound = bind(read_query(sql, "duckdb"), read_query(sql, "duckdb"), ())
    return {base.column: kind for base, kind in assign(gather(bound, "duckdb"), how).of.items()}


@pytest.mark.parametrize(
    ("sql", "kinds"),
    [
        ("SELECT a FROM t WHERE a = -(1.5)", {"a": "DECIMAL(18,2)"}),
        ("SELECT a FROM t WHERE a = TRUE AND NOT b AND (c)", {"a": "BOOLEAN", "b": "BOOLEAN", "c": "BOOLEAN"}),
        ("SELECT a FROM t WHERE a > '2024-01-01' AND b > '2024-01-01 10:00' AND c = 'x'", {"a": "DATE", "b": "TIMESTAMP", "c": "VARCHAR"}),
        ("SELECT a + interval '1 day' AS x, b - (current_date) AS y FROM t", {"a": "TIMESTAMP", "b": "TIMESTAMP"}),
        ("SELECT a FROM t WHERE (b + interval '1 day') > a", {"a": "TIMESTAMP", "b": "TIMESTAMP"}),
        ("SELECT cast(a AS date) AS w, cast(b AS timestamp) AS x, cast(c AS int) AS y, cast(d AS boolean) AS z FROM t",
         {"a": "TIMESTAMP", "b": "TIMESTAMP", "c": "INTEGER", "d": "BOOLEAN"}),
        ("SELECT CASE a WHEN 1 THEN b ELSE 'x' END AS c, CASE WHEN d THEN 1 END AS e FROM t",
         {"a": "INTEGER", "b": "VARCHAR", "d": "BOOLEAN"}),
        ("SELECT if(a > 1, b, 2) AS x FROM t", {"a": "INTEGER", "b": "INTEGER"}),
        ("SELECT a FROM t WHERE b IN (SELECT c FROM u WHERE c > 3) OR a IN (1, 2)", {"a": "INTEGER", "b": "INTEGER", "c": "INTEGER"}),
        ("SELECT x FROM t JOIN u USING (k) WHERE k = 5", {"k": "INTEGER", "x": "VARCHAR"}),
        ("SELECT a FROM t UNION ALL SELECT b FROM u WHERE b > 1.5", {"a": "DECIMAL(18,2)", "b": "DECIMAL(18,2)"}),
        ("SELECT (SELECT max(b) FROM u) > 1.5 AS x, coalesce(c, 3) AS d FROM t", {"c": "INTEGER", "b": "DECIMAL(18,2)"}),
        ("SELECT json_extract_path_text(a, 'k') AS x, a -> 'k' AS y FROM t", {"a": "JSON"}),
        ("SELECT extract(year FROM a) AS x, date_trunc('day', b) AS y, upper(c) AS z, sum(d) AS s FROM t GROUP BY 1, 2, 3",
         {"a": "TIMESTAMP", "b": "TIMESTAMP", "c": "VARCHAR", "d": "INTEGER"}),
        ("SELECT a FROM (SELECT b AS a FROM t) s WHERE a > 1", {"b": "INTEGER"}),
    ],
)  # fmt: skip
def test_a_column_has_the_type_that_its_use_asks_for(sql: str, kinds: dict[str, str]) -> None:
    """Literals, casts, functions and what it is held against tell, through subqueries and unions too."""
    assert types(sql) == kinds


def test_each_way_of_assigning_types_takes_another_guess() -> None:
    """Where nothing tells, names decide, or all are text, numbers or moments."""
    sql = "SELECT plain, created_at, order_date, amount, id, is_on FROM t"
    assert [[*types(sql, how).values()] for how in ASSIGNMENTS] == [
        ["VARCHAR", "TIMESTAMP", "DATE", "DECIMAL(18,2)", "INTEGER", "BOOLEAN"],
        ["VARCHAR"] * 6,
        ["INTEGER"] * 6,
        ["TIMESTAMP", "TIMESTAMP", "TIMESTAMP", "DECIMAL(18,2)", "INTEGER", "BOOLEAN"],
        ["VARCHAR", "TIMESTAMP", "DATE", "DECIMAL(18,2)", "INTEGER", "BOOLEAN"],
    ]


@pytest.mark.parametrize(
    ("kind", "dialect", "spelled"),
    [
        ("VARIANT", "snowflake", "JSON"), ("OBJECT", "snowflake", "JSON"), ("JSONB", "postgres", "JSON"),
        ("TIMESTAMPTZ", "postgres", "TIMESTAMP"), ("TEXT(5)", "duckdb", "VARCHAR"), ("NUMERIC", "postgres", "DECIMAL(18,3)"),
        ("my_type", "postgres", None), ("NULL", "duckdb", None), ("INT", "mysql", "INTEGER"),
    ],
)  # fmt: skip
def test_a_declared_type_is_spelled_for_duckdb(kind: str, dialect: str, spelled: str | None) -> None:
    """Documents are JSON, zones go, and a type of the user's own is none."""
    assert duckdb_type(exp.DataType.build(kind, dialect=dialect, udt=True)) == spelled
