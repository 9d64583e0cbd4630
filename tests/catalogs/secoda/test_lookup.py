"""Finding tables by name: what is checked locally, and which deployments are not believed."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from contract_gate.catalogs.catalog import Ambiguous, Asset, NotInCatalog, Unavailable, agreement
from contract_gate.catalogs.secoda.errors import SecodaError
from contract_gate.catalogs.secoda.lookup import Lookup
from contract_gate.catalogs.secoda.settings import SecodaSettings
from contract_gate.catalogs.secoda.transport import Transport
from contract_gate.core.relation import RelationName


@pytest.mark.parametrize(
    ("name", "title", "expected"),
    [
        ("db.s.t", "DB.S.T", 3),
        ("db.s.t", '"DB"."S"."T"', 3),
        ("s.t", "DB.S.T", 2),
        ("db.s.t", "S.T", 2),
        ("t", "DB.S.T", 1),
        ("db.s.t", "other.s.t", None),
        ("db.s.t", "db.s.other", None),
        ("s.t", "db.xs.t", None),
        ("db.s.t", "T", 0),
        ("db.s.t", None, 0),
        ("t", None, 1),
    ],
)
def test_agreement(name: str, title: str | None, expected: int | None) -> None:
    """The last parts are compared; a contradiction is none, too little to tell is 0."""
    assert agreement(RelationName(tuple(name.split("."))), title) == expected


@pytest.fixture
def server() -> "Server":
    return Server()


class Server(httpx.AsyncBaseTransport):
    """A catalog of rows; `behaviour` is what its search does with a filter."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.behaviour = "known"
        self.typed = "known"
        self.asked: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        path, query = request.url.path.removeprefix("/api/v1"), request.url.params
        if path.startswith("/resource/all/"):
            return self._one(path.split("/")[3])
        if path == "/resource/catalog/":
            return self._search(json.loads(query["filter"]), query.get("entity_type"))
        if self.typed == "gone":
            return httpx.Response(404, json={"detail": "Not found."})
        field = "title" if path == "/table/tables/" else "parent_id"
        kind = "table" if path == "/table/tables/" else "column"
        rows = [row for row in self.rows if row["entity_type"] == kind]
        if self.typed != "ignored":
            rows = [row for row in rows if row.get(field) == query[field]]
        return self._page(rows)

    def _one(self, identity: str) -> httpx.Response:
        found = next((row for row in self.rows if row["id"] == identity), None)
        return httpx.Response(404) if found is None else httpx.Response(200, json=found)

    def _search(self, tree: dict[str, Any], kind: str | None) -> httpx.Response:
        if self.behaviour.isdigit():
            return httpx.Response(int(self.behaviour), json={"detail": "not for this key"})
        if self.behaviour == "refused":
            return httpx.Response(400, json={"detail": "unknown field"})
        if self.behaviour == "no in" and tree["operator"] == "in":
            return self._page([])
        if self.behaviour == "empty":
            return self._page([])
        values = tree["value"] if isinstance(tree["value"], list) else [tree["value"]]
        values = values[:1] if self.behaviour == "first in" else values
        rows = [row for row in self.rows if kind is None or row["entity_type"] == kind]
        if self.behaviour == "contains":
            rows = [row for row in rows if any(value in row[tree["field"]] for value in values)]
        elif self.behaviour in ("known", "no in", "first in"):
            rows = [row for row in rows if row.get(tree["field"]) in values]
        return self._page(rows)

    def _page(self, rows: list[dict[str, Any]]) -> httpx.Response:
        return httpx.Response(200, json={"results": rows, "count": len(rows), "meta": {"next_page": None}})


def table(identity: str, full: str | None, **more: Any) -> dict[str, Any]:
    title = (full or "db.s.orders").rpartition(".")[2].lower()
    return {"id": identity, "entity_type": "table", "title": title, "title_full": full, **more}


