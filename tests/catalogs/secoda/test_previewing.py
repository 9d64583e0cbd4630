"""Previews beside the walk: they identify a table, and tell where three views of its lineage differ."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qs

import pytest

from contract_gate.catalogs.catalog import Answer, Downstream, Question, Text
from contract_gate.core.coverage import CatalogState
from contract_gate.core.relation import RelationName
from contract_gate.emulator.faults import Fault, FaultKind
from contract_gate.reports.report import CatalogStatus

ORDERS = RelationName(("shop", "marts", "orders"))
STAGED = RelationName(("shop", "staging", "stg_orders"))
PAID = RelationName(("shop", "staging", "stg_payments"))
SQL = (
    "create table shop.marts.orders as select o.order_id, o.status, p.amount from shop.staging.stg_orders as o "
    "join shop.staging.stg_payments as p on p.order_id = o.order_id"
)


def text(sql: str = SQL, sources: Sequence[RelationName] = (STAGED, PAID), **more: Any) -> Text:
    more = {"sources_before": tuple(sources), **more}
    return Text(sql=sql, dialect="postgres", sources=tuple(sources), **more)


Ask = Callable[..., tuple[Answer, CatalogState]]


@pytest.fixture
def ask() -> Ask:
    def asked(
        emulator: Any, sent: Text, relation: RelationName = ORDERS, **limits: float
    ) -> tuple[Answer, CatalogState]:
        catalog = emulator.catalog(**limits)
        answers = asyncio.run(catalog.downstream([Question(relation=relation, text=sent)]))
        return answers[relation], catalog.state()

    return asked


def previews(emulator: Any) -> list[dict[str, list[str]]]:
    seen = [one.query for one in emulator.control.requests if one.path == "lineage/lineage_from_query/"]
    return [parse_qs(query) for query in seen]


def test_the_sql_is_previewed(emulate: Callable[..., Any], ask: Ask) -> None:
    """The SQL is sent under Secoda's name of the dialect, without a table id, once; three views that agree say nothing."""
    emulator = emulate()
    answer, state = ask(emulator, text())
    assert isinstance(answer, Downstream)
    assert [(one["sql"], one["dialect"], "table_id" in one) for one in previews(emulator)] == [
        ([SQL], ["postgresql"], False)
    ]
    assert (state.status, state.drift, state.limits) == (CatalogStatus.ANSWERED, (), ())


def test_a_source_that_the_catalog_lacks(emulate: Callable[..., Any], ask: Ask) -> None:
    """A source of the SQL that the preview does not give is one that the catalog does not know."""
    other = RelationName(("shop", "raw", "refunds"))
    sql = f"{SQL} join shop.raw.refunds as r on r.id = o.order_id"
    _, state = ask(emulate(), text(sql, (STAGED, PAID, other)))
    (drift,) = state.drift
    assert (drift.relation, "reads no shop.raw.refunds" in drift.said) == ("shop.marts.orders", True)


def test_an_edge_that_the_catalog_lacks(emulate: Callable[..., Any], ask: Ask) -> None:
    """What the SQL read at the base already, and the catalog has no lineage from, is told."""
    customers = RelationName(("shop", "staging", "stg_customers"))
    sql = f"{SQL} join shop.staging.stg_customers as c on c.customer_id = o.customer_id"
    _, state = ask(emulate(), text(sql, (STAGED, PAID, customers)))
    assert [one.said for one in state.drift] == [
        "the catalog has no lineage from shop.staging.stg_customers, which its SQL reads"
    ]
    # What the pull request itself adds is not in the catalog before it is merged.
    _, state = ask(emulate(), text(sql, (STAGED, PAID, customers), sources_before=(STAGED, PAID)))
    assert state.drift == ()


