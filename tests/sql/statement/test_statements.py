"""What statements make from what, as `lineage` tells it."""

import pytest

import contract_gate
from contract_gate.sql.bind import bind_script
from contract_gate.sql.declared import lookup_of, shapes_of

SCHEMA = {
    "a": {"x": "INT", "id": "INT"},
    "b": {"y": "INT", "id": "INT"},
    "t": {"id": "INT", "v": "INT"},
}
Edges = dict[str, list[str]]


def file_of(sql: str, dialect: str) -> dict:
    return contract_gate.lineage(sql, dialect, SCHEMA).to_dict()["files"][0]


def edges_of(statement: dict) -> Edges:
    return {
        column["column"]: [f"{up['relation']}.{up['column']}" for up in column["upstream"]]
        for column in statement["columns"]
    }


@pytest.mark.parametrize(
    ("dialect", "sql", "targets", "sources", "edges"),
    [
        ("postgres", "CREATE TABLE n AS SELECT x + id AS s FROM a", ["n"], ["a"], {"s": ["a.id", "a.x"]}),
        ("postgres", "CREATE VIEW n (k) AS SELECT x FROM a", ["n"], ["a"], {"k": ["a.x"]}),
        ("postgres", "SELECT x INTO n FROM a", ["n"], ["a"], {"x": ["a.x"]}),
        ("postgres", "INSERT INTO t (v, id) SELECT y, id FROM b", ["t"], ["b"], {"v": ["b.y"], "id": ["b.id"]}),
        ("postgres", "INSERT INTO t SELECT y, id FROM b", ["t"], ["b"], {"id": ["b.y"], "v": ["b.id"]}),
        ("duckdb", "INSERT INTO t BY NAME SELECT y AS v, id FROM b", ["t"], ["b"], {"v": ["b.y"], "id": ["b.id"]}),
        ("postgres", "UPDATE t SET v = b.y FROM b WHERE b.id = t.id", ["t"], ["b", "t"], {"v": ["b.y"]}),
        ("postgres", "UPDATE t SET (id, v) = (SELECT id, y FROM b)", ["t"], ["b"], {"id": ["b.id"], "v": ["b.y"]}),
        ("mysql", "UPDATE t JOIN b ON t.id = b.id SET t.v = b.y", ["t"], ["b", "t"], {"v": ["b.y"]}),
        ("tsql", "UPDATE q SET v = b.y FROM t q JOIN b ON q.id = b.id", ["t"], ["b", "t"], {"v": ["b.y"]}),
        ("snowflake", "MERGE INTO t USING b ON t.id = b.id WHEN MATCHED THEN UPDATE SET v = y "
         "WHEN NOT MATCHED THEN INSERT (id, v) VALUES (id, y)", ["t"], ["b"], {"v": ["b.y"], "id": ["b.id"]}),
        ("databricks", "MERGE INTO t USING (SELECT id, y AS v FROM b) AS s ON t.id = s.id WHEN MATCHED THEN UPDATE SET *",
         ["t"], ["b"], {"v": ["b.y"], "id": ["b.id"]}),
        ("mysql", "DELETE t FROM t JOIN b ON t.id = b.id", ["t"], ["b"], {}),
        ("bigquery", "SELECT * FROM `p.d.s$20240101`", [], ["p.d.s"], {"*": ["p.d.s.*"]}),
        ("postgres", "SELECT x FROM a UNION ALL SELECT y FROM b", [], ["a", "b"], {"x": ["a.x", "b.y"]}),
        ("hive", "LOAD DATA INPATH 'f' INTO TABLE t", ["t"], [], {}),
        ("postgres", "TRUNCATE t", ["t"], [], {}),
        ("duckdb", "UNPIVOT t ON id, v INTO NAME k VALUE n", [], ["t"], {"k": [], "n": ["t.id", "t.v"]}),
    ],
)  # fmt: skip
def test_one_statement(dialect: str, sql: str, targets: list[str], sources: list[str], edges: Edges) -> None:
    """Targets, sources and columns of each kind of statement."""
    file = file_of(sql, dialect)
    assert (file["targets"], file["sources"], file["problems"]) == (targets, sources, [])
    assert edges_of(file["statements"][0]) == edges


