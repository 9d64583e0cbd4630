"""Each script was run in PostgreSQL 15: which of them it refuses is what it said."""

import pytest

from contract_gate.sql.bind import bind_script
from contract_gate.sql.steps import refusals

TAKEN = [
    "create table a (id int, n int); create view v as select id, n from a; alter table a rename column n to m; create view w as select m from a;",
    "create table a (id int, n int); create view v as select id from a; alter table a alter column n type bigint;",
    "create table a (id int, n int); create view v as select n from a; alter table a drop column n cascade; create view v as select id from a;",
    "create table a (id int, n int); create view v as select id from a; alter table a drop column n;",
    "create table a (id int, n int); create view v as select n from a; drop table a cascade; create view v as select 1 as x;",
    "create table a (id int, n int); create view v as select n from a; create view w as select n from v; drop view w; drop view v;",
    "create table a (id int, n int); create view v as select id, n from a; create or replace view v as select id, n, 1 as x from a;",
    "create table a (id int, n int); create view v as select id, n from a; alter table a rename column n to m; create or replace view v as select id, m as n from a;",
    "create table a (id int, n int); alter table a drop column if exists m;",
    "create table a (id int, n int); alter table a add column if not exists n int;",
    "create table a (id int, n int); alter table a rename to b; insert into b values (1, 2);",
    "create table a (id int, n int); drop table a; drop table if exists a;",
    "create table a (id int primary key); create table b (a_id int references a (id)); drop table b; drop table a;",
    "create table a (id int primary key); create table b (a_id int references a (id)); drop table a cascade;",
    "create table a (id int, n int); create function f() returns bigint language plpgsql as $$ begin return (select count(m) from a); end $$; alter table a rename column n to m;",
    "create table a (id int, n int); create temp table t as select n from a; alter table a drop column n;",
    "create table a (id int, n int); alter table a rename column n to m; alter table a rename column id to n;",
    "create table a (id int, n int default 1, m int generated always as (id + 1) stored); alter table a drop column n;",
    "create table a (id int, n int, m int generated always as (n + 1) stored); alter table a drop column n cascade;",
]
REFUSED = [
    "create view v as select m from a; create table a (id int, m int);",
    "create table a (id int, n int); create view v as select m from a; alter table a rename column n to m;",
    "create table a (id int, n int); create view v as select n from a; alter table a alter column n type bigint;",
    "create table a (id int, n int); create view v as select n from a; alter table a drop column n;",
    "create table a (id int, n int); create view v as select * from a; alter table a drop column n;",
    "create table a (id int, n int); create view v as select n from a; drop table a;",
    "create table a (id int, n int); create view v as select n from a; create view w as select n from v; drop view v; drop view w;",
    "create table a (id int, n int); create view v as select id, n from a; create or replace view v as select n, id from a;",
    "create table a (id int, n int); create view v as select id, n from a; create or replace view v as select id, 1 as x, n from a;",
    "create table a (id int, n int); create view v as select id, n from a; create or replace view v as select id from a;",
    "create table a (id int, n int); create view v as select id, n from a; alter table a rename column n to m; create or replace view v as select id, n from a;",
    "create table a (id int, n int); alter table a drop column n; alter table a drop column n;",
    "create table a (id int, n int); alter table a add column n int;",
    "create table a (id int, n int); alter table a rename to b; insert into a values (1, 2);",
    "create table a (id int, n int); drop table a; drop table a;",
    "create table a (id int primary key); create table b (a_id int references a (id)); drop table a;",
    "create table a (id int, n int); insert into a (id, m) values (1, 2);",
    "create table a (id int, n int); create materialized view v as select n from a; alter table a alter column n type bigint;",
    "create table a (id int, n int); create view v as select count(*) as c from a where n > 1; alter table a drop column n;",
    "create table a (id int, n int); alter table a rename column n to id;",
    "create table a (id int, n int, m int generated always as (n + 1) stored); alter table a drop column n;",
    "create table a (id int, n int); create index i on a (m);",
]


@pytest.mark.parametrize("script", TAKEN)
def test_a_script_that_the_engine_runs(script: str) -> None:
    """Nothing is said of it."""
    assert refusals(bind_script(script, "postgres", lambda _name: None)) == ()


@pytest.mark.parametrize("script", REFUSED)
def test_a_script_that_the_engine_refuses(script: str) -> None:
    """It is said why, with the relation that the refused statement is about."""
    found = refusals(bind_script(script, "postgres", lambda _name: None))
    assert found
    assert all(refusal.relations and refusal.message for refusal in found)


@pytest.mark.parametrize(
    "script",
    [
        "create table a (id int, n int); create view v as select n from a; drop table a;",
        "create table a (id int, n int); create view v as select n from a; alter table a drop column n;",
        "create table a (id int, n int); create view v as select id, n from a; create or replace view v as select n from a;",
    ],
)
@pytest.mark.parametrize("dialect", ["mysql", "snowflake", "bigquery"])
def test_other_engines_hold_no_view_against_a_step(script: str, dialect: str) -> None:
    """There a view breaks when it is read, which its own binding says."""
    assert refusals(bind_script(script, dialect, lambda _name: None)) == ()


def test_a_view_of_sqlite_is_looked_up_when_it_is_read() -> None:
    """It may be made before its table (run in SQLite 3)."""
    script = "create table a (id int, n int); create view v as select n from b; create table b (n int); drop table a;"
    assert refusals(bind_script(script, "sqlite", lambda _name: None)) == ()


@pytest.mark.parametrize(("tail", "is_refused"), [("", True), (" with no schema binding", False)])
def test_a_late_binding_view_holds_nothing(tail: str, is_refused: bool) -> None:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_VIEW.html"""
    script = f"create table s.a (id int, n int); create view s.v as select n from s.a{tail}; drop table s.a;"
    assert bool(refusals(bind_script(script, "redshift", lambda _name: None))) is is_refused
