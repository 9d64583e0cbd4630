"""Functions: what changed of them, whom it reaches, and what they read themselves."""

from collections.abc import Callable, Mapping

import pytest

from contract_gate.app.gate import compare
from contract_gate.compare.changes.change import Certainty, Kind
from contract_gate.compare.impact.assess import Assessment
from contract_gate.compare.impact.impact import Effect
from contract_gate.core.coverage import Coverage
from contract_gate.edge.git import ChangedFile, FileStatus
from tests.compare.impact.conftest import AssessIn, world

Gate = Callable[[str, Mapping[str, str], Mapping[str, str]], Assessment]


@pytest.fixture
def gate() -> Gate:
    """Compare two sets of files in a dialect."""

    def run(dialect: str, base: Mapping[str, str], edit: Mapping[str, str]) -> Assessment:
        head = {path: text for path, text in {**base, **edit}.items() if text}
        paths = {path for path in {*base, *head} if base.get(path) != head.get(path)}
        changed = [ChangedFile(path=path, status=FileStatus.MODIFIED, old_path=path) for path in paths]
        with world(base, "base", dialect) as before, world(head, "head", dialect) as after:
            found: tuple[Assessment, Coverage] = compare(before, after, changed)
            return found[0]

    return run


def effects(found: Assessment) -> dict[str | None, Effect]:
    ranked = sorted(found.impacts, key=lambda impact: -impact.effect.rank)
    return {impact.consumer.path: impact.effect for impact in ranked}


CALLER = "create view mart.v as select id, util.f(amount) as a from raw.t;"


@pytest.mark.parametrize(
    ("dialect", "before", "after"),
    [
        ("snowflake", "create function util.f(x number) returns number as $$ x * 2 $$", "create function util.f(x number) returns number as $$ x * 3 $$"),
        ("snowflake", "create function util.f(x float) returns float language javascript as $$ return X * 2; $$",
         "create function util.f(x float) returns float language javascript as $$ return X * 3; $$"),
        ("postgres", "create function util.f(x int) returns int language sql as $$ select x * 2 $$", "create function util.f(x int) returns int language sql as $$ select x * 3 $$"),
        ("postgres", "create function util.f(x int) returns int as $$ begin if x > 2 then return 1; end if; return 2; end $$ language plpgsql",
         "create function util.f(x int) returns int as $$ begin if x > 3 then return 1; end if; return 2; end $$ language plpgsql"),
        ("postgres", "create function util.f(x int) returns text as $$ begin if x > 2 then return '-- a'; end if; return 'b'; end $$ language plpgsql",
         "create function util.f(x int) returns text as $$ begin if x > 2 then return '-- b'; end if; return 'b'; end $$ language plpgsql"),
        ("tsql", "create function util.f(@x int) returns varchar(9) as begin if @x > 2 return 'a  b'; return 'b'; end",
         "create function util.f(@x int) returns varchar(9) as begin if @x > 2 return 'a b'; return 'b'; end"),
        ("bigquery", "create function util.f(x int64) as (x * 2)", "create function util.f(x int64) as (x * 3)"),
        ("tsql", "create function util.f(@x int) returns int as begin return @x * 2; end", "create function util.f(@x int) returns int as begin return @x * 3; end"),
        ("mysql", "create function util.f(x int) returns int deterministic return x * 2", "create function util.f(x int) returns int deterministic return x * 3"),
        ("databricks", "create function util.f(x int) returns int return x * 2", "create function util.f(x int) returns int return x * 3"),
        ("duckdb", "create macro util.f(x) as x * 2", "create macro util.f(x) as x * 3"),
        ("postgres", "create function util.f(x int) returns int language sql as $$ select x * 2 $$", "create function util.f(x int) returns bigint language sql as $$ select x * 2 $$"),
    ],
)  # fmt: skip
def test_a_function_that_gives_other_values_changes_its_callers(
    gate: Gate, dialect: str, before: str, after: str
) -> None:
    """Another body or type of a function is told of it, and reaches the column that it computes, whatever its language."""
    found = gate(dialect, {"f.sql": before + ";", "v.sql": CALLER}, {"f.sql": after + ";"})
    assert effects(found) == {"v.sql": Effect.CHANGES}
    assert {impact.column for impact in found.impacts} == {"a"}


