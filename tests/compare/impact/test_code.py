"""Code around statements declares names, which are no lost columns; a column that goes is told in code as everywhere else."""

import pytest

from contract_gate.compare.impact import Effect
from tests.compare.impact.conftest import AssessIn

TABLE = "create table t (id int, nm varchar(9), amt int);\n"
LOOP = "for r in select id, nm as n from t loop {0} end loop"
PLPGSQL = "create procedure p(lim int) language plpgsql as $$ declare {0} begin {1} end $$;"
VALID = [
    ("postgres", "create procedure p(a int) begin atomic insert into t (id) values (a); update t set amt = 1 where id = p.a; end;"),
    ("postgres", "create function f() returns trigger language plpgsql as $$ begin insert into t select (new).id, new.nm, 1; return new; end $$;"),
    ("postgres", "create function f(a int) returns int language sql as $$ update t set nm = 'a' where id = a returning id $$;"),
    ("postgres", f"create function f(a int) returns void language plpgsql as $$ declare w timestamp with time zone; r record; begin {LOOP.format('update t set nm = r.n where id = a and w > now();')}; end $$;"),
    ("postgres", "create function f() returns void language plpgsql as $$ begin create temp table x (k int); insert into x (k) select id from t; delete from x where k = 1; end $$;"),
    ("bigquery", "create procedure d.p(lim int64) begin declare a array<int64>; set a = (select array_agg(id) from t where id < lim); while lim > 1 do insert into t (id) values (a[offset(0)]); end while; end;"),
    ("oracle", "create or replace package body pk as c_max constant number := 3; procedure p is begin update t set amt = c_max; end; end;\n/\n"),
    ("sqlite", "create trigger tg after update of amt on t begin update t set nm = new.nm where id = old.id; end;"),
    ("mysql", "delimiter //\ncreate trigger tg before insert on t for each row begin if new.amt > 1 then insert into t (nm) values (new.nm); end if; end//\ndelimiter ;"),
    ("postgres", f"do $$ declare r record; begin {LOOP.format('update t set nm = r.n where id = r.id;')}; end $$;"),
    ("postgres", f"do $$ declare r record; begin {LOOP.format('insert into t values (r.id, r.n, 1);')}; end $$;"),
    ("postgres", PLPGSQL.format("c int := 0; r t%rowtype;", "update t set amt = c where id = lim; insert into t values (r.*);")),
    ("postgres", PLPGSQL.format("b int;", "foreach b in array array[1, 2] loop update t set amt = b; end loop;")),
    ("postgres", PLPGSQL.format("c cursor for select * from t;", "for q in c loop update t set nm = q.nm; end loop;")),
    ("postgres", PLPGSQL.format("v t;", "select * into v from t limit 1; insert into t select v.*;")),
    ("redshift", "create procedure p(lim int) as $$ declare c integer := 0; begin update t set amt = c where id = lim; end $$ language plpgsql;"),
    ("bigquery", "for r in (select id, nm n from t) do update t set nm = r.n where id = r.id; end for;"),
    ("bigquery", "create procedure d.p(lim int64) begin declare x, y int64 default 0; insert into t (id, amt) values (y, lim); end;"),
    ("snowflake", "execute immediate $$ begin for r in (select id from t) do insert into t (id) values (r.id); end for; end $$;"),
    ("snowflake", "create procedure p(lim int) returns int language sql as $$ declare c cursor for select id, nm n from t; begin for r in c do update t set nm = r.n where id = lim; end for; return 1; end $$;"),
    ("databricks", "begin declare x int default 1; for r as select id, nm n from t do insert into t (id, nm, amt) values (r.id, r.n, x); end for; end;"),
    ("oracle", "begin for x in (select id, nm n2 from t) loop update t set nm = x.n2 where id = x.id; end loop; end;\n/\n"),
    ("oracle", "create or replace procedure p is r t%rowtype; begin select * into r from t; insert into t values r; update t set row = r where id = r.id; end;\n/\n"),
    ("oracle", "create or replace package body pk is procedure a(p_id number) is v number; begin select amt into v from t where id = p_id; update t set amt = v; end; end;\n/\n"),
    ("oracle", "create or replace trigger tg before insert on t for each row declare v number; begin select max(id) into v from t; insert into t (id) values (v); end;\n/\n"),
    ("mysql", "delimiter //\ncreate procedure p(lim int) begin declare v int; select id into v from t limit 1; update t set amt = v where id = lim; end//\ndelimiter ;"),
]  # fmt: skip
LOST = [
    ("postgres", "create function f() returns void language sql as $$ update t set amt = 1 $$;"),
    ("postgres", "create function f() returns void language sql as $$ insert into t (id, amt) values (1, 2) $$;"),
    ("postgres", "create function f() returns void language sql begin atomic delete from t where amt = 1; end;"),
    ("postgres", "create function f(a int) returns void language plpgsql as $$ declare v int; begin if a > 1 then delete from t where amt = v; end if; end $$;"),
    ("postgres", "create procedure p() language plpgsql as $$ begin insert into t (id) select amt as amt from t; end $$;"),
    ("sqlite", "create trigger tg after insert on t begin insert into t (nm) values (new.amt); end;"),
    ("postgres", "create procedure p(amt int) language plpgsql as $$ begin update t set nm = 'a' where id = amt; end $$;\ncreate view v as select amt from t;"),
    ("postgres", "create procedure p(amt int) language plpgsql as $$ begin update t set nm = 'a' where id = amt; end $$;\ninsert into t (id) select amt from t;"),
    ("postgres", f"do $$ declare r record; begin {LOOP.format('update t set amt = 1 where id = r.id;')}; end $$;"),
    ("bigquery", "for r in (select id, amt from t) do update t set nm = 'a' where id = r.id; end for;"),
    ("oracle", "begin for x in (select id, amt from t) loop update t set nm = 'a' where id = x.id; end loop; end;\n/\n"),
    ("tsql", "create view v as select id, [a] from (select id, nm, amt from t) s pivot (sum(amt) for nm in ([a])) p;"),
]  # fmt: skip


