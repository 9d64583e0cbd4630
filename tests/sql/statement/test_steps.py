"""Each script was run in PostgreSQL 15: which of them it refuses is what it said."""

import sqlite3

import duckdb
import pytest

from contract_gate.sql.bind import bind_script
from contract_gate.sql.statement.steps import refusals

TAKEN = [
    "create function f() returns table (x int) language sql as $$ select 1 $$; create or replace function f() returns table (x int) language sql as $$ select 2 $$;",
    "create view v as select * from pg_class; create or replace view v as select * from pg_class;",
    "create function f() returns void language plpgsql as $$ begin insert into b select 1; end $$; create table b (id int);",
    "create procedure p() language plpgsql as $$ begin insert into b select 1; end $$; create table b (id int);",
    "set check_function_bodies = off; create function f() returns bigint language sql as $$ select count(*) from b $$; create table b (id int);",
    "create table b (id int); create procedure p() language plpgsql as $$ begin drop table b; end $$; insert into b values (1);",
    "create table a (n int); create table b (n int); create view v as select n from a; drop table a, b cascade; create table a (n int); create view v as select n from a;",
    "create table a (id int primary key); create table b (x int references a (id)); create table c (id int); drop table a, c, b;",
    "create table a (n int); create view v as select n from a; create view w as select n from v; drop view v, w;",
    "create table a (id int); create function f(x int) returns int language sql as $$ select x $$; create view v as select f(id) as n from a; drop function f(int) cascade;",
    "create table a (id int); create function f(x int) returns int language sql as $$ select x $$; create view v as select f(id) as n from a; drop view v; drop function f(int);",
    "create table a (id int); create function f(x int) returns int language sql as $$ select x $$; create function f(x text) returns int language sql as $$ select 1 $$; "
    "create view v as select f(id) as n from a; drop function f(text);",
    "create function f(x int) returns int language sql as $$ select x $$; create function g(x int) returns int language sql as $$ select f(x) $$; drop function f(int);",
    "create table a (id int); create view v as select id from a; create temp table a as select 1 as id; drop table a;",
    "create table a (id int, n int); comment on column a.n is 'x'; comment on table a is 'y'; alter table a drop column n;",
    "create table a (x int, y int, z int, unique (y, x), check (z > x)); alter table a drop constraint a_y_x_key; alter table a drop constraint a_check;",
    "create table a (x int, y int unique); alter table a rename to b; alter table b drop constraint a_y_key;",
    "create table a (x int, y int); create index i on a (x); create index j on a (y); drop index i, j; create index i on a (y);",
    "create table p (id int primary key); create table c (x int references p, n int); alter table c drop column x; drop table p;",
    "create table p (id int primary key); create table c (x int references p); alter table c drop constraint c_x_fkey; drop table p;",
    "create table p (id int primary key); alter table p rename to q; create table c (x int references q); drop table c; drop table q;",
    "create table a (n int); alter table a add column id int primary key generated always as identity, alter column n set not null;",
    "create table a (n int not null); create table b as select n from a; alter table b add column m int; insert into b (m) values (1);",
    "create table a (id int, lang int); do $$ declare x int; begin for x in select id from a loop insert into a (id, lang) (select x, l.id from (select id from a) l); end loop; end $$;",
    "create table a (id int, n numeric(10,2)); create view v as select id, n from a; create or replace view v as select id, n from a where id > 1;",
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
    "create table p (id int primary key); create table c (x int references p (id)); alter table p drop constraint p_pkey cascade;",
    "create table p (id int primary key); create table c (x int references p (id)); alter table c drop constraint c_x_fkey; alter table p drop constraint p_pkey;",
    "create table p (id int, k int); create unique index i on p (k); create table c (x int references p (k));",
    "create table p (id int, k int); create unique index i on p (k); alter table p add constraint u unique using index i; create table c (x int references p (k));",
    "create table p (id int); create table c (x int); alter table p add primary key (id); alter table c add foreign key (x) references p;",
    "create table p (id int, k int, primary key (id, k)); create table c (x int, y int, foreign key (y, x) references p (k, id));",
    "create table q (id int primary key); create table p (like q including all); create table c (x int references p (id));",
    "create table a (id int, n int); create index i on a (n); drop index i; create index i on a (id);",
    "create table a (id int, n int); create index i on a (n); alter table a drop column n; create index j on a (id);",
    "create table a (id int); drop table a; create table a (id int, n int);",
    "create table a (id int); create table if not exists a (id int, n int);",
    "create table a (id int, constraint c check (id > 0)); alter table a drop constraint c; alter table a add constraint c check (id > 1);",
    "create table a (id int check (id > 0)); alter table a drop constraint a_id_check;",
    "create table a (id int); alter table a drop constraint if exists c;",
    "create table a (id int primary key, p int references a (id));",
    "create table a (id int, p int); alter table a add primary key (id); alter table a add foreign key (p) references a (id);",
    "create table p (id int primary key); create table c (x bigint references p (id)); create table d (y smallint); alter table d add foreign key (y) references p;",
    "create type mood as enum ('a'); create table a (m mood); alter table a drop column m; drop table a; drop type mood;",
    "create type mood as enum ('a'); create table a (m mood); drop type mood cascade;",
    "create table a (id int); insert into a values (1); alter table a add column n text not null default ''; alter table a add column m serial;",
    "create table a (id int); insert into a values (1); delete from a; alter table a add column n text not null;",
    "create table a (id int); insert into a select 1 where false; alter table a add column n text not null;",
    "create function f() returns text language sql as $$ select 'x' $$; create table a (n text default f()); alter table a alter column n drop default; drop function f();",
    "create table a (id int, n int, g int generated always as (n + 1) stored); alter table a alter column id type bigint;",
    "create type mood as enum ('a'); create table a (m mood); alter table a alter column m type text using m::text; drop type mood;",
    "create table p (id numeric primary key); create table c (x int references p (id)); create table q (id float8 primary key); create table d (x numeric references q (id));",
    "create function f(x int) returns int language sql as $$ select x $$; create or replace function f(x int) returns int language sql as $$ select x + 1 $$;",
    "create function f(x int) returns int language sql as $$ select x $$; create function f(x text) returns text language sql as $$ select x $$;",
    "create function f(x int) returns int language sql as $$ select x $$; drop function f(int); create function f(y int) returns bigint language sql as $$ select y::bigint $$;",
    "create schema s; create table s.a (id int); drop schema s cascade; create table b (id int);",
    "create schema s; create table s.a (id int); alter schema s rename to q; alter table q.a add column n int;",
]
REFUSED = [
    "create function f() returns bigint language sql as $$ select count(*) from b $$; create table b (id int);",
    "create function f() returns bigint begin atomic select count(*) from b; end; create table b (id int);",
    "create table b (id int); create function f() returns bigint language sql as $$ select sum(n) from b $$; alter table b add column n int;",
    "create procedure p() language sql as $$ insert into b select 1 $$; create table b (id int);",
    "create procedure p() begin atomic insert into b select 1; end; create table b (id int);",
    "create table a (id int primary key); create table b (x int references a (id)); create table c (id int); drop table a, c; drop table b;",
    "create table a (id int); create function f(x int) returns int language sql as $$ select x $$; create view v as select f(id) as n from a; drop function f(int);",
    "create function f() returns text language sql as $$ select 'x' $$; create table a (n text default f()); drop function f();",
    "create table a (id int); comment on column a.n is 'x';",
    "create table a (id int, n int); create view v as select id from a; comment on column v.n is 'x';",
    "create table a (id int); create view v as select id from a; create temp table a as select 1 as id; drop table a; drop table a;",
    "create table p (id int primary key); create table c (x int references p); alter table p rename to q; drop table q;",
    "create table a (n int not null, m int); insert into a (m) values (1);",
    "create table a (id int, n numeric(10,2)); create view v as select id, n from a; create or replace view v as select id, n::text as n from a;",
    "create view v as select m from a; create table a (id int, m int);",
    "create or replace view v as select n from w; create table a (n int); create or replace view w as select n from a;",
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
    "create table p (id int primary key); create table c (x int references p (id)); alter table p drop constraint p_pkey;",
    "create table p (id int, k int constraint u unique); create table c (x int references p (k)); alter table p drop constraint u;",
    "create table p (id int, k int); create table c (x int references p (k));",
    "create table p (id int, k int); create index i on p (k); create table c (x int references p (k));",
    "create table p (id int, k int); create unique index i on p (k) where k > 0; create table c (x int references p (k));",
    "create table p (id int); create table c (x int); alter table c add foreign key (x) references p (id);",
    "create table p (id int primary key); create table c (x int references p (id)); alter table p drop column id;",
    "create table a (id int, n int); create index i on a (n); create index i on a (id);",
    "create table a (id int); create table a (id int, n int);",
    "create table a (id int); create or replace view a as select 1 as id;",
    "create table a (id int primary key); alter table a add primary key (id);",
    "create table a (id int, constraint c check (id > 0)); alter table a add constraint c check (id > 1);",
    "create table a (id int); alter table a drop constraint c;",
    "create type mood as enum ('a'); create table a (m mood); drop type mood;",
    "create table a (id int, p int references a (id));",
    "create table a (id int, p int); alter table a add foreign key (p) references a (id);",
    "create table p (id int primary key); create table c (x text references p (id));",
    "create table p (id int primary key); create table c (x numeric references p (id));",
    "create table p (id numeric primary key); create table c (x int); alter table c add column y float8 references p (id);",
    "create table a (id int, n int, g int generated always as (n + 1) stored); alter table a alter column n type bigint;",
    "create table a (id int); insert into a values (1); alter table a add column n text not null;",
    "create type mood as enum ('a'); create table a (m mood, n mood); alter table a drop column m; drop type mood;",
    "create table p (id int primary key); create table c (x text); alter table c add foreign key (x) references p;",
    "create table p (id int primary key); create table c (n int); alter table c add column x date references p (id);",
    "create table a (id int); create function f(x int) returns int language sql as $$ select x $$; create function f(x int) returns int language sql as $$ select x + 1 $$;",
    "create table a (id int); create function f(x int) returns int language sql as $$ select x $$; create or replace function f(x int) returns bigint language sql as $$ select x::bigint $$;",
    "create table a (id int); create function f(x int) returns int language sql as $$ select x $$; create or replace function f(y int) returns int language sql as $$ select y $$;",
    "create table b (id int); create schema s; create table s.a (id int); drop schema s;",
    "create table a (id int); create view v as select id from a; create or replace view v as select 1 as x;",
    "create function f() returns table (x int) language sql as $$ select 1 $$; create or replace function f() returns table (y int) language sql as $$ select 1 $$;",
    "create schema s; create table s.a (id int); alter schema s rename to q; alter table s.a add column n int;",
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


FUNCTION = "create function f(x int) returns int language sql as $$ select x $$; "


@pytest.mark.parametrize(
    ("script", "is_refused"),
    [
        (f"create view v as select f(1) as a; {FUNCTION}", True),
        (f"{FUNCTION}create view v as select f(1) as a; {FUNCTION.replace('create', 'create or replace')}", False),
        (f"create view v as select lower('x') as a; {FUNCTION.replace(' f(', ' s.lower(')}", False),
        (f"create view v as select g(1) as a; {FUNCTION}", False),
        (f"{FUNCTION}create table a (n int); drop function f; create view v as select f(n) as a from a;", True),
        (f"create table a (n int); create procedure p() language plpgsql as $$ begin insert into a select f(1); end $$; {FUNCTION}", False),
        (f"create function g(x int) returns int language plpgsql as $$ begin return f(x); end $$; {FUNCTION}", False),
    ],
)  # fmt: skip
def test_a_view_of_a_function_that_comes_later(script: str, is_refused: bool) -> None:
    """What a view calls is looked up when it is made, what a routine calls when that is called (run in PostgreSQL 15, DuckDB and ClickHouse)."""
    assert bool(refusals(bind_script(script, "postgres", lambda _name: None))) is is_refused


def test_a_view_of_sqlite_is_looked_up_when_it_is_read() -> None:
    """It may be made before its table (run in SQLite 3)."""
    script = "create table a (id int, n int); create view v as select n from b; create table b (n int); drop table a;"
    assert refusals(bind_script(script, "sqlite", lambda _name: None)) == ()


@pytest.mark.parametrize(("tail", "is_refused"), [("", True), (" with no schema binding", False)])
def test_a_late_binding_view_holds_nothing(tail: str, is_refused: bool) -> None:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_VIEW.html"""
    script = f"create table s.a (id int, n int); create view s.v as select n from s.a{tail}; drop table s.a;"
    assert bool(refusals(bind_script(script, "redshift", lambda _name: None))) is is_refused


BODY = "insert into b select id from a;"


@pytest.mark.parametrize(
    ("dialect", "script", "is_refused"),
    [
        ("tsql", f"create procedure p as begin {BODY} end", False),
        ("tsql", f"create procedure p as set nocount on; {BODY}", False),
        ("tsql", f"create procedure p as set nocount on;\nGO\n{BODY}", True),
        ("mysql", f"create procedure p() begin {BODY} end", False),
        ("mysql", f"create procedure p() {BODY}", False),
        ("mysql", f"create procedure p() select 1; {BODY}", True),
        ("snowflake", f"create procedure p() returns text language sql as begin {BODY} return 'x'; end", False),
        ("oracle", f"create or replace procedure p as begin {BODY} end", False),
        ("bigquery", f"create procedure p() begin {BODY} end", True),
        ("oracle", f"create or replace procedure p as begin null; end; {BODY}", True),
        ("tsql", f"create trigger t on a after insert as begin {BODY} end", False),
        ("mysql", f"create trigger t after insert on a for each row {BODY}", False),
        ("mysql", f"create event e on schedule every 1 day do {BODY}", False),
        ("snowflake", f"create task t schedule = '1 minute' as {BODY}", False),
        ("snowflake", f"create task t schedule = '1 minute' as select 1; {BODY}", True),
    ],
)  # fmt: skip
def test_a_body_of_a_table_that_comes_later(dialect: str, script: str, is_refused: bool) -> None:
    """Its body is bound when it is called; BigQuery looks at once. What stands behind the body runs in its turn."""
    script = f"create table a (id int);\n{script};\nGO\ncreate table b (id int);"
    assert bool(refusals(bind_script(script, dialect, lambda _name: None))) is is_refused


HERE = [
    # script, does DuckDB run it, does SQLite
    ("create table a (id int, n int, m int, check (n > m)); alter table a drop column n;", False, False),
    ("create table a (id int, n int check (n > m), m int); alter table a drop column n;", False, True),
    ("create table a (id int, n int check (n > m), m int); alter table a drop column m;", False, False),
    ("create table a (id int, n int, check (n > 1)); alter table a drop column n;", True, False),
    ("create table a (id int, n int check (n > 1)); alter table a drop column n;", True, True),
    (
        "create table p (id int primary key); create table a (id int, n int, foreign key (n) references p (id)); alter table a drop column n;",
        False,
        False,
    ),
    (
        "create table p (id int primary key); create table a (id int, n int references p (id)); alter table a drop column n;",
        False,
        True,
    ),
    ("create table a (id int, n int, unique (n)); alter table a drop column n;", False, False),
    ("create table a (id int, n int); create index i on a (n); alter table a drop column n;", False, False),
    (
        "create table a (id int, n int); create index i on a (n); drop index i; alter table a drop column n;",
        True,
        True,
    ),
    ("create table a (id int primary key, n int); alter table a drop column id;", False, False),
    ("create table a (id int primary key, n int); alter table a drop column n;", True, True),
    ("create table a (id int unique, n int); alter table a drop column n;", True, True),
    ("create table a (id int); create table a (id int);", False, False),
    ("create table a (id int); create table if not exists a (id int);", True, True),
    ("create table a (id int, n int); create index i on a (n); create index i on a (id);", False, False),
    (
        "create table a (id int, n int); create index i on a (n); create index if not exists i on a (id);",
        True,
        True,
    ),
    (
        "create table p (id int primary key, n int); create table c (x int references p (id)); drop table p;",
        False,
        True,
    ),
    (
        "create table p (id int primary key, n int); create table c (x int references p (id)); drop table c; drop table p;",
        True,
        True,
    ),
    ("create table p (id int primary key, n int); create table c (x int references p (n));", False, True),
    ("create table p (id int primary key, n int); create table c (x int references p);", True, True),
    ("create table p (id int primary key, n int); create table c (x bigint references p (id));", False, True),
    ("create table c (x int references p (id)); create table p (id int primary key, n int); ", False, True),
    (
        "create table p (id int primary key, n int); drop table p; create table c (x int references p (id));",
        False,
        True,
    ),
    (
        "create table p (id int, up int, primary key (id), foreign key (up) references p (id)); drop table p;",
        True,
        True,
    ),
    ("create table a (id int, n int not null); insert into a (id) values (1);", False, False),
    ("create table a (id int, n int not null default 1); insert into a (id) values (1);", True, True),
    (
        "create table a (id int, n text not null); insert into a values (1, 'x'); insert into a (id) select 2;",
        False,
        False,
    ),
    ("create table a (id integer not null primary key, n int); insert into a (n) values (1);", False, True),
    (
        "create table a (id integer not null, n int, primary key (id)); insert into a (n) values (1);",
        False,
        True,
    ),
    ("create table a (id text primary key, n int); insert into a (n) values (1);", False, True),
    ("create table a (id integer, n int, primary key (id, n)); insert into a (n) values (1);", False, True),
    (
        "create table a (id integer not null, n int, primary key (id, n)); insert into a (n) values (1);",
        False,
        False,
    ),
    ("create table a (id int, n int not null); insert or ignore into a (id) values (1);", False, True),
    ("create table a (id int, n int not null); insert or replace into a (id) values (1);", False, False),
    (
        "create table a (id int, n int generated always as (id + 1)); insert into a (id) values (1);",
        True,
        True,
    ),
    (
        "create table p (id int primary key); create table c (x int references p (id)); delete from p; drop table c;",
        True,
        True,
    ),
]


@pytest.mark.parametrize(("script", "in_duckdb", "in_sqlite"), HERE)
def test_engines_in_reach_take_and_refuse_the_same_steps(
    script: str, in_duckdb: bool, in_sqlite: bool
) -> None:
    """Each engine is asked, and so are we."""
    assert _runs_in_duckdb(script) is in_duckdb
    assert _runs_in_sqlite(script) is in_sqlite
    for dialect, runs in (("duckdb", in_duckdb), ("sqlite", in_sqlite)):
        assert bool(refusals(bind_script(script, dialect, lambda _name: None))) is not runs


def _runs_in_duckdb(script: str) -> bool:
    with duckdb.connect() as connection:
        try:
            connection.execute(script)
        except duckdb.Error:
            return False
    return True


def _runs_in_sqlite(script: str) -> bool:
    connection = sqlite3.connect(":memory:")
    try:
        connection.executescript(script)
    except sqlite3.Error:
        return False
    finally:
        connection.close()
    return True


@pytest.mark.parametrize(
    ("dialect", "script", "refused"),
    [
        ("tsql", "create table a (id int, n int constraint df default 1); alter table a drop column n;", True),
        ("tsql", "create table a (id int, n int constraint df default 1); alter table a drop constraint df; alter table a drop column n;", False),
        ("tsql", "create table a (id int, n int); create index i on a (n); alter table a drop column n;", True),
        ("tsql", "create table a (id int, n int); create index i on a (n); drop index i on a; alter table a drop column n;", False),
        ("clickhouse", "create table a (id Int32, n Int32) engine = MergeTree order by id; alter table a drop column id;", True),
        ("clickhouse", "create table a (id Int32, n Int32) engine = MergeTree order by id; alter table a modify column id String;", True),
        ("clickhouse", "create table a (id Int32, n Int32) engine = MergeTree order by id; alter table a drop column n;", False),
        ("bigquery", "create table d.a (id int64, dt date) partition by dt; alter table d.a drop column dt;", True),
        ("bigquery", "create table d.a (id int64, c int64) cluster by c; alter table d.a drop column c;", True),
        ("bigquery", "create table d.a (id int64, c int64) cluster by c; alter table d.a drop column id;", False),
        ("bigquery", "create table d.a (id numeric); alter table d.a alter column id set data type int64;", True),
        ("bigquery", "create table d.a (id int64); alter table d.a alter column id set data type numeric;", False),
        ("bigquery", "create table d.a (id int64); alter table d.a add column n int64 not null;", True),
        ("snowflake", "create table a (n varchar(50)); alter table a alter column n set data type varchar(5);", True),
        ("snowflake", "create table a (n varchar(5)); alter table a alter column n set data type varchar(50);", False),
        ("snowflake", "create table a (n varchar(50)); alter table a alter column n set data type number;", True),
        ("snowflake", "create table a (n number(10,2)); alter table a alter column n set data type number(20,4);", True),
        ("snowflake", "create table a (n number(20,2)); alter table a alter column n set data type number(10,2);", False),
        ("snowflake", "create table a (n number(38,0)); alter table a alter column n set data type int;", False),
        ("snowflake", "create table a (n integer); alter table a alter column n set data type number(10);", False),
        ("snowflake", "create table a (n integer); alter table a alter column n set data type number(10,1);", True),
        ("snowflake", "create table a (n char(5)); alter table a alter column n set data type varchar(5);", False),
        ("snowflake", "create table a (n text); alter table a alter column n set data type varchar(5);", True),
        ("snowflake", "create table a (n text); alter table a alter column n set data type varchar;", False),
        ("snowflake", "create table a (n char); alter table a alter column n set data type varchar;", False),
        ("snowflake", "create table a (n binary(5)); alter table a alter column n set data type binary(9);", False),
        ("snowflake", "create table a (n binary(9)); alter table a alter column n set data type binary(5);", True),
        ("snowflake", "create table a (n date); alter table a alter column n set data type timestamp_ntz;", True),
        ("snowflake", "create table a (n float); alter table a alter column n set data type double;", False),
        ("sqlite", "create table p (id int primary key); create table c (x int references p (id)); alter table p drop constraint p_pkey;", False),
        ("oracle", "create table p (id int primary key); create table c (x int references p (id)); alter table p drop constraint p_pkey;", True),
        ("oracle", "create table a (id int primary key); alter table a add primary key (id);", True),
        ("snowflake", "create table a (id int primary key); alter table a add primary key (id);", False),
        ("snowflake", "create view v as select 1 as x; create or replace view v as select 2 as x;", False),
        ("snowflake", "create view v as select 1 as x; create view v as select 2 as x;", True),
        ("snowflake", "create table v (x int); create or replace table v (y int); alter table v drop column y;", False),
        ("snowflake", "create table v (x int); create or replace table v (y int); alter table v drop column x;", True),
        ("databricks", "create table a (s struct<x: int>); alter table a add column s.y int; alter table a drop column s.y;", False),
        ("databricks", "create table a (s int); alter table a drop column y;", True),
        ("sqlite", "create index i on q (x); create index j on q (y);", False),
        ("tsql", "create table a (n int constraint d default 0 not null); alter table a alter column n bigint not null;", True),
        ("tsql", "create table a (n int constraint d default 0 not null); alter table a drop constraint d; alter table a alter column n bigint;", False),
        ("tsql", "create table a (n varchar(5) constraint d default '0'); alter table a alter column n varchar(9);", False),
        ("tsql", "create table a (n int check (n > 0)); alter table a alter column n bigint;", True),
        ("tsql", "create table p (id int primary key); create table c (x bigint references p (id));", True),
        ("tsql", "create table p (id varchar(9) primary key); create table c (x varchar(9) references p (id));", False),
        ("tsql", "create table p (id int primary key); create table c (x int references p (id)); drop table p;", True),
        ("tsql", "create table p (id int primary key); create table c (x int references p (id)); truncate table p;", True),
        ("tsql", "create table p (id int primary key); create table c (x int references p (id)); delete from p;", False),
        ("tsql", "create table p (id int primary key); create table c (x int references p (id)); truncate table c;", False),
        ("oracle", "create table p (id int primary key); create table c (x int references p (id)); drop table p cascade constraints; create table p (id int primary key); drop table p;", False),
        ("postgres", "create table p (id int primary key); create table c (x int references p (id)); drop table p cascade; create table p (id int primary key); drop table p;", False),
        ("oracle", "create table p (id int primary key); create table c (x int references p (id)); truncate table p;", True),
        ("postgres", "create table p (id int primary key); create table c (x int references p (id)); truncate p;", True),
        ("postgres", "create table p (id int primary key); create table c (x int references p (id)); truncate p cascade;", False),
        ("postgres", "create table p (id int primary key); create table c (x int references p (id)); truncate p, c;", False),
        ("mysql", "create table p (id int primary key); create table c (x int references p (id)); truncate table p;", False),
        ("redshift", "create table p (id int primary key); create table c (x int references p (id)); truncate table p;", False),
        ("tsql", "create table p (id int primary key); create table c (x int constraint f references p (id)); alter table c drop constraint f; drop table p;", False),
        ("tsql", "create table p (id int primary key); create table c (x int references p (id)); drop table c, p;", False),
        ("oracle", "create table p (id int primary key); create table c (x int references p (id)); drop table p;", True),
        ("oracle", "create table p (id int primary key); create table c (x int references p (id)); drop table p cascade constraints;", False),
        ("oracle", "create table p (id int primary key); create table c (x int references p (id)); drop table p cascade constraints purge;", False),
        ("duckdb", "create table p (id int primary key); create table c (x int references p (id)); drop table p cascade;", True),
        ("duckdb", "create table p (id int primary key, n int); alter table p add primary key (n);", True),
        ("mysql", "create table p (id int primary key); create table c (x bigint, foreign key (x) references p (id));", True),
        ("mysql", "create table p (id varchar(9) primary key); create table c (x varchar(20), foreign key (x) references p (id));", False),
        ("redshift", "create table a (id int); alter table a alter column id type bigint;", True),
        ("redshift", "create table a (n varchar(5)); alter table a alter column n type varchar(50);", False),
        ("redshift", "create table a (id int, d int) distkey(d); alter table a drop column d;", True),
        ("databricks", "create table a (id int, d int) partitioned by (d); alter table a drop column d;", True),
        ("mysql", "create table p (id int primary key); create table c (x int, y int, constraint f foreign key (x) references p (id)); alter table c drop column x;", True),
        ("mysql", "create table p (id int primary key); create table c (x int, y int, constraint f foreign key (x) references p (id)); alter table c drop foreign key f; alter table c drop column x;", False),
        ("snowflake", "create table a (id int, n int); create table b (id int); alter table a swap with b; alter table b drop column n;", False),
        ("clickhouse", "create table a (id Int32, n Int32) engine = Memory; create table b (id Int32) engine = Memory; exchange tables a and b; alter table a drop column n;", True),
    ],
)  # fmt: skip
def test_what_other_engines_hold_by_their_documentation(dialect: str, script: str, refused: bool) -> None:
    """Columns by default, index, storage and foreign key; types that may only grow; tables whose names are exchanged."""
    assert bool(refusals(bind_script(script, dialect, lambda _name: None))) is refused


KEYED = "alter table c add constraint f foreign key (x) references t (id);"


@pytest.mark.parametrize(
    ("dialect", "steps", "is_key"),
    [
        ("oracle", "alter table t add (constraint pk primary key (id));", True),
        ("oracle", "alter table t add (d number, constraint u unique (id));", True),
        ("oracle", "alter table t add (primary key (n));", False),
        ("oracle", "alter table t add primary key (id) modify (n number(9));", True),
        ("oracle", "alter table t add primary key (n);\nalter table t drop primary key;\nalter table t add primary key (id);", True),
        ("oracle", "alter table t add primary key (id);\nalter table t drop primary key;", False),
        ("tsql", "alter table t add d int, constraint pk primary key (id);", True),
        ("tsql", "alter table t add d int, constraint pk primary key (n);", False),
        ("tsql", "alter table t add constraint pk primary key clustered (id asc) with (fillfactor = 80);", True),
        ("tsql", "alter table t with nocheck add constraint u unique nonclustered (id asc);", True),
        ("tsql", "drop table t;\ncreate table t (id int primary key clustered, n int unique nonclustered);", True),
        ("tsql", "drop table t;\ncreate table t (id int, n int, constraint u unique clustered (id desc), primary key nonclustered (n));", True),
        ("tsql", "drop table t;\ncreate table t (id int, n int, primary key nonclustered (n));", False),
    ],
)  # fmt: skip
def test_a_key_that_is_added_in_a_list_or_in_an_engine_s_own_words(
    dialect: str, steps: str, is_key: bool
) -> None:
    """A foreign key finds it, however its ALTER is spelled; what is not understood may have made one."""
    script = f"create table t (id int, n int);\ncreate table c (x int);\n{steps}\n{KEYED}"
    assert bool(refusals(bind_script(script, dialect, lambda _name: None))) is not is_key


@pytest.mark.parametrize(
    ("dialect", "steps", "is_refused"),
    [
        ("tsql", "alter table t drop constraint c, column n;\nalter table t add n bigint;", False),
        ("tsql", "alter table t drop constraint c, n;\nalter table t alter column n bigint;", False),
        ("tsql", "alter table t drop column n, constraint c;\nalter table t alter column n bigint;", True),
        ("postgres", "alter table t frobnicate n column;\nalter table t drop column n;\nalter table t drop column z;", False),
        ("postgres", "alter table t drop column n;\nalter table t drop column z;", True),
        ("postgres", "alter table t frobnicate n column; create table c (id int);\nalter table c drop column z;", True),
        ("postgres", "drop table t;\ncopy t from '/t.csv';", True),
        ("postgres", "create temp table s as select id from t;\ndrop table s;\ncopy t from '/t.csv';", False),
    ],
)  # fmt: skip
def test_columns_and_constraints_of_one_list(dialect: str, steps: str, is_refused: bool) -> None:
    """Each word of a list is of its own kind; what a statement that is not understood did to its table, nobody holds against a later step."""
    script = f"create table t (id int, n int);\n{steps}"
    assert bool(refusals(bind_script(script, dialect, lambda _name: None))) is is_refused


@pytest.mark.parametrize(
    ("default", "is_refused"),
    [
        ("add constraint d default 0 for n", False),
        ("add default (getdate()) for [n] with values", False),
        ("add constraint d default 0 for id", True),
    ],
)
def test_a_default_that_is_added_as_a_constraint(default: str, is_refused: bool) -> None:
    """T-SQL: the column is filled from there on, and may be left out by an INSERT."""
    script = f"create table t (id int not null, n int not null);\nalter table t {default};\ninsert into t (id) values (1);"
    found = bind_script(script, "tsql", lambda _name: None).statements
    assert any(problem.kind == "required-column" for each in found for problem in each.problems) is is_refused
