"""Procedures and triggers of migrations: what they read and write when they run, behind the steps of all files."""

import pytest

from contract_gate.compare.changes.change import Kind
from contract_gate.compare.impact.assess import Assessment
from contract_gate.compare.impact.impact import Effect
from tests.compare.impact.conftest import AssessIn

PROCEDURES = {
    "tsql": "create procedure p as begin {} end\nGO\n",
    "mysql": "DELIMITER //\ncreate procedure p() begin {} end //\nDELIMITER ;\n",
    "oracle": "create or replace procedure p is x number; begin {} end;\n/\n",
    "snowflake": "create or replace procedure p() returns int language sql as $$ begin {} return 1; end $$;\n",
    "postgres": "create procedure p() language plpgsql as $$ declare r record; x int; begin {} end $$;\n",
    "bigquery": "create or replace procedure p() begin {} end;\n",
    "databricks": "create or replace procedure p() language sql as begin {} end;\n",
}
READS = {
    "tsql": [
        "if exists (select 1 from t where a = 1) print 'x';",
        "select a from t;",
        "declare @x int; select @x = a from t;",
        "declare @x int = (select max(a) from t);",
    ],
    "mysql": [
        "select a from t;",
        "declare x int; select a into x from t limit 1;",
        "if exists (select 1 from t where a = 1) then select 1; end if;",
        "declare c cursor for select a from t; open c;",
        "declare x int; set x = (select max(a) from t);",
    ],
    "oracle": [
        "select max(a) into x from t;",
        "for r in (select a from t) loop null; end loop;",
        "select count(*) into x from t where a = 1;",
    ],
    "snowflake": [
        "let x int := (select max(a) from t);",
        "let c cursor for select a from t;",
        "if (exists (select 1 from t where a = 1)) then return 2; end if;",
        "let rs resultset := (select a from t);",
    ],
    "postgres": [
        "perform a from t;",
        "select a into x from t;",
        "for r in select a from t loop null; end loop;",
        "if exists (select 1 from t where a = 1) then null; end if;",
        "x := (select max(a) from t);",
        "while (select max(a) from t) > 3 loop null; end loop;",
        "raise notice '%', (select max(a) from t);",
        "call q((select max(a) from t));",
    ],
    "bigquery": [
        "select a from t;",
        "declare x int64; set x = (select max(a) from t);",
        "for r in (select a from t) do select 1; end for;",
        "if exists (select 1 from t where a = 1) then select 1; end if;",
    ],
    "databricks": [
        "select a from t;",
        "declare x int; set x = (select max(a) from t);",
        "for r as select a from t do select 1; end for;",
    ],
}
TRIGGERS = {
    "tsql": ("create trigger g on u after insert as begin {} end\nGO\n", "drop trigger g;\nGO\n"),
    "mysql": (
        "DELIMITER //\ncreate trigger g after insert on u for each row begin {} end //\nDELIMITER ;\n",
        "drop trigger g;\n",
    ),
    "oracle": (
        "create or replace trigger g after insert on u for each row declare x number; begin {} end;\n/\n",
        "drop trigger g;\n",
    ),
    "sqlite": ("create trigger g after insert on u begin {} end;\n", "drop trigger g;\n"),
    "postgres": (
        "create function f() returns trigger language plpgsql as $$ declare x int; begin {} return new; end $$;\ncreate trigger g after insert on u for each row execute function f();\n",
        "drop trigger g on u;\ndrop function f();\n",
    ),
}
DOES = {
    "tsql": [
        "if exists (select 1 from t where a = 1) print 'x';",
        "declare @x int; select @x = a from t;",
        "update t set a = 1;",
        "insert into t (id, a) values (1, 2);",
        "delete from t where a = 1;",
    ],
    "mysql": [
        "declare x int; select a into x from t limit 1;",
        "if exists (select 1 from t where a = 1) then set @y = 1; end if;",
        "update t set a = 1;",
        "insert into t (id, a) values (1, 2);",
        "delete from t where a = new.id;",
    ],
    "oracle": ["select max(a) into x from t;", "update t set a = 1;", "insert into t (id, a) values (1, 2);"],
    "sqlite": [
        "select a from t;",
        "update t set a = 1;",
        "insert into t (id, a) values (1, 2);",
        "delete from t where a = 1;",
        "update u set id = (select max(a) from t);",
    ],
    "postgres": [
        "perform a from t;",
        "select a into x from t;",
        "update t set a = 1;",
        "insert into t (id, a) values (1, 2);",
        "if exists (select 1 from t where a = 1) then null; end if;",
    ],
}
ANEW = {
    "tsql": "alter procedure p as begin print 'x'; end\nGO\n",
    "mysql": "DELIMITER //\ndrop procedure p //\ncreate procedure p() begin end //\nDELIMITER ;\n",
    "postgres": "create or replace procedure p() language plpgsql as $$ begin null; end $$;\n",
    "oracle": "create or replace procedure p is begin null; end;\n/\n",
}


