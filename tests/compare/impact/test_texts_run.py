"""Statements of migrations that run a text: what it says counts, what nobody can know is said aloud, what takes nothing away is silent."""

import pytest

from contract_gate.compare.changes.change import Kind
from contract_gate.compare.impact.impact import Effect
from contract_gate.sql.parsing.chunks import opened, unknown_runs
from tests.comparing import covered

BREAKS = {
    'postgres': [
        "do $$ declare q text; begin q := 'alter table t drop column a'; execute q; end $$",
        "do $$ declare q text := 'alter table t drop column a'; begin execute q; end $$",
        "do $$ declare q text; begin q = 'alter table t'; q = q || ' drop column a'; execute q; end $$",
        "do $$ declare t constant text := 't'; begin execute 'alter table ' || t || ' drop column a'; end $$",
        "do $$ begin if true then null; else execute 'alter table t drop column a'; end if; end $$",
        "do $$ begin execute 'alter table t drop column a' using 1; end $$",
        'do $$ begin execute $x$alter table t drop column a$x$; end $$',
        "do $$ begin execute concat('alter table ', 't', ' drop column a'); end $$",
        "do $$ begin execute replace('alter table T1 drop column a', 'T1', 't'); end $$",
        "do $$ begin execute format('alter table %1$I drop column %2$I', 't', 'a'); end $$",
        "do $$ begin execute format('alter table %s.%I drop column %I', 'public', 't', 'a'); end $$",
        "do $$ begin execute format($f$alter table %I drop column a$f$, 't'); end $$",
        "do $$ begin execute format('alter table t drop column %I',\n   'a'); end $$",
        "do $$ begin execute e'alter table t drop column a'; end $$",
        "do $$ begin execute 'alter table t '\n 'drop column a'; end $$",
    ],
    'tsql': [
        "declare @s nvarchar(max) = N'alter table t drop column a'; exec sp_executesql @s",
        "declare @s nvarchar(max), @x int\nset @s = N'alter table t drop column a'\nexec sys.sp_executesql @stmt = @s",
        "declare @s nvarchar(max) = N'alter table t', @x int\nset @s = @s + N' drop column a'\nexec (@s)",
        "declare @s nvarchar(max) = N''\nset @s += N'alter table t drop column a;'\nexec (@s)",
        "exec('alter table ' + 't' + ' drop column a')",
        "declare @t sysname = 't'\nexec('alter table ' + @t + ' drop column a')",
        "declare @c sysname\nselect @c = name from sys.default_constraints where parent_object_id = object_id('t')\nexec('alter table t drop constraint ' + @c)\nalter table t drop column a",
        "exec sp_executesql N'alter table t drop column a'",
        "declare @rc int\nexec @rc = sp_executesql N'alter table t drop column a'",
        "declare @s varchar(100)\nif 1=1 set @s = 'alter table t drop column a' else set @s = 'select 1'\nexec(@s)",
    ],
    'mysql': [
        "set @s = 'alter table t drop column a';\nprepare st from @s;\nexecute st;",
        "set @t = 't';\nset @s = concat('alter table ', @t, ' drop column a');\nprepare st from @s;\nexecute st;",
        "set @s = (select if((select count(*) from information_schema.columns where column_name='a') > 0, 'alter table t drop column a', 'select 1'));\nprepare st from @s;\nexecute st;",
        "prepare st from 'alter table t drop column a';\nexecute st;",
    ],
    'oracle': [
        "begin execute immediate 'alter table t drop column a'; end;\n/",
        "begin execute immediate 'alter table ' || 't' || ' drop column a'; end;\n/",
        "declare v varchar2(99); begin v := 'alter table t drop column a'; execute immediate v; end;\n/",
        "declare v varchar2(99) := 'alter table t drop column a'; begin execute immediate v; end;\n/",
        "begin execute immediate 'drop table t'; exception when others then null; end;\n/",
        "declare c int; begin select count(*) into c from user_tab_columns where column_name = 'A'; if c = 1 then execute immediate 'alter table t drop column a'; end if; end;\n/",
        "begin execute immediate q'[alter table t drop column a]'; end;\n/",
    ],
    'snowflake': [
        "execute immediate 'alter table t drop column a'",
        "execute immediate 'alter table ' || 't' || ' drop column a'",
        "declare q varchar; begin q := 'alter table t drop column a'; execute immediate :q; end;",
        "begin let q varchar := 'alter table t drop column a'; execute immediate q; end;",
        "execute immediate $$ declare q varchar default 'alter table t drop column a'; begin execute immediate q; end; $$",
    ],
    'bigquery': [
        "execute immediate format('alter table %s drop column a', 't')",
        'execute immediate "alter table t drop column a"',
        'execute immediate format("""\nalter table %s drop column a""", \'t\')',
        "declare q string default 'alter table t drop column a';\nexecute immediate q;",
        "declare q string;\nset q = concat('alter table ', 't', ' drop column a');\nexecute immediate q;",
    ],
    'databricks': [
        "execute immediate 'alter table t drop column a'",
        "declare q string default 'alter table t drop column a';\nexecute immediate q;",
    ],
    'redshift': [
        "create procedure p() language plpgsql as $$ begin execute 'alter table t drop column a'; end $$;\ncall p();",
    ],
}  # fmt: skip
UNKNOWN = {
    'postgres': [
        "do $$ declare r record; begin for r in select tablename from pg_tables loop execute format('alter table %I drop column a', r.tablename); end loop; end $$",
        "do $$ declare r record; begin for r in select tablename from pg_tables loop execute 'drop table ' || r.tablename || ' cascade'; end loop; end $$",
        "do $$ declare r record; begin for r in select tablename from pg_tables loop execute format('alter table %I rename to %I', r.tablename, r.tablename || '_old'); end loop; end $$",
        "do $$ declare r record; begin for r in select tablename from pg_tables loop execute format('alter table %I alter column a type text', r.tablename); end loop; end $$",
        "do $$ declare r record; begin for r in select tablename from pg_tables loop execute format('alter table %I set schema s', r.tablename); end loop; end $$",
        "do $$ declare r record; begin for r in select tablename from pg_tables loop execute format('drop view %I', r.tablename); end loop; end $$",
        'do $$ declare r record; begin for r in select tablename from pg_tables loop execute r.cmd; end loop; end $$',
        "do $$ declare r record; begin for r in select 'alter table ' || tablename || ' drop column a' as cmd from pg_tables loop execute r.cmd; end loop; end $$",
        "do $$ declare q text; begin select 'alter table t drop column a' into q; execute q; end $$",
        "do $$ begin execute 'alter table ' || x || ' drop column a';  end $$",
    ],
    'tsql': [
        "declare @s nvarchar(max) = N'alter table t drop column a', @x int\nexec (@s)",
        "declare @t sysname\nselect @t = name from sys.tables\nexec('alter table ' + @t + ' drop column a')",
        "declare @sql nvarchar(max) = N'';\nselect @sql += N'drop table ' + quotename(name) + N';' from sys.tables\nexec sp_executesql @sql",
        "exec sp_MSforeachtable 'alter table ? drop column a'",
        "declare @s varchar(100)\nselect @s = case when 1=1 then 'alter table t drop column a' else 'select 1' end\nexec(@s)",
    ],
    'mysql': [
        "select concat('alter table ', table_name, ' drop column a') into @s from information_schema.tables limit 1;\nprepare st from @s;\nexecute st;",
        "set @s = (select if((select count(*) from information_schema.columns where column_name='a') > 0, concat('alter table ', 't', ' drop column a'), 'select 1'));\nprepare st from @s;\nexecute st;",
        "delimiter //\ncreate procedure p(x varchar(9)) begin set @s = concat('alter table ', x, ' drop column a'); prepare st from @s; execute st; end //\ndelimiter ;\ncall p('t');\ndrop procedure p;",
    ],
    'oracle': [
        "begin for r in (select table_name from user_tables) loop execute immediate 'drop table ' || r.table_name; end loop; end;\n/",
    ],
    'snowflake': [
        "begin for r in (select table_name from information_schema.tables) do execute immediate 'alter table ' || r.table_name || ' drop column a'; end for; end;",
    ],
    'bigquery': [
        "for r in (select table_name from d.INFORMATION_SCHEMA.TABLES) do execute immediate format('drop table d.%s', r.table_name); end for;",
    ],
}  # fmt: skip
SILENT = {
    'postgres': [
        "do $$ declare r record; begin for r in select tablename from pg_tables loop execute format('grant select on %I to x', r.tablename); end loop; end $$",
        "do $$ declare r record; begin for r in select tablename from pg_tables loop execute 'refresh materialized view ' || r.tablename; end loop; end $$",
        "do $$ declare r record; begin for r in select tablename from pg_tables loop execute 'analyze ' || quote_ident(r.tablename); end loop; end $$",
        "do $$ declare r record; begin for r in select tablename from pg_tables loop execute 'alter table ' || r.tablename || ' owner to x'; end loop; end $$",
        "do $$ declare r record; begin for r in select tablename from pg_tables loop execute format('alter table %I.%I enable row level security', 'public', r.tablename); end loop; end $$",
        "do $$ declare r record; begin for r in select tablename from pg_tables loop execute format('alter table %I alter column a set default 1', r.tablename); end loop; end $$",
        "do $$ declare r record; begin for r in select tablename from pg_tables loop execute format('alter table %I alter column a drop not null', r.tablename); end loop; end $$",
        "do $$ declare r record; begin for r in select tablename from pg_tables loop execute format('alter table %I add column if not exists z int', r.tablename); end loop; end $$",
        "do $$ declare r record; begin for r in select tablename from pg_tables loop execute format('create index on %I (id)', r.tablename); end loop; end $$",
        "do $$ declare r record; begin for r in select tablename from pg_tables loop execute format('drop index if exists %I', r.tablename); end loop; end $$",
        "do $$ declare r record; begin for r in select tablename from pg_tables loop execute format('create trigger x before update on %I for each row execute function f()', r.tablename); end loop; end $$",
        "do $$ declare r record; begin for r in select tablename from pg_tables loop execute format('drop trigger if exists x on %I', r.tablename); end loop; end $$",
        "do $$ declare r record; begin for r in select tablename from pg_tables loop execute format('alter table %I drop constraint x', r.tablename); end loop; end $$",
        "do $$ declare r record; begin for r in select tablename from pg_tables loop execute format('drop policy if exists x on %I', r.tablename); end loop; end $$",
        "do $$ declare r record; begin for r in select 'alter table ' || tablename || ' owner to x' as cmd from pg_tables loop execute r.cmd; end loop; end $$",
        "do $$ begin execute 'grant select on t to ' || current_user; end $$",
        "do $$ begin execute 'alter database ' || current_database() || ' set x = y'; end $$",
        "do $$ begin execute format('alter role %I set search_path = x', current_user); end $$",
        "do $$ begin execute 'create table x as select id from t'; end $$",
        "do $$ begin perform 1; execute format('insert into t (id) values (%L)', 3); end $$",
        'prepare s as select 1;\nexecute s;',
        'prepare s(int) as select $1;\nexecute s(1);',
        'grant execute on function f() to x',
        "create function z() returns void language plpgsql as $$ begin execute format('alter table %I drop column a', x); end $$",
    ],
    'tsql': [
        "declare @c sysname\nselect @c = name from sys.default_constraints where parent_object_id = object_id('t')\nexec('alter table t drop constraint ' + @c)",
        "declare @sql nvarchar(max) = N'';\nselect @sql += N'alter table ' + quotename(name) + N' drop constraint x;' from sys.tables\nexec sp_executesql @sql",
        "exec sp_executesql N'update t set id = @p', N'@p int', @p = 1",
        "exec sp_MSforeachtable 'alter table ? nocheck constraint all'",
        "execute('grant select on t to x')",
        "exec foo 'alter table t drop column a'",
    ],
    'mysql': [
        "set @s = (select if((select count(*) from information_schema.columns where column_name='z') > 0, 'select 1', 'alter table t add column z int'));\nprepare st from @s;\nexecute st;",
        "delimiter //\ncreate procedure p(x varchar(9)) begin set @s = concat('alter table ', x, ' add column z int'); prepare st from @s; execute st; end //\ndelimiter ;\ncall p('t');\ndrop procedure p;",
        "delimiter //\ncreate procedure p(x varchar(9)) begin set @s = concat('alter table ', x, ' drop column a'); prepare st from @s; execute st; end //\ndelimiter ;",
    ],
    'oracle': [
        "begin for r in (select table_name from user_tables) loop execute immediate 'grant select on ' || r.table_name || ' to x'; end loop; end;\n/",
    ],
    'snowflake': [
        "begin for r in (select table_name from information_schema.tables) do execute immediate 'grant select on ' || r.table_name || ' to role x'; end for; end;",
    ],
    'bigquery': [
        'for r in (select table_name from d.INFORMATION_SCHEMA.TABLES) do execute immediate format(\'grant `roles/x` on table d.%s to "u"\', r.table_name); end for;',
    ],
}  # fmt: skip


