"""Columns as templates ask for them."""

import pytest

from contract_gate.workspace.jinja.relation import TemplateColumn


@pytest.mark.parametrize(
    ("spelled", "is_called"),
    [
        ("int4", {"number", "integer"}), ("BIGINT", {"number", "integer"}), ("bigserial", {"number", "integer"}),
        ("Int32", {"number", "integer"}), ("Nullable(UInt64)", {"number", "integer"}), ("byteint", {"number", "integer"}),
        ("Float32", {"number", "float"}), ("double precision", {"number", "float"}), ("FLOAT64", {"number", "float"}),
        ("number(38, 2)", {"number", "numeric"}), ("DECIMAL(10,2)", {"number", "numeric"}),
        ("character varying(10)", {"string"}), ("NVARCHAR(10)", {"string"}), ("LowCardinality(String)", {"string"}),
        ("timestamp", set()), ("boolean", set()),
    ],
)  # fmt: skip
def test_what_kind_of_type_a_column_has(spelled: str, is_called: set[str]) -> None:
    """A macro that treats numbers or texts apart finds those of every dialect, by whatever name and size."""
    column = TemplateColumn("c", spelled)
    told = {
        "string": column.is_string(), "number": column.is_number(), "integer": column.is_integer(),
        "float": column.is_float(), "numeric": column.is_numeric(),
    }  # fmt: skip
    assert {name for name, holds in told.items() if holds} == is_called
