"""Who may name a relation is looked up by words, those that an earlier run found among them."""

import pytest

from contract_gate.core.relation import RelationName
from contract_gate.core.remembering import remembering
from contract_gate.workspace.words import WORDS, WordIndex
from tests.cases.test_cases import Kept

TEXTS = {
    "plain": "select * from Shop.Orders",
    "quoted": 'select * from "shop"."daily orders"',
    "wildcard": "select * from `shop.events_*` ",
    "none": "select reorders, events from t",
}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("orders", {"plain", "quoted"}),
        ("daily orders", {"quoted"}),
        ("events_2024", {"wildcard"}),
        ("events", {"none"}),
        ("missing", set()),
    ],
)
def test_who_names_a_relation(monkeypatch: pytest.MonkeyPatch, name: str, found: set[str]) -> None:
    """Whole words count, whatever their case, and what a wildcard begins with; the same from what was kept."""
    relation = RelationName(("shop", name))
    assert WordIndex(TEXTS).naming(relation) == found
    kept = Kept()
    for _ in range(2):
        monkeypatch.setattr(WORDS, "_values", {})
        with remembering(kept):
            assert WordIndex(TEXTS).naming(relation) == found
    assert kept
