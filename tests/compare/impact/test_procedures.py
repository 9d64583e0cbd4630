"""Procedures are objects: who calls one breaks where it goes, has another name or takes other arguments."""

import pytest

from contract_gate.compare.changes.change import Kind
from contract_gate.compare.impact import Effect
from tests.compare.impact.conftest import AssessIn

TABLES = "create table l (kind varchar(9));\ncreate table ev (kind varchar(9));\n"
BODY = "insert into l select kind from ev"
MADE = {
    "tsql": f"create procedure dbo.p @a int, @b varchar(10) = 'x' as begin {BODY}; end",
    "postgres": f"create procedure p(a int, b text default 'x') language plpgsql as $$ begin {BODY}; end $$;",
    "snowflake": f"create procedure p(a int, b varchar default 'x') returns varchar language sql as begin {BODY}; return 'x'; end;",
    "bigquery": f"create or replace procedure d.p(a int64, out b string) begin {BODY}; end;",
    "mysql": f"delimiter //\ncreate procedure p(in a int, b int) begin {BODY}; end //\ndelimiter ;",
    "oracle": f"create procedure p (a in number, b varchar2 default 'x') is begin {BODY}; end;\n/",
}
CALLS = (
    ("tsql", "exec dbo.p 1;"),
    ("tsql", "execute p @a = 1, @b = 'y';"),
    ("tsql", "create procedure q as begin exec @rc = dbo.p 1; end"),
    ("postgres", "call p(1);"),
    ("postgres", "call p(a => 1, b => 'x');"),
    ("postgres", "do $$ begin call public.p(1); end $$;"),
    ("snowflake", "call p(1, b => 'x');"),
    ("snowflake", "create task t schedule = '1 minute' as call p(1);"),
    ("bigquery", "declare b string; call d.p(1, b);"),
    ("bigquery", "call `d.p`(1, b);"),
    ("mysql", "create event e on schedule every 1 day do call p(1, 2);"),
    ("oracle", "begin p(1); end;\n/"),
    ("oracle", "create procedure q is begin p(1, b => 'x'); end;\n/"),
)
OTHER_NAME = {"tsql": ("dbo.p ", "dbo.pp "), "bigquery": ("d.p(", "d.pp("), "oracle": (" p (", " pp (")}
MORE = {
    "tsql": ("@a int", "@a int, @z int"),
    "bigquery": ("a int64", "a int64, z int64"),
    "oracle": ("(a in", "(z in number, a in"),
}


def effects(assess_in: AssessIn, dialect: str, call: str, after: str) -> set[Effect]:
    base = {"t.sql": TABLES, "p.sql": MADE[dialect], "c.sql": call}
    found = assess_in(dialect, base, {**base, "p.sql": after})
    return {i.effect for i in found.impacts if i.consumer.path == "c.sql"}


@pytest.mark.parametrize(("dialect", "call"), CALLS)
def test_a_call_breaks_with_its_procedure(assess_in: AssessIn, dialect: str, call: str) -> None:
    """A procedure that goes, is renamed or takes one argument more is called in vain. Run in PostgreSQL 15."""
    made = MADE[dialect]
    renamed = made.replace(*OTHER_NAME.get(dialect, (" p(", " pp(")))
    longer = made.replace(*MORE.get(dialect, ("a int", "z int, a int")))
    assert {renamed, longer}.isdisjoint({made})
    for after in ("select 1;", renamed, longer):
        assert effects(assess_in, dialect, call, after) == {Effect.BREAKS}, after


@pytest.mark.parametrize(("dialect", "call"), CALLS)
def test_a_call_feels_nothing_of_what_it_need_not_give(assess_in: AssessIn, dialect: str, call: str) -> None:
    """An argument with a default, and other statements inside, leave the calls as they were."""
    made = MADE[dialect]
    optional = made.replace("default 'x')", "default 'x', c int default 1)").replace(
        "= 'x' as", "= 'x', @c int = 1 as"
    )
    for after in (optional, made.replace("select kind", "select upper(kind)")):
        assert effects(assess_in, dialect, call, after) == set()


@pytest.mark.parametrize(
    ("call", "felt"), [("exec dbo.p @a = 1;", {Effect.BREAKS}), ("exec dbo.p 1;", set())]
)
def test_a_call_by_name_needs_the_name(assess_in: AssessIn, call: str, felt: set[Effect]) -> None:
    """T-SQL calls procedures by the names of their arguments, too: another name breaks who gives it."""
    assert effects(assess_in, "tsql", call, MADE["tsql"].replace("@a int", "@first int")) == felt


def test_a_procedure_reads_what_its_body_reads(assess_in: AssessIn) -> None:
    """The statements of a body are read where they stand, beside the object that they make up."""
    base = {"t.sql": TABLES, "p.sql": MADE["tsql"]}
    found = assess_in("tsql", base, {**base, "t.sql": TABLES.replace("ev (kind", "ev (sort")})
    assert {i.consumer.path for i in found.impacts if i.effect is Effect.BREAKS} == {"p.sql"}


