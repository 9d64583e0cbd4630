"""Exposures that the catalog does not link: offered, made where it is asked for, and taken away again; people's rows never."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from contract_gate.app.sync.exposures import remembered
from contract_gate.app.sync.presentation import conclusion, to_text
from contract_gate.app.sync.values import DeclaredExposure, ExposureLink, LinkOutcome, MadeLink, SyncReport
from contract_gate.core.relation import RelationName
from contract_gate.emulator.faults import Fault, FaultKind

ITEMS = RelationName(("shop", "marts", "order_items"))
DASHBOARD = "Customer 360"
URL = "https://bi.example.com/dashboards/customer-360"


def exposure(**more: Any) -> DeclaredExposure:
    given: dict[str, Any] = {
        "name": "customer_360",
        "url": URL,
        "owners": (),
        "reads": ((ITEMS, ITEMS),),
        **more,
    }
    return DeclaredExposure(key="exposure.shop.customer_360", path="models/exposures.yml", **given)


def by_hand(here: Any) -> set[str]:
    rows = (row for row in here.store.lineage() if row.is_manual)
    return {row.id for row in rows}


@pytest.mark.parametrize(
    "switch", ["create_routes=new", "create_routes=old", "mirrored_rows=off", "delete_mirror=off"]
)
def test_made_and_taken_away(shop: Callable[..., Any], switch: str) -> None:
    """It is made once, remembered by its rows, not offered again, and goes with the exposure; what people made stays."""
    here = shop(switch)
    people = by_hand(here)
    (offered,) = here.link(exposure())
    assert (offered.outcome, offered.asset, here.writes) == (LinkOutcome.OFFERED, DASHBOARD, 0)
    links = here.link(exposure(), write=True)
    assert [one.outcome for one in links] == [LinkOutcome.MADE]
    assert ("shop.marts.order_items", DASHBOARD) in here.edges(DASHBOARD)
    made = remembered((), links)
    assert here.link(exposure(), made=made, write=True) == ()
    (gone,) = here.link(made=made, write=True)
    assert (gone.outcome, gone.ends) == (LinkOutcome.REMOVED, True)
    assert remembered(made, (gone,)) == ()
    assert by_hand(here) == people
    assert ("shop.marts.order_items", DASHBOARD) not in here.edges(DASHBOARD)


def test_what_is_linked_is_not_offered(shop: Callable[..., Any]) -> None:
    """Lineage through a chart, or through other tables, is lineage."""
    here = shop()
    orders = RelationName(("shop", "marts", "orders"))
    revenue = exposure(
        name="Weekly revenue", url=None, owners=("dana@example.com",), reads=((orders, orders),)
    )
    assert here.link(revenue, exposure(reads=((orders, orders),))) == ()


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"name": "Nothing like it", "url": "https://bi.example.com/none"}, "lists no dashboard"),
        ({"url": None, "owners": ("vera@example.com",)}, "neither its address nor one of its owners"),
        ({"url": "https://bi.example.com/other"}, "neither its address nor one of its owners"),
        ({"reads": ((RelationName(("shop", "marts", "none")),) * 2,)}, "does not list it"),
    ],
)
def test_what_is_not_sure_is_left_alone(shop: Callable[..., Any], more: dict[str, Any], reason: str) -> None:
    """A dashboard is known by its address, or by its name and an owner; a table must be in the catalog."""
    here = shop()
    (link,) = here.link(exposure(**more), write=True)
    assert (link.outcome, here.writes) == (LinkOutcome.LEFT_ALONE, 0)
    assert reason in str(link.reason)


def test_by_name_and_owner(shop: Callable[..., Any]) -> None:
    """Without an address its name, however it is spelled, and one owner name it."""
    (link,) = shop().link(exposure(url=None, owners=("Sam <Sam@example.com>",)))
    assert (link.outcome, link.asset) == (LinkOutcome.OFFERED, DASHBOARD)


def test_what_is_archived_is_no_dashboard(shop: Callable[..., Any]) -> None:
    """A dashboard of the name and address that is archived in the catalog is not linked to."""
    here = shop()
    shown = here.store.named("dashboard", DASHBOARD)
    here.store.entities[shown.id] = replace(shown, archived=True)
    (link,) = here.link(exposure(), write=True)
    assert (link.outcome, here.writes) == (LinkOutcome.LEFT_ALONE, 0)
    assert "lists no dashboard" in str(link.reason)


def test_failures_are_told(shop: Callable[..., Any]) -> None:
    """A refused write is a failure of the run, and nothing is remembered."""
    here = shop()
    here.control.inject(Fault(kind=FaultKind.STATUS_403, method="POST"))
    links = here.link(exposure(), write=True)
    assert [one.outcome for one in links] == [LinkOutcome.FAILED]
    assert remembered((), links) == ()
    report = SyncReport(entries=(), dry_run=False, exposures=links)
    assert not report.is_complete
    assert "not synced" in conclusion(report)


def test_shown() -> None:
    """An offer stands in the plan with its table, its dashboard and its place."""
    link = ExposureLink(
        key="exposure.shop.x", exposure="x", path="models/e.yml", relation=ITEMS, outcome=LinkOutcome.OFFERED, asset="X"
    )  # fmt: skip
    ends = ExposureLink(
        key="k", exposure="k", path="", relation=ITEMS, outcome=LinkOutcome.REMOVED, ends=True, reason="gone"
    )
    lines = to_text(SyncReport(entries=(), dry_run=True, exposures=(link, ends))).splitlines()
    assert lines[:2] == ["+ exposure x: offered  (models/e.yml)", "    shop.marts.order_items → X"]
    assert lines[3] == "- exposure k: removed"
    assert (
        "1 of exposures offered, 1 of exposures removed" in lines[-1] or "1 of exposures removed" in lines[-1]
    )


def test_only_ours_are_taken_away() -> None:
    """Rows that are not remembered are nobody's to delete."""
    made = (MadeLink(exposure="e", relation=ITEMS, rows=("r1", "r2")),)
    assert remembered(made, ()) == made