def test_a_caller_is_told_at_the_line_of_its_call(gate: Gate) -> None:
    """Not at that of its first word."""
    base = {
        "f.sql": "create function util.f(x int64) as (x * 2);",
        "v.sql": CALLER.replace(" util", "\n  util"),
    }
    found = gate("bigquery", base, {"f.sql": base["f.sql"].replace("2", "3")})
    assert [impact.location.line for impact in found.impacts if impact.location] == [2]


@pytest.mark.parametrize(
    ("dialect", "before", "after"),
    [
        ("postgres", "create function util.f(x int) returns int language sql as $$ select x * 2 $$",
         "create function util.f(x int) returns int language sql as $$\n  -- doubled\n  select 2 * x\n$$"),
        ("bigquery", "create function util.f(x int64) as (x * 2)", "create function util.f(y int64) as (y * 2)"),
        ("tsql", "create function util.f(@x int) returns int as begin return @x * 2; end",
         "create function util.f(@x int) returns int as\nbegin\n  return @x * 2; -- doubled\nend"),
        ("clickhouse", "create function f as (x) -> x * 2", "create function f as (y) -> y * 2"),
    ],
)  # fmt: skip
def test_a_function_written_in_another_way_is_no_change(
    gate: Gate, dialect: str, before: str, after: str
) -> None:
    """Layout, comments and parameters that no call can name say nothing."""
    found = gate(dialect, {"f.sql": before + ";", "v.sql": CALLER}, {"f.sql": after + ";"})
    assert (found.changes, found.impacts) == ((), ())


@pytest.mark.parametrize(
    ("dialect", "before", "after"),
    [
        ("postgres", "create function util.f(x int) returns int language sql as $$ select x $$",
         "create function util.f(x int, y int) returns int language sql as $$ select x $$"),
        ("snowflake", "create function util.f(x number) returns number as $$ x $$", "create function util.f() returns number as $$ 1 $$"),
        ("bigquery", "create function util.f(x int64) as (x)", "create function util.g(x int64) as (x)"),
        ("postgres", "create function util.f(x int) returns int language sql as $$ select x $$", ""),
    ],
)  # fmt: skip
def test_a_call_that_fits_no_more_breaks(gate: Gate, dialect: str, before: str, after: str) -> None:
    """A function that is gone, has another name or takes another number of arguments breaks who calls it."""
    found = gate(dialect, {"f.sql": before + ";", "v.sql": CALLER}, {"f.sql": after and after + ";"})
    broken = [(i.consumer.path, i.certainty) for i in found.impacts if i.effect is Effect.BREAKS]
    assert broken == [("v.sql", Certainty.PROVEN)]


def test_functions_that_call_each_other(gate: Gate) -> None:
    """A circle of calls is gone round once."""
    function = "create function util.{}(x int) returns int language sql as $$ select util.{}(x) + 1 $$;"
    base = {"f.sql": function.format("f", "g"), "g.sql": function.format("g", "f"), "v.sql": CALLER}
    found = gate("postgres", base, {"g.sql": base["g.sql"].replace("+ 1", "+ 2")})
    assert effects(found) == {"f.sql": Effect.CHANGES, "v.sql": Effect.CHANGES}


@pytest.mark.parametrize(("kind", "felt"), [("date", {"v.sql": Effect.UNKNOWN}), ("integer", {})])
def test_a_call_whose_arguments_may_not_be_taken(gate: Gate, kind: str, felt: dict[str, Effect]) -> None:
    """Parameters of another type may refuse what a caller gives; another word for the type is none."""
    base = {
        "f.sql": "create function util.f(x int) returns int language sql as $$ select 1 $$;",
        "v.sql": CALLER,
    }
    assert effects(gate("postgres", base, {"f.sql": base["f.sql"].replace("x int", f"x {kind}")})) == felt


def test_a_caller_that_was_edited_as_well_breaks_by_the_function(gate: Gate) -> None:
    """What its own edit did not touch is the doing of the function that takes other arguments."""
    function = "create function util.f(x int{}) returns int language sql as $$ select x $$;"
    base = {"f.sql": function.format(""), "v.sql": CALLER}
    found = gate(
        "postgres", base, {"f.sql": function.format(", y int"), "v.sql": CALLER.replace("id", "id as n")}
    )
    causes = {change.id: change.kind for change in found.changes}
    broken = [causes[impact.change] for impact in found.impacts if impact.effect is Effect.BREAKS]
    assert broken == [Kind.ARGUMENTS_CHANGED]