def test_a_migration_drops_a_procedure(assess_in: AssessIn) -> None:
    """What a sequence of migrations leaves is what can be called."""
    base = {"migrations/1_a.sql": MADE["postgres"], "c.sql": "call p(1);"}
    for step, effect in (("drop procedure p;", {Effect.BREAKS}), ("drop procedure q;", set())):
        found = assess_in("postgres", base, {**base, "migrations/2_b.sql": step})
        assert {i.effect for i in found.impacts} == effect


def test_a_call_that_is_edited_must_fit(assess_in: AssessIn) -> None:
    """A call that leaves out what the procedure needs fails by its own edit; one of an unknown procedure is nobody's."""
    base = {"p.sql": MADE["postgres"], "c.sql": "call p(1);"}
    found = assess_in("postgres", base, {**base, "c.sql": "call p();"})
    assert [change.kind for change in found.changes] == [Kind.DOES_NOT_BIND]
    assert not assess_in("postgres", base, {**base, "c.sql": "call somebody_elses(1);"}).impacts


STEPS = {"tsql": "create procedure p as begin {0} end\ngo\n", "postgres": "create procedure p() language plpgsql as $$ begin {0} end $$;\n",
         "mysql": "delimiter //\ncreate procedure p() begin {0} end//\ndelimiter ;\n", "oracle": "create or replace procedure p is begin {0} end;\n/\n"}  # fmt: skip
WRITES = ("update ev set kind = 'x';", "insert into ev (kind) select kind from l;", "delete from ev;")
ENDS = {"postgres": "drop procedure p();\n"}


def broken_by(assess_in: AssessIn, dialect: str, body: str, *steps: str) -> set[str]:
    """Give what the last of these migrations breaks, behind those that make the tables and a procedure with this body."""
    files = {"migrations/V1__t.sql": TABLES, "migrations/V2__p.sql": STEPS[dialect].format(body)}
    base = files | {f"migrations/V{number}__s.sql": text for number, text in enumerate(steps[:-1], 3)}
    found = assess_in(dialect, base, base | {f"migrations/V{len(steps) + 2}__s.sql": steps[-1]})
    return {each.consumer.name for each in found.impacts if each.effect is Effect.BREAKS}


@pytest.mark.parametrize("body", WRITES)
@pytest.mark.parametrize("dialect", STEPS)
def test_a_migration_takes_the_table_that_a_procedure_writes(
    assess_in: AssessIn, dialect: str, body: str
) -> None:
    """The procedure fails when it is called; not where the table comes again, and not where the procedure went before."""
    renamed = "exec sp_rename 'ev', 'ew';\n" if dialect == "tsql" else "alter table ev rename to ew;\n"
    again = "create table ev (kind varchar(9));\n"
    ended = ENDS.get(dialect, "drop procedure p;\n")
    for step in ("drop table ev;\n", renamed):
        assert broken_by(assess_in, dialect, body, step) == {"p"}
        assert broken_by(assess_in, dialect, body, step + again) == set()
        assert broken_by(assess_in, dialect, body, ended + step) == set()
        assert broken_by(assess_in, dialect, body, ended, step) == set()


@pytest.mark.parametrize("dialect", STEPS)
def test_a_migration_takes_the_table_that_a_procedure_reads(assess_in: AssessIn, dialect: str) -> None:
    """What a procedure fills breaks with it, until the procedure is dropped or has another body; rows that were moved once do not."""
    head = "create or alter" if dialect == "tsql" else "create or replace"
    other = (
        STEPS[dialect]
        .format("delete from l;")
        .replace("create or replace", "create")
        .replace("create", head, 1)
    )
    drop = ENDS.get(dialect, "drop procedure p;\n")
    other = other if dialect != "mysql" else drop + STEPS["mysql"].format("delete from l;")
    assert broken_by(assess_in, dialect, f"{BODY};", "drop table ev;\n") == {"l"}
    assert broken_by(assess_in, dialect, f"{BODY};", drop, "drop table ev;\n") == set()
    assert broken_by(assess_in, dialect, f"{BODY};", other, "drop table ev;\n") == set()
    assert broken_by(assess_in, dialect, "delete from l;", f"{BODY};\n", "drop table ev;\n") == set()


def test_the_other_form_of_a_procedure_goes_on(assess_in: AssessIn) -> None:
    """PostgreSQL tells procedures of a name apart by their arguments."""
    other = "create procedure p(a int) language plpgsql as $$ begin delete from l; end $$;\n"
    for step in (other, other + "drop procedure p(int);\n"):
        assert broken_by(assess_in, "postgres", f"{BODY};", step, "drop table ev;\n") == {"l"}
