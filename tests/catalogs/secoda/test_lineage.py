"""One hop: mirrored rows, filters that are ignored, batches that are not understood."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from contract_gate.catalogs.secoda.lineage import LineageReader, Link, Neighbours
from contract_gate.catalogs.secoda.settings import SecodaSettings
from contract_gate.catalogs.secoda.transport import Transport

Row = tuple[str, str, str]


@dataclass
class Deployment(httpx.AsyncBaseTransport):
    """A server of lineage rows (from, to, direction) that knows some filters, and lists of ids or not."""

    rows: Sequence[Row]
    filters: tuple[str, ...] = ("from_entity__in", "to_entity__in", "from_entity_id", "to_entity_id")
    unknown: str = "ignored"
    lists: str = "understood"
    listing: int = 200
    broken: tuple[str, ...] = ()
    asked: list[dict[str, str]] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        query = dict(request.url.params)
        self.asked.append(query)
        assert request.url.path == "/api/v1/lineage/manual/"
        if not query and self.listing != 200:
            return httpx.Response(self.listing, json={"detail": "give a filter"})
        rows = list(self.rows)
        for name, value in query.items():
            if any(one in value for one in self.broken):
                return httpx.Response(400 if "," not in value else 500, json={"detail": "no"})
            if name not in self.filters:
                if self.unknown == "refused":
                    return httpx.Response(400, json={"detail": f"unknown filter {name}"})
                continue
            if "," in value and self.lists == "refused":
                return httpx.Response(400, json={"detail": "not a UUID"})
            wanted = value.lower().split(",") if self.lists == "understood" else [value.lower()]
            if self.lists == "first alone":
                wanted = wanted[0].split(",")[:1]
            end = 0 if name.startswith("from") else 1
            rows = [row for row in rows if row[end].lower() in wanted]
        results = [{"from_entity_id": a, "to_entity_id": b, "direction": way} for a, b, way in rows]
        return httpx.Response(200, content=json.dumps({"results": results, "count": len(results)}))


@pytest.fixture
def hop(settings: SecodaSettings, passing: Any) -> Callable[..., Mapping[str, Neighbours]]:
    def one_hop(deployment: Deployment, *ids: str) -> Mapping[str, Neighbours]:
        async def whole() -> Mapping[str, Neighbours]:
            async with Transport(
                settings, server=deployment, clock=passing.clock, sleep=passing.sleep
            ) as transport:
                return await LineageReader(transport).neighbours(ids)

        return asyncio.run(whole())

    return one_hop


def edge(start: str, end: str) -> list[Row]:
    """Write an edge as both of its rows."""
    return [(start, end, "DOWNSTREAM"), (end, start, "UPSTREAM")]


def readers(found: Neighbours) -> list[str]:
    return [link.id for link in found.downstream]


GRAPH = [*edge("parent", "x"), *edge("x", "reader"), *edge("x", "chart"), *edge("y", "z"), *edge("q", "r")]


@pytest.mark.parametrize("kept", ["DOWNSTREAM", "UPSTREAM", "both"])
def test_mirrored_rows(hop: Callable[..., Mapping[str, Neighbours]], kept: str) -> None:
    """Readers are found from either of the mirrored rows, once each, and parents are never among them."""
    rows = [row for row in GRAPH if kept in (row[2], "both")]
    found = hop(Deployment(rows), "x")["x"]
    assert readers(found) == ["chart", "reader"]
    assert [link.id for link in found.upstream] == ["parent"]
    assert found.problem is None


def test_upstream_row_names_a_parent(hop: Callable[..., Mapping[str, Neighbours]]) -> None:
    """A row from X that points UPSTREAM is a parent of X: counting it is the classic false alarm."""
    found = hop(Deployment([("x", "parent", "UPSTREAM")]), "x")["x"]
    assert found.downstream == ()
    assert found.upstream == (Link(id="parent"),)


def test_case_and_loops(hop: Callable[..., Mapping[str, Neighbours]]) -> None:
    """Ids are compared without case, and something that reads itself has no reader for that."""
    rows = [("X", "Reader", "downstream"), ("reader", "x", "UPSTREAM"), *edge("x", "X")]
    found = hop(Deployment(rows), "x")
    assert [identity.lower() for identity in readers(found["x"])] == ["reader"]


def test_manual_links(hop: Callable[..., Mapping[str, Neighbours]]) -> None:
    """A link is manual only when every row of it is; that one is, is known too."""

    class Manual(Deployment):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            response = await super().handle_async_request(request)
            rows = json.loads(response.content)
            for row in rows["results"]:
                row["is_manual"] = row["direction"] == "UPSTREAM" or "hand" in row["to_entity_id"]
            return httpx.Response(200, json=rows)

    found = hop(Manual([*edge("x", "auto"), ("x", "hand", "DOWNSTREAM")]), "x")["x"]
    auto, hand = Link(id="auto", has_manual=True), Link(id="hand", is_manual=True, has_manual=True)
    assert found.downstream == (auto, hand)


def test_batches(hop: Callable[..., Mapping[str, Neighbours]]) -> None:
    """Several ids travel in one call an end, and each gets its own answer."""
    deployment = Deployment(GRAPH)
    found = hop(deployment, "x", "y", "nothing")
    assert {key: readers(near) for key, near in found.items()} == {
        "x": ["chart", "reader"],
        "y": ["z"],
        "nothing": [],
    }
    assert len(deployment.asked) == 3


@pytest.mark.parametrize("lists", ["refused", "taken for one", "first alone"])
def test_lists_not_understood(hop: Callable[..., Mapping[str, Neighbours]], lists: str) -> None:
    """A deployment that takes a list for one id would say that nobody reads anything: one call an id then."""
    found = hop(Deployment(GRAPH, lists=lists), "x", "y", "nothing")
    assert [readers(found[key]) for key in ("x", "y", "nothing")] == [["chart", "reader"], ["z"], []]
    assert not any(near.problem for near in found.values())


@pytest.mark.parametrize("unknown", ["ignored", "refused"])
@pytest.mark.parametrize(
    "filters",
    [
        ("from_entity__in", "to_entity__in"),
        ("from_entity_id", "to_entity_id"),
        ("from_entity", "to_entity"),
    ],
)
def test_filters_of_deployments(
    hop: Callable[..., Mapping[str, Neighbours]], unknown: str, filters: tuple[str, ...]
) -> None:
    """Whichever form of the filter a deployment knows, the answer is the same."""
    found = hop(Deployment(GRAPH, filters=filters, unknown=unknown), "x", "y")
    assert [readers(found[key]) for key in ("x", "y")] == [["chart", "reader"], ["z"]]
    assert not any(near.problem for near in found.values())


@pytest.mark.parametrize("listing", [200, 400])
def test_ignored_filters(hop: Callable[..., Mapping[str, Neighbours]], listing: int) -> None:
    """Filters that are ignored make an error of the answer, never an impact."""
    found = hop(Deployment(GRAPH, filters=(), listing=listing), "x", "nothing")
    for near in found.values():
        assert near.downstream == ()
        assert near.problem is not None
        assert "ignores the filter" in near.problem


def test_unfiltered_list_refused(hop: Callable[..., Mapping[str, Neighbours]]) -> None:
    """Without a page of all lineage there is no canary: one call an id, and the same answer."""
    found = hop(Deployment(GRAPH, listing=400), "x", "y")
    assert [readers(found[key]) for key in ("x", "y")] == [["chart", "reader"], ["z"]]


def test_failures_are_told_apart(hop: Callable[..., Mapping[str, Neighbours]]) -> None:
    """What failed for one id is that id's problem."""
    found = hop(Deployment(GRAPH, broken=("bad",), lists="refused", listing=400), "x", "bad")
    assert readers(found["x"]) == ["chart", "reader"]
    assert found["x"].problem is None
    assert found["bad"].problem


@pytest.mark.parametrize(
    ("rows", "listing", "doubt"),
    [([], 200, "no lineage at all"), ([], 500, "could not be read"), (GRAPH, 200, None), (GRAPH, 400, None)],
    ids=["empty", "unread", "canary", "proven by an answer"],
)
def test_empty_answers(
    settings: SecodaSettings, passing: Any, rows: Sequence[Row], listing: int, doubt: str | None
) -> None:
    """An empty answer proves nothing where no id is known to have lineage, and the reader says why."""

    async def ask() -> str | None:
        server = Deployment(rows, listing=listing)
        async with Transport(settings, server=server, clock=passing.clock, sleep=passing.sleep) as transport:
            reader = LineageReader(transport)
            await reader.neighbours(["x"])
            return reader.doubt

    said = asyncio.run(ask())
    assert said is None if doubt is None else doubt in str(said)
