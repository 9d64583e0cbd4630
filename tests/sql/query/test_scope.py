"""Which source a name means, clause by clause, and what is proven to fail."""

from itertools import pairwise

import pytest

import contract_gate
from contract_gate.sql.algebra import Problem
from contract_gate.sql.bind import bind_script
from contract_gate.sql.declared import lookup_of, shapes_of

SCHEMA = {
    "a": {"x": "INT", "id": "INT"},
    "b": {"y": "INT", "id": "INT"},
    "t": {"id": "INT", "v": "INT", "arr": "ARRAY<INT>", "s": "STRUCT<f INT>"},
    "w": {"l": "ARRAY<STRUCT<f: INT>>"},
}


def problems_of(sql: str, dialect: str) -> list[Problem]:
    script = bind_script(sql, dialect, lookup_of(shapes_of(SCHEMA, dialect)))
    return [*script.problems, *(p for statement in script.statements for p in statement.problems)]


def told(sql: str, dialect: str) -> list[tuple[str, str, bool]]:
    return [(problem.kind, problem.name, problem.proven) for problem in problems_of(sql, dialect)]


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("postgres", "SELECT a.x FROM a"),
        ("duckdb", "SELECT p.id, p.one FROM a JOIN b USING (id) PIVOT (sum(y) FOR x IN (1 AS one)) AS p"),
        ("duckdb", "SELECT x, y FROM (a JOIN b USING (id)) TABLESAMPLE (10 PERCENT)"),
        ("", "SELECT x FROM a WHERE max(x, id) > 1"),
        ("postgres", "SELECT r.n, r.m FROM a, ROWS FROM (generate_series(1, a.x), generate_series(2, 3)) AS r(n, m)"),
        ("postgres", "SELECT l.n, l.ordinality FROM generate_series(1, 3) WITH ORDINALITY AS l(n)"),
        ("postgres", "SELECT o, g FROM unknown_table o, f(1) AS g"),
        ("postgres", "SELECT DISTINCT ON (x, id) x FROM a ORDER BY x, x, id"),
        ("postgres", "SELECT DISTINCT ON (x, id) x FROM a ORDER BY x, x"),
        ("bigquery", "SELECT q.s.anything FROM (SELECT STRUCT(1 AS b, 2) AS s) AS q"),
        ("duckdb", "SELECT q.s.anything FROM (SELECT struct_insert(u.s, z := 1) AS s FROM unknown_table u) AS q"),
        ("duckdb", "SELECT (x).f(2) FROM a"),
        ("spark", "SELECT e.anything FROM t LATERAL VIEW explode(arr) l AS e"),
        ("spark", "SELECT l.anything FROM t LATERAL VIEW explode(arr) l AS l"),
        ("spark", "SELECT col0, col1 FROM (SELECT stack(2, 'a', 1, 'b', 2) FROM a) AS s"),
        ("postgres", "CREATE FUNCTION f() RETURNS SETOF int LANGUAGE sql AS 'SELECT x FROM a'; SELECT f FROM f(); SELECT q, q.q FROM f() AS q"),
        ("postgres", "SELECT id FROM a JOIN b USING (id)"),
        ("postgres", "SELECT x FROM a WHERE x > :from AND x < :when OR x <= :end"),
        ("", "SELECT x FROM a WHERE x IN (:1, :end); SELECT y FROM b WHERE y <= :end"),
        ("oracle", "BEGIN UPDATE a SET x = :1 WHERE id = :end; END;"),
        ("postgres", "SELECT id FROM a NATURAL JOIN b"),
        ("postgres", "SELECT id FROM a FULL JOIN b USING (id) FULL JOIN t USING (id)"),
        ("postgres", "SELECT x FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.id = a.id AND x > 1)"),
        ("postgres", "SELECT x AS n FROM a GROUP BY n ORDER BY n"),
        ("postgres", "SELECT a.id FROM a JOIN b ON a.id = b.id GROUP BY id"),
        ("postgres", "SELECT q.x, q.y FROM (a JOIN b ON a.id = b.id) AS q"),
        ("postgres", "SELECT x, y FROM (a JOIN b ON a.id = b.id)"),
        ("postgres", "SELECT ctid, xmin FROM a"),
        ("postgres", "SELECT l.m FROM a, LATERAL (SELECT a.x + 1 AS m) AS l"),
        ("postgres", "SELECT count FROM (SELECT count(*) FROM a) AS c"),
        ("postgres", "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT n FROM r"),
        ("postgres", "SELECT anything FROM unknown_table"),
        ("postgres", "WITH RECURSIVE r AS (SELECT * FROM unknown_table UNION ALL SELECT u.* FROM unknown_table u JOIN r ON u.parent = r.id) SELECT id, name FROM r"),
        ("postgres", "WITH RECURSIVE r AS (SELECT * FROM unknown_table UNION ALL SELECT u.* FROM unknown_table u JOIN r ON u.parent = r.id) SEARCH DEPTH FIRST BY id SET o SELECT id, o FROM r"),
        ("snowflake", "SELECT x AS n, n + 1 AS m FROM a WHERE n > 1 QUALIFY ROW_NUMBER() OVER (ORDER BY n) = 1"),
        ("snowflake", "SELECT f.value, f.index, v FROM t, LATERAL FLATTEN(input => t.arr) f"),
        ("snowflake", "SELECT jan FROM (SELECT 1 AS id, 2 AS amt, 'jan' AS m) PIVOT(SUM(amt) FOR m IN ('jan' AS jan))"),
        ("bigquery", "SELECT e FROM t, UNNEST(arr) AS e"),
        ("bigquery", "SELECT e.anything FROM t, UNNEST(arr) AS e"),
        ("bigquery", "SELECT s.f, t.s.f, TO_JSON_STRING(t) FROM t"),
        ("bigquery", "SELECT _PARTITIONTIME FROM a"),
        ("bigquery", "DECLARE d INT64; SELECT x FROM a WHERE x > d"),
        ("bigquery", "SET d = d + 1; SELECT x FROM a WHERE x > d"),
        ("bigquery", "SET (d, e) = (1, 2); SELECT x FROM a WHERE x BETWEEN d AND e"),
        ("bigquery", "MERGE t USING b ON t.id = b.id WHEN NOT MATCHED THEN INSERT (id, v) VALUES (id, y)"),
        ("hive", "SELECT x, e FROM t LATERAL VIEW explode(arr) q AS e JOIN a ON a.id = e"),
        ("spark", "SELECT x FROM a LEFT SEMI JOIN b ON a.id = b.id AND b.y > 1"),
        ("oracle", "SELECT level, rownum FROM a"),
        ("duckdb", "SELECT jan, q FROM (SELECT 1 AS jan, 2 AS q)"),
        ("duckdb", "SELECT name, value FROM (UNPIVOT t ON id, v)"),
        ("tsql", "SELECT [X] FROM [a]"),
        ("tsql", "SELECT q.anything FROM OPENQUERY([far], 'SELECT 1 AS n') AS q JOIN a ON a.id = q.id"),
        ("tsql", "SELECT anything FROM OPENQUERY(far, 'SELECT 1 AS n')"),
        ("bigquery", "SELECT x FROM a WHERE x >= DATE_SUB(DATE(_dbt_max_partition), INTERVAL 1 DAY)"),
        ("clickhouse", "SELECT x FROM cluster('c', d.a)"),
        ("mysql", "INSERT INTO t () VALUES ()"),
        ("oracle", "CREATE TYPE ty AS VARRAY(5) OF NUMBER; CREATE TABLE q (c ty); SELECT c FROM q"),
        ("postgres", "CREATE TYPE ty AS RANGE (subtype = int); CREATE TABLE q (c ty); SELECT c FROM q"),
        ("postgres", "CREATE FUNCTION f() RETURNS INT LANGUAGE sql AS 'SELECT 1'; CREATE TABLE q (c f[]); SELECT c FROM q"),
        ("snowflake", "COPY INTO unk FROM (SELECT $1 FROM @stage)"),
        ("snowflake", "COPY INTO t (id) FROM (SELECT $1 FROM @stage)"),
        ("hive", "FROM t INSERT INTO w SELECT x FROM a"),
        ("tsql", "UPDATE t SET @n = v"),
        ("duckdb", "SELECT x AS k FROM a WHERE EXISTS (SELECT 1 FROM t WHERE k = t.id)"),
        ("duckdb", "SELECT x AS k, (SELECT max(id) FROM t WHERE k = id) FROM a"),
        ("sqlite", 'SELECT "zz" FROM unk WHERE "zz" = 1'),
        ("bigquery", "SELECT q.zz FROM (SELECT CAST(x AS STRUCT<INT64, STRING>) AS q FROM a) w"),
        ("duckdb", "SELECT z.zz FROM (SELECT row(id, f(v)) AS z FROM t) q"),
        ("spark", "SELECT z.zz FROM (SELECT from_json(v, id) AS z FROM t) q"),
        ("duckdb", "SELECT z.zz FROM (SELECT (SELECT * FROM unk) AS z) q"),
        ("postgres", "SELECT * FROM unk ORDER BY 3"),
        ("duckdb", "SELECT * FROM t ORDER BY ALL DESC"),
        ("duckdb", "SELECT list(id) FROM (SELECT DISTINCT id FROM (SELECT id FROM t ORDER BY v))"),
        ("bigquery", "SELECT ARRAY(SELECT AS VALUE s FROM t)[0].f AS z"),
        ("bigquery", "SELECT s.* REPLACE (1 AS f) FROM t"),
        ("bigquery", "SELECT q.s.* REPLACE (1 AS f) FROM unk q"),
        ("clickhouse", "SELECT x FROM a PREWHERE id > 1 WHERE x > 2"),
        ("postgres", "SELECT x + 1 AS n FROM unk WHERE n > 1"),
        ("postgres", "SELECT id FROM t NATURAL JOIN unk"),
        ("spark", "SELECT stack(v, 1, 2) FROM t"),
        ("duckdb", "SELECT p, q FROM (SELECT unnest({'o': {'p': 1, 'q': x}}, recursive := true) FROM a)"),
        ("postgres", "SELECT e, n FROM unnest(ARRAY[1, 2]) WITH ORDINALITY AS q(e, n)"),
        ("postgres", "SELECT EXISTS (TABLE t), EXISTS ((SELECT 1 FROM a)), (VALUES (1)), ARRAY(SELECT id FROM a)"),
        ("postgres", "SELECT p FROM unk AS u(p, q)"),
        ("duckdb", "CREATE MACRO f(n) AS TABLE SELECT id, v + n AS w FROM t; SELECT w FROM f(1)"),
        ("mysql", "SELECT column_0 FROM (VALUES ROW(1), ROW(2)) w"),
        ("clickhouse", "SELECT * FROM clusterAllReplicas('c', system, query_log, rand())"),
        ("clickhouse", "SELECT q.z FROM remoteSecure('h', d.a, 'user', 'word') AS q"),
        ("clickhouse", "SELECT x, y FROM a LEFT SEMI JOIN b ON a.id = b.id"),
        ("clickhouse", "SELECT x, y FROM a RIGHT ANTI JOIN b USING (id)"),
        ("starrocks", "SELECT y FROM a RIGHT SEMI JOIN b ON a.id = b.id"),
        ("postgres", "INSERT INTO t DEFAULT VALUES ON CONFLICT (id) DO UPDATE SET v = excluded.v"),
        ("postgres", "WITH w AS (MERGE INTO t USING b ON t.id = b.id WHEN MATCHED THEN UPDATE SET v = y RETURNING t.id, y) SELECT id, y FROM w"),
        ("postgres", "SELECT grouping(id) FROM a GROUP BY ()"),
        ("duckdb", "SELECT id FROM (SELECT id, v AS id FROM t)"),
        ("duckdb", "SELECT DISTINCT ON (id, v) id, v FROM t ORDER BY id, id, v"),
        ("snowflake", "SELECT hash(*), f(day, x) FROM (SELECT x, id AS day FROM a)"),
        ("snowflake", "SELECT q.$2 FROM (SELECT id, v FROM t) q"),
        ("bigquery", "DECLARE r STRUCT<f INT64>; SELECT to_json(r.*) FROM a"),
        ("hive", "SELECT col1, col2 FROM (VALUES (1, 2)) v"),
        ("spark2", "SELECT col1, col2 FROM (VALUES (1, 2)) v"),
        ("fabric", "SELECT USER AS u FROM a"),
        ("postgres", "SELECT x IN (SELECT y FROM b) AS f, count(*) FROM a GROUP BY x IN (SELECT y FROM b)"),
        ("postgres", "SELECT x IN (SELECT y FROM b) AS f, count(*) FROM a GROUP BY x"),
    ],
)  # fmt: skip
def test_these_bind(dialect: str, sql: str) -> None:
    """What every engine of the dialect runs is not told as a problem."""
    assert told(sql, dialect) == []