@pytest.mark.parametrize(
    "after",
    [
        "create function util.f(x int, y int default 2) returns int language sql as $$ select x $$;",
        "create function util.f(x int) returns int language sql as $$ select x $$;\n"
        "create function util.f(x int, y int) returns int language sql as $$ select x + y $$;",
    ],
)
def test_a_call_that_still_fits_goes_on(gate: Gate, after: str) -> None:
    """An argument with a default, or another form beside the old one, breaks nobody."""
    base = {
        "f.sql": "create function util.f(x int) returns int language sql as $$ select x $$;",
        "v.sql": CALLER,
    }
    found = gate("postgres", base, {"f.sql": after})
    assert [impact for impact in found.impacts if impact.effect is Effect.BREAKS] == []
    assert Kind.ARGUMENTS_CHANGED in {change.kind for change in found.changes}


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [("int", "bigint", False), ("bigint", "int", True), ("varchar(9)", "text", False), ("int", "text", True)],
)
def test_a_parameter_that_takes_more(gate: Gate, before: str, after: str, told: bool) -> None:
    """A lone function whose parameter holds all that it held takes every call; another type may not."""
    text = "create function util.f(x {}) returns int language sql as $$ select 1 $$;"
    base = {"f.sql": text.format(before), "v.sql": CALLER}
    found = gate("postgres", base, {"f.sql": text.format(after)})
    assert effects(found) == ({"v.sql": Effect.UNKNOWN} if told else {})


@pytest.mark.parametrize(
    ("after", "column", "fails"),
    [("out a int, out b int", "c", True), ("out a int, out b int", "a", False), ("out a int", "c", True)],
)
def test_the_parts_of_what_a_function_gives(gate: Gate, after: str, column: str, fails: bool) -> None:
    """PostgreSQL: several OUT parameters are the fields of one value, one is the value itself."""
    text = "create function util.f(k int, {}) language sql as $$ select k, k, k $$;"
    base = {
        "f.sql": text.format("out a int, out b int, out c int"),
        "v.sql": f"create view mart.v as select (util.f(id)).{column} as x from raw.t;",
    }
    count = after.count("out")
    head = text.format(after).replace("k, k, k", ", ".join("k" * count))
    broken = [
        path
        for path, effect in effects(gate("postgres", base, {"f.sql": head})).items()
        if effect is Effect.BREAKS
    ]
    assert broken == (["v.sql"] if fails else [])


@pytest.mark.parametrize(
    ("dialect", "function", "call"),
    [
        ("postgres", "create function f(n int) returns table (id int, v int) language sql as $$ select id, v from a where id > n $$", "f(1)"),
        ("postgres", "create function f(n int) returns table (id int, v int) language plpgsql as $$ begin return query select a.id, a.v from a where a.id > n; end $$", "f(1)"),
        ("postgres", "create function f(n int) returns setof a as $f$\nbegin\n  return query select a.id, a.v from a where a.id > n;\nend $f$ language 'plpgsql'", "f(1)"),
        ("snowflake", "create function f(n int) returns table (id int, v int) as $$ select id, v from a where id > n $$", "table(f(1))"),
        ("bigquery", "create table function f(n int64) as select id, v from a where id > n", "f(1)"),
        ("tsql", "create function f(@n int) returns table as return (select id, v from a where id > @n)", "f(1) as q"),
        ("databricks", "create function f(n int) returns table (id int, v int) return select id, v from a where id > n", "f(1)"),
    ],
)  # fmt: skip
def test_a_function_that_reads_a_table_is_its_reader(
    gate: Gate, dialect: str, function: str, call: str
) -> None:
    """A column that goes breaks the function that reads it, and the view over that; changed rows reach both."""
    base = {
        "a.sql": "create view a as select id, v from raw where v > 1;",
        "f.sql": f"{function};",
        "v.sql": f"create view w as select id, v from {call};",
    }
    found = gate(dialect, base, {"a.sql": "create view a as select id from raw where v > 1;"})
    assert effects(found) == {"f.sql": Effect.BREAKS, "v.sql": Effect.BREAKS}
    assert {i.consumer.kind for i in found.impacts if i.consumer.path == "f.sql"} == {"function"}
    found = gate(dialect, base, {"a.sql": "create view a as select id, v from raw where v > 2;"})
    assert effects(found) == {"f.sql": Effect.CHANGES, "v.sql": Effect.CHANGES}


