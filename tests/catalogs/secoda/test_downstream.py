"""Questions answered through the emulator, with everything that deployments do differently."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from contract_gate.catalogs.catalog import (
    Ambiguous,
    Answer,
    Downstream,
    Evidence,
    NotInCatalog,
    Question,
    Unavailable,
)
from contract_gate.core.relation import RelationName
from contract_gate.emulator.faults import Fault, FaultKind
from contract_gate.reports.report import CatalogStatus

ORDERS = "shop.marts.orders"

EXPECTED = {
    ("chart", "Revenue by week", "amount", False, 1),
    ("chart", "Revenue by week", "order_date", False, 1),
    ("dashboard", "Weekly revenue", "amount", False, 2),
    ("dashboard", "Weekly revenue", "order_date", False, 2),
    ("table", "customers", "amount", False, 1),
    ("table", "customers", "order_date", False, 1),
    ("table", "customers", "order_id", False, 1),
    ("dashboard", "Customer 360", "amount", True, 2),
    ("dashboard", "Customer 360", "order_date", True, 2),
    ("dashboard", "Customer 360", "order_id", True, 2),
    ("table", "order_items", None, True, 1),
    ("chart", "Items by product", None, True, 2),
    ("dashboard", "Basket mix", None, True, 3),
}


def outline(answer: Answer) -> set[tuple[object, ...]]:
    assert isinstance(answer, Downstream), answer
    return {
        (one.asset.kind, one.asset.name, one.column, one.table_level, one.distance) for one in answer.reached
    }


@pytest.mark.parametrize(
    "switches",
    [
        (),
        ("row_shape=old",),
        ("mirrored_rows=off",),
        ("filters=in-only",),
        ("filters=in-only", "row_shape=old"),
        ("in_list=refused",),
        ("in_list=nothing",),
        ("in_list=nothing", "filters=in-only", "page_size=3"),
        ("slash=missing",),
        ("slash=redirect",),
        ("count_sentinel=on", "page_size=2"),
        ("count_sentinel=on", "page_size=2", "past_end=empty"),
        ("endless_pages=on", "page_size=3"),
        ("page_size_parameter=off",),
        ("nulls=empty",),
        ("nulls=None",),
        ("next_link=without-prefix", "page_size=2"),
        ("next_link=other-host", "page_size=2"),
        ("unknown_field=refused",),
        ("error_body=text",),
        ("table_name_filters=on",),
    ],
    ids=" ".join,
)
def test_deployments(emulate: Callable[..., Any], switches: tuple[str, ...]) -> None:
    """However a deployment does what its documentation leaves open, the answer is the same."""
    (answer,) = emulate(switches).ask(ORDERS)
    assert outline(answer) == EXPECTED
    assert answer.truncated is None


def test_consumers_in_full(emulate: Callable[..., Any]) -> None:
    """A consumer comes with what a person needs to see it, and the owner's address."""
    (answer,) = emulate().ask(ORDERS)
    chart = next(one.asset for one in answer.reached if one.asset.name == "Revenue by week")
    assert (chart.owners, chart.usage, chart.inside, chart.url) == (
        ("dana@example.com",),
        198,
        "Weekly revenue",
        "https://bi.example.com/charts/revenue-by-week",
    )
    customers = next(
        one for one in answer.reached if one.asset.name == "customers" and one.column == "order_date"
    )
    assert customers.asset.relation == RelationName(("shop", "marts", "customers"))
    assert customers.into == ("first_order", "most_recent_order")


def test_evidence_of_a_column(emulate: Callable[..., Any]) -> None:
    """For one column, what reads it is told from what may, and from what reads others."""
    (answer,) = emulate().ask(ORDERS, columns=("status", "gone"))
    assert answer.unknown_columns == ("gone",)
    evidence = {one.asset.name: how for one, how in answer.readers("amount")}
    assert evidence["Revenue by week"] is Evidence.COLUMNS
    assert evidence["Basket mix"] is Evidence.TABLE
    assert {one.asset.name: how for one, how in answer.readers("status")}[
        "customers"
    ] is Evidence.OTHER_COLUMNS


