"""`contract_gate.witness.values`: literals, what is shown, and what counts as equal."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from contract_gate.witness.values import Json, comparable, literal, plain


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, Decimal("1.00")),
        (1.0, 1),
        (0.1 + 0.2, 0.3),
        (-0.0, 0),
        (date(2024, 1, 2), datetime(2024, 1, 2)),
        ([1, None], [Decimal(1), None]),
    ],
)
def test_the_same_meaning_is_equal(one: object, other: object) -> None:
    """Types of numbers, the order of a sum and midnight do not count."""
    assert comparable(one) == comparable(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (True, 1),
        ("1", 1),
        (None, 0),
        (None, ""),
        ("a", "A"),
        (10**15, 10**15 + 1),
        ([1, 2], [2, 1]),
        (datetime(2024, 1, 2, 3), date(2024, 1, 2)),
    ],
)
def test_another_meaning_is_not(one: object, other: object) -> None:
    """Truth, text, NULL, case and the order in a list do count."""
    assert comparable(one) != comparable(other)


def test_text_cannot_leave_its_literal() -> None:
    """A quote in a value stays inside the literal."""
    assert literal("it's", "VARCHAR") == "'it''s'"
    assert literal(Json('{"a":"x\'y"}'), "JSON") == "CAST('{\"a\":\"x''y\"}' AS JSON)"


def test_what_is_shown_fits_json() -> None:
    """Decimals become numbers, times ISO 8601 text, infinities text."""
    shown = plain([Decimal("1.50"), Decimal("2"), datetime(2024, 1, 2, 3, 4), float("inf"), {"a": b"\x01"}])
    assert shown == [1.5, 2, "2024-01-02 03:04:00", "inf", {"a": "01"}]