def test_a_macro_is_read_when_it_is_called(gate: Gate) -> None:
    """DuckDB keeps a macro over a column that is gone, and refuses who calls it."""
    base = {
        "a.sql": "create table a as select id, v from raw;",
        "f.sql": "create macro f() as table select id, v from a;",
        "v.sql": "create view w as select id, v from f();",
    }
    found = gate("duckdb", base, {"a.sql": "create table a as select id from raw;"})
    assert effects(found) == {"f.sql": Effect.CHANGES, "v.sql": Effect.BREAKS}


def test_a_table_of_the_same_name_is_another_thing(gate: Gate) -> None:
    """Who reads the table `f` is no caller of the function `f`."""
    base = {
        "f.sql": "create function f(x int) returns int language sql as $$ select x $$;",
        "t.sql": "create table f as select id from raw;",
        "v.sql": "create view w as select id from f;",
    }
    found = gate("postgres", base, {"f.sql": ""})
    assert found.impacts == ()


@pytest.mark.parametrize(
    ("dialect", "function", "call"),
    [
        ("mysql", "delimiter //\ncreate function f(n int) returns int reads sql data\nbegin\n  declare m int;\n"
         "  select max(v) into m from a where id = n;\n  return m;\nend //\ndelimiter ;\n", "f(1)"),
        ("oracle", "create or replace function f(n number) return number is\n  m number;\nbegin\n"
         "  select max(v) into m from a where id = n;\n  return m;\nend f;\n/\n", "f(1)"),
        ("postgres", "create function f(n int) returns int language plpgsql as $$\ndeclare m int;\nbegin\n"
         "  if n > 1 then select max(a.v) into m from a; end if;\n  return m;\nend $$;", "f(1)"),
    ],
)  # fmt: skip
def test_a_block_that_reads_a_table_is_its_reader(gate: Gate, dialect: str, function: str, call: str) -> None:
    """What a procedural body queries breaks it; its caller does not build then."""
    base = {
        "a.sql": "create view a as select id, v from raw;",
        "f.sql": function,
        "v.sql": f"create view w as select {call} as x from other;",
    }
    found = gate(dialect, base, {"a.sql": "create view a as select id from raw;"})
    assert effects(found) == {"f.sql": Effect.BREAKS, "v.sql": Effect.BREAKS}


def test_a_function_called_for_each_partition(assess_in: AssessIn) -> None:
    """Snowflake's `TABLE(f(…) OVER (PARTITION BY …))` reads the function's columns and those of the partition."""
    made = "create function tf(a int) returns table (x int, y int) as $$ select 1, 2 $$;"
    base = {
        "t.sql": "create table t (k int, v int, z int);",
        "f.sql": made,
        "r.sql": "create view r as select y from t, table(tf(v) over (partition by k));",
    }
    for edit, effects in (
        ({"f.sql": made.replace("x int, y int", "x int").replace("1, 2", "1")}, {Effect.BREAKS}),
        ({"t.sql": "create table t (v int, z int);"}, {Effect.BREAKS}),
        ({"t.sql": "create table t (k int, v int);"}, set()),
    ):
        assert {i.effect for i in assess_in("snowflake", base, {**base, **edit}).impacts} == effects


ONE = "create function util.f(x int) returns int language sql as $$ select x $$;\n"
TWO = "create function util.f(x int, y int) returns int language sql as $$ select x + y $$;\n"
CALLERS = {
    "v.sql": "create view mart.v as select util.f(1) as a;",
    "w.sql": "create view mart.w as select util.f(1, 2) as a;",
}


@pytest.mark.parametrize(
    ("base", "edit", "felt"),
    [
        ({"f.sql": ONE + TWO}, {"f.sql": ONE}, {"w.sql": Effect.BREAKS}),
        ({"f.sql": ONE + TWO}, {"f.sql": ONE + TWO.replace("x + y", "x * y")}, {"w.sql": Effect.CHANGES}),
        ({"f.sql": ONE + TWO}, {"f.sql": ONE.replace("select x", "select -x") + TWO}, {"v.sql": Effect.CHANGES}),
        ({"f.sql": ONE + TWO}, {"f.sql": TWO + ONE}, {}),
        ({"f.sql": ONE + TWO}, {"f.sql": ONE + TWO + TWO.replace("y int", "y int, z int")}, {}),
        ({"f.sql": ONE, "g.sql": TWO}, {"g.sql": TWO.replace("x + y", "x * y")}, {"w.sql": Effect.CHANGES}),
        ({"m/V1__a.sql": ONE + TWO}, {"m/V2__b.sql": "drop function util.f(int, int);"}, {"w.sql": Effect.BREAKS}),
        ({"m/V1__a.sql": ONE + TWO}, {"m/V2__b.sql": "drop function util.f;"}, {"v.sql": Effect.BREAKS, "w.sql": Effect.BREAKS}),
    ],
)  # fmt: skip
def test_who_calls_another_form_of_a_function_is_left_in_peace(
    gate: Gate, base: Mapping[str, str], edit: Mapping[str, str], felt: dict[str, Effect]
) -> None:
    """Functions of one name are told apart by their arguments; one more of them takes nothing away."""
    assert effects(gate("postgres", {**CALLERS, **base}, edit)) == felt


