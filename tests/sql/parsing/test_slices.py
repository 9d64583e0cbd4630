"""`a[:b]` of an array reads the column `b`; a value that is bound stays one where there are no slices."""

import pytest
from sqlglot import exp

from contract_gate.sql.parsing.parse import parse


@pytest.mark.parametrize("dialect", ["duckdb", "postgres"])
@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("arr[:n]", {"arr", "n"}),
        ("(arr)[:t.n + 1]", {"arr", "n"}),
        ('"arr"[:n][:m]', {"arr", "n", "m"}),
        ("arr[:2]", {"arr"}),
        ("arr[n:m]", {"arr", "n", "m"}),
        ("f(arr[:n])", {"arr", "n"}),
    ],
)
def test_a_slice_without_a_first_place(dialect: str, text: str, columns: set[str]) -> None:
    """Whatever ends it is read."""
    (node,) = parse(f"select {text} as x from t", dialect).statements
    assert {column.name for column in node.find_all(exp.Column)} == columns
    assert node.find(exp.Placeholder) is None


@pytest.mark.parametrize(("dialect", "text"), [("snowflake", "arr[:n]"), ("postgres", "id = any(:n)")])
def test_a_value_that_is_bound(dialect: str, text: str) -> None:
    """No column has its name."""
    (node,) = parse(f"select {text} as x from t", dialect).statements
    assert "n" not in {column.name for column in node.find_all(exp.Column)}
    assert node.find(exp.Placeholder) is not None