def fails(found: Assessment) -> bool:
    is_broken = any(impact.effect is Effect.BREAKS for impact in found.impacts)
    return is_broken or any(change.kind is Kind.DOES_NOT_BIND for change in found.changes)


def after(dialect: str, *statements: str) -> str:
    end = "\nGO\n" if dialect == "tsql" else "\n"
    return "".join(f"{each};{end}" if not each.endswith("\n") else each for each in statements)


LOST = "alter table t drop column a"


@pytest.mark.parametrize(("dialect", "body"), [(d, each) for d, reads in READS.items() for each in reads])
def test_what_a_procedure_reads(assess_in: AssessIn, dialect: str, body: str) -> None:
    """Whether it stands in its table's file or in one of its own; and no more when it is dropped or made anew."""
    table = after(dialect, "create table t (id int, a int)")
    code = PROCEDURES[dialect].format(body)
    together, apart = {"db/V1__a.sql": table + code}, {"db/V1__a.sql": table, "db/V2__p.sql": code}
    anew = ANEW.get(dialect, PROCEDURES[dialect].format(""))
    for base, step, expected in (
        (together, after(dialect, LOST), True),
        (apart, after(dialect, LOST), True),
        (together, after(dialect, "drop table t"), True),
        (together, after(dialect, "drop procedure p", LOST), False),
        (together, after(dialect, anew, LOST), False),
    ):
        assert fails(assess_in(dialect, base, {**base, "db/V3__b.sql": step})) is expected, step


@pytest.mark.parametrize(("dialect", "body"), [(d, each) for d, does in DOES.items() for each in does])
def test_what_a_trigger_does(assess_in: AssessIn, dialect: str, body: str) -> None:
    """It goes when it is dropped, and with its table."""
    code, dropped = TRIGGERS[dialect]
    tables = after(dialect, "create table t (id int, a int)", "create table u (id int)")
    base = {"db/V1__a.sql": tables + code.format(body)}
    function = ["drop function f()"] if dialect == "postgres" else []
    for step, expected in (
        (after(dialect, LOST), True),
        (after(dialect, "drop table t"), True),
        (after(dialect, dropped, LOST), False),
        (after(dialect, "drop table u", *function, LOST), False),
        (after(dialect, "alter table t add z int"), False),
    ):
        assert fails(assess_in(dialect, base, {**base, "db/V3__b.sql": step})) is expected, step


@pytest.mark.parametrize(
    "does", ["do also update t set a = 1;", "do instead insert into t (id, a) values (new.id, 2);"]
)
def test_what_a_rule_does(assess_in: AssessIn, does: str) -> None:
    """PostgreSQL refuses to drop what a rule names, and drops a rule with its table."""
    tables = "create table t (id int, a int);\ncreate table u (id int);\n"
    base = {"db/V1__a.sql": f"{tables}create rule r as on insert to u {does}\n"}
    for step, expected in (
        (LOST, True),
        ("drop table t", True),
        (f"drop rule r on u;\n{LOST}", False),
        (f"drop table u;\n{LOST}", False),
    ):
        assert fails(assess_in("postgres", base, {**base, "db/V2__b.sql": f"{step};\n"})) is expected, step


CALLS = {
    "mysql": ("delimiter //\ncreate procedure x() begin alter table t drop column a; end //\ndelimiter ;\n", "call x();\n"),
    "postgres": ("create procedure x() language plpgsql as $$ begin alter table t drop column a; end $$;\n", "call x();\n"),
    "tsql": ("create procedure x as alter table t drop column a\nGO\n", "exec dbo.x\nGO\n"),
}  # fmt: skip