@pytest.mark.parametrize(
    ("dialect", "sql", "edges"),
    [
        ("postgres", "CREATE TEMP TABLE q AS SELECT y AS k FROM b; INSERT INTO z SELECT k FROM q", {"k": ["b.y"]}),
        ("postgres", "CREATE TEMP TABLE q (k INT, l INT); INSERT INTO q (l, k) SELECT y, id FROM b; "
         "INSERT INTO z SELECT * FROM q", {"k": ["b.id"], "l": ["b.y"]}),
        ("tsql", "CREATE TABLE #q (k INT, l INT); INSERT INTO #q SELECT y, id FROM b; "
         "UPDATE #q SET k = a.x FROM a; INSERT INTO z SELECT * FROM #q", {"k": ["a.x", "b.y"], "l": ["b.id"]}),
        ("tsql", "DECLARE @q TABLE (k INT); INSERT INTO @q SELECT y FROM b; INSERT INTO z SELECT k FROM @q",
         {"k": ["b.y"]}),
        ("tsql", "SELECT y AS k INTO #q FROM b; INSERT INTO z SELECT k FROM #q", {"k": ["b.y"]}),
        ("postgres", "CREATE TEMP TABLE q AS SELECT y FROM b; INSERT INTO q SELECT x FROM a; INSERT INTO z SELECT y FROM q",
         {"y": ["a.x", "b.y"]}),
        ("postgres", "CREATE TEMP TABLE q AS SELECT y FROM b; ALTER TABLE q RENAME COLUMN y TO k; "
         "INSERT INTO z SELECT k FROM q", {"k": ["b.y"]}),
    ],
)  # fmt: skip
def test_temporary_tables_are_seen_through(dialect: str, sql: str, edges: Edges) -> None:
    """A temporary table is neither a target nor a source; what it was filled with is."""
    file = file_of(sql, dialect)
    assert file["targets"] == ["z"]
    assert set(file["sources"]) <= {"a", "b"}
    assert edges_of(file["statements"][-1]) == edges


def test_an_insert_that_meets_a_row_updates_it() -> None:
    """ON CONFLICT DO UPDATE is an update of its own, from the new row and what its subqueries read."""
    sql = (
        "INSERT INTO t (id, v) SELECT id, y FROM b "
        "ON CONFLICT (id) DO UPDATE SET v = excluded.v + (SELECT MAX(x) FROM a)"
    )
    file = file_of(sql, "postgres")
    assert [statement["kind"] for statement in file["statements"]] == ["insert", "update"]
    assert edges_of(file["statements"][1]) == {"v": ["a.x", "b.y"]}


def test_one_query_fills_several_tables() -> None:
    """INSERT ALL writes the values that each INTO names."""
    file = file_of(
        "INSERT ALL WHEN x > 1 THEN INTO t (v) VALUES (x) ELSE INTO z SELECT x, id FROM a", "snowflake"
    )
    assert (file["targets"], file["sources"]) == (["t", "z"], ["a"])
    assert [edges_of(statement) for statement in file["statements"]] == [
        {"v": ["a.x"]},
        {"x": ["a.x"], "id": ["a.id"]},
    ]


def test_a_column_of_one_of_several_open_relations_has_no_upstream() -> None:
    """Where it can't be known which relation has a column, none is guessed and that is said."""
    file = file_of("SELECT k FROM open1, open2", "postgres")
    assert edges_of(file["statements"][0]) == {"k": []}
    assert [problem["message"] for problem in file["problems"]] == [
        "it is not known which relation `k` comes from: several may have it"
    ]


