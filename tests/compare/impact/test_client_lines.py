"""What is said to the client that runs a script takes no statement on the next line with it, and ways to write a step that were passed over."""

import pytest

from contract_gate.sql.parsing.clients import without_client_lines
from tests.compare.impact.conftest import AssessIn
from tests.compare.impact.test_called_in_migrations import after, fails
from tests.comparing import covered

SQLPLUS = [
    "set define off",
    "SET ECHO ON FEEDBACK OFF",
    "set sqlblanklines on\n\n-- it's\nset define off\nprompt it's done",
    "whenever sqlerror exit sql.sqlcode",
    "whenever sqlerror -\n  exit 1",
    "REM it's",
    "spool x.log",
    "define x = 1",
    "show errors",
    "column a format a10",
    "variable n number",
    "exec dbms_stats.gather_schema_stats('X')",
    "execute p",
    "connect a/b",
    "start other.sql",
    "/* set\n   define off */\npause",
    "commit\n/\ntiming start",
]


@pytest.mark.parametrize(
    ("dialect", "line"),
    [*(("oracle", line) for line in SQLPLUS), ("tsql", ":setvar x y"), ("tsql", ":on error exit"), ("sqlite", ".mode csv")],
)  # fmt: skip
def test_a_line_that_is_said_to_the_client(dialect: str, line: str) -> None:
    end = "\nGO\n" if dialect == "tsql" else "\n"
    base = {
        "db/V1__t.sql": f"create table t (id int, a int);{end}",
        "db/V2__v.sql": f"create view v as select id, a from t;{end}",
    }
    step = f"{line}\nalter table t drop column a;{end}"
    assert fails(covered(base, {**base, "db/V3__x.sql": step}, dialect)[0])
    found, coverage = covered(base, {**base, "db/V3__x.sql": f"{line}\ncommit;{end}"}, dialect)
    assert (found.changes, coverage.not_analysed) == ((), ())


@pytest.mark.parametrize(
    "text",
    [
        "update t\nset define = 1;",
        "select a from t\nstart with a = 1 connect by prior a = b;",
        "create table t (\n  prompt varchar2(9),\n  /* a\n  b; */\n  spool int\n);",
        "begin\n  loop\n    exit when c%notfound;\n  end loop;\nend;\n/",
        "begin\n  execute immediate 'drop table t';\nend;\n/",
        "set transaction read only;",
        "begin p;\n  exec_all(1);\n  pause := 1;\nend;\n/",
    ],
)
def test_what_is_no_line_of_sql_plus(text: str) -> None:
    assert without_client_lines(text, "oracle") == text


@pytest.mark.parametrize("line", SQLPLUS)
def test_every_place_stays(line: str) -> None:
    said = without_client_lines(f"{line}\nselect 1 from dual;", "oracle")
    assert len(said) == len(f"{line}\nselect 1 from dual;")
    assert said.endswith("\nselect 1 from dual;")


@pytest.mark.parametrize(
    ("dialect", "step"),
    [
        ("postgres", "do 'begin alter table t drop column a; end'"),
        ("postgres", "do language plpgsql 'begin raise notice ''x''; alter table t drop column a; end'"),
        ("postgres", "drop schema public cascade"),
        ("snowflake", "drop schema public"),
        ("mysql", "drop tables t"),
        ("mysql", "alter online table t drop column a"),
        ("mysql", "alter ignore table t drop column a"),
        ("oracle", "rename t to t2"),
    ],
)
def test_ways_to_write_a_step(assess_in: AssessIn, dialect: str, step: str) -> None:
    base = {
        "db/V1__t.sql": after(dialect, "create table t (id int, a int)"),
        "w.sql": "create view w as select id, a from t;\n",
    }
    assert fails(assess_in(dialect, base, {**base, "db/V3__x.sql": after(dialect, step)}))


@pytest.mark.parametrize(
    ("dialect", "step"),
    [
        ("tsql", "raiserror('drop table t', 0, 1) with nowait"),
        ("tsql", "deny select on t to x"),
        ("oracle", "lock table t in exclusive mode"),
        ("oracle", "audit select on t"),
        ("mysql", "check table t"),
        ("postgres", "cluster t using i"),
        ("postgres", "security label on table t is 'x'"),
        ("databricks", "fsck repair table t"),
    ],
)
def test_a_statement_that_takes_nothing_away(dialect: str, step: str) -> None:
    """It is one that can be read, and the one behind it counts."""
    base = {
        "db/V1__t.sql": after(dialect, "create table t (id int, a int)"),
        "w.sql": "create view w as select id, a from t;\n",
    }
    found, coverage = covered(base, {**base, "db/V3__x.sql": after(dialect, step)}, dialect)
    assert (found.changes, coverage.not_analysed) == ((), ())
    more = after(dialect, step, "alter table t drop column a")
    assert fails(covered(base, {**base, "db/V3__x.sql": more}, dialect)[0])
