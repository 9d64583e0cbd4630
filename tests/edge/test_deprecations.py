"""What comments and the configuration say of things that go out of use."""

from datetime import date

import pytest

from contract_gate.core.relation import RelationName
from contract_gate.core.world import Promised
from contract_gate.edge.deprecations import DeprecatedRelation, promised_in

DAY = "2026-12-31"


@pytest.mark.parametrize(
    ("text", "column", "reason"),
    [
        (
            f"-- contract-gate: deprecated amount until {DAY} because use amount_eur",
            "amount",
            "use amount_eur",
        ),
        (f"-- contract-gate: deprecated until {DAY}", None, None),
        (
            f'/* contract-gate: DEPRECATED "Net Amount" until {DAY} because it\'s net */',
            "Net Amount",
            "it's net",
        ),
        (f"{{# contract-gate: deprecated ship.zip until {DAY} #}}", "ship.zip", None),
    ],
)
def test_a_comment_says_until_when(text: str, column: str | None, reason: str | None) -> None:
    """Of a column or of all, with a reason or without, in any comment of SQL or Jinja."""
    found, problems = promised_in(f"select 1\n{text}\n", "m.sql")
    assert found == (Promised(column=column, until=DAY, said_at="m.sql:2", reason=reason),)
    assert problems == ()


@pytest.mark.parametrize(
    "told", ["amount", "amount until soon", "amount until 2026-02-31", "a b until 2026-12-31"]
)
def test_a_comment_that_is_not_understood_promises_nothing(told: str) -> None:
    """It is told, with the way to write it."""
    found, (problem,) = promised_in(f"-- contract-gate: deprecated {told}", "m.sql")
    assert found == ()
    assert "m.sql:1" in problem


def test_other_comments_are_none() -> None:
    """A waiver and prose are no deprecations."""
    text = "-- contract-gate: allow column-removed until 2027-01-31 because x\n-- deprecated amount\n"
    assert promised_in(text, "m.sql") == ((), ())


@pytest.mark.parametrize(
    ("relation", "means"),
    [("shop.marts.orders", True), ("Marts.Orders", True), ("arts.orders", False), ("raw.orders", False)],
)
def test_an_entry_means_a_relation_by_its_last_parts(relation: str, means: bool) -> None:
    """Whole names and whole parts, without case."""
    entry = DeprecatedRelation(relation=relation, columns=("a", "b"), until=date(2026, 12, 31))
    found = list(entry.promised(RelationName(("shop", "marts", "orders")), "contract-gate.toml"))
    assert [one.column for one in found] == (["a", "b"] if means else [])