@pytest.mark.parametrize(
    ("dialect", "before", "after"),
    [
        ("postgres", "create function util.f(x int) returns int language sql as $$ select coalesce(x, 0) $$",
         "create function util.f(x int) returns int language sql strict as $$ select coalesce(x, 0) $$"),
        ("postgres", "create function util.f(x int) returns int language sql set search_path = '' as $$ select 1 $$",
         "create function util.f(x int) returns int language sql set search_path = '' as $$ select 2 $$"),
        ("postgres", "create function util.f(x int) returns int language sql parallel safe as $$ select max(k) from lk $$",
         "create function util.f(x int) returns int language sql set search_path to other parallel safe as $$ select max(k) from lk $$"),
        ("postgres", "create function util.f(x int, y int default 1) returns int language sql as $$ select x + y $$",
         "create function util.f(x int, y int default 2) returns int language sql as $$ select x + y $$"),
        ("postgres", "create function acc(s int, x int) returns int language sql as $$ select s + x $$;\ncreate aggregate util.f(int) (sfunc = acc, stype = int)",
         "create function acc(s int, x int) returns int language sql as $$ select s - x $$;\ncreate aggregate util.f(int) (sfunc = acc, stype = int)"),
        ("postgres", "create function util.acc(s int, x int) returns int language sql as $$ select s + x $$;\ncreate aggregate util.f(int) (sfunc = util.acc, stype = int)",
         "create function util.acc(s int, x int) returns int language sql as $$ select s - x $$;\ncreate aggregate util.f(int) (sfunc = util.acc, stype = int)"),
        ("postgres", "create aggregate util.f(int) (sfunc = int4pl, stype = int, initcond = '0')",
         "create aggregate util.f(int) (sfunc = int4pl, stype = int, initcond = '1')"),
        ("bigquery", "create aggregate function util.f(x float64) returns float64 as (sum(x))",
         "create aggregate function util.f(x float64) returns float64 as (avg(x))"),
        ("bigquery", 'create function util.f(x int64) returns int64 remote with connection `p.us.c` options (endpoint="https://a")',
         'create function util.f(x int64) returns int64 remote with connection `p.us.c` options (endpoint="https://b")'),
        ("snowflake", "create external function util.f(x number) returns number api_integration = a as 'https://x/1'",
         "create external function util.f(x number) returns number api_integration = a as 'https://x/2'"),
        ("snowflake", "create function util.f(x number) returns number memoizable as 'x*2'",
         "create function util.f(x number) returns number memoizable as 'x*3'"),
        ("redshift", "create external function util.f(float) returns float stable lambda 'a' iam_role 'r'",
         "create external function util.f(float) returns float stable lambda 'b' iam_role 'r'"),
        ("oracle", "create function util.f(x number) return varchar2 sql_macro(scalar) is begin return 'x*2'; end;\n/\n",
         "create function util.f(x number) return varchar2 sql_macro(scalar) is begin return 'x*3'; end;\n/\n"),
        ("tsql", "create function util.f(@x int) returns int as external name a.b.c", "create function util.f(@x int) returns int as external name a.b.d"),
        ("duckdb", "create macro util.f(a, b := 5) as a + b", "create macro util.f(a, b := 6) as a + b"),
    ],
)  # fmt: skip
def test_all_that_decides_what_a_function_gives_counts(
    gate: Gate, dialect: str, before: str, after: str
) -> None:
    """Its clauses and settings, what it is made of, where it is run; no form of CREATE FUNCTION is passed over."""
    found = gate(dialect, {"f.sql": before + ";", "v.sql": CALLER}, {"f.sql": after + ";"})
    assert effects(found)["v.sql"] is Effect.CHANGES