def told(dialect: str, step: str) -> str:
    end = "\nGO\n" if dialect == "tsql" else "\n"
    base = {
        "db/V1__t.sql": f"create table t (id int, a int);{end}",
        "db/V2__v.sql": f"create view v as select id, a from t;{end}",
    }
    step = step if step.endswith("/") else f"{step};{end}"
    found, coverage = covered(base, {**base, "db/V3__x.sql": step}, dialect)
    if any(impact.effect is Effect.BREAKS and impact.consumer.name == "v" for impact in found.impacts):
        return "breaks"
    is_unknown = coverage.not_analysed or any(change.kind is Kind.UNDECIDED for change in found.changes)
    return "unknown" if is_unknown else "nothing"


def each(of: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(dialect, step) for dialect, steps in of.items() for step in steps]


@pytest.mark.parametrize(("dialect", "step"), each(BREAKS))
def test_a_text_that_a_script_says_in_full(dialect: str, step: str) -> None:
    assert told(dialect, step) == "breaks"


@pytest.mark.parametrize(("dialect", "step"), each(UNKNOWN))
def test_a_text_that_may_take_something_away(dialect: str, step: str) -> None:
    assert told(dialect, step) == "unknown"


@pytest.mark.parametrize(("dialect", "step"), each(SILENT))
def test_a_text_that_takes_nothing_away(dialect: str, step: str) -> None:
    assert told(dialect, step) == "nothing"


