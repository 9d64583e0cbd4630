"""Patterns that pick columns: what they pick, and that none takes long, whatever a pull request writes."""

import pytest

import contract_gate
from contract_gate.sql.query.patterns import is_found, is_like


@pytest.mark.parametrize(
    ("name", "pattern", "holds"),
    [
        ("amount", "a%", True),
        ("amount", "%ou_t", True),
        ("amount", "ount", False),
        ("a[b", "a[b", True),
        ("a*b", "a*b", True),
        ("axb", "a*b", False),
        ("a\nb", "a%b", True),
        ("a" * 5_000, "%a" * 50 + "b", False),
    ],
)
def test_like(name: str, pattern: str, holds: bool) -> None:
    """The whole name is compared; only `%` and `_` stand for something else."""
    assert is_like(name, pattern) is holds


@pytest.mark.parametrize(
    ("pattern", "name", "found"),
    [
        ("oun", "amount", True),
        ("^oun", "amount", False),
        ("^a.*t$", "amount", True),
        (r"_\d+$", "day_31", True),
        ("(", "amount", None),
        ("(a+)+b", "a" * 30, None),
        ("a*a*a*a*b", "a" * 300, None),
        ("a", "a" * 10_000, None),
    ],
)
def test_regular_expressions(pattern: str, name: str, found: bool | None) -> None:
    """What is no expression, or could try the same signs without end, is not known."""
    assert is_found(pattern, name) is found


@pytest.mark.parametrize("picked", ["columns('^(a+)+$x')", "columns(lambda c: c similar to '(a+)+b')"])
def test_a_pattern_without_end_is_not_tried(picked: str) -> None:
    """Such a pattern took minutes for one name of thirty signs: what it picks is told as not decided."""
    told = contract_gate.diff(
        f"select {picked} from t", "select b from t", dialect="duckdb", schema={"t": {"a" * 30: "int", "b": "int"}}, witness=False
    )  # fmt: skip
    assert any(change.kind.value == "undecided" for change in told.changes)
