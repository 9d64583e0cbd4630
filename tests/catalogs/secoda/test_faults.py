"""Every kind of fault on every route: an answer is whole, or it says that it is not."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from contract_gate.catalogs.catalog import Downstream, Question
from contract_gate.core.relation import RelationName
from contract_gate.emulator.faults import Fault, FaultKind
from contract_gate.reports.report import CatalogStatus

ORDERS = RelationName(("shop", "marts", "orders"))
ROUTES = [
    "resource/catalog", "resource/all/*", "resource/*", "table/tables", "table/columns", "lineage/manual", "lineage/*",
    "user/*", "integration/*", None,
]  # fmt: skip
KINDS = [kind for kind in FaultKind if kind not in (FaultKind.SLOW, FaultKind.CUT)]
"""A reply that is late or cut off takes a server of its own: the e2e tests have one."""


def reached(answer: object) -> set[str]:
    return {one.asset.id for one in answer.reached} if isinstance(answer, Downstream) else set()


@pytest.mark.parametrize("times", [None, 1, 2])
@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_whole_or_told(emulate: Callable[..., Any], route: str | None, times: int | None) -> None:
    """`answered` stands only over all consumers, each with its name or with the reason why it has none."""
    question = Question(relation=ORDERS, columns=("amount",))
    (whole,) = emulate().ask("shop.marts.orders")
    for kind in KINDS:
        emulator = emulate()
        emulator.control.inject(Fault(kind=kind, route=route, times=times))
        catalog = emulator.catalog(deadline=60.0)
        answer = asyncio.run(catalog.downstream([question]))[ORDERS]
        if catalog.state().status is not CatalogStatus.ANSWERED:
            continue
        unnamed = isinstance(answer, Downstream) and "name can't be read" in str(answer.note)
        assert reached(answer) == reached(whole) or unnamed, (kind, answer)