@pytest.fixture
def find(settings: SecodaSettings) -> Callable[..., Any]:
    """Find names in a server: one answer a name."""

    def finder(server: Server, *names: str, integration: str | None = None) -> list[object]:
        async def whole() -> list[object]:
            async with Transport(settings, server=server) as transport:
                wanted = [RelationName(tuple(name.split("."))) for name in names]
                found = await Lookup(transport, integration).tables(wanted)
                return [found[name] for name in wanted]

        return asyncio.run(whole())

    return finder


@pytest.mark.parametrize("behaviour", ["known", "contains", "refused", "empty", "no in", "ignored"])
def test_searches(server: Server, find: Callable[..., Any], behaviour: str) -> None:
    """Whatever the search does, what is there is found, and what is not is not."""
    server.behaviour = behaviour
    server.rows = [table("1", "Db.S.Orders"), table("2", "db.s.orders_old"), table("3", "db.s.items")]
    orders, items, gone = find(server, "db.s.orders", "db.s.items", "db.s.gone")
    assert isinstance(orders, Asset)
    assert isinstance(items, Asset)
    assert (orders.id, items.id) == ("1", "3")
    assert isinstance(gone, NotInCatalog)


def test_filter_grammar(server: Server, find: Callable[..., Any]) -> None:
    """Filters are of the documented grammar: exact for one value, in for several; what several lack is asked again."""
    server.rows = [table("1", "db.s.orders")]
    find(server, "db.s.orders")
    find(server, "db.s.orders", "db.s.items")
    trees = [json.loads(request.url.params["filter"]) for request in server.asked]
    assert trees == [
        {"operator": "exact", "field": "title", "value": "orders", "operands": []},
        {"operator": "in", "field": "title", "value": ["items", "orders"], "operands": []},
        {"operator": "exact", "field": "title", "value": "items", "operands": []},
    ]


def test_search_cut_silently(server: Server, find: Callable[..., Any]) -> None:
    """A search that finds the first of several titles alone does not make the others absent."""
    server.behaviour = "first in"
    server.rows = [table("1", "db.s.items"), table("2", "db.s.orders"), table("3", "db.s.payments")]
    found = find(server, "db.s.orders", "db.s.items", "db.s.payments", "db.s.gone")
    assert [one.id for one in found[:3]] == ["2", "1", "3"]
    assert isinstance(found[3], NotInCatalog)


def test_nothing_works(server: Server, find: Callable[..., Any]) -> None:
    """When neither list obeys its filter the catalog did not say: that is not an absence."""
    server.behaviour = server.typed = "ignored"
    server.rows = [table("1", "db.s.unrelated")]
    (found,) = find(server, "db.s.orders")
    assert isinstance(found, Unavailable)


@pytest.mark.parametrize("status", ["401", "403"])
def test_a_key_that_may_not_search(server: Server, find: Callable[..., Any], status: str) -> None:
    """A search that is refused to this key says nothing about the name, whatever the deprecated lists answer."""
    server.behaviour = status
    server.rows = [table("1", "db.s.orders")]
    for name in ("db.s.orders", "db.s.gone"):
        (found,) = find(server, name)
        assert isinstance(found, Unavailable)
        assert status in found.reason


def test_deprecated_lists_gone(server: Server, find: Callable[..., Any]) -> None:
    """Where the deprecated lists are gone, the search alone decides."""
    server.typed = "gone"
    server.rows = [table("1", "db.s.orders")]
    there, absent = find(server, "db.s.orders")[0], find(server, "db.s.gone")[0]
    assert isinstance(there, Asset)
    assert isinstance(absent, NotInCatalog)


def test_unverifiable(server: Server, find: Callable[..., Any]) -> None:
    """One table of the right title, without a schema to check, is ambiguous and not a match."""
    server.rows = [table("1", None)]
    (found,) = find(server, "db.s.orders")
    assert isinstance(found, Ambiguous)
    assert [one.id for one in found.candidates] == ["1"]
    assert "without its database and schema" in found.reason


def test_fuller_match_wins(server: Server, find: Callable[..., Any]) -> None:
    """A match of all parts is better than one of the last two."""
    server.rows = [table("1", "s.orders"), table("2", "db.s.orders")]
    (found,) = find(server, "db.s.orders")
    assert isinstance(found, Asset)
    assert found.id == "2"