@pytest.mark.parametrize(
    ("dialect", "sql", "expected"),
    [
        ("postgres", "SELECT a.nope FROM a", [("unknown-column", "nope", True)]),
        ("duckdb", "SELECT a.id FROM a JOIN b USING (id) PIVOT (sum(y) FOR x IN (1 AS one))", [("unknown-alias", "a.id", True)]),
        ("duckdb", "SELECT a.x FROM (a JOIN b USING (id)) TABLESAMPLE (10 PERCENT)", [("unknown-alias", "a.x", True)]),
        ("duckdb", "SELECT x FROM a WHERE max(x) > 1", [("misplaced-aggregate", "max", True)]),
        ("postgres", "SELECT r.n FROM a, ROWS FROM (generate_series(1, a.nope)) AS r(n)", [("unknown-column", "nope", True)]),
        ("postgres", "SELECT DISTINCT ON (id, v) id FROM t ORDER BY id, id, arr", [("misplaced-order", "distinct on", True)]),
        ("spark", "SELECT col2 FROM (SELECT stack(2, 'a', 1, 'b', 2) FROM a) AS s", [("unknown-column", "col2", True)]),
        ("duckdb", "WITH q AS (DESCRIBE a) SELECT * FROM q", [("unsupported", "", False)]),
        ("postgres", "CREATE FUNCTION f() RETURNS SETOF int LANGUAGE sql AS 'SELECT x FROM a'; SELECT x FROM f()", [("unknown-column", "x", True)]),
        ("postgres", "SELECT nope FROM a", [("unknown-column", "nope", True)]),
        ("postgres", "SELECT z.x FROM a", [("unknown-alias", "z.x", True)]),
        ("postgres", "SELECT id FROM a JOIN b ON a.id = b.id", [("ambiguous-column", "id", True)]),
        ("clickhouse", "SELECT id FROM a JOIN b ON a.id = b.id", [("ambiguous-column", "id", False)]),
        ("bigquery", "SELECT x FROM a, UNNEST(x) AS x", []),
        ("bigquery", "SELECT x FROM a, UNNEST(x) AS y, UNNEST(x) AS z", []),
        ("bigquery", "SELECT id FROM a, UNNEST(x) AS x JOIN b ON a.id = b.id", [("ambiguous-column", "id", True)]),
        ("duckdb", "SELECT x FROM a, UNNEST(x) AS t(x)", [("ambiguous-column", "x", True)]),
        ("postgres", "SELECT x AS n, n + 1 AS m FROM a", [("lateral-alias", "n", True)]),
        ("postgres", "SELECT x AS n FROM a WHERE n > 1", [("lateral-alias", "n", True)]),
        ("bigquery", "SELECT user, level FROM a",
         [("unknown-column", "user", True), ("unknown-column", "level", True)]),
        ("postgres", "SELECT * FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.z = a.id)",
         [("unknown-column", "z", True)]),
        ("spark", "SELECT y FROM a LEFT SEMI JOIN b ON a.id = b.id", [("unknown-column", "y", True)]),
        ("snowflake", "SELECT v FROM t UNPIVOT(n FOR k IN (id, v))", [("unknown-column", "v", True)]),
        ("bigquery", "SELECT * EXCEPT (nope) FROM a", [("unknown-column", "nope", True)]),
        ("bigquery", "SELECT nope FROM t, UNNEST(arr) AS e", [("unknown-column", "nope", False)]),
        ("postgres", "SELECT id FROM a UNION ALL SELECT id, y FROM b", [("column-count", "", True)]),
        ("postgres", "SELECT x FROM a ORDER BY 3", [("unknown-column", "3", True)]),
        ("postgres", "UPDATE t SET nope = 1", [("unknown-column", "nope", True)]),
        ("postgres", "INSERT INTO t (nope) SELECT x FROM a", [("unknown-column", "nope", True)]),
        ("postgres", "INSERT INTO a SELECT id, v, 1 FROM t", [("column-count", "", True)]),
        ("starrocks", "SELECT x FROM a RIGHT SEMI JOIN b ON a.id = b.id", [("unknown-column", "x", True)]),
        ("postgres", "SELECT x AS n FROM a JOIN t ON n = 1", [("unknown-column", "n", True)]),
        ("postgres", "SELECT x AS k FROM a WHERE EXISTS (SELECT 1 FROM t WHERE k = t.id)", [("unknown-column", "k", True)]),
        ("duckdb", "SELECT x AS k FROM a JOIN t ON k = t.id", [("unknown-column", "k", True)]),
        ("duckdb", "CREATE MACRO f(n) AS TABLE SELECT id FROM t; SELECT w FROM f(1)", [("unknown-column", "w", True)]),
        ("postgres", "SELECT w FROM (SELECT 1) AS u(p)", [("unknown-column", "w", True)]),
        ("bigquery", "SELECT s.* REPLACE (1 AS g) FROM t", [("unknown-column", "s.g", True)]),
        ("mysql", "INSERT INTO t VALUES (1)", [("column-count", "", True)]),
        ("oracle", "CREATE TYPE ty AS OBJECT (p NUMBER); CREATE TABLE q (c ty); SELECT q.c.r FROM q", [("unknown-column", "c.r", True)]),
        ("snowflake", "COPY INTO t (id) FROM (SELECT $1, $2 FROM @stage)", [("column-count", "", True)]),
        ("hive", "FROM t INSERT INTO w SELECT y FROM a", [("unknown-column", "y", True)]),
        ("tsql", "UPDATE t SET s.WRITE('x', 1, 2)", [("unsupported", "", False)]),
        ("tsql", "UPDATE t SET @n = nope = 1", [("unknown-column", "nope", True)]),
        ("postgres", "UPDATE t SET (nope) = ROW (1)", [("unknown-column", "nope", True)]),
        ("oracle", "MERGE INTO (SELECT * FROM t) q USING b ON (b.id = q.id) WHEN MATCHED THEN UPDATE SET v = 1",
         [("unsupported", "", False)]),
        ("clickhouse", "SELECT z FROM a LEFT ANTI JOIN b USING (id)", [("unknown-column", "z", True)]),
        ("postgres", "INSERT INTO t DEFAULT VALUES ON CONFLICT (id) DO UPDATE SET v = excluded.nope",
         [("unknown-column", "nope", True)]),
        ("postgres", "WITH w AS (MERGE INTO t USING b ON t.id = b.id WHEN MATCHED THEN UPDATE SET v = y RETURNING t.id, b.nope) SELECT id FROM w",
         [("unknown-column", "nope", True)]),
        ("postgres", "MERGE INTO t USING b ON t.id = b.id WHEN NOT MATCHED THEN INSERT (id, v) VALUES (1)",
         [("column-count", "", True)]),
        ("postgres", "SELECT id FROM (SELECT id, v AS id FROM t) q", [("ambiguous-column", "id", True)]),
        ("postgres", "SELECT count(z.*) FROM a", [("unknown-alias", "", True)]),
        ("mysql", "CREATE TABLE p (id INT) PARTITION BY RANGE (nope) (PARTITION p1 VALUES LESS THAN (5))",
         [("unknown-column", "nope", True)]),
        ("postgres", "SELECT x IN (SELECT y FROM b) AS f, count(*) FROM a", [("ungrouped-column", "x", True)]),
        ("materialize", "SELECT x, count(*) FROM a", [("ungrouped-column", "x", True)]),
        ("spark", "SELECT e.zz FROM (SELECT explode_outer(l) AS e FROM w) q", [("unknown-column", "e.zz", True)]),
        ("snowflake", 'SELECT "X" FROM a', []),
        ("snowflake", 'SELECT "x" FROM a', [("unknown-column", "x", False)]),
    ],
)  # fmt: skip
def test_these_do_not_bind(dialect: str, sql: str, expected: list[tuple[str, str, bool]]) -> None:
    """What fails is told by its kind, its name and whether that is certain."""
    assert told(sql, dialect) == expected