@pytest.mark.parametrize("dialect", CALLS)
def test_a_procedure_that_is_made_called_and_dropped(assess_in: AssessIn, dialect: str) -> None:
    """MySQL's way to a condition: what it altered stays altered; one that nobody called did nothing."""
    made, call = CALLS[dialect]
    base = {
        "db/V1__t.sql": after(dialect, "create table t (id int, a int)"),
        "db/V2__v.sql": after(dialect, "create view v as select id, a from t"),
    }
    dropped = after(dialect, "drop procedure x")
    assert fails(assess_in(dialect, base, {**base, "db/V3__x.sql": made + call + dropped}))
    assert not fails(assess_in(dialect, base, {**base, "db/V3__x.sql": made + dropped}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'alter table t drop column a'", True),
        ("if((select count(*) from information_schema.columns where column_name = 'a') > 0, 'alter table t drop column a', 'select 1')", True),
        ("'drop table t'", True),
        ("'alter table t add z int'", False),
        ("'a drop of ink'", False),
    ],
)  # fmt: skip
def test_a_statement_that_mysql_prepares(assess_in: AssessIn, text: str, expected: bool) -> None:
    base = {
        "db/V1__t.sql": "create table t (id int, a int);\n",
        "db/V2__v.sql": "create view v as select id, a from t;\n",
    }
    step = f"set @s = {text};\nprepare st from @s;\nexecute st;\ndeallocate prepare st;\n"
    assert fails(assess_in("mysql", base, {**base, "db/V3__x.sql": step})) is expected


def test_a_function_that_goes_takes_no_trigger_of_a_table_of_its_name(assess_in: AssessIn) -> None:
    """Functions have names of their own."""
    code, _ = TRIGGERS["postgres"]
    tables = "create table t (id int, a int);\ncreate table u (id int);\ncreate function u() returns int language sql as 'select 1';\n"
    base = {"db/V1__a.sql": tables + code.format("update t set a = 1;")}
    step = f"drop function u();\n{LOST};\n"
    assert fails(assess_in("postgres", base, {**base, "db/V2__b.sql": step}))


@pytest.mark.parametrize(
    ("dialect", "code", "dropped"),
    [
        ("mysql", "create procedure f() {}", "drop procedure f"),
        ("mysql", "create or replace procedure f(x int) comment 'z' reads sql data {}", "drop procedure f"),
        ("mysql", "create event e on schedule every 1 day do {}", "drop event e"),
        ("mysql", "create event e on schedule every 1 day do begin delete from t; {}; end", "drop event e"),
        ("snowflake", "create task k schedule = '1 minute' as {}", "drop task k"),
    ],
)
@pytest.mark.parametrize(
    "does", ["update t set a = 1", "insert into t (id, a) values (1, 2)", "delete from t where a = 1"]
)
def test_a_single_statement_that_runs_again(
    assess_in: AssessIn, dialect: str, code: str, dropped: str, does: str
) -> None:
    base = {
        "db/V1__t.sql": after(dialect, "create table t (id int, a int)"),
        "db/V2__p.sql": after(dialect, code.format(does)),
    }
    for steps, expected in (
        ([LOST], True),
        (["drop table t"], True),
        (["alter table t add z int"], False),
        ([dropped, LOST], False),
        ([dropped, "drop table t"], False),
    ):
        found = assess_in(dialect, base, {**base, "db/V3__b.sql": after(dialect, *steps)})
        assert fails(found) is expected, steps


BODY = """create or replace package body k is
  procedure p(x number) is y number; begin select max(a) into y from t; end p;
  procedure q is begin {} end;
  function f return number is begin return 1; end;
end k;
/
"""


@pytest.mark.parametrize(
    "does", ["update t set a = 1;", "delete from t where a = 1;", "open c for 'select a from t';"]
)
def test_each_procedure_of_a_package(assess_in: AssessIn, does: str) -> None:
    """They go with their package, or where it is made anew without them."""
    base = {
        "db/V1__t.sql": after("oracle", "create table t (id int, a int)"),
        "db/V2__k.sql": BODY.format(does).replace("select max(a) into y from t;", "null;"),
    }
    less = "create or replace package body k is procedure p is begin null; end; end;\n/\n"
    for steps, expected in (
        ([LOST], True),
        (["drop table t"], True),
        ([less, LOST], False),
        (["drop package k", LOST], False),
        (["alter table t add z int"], False),
    ):
        found = assess_in("oracle", base, {**base, "db/V3__x.sql": after("oracle", *steps)})
        assert fails(found) is expected, steps