@pytest.mark.parametrize(
    ("dialect", "before", "after"),
    [
        ("postgres", "returns int language sql as $$ select x $$", "returns int language sql parallel safe cost 10 leakproof as $$ select x $$"),
        ("postgres", "returns int language sql as $$ select x $$", "returns int as $$ select x $$ language sql rows 10 support s.f"),
        ("postgres", "returns int language sql return x", "returns int language sql cost 3 return x"),
        ("snowflake", "returns int as 'x'", "returns int memoizable as 'x'"),
        ("bigquery", 'returns int64 language js as "return x;"', 'returns int64 language js options (description="it") as "return x;"'),
    ],
)  # fmt: skip
def test_a_clause_that_only_says_how_to_run_it_is_no_change(
    gate: Gate, dialect: str, before: str, after: str
) -> None:
    """The planner's costs and a description leave every value as it was."""
    made = "create function util.f(x int) "
    found = gate(
        dialect,
        {"f.sql": f"{made}{before};", "v.sql": CALLER},
        {"f.sql": f"{made}{after};", "v.sql": CALLER},
    )
    assert (found.changes, found.impacts) == ((), ())


@pytest.mark.parametrize(
    ("dialect", "made", "calls"),
    [
        ("postgres", "create function f(x int, y int default {}) returns int language sql as $$ select x + y $$", ("f(id)", "f(id, 2)")),
        ("postgres", "create function f(x text, y int default {}) returns text language sql as $$ select x || y $$", ("f('default')", "f('default', 2)")),
        ("duckdb", "create macro f(x, y := {}) as x + y", ("f(id)", "f(id, 2)")),
        ("duckdb", "create macro f(x) as x - {}, (x, y) as x + y", ("f(id)", "f(id, 2)")),
        ("tsql", "create function dbo.f(@x int, @y int = {}) returns int as begin return @x + @y; end", ("dbo.f(id, default)", "dbo.f(id, 2)")),
        ("duckdb", "create macro f(x := {}) as table select x as a from src", ("(select max(a) from f())", "(select max(a) from f(3))")),
    ],
)  # fmt: skip
def test_a_default_reaches_the_calls_that_leave_it_out(
    gate: Gate, dialect: str, made: str, calls: tuple[str, str]
) -> None:
    """A call that gives the argument itself has the value that it had."""
    base = {
        "f.sql": made.format(1) + ";",
        "v.sql": f"create view v as select {calls[0]} as a from t;",
        "w.sql": f"create view w as select {calls[1]} as a from t;",
    }
    assert effects(gate(dialect, base, {"f.sql": made.format(7) + ";"})) == {"v.sql": Effect.CHANGES}


@pytest.mark.parametrize(
    ("dialect", "before", "after", "call"),
    [
        ("bigquery", "create function f(x float64) as (struct(x as a, x as b))", "create function f(x float64) as (struct(x as a))", "f(id)"),
        ("databricks", "create function f(x double) returns struct<a double, b double> return g(x)", "create function f(x double) returns struct<a double> return g(x)", "f(id)"),
        ("postgres", "create function f(x int, out a int, out b int) language sql as $$ select x, x $$",
         "create function f(x int, out a int, out c int) language sql as $$ select x, x $$", "(f(id))"),
    ],
)  # fmt: skip
def test_a_field_of_what_a_function_gives(
    gate: Gate, dialect: str, before: str, after: str, call: str
) -> None:
    """A function that gives a struct without a field breaks who reads that, and no one else."""
    base = {
        "f.sql": f"{before};",
        "v.sql": f"create view v as select {call}.b as q from t;",
        "w.sql": f"create view w as select {call}.a as q from t;",
    }
    felt = effects(gate(dialect, base, {"f.sql": f"{after};"}))
    assert felt["v.sql"] is Effect.BREAKS
    assert felt.get("w.sql") is not Effect.BREAKS


@pytest.mark.parametrize(
    "column", ["a int default f()", "a int check (f() > 1)", "a int generated always as (f()) stored"]
)
def test_a_table_needs_the_functions_that_it_names(gate: Gate, column: str) -> None:
    """A default, a check or a computed column calls it."""
    made = "create function f() returns int language sql immutable as $$ select 1 $$;"
    base = {"f.sql": made, "t.sql": f"create table t (id int, {column});"}
    assert effects(gate("postgres", base, {"f.sql": ""})) == {"t.sql": Effect.BREAKS}
    assert effects(gate("postgres", base, {"f.sql": made.replace("immutable", "stable cost 3")})) == {}