@pytest.mark.parametrize(
    ("dialect", "sql", "names"),
    [
        ("postgres", "SELECT * FROM p JOIN q USING (x) JOIN (SELECT c, y FROM r) r USING (y)", "y x a z b c"),
        ("postgres", "SELECT * FROM p JOIN q USING (x) JOIN r USING (z, y)", "z y x a b c"),
        ("postgres", "SELECT * FROM (q JOIN (SELECT c, y FROM r) r USING (y)) JOIN p USING (x)", "x y b c a z"),
        ("postgres", "SELECT * FROM p JOIN q USING (x) NATURAL JOIN r", "z y x a b c"),
        ("postgres", "SELECT * FROM r NATURAL JOIN q NATURAL JOIN p", "z x y c b a"),
        ("duckdb", "SELECT * FROM p JOIN q USING (x) JOIN r USING (z, y)", "a x z b y c"),
        ("hive", "SELECT * FROM r JOIN q ON q.y = r.y LATERAL VIEW explode(array(3))", "c y z b x y *"),
        ("spark", "SELECT * FROM (VALUES (1)) CROSS JOIN (VALUES (2)) LATERAL VIEW explode(array(3)) l AS n", "col1 col1 n"),
    ],
)  # fmt: skip
def test_the_order_of_a_stars_columns(dialect: str, sql: str, names: str) -> None:
    """What USING and NATURAL join by comes first, the last join's before all others (run in PostgreSQL 15); DuckDB leaves it in place."""
    schema = {
        "p": {"a": "INT", "x": "INT", "z": "INT"},
        "q": {"b": "INT", "x": "INT", "y": "INT"},
        "r": {"c": "INT", "y": "INT", "z": "INT"},
    }
    query = bind_script(sql, dialect, lookup_of(shapes_of(schema, dialect))).statements[-1].query
    assert query is not None
    assert " ".join(output.name for output in query.outputs) == names


