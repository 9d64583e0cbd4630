import pytest

from contract_gate.sql.pieces import StatementAction
from contract_gate.sql.scan import names_read, scan_script


def actions(sql: str, dialect: str = "postgres") -> list[tuple[str, str | None]]:
    seen = scan_script(sql, dialect)
    return [(piece.action.value, str(piece.relation) if piece.relation else None) for piece in seen.pieces]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("CREATE TABLE s.t (a INT)", [("create", "s.t")]),
        ("CREATE TABLE IF NOT EXISTS t (a INT)", [("create-if-missing", "t")]),
        ("CREATE OR REPLACE VIEW v AS SELECT 1 AS a", [("replace", "v")]),
        ("INSERT INTO t VALUES (1)", [("rows", "t")]),
        ("INSERT INTO t SELECT a FROM s", [("fill", "t")]),
        ("UPDATE t SET a = 1", [("change", "t")]),
        ("ALTER TABLE t DROP COLUMN a", [("alter", "t")]),
        ("DROP TABLE a, b", [("drop", "a"), ("drop", "b")]),
        ("SELECT a FROM t", [("query", None)]),
        ("CREATE INDEX i ON t (a)", [("alter", "t")]),
        ("CREATE TEMP TABLE q AS SELECT 1 AS a; INSERT INTO q SELECT 2; INSERT INTO t SELECT a FROM q",
         [("context", None), ("context", None), ("fill", "t")]),
        ("SELECT a INTO s.t FROM u", [("create", "s.t")]),
        ("SELECT a INTO TEMP t FROM u; INSERT INTO t SELECT 1", [("context", None), ("context", None)]),
        ("ALTER VIEW v DROP COLUMN a FROM b", [("other", None)]),
        ("CREATE VIEW v AS SELECT 1 AS a; CREATE VIEW w AS SELECT a FROM v; CREATE VIEW x AS SELECT v.a FROM v, w; DROP VIEW v CASCADE",
         [("create", "v"), ("create", "w"), ("create", "x"), ("drop", "v"), ("drop", "w"), ("drop", "x")]),
    ],
)  # fmt: skip
def test_each_statement_does_one_thing(sql: str, expected: list[tuple[str, str | None]]) -> None:
    """A statement is told by what it does to which relation; temporary tables are context."""
    assert actions(sql) == expected


def test_use_completes_the_names_after_it() -> None:
    """A table made after `USE` has the name that the binder gives it."""
    assert actions("USE shop; CREATE TABLE t (a INT)", "mysql") == [("context", None), ("create", "shop.t")]
    assert actions("USE d.s; CREATE TABLE t (a INT)", "snowflake") == [("context", None), ("create", "d.s.t")]
    assert actions("USE d.s; CREATE TABLE u.t (a INT)", "snowflake")[1] == ("create", "d.u.t")


def test_variables_that_a_select_fills_are_no_table() -> None:
    """PL/SQL puts a row into several variables; nothing is made."""
    assert scan_script("SELECT a, b INTO x, y FROM t", "oracle").makes == ()


def test_a_renamed_table_is_made_under_its_new_name() -> None:
    """What is created and renamed in one text is made under the last name."""
    seen = scan_script("CREATE TABLE s.a (x INT); ALTER TABLE s.a RENAME TO b", "postgres")
    assert [str(name) for name in seen.makes] == ["s.b"]
    assert seen.pieces[1].action is StatementAction.RENAME


def test_what_is_only_altered_or_updated_is_not_made() -> None:
    """A text that changes a foreign table does not make it."""
    assert scan_script("ALTER TABLE t ADD COLUMN a INT; UPDATE u SET a = 1", "postgres").makes == ()


def test_a_part_that_cannot_be_read_is_a_piece() -> None:
    """What no grammar reads is kept, with its place, so that nobody takes it for nothing."""
    seen = scan_script("CREATE TABLE t (a INT); SELEKT t FROM WHERE", "postgres")
    assert [piece.action for piece in seen.pieces] == [StatementAction.CREATE, StatementAction.UNREAD]
    assert len(seen.problems) == 1


def test_a_single_view_is_read_without_a_parser_as_with_one() -> None:
    """The quick look at `CREATE VIEW x AS SELECT …` gives what the parser gives."""
    sql = "-- CREATE VIEW no AS\nCREATE OR REPLACE VIEW `p-x.d.v` AS SELECT 'drop; x' AS a FROM `p-x.d.t`;\n"
    quick, slow = scan_script(sql, "bigquery"), scan_script(sql + "; SELECT 1", "bigquery")
    assert (quick.makes, quick.pieces[0].action) == (slow.makes, slow.pieces[0].action)
    assert sql[quick.pieces[0].start : quick.pieces[0].end].endswith("`p-x.d.t`")


def test_all_names_of_a_text_are_given() -> None:
    """Names in FROM are given without those of CTEs."""
    found = names_read("WITH c AS (SELECT 1 AS a) INSERT INTO t SELECT a FROM c JOIN s.u ON TRUE", "postgres")
    assert {str(name) for name in found} == {"t", "s.u"}


def test_a_create_that_is_kept_as_text_is_told() -> None:
    """What makes a view or a table and is not understood makes something that nobody knows of; other commands do not."""
    assert scan_script("create view s.a as selekt id from s.raw", "postgres").problems
    assert not scan_script("create extension if not exists hstore", "postgres").problems
