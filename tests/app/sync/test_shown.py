"""A sync's report as a table and as JSON; names from the pull request do no harm."""

import json

from contract_gate.app.sync.presentation import to_json, to_table
from contract_gate.app.sync.values import LineageEdge, Outcome, SyncEntry, SyncReport
from contract_gate.core.relation import RelationName

REPORT = SyncReport(
    dry_run=True,
    entries=(
        SyncEntry(
            relation=RelationName(("shop", "orders")),
            path="models/orders.sql",
            outcome=Outcome.PLANNED,
            table_id="T",
            adds=(LineageEdge(source="a", target="b", source_name="raw.a", target_name="orders.b"),),
            drops=(LineageEdge(source="c", target="b", source_name="raw.c", target_name="orders.b"),),
            absent=("raw.x",),
        ),
        SyncEntry(
            relation=RelationName(("shop", "x\x1b[31m")),
            path="models/x.sql",
            outcome=Outcome.LEFT_ALONE,
            reason="because\nof ::error::this",
        ),
    ),
)


def test_table() -> None:
    """One line a model, its changes below, a count at the end; no control character gets through."""
    text = to_table(REPORT)
    assert text.splitlines()[1:4] == [
        "    + raw.a → orders.b",
        "    - raw.c → orders.b",
        "    not in the catalog, or not read by it: raw.x",
    ]
    assert text.splitlines()[-1] == "1 planned, 1 left-alone"
    assert "\x1b" not in text
    assert len(text.splitlines()) == 6


def test_nothing() -> None:
    """No changed model is said."""
    assert to_table(SyncReport(dry_run=False, entries=())) == "no model changed\n"


def test_json() -> None:
    """The JSON has every field of the report."""
    content = json.loads(to_json(REPORT))
    assert (content["schema_version"], content["dry_run"], content["complete"]) == (1, True, True)
    assert content["models"][0] == {
        "relation": "shop.orders",
        "path": "models/orders.sql",
        "outcome": "planned",
        "reason": None,
        "table_id": "T",
        "adds": [{"from": "raw.a", "to": "orders.b", "from_id": "a", "to_id": "b"}],
        "drops": [{"from": "raw.c", "to": "orders.b", "from_id": "c", "to_id": "b"}],
        "not_in_catalog": ["raw.x"],
    }
