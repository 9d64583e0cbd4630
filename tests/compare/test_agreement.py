"""`diff` of two texts and `check` of the same texts as files tell the same changes."""

import pytest

from contract_gate.app.gate import compare
from contract_gate.compare.changes.api import diff
from contract_gate.compare.changes.change import Change
from contract_gate.edge.git import ChangedFile, FileStatus
from contract_gate.sql.stack import deep_stack
from contract_gate.workspace.reading import Reading, read_repository
from tests.memory import MemoryFiles

VIEW = "create view {} as select {} from {};"
FUNCTION = "create function {}(a int) returns int language sql as 'select a';"


def view(name: str, columns: str = "id", source: str = "t") -> str:
    return VIEW.format(name, columns, source)


PAIRS = {
    "the same under another name": (view("a"), view("b")),
    "another name and fewer columns": (view("a", "id, x"), view("b")),
    "another name and other rows": (view("a", "id, x"), view("b", "q", "u")),
    "two under other names": (view("a") + view("b", "x"), view("c") + view("d", "x")),
    "two gone, one in the place of one": (view("a") + view("b", "x"), view("c")),
    "one gone, two new, one of them the same": (view("a"), view("c") + view("d", "x")),
    "one gone, two new, both the same": (view("a"), view("c") + view("d")),
    "quotes that matter": (view('"A"'), view("a")),
    "quotes that may matter": (view('"a"'), view("a")),
    "a quoted column": (view("a", 'id as "X"'), view("a", "id as x")),
    "another schema": (view("s.a"), view("r.a")),
    "another schema and name": (view("s.a"), view("r.b")),
    "a view that becomes a table": (view("a"), "create table a as select id from t;"),
    "gone": (view("a") + view("b", "x"), view("b", "x")),
    "new": (view("b", "x"), view("a") + view("b", "x")),
    "a function gone beside a view": (FUNCTION.format("f") + view("b"), view("b")),
    "a function under another name": (FUNCTION.format("f") + view("b"), FUNCTION.format("g") + view("b")),
    "a function that becomes a view": (FUNCTION.format("f"), view("f")),
    "a renamed column that its readers follow": (
        view("a", "id, x as y") + view("b", "id, y", "a") + view("c", "y", "b"),
        view("a", "id, x as z") + view("b", "id, z", "a") + view("c", "z", "b"),
    ),
    "a renamed column that comes through a star": (
        view("a", "id, x as y") + view("b", "*", "a") + view("c", "y", "b"),
        view("a", "id, x as z") + view("b", "*", "a") + view("c", "z", "b"),
    ),
    "a renamed column that its reader calls as before": (
        view("a", "id, x as y") + view("b", "id, y", "a"),
        view("a", "id, x as z") + view("b", "id, z as y", "a"),
    ),
    "two renamed columns, and a new one": (
        view("a", "id, x as y, u as v") + view("b", "y, v", "a"),
        view("a", "id, x as z, n, u as w") + view("b", "z, n, w", "a"),
    ),
    "another name and its readers' too": (
        view("a", "id, x") + view("b", "id, x", "a") + view("c", "x", "b"),
        view("d", "id, x") + view("e", "id, x", "d") + view("f", "x", "e"),
    ),
    "another name, and its reader mended": (
        view("a", "id, x") + view("b", "x", "a") + view("c", "id", "a"),
        view("d", "id, x") + view("b", "x", "d") + view("c", "id", "d"),
    ),
    "a column renamed by a step, and a reader that follows": (
        "create table a (id int, x int);" + view("b", "x", "a"),
        "create table a (id int, x int); alter table a rename column x to z;" + view("b", "z", "a"),
    ),
    "a rename in the script": (
        "create table a as select id from t; alter table a rename to b;",
        "create table b as select id from t;",
    ),
    "declared columns": ("create table a (id int, x text);", "create table a (id bigint);"),
    "one of two declared tables": (
        "create table a (id int, x text); create table c (id int);",
        "create table b (id int, x text); create table d (x text);",
    ),
    "rows brought to another table": ("insert into a select id from t;", "insert into b select id from t;"),
    "other rows brought to another table": (
        "insert into a select id from t;",
        "insert into b select id from t where id > 1;",
    ),
}


@pytest.mark.parametrize("dialect", ["postgres", "snowflake"])
@pytest.mark.parametrize("name", PAIRS)
def test_the_same_changes(name: str, dialect: str) -> None:
    """Both tell the same kinds of the same relations and columns, with the same certainty."""
    before, after = PAIRS[name]
    sides = [
        read_repository(MemoryFiles({"made.sql": text}), side, Reading(dialect=dialect))
        for text, side in ((before, "base"), (after, "head"))
    ]
    edited = [ChangedFile(path="made.sql", status=FileStatus.MODIFIED, old_path="made.sql")]
    assessment, _ = deep_stack(lambda: compare(sides[0], sides[1], edited))
    assert {_told(change) for change in assessment.changes} == {
        _told(change) for change in diff(before, after, dialect).changes
    }


def _told(change: Change) -> tuple[object, ...]:
    return change.kind, change.relation, change.column, change.before, change.after, change.certainty
