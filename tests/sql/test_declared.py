"""A schema that a person gives: how its names are folded and found."""

import pytest

from contract_gate.core.relation import RelationName
from contract_gate.sql.declared import Schema, lookup_of, shapes_of


@pytest.mark.parametrize(
    ("dialect", "written", "folded"),
    [
        ("postgres", "Id", "Id"),
        ("postgres", "ID", "id"),
        ("postgres", '"Id"', "Id"),
        ("snowflake", "ID", "id"),
        ("snowflake", "Id", "id"),
        ("snowflake", '"Id"', '"Id"'),
        ("duckdb", "Id", "id"),
        ("bigquery", "`Id`", "id"),
        ("clickhouse", "Id", "Id"),
    ],
)
def test_columns_are_folded_as_the_dialect_does(dialect: str, written: str, folded: str) -> None:
    """A name in mixed case was quoted where only quotes keep a case, and nowhere else."""
    (shape,) = shapes_of({"t": {written: "int"}}, dialect)
    assert [column.name for column in shape.columns] == [folded]


def _found(schema: Schema, *parts: str) -> tuple[str, ...] | None:
    shape = lookup_of(shapes_of(schema, "duckdb"))(RelationName(parts))
    return None if shape is None else tuple(column.name for column in shape.columns)


def test_a_table_is_found_by_what_parts_both_names_give() -> None:
    """A short name finds a longer one and the other way round, in any case."""
    schema = {"raw.Orders": {"id": "int"}}
    assert _found(schema, "orders") == ("id",)
    assert _found(schema, "db", "raw", "orders") == ("id",)
    assert _found(schema, "other", "orders") is None


def test_a_name_that_two_tables_have_is_open() -> None:
    """What may be either of two tables is neither, unless it is spelled as one of them is."""
    schema = {"raw.orders": {"id": "int"}, "mart.orders": {"n": "int"}}
    assert _found(schema, "orders") is None
    assert _found(schema, "mart", "orders") == ("n",)
