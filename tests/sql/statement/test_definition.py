"""A script folded for one relation: what several statements make of it together."""

import pytest

from contract_gate.compare.changes.api import diff
from contract_gate.core.relation import RelationName
from contract_gate.sql.bind import bind_script
from contract_gate.sql.scan import scan_script
from contract_gate.sql.statement.definition import Definition, define, definitions


def definition(sql: str, name: str = "t") -> Definition | None:
    return define(bind_script(sql, "postgres", lambda _: None), RelationName((name,)))


def kinds(before: str, after: str) -> list[tuple[str, str | None]]:
    return [(change.kind.value, change.column) for change in diff(before, after, "postgres").changes]


def test_declared_columns_name_an_insert() -> None:
    """INSERT by position fills the declared columns, whatever its query calls them."""
    found = definition("create table t (a int, b text); insert into t select x as p, y as q from s")
    assert found is not None
    assert [(column.name, column.type) for column in found.columns] == [("a", "INT"), ("b", "TEXT")]


def test_alias_in_positional_insert_is_no_change() -> None:
    """The names of a query that is inserted by position are not the table's."""
    create = "create table t (a int, b text); "
    assert (
        kinds(create + "insert into t select x, y from s", create + "insert into t select x as z, y from s")
        == []
    )
    assert kinds(
        create + "insert into t select x, y from s", create + "insert into t select y, x from s"
    ) == [
        ("column-values-changed", "a"),
        ("column-values-changed", "b"),
    ]


def test_table_built_aside_and_renamed() -> None:
    """A relation that is built under another name and swapped in is the one that readers see."""
    script = "create table t_new as select a from s; drop table if exists t; alter table t_new rename to t"
    assert tuple(definitions(bind_script(script, "postgres", lambda _: None))) == (RelationName(("t",)),)
    found = definition(script)
    assert found is not None
    assert [column.name for column in found.columns] == ["a"]


def test_temporary_tables_are_no_targets() -> None:
    """What does not outlive the script is resolved through."""
    script = "create temporary table w as select a, b from s; create table t as select a from w"
    assert tuple(definitions(bind_script(script, "postgres", lambda _: None))) == (RelationName(("t",)),)


def test_effects_are_compared_in_order() -> None:
    """A DELETE with another condition changes rows, an UPDATE's other value changes its column."""
    start = "create table t as select a, b from s; "
    assert kinds(start + "delete from t where a = 1", start + "delete from t where a = 2") == [
        ("rows-filter-changed", None)
    ]
    assert kinds(start + "update t set b = a", start + "update t set b = a + 1") == [
        ("column-values-changed", "b")
    ]
    assert kinds(start, start + "delete from t where a = 1") == [("rows-source-changed", None)]


def test_altered_columns() -> None:
    """ALTER TABLE adds, drops and renames columns of the table that was made before."""
    found = definition(
        "create table t (a int, b int); alter table t rename column a to c; alter table t drop column b"
    )
    assert found is not None
    assert [column.name for column in found.columns] == ["c"]


@pytest.mark.parametrize(
    ("dialect", "script", "made"),
    [
        (
            "postgres",
            "create table public.t (a int, b int); alter table t drop column b",
            {"public.t": ["a"]},
        ),
        ("postgres", "create table t (a int, b int); alter table public.t drop column b", {"t": ["a"]}),
        ("mysql", "create table app.t (a int, b int); alter table t drop column b", {"app.t": ["a"]}),
        ("postgres", "create table public.t (a int); alter table t rename to u", {"public.u": ["a"]}),
        ("postgres", "create table public.t (a int); drop table t", {}),
        (
            "postgres",
            "create table public.t (a int, b int); insert into t select x from s",
            {"public.t": ["a", "b"]},
        ),
        (
            "postgres",
            "create table staging.t as select x from s; insert into t select x from staging.t",
            {"staging.t": ["x"], "t": ["x"]},
        ),
        (
            "postgres",
            "create table one.t (a int); create table two.t (a int, b int); drop table t",
            {"one.t": ["a"], "two.t": ["a", "b"]},
        ),
        (
            "postgres",
            "create table t (a int, b int); create table if not exists t (a int)",
            {"t": ["a", "b"]},
        ),
        (
            "snowflake",
            "create table t (a int); create table u (b int); alter table t swap with u",
            {"u": ["a"], "t": ["b"]},
        ),
    ],
)
def test_which_relation_a_statement_is_about(dialect: str, script: str, made: dict[str, list[str]]) -> None:
    """A name that leaves out the schema is the relation that the script made, where only that one can be meant."""
    found = definitions(bind_script(script, dialect, lambda _: None))
    assert {str(name): [column.name for column in each.columns] for name, each in found.items()} == made


def test_if_not_exists_reads_what_is_there() -> None:
    """A table that is there keeps its columns, and who reads them binds."""
    script = "create table t (a int, b int); create table if not exists t (a int); create view v as select b from t"
    assert [s.problems for s in bind_script(script, "postgres", lambda _: None).statements] == [(), (), ()]