def test_a_default_that_is_set_later_calls_its_function(gate: Gate) -> None:
    """ALTER … SET DEFAULT f() can't run without it."""
    base = {
        "f.sql": "create function f() returns int language sql as $$ select 1 $$;",
        "t.sql": "create table t (id int, a int);\nalter table t alter column a set default f();",
    }
    assert effects(gate("postgres", base, {"f.sql": ""})) == {"t.sql": Effect.BREAKS}


MADE = "create function f(x int) returns int language sql as $$ select x * 2 $$;"


@pytest.mark.parametrize(
    ("dialect", "made", "step", "felt"),
    [
        ("postgres", MADE, "alter function f(int) rename to g;", Effect.BREAKS),
        ("postgres", MADE, "alter routine f(int) rename to g;", Effect.BREAKS),
        ("postgres", MADE, "alter function f(int) owner to someone;", None),
        ("postgres", MADE, "drop routine f(int);", Effect.BREAKS),
        ("postgres", MADE, "drop function if exists f(x int) cascade;", Effect.BREAKS),
        ("postgres", MADE.replace("x int", "x double precision"), "drop function f(double precision);", Effect.BREAKS),
        ("postgres", MADE + "create function g() returns int language sql as $$ select 1 $$;", "drop function g(), f(int);", Effect.BREAKS),
        ("postgres", MADE + "create function g() returns int language sql as $$ select 1 $$;", "drop function g();", None),
        ("postgres", "create aggregate f(int) (sfunc = int4pl, stype = int);", "drop aggregate f(int);", Effect.BREAKS),
        ("postgres", MADE, f"drop function f(int);\n{MADE}", None),
        ("snowflake", "create function f(x number) returns number as 'x*2';", "alter function f(number) rename to g;", Effect.BREAKS),
        ("tsql", "create function f(@x int) returns int as begin return @x end;", "alter function f(@x int) returns int as begin return @x * 2 end;", Effect.CHANGES),
        ("tsql", "create function f(@x int) returns int as begin return @x end;", "alter function f(@x int, @y int) returns int as begin return @x end;", Effect.BREAKS),
    ],
)  # fmt: skip
def test_a_migration_changes_a_function(
    gate: Gate, dialect: str, made: str, step: str, felt: Effect | None
) -> None:
    """By all the words that engines have for it: ALTER … RENAME, DROP ROUTINE, AGGREGATE or several, T-SQL's ALTER FUNCTION."""
    base = {"migrations/1_a.sql": made, "v.sql": "create view v as select id, f(a) as q from raw.t;"}
    found = gate(dialect, base, {"migrations/2_b.sql": step})
    assert effects(found).get("v.sql") is felt


def test_a_view_of_the_migrations_follows_a_renamed_function(gate: Gate) -> None:
    """PostgreSQL keeps a view by what it calls; a later step calls the function by its new name."""
    base = {
        "migrations/1_t.sql": "create table t (id int);",
        "migrations/2_f.sql": f"{MADE}\ncreate view v as select f(id) as q from t;",
    }
    step = "alter function f(int) rename to g;\ncreate view w as select g(id) as q from t;"
    found = gate("postgres", base, {"migrations/3_g.sql": step})
    assert [impact for impact in found.impacts if impact.effect is Effect.BREAKS] == []


BY_POINT = {
    "t.sql": "create table t (id int, v int);",
    "g.sql": "create function g(x t) returns int language sql as $$ select x.v + 1 $$;",
    "h.sql": "create function h(x int) returns int language sql as $$ select x + 1 $$;",
}


def test_a_function_of_a_row_is_called_by_a_point(gate: Gate) -> None:
    """PostgreSQL: `t.g` is `g(t)`, where g takes a row of t (run in PostgreSQL 15)."""
    view = {"r.sql": "create view r as select a.id, a.g as w from t as a;"}
    assert effects(gate("postgres", BY_POINT, view)) == {}
    assert effects(gate("postgres", BY_POINT, {"r.sql": view["r.sql"].replace("a.g", "a.h")})) == {
        "r.sql": Effect.BREAKS
    }
    there = {**BY_POINT, **view}
    assert effects(gate("postgres", there, {"g.sql": ""})) == {"r.sql": Effect.BREAKS}
    other = {"g.sql": BY_POINT["g.sql"].replace("+ 1", "+ 2")}
    assert effects(gate("postgres", there, other)) == {"r.sql": Effect.CHANGES}
    assert effects(gate("postgres", there, {"h.sql": ""})) == {}