@pytest.mark.parametrize(("dialect", "code"), VALID)
def test_what_code_declares_is_no_lost_column(assess_in: AssessIn, dialect: str, code: str) -> None:
    """Parameters, variables, records and what a loop goes through bind in new code."""
    base = {"t.sql": TABLE}
    found = assess_in(dialect, base, {**base, "code.sql": code})
    assert [i for i in found.impacts if i.effect is Effect.BREAKS] == []
    assert [c for c in found.changes if c.relation and c.relation.name in ("r", "v")] == []


@pytest.mark.parametrize(("dialect", "code"), LOST)
def test_a_column_that_goes_is_told_in_code(assess_in: AssessIn, dialect: str, code: str) -> None:
    """A name that code declares elsewhere, or a loop's own query, hides no column that goes."""
    base = {"t.sql": TABLE, "code.sql": code}
    found = assess_in(dialect, base, {**base, "t.sql": TABLE.replace(", amt int", "")})
    assert Effect.BREAKS in {i.effect for i in found.impacts}


@pytest.mark.parametrize(("columns", "fails"), [("id, amt", True), ("id, nm", False)])
def test_a_copy_into_a_table_in_python(assess_in: AssessIn, columns: str, fails: bool) -> None:
    """`copy_expert` names the columns that it fills, in a file that holds no other SQL."""
    base = {"t.sql": TABLE, "a.py": f"cur.copy_expert('COPY t ({columns}) FROM STDIN WITH CSV', f)\n"}
    found = assess_in("postgres", base, {**base, "t.sql": TABLE.replace(", amt int", "")})
    assert [each.consumer.path for each in found.impacts if each.effect is Effect.BREAKS] == ["a.py"] * fails
