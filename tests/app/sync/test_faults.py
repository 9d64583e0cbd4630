"""Whatever the catalog answers: no run raises, touches what people made, or calls itself synced where it is not."""

import asyncio

import httpx
import pytest

from contract_gate.app.sync.values import Outcome
from contract_gate.emulator.faults import Fault, FaultKind
from tests.app.sync.test_interrupted import bench

ROUTES = (
    ("GET", "resource/catalog"),
    ("GET", "table/columns"),
    ("GET", "lineage/manual"),
    ("GET", "resource/all/*"),
    ("GET", "lineage/lineage_from_query"),
    ("PATCH", "lineage/lineage_from_query"),
    ("DELETE", "lineage/manual/*"),
)


ALWAYS = (
    FaultKind.STATUS_403, FaultKind.STATUS_404, FaultKind.STATUS_429, FaultKind.STATUS_500, FaultKind.CUT,
    FaultKind.EMPTY, FaultKind.HTML, FaultKind.ERROR_OBJECT, FaultKind.NO_ROWS,
)  # fmt: skip
ONCE = (FaultKind.STATUS_500, FaultKind.CUT)


class Connected(httpx.AsyncBaseTransport):
    """Tells of a reply that was cut off as a connection does, not as an application in this process."""

    def __init__(self, server: httpx.AsyncBaseTransport) -> None:
        self.server = server

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return await self.server.handle_async_request(request)
        except ConnectionAbortedError as error:
            raise httpx.RemoteProtocolError("the peer closed the connection") from error


@pytest.mark.parametrize(("method", "route"), ROUTES)
@pytest.mark.parametrize(
    ("kind", "times"), [*((kind, None) for kind in ALWAYS), *((kind, 1) for kind in ONCE)], ids=str
)
def test_a_fault(kind: FaultKind, method: str, route: str, times: int | None) -> None:
    """A table has its old lineage or its new one, a run that says synced is right, and the next run does the rest."""
    place = bench.Workplace()
    before = bench.edges(place.store)
    place.control.inject(Fault(kind=kind, method=method, route=route, times=times))
    report = asyncio.run(place.run(Connected(place.server)))
    assert bench.edges(place.store, by_hand=True) == place.by_hand
    outcomes = {entry.outcome for entry in report.entries}
    if report.is_complete and Outcome.LEFT_ALONE not in outcomes:
        assert bench.edges(place.store) == bench.wanted()
    for entry in report.entries:
        name = str(entry.relation)
        now, old, new = (
            {pair for pair in side if pair[1] == name or pair[1].startswith(f"{name}.")}
            for side in (bench.edges(place.store), before, bench.wanted())
        )
        # A deletion goes row by row; a write is whole.
        assert now in (old, new) or (entry.removed and new <= now <= old), (entry, now)
    place.control.clear_faults()
    place.state = place.state.finished("a" * 40, report.entries)
    assert asyncio.run(place.run()).is_complete
    assert bench.edges(place.store) == bench.wanted()