def test_column_lineage_not_listed(emulate: Callable[..., Any]) -> None:
    """Where only tables have lineage, it is told as table-level."""
    (answer,) = emulate(["column_rows=off"]).ask(ORDERS)
    assert {one.asset.name for one in answer.reached} == {
        "customers", "order_items", "Revenue by week", "Customer 360", "Weekly revenue"
    }  # fmt: skip
    assert all(one.table_level and one.column is None for one in answer.reached)


def test_ignored_filters(emulate: Callable[..., Any]) -> None:
    """A deployment that ignores filters gives no answer, and surely no list of everything."""
    (answer,) = emulate(["filters=ignored"]).ask(ORDERS)
    assert isinstance(answer, Unavailable)


def test_own_models_are_not_walked_through(emulate: Callable[..., Any]) -> None:
    """The repository's own models are reached, and what is behind them is not asked for."""
    (answer,) = emulate().ask(ORDERS, own=["marts.customers"])
    names = {one.asset.name for one in answer.reached}
    assert "customers" in names
    assert "Customer 360" not in names
    assert "Basket mix" in names


def test_several_questions(emulate: Callable[..., Any]) -> None:
    """Questions are asked together; those about one relation are put together."""
    emulator = emulate()
    answers = emulator.ask(
        ORDERS, ORDERS, "staging.stg_orders", "raw_items", "shop.nowhere.orders", columns=("x",)
    )
    assert [type(answer) for answer in answers] == [Downstream] * 4 + [NotInCatalog]
    assert outline(answers[0]) == outline(answers[1])
    assert len(emulator.control.requests) < 40


def test_hops(emulate: Callable[..., Any]) -> None:
    """The bound on hops is said, and what is nearer is there."""
    (answer,) = emulate().ask(ORDERS, hops=1)
    assert {one.distance for one in answer.reached} == {1}
    assert (
        answer.truncated == "there may be more consumers: consumers more than 1 hops away were not asked for"
    )


def test_assets(emulate: Callable[..., Any]) -> None:
    """The bound on assets is said."""
    (answer,) = emulate().ask(ORDERS, assets=3)
    assert {one.asset.name for one in answer.reached} == {
        "Revenue by week", "Weekly revenue", "customers", "order_items"
    }  # fmt: skip
    assert "more assets are downstream; of all, the 3 most used" in str(answer.truncated)


def test_deadline_in_the_middle(emulate: Callable[..., Any], passing: Any) -> None:
    """When time runs out between hops, what was found stays, and what is missing is said."""
    emulator = emulate()

    class Late(httpx.AsyncBaseTransport):
        """Answers the first hop (one call an end), and is out of order until after the deadline from then on."""

        calls = 0

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if "lineage/manual" in request.url.path and request.url.query:
                self.calls += 1
                if self.calls > 2:
                    passing.now += 2000.0
                    return httpx.Response(503)
            response: httpx.Response = await emulator.server.handle_async_request(request)
            return response

    emulator.server, forwarded = Late(), emulator.server
    catalog = emulator.catalog(time=passing, deadline=1000.0)
    emulator.server = forwarded
    question = Question(relation=RelationName(tuple(ORDERS.split("."))))
    answer = asyncio.run(catalog.downstream([question]))[question.relation]
    assert isinstance(answer, Downstream)
    assert {one.asset.name for one in answer.reached} == {"customers", "order_items", "Revenue by week"}
    assert "in time" in str(answer.truncated)
    assert catalog.state().status is CatalogStatus.PARTIAL


@pytest.mark.parametrize(
    ("fault", "times"),
    [(FaultKind.STATUS_429, 2), (FaultKind.STATUS_500, 1), (FaultKind.STATUS_503, 3)],
)
def test_passing_faults(emulate: Callable[..., Any], fault: FaultKind, times: int) -> None:
    """Faults that pass cost time, not consumers."""
    emulator = emulate()
    emulator.control.inject(Fault(kind=fault, times=times))
    (answer,) = emulator.ask(ORDERS, deadline=600.0)
    assert outline(answer) == EXPECTED


@pytest.mark.parametrize("kind", [FaultKind.STATUS_500, FaultKind.EMPTY, FaultKind.HTML])
def test_lasting_faults(emulate: Callable[..., Any], kind: FaultKind) -> None:
    """A catalog that stays broken did not say: neither that nobody reads it nor that it is not there."""
    emulator = emulate()
    emulator.control.inject(Fault(kind=kind))
    (answer,) = emulator.ask(ORDERS)
    assert isinstance(answer, Unavailable)


