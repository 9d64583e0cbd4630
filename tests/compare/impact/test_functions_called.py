"""Functions that migrations make and call: what their bodies alter is altered, and what nobody knows of it is said aloud."""

import pytest

from tests.compare.impact.test_called_in_migrations import after
from tests.compare.impact.test_texts_run import told
from tests.comparing import covered

LOSES = "alter table t drop column a"
F = "create function z() returns void language plpgsql as $$ begin {}; end $$"
UNKNOWN = "execute 'alter table ' || x || ' drop column a'"


def of(dialect: str, *steps: str) -> str:
    end = "\nGO\n" if dialect == "tsql" else "\n"
    return told(dialect, after(dialect, *steps).removesuffix(f";{end}"))


@pytest.mark.parametrize(
    "call", ["select z()", "select public.z()", "do $$ begin perform z(); end $$", "select * from z()"]
)
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (LOSES, "breaks"),
        (f"execute '{LOSES}'", "breaks"),
        ("execute format('alter table %I drop column a', 't')", "breaks"),
        ("drop table t", "breaks"),
        (UNKNOWN, "unknown"),
        ("execute format('grant select on %I to x', y)", "nothing"),
        ("alter table t add column b int", "nothing"),
    ],
)
def test_a_function_of_postgres(call: str, body: str, expected: str) -> None:
    made = F.format(body)
    assert of("postgres", made, call, "drop function z()") == expected
    assert of("postgres", made) == "nothing"


SQL = "create or replace procedure z() returns int language sql as $$ begin {}; return 1; end $$"
JS = "create or replace procedure z() returns int language javascript as $$ snowflake.execute({sqlText: '%s'}); $$"


@pytest.mark.parametrize(
    ("dialect", "steps", "expected"),
    [
        ("postgres", [f"create function z() returns void language sql as $$ {LOSES} $$", "select z()"], "breaks"),
        ("oracle", [f"create or replace procedure z is begin execute immediate '{LOSES}'; end;\n/\nbegin z; end;\n/\ndrop procedure z"], "breaks"),
        ("oracle", [f"create or replace procedure z is begin execute immediate '{LOSES}'; end;\n/\ndrop procedure z"], "nothing"),
        ("tsql", [f"create procedure z as exec('{LOSES}')", "exec dbo.z", "drop procedure z"], "breaks"),
        ("tsql", ["create procedure z @t sysname as exec('alter table ' + @t + ' drop column a')", "exec z 't'"], "unknown"),
        ("tsql", ["create procedure z @t sysname as exec('alter table ' + @t + ' drop column a')"], "nothing"),
        ("snowflake", [SQL.format(LOSES), "call z()"], "breaks"),
        ("snowflake", [JS % LOSES, "call z()"], "unknown"),
        ("snowflake", [JS % LOSES], "nothing"),
        ("snowflake", [JS % "select 1", "call z()"], "nothing"),
    ],
)  # fmt: skip
def test_what_is_called(dialect: str, steps: list[str], expected: str) -> None:
    assert of(dialect, *steps) == expected


def test_a_block_behind_a_function_in_single_quotes() -> None:
    made = "create function g() returns int language sql as 'select 1'"
    assert of("postgres", made, f"do $$ begin {LOSES}; end $$") == "breaks"


def test_a_helper_of_an_earlier_file() -> None:
    """Who calls it is told, and not the file that makes it."""
    base = {
        "db/V1__t.sql": "create table t (id int, a int);\n",
        "db/V2__z.sql": "create function z(x text) returns void language plpgsql as $$ begin execute format('alter table %I drop column a', x); end $$;\n",
    }
    _, coverage = covered(base, {**base, "db/V3__x.sql": "select z('t');\n"}, "postgres")
    assert [entry.path for entry in coverage.not_analysed] == ["db/V3__x.sql"]