def test_a_type_that_nobody_can_read() -> None:
    """A declared type that is no type says nothing of the values, and stops nothing."""
    told = contract_gate.diff(
        "select k from t", "select k from t where k > 1", "mysql", schema={"t": {"k": "ENUM('a"}}
    )
    assert [change.kind for change in told.changes] == ["rows-filter-changed"]


def test_an_ambiguous_name_is_told_with_the_sources_that_have_it() -> None:
    """Sources without the column are left out; a CTE is named by its alias."""
    sql = "WITH c AS (SELECT id FROM b) SELECT id FROM (SELECT x AS n FROM a) AS q, c, t"
    (problem,) = problems_of(sql, "postgres")
    assert problem.message == "`id` is a column of several: `c`, `t`"


def test_the_place_is_that_of_the_name() -> None:
    """Line and column are those of the column's name in the text."""
    problem = problems_of("SELECT\n  x,\n  nope\nFROM a", "postgres")[0]
    assert (problem.line, problem.column) == (3, 3)


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("postgres", "CREATE TABLE n (x INT) INHERITS (p); INSERT INTO n (x, more) SELECT x, id FROM a"),
        ("postgres", "CREATE TABLE n (LIKE p, x INT); INSERT INTO n (x, more) SELECT x, id FROM a"),
        ("postgres", "CREATE TABLE n (x INT); ALTER TABLE n ADD COLUMN more INT; INSERT INTO n (x, more) SELECT x, id FROM a"),
        ("hive", "CREATE TABLE n (x INT) PARTITIONED BY (d STRING); INSERT INTO n (x, d) SELECT x, id FROM a"),
    ],
)  # fmt: skip
def test_columns_that_a_create_does_not_list_are_not_missed(dialect: str, sql: str) -> None:
    """A table made in the text has what it inherits, is partitioned by or was given later."""
    assert told(sql, dialect) == []


