"""Statements that no grammar reads as they stand: what they read is looked up all the same."""

import pytest

from contract_gate.sql.bind import bind_script
from contract_gate.sql.declared import lookup_of, shapes_of
from contract_gate.sql.script import Script

SCHEMA = {"a": {"x": "INT", "id": "INT"}, "b": {"y": "INT", "id": "INT"}}


def read(dialect: str, sql: str) -> Script:
    return bind_script(sql, dialect, lookup_of(shapes_of(SCHEMA, dialect)))


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("databricks", "create streaming live table q as select x, zz from a"),
        ("databricks", "create or refresh streaming table if not exists q as select zz from a"),
        ("databricks", "create or refresh streaming table q (p, r comment 'x') as select x, zz from a"),
        ("clickhouse", "create materialized view if not exists q to d as select zz from a"),
        ("postgres", "create table q tablespace p as select zz from a"),
        ("tsql", "if exists (select 1 from a)\nbegin\nselect zz from a\nend"),
        ("postgres", "create function f() returns int language sql begin atomic; select zz from a; end"),
        ("postgres", "return with c as (select zz from a) select * from c"),
        ("postgres", "create function if not exists f(p int) returns int not leakproof as $$ select zz from a $$ language sql"),
        ("postgres", "create function f() returns int language sql as $$ with c as (select zz from a) insert into b select * from c $$"),
        ("postgres", "create statistics s (mcv) on id, zz from a"),
        ("oracle", "create materialized view log on a with rowid, sequence (id, zz)"),
        ("tsql", "merge b using a on a.id = b.id when matched then delete output deleted.zz;"),
        ("postgres", "create rule r as on insert to a do instead (insert into b values (new.zz, 1))"),
        ("mysql", "create trigger r before insert on a for each row set new.x = (select zz from b)"),
        ("oracle", "declare c cursor for select zz from a; begin select 1; end"),
        ("snowflake", "begin loop select 1; break; end loop; select zz from a; end"),
        ("postgres", "select (1, (2; select zz from a"),
        ("postgres", "create temporary view v as select x from a; insert into b (y) select zz from a; select x from v"),
        ("mysql", "create table q (p int, index (p)) partition by list (p) (partition p1 values in (5)) as select zz from a"),
    ],
)  # fmt: skip
def test_an_unknown_column_is_told(dialect: str, sql: str) -> None:
    """Where it stands in a statement of another kind, behind words that the parser does not know, or after a broken one."""
    script = read(dialect, sql)
    problems = [problem for each in script.statements for problem in each.problems]
    assert ("unknown-column", "zz") in {(problem.kind, problem.name) for problem in problems}
    assert [*read(dialect, sql.replace("zz", "id")).statements][-1].problems == ()


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("tsql", "with c as (select x from a)\nselect * from c\nselect x from a"),
        ("oracle", "create materialized view log on a with rowid"),
        ("mysql", "rename user p to q"),
        ("oracle", "alter table a drop unused columns"),
        ("snowflake", "execute immediate 'select ' || f()"),
    ],
)
def test_what_is_not_read_is_said(dialect: str, sql: str) -> None:
    """A statement that is not understood is no statement that does nothing."""
    script = read(dialect, sql)
    problems = [*script.problems, *(problem for each in script.statements for problem in each.problems)]
    assert {problem.kind for problem in problems} <= {"unsupported", "syntax"}
    assert problems


@pytest.mark.parametrize(
    ("dialect", "sql", "steps"),
    [
        ("mysql", "alter table a add column q int, add key k (q), drop column x", [("added", "q"), ("dropped", "x")]),
        ("mysql", "alter table a modify column x after id", []),
        ("postgres", "alter table a add q int, add check (q > 1), drop x cascade", [("added", "q"), ("dropped", "x")]),
        ("tsql", "exec sp_rename 'a.x', 'q', 'COLUMN'", [("renamed", "x")]),
        ("tsql", "exec sp_rename 'i', 'j', 'INDEX'", []),
        ("oracle", "alter table a add (q int, r int)", [("added", "q"), ("added", "r")]),
        ("tsql", "alter table a add q int, constraint c unique (q), r int", [("added", "q"), ("added", "r")]),
    ],
)  # fmt: skip
def test_steps_of_an_alter(dialect: str, sql: str, steps: list[tuple[str, str]]) -> None:
    """Each action of a list, whatever stands beside it."""
    statements = read(dialect, sql).statements
    assert [(step.step.value, step.name) for each in statements for step in each.alterations] == steps


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("use s.p; select x from c", ["s.p.c"]),
        ("use schema p; select x from c", ["p.c"]),
        ("use role p; select x from c", ["c"]),
    ],
)
def test_names_after_use(sql: str, names: list[str]) -> None:
    """USE of a database and a schema completes the names behind it; of a role, none."""
    assert [str(name) for name in read("snowflake", sql).statements[-1].sources] == names


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("alter function f(int) set schema p", "p.f"),
        ("alter function s.f(int) set schema p", "p.f"),
        ("alter function s.f(int) rename to g", "s.g"),
    ],
)
def test_a_function_gets_another_name(sql: str, name: str) -> None:
    """By another schema or by a name of its own, which stays in its schema."""
    (statement,) = read("postgres", sql).statements
    assert (statement.kind, str(statement.renamed_to)) == ("rename-function", name)
