"""What a script makes for itself, as its later statements read it: temporary tables that are filled, changed and altered."""

import pytest

from contract_gate.compare.changes.api import diff
from contract_gate.sql.bind import bind_script

OPEN = "create temp table w as select * from raw; "


def changes(before: str, after: str, dialect: str = "postgres") -> list[tuple[str, str | None]]:
    return [(change.kind.value, change.column) for change in diff(before, after, dialect).changes]


@pytest.mark.parametrize(
    ("before", "after", "read", "column"),
    [
        ("update w set z = 1", "update w set z = 2", "z", "z"),
        ("update w set z = 1", "update w set z = 2", "*", "*"),
        ("update w set z = 1", "update w set z = 2", "y", None),
        ("insert into w select a, b from s", "insert into w select b, a from s", "z", "z"),
        ("insert into w (z) select a from s", "insert into w (z) select b from s", "z", "z"),
        ("insert into w select a, b from s", "insert into w select c.a, c.b from s c", "z", None),
        ("alter table w add z int default 1", "alter table w add z int default 2", "z", "z"),
        ("alter table w add z text default 'a'", "alter table w add z text default 'b'", "z", "z"),
        ("alter table w alter y set default 1", "alter table w alter y set default 2", "y", None),
        (
            "merge into w using s on s.id = w.id when matched then update set z = s.a",
            "merge into w using s on s.id = w.id when matched then update set z = s.b",
            "z",
            "z",
        ),
    ],
)
def test_table_whose_columns_nobody_knows(before: str, after: str, read: str, column: str | None) -> None:
    """What is written into a temporary table of unknown columns reaches who reads the column, or may."""
    out = f"; create table o as select {read} from w"
    expected = [("column-values-changed", column)] if column is not None else []
    assert changes(OPEN + before + out, OPEN + after + out) == expected


def test_table_declared_like_an_unknown_one() -> None:
    """`LIKE` of an unknown table: an INSERT by position may fill any column."""
    text = "create temp table w (like raw); insert into w select {} from s; create table o as select z from w"
    assert changes(text.format("a, b"), text.format("b, a")) == [("column-values-changed", "z")]


def test_renamed_temporary_table() -> None:
    """It is read by its new name, with the rows that it had."""
    text = "create temp table w as select {} as a from s; alter table w rename to w2; create table o as select a from w2"
    assert changes(text.format("x"), text.format("y")) == [("column-values-changed", "a")]


@pytest.mark.parametrize(
    ("before", "after", "column"),
    [("n text default 'a'", "n text default 'b'", "n"), ("n int default 1", "n int default 2", "n"),
     ("n int", "n int default null", None)],
)  # fmt: skip
def test_defaults_of_a_temporary_table(before: str, after: str, column: str | None) -> None:
    """A column that an INSERT leaves out has what the table declares: a number, a text, or NULL."""
    text = (
        "create temp table w (id int, {}); alter table w rename to w2; insert into w2 (id) select a from s; "
    )
    read = text + "insert into w2 (id) select b from s; create table o as select cast(n as text) as n from w2"
    expected = [("column-values-changed", column)] if column is not None else []
    assert changes(read.format(before), read.format(after)) == expected


def test_columns_of_a_declared_temporary_table() -> None:
    """What it declares and what an ALTER adds is all that it has."""
    text = "create temp table w (id int); alter table w add q text default 'x'; select q, r from w"
    (problem,) = bind_script(text, "postgres", lambda _: None).statements[-1].problems
    assert (problem.kind, problem.name) == ("unknown-column", "r")


@pytest.mark.parametrize(
    ("emptied", "column"), [("truncate o", None), ("delete from o", None), ("delete from o where a > 1", "a")]
)
def test_a_table_that_is_emptied(emptied: str, column: str | None) -> None:
    """What was in it is gone, and with it what changed there."""
    text = "create table o as select {} as a from s; " + emptied
    expected = [("column-values-changed", column)] if column is not None else []
    assert changes(text.format("x"), text.format("y")) == expected


def test_a_temporary_view_of_another_table() -> None:
    """It is as it was where a table is filled that it does not read."""
    view = "create temp view v as select a from s; create temp table w as select 1 as a; insert into w values (2); "
    assert changes(view + "create table o as select a from v", "create table o as select a from s") == []


@pytest.mark.parametrize(
    ("dialect", "create", "fill"),
    [
        ("postgres", "temp table w (a int)", "copy w from '{}'"),
        ("postgres", "temp table w (a int)", "copy w (a) from '{}' with (format csv)"),
        ("postgres", "temp table w (like raw)", "copy w from '{}'"),
        ("snowflake", "temp table w (a int)", "copy into w from @{}"),
        ("mysql", "temporary table w (a int)", "load data infile '{}' into table w"),
        ("hive", "temporary table w (a int)", "load data inpath '{}' into table w"),
    ],
)
def test_a_temporary_table_that_is_filled_from_files(dialect: str, create: str, fill: str) -> None:
    """It has rows: which of them are taken counts, and from which files they come; it has no other columns for that."""
    text = f"create {create}; {fill}; create table o as select a from w where a > {{}}"
    assert changes(text.format("x", 1), text.format("x", 2), dialect) == [("rows-filter-changed", None)]
    assert changes(text.format("x", 1), text.format("y", 1), dialect) != []
    assert changes(text.format("x", 1), text.format("x", 1).replace("> 1", "> 1 and true"), dialect) == []


def test_a_temporary_table_that_is_filled_from_files_and_queries() -> None:
    """The rows of a file come to those that are there."""
    text = "create temp table w (a int); insert into w select {} from s; copy w from 'x'; create table o as select a from w"
    assert changes(text.format("p"), text.format("q")) == [("column-values-changed", "a")]
    emptied = text.replace("create table o", "truncate w; create table o")
    assert changes(emptied.format("p"), emptied.format("q")) == []


def test_settings_of_a_function_that_gives_rows() -> None:
    """What it gives depends on them."""
    text = (
        "create function f() returns table (x int) language sql set search_path = {} as $$ select x from t $$"
    )
    assert changes(text.format("p"), text.format("q")) != []
    assert changes(text.format("p"), text.format("p") + " immutable") == []
