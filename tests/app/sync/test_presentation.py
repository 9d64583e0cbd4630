"""A sync's report as a table and as JSON; names from the pull request do no harm."""

import json
from typing import Any

from contract_gate.app.sync.presentation import to_json, to_markdown, to_text
from contract_gate.app.sync.values import LineageEdge, Outcome, SyncEntry, SyncReport
from contract_gate.core.relation import RelationName
from contract_gate.core.world import MadeUp

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


def test_text() -> None:
    """A paragraph for each table, its changes below, the sum at the end; no control character gets through."""
    assert to_text(REPORT).splitlines() == [
        "~ shop.orders: planned  (models/orders.sql)",
        "    + raw.a → orders.b",
        "    - raw.c → orders.b",
        "    not in the catalog, or not read by it: raw.x",
        "",
        "! shop.x\\x1b[31m: left alone  (models/x.sql)",
        "    because of ::error::this",
        "",
        "Plan: 1 to add, 1 to remove (1 planned, 1 left alone)",
    ]


def entry(outcome: Outcome, **more: Any) -> SyncEntry:
    return SyncEntry(relation=RelationName(("m", "new")), path="new.sql", outcome=outcome, **more)


def test_marks() -> None:
    """A rename names both, what is removed is marked so, and tables in step are one line, counted where there are many."""
    old = (RelationName(("m", "old")),)
    entries = (
        entry(Outcome.WRITTEN, replaces=old),
        entry(Outcome.REMOVED, removed=True, kept=2),
        *(entry(Outcome.IN_STEP) for _ in range(12)),
    )
    lines = to_text(SyncReport(dry_run=False, entries=entries)).splitlines()
    assert lines[0] == "> m.old → m.new: written  (new.sql)"
    assert lines[2:4] == ["- m.new: removed  (new.sql)", "    2 made by hand stay"]
    assert lines[5] == "= in step: " + ", ".join(["m.new"] * 10) + " and 2 more"
    assert lines[-1] == "Done: 0 added, 0 removed (12 in step, 1 written, 1 removed)"


def test_long() -> None:
    """Of many edges of one table the first are shown, and the others counted."""
    edges = tuple(
        LineageEdge(source=str(n), target="t", source_name=f"s.{n}", target_name="t") for n in range(25)
    )
    text = to_text(SyncReport(dry_run=True, entries=(entry(Outcome.PLANNED, adds=edges),)))
    assert text.count("+ s.") == 20
    assert "and 5 more, all in the JSON" in text
    assert "Plan: 25 to add" in text


def test_nothing() -> None:
    """No changed model is said."""
    assert to_text(SyncReport(dry_run=False, entries=())) == "no model changed\n"


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
        "replaces": [],
        "removed": False,
        "unknown": [],
        "made_by_hand": 0,
        "documents": [],
    }


def test_markdown() -> None:
    """The plan stands in a fence that nothing in it can end, and what comes and goes is coloured."""
    hostile = SyncReport(
        dry_run=True, entries=(*REPORT.entries, entry(Outcome.FAILED, reason="```` <b>@all"))
    )
    lines = to_markdown(hostile, "the `push`").splitlines()
    assert lines[0] == "### contract-gate sync: planned, nothing was written"
    assert lines[2] == "`the 'push'`"
    assert lines[4] == "`````diff"
    assert lines[-1] == "`````"
    assert "+ raw.a → orders.b" in lines


def test_words_that_nobody_knows_are_not_shown() -> None:
    """What was made up for a part of a name is left open for people, and named by its setting in the JSON."""
    words = (MadeUp(word="env_wh", setting="env.WH"),)
    entry = SyncEntry(
        relation=RelationName(("env_wh", "marts", "orders")),
        path="orders.sql",
        outcome=Outcome.LEFT_ALONE,
        replaces=(RelationName(("env_wh", "marts", "old")),),
        words=words,
    )
    report = SyncReport(entries=(entry,), dry_run=True)
    assert "! marts.old → marts.orders: left alone" in to_text(report)
    assert json.loads(to_json(report))["models"][0]["unknown"] == ["env.WH"]