def test_other_entities(server: Server, find: Callable[..., Any]) -> None:
    """A dashboard or a column of the same title is no table."""
    server.behaviour = "ignored"
    server.rows = [table("1", "db.s.orders", entity_type="dashboard")]
    (found,) = find(server, "db.s.orders")
    assert isinstance(found, NotInCatalog)


def test_cut_search(server: Server, find: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A search that gave fewer rows than it counts decides nothing: another match may be among the rest."""
    server.rows = [table("1", "db.s.orders")]

    def cut(rows: list[dict[str, Any]]) -> httpx.Response:
        return httpx.Response(200, json={"results": rows, "count": 50, "meta": {"next_page": None}})

    monkeypatch.setattr(server, "_page", cut)
    there, absent = find(server, "db.s.orders", "db.s.gone")
    assert isinstance(there, Ambiguous)
    assert "another table of this name may exist" in there.reason
    assert isinstance(absent, Unavailable)


@pytest.fixture
def use(settings: SecodaSettings) -> Callable[..., Any]:
    """Run one call of a Lookup."""

    def user(server: Server, call: Callable[[Lookup], Any]) -> Any:
        async def whole() -> Any:
            async with Transport(settings, server=server) as transport:
                return await call(Lookup(transport))

        return asyncio.run(whole())

    return user


def column(identity: str, **more: Any) -> dict[str, Any]:
    return {"id": identity, "entity_type": "column", "title": identity, **more}


TABLE = Asset(id="T", kind="table", name="orders", title_full="db.s.orders")


@pytest.mark.parametrize("typed", ["known", "gone"])
def test_columns(server: Server, use: Callable[..., Any], typed: str) -> None:
    """A table's columns come from the typed list, or from the search where that is gone."""
    server.typed = typed
    server.rows = [column("a", parent_id="T"), column("b", parent_id="T"), column("c", parent_id="other")]
    if typed == "gone":
        server.rows = [{**row, "parent_id": row["parent_id"]} for row in server.rows]
    assert [one.id for one in use(server, lambda lookup: lookup.columns(TABLE))] == ["a", "b"]


def test_columns_without_parent(server: Server, use: Callable[..., Any]) -> None:
    """A column whose row names no parent is checked by its qualified title."""
    server.typed = "ignored"
    server.rows = [column("a", title_full="DB.S.Orders.a")]
    assert [one.id for one in use(server, lambda lookup: lookup.columns(TABLE))] == ["a"]


@pytest.mark.parametrize("row", [{}, {"parent_id": "other"}, {"title_full": "db.s.orders_old.a"}])
def test_columns_of_others(server: Server, use: Callable[..., Any], row: dict[str, Any]) -> None:
    """Columns that can't be told to be this table's are an error, not this table's columns."""
    server.typed = server.behaviour = "ignored"
    server.rows = [column("a", **row)]
    with pytest.raises(SecodaError):
        use(server, lambda lookup: lookup.columns(TABLE))


@pytest.mark.parametrize("behaviour", ["known", "refused", "empty", "ignored"])
def test_entities(server: Server, use: Callable[..., Any], behaviour: str) -> None:
    """Entities are read by id however the search behaves; what is not there stays in, unnamed, with the reason."""
    server.behaviour = behaviour
    server.rows = [
        table("T", "db.s.orders"),
        column("a", parent_id="T"),
        {"id": "c", "entity_type": "chart", "title": "revenue", "title_cased": "Revenue", "parent": "d"},
        {"id": "d", "entity_type": "dashboard", "title": "weekly"},
        table("unrelated", "db.s.unrelated"),
    ]
    found = use(server, lambda lookup: lookup.entities(["a", "c", "gone"]))
    assert found.assets["a"].parent == "T"
    assert found.assets["t"].title_full == "db.s.orders"
    assert (found.assets["c"].name, found.assets["c"].inside) == ("Revenue", "weekly")
    assert found.assets["gone"].kind == "unknown"
    assert "404" in found.hidden["gone"]
    assert "unrelated" not in found.assets
