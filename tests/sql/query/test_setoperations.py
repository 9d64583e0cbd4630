"""UNION and its kin over relations whose columns nobody knows, and by name."""

import pytest

import contract_gate
from contract_gate.compare.changes.api import diff
from contract_gate.sql.bind import bind_script

SCHEMA = {"a": {"id": "INT", "v": "INT"}, "b": {"id": "INT", "s": "VARCHAR"}}


def changes(before: str, after: str, dialect: str = "duckdb") -> list[tuple[str, str | None]]:
    return [
        (change.kind.value, change.column) for change in diff(before, after, dialect, schema=SCHEMA).changes
    ]


def upstream(sql: str) -> dict[str, list[str]]:
    (statement,) = contract_gate.lineage(sql, "duckdb", SCHEMA).to_dict()["files"][0]["statements"]
    return {
        column["column"]: [f"{up['relation']}.{up['column']}" for up in column["upstream"]]
        for column in statement["columns"]
    }


@pytest.mark.parametrize(
    ("before", "after", "column"),
    [
        ("select * from raw union all select id, 1 from a", "select * from raw union all select id, 2 from a", "*"),
        (
            "select q from (select * from raw union all select id, v from a)",
            "select q from (select * from raw union all select v, id from a)",
            "q",
        ),
        (
            "select z from (select r.*, 1 as z from raw r union all select id, v, 1 from a)",
            "select z from (select r.*, 1 as z from raw r union all select id, v, 2 from a)",
            "z",
        ),
        (
            "select id, 1 as c from a union all select * from raw",
            "select id, 2 as c from a union all select * from raw",
            "c",
        ),
        (
            "select *, 1 as z from raw union all select *, 2 as z from raw2",
            "select *, 1 as z from raw union all select *, 3 as z from raw2",
            "z",
        ),
    ],
)  # fmt: skip
def test_a_star_meets_all_that_stands_beside_it(before: str, after: str, column: str) -> None:
    """Nobody knows how many columns it brings, so that each column of the other branch from there on may be any of them."""
    assert changes(before, after) == [("column-values-changed", column)]
    assert changes(before, before.replace("select", "SELECT")) == []


def test_what_is_counted_alone_is_not_touched() -> None:
    """Rows of a union are as many, whatever stands beside a star."""
    count = "select count(*) as n from (select * from raw union all select id, {} from a)"
    assert changes(count.format("v"), count.format("id")) == []


def test_stars_of_one_shape_meet_each_other() -> None:
    """Branches that are written alike leave no doubt which columns are one."""
    text = "select {} from (select *, 1 as z from raw union all select *, {} as z from raw2)"
    assert changes(text.format("y", 2), text.format("y", 3)) == []


def test_lineage_beside_a_star() -> None:
    """A column that only the star can bring comes from it, or from any column beside it."""
    assert upstream("select q from (select * from raw union all select id, v from a)") == {
        "q": ["a.id", "a.v", "raw.q"]
    }
    assert upstream("select id, 1 as c from a union all select * from raw") == {
        "id": ["a.id", "raw.*"],
        "c": ["raw.*"],
    }


def given(sql: str) -> list[str]:
    script = bind_script(sql, "bigquery", lambda _: None)
    query = script.statements[0].query
    assert query is not None
    return [output.name for output in query.outputs]


@pytest.mark.parametrize(
    ("side", "columns"),
    [("left", ["id", "v"]), ("inner", ["id"]), ("full", ["id", "v", "s"]), ("", ["id", "v", "s"])],
)
def test_columns_of_a_union_by_name(side: str, columns: list[str]) -> None:
    """BigQuery's `LEFT UNION ALL BY NAME` keeps the left branch's columns, `INNER` those that both have."""
    assert given(f"select id, v from a {side} union all by name select id, s from b") == columns


def test_union_on_some_columns_is_not_decided() -> None:
    """BigQuery's `BY NAME ON (…)` chooses columns, which is not followed: said aloud."""
    script = bind_script(
        "select id from a union all by name on (id) select id from b", "bigquery", lambda _: None
    )
    problems = [problem for statement in script.statements for problem in statement.problems]
    assert [problem.kind for problem in problems] == ["unsupported"]
