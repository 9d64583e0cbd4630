"""Names that stand for what a template could not fill in: they prove nothing."""

import pytest

from contract_gate.sql.bind import bind_script
from contract_gate.sql.declared import lookup_of, shapes_of
from contract_gate.sql.script import Script
from contract_gate.sql.statement.definition import define

LOOKUP = lookup_of(shapes_of({"a": {"x": "INT"}}, "bigquery"))


def bound(sql: str) -> Script:
    return bind_script(sql, "bigquery", LOOKUP, placeholder="unknown_")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT unknown_column FROM a",
        "SELECT UNKNOWN_COLUMN + 1 AS y FROM a",
        "SELECT md5(unknown_columns) AS h FROM a",
        "SELECT x, unknown_lib_more() FROM a",
        "WITH b AS (SELECT unknown_lib_columns('a') FROM a) SELECT id, x FROM b",
        "WITH b AS (SELECT x, unknown_lib_columns('a') FROM a) SELECT other FROM b",
        "WITH b AS (SELECT `unknown_column` AS unknown_column FROM a) SELECT other FROM b",
        "WITH b AS (SELECT MAX(x) AS max_unknown_column FROM a) SELECT max_other FROM b",
    ],
)
def test_nothing_of_it_is_proven(sql: str) -> None:
    """What stands for columns may be any of them."""
    assert [p for statement in bound(sql).statements for p in statement.problems if p.proven] == []


@pytest.mark.parametrize("sql", ["SELECT y, unknown_x() AS z FROM a", "SELECT unknown_x FROM a WHERE y > 1"])
def test_the_names_beside_it_are_judged(sql: str) -> None:
    """A column that the text itself names is looked up as ever."""
    assert [p.name for statement in bound(sql).statements for p in statement.problems if p.proven] == ["y"]


def test_one_alone_is_any_number_of_columns() -> None:
    """It leaves the list open; under an alias it is one column."""
    definition = define(bound("SELECT x, unknown_lib_columns('a'), unknown_n() AS n FROM a"))
    assert definition is not None
    assert [output.name for output in definition.outputs] == ["x", "*", "n"]


def test_without_holes_it_is_a_name_like_any() -> None:
    """A text that has no hole may have a column of that name."""
    script = bind_script("SELECT unknown_column FROM a", "bigquery", LOOKUP)
    assert [p.proven for statement in script.statements for p in statement.problems] == [True]
