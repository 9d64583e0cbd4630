"""How a change of the rows is told: one cause one change, with the words of both sides."""

import pytest

from contract_gate.compare.changes.api import diff
from contract_gate.compare.changes.change import ChangeClass, Kind

TABLES = {name: {"id": "int", "x": "int", "y": "int"} for name in ("a", "b")}


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("select a.id from a", "select a.id from a join b on a.id = b.id where b.x > 1", [(Kind.ROWS_JOIN_CHANGED, None, "JOIN b")]),
        ("select a.id from a join b on a.id = b.id where b.x > 1", "select a.id from a", [(Kind.ROWS_JOIN_CHANGED, "JOIN b", None)]),
        (
            "select a.id from a",
            "select a.id from a join b on a.id = b.id where b.x > 1 and a.y > 1",
            [(Kind.ROWS_JOIN_CHANGED, None, "JOIN b"), (Kind.ROWS_FILTER_CHANGED, None, "a.y >= 2")],
        ),
        ("select x from a", "select x from a group by x", [(Kind.GRAIN_CHANGED, None, "x")]),
        ("select distinct x from a", "select x from a", [(Kind.GRAIN_CHANGED, "x", None)]),
        ("select id from a union select id from b", "select id from (select id, x from a union select id, x from b) q", [(Kind.ROWS_SOURCE_CHANGED, "UNION", "UNION (of other values)")]),
        ("select x from a limit 5", "select x from a limit 6", [(Kind.ROWS_LIMIT_CHANGED, "LIMIT 5", "LIMIT 6")]),
    ],
    ids=["a join comes", "a join goes", "a join and a filter of another table", "groups", "no groups", "duplicates of other values", "a limit"],
)  # fmt: skip
def test_what_changed(before: str, after: str, told: list[tuple[Kind, str | None, str | None]]) -> None:
    """The conditions and keys of a table that comes or goes are told with it, all others for themselves."""
    changes = diff(before, after, "postgres", TABLES).changes
    rows = [change for change in changes if change.change_class is ChangeClass.ROWS]
    assert [(change.kind, change.before, change.after) for change in rows] == told


@pytest.mark.parametrize(
    ("before", "after", "may"),
    [
        ("x", "cast(x as text)", True),
        ("cast(x as text)", "y", True),
        ("cast(x as int)", "cast(y as int)", False),
        ("x", "y", False),
    ],
)
def test_a_column_whose_type_may_be_another(before: str, after: str, may: bool) -> None:
    """One side casts the column, and nobody knows the type that the other has."""
    (change,) = diff(f"select {before} as c from t", f"select {after} as c from t", "postgres").changes
    assert (change.kind, change.may_retype) == (Kind.COLUMN_VALUES_CHANGED, may)