@pytest.mark.parametrize(
    ("before", "after", "column"),
    [
        ("v[1] = 1", "v[1] = 2", "v"),
        ("v[1] = 1", "v[2] = 1", "v"),
        ("s.f = 1", "s.g = 1", "s"),
        ("s.f = 1", "s.f = 2", "s"),
        ("(v[1], a) = (1, 2)", "(v[1], a) = (1, 3)", "a"),
        ("(a) = row (1)", "(a) = row (2)", "a"),
        ("s.f = 1, v[1] = 1", "v[1] = 1, s.f = 1", None),
    ],
)
def test_a_part_of_a_column_is_written(before: str, after: str, column: str | None) -> None:
    """An UPDATE of a field or an element changes its column, by what is written and by where in it."""
    text = "create table t (a int, v int[], s st); update t set {} where a > 1"
    expected = [("column-values-changed", column)] if column is not None else []
    assert kinds(text.format(before), text.format(after)) == expected


@pytest.mark.parametrize(
    "again", ["create table t as select a, b from src", "create view t as select a, b from src"]
)
def test_the_name_of_a_temporary_table_that_was_dropped(again: str) -> None:
    """It is free: what is made under it then stays, and is compared."""
    before = "create temp table t as select 1 as x; drop table t; "
    assert kinds(again, before + again) == []
    assert kinds(before + again, before + again.replace(", b", "")) == [("column-removed", "b")]
    assert scan_script(before + again, "postgres").makes == (RelationName(("t",)),)


def test_what_is_done_to_a_temporary_table_is_not_done_to_another() -> None:
    """Until it is dropped it stands before a table of its name."""
    table = "create temp table t as select 1 as x; "
    assert definition(table + "insert into t select 2; alter table t add column y int") is None
    assert scan_script(table + "drop table t", "postgres").makes == ()


F = "create function f(x int) returns int language sql as 'select x'"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (F, f"{F}; drop function f(int)", ["relation-removed"]),
        (F, f"{F}; drop function f", ["relation-removed"]),
        (F, f"{F}; drop function f(text)", []),
        (F, f"{F}; drop function f()", []),
        (F, f"drop function f; {F}", []),
        ("create type c as (a int)", "create type c as (a int); drop type c", ["relation-removed"]),
    ],
)
def test_a_routine_that_is_dropped_again(before: str, after: str, expected: list[str]) -> None:
    """It is not there when the script ends."""
    assert [kind for kind, _ in kinds(before, after)] == expected


@pytest.mark.parametrize(
    "change",
    [
        "merge into t using s on t.id = s.id when matched then update set d = cast(s.x as date)",
        "update t set d = cast(x as date)",
    ],
)
def test_the_settings_of_the_session_that_rows_are_changed_under(change: str) -> None:
    """They decide what is written, as they do of an INSERT."""
    assert kinds(change, f"set timezone = 'UTC'; {change}") == [("rows-source-changed", None)]
    assert kinds(f"set timezone = 'UTC'; {change}", f"set TimeZone to 'UTC'; {change}") == []


@pytest.mark.parametrize(
    ("added", "columns", "constraints"),
    [
        ("add primary key (id), modify n bigint", ["id", "n"], ["PRIMARY KEY (id)"]),
        ("add unique(n), change n m bigint", ["id", "m"], ["UNIQUE (m)"]),
        ("add fulltext index i (n), modify n bigint", ["id", "n"], ["INDEX (n)"]),
        ("add spatial key (n), add column key_id int, modify n bigint", ["id", "n", "key_id"], ["INDEX (n)"]),
    ],
)
def test_keys_among_the_actions_of_an_alter(added: str, columns: list[str], constraints: list[str]) -> None:
    """MySQL: they are keys of the table, and no columns, whatever else the statement does."""
    script = bind_script(f"create table t (id int, n int); alter table t {added}", "mysql", lambda _: None)
    found = definitions(script)[RelationName(("t",))]
    assert [column.name for column in found.columns] == columns
    assert [each.text for each in found.constraints] == constraints


@pytest.mark.parametrize(
    ("dialect", "script", "columns"),
    [
        ("postgres", "create procedure p() language plpgsql as $$ begin drop table t; end $$", ["a"]),
        (
            "postgres",
            "create procedure p() language plpgsql as $$ begin alter table t rename to u; end $$",
            ["a"],
        ),
        (
            "mysql",
            "create definer = `root`@`localhost` event e on schedule every 1 day do drop table t",
            ["a"],
        ),
        ("snowflake", "create task k warehouse = w schedule = '1 minute' as drop table t", ["a"]),
        ("postgres", "drop table t", None),
        (
            "postgres",
            "create procedure p() language plpgsql as $$ begin create table n as select 1 as b; drop table t; alter table n rename to t; end $$",
            ["b"],
        ),
    ],
)
def test_a_table_that_a_procedure_takes_away(dialect: str, script: str, columns: list[str] | None) -> None:
    """It goes when the procedure or task is called: until then the table is there, and is compared."""
    text = f"create table t (a int); {script}"
    found = definitions(bind_script(text, dialect, lambda _: None))
    assert [c.name for d in found.values() for c in d.columns] == (columns or [])
    assert [str(name) for name in scan_script(text, dialect).makes] == (["t"] if columns else [])