@pytest.mark.parametrize(
    ("sql", "reads"),
    [
        ("with (select max(y) from b) as m, c as (select id from a where id > m) select id from c", "a.id b.y"),
        ("with c as (select id from a where id > m), (select max(y) from b) as m select id from c", "a.id b.y"),
        ("with (select max(y) from b) as m select id from (select id from a where id > m) q", "a.id b.y"),
        ("with (select max(y) from b) as m select id from a where id in (select id from t where v > m)", "a.id b.y t.id t.v"),
        ("with (select max(y) from b) as m, c as (select n from u where n > m) select n from c", "b.y u.m u.n"),
        ("with (select max(y) from b) as x, c as (select id from a where id > x) select id from c", "a.id a.x"),
        ("with (select max(y) from b) as x select id from (select id from a where id > x) q", "a.id a.x"),
        ("with (select max(y) from b) as x select id from a where id > x", "a.id b.y"),
        ("with (select max(y) from b) as x select 1 as id union all select id from a where id > x", "a.id b.y"),
        ("with (select max(y) from b) as m select id from a where id in (with 5 as m select m)", "a.id"),
        ("with (select max(x) from a) as x select x from b", "a.x"),
        ("select id from (with 5 as m select id, m from a) q where id in (select m from t)", "a.id"),
        ("with (select y from b) as x, (select x from a) as y select y from t", "a.x"),
        ("with (select n from b) as m, (select m from t) as n select n from a", ""),
    ],
)  # fmt: skip
def test_what_with_names_within(sql: str, reads: str) -> None:
    """ClickHouse: a value that WITH names goes before columns in its block and in all of a UNION, behind them in CTEs and subqueries (run in chdb)."""
    script = bind_script(sql, "clickhouse", lookup_of(shapes_of(SCHEMA, "clickhouse")))
    found = [read for statement in script.statements for read in statement.reads if read.column_name]
    assert " ".join(sorted({f"{read.relation.name}.{read.column_name}" for read in found})) == reads


def test_bound_values_are_told_apart() -> None:
    """A word of the language that names one is its name: another is another value."""
    texts = [f"SELECT x FROM a WHERE x <= :{name}" for name in ("end", "from", "1", "x")]
    assert all(contract_gate.diff(one, other, "postgres").changes for one, other in pairwise(texts))
    assert not contract_gate.diff(texts[0], texts[0].lower(), "postgres").changes


def test_what_is_no_bound_value() -> None:
    """Behind a name or another `:` it goes on: a part of an array, a cast."""
    script = bind_script("SELECT arr[1:v], id::text FROM t", "duckdb", lookup_of(shapes_of(SCHEMA, "duckdb")))
    assert {read.column_name for read in script.statements[0].reads} == {None, "arr", "v", "id"}
