"""Types as texts: same, wider, or another."""

import pytest

from contract_gate.sql.types import is_same_type, is_wider


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("INT", "BIGINT"), ("SMALLINT", "INT"), ("VARCHAR(10)", "VARCHAR(20)"), ("VARCHAR(10)", "TEXT"),
        ("DECIMAL(10, 2)", "DECIMAL(12, 2)"), ("DECIMAL(10, 2)", "DECIMAL(12, 4)"), ("FLOAT", "DOUBLE"),
        ("INT", "DECIMAL(10, 0)"),
    ],
)  # fmt: skip
def test_wider(before: str, after: str) -> None:
    """Every value of the old type fits; the way back does not."""
    assert is_wider(before, after)
    assert not is_wider(after, before)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("DECIMAL(10, 2)", "DECIMAL(10, 4)"), ("INT", "DOUBLE"), ("INT", "VARCHAR"), ("DATE", "TIMESTAMP"),
        ("INT", "DECIMAL(9, 0)"), ("TIMESTAMP", "TIMESTAMPTZ"),
    ],
)  # fmt: skip
def test_not_wider(before: str, after: str) -> None:
    """Digits can be lost, or readers see another thing."""
    assert not is_wider(before, after)
    assert not is_same_type(before, after)


def test_one_type_in_two_spellings() -> None:
    """Spellings of one type are no change."""
    assert is_same_type("INTEGER", "INT")
    assert is_same_type("NUMERIC(10,2)", "decimal(10, 2)")
