import pytest

from contract_gate.sql.parsing.parse import parse
from contract_gate.sql.stack import deep_stack


def kinds(sql: str, dialect: str) -> list[str]:
    parsed = deep_stack(lambda: parse(sql, dialect))
    assert parsed.problems == ()
    return [type(node).__name__ for node in parsed.statements]


@pytest.mark.parametrize(
    ("sql", "dialect", "expected"),
    [
        ("CREATE TABLE t (a INT)\nGO\nCREATE TABLE u (a INT)\ngo 2\nUSE db\nGO", "tsql", ["Create", "Create", "Use"]),
        ("CREATE TABLE t (a INT)\nINSERT INTO t (a)\nSELECT a FROM s\nUPDATE t\nSET a = 1", "tsql",
         ["Create", "Insert", "Update"]),
        ("WITH c AS (\nSELECT 1 AS a)\nINSERT INTO t\nSELECT a FROM c\nALTER TABLE t\nALTER COLUMN a BIGINT", "tsql",
         ["Insert", "Alter"]),
        ("MERGE INTO t USING s ON t.a = s.a\nWHEN MATCHED THEN\nUPDATE SET a = 1;\nSELECT 1", "tsql", ["Merge", "Select"]),
        ("IF OBJECT_ID('t') IS NULL\nBEGIN\nCREATE TABLE t (a INT)\nEND\nGO", "tsql", ["Create"]),
        ("IF @x = 1\nBEGIN\nDELETE FROM t\nEND\nELSE\nBEGIN\nTRUNCATE TABLE u\nEND", "tsql", ["Delete", "TruncateTable"]),
        ("CREATE PROCEDURE p AS BEGIN INSERT INTO t SELECT a FROM s; UPDATE t SET a = 1; END\nGO", "tsql",
         ["Create", "Insert", "Update"]),
        ("BEGIN INSERT INTO d.t SELECT 1; END; IF x THEN SELECT CASE WHEN a THEN 1 END; END IF", "bigquery",
         ["Insert", "Select"]),
        ("CREATE PROCEDURE d.p(x INT64) BEGIN CREATE TEMP TABLE q AS SELECT 1 AS a; INSERT INTO d.t SELECT a FROM q; END",
         "bigquery", ["Create", "Create", "Insert"]),
        ("DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM x) THEN ALTER TABLE t ADD COLUMN a INT; END IF; END $$; SELECT 2",
         "postgres", ["Select", "Alter", "Select"]),
        ("CREATE PROCEDURE p() RETURNS INT LANGUAGE SQL AS $$ BEGIN INSERT INTO t SELECT 1; RETURN 1; END; $$", "snowflake",
         ["Create", "Insert"]),
        ("CREATE PROCEDURE p() RETURNS INT LANGUAGE PYTHON AS $$ insert into t; $$", "snowflake", ["Create"]),
        ("INSERT INTO t SELECT 1 FROM dual\n/\nSELECT 1 FROM dual", "oracle", ["Insert", "Select"]),
        ("SELECT a, CASE WHEN b THEN 1 END", "tsql", ["Select"]),
    ],
)  # fmt: skip
def test_statements_are_found_inside_scripts(sql: str, dialect: str, expected: list[str]) -> None:
    """Batches, procedures and control flow are taken off, and the statements inside are read."""
    assert kinds(sql, dialect) == expected


def test_spans_point_into_the_text_as_it_is_written() -> None:
    """A statement after blocks and folded words is found where it stands."""
    sql = "DO $$ BEGIN\nINSERT INTO t SELECT 1;\nEND $$;\nBEGIN DELETE FROM t WHERE a = 1; END;"
    parsed = deep_stack(lambda: parse(sql, "postgres"))
    assert [sql[start:end] for start, end in parsed.spans] == [
        "INSERT INTO t SELECT 1", "DELETE FROM t WHERE a = 1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sql", "dialect", "expected"),
    [
        ("EXEC sp_rename 's.t.a', 'b', 'COLUMN'", "tsql", ["ALTER TABLE s.t RENAME COLUMN a TO [b]"]),
        ("EXEC sp_rename 't', 'u'", "tsql", ["EXEC sp_rename 't', 'u'"]),
        ("ALTER TABLE t ADD (a NUMBER, b VARCHAR2(9))", "oracle", ["ALTER TABLE t ADD a NUMBER", "ALTER TABLE t ADD b VARCHAR2(9)"]),
        ("ALTER TABLE t CHANGE COLUMN a b INT NOT NULL", "mysql",
         ["ALTER TABLE t RENAME COLUMN a TO b", "ALTER TABLE t MODIFY COLUMN b INT",
          "ALTER TABLE t ALTER COLUMN b SET NOT NULL", "ALTER TABLE t ALTER COLUMN b DROP DEFAULT"]),
    ],
)  # fmt: skip
def test_other_spellings_of_a_change_are_read(sql: str, dialect: str, expected: list[str]) -> None:
    """What sqlglot keeps as text is written in the spelling that it reads; a rename in T-SQL reads as one."""
    parsed = deep_stack(lambda: parse(sql, dialect))
    if expected == [sql]:
        assert [type(node).__name__ for node in parsed.statements] == ["Alter"]
    else:
        assert [node.sql(dialect) for node in parsed.statements] == expected


def test_what_cannot_be_read_spares_the_rest() -> None:
    """A statement that is no SQL is a problem at its line; the others are read."""
    parsed = deep_stack(lambda: parse("SELECT 1;\nSELEKT 2 FROM WHERE;\nSELECT 3", "postgres"))
    assert [problem.line for problem in parsed.problems] == [2]
    assert len(parsed.statements) == 2
