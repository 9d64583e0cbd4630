"""`contract_gate.reports.graph`: each thing is one node, and the way to it goes through the others."""

from dataclasses import replace

from contract_gate.compare.impact import Effect, KnownBy
from contract_gate.reports import view
from contract_gate.reports.graph import graph
from tests.reports.test_view import DIRECT, STAGED, breaks, change_of, report_of


def test_what_is_no_relation_is_one_node_on_the_way_to_others() -> None:
    """A metric is reached through its semantic model, though that is called like the model below it and named without its kind."""
    report = report_of(
        breaks(DIRECT, STAGED),
        breaks("orders", STAGED, DIRECT, kind="semantic_model"),
        breaks("revenue", STAGED, DIRECT, "orders", kind="metric"),
        changes=(change_of("orders_raw"),),
    )
    drawn = graph(report, view.entries(report))
    labels = {node["id"]: node["label"] for node in drawn.nodes if isinstance(node, dict)}
    edges = {(labels[edge[0]], labels[edge[1]]) for edge in drawn.edges if isinstance(edge, list)}
    assert edges == {
        ("orders_raw", "orders"),
        ("orders", "semantic model orders"),
        ("semantic model orders", "metric revenue"),
    }


def test_what_was_edited_stays_marked_as_edited() -> None:
    """A relation that is edited and reads another edited one is drawn as edited, not as a reader that changes."""
    changes = (change_of("orders_raw"), change_of("second", number=2))
    report = report_of(breaks("env_db.staging.second", STAGED, effect=Effect.CHANGES), changes=changes)
    drawn = graph(report, view.entries(report))
    told = {node["label"]: node["told"] for node in drawn.nodes if isinstance(node, dict)}
    assert told == {"orders_raw": "was edited", "second": "was edited"}


def test_what_only_the_catalog_knows_is_one_node_on_the_way_to_others() -> None:
    """A table of the catalog that reads the change, and that a dashboard is reached through, is drawn once."""
    table, dashboard = (
        replace(breaks(name, *via, kind=kind), by=KnownBy.COLUMNS)
        for name, kind, via in (
            ("WH.MART.DAILY", "table", (DIRECT,)),
            ("Weekly", "dashboard", (DIRECT, "WH.MART.DAILY")),
        )
    )
    report = report_of(table, dashboard, changes=(change_of("orders_raw"),))
    drawn = graph(report, view.entries(report))
    labels = {node["id"]: node["label"] for node in drawn.nodes if isinstance(node, dict)}
    edges = {(labels[edge[0]], labels[edge[1]]) for edge in drawn.edges if isinstance(edge, list)}
    assert {("orders", "table WH.MART.DAILY"), ("table WH.MART.DAILY", "dashboard Weekly")} <= edges
    assert len(drawn.nodes) == len(set(labels.values())) == 4