PACKAGE = """create or replace package body util as
  rate constant number := 2;
  function own(x number) return number is
  begin
    return x + 7;
  end own;
  procedure log(x number) is
  begin
    insert into raw.u (tid) values (x);
  end;
  function f(x number) return number is
    y number;
  begin
    y := x * rate;
    return y;
  end;
end util;
/
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("x * rate", "x * rate * 3", True),
        ("number := 2", "number := 3", True),
        ("x + 7", "x + 8", False),
        ("(x)", "(x + 1)", False),
        ("    y number", "    y  number", False),
    ],
)
def test_a_function_of_a_package(gate: Gate, old: str, new: str, told: bool) -> None:
    """An edit of its body, or of what its package declares, reaches who calls it; that of another function beside it does not."""
    found = gate("oracle", {"p.sql": PACKAGE, "v.sql": CALLER}, {"p.sql": PACKAGE.replace(old, new)})
    assert (effects(found).get("v.sql") is Effect.CHANGES) is told


@pytest.mark.parametrize(
    ("dialect", "name"),
    [
        ("postgres", "nvl"),
        ("postgres", "last_day"),
        ("postgres", "initcap"),
        ("duckdb", "sha2"),
        ("duckdb", "decode"),
    ],
)
def test_a_function_that_has_the_name_of_another_engines(gate: Gate, dialect: str, name: str) -> None:
    """The parser takes a bare call of it for that one: it is the project's where the project makes one, and no one else's."""
    made = {
        "postgres": "create function {}(x int) returns int language sql as $$ select x * {} $$;",
        "duckdb": "create macro {}(x) as x * {};",
    }[dialect]
    base = {
        "f.sql": made.format(name, 2),
        "v.sql": f"create view v as select {name}(amount) as a from raw.t;",
        "w.sql": "create view w as select coalesce(amount, 2) as a from raw.t;",
    }
    assert effects(gate(dialect, base, {"f.sql": made.format(name, 3)})) == {"v.sql": Effect.CHANGES}
    assert effects(gate(dialect, base, {"f.sql": "-- gone"})) == {"v.sql": Effect.UNKNOWN}


ROWS = "  select id, status from dbo.orders where id = @c;\n"
PROCEDURE = {
    "t.sql": "create table dbo.orders (id int, spare int, status varchar(9));\ncreate table dbo.snap (id int, st varchar(9));\n",
    "p.sql": f"create procedure dbo.p @c int as\nbegin\n  set nocount on;\n  print 'x';\n  select @c = max(id) from dbo.orders;\n{ROWS}end\n",
    "l.sql": "insert into dbo.snap (id, st) exec dbo.p @c = 1;\n",
}


@pytest.mark.parametrize(
    ("rows", "felt"),
    [
        (ROWS.replace(", status", ""), Effect.BREAKS),
        (ROWS.replace("= @c", "> @c"), Effect.CHANGES),
        (ROWS.replace("id, status", "\n  id,  status"), None),
        (f"  if @c > 1\n{ROWS}  else\n{ROWS.replace(', status', '')}", None),
        (f"{ROWS}  exec dbo.other;\n", None),
        (ROWS.replace("@c;", "@c for json path;"), None),
        (f"  declare c cursor for select id from dbo.orders;\n{ROWS}", None),
    ],
)
def test_a_procedure_gives_rows_to_an_insert(gate: Gate, rows: str, felt: Effect | None) -> None:
    """What INSERT … EXEC of T-SQL puts into its table is the one query of the procedure; of several nobody knows which, and nothing is proven."""
    found = gate("tsql", PROCEDURE, {"p.sql": PROCEDURE["p.sql"].replace(ROWS, rows)})
    proven = [i for i in found.impacts if i.effect is Effect.BREAKS and i.certainty is Certainty.PROVEN]
    if felt is not None:
        assert effects(found)["l.sql"] is felt
    assert bool(proven) is (felt is Effect.BREAKS)


@pytest.mark.parametrize(("column", "times"), [("status varchar(9)", 1), ("spare int", 0)])
def test_a_procedure_reads_the_columns_of_its_rows(gate: Gate, column: str, times: int) -> None:
    """A procedure breaks with a column that it gives, and is told once."""
    lost = PROCEDURE["t.sql"].replace(f", {column}", "", 1)
    found = gate("tsql", PROCEDURE, {"t.sql": lost})
    readers = [i.consumer.path for i in found.impacts if i.effect is Effect.BREAKS]
    assert readers.count("p.sql") == times
    assert times or not readers