@pytest.mark.parametrize(("dialect", "step"), each(BREAKS))
def test_every_other_place_stays(dialect: str, step: str) -> None:
    """A statement that is put where its text is run moves nothing behind it."""
    said = opened(f"{step}\nselect 1", dialect)
    assert len(said) == len(f"{step}\nselect 1")
    assert said.count("\n") == f"{step}\nselect 1".count("\n")
    assert opened(said, dialect) == said


def test_where_a_text_is_run_that_nobody_knows() -> None:
    text = "select 1;\ndo $$ begin execute x || ' drop column a'; end $$"
    assert [text[place : place + 7] for place in unknown_runs(text, "postgres")] == ["execute"]


@pytest.mark.parametrize(
    "text",
    [
        "declare @s varchar(max) = 'drop table ';\n" + "set @s = @s + @s;\n" * 60 + "exec(@s)",
        "exec(" + "replace(" * 60 + "'drop table a'" + ", 'a', 'aaaaaaaaaa')" * 60 + ")",
        "exec(" + "format(" * 20_000 + "'drop table t'",
        "exec(" + "(" * 20_000 + "'drop table t'" + ")" * 20_000 + ")",
    ],
)
def test_a_text_that_grows_without_end_is_one_that_nobody_knows(text: str) -> None:
    assert len(unknown_runs(text, "tsql")) == 1


@pytest.mark.parametrize("gap", [" ", "\n"])
def test_what_psql_sends_back(gap: str) -> None:
    query = "select format('{}', tablename) from pg_tables"
    for text, expected in (
        ("alter table %I drop column a", "unknown"),
        ("drop view %I", "unknown"),
        ("grant select on %I to x", "nothing"),
    ):
        assert told("postgres", f"{query.format(text)}{gap}\\gexec\nselect 1") == expected
    assert told("postgres", "select 1 as x \\gset\nalter table t drop column a") == "breaks"


def test_many_texts_that_are_run() -> None:
    """Each is looked at once."""
    text = "exec(@s)\n" * 20_000
    assert len(unknown_runs(text, "tsql")) == 20_000
    assert opened(text, "tsql") == text