@pytest.mark.parametrize("kind", [FaultKind.STATUS_500, FaultKind.EMPTY, FaultKind.HTML])
def test_lineage_alone_broken(emulate: Callable[..., Any], kind: FaultKind) -> None:
    """A relation that is found but whose lineage can't be had is unavailable."""
    emulator = emulate()
    emulator.control.inject(Fault(kind=kind, route="lineage/*"))
    (answer,) = emulator.ask(ORDERS)
    assert isinstance(answer, Unavailable)


@pytest.mark.parametrize(
    ("kind", "said"), [(FaultKind.STATUS_403, "Admin's key"), (FaultKind.STATUS_500, None)]
)
def test_what_to_do_about_refused_lineage(
    emulate: Callable[..., Any], kind: FaultKind, said: str | None
) -> None:
    """A refusal of the lineage alone says what mends it, as that of the whole catalog does."""
    emulator = emulate()
    emulator.control.inject(Fault(kind=kind, route="lineage/*"))
    catalog = emulator.catalog()
    asyncio.run(catalog.downstream([Question(relation=RelationName(tuple(ORDERS.split("."))))]))
    hint = catalog.state().hint
    assert hint is None if said is None else said in str(hint)


def test_names_that_cannot_be_read(emulate: Callable[..., Any]) -> None:
    """Consumers whose look-up fails stay consumers, under their id."""

    class Nameless(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            by_id = '"id"' in request.url.params.get("filter", "") or "resource/all" in request.url.path
            if by_id:
                return httpx.Response(403, json={"detail": "not yours"})
            response: httpx.Response = await emulator.server.handle_async_request(request)
            return response

    emulator = emulate()
    (whole,) = emulator.ask(ORDERS)
    catalog = emulator.catalog()
    catalog._server = Nameless()
    question = Question(relation=RelationName(tuple(ORDERS.split("."))))
    answer = asyncio.run(catalog.downstream([question]))[question.relation]
    assert isinstance(answer, Downstream)
    seen = {one.asset.id for one in answer.reached}
    assert {one.asset.id for one in whole.reached if one.asset.kind == "chart" and one.distance == 1} <= seen
    assert {one.asset.kind for one in answer.reached} == {"unknown"}
    assert "name can't be read" in str(answer.note)


def test_owners_that_cannot_be_read(emulate: Callable[..., Any]) -> None:
    """An owner whose look-up fails stays an owner, under the id."""
    emulator = emulate()
    emulator.control.inject(Fault(kind=FaultKind.HTML, route="user/*"))
    (answer,) = emulator.ask(ORDERS)
    owners = {owner for one in answer.reached for owner in one.asset.owners}
    assert owners
    assert all(owner.startswith("user ") for owner in owners)


def test_rights_of_the_key(emulate: Callable[..., Any]) -> None:
    """The state says that an answer is only as complete as the key's rights, and how old it is."""
    emulator = emulate()
    catalog = emulator.catalog()
    assert catalog.state().status is CatalogStatus.NOT_ASKED
    asyncio.run(catalog.downstream([Question(relation=RelationName(tuple(ORDERS.split("."))))]))
    state = catalog.state()
    assert state.status is CatalogStatus.ANSWERED
    assert state.as_of == "2026-11-20T04:00:00Z"
    assert "rights of the person" in str(state.note)


def test_wrong_key(emulate: Callable[..., Any]) -> None:
    """A key that is refused makes the catalog unavailable, and is not shown."""
    emulator = emulate()
    catalog = emulator.catalog(key="wrong-key-do-not-show")
    question = Question(relation=RelationName(tuple(ORDERS.split("."))))
    answer = asyncio.run(catalog.downstream([question]))[question.relation]
    assert isinstance(answer, Unavailable)
    assert "401" in answer.reason
    assert catalog.state().status is CatalogStatus.UNAVAILABLE
    assert "do-not-show" not in repr(answer) + repr(catalog.state()) + repr(catalog) + repr(vars(catalog))


def seed(*tables: dict[str, Any], lineage: list[dict[str, Any]] | None = None) -> str:
    """Make a catalog of tables, each with its database, schema and integration."""
    systems = sorted({str(table["integration"]) for table in tables})
    databases: list[dict[str, Any]] = []
    for name, system in dict.fromkeys((table["database"], table["integration"]) for table in tables):
        inside = [table for table in tables if (table["database"], table["integration"]) == (name, system)]
        schemas = [
            {"name": schema, "tables": [_item(table) for table in inside if table["schema"] == schema]}
            for schema in dict.fromkeys(table["schema"] for table in inside)
        ]
        databases.append({"name": name, "integration": system, "schemas": schemas})
    return json.dumps(
        {
            "users": [{"email": "ada@example.com", "role": "admin", "key": "emulator-admin"}],
            "integrations": [{"name": name, "type": "postgres", "id": f"id-{name}"} for name in systems],
            "databases": databases,
            "lineage": lineage or [],
        }
    )


def _item(table: dict[str, Any]) -> dict[str, Any]:
    return {field: table[field] for field in ("name", "columns", "id", "archived") if field in table}


def place(database: str, schema: str, name: str, integration: str = "one", **more: Any) -> dict[str, Any]:
    return {"database": database, "schema": schema, "name": name, "integration": integration, **more}


def test_two_matches(emulate: Callable[..., Any]) -> None:
    """Two tables of one name are ambiguous: the newest does not win."""
    twins = seed(
        place("db", "s", "orders", "one"), place("db", "s", "orders", "two"), place("db", "z", "orders")
    )
    emulator = emulate(seed=twins)
    full, short, other = emulator.ask("db.s.orders", "s.orders", "db.z.orders")
    assert isinstance(full, Ambiguous)
    assert len(full.candidates) == 2
    assert isinstance(short, Ambiguous)
    assert isinstance(other, Downstream)
    assert isinstance(emulator.ask("orders")[0], Ambiguous)


def test_pinned_integration(emulate: Callable[..., Any]) -> None:
    """A pinned integration decides between two matches."""
    from dataclasses import replace

    twins = seed(place("db", "s", "orders", "one"), place("db", "s", "orders", "two"))
    emulator = emulate(seed=twins)
    catalog = emulator.catalog()
    catalog._settings = replace(catalog._settings, integration="ID-two")
    question = Question(relation=RelationName(("db", "s", "orders")))
    answer = asyncio.run(catalog.downstream([question]))[question.relation]
    assert isinstance(answer, Downstream)
    assert answer.as_asset.integration == "id-two"


def test_case_of_names(emulate: Callable[..., Any]) -> None:
    """Names are matched without case and without quotes."""
    emulator = emulate(seed=seed(place("DB", "S", "Orders")))
    answers = emulator.ask("db.s.orders", "Db.S.ORDERS", 'db.s."Orders"')
    assert [type(answer) for answer in answers] == [Downstream] * 3


def test_same_name_elsewhere(emulate: Callable[..., Any]) -> None:
    """A table of the same name in another schema is not the one asked for."""
    (answer,) = emulate(seed=seed(place("db", "other", "orders"))).ask("db.s.orders")
    assert isinstance(answer, NotInCatalog)


def test_archived_twin(emulate: Callable[..., Any]) -> None:
    """An archived table does not stand in the way of the live one."""
    twins = seed(
        place("db", "s", "orders", "one", archived=True), place("db", "s", "orders", "two", id="live")
    )
    (answer,) = emulate(seed=twins).ask("db.s.orders")
    assert isinstance(answer, Downstream)
    assert answer.as_asset.id == "live"


def test_cycle(emulate: Callable[..., Any]) -> None:
    """Lineage that goes in circles ends."""
    ring = [
        {"from": "db.s.a", "to": "db.s.b"},
        {"from": "db.s.b", "to": "db.s.c"},
        {"from": "db.s.c", "to": "db.s.a"},
    ]
    tables = seed(*(place("db", "s", name, columns=["id"]) for name in "abc"), lineage=ring)
    (answer,) = emulate(seed=tables).ask("db.s.a", hops=50)
    assert isinstance(answer, Downstream)
    assert [one.asset.name for one in answer.reached] == ["b", "c"]
    assert answer.truncated is None


def test_no_lineage_at_all(emulate: Callable[..., Any]) -> None:
    """A catalog without any lineage for this key has not said that nobody reads the table."""
    (answer,) = emulate(seed=seed(place("db", "s", "a", columns=["id"]))).ask("db.s.a")
    assert isinstance(answer, Downstream)
    assert "no lineage at all" in str(answer.truncated)


def test_no_columns(emulate: Callable[..., Any]) -> None:
    """A table without columns is a list that was lost: who reads one of them is not known."""
    lineage = [{"from": "db.s.a", "to": "db.s.b"}]
    tables = seed(place("db", "s", "a"), place("db", "s", "b", columns=["id"]), lineage=lineage)
    (answer,) = emulate(seed=tables).ask("db.s.a")
    assert isinstance(answer, Downstream)
    assert "lists no columns of db.s.a" in str(answer.truncated)


@pytest.mark.parametrize("pages", ["404", "empty", "repeated", "others"])
@pytest.mark.parametrize("counted", ["on", "off"])
def test_lost_pages(emulate: Callable[..., Any], pages: str, counted: str) -> None:
    """Whatever comes instead of the second page, the answer is not whole and the state is not `answered`."""
    emulator = emulate(["page_size=2", f"count_sentinel={counted}", f"later_pages={pages}"])
    catalog = emulator.catalog(deadline=1000.0)
    question = Question(relation=RelationName(tuple(ORDERS.split("."))))
    answer = asyncio.run(catalog.downstream([question]))[question.relation]
    assert isinstance(answer, Unavailable) or answer.truncated
    assert catalog.state().status in (CatalogStatus.PARTIAL, CatalogStatus.UNAVAILABLE)


@pytest.mark.parametrize("kind", [FaultKind.ERROR_OBJECT, FaultKind.NO_ROWS, FaultKind.STATUS_404])
@pytest.mark.parametrize("route", ["lineage/*", "table/columns", "resource/*"])
def test_empty_instead_of_an_error(emulate: Callable[..., Any], kind: FaultKind, route: str) -> None:
    """An error object with status 200 and a list that lost its rows are no answer: something is missing, and said."""
    emulator = emulate()
    emulator.control.inject(Fault(kind=kind, route=route))
    catalog = emulator.catalog(deadline=1000.0)
    question = Question(relation=RelationName(tuple(ORDERS.split("."))))
    answer = asyncio.run(catalog.downstream([question]))[question.relation]
    if (route, kind) == ("table/columns", FaultKind.STATUS_404):
        # The typed list is deprecated: a deployment without it answers by the search.
        assert outline(answer) == EXPECTED
        return
    whole = isinstance(answer, Downstream) and not answer.truncated
    assert not whole or "name can't be read" in str(answer.note), answer


def test_broken_look_ups(emulate: Callable[..., Any]) -> None:
    """A consumer whose look-up fails (it is not hidden from this key) leaves open what is behind it."""

    class Broken(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if '"id"' in request.url.params.get("filter", "") or "resource/all" in request.url.path:
                return httpx.Response(500)
            response: httpx.Response = await emulator.server.handle_async_request(request)
            return response

    emulator = emulate()
    catalog = emulator.catalog(attempts=1)
    catalog._server = Broken()
    question = Question(relation=RelationName(tuple(ORDERS.split("."))))
    answer = asyncio.run(catalog.downstream([question]))[question.relation]
    assert isinstance(answer, Downstream)
    assert {one.asset.kind for one in answer.reached} == {"unknown"}
    assert "500" in str(answer.truncated)


def test_nothing_is_listed(emulate: Callable[..., Any]) -> None:
    """Where the catalog lists nothing at all for this key, no table is "not in the catalog"."""
    emulator = emulate()
    emulator.control.inject(Fault(kind=FaultKind.NO_ROWS))
    (answer,) = emulator.ask(ORDERS)
    assert isinstance(answer, Unavailable)
    assert "lists nothing at all" in answer.reason


def wide(tables: int, columns: int, dashboards: int = 1, **fields: Any) -> str:
    """Make a catalog of wide tables, each with dashboards that read its last column."""
    names = [f"t{number:03}" for number in range(tables)]
    listed = [f"c{number}" for number in range(columns)]
    boards = [f"of {name} {number}" for name in names for number in range(dashboards)]
    return json.dumps(
        {
            "users": [{"email": "ada@example.com", "role": "admin", "key": "emulator-admin"}],
            "integrations": [{"name": "one", "type": "postgres"}],
            "databases": [
                {
                    "name": "db",
                    "integration": "one",
                    "schemas": [
                        {"name": "s", "tables": [{"name": name, "columns": listed} for name in names]}
                    ],
                }
            ],
            "dashboards": [
                {"name": board, "external_usage": number % 97, **fields}
                for number, board in enumerate(boards)
            ],
            "lineage": [
                {"from": f"db.s.{name}.c{columns - 1}", "to": f"dashboard:of {name} {number}"}
                for name in names
                for number in range(dashboards)
            ],
        }
    )


def test_columns_are_not_counted_as_assets(emulate: Callable[..., Any]) -> None:
    """66 changed tables of 30 columns show their 66 dashboards under a limit of 66 assets."""
    emulator = emulate(seed=wide(66, 30))
    answers = emulator.ask(*(f"db.s.t{number:03}" for number in range(66)), assets=66, deadline=10_000.0)
    assert [len(answer.reached) for answer in answers] == [1] * 66
    assert not any(answer.truncated for answer in answers)


def test_the_most_used_are_kept(emulate: Callable[..., Any]) -> None:
    """Of more readers than the limit the most used ones are kept, in the same order each time, and the rest is counted."""
    emulator = emulate(seed=wide(1, 2, dashboards=300))
    first, second = (emulator.ask("db.s.t000", assets=70, deadline=10_000.0)[0] for _ in range(2))
    assert first == second
    usage = sorted((one.asset.usage for one in first.reached), reverse=True)
    assert usage == sorted((number % 97 for number in range(300)), reverse=True)[:70]
    assert "230 more assets are downstream; of all, the 70 most used are kept" in str(first.truncated)


def test_what_changed_goes_before_what_is_used(emulate: Callable[..., Any]) -> None:
    """The readers of a changed column are kept before all others, however little they are used."""
    seed = json.loads(wide(1, 2, dashboards=30))
    seed["dashboards"].append({"name": "rare", "external_usage": 0})
    seed["lineage"].append({"from": "db.s.t000.c0", "to": "dashboard:rare"})
    (answer,) = emulate(seed=json.dumps(seed)).ask("db.s.t000", columns=("c0",), assets=5)
    assert "rare" in {one.asset.name for one in answer.reached}


def test_the_grave_is_asked_first(emulate: Callable[..., Any]) -> None:
    """Lineage is asked for changed columns first, so that the deadline cuts what matters least."""
    emulator = emulate(seed=wide(2, 60))
    emulator.ask("db.s.t001", columns=("c59",))
    wanted = emulator.store.column("db.s.t001", "c59").id
    asked = [seen.query for seen in emulator.control.requests if "from_entity__in" in seen.query]
    assert wanted in asked[0].partition("=")[2].partition("%2C")[0]


class Slow(httpx.AsyncBaseTransport):
    """A second for each reply."""

    def __init__(self, emulator: Any, passing: Any) -> None:
        self._emulator, self._passing = emulator, passing

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._passing.now += 1.0
        response: httpx.Response = await self._emulator.server.handle_async_request(request)
        return response


def test_the_deadline_cuts_what_matters_least(emulate: Callable[..., Any], passing: Any) -> None:
    """Where time runs out while unchanged columns are asked for, the readers of changed ones have their names already."""
    emulator = emulate(seed=wide(40, 30))

    catalog = emulator.catalog(time=passing, deadline=30.0)
    catalog._server = Slow(emulator, passing)
    names = [RelationName(("db", "s", f"t{number:03}")) for number in range(40)]
    answers = asyncio.run(catalog.downstream([Question(relation=name, columns=("c29",)) for name in names]))
    assert catalog.state().status is CatalogStatus.PARTIAL
    assert [[one.asset.name for one in answers[name].reached] for name in names] == [
        [f"of {name.name} 0"] for name in names
    ]


def test_readers_of_what_goes_are_asked_for_first(emulate: Callable[..., Any], passing: Any) -> None:
    """Where time runs out among many changed columns, the readers of a removed table and column have their names already."""
    emulator = emulate(seed=wide(400, 3))
    catalog = emulator.catalog(time=passing, deadline=35.0)
    catalog._server = Slow(emulator, passing)
    names = [RelationName(("db", "s", f"t{number:03}")) for number in range(400)]
    questions = [
        *(Question(relation=name, columns=("c2",)) for name in names[:-2]),
        Question(relation=names[-2], columns=("c2",), gone=("c2",)),
        Question(relation=names[-1], goes=True),
    ]
    answers = asyncio.run(catalog.downstream(questions))
    assert [[one.asset.name for one in answers[name].reached] for name in names[-2:]] == [
        ["of t398 0"], ["of t399 0"]
    ]  # fmt: skip
    assert set(catalog.state().unanswered) > set(map(str, names[:-2]))


def test_columns_of_many_tables_take_few_requests(emulate: Callable[..., Any]) -> None:
    """Columns of several tables are listed together; where the deployment can't, one by one, with the same answer."""
    asked = [f"db.s.t{number:03}" for number in range(30)]
    together = emulate(seed=wide(30, 3))
    answers = together.ask(*asked)
    assert not [seen for seen in together.control.requests if seen.path == "table/columns/"]
    small = emulate(["page_size_parameter=off", "page_size=7"], seed=wide(30, 3))
    assert small.ask(*asked, deadline=10_000.0) == answers
    cut = emulate(["page_size_parameter=off", "later_pages=404", "count_sentinel=on"], seed=wide(30, 3))
    assert [outline(one) for one in cut.ask(*asked, deadline=10_000.0)] == [outline(one) for one in answers]


@pytest.mark.parametrize("usage", [None, 0, 37])
def test_usage_that_nobody_counts(emulate: Callable[..., Any], usage: int | None) -> None:
    """No count is no count, and 0 is one."""
    (answer,) = emulate(seed=wide(1, 1, external_usage=usage, internal_usage=None)).ask("db.s.t000")
    (one,) = answer.reached
    assert (one.asset.usage, one.asset.standing.external_usage) == (usage, usage)
    assert one.asset.standing.internal_usage is None
    said = {None: (), 0: ("no views in its source in a day",), 37: ("37 views in its source in a day",)}
    assert one.asset.standing.evidence == said[usage]


def test_what_is_known_of_a_consumer(emulate: Callable[..., Any]) -> None:
    """Who uses it, by name; tags, certification, PII and staleness come along, also through a snapshot."""
    seed = json.loads(wide(1, 1))
    seed["users"] += [{"email": f"u{number}@example.com"} for number in range(5)]
    seed["dashboards"][0] |= {
        "tags": ["finance"], "verified": True, "pii": True, "stale": True, "external_usage": 1, "internal_usage": 0,
        "internal_users": [f"u{number}@example.com" for number in range(5)],
    }  # fmt: skip
    (answer,) = emulate(seed=json.dumps(seed)).ask("db.s.t000")
    (one,) = answer.reached
    assert one.asset.standing.evidence == (
        "used by u0@example.com, u1@example.com, u2@example.com and 2 more",
        "one view in its source in a day",
        "no views in the catalog in 90 days",
        "certified", "PII", "stale", "tagged finance",
    )  # fmt: skip


def test_a_fault_in_what_was_sent(emulate: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of the program is told as one in place of an answer, and as no answer at all."""
    monkeypatch.setattr("contract_gate.catalogs.secoda.wire.number_of", {}.__getitem__)
    catalog, orders = emulate().catalog(), RelationName(tuple(ORDERS.split(".")))
    answer = asyncio.run(catalog.downstream([Question(relation=orders)]))[orders]
    assert isinstance(answer, Unavailable), answer
    assert "a fault of contract-gate" in answer.reason
    assert catalog.state().status is CatalogStatus.UNAVAILABLE


def test_no_questions(emulate: Callable[..., Any]) -> None:
    """Nothing asked is nothing sent."""
    emulator = emulate()
    assert asyncio.run(emulator.catalog().downstream([])) == {}
    assert not emulator.control.requests
