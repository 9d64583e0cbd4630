"""Runs that are killed, that meet each other or a limit: in the end the catalog is as planned, and nothing was written twice."""

import asyncio
import importlib.util
import random
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from contract_gate.app.sync.values import Outcome
from contract_gate.emulator.faults import Fault, FaultKind
from contract_gate.emulator.switches import Switches


def _bench() -> ModuleType:
    """Load the benchmark that kills runs: it is no part of the package."""
    file = Path(__file__).parents[3] / "bench" / "sync_kills.py"
    spec = importlib.util.spec_from_file_location("sync_kills", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["sync_kills"] = module
    spec.loader.exec_module(module)
    return module


bench: Any = _bench()


@pytest.mark.parametrize("seed", range(12))
def test_killed_and_taken_up(seed: int) -> None:
    """Killed at a random request, once or several times: the run that takes it up ends with what was planned."""
    place = bench.kill(random.Random(seed), bench.requests_of_a_run())
    assert bench.faults(place) == []


def test_the_journal_is_believed_for_its_range_alone() -> None:
    """What an interrupted run settled is not asked for again; another range looks at all of it."""
    place = bench.Workplace()
    asyncio.run(place.run())
    place.control.requests.clear()
    report = asyncio.run(place.run())
    assert (report.entries, len(place.control.requests)) == ((), 0)
    assert place.state.settled("other..range") == frozenset()


def test_two_at_once() -> None:
    """Two syncs of the same range end as one would, and a third finds nothing to do."""
    place = bench.Workplace()

    async def both() -> Any:
        return await asyncio.gather(place.run(), place.run())

    for report in asyncio.run(both()):
        assert {entry.outcome for entry in report.entries} <= {
            Outcome.WRITTEN,
            Outcome.IN_STEP,
            Outcome.REMOVED,
        }
    assert bench.edges(place.store) == bench.wanted()
    assert bench.edges(place.store, by_hand=True) == place.by_hand
    # Where both looked before either wrote, a table may be written by each, and no more.
    written = place.writes()
    assert written["PATCH lineage/lineage_from_query/"] <= 2 * bench.WRITTEN
    place.state = type(place.state)()
    report = asyncio.run(place.run())
    assert {entry.outcome for entry in report.entries} == {Outcome.IN_STEP, Outcome.REMOVED}
    assert place.writes() == written


def test_a_storm_of_refusals() -> None:
    """A catalog that takes three writes a minute, and says so with 429, gets all of them in the end."""
    place = bench.Workplace(switches=Switches(write_limit=3))
    assert asyncio.run(place.run()).is_complete
    assert bench.edges(place.store) == bench.wanted()


def test_a_storm_of_refused_reads() -> None:
    """A 429 of a read is waited for."""
    place = bench.Workplace()
    for route in ("lineage/manual", "resource/catalog", "lineage/lineage_from_query"):
        place.control.inject(Fault(kind=FaultKind.STATUS_429, method="GET", route=route, times=3))
    assert asyncio.run(place.run()).is_complete
    assert bench.faults(place) == []


class Third(httpx.AsyncBaseTransport):
    """Refuses the third write."""

    def __init__(self, server: httpx.AsyncBaseTransport) -> None:
        self.server, self.writes = server, 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.writes += request.method == "PATCH"
        if request.method == "PATCH" and self.writes == 3:
            return httpx.Response(403, json={"detail": "not this one"})
        return await self.server.handle_async_request(request)


def test_the_third_write_is_refused() -> None:
    """The others are written, the refused one is told, and it alone is written by the next run."""
    place = bench.Workplace()
    report = asyncio.run(place.run(Third(place.server)))
    assert [entry.outcome for entry in report.entries].count(Outcome.FAILED) == 1
    assert not report.is_complete
    place.state = place.state.finished("a" * 40, report.entries)
    (left,) = place.state.pending
    assert str(left.relation) == "db.s.t2"
    assert asyncio.run(place.run()).is_complete
    assert bench.faults(place) == []