@pytest.mark.parametrize("dialect", ["snowflake", "bigquery"])
def test_an_alias_does_not_hide_the_column_that_it_is_made_of(dialect: str) -> None:
    """`upper(n) AS n, length(n)`: the open relation has an n, so both read it."""
    file = file_of("SELECT UPPER(n) AS n, LENGTH(n) AS l FROM open1", dialect)
    assert edges_of(file["statements"][0]) == {"n": ["open1.n"], "l": ["open1.n"]}


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("postgres", "CALL p()"),
        ("tsql", "EXEC p"),
        ("bigquery", "EXECUTE IMMEDIATE CONCAT('SELECT 1 FROM ', name)"),
        ("snowflake", "CREATE TASK k AS CALL p()"),
        ("redshift", "UNLOAD ('SELECT * FROM ' || name) TO 's3://f'"),
        ("duckdb", "CREATE TABLE n AS DESCRIBE a"),
        ("duckdb", "INSERT INTO b DESCRIBE a"),
        ("postgres", "ALTER TABLE a.b.c.d.e ATTACH PARTITION b DEFAULT"),
        ("oracle", "INSERT ALL INTO (SELECT * FROM b) VALUES (x, id) SELECT x, id FROM a"),
        ("oracle", "UPDATE (SELECT * FROM a) t SET t.x = 1"),
        (
            "oracle",
            "MERGE INTO (SELECT * FROM a) t USING b ON (t.id = b.id) WHEN MATCHED THEN UPDATE SET t.x = b.y",
        ),
        ("postgres", "UPDATE a SET x = 1, id"),
    ],
)
def test_what_is_not_understood_is_said(dialect: str, sql: str) -> None:
    """A statement that may read or write relations in a way that is not read is a problem, never nothing."""
    assert len(file_of(sql, dialect)["problems"]) == 1


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("postgres", "GRANT SELECT ON a TO r"),
        ("postgres", "VACUUM a"),
        ("postgres", "EXPLAIN SELECT * FROM a"),
        ("postgres", "BEGIN; COMMIT"),
        ("snowflake", "ALTER SESSION SET x = 1"),
        ("snowflake", "CREATE ROLE r"),
        ("postgres", "CREATE INDEX i ON a (x)"),
        ("tsql", "EXEC sp_addextendedproperty 'n', 'v'"),
        ("mysql", "SET NAMES utf8, @q = 1"),
        ("snowflake", "DROP SCHEMA IDENTIFIER($s)"),
        ("postgres", "ALTER TYPE q RENAME TO w"),
        ("postgres", "CREATE TRIGGER r AFTER INSERT ON a EXECUTE PROCEDURE f()"),
    ],
)
def test_what_touches_no_rows_is_no_problem(dialect: str, sql: str) -> None:
    """Statements of administration are read as nothing."""
    file = file_of(sql, dialect)
    assert (file["targets"], file["problems"]) == ([], [])