def test_an_edge_that_the_sql_has_not(emulate: Callable[..., Any], ask: Ask) -> None:
    """Lineage that neither side's SQL has is told, but for what people drew by hand."""
    emulator = emulate()
    start, end = (
        emulator.store.table("shop.staging.stg_customers").id,
        emulator.store.table("shop.marts.orders").id,
    )
    emulator.store.link(start, end)
    _, state = ask(emulator, text())
    assert [one.said for one in state.drift] == [
        "the catalog has lineage from shop.staging.stg_customers, which its SQL does not read"
    ]
    emulator = emulate()
    emulator.store.link(start, end, is_manual=True)
    assert ask(emulator, text())[1].drift == ()
    # What the pull request takes away is still in the catalog before it is merged.
    sql = "create table shop.marts.orders as select o.order_id from shop.staging.stg_orders as o"
    assert ask(emulate(), text(sql, (STAGED,), sources_before=(STAGED, PAID)))[1].drift == ()


def test_a_name_that_is_not_found_is_found_by_its_sql(emulate: Callable[..., Any], ask: Ask) -> None:
    """Where a name is ambiguous the preview's target decides, if it is one of that name."""
    short = RelationName(("orders",))
    emulator = emulate()
    with_twin = emulator.store.table("shop.marts.orders")
    from dataclasses import replace

    schema = next(one for one in emulator.store.entities.values() if one.path == ("shop", "raw"))
    emulator.store.add(replace(with_twin, id="twin", path=("shop", "raw", "orders"), parent_id=schema.id))
    answer, _ = ask(emulator, text(), short)
    assert isinstance(answer, Downstream)
    assert answer.as_asset.id == with_twin.id


def test_two_views_of_the_target(emulate: Callable[..., Any], ask: Ask) -> None:
    """A name and a preview that mean two tables are told; the name stands."""
    answer, state = ask(emulate(), text(SQL.replace("shop.marts.orders", "shop.marts.order_items")))
    assert isinstance(answer, Downstream)
    assert answer.as_asset.title_full == "shop.marts.orders"
    assert "its SQL makes shop.marts.order_items" in state.drift[0].said


@pytest.mark.parametrize(
    ("faults", "sent", "said"),
    [
        ([FaultKind.STATUS_500], text(), "500"),
        ([FaultKind.HTML], text(), "web page"),
        ([], text(problem="its templates were not all run"), "templates"),
        ([], text("this is no SQL at all ("), "could not be parsed"),
        ([], text("select " + "1, " * 3000 + "1"), "bytes"),
    ],
)
def test_a_preview_that_fails_decides_nothing(
    emulate: Callable[..., Any], ask: Ask, faults: list[FaultKind], sent: Text, said: str
) -> None:
    """It is a limit that is told: the answer is what it is without."""
    emulator = emulate()
    (without,) = emulator.ask("shop.marts.orders")
    emulator.control.inject(*(Fault(kind=kind, route="lineage/lineage_from_query") for kind in faults))
    answer, state = ask(emulator, sent)
    assert answer == without
    assert state.status is CatalogStatus.ANSWERED
    (limit,) = state.limits
    assert "was not previewed" in limit
    assert said in limit


def test_what_is_too_long_is_sent_as_its_skeleton(emulate: Callable[..., Any], ask: Ask) -> None:
    """A statement beyond the limit of a request line travels as its skeleton."""
    emulator = emulate()
    long = SQL.replace("o.status", "o.status" + " || ''" * 2000)
    _, state = ask(emulator, text(long, skeleton=SQL))
    assert [one["sql"] for one in previews(emulator)] == [[SQL]]
    assert state.limits == ()


def test_the_limit_of_previews(emulate: Callable[..., Any]) -> None:
    """What is beyond it is not previewed, and is counted."""
    emulator = emulate()
    catalog = emulator.catalog(previews=1)
    questions = [Question(relation=name, text=text()) for name in (ORDERS, STAGED, PAID)]
    asyncio.run(catalog.downstream(questions))
    assert len(previews(emulator)) == 1
    assert catalog.state().limits == ("2 of 3 changed relations were not previewed: the limit is 1",)
