"""What a script says of the schema that its names are looked up in."""

import pytest

from contract_gate import lineage
from contract_gate.sql.scan import scan_script

READS = "create table t as select a from o;"


def told(sql: str, dialect: str) -> tuple[set[str], set[str]]:
    """Give what a script makes and reads; the scan before it is bound has to say the same of what it makes."""
    (found,) = lineage(sql, dialect=dialect).files
    seen = {str(piece.relation) for piece in scan_script(sql, dialect).pieces if piece.relation is not None}
    assert seen == {*map(str, found.targets)}
    return seen, {*map(str, found.sources)}


@pytest.mark.parametrize(
    ("dialect", "setting"),
    [
        ("postgres", "SET search_path TO s"),
        ("postgres", "set search_path = s"),
        ("postgres", "SET LOCAL search_path = 's'"),
        ("postgres", 'SET SESSION search_path TO "$user", s'),
        ("postgres", "SET search_path TO s, pg_catalog"),
        ("postgres", "SET SCHEMA 's'"),
        ("redshift", "set search_path to s"),
        ("duckdb", "SET schema = 's'"),
        ("duckdb", "SET search_path = 's'"),
        ("oracle", "ALTER SESSION SET CURRENT_SCHEMA = s"),
        ("", "SET SCHEMA s"),
        ("trino", "USE s"),
        ("mysql", "USE s"),
        ("starrocks", "USE s"),
        ("singlestore", "USE s"),
        ("snowflake", "USE SCHEMA s"),
    ],
)
def test_one_schema(dialect: str, setting: str) -> None:
    """All names without a schema are of this one, what is made and what is read."""
    assert told(f"{setting};\n{READS}", dialect) == ({"s.t"}, {"s.o"})


@pytest.mark.parametrize(
    ("dialect", "setting"),
    [
        ("postgres", "SET search_path TO public, s"),
        ("postgres", "SET search_path TO DEFAULT"),
        ("postgres", "RESET search_path"),
        ("postgres", "SET search_path TO public"),
        ("postgres", "SET search_path TO ''"),
        ("postgres", "SET statement_timeout TO 5"),
        ("snowflake", "SET schema = 's'"),
        ("bigquery", "SET search_path = 's'"),
        ("oracle", "ALTER SESSION SET NLS_LANGUAGE = s"),
        ("tsql", "SET NOCOUNT ON"),
    ],
)
def test_no_schema_that_is_known(dialect: str, setting: str) -> None:
    """The usual schema is meant anyway; elsewhere the words set something else."""
    before = "SET search_path TO r;\n" if dialect == "postgres" and "statement" not in setting else ""
    assert told(f"{before}{setting};\n{READS}", dialect) == ({"t"}, {"o"})


def test_one_schema_after_the_other() -> None:
    """Each counts until the next, and a name with a schema keeps it."""
    sql = f"SET search_path TO r;\ncreate view v as select a from p;\nSET search_path TO s;\n{READS}\ncreate view u.w as select a from r.p;\n"
    assert told(sql, "postgres") == ({"r.v", "s.t", "u.w"}, {"r.p", "s.o"})


@pytest.mark.parametrize(
    ("sql", "made", "read"),
    [
        (READS, {"s.t"}, {"o"}),
        (
            "create table t (a int); insert into t select a from o; alter table t add column b int;",
            {"s.t"},
            {"o"},
        ),
        ("create table t (a int); create view v as select a from t;", {"s.t", "s.v"}, {"s.t"}),
        ("create temp table x as select a from o; create table t as select a from x;", {"s.t"}, {"o"}),
        ("create table u.t (a int); insert into o select 1;", {"u.t", "o"}, set()),
        ("set search_path to public; create table t as select a from o;", {"t"}, {"o"}),
    ],
)
def test_several_schemas(sql: str, made: set[str], read: set[str]) -> None:
    """What is made lies in the first; what is only read or changed may lie in any (run in PostgreSQL 15)."""
    assert told(f"SET search_path TO s, public;\n{sql}", "postgres") == (made, read)