@pytest.mark.parametrize(
    ("dialect", "columns"),
    [("postgres", ["id", "x", "y"]), ("bigquery", ["id", "x", "y"]), ("duckdb", ["x", "id", "y"])],
)
def test_a_star_gives_the_columns_of_using_once(dialect: str, columns: list[str]) -> None:
    """The merged column comes first where the engine has it so, and once everywhere."""
    file = file_of("SELECT * FROM a JOIN b USING (id)", dialect)
    assert [column["column"] for column in file["statements"][0]["columns"]] == columns


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("bigquery", "EXECUTE IMMEDIATE 'SELECT x FROM a'"),
        ("snowflake", "EXECUTE IMMEDIATE 'SELECT x FROM a WHERE s = ''q''' USING (y)"),
        ("tsql", "EXEC (N'SELECT x FROM a')"),
        ("tsql", "EXEC sp_executesql N'SELECT x FROM a WHERE y = @y', N'@y int', @y = 1"),
        ("redshift", "UNLOAD ('SELECT x FROM a WHERE s = ''q''') TO 's3://f' IAM_ROLE default PARQUET"),
        ("bigquery", "EXPORT DATA OPTIONS (uri = 'gs://f', format = 'CSV') AS SELECT x FROM a"),
        ("postgres", "DECLARE c CURSOR FOR SELECT x FROM a"),
        ("postgres", "DO $$ BEGIN IF EXISTS (SELECT x FROM a) THEN PERFORM 1; END IF; END $$"),
        ("snowflake", "BEGIN FOR r IN (SELECT x FROM a) DO LET y := 1; END FOR; END"),
        ("postgres", "PREPARE q AS SELECT x FROM a"),
        ("snowflake", "CREATE ALERT l WAREHOUSE = w SCHEDULE = '1 minute' IF (EXISTS (SELECT x FROM a)) THEN CALL p()"),
    ],
)  # fmt: skip
def test_a_query_inside_a_statement_is_read(dialect: str, sql: str) -> None:
    """What stands in a string, a cursor, a condition or an export reads its tables like any query."""
    assert file_of(sql, dialect)["sources"] == ["a"]


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("snowflake", "CREATE OR REPLACE TASK k WAREHOUSE = w SCHEDULE = '5 minute' AS INSERT INTO t SELECT x FROM a"),
        ("mysql", "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO INSERT INTO t SELECT x FROM a"),
        ("bigquery", 'EXECUTE IMMEDIATE "CREATE TABLE t AS SELECT x FROM a"'),
        ("oracle", "CREATE MATERIALIZED VIEW t BUILD IMMEDIATE REFRESH FAST ON COMMIT AS SELECT x FROM a"),
        ("trino", "CREATE MATERIALIZED VIEW t GRACE PERIOD INTERVAL '1' DAY AS SELECT x FROM a"),
        ("databricks", "CREATE OR REFRESH STREAMING TABLE t AS SELECT x FROM STREAM a"),
        ("databricks", "CREATE OR REFRESH STREAMING TABLE t (CONSTRAINT c EXPECT (x > 0)) AS SELECT x FROM STREAM(a) AS s"),
        ("databricks", "CREATE LIVE TABLE t AS SELECT x FROM a"),
        ("snowflake", "CREATE STREAM t ON TABLE a APPEND_ONLY = TRUE"),
        ("oracle", "CREATE PACKAGE BODY p AS PROCEDURE q IS BEGIN INSERT INTO t (x) SELECT x FROM a; END q; END p;"),
    ],
)  # fmt: skip
def test_a_statement_that_runs_another_makes_what_that_makes(dialect: str, sql: str) -> None:
    """Tasks, events, packages and stored queries with their vendor's clauses have the lineage of what they run."""
    file = file_of(sql, dialect)
    assert (file["targets"], file["sources"]) == (["t"], ["a"])


@pytest.mark.parametrize(
    ("dialect", "body", "lost"),
    [
        (
            "snowflake",
            "begin let n int := 3; let m := 4; return (select max(v) from t where id = n and v = m); end",
            [],
        ),
        (
            "snowflake",
            "begin let n int := 3; return (select max(v) from t where id = n and v = m); end",
            ["m"],
        ),
        (
            "snowflake",
            "declare n int; c cursor for select id from t; begin for r in c do select max(v) from t where id = n and v = r; end for; end",
            [],
        ),
        (
            "postgres",
            "declare n constant int := 3; r record; begin for r in select v from t loop perform v from t where id = n and r = v; end loop; end",
            [],
        ),
    ],
)
def test_names_that_the_body_of_a_function_declares(dialect: str, body: str, lost: list[str]) -> None:
    """They are no columns, in whichever way the code declares them."""
    language = "plpgsql" if dialect == "postgres" else "sql"
    text = f"create function f() returns int language {language} as $$ {body} $$"
    script = bind_script(text, dialect, lookup_of(shapes_of(SCHEMA, dialect)))
    problems = [problem.name for each in script.statements for problem in each.problems]
    assert problems == lost
