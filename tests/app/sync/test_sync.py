"""After the merge: planned, written, read back, and not written twice."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from contract_gate.app.sync.sync import deadline_for
from contract_gate.app.sync.values import Former, Outcome
from contract_gate.core.progress import reporting_to
from contract_gate.core.relation import RelationName
from contract_gate.emulator.faults import Fault, FaultKind
from contract_gate.emulator.seed import DEMO_KEY

ORDERS = "shop.marts.orders"
STAGED = ("shop.staging.stg_orders", "shop.staging.stg_payments")
UNCHANGED = (
    "select o.order_id, o.customer_id, o.order_date, o.status, p.amount from shop.staging.stg_orders o "
    "join shop.staging.stg_payments p on p.order_id = o.order_id"
)
CHANGED = UNCHANGED.replace("p.amount", "p.payment_id as amount")


def seed_of(count: int) -> str:
    """Give a catalog of a source and so many tables, without lineage."""
    names = ("src", *(f"t{number}" for number in range(count)))
    tables = [{"name": name, "columns": ["c"]} for name in names]
    return json.dumps(
        {
            "users": [{"email": "ada@example.com", "role": "admin", "key": DEMO_KEY}],
            "databases": [{"name": "db", "schemas": [{"name": "s", "tables": tables}]}],
        }
    )


def test_in_step(shop: Callable[..., Any], model: Callable[..., Any]) -> None:
    """Lineage that the catalog shows already is not written."""
    here = shop()
    report = here.sync(model(ORDERS, UNCHANGED, *STAGED))
    assert [entry.outcome for entry in report.entries] == [Outcome.IN_STEP]
    assert here.writes == 0
    assert report.is_complete


@pytest.mark.parametrize("switch", ["row_shape=old", "mirrored_rows=off", "in_list=nothing", "page_size=2"])
def test_written_once(shop: Callable[..., Any], model: Callable[..., Any], switch: str) -> None:
    """A changed model is written and read back; a second run writes nothing."""
    here = shop(switch)
    before = here.edges(ORDERS)
    (entry,) = here.sync(model(ORDERS, CHANGED, *STAGED)).entries
    assert (entry.outcome, here.writes) == (Outcome.WRITTEN, 1)
    gone, new = ("shop.staging.stg_payments.amount",), ("shop.staging.stg_payments.payment_id",)
    assert here.edges(ORDERS) - before == {(*new, f"{ORDERS}.amount")}
    assert before - here.edges(ORDERS) == {(*gone, f"{ORDERS}.amount")}
    (again,) = here.sync(model(ORDERS, CHANGED, *STAGED)).entries
    assert (again.outcome, here.writes) == (Outcome.IN_STEP, 1)


def test_dry_run(shop: Callable[..., Any], model: Callable[..., Any]) -> None:
    """A dry run shows what would be written, by names, and writes nothing."""
    here = shop()
    report = here.sync(model(ORDERS, CHANGED, *STAGED), dry_run=True)
    (entry,) = report.entries
    assert entry.outcome is Outcome.PLANNED
    assert [(edge.source_name, edge.target_name) for edge in entry.adds] == [
        ("shop.staging.stg_payments.payment_id", f"{ORDERS}.amount")
    ]
    assert [edge.source_name for edge in entry.drops] == ["shop.staging.stg_payments.amount"]
    assert here.writes == 0


def test_manual_lineage_stays(shop: Callable[..., Any], model: Callable[..., Any]) -> None:
    """Lineage that a person made is neither dropped nor a reason to write."""
    here = shop()
    here.store.link(here.store.table("shop.raw.raw_items").id, here.store.table(ORDERS).id, is_manual=True)
    (entry,) = here.sync(model(ORDERS, UNCHANGED, *STAGED)).entries
    assert (entry.outcome, here.writes) == (Outcome.IN_STEP, 0)
    assert ("shop.raw.raw_items", ORDERS) in here.edges(ORDERS)


def left_alone(shop: Any, *models: Any) -> str:
    before = {table: shop.edges(table) for table in (ORDERS, "shop.marts.customers")}
    (entry,) = shop.sync(*models).entries
    assert entry.outcome is Outcome.LEFT_ALONE, entry
    assert shop.writes == 0
    assert before == {table: shop.edges(table) for table in before}
    return str(entry.reason)


def test_nothing_resolved(shop: Callable[..., Any], model: Callable[..., Any]) -> None:
    """SQL of which Secoda finds no source would only wipe lineage: it is left alone."""
    sql = "select 1 as order_id"
    assert "only remove lineage" in left_alone(shop(), model(ORDERS, sql))


def test_source_missed(shop: Callable[..., Any], model: Callable[..., Any]) -> None:
    """When Secoda misses a source that the model still reads, a write would lose it: left alone."""
    sql = "select o.order_id from shop.staging.stg_orders o"
    assert "still reads shop.staging.stg_payments" in left_alone(shop(), model(ORDERS, sql, *STAGED))


def test_column_lineage_lost(shop: Callable[..., Any], model: Callable[..., Any]) -> None:
    """When Secoda reads tables but no columns, a write would lose the column lineage: left alone."""
    sql = "select 1 as order_id from shop.staging.stg_orders o, shop.staging.stg_payments p"
    assert "no column lineage" in left_alone(shop(), model(ORDERS, sql, *STAGED))


def test_dropped_source(shop: Callable[..., Any], model: Callable[..., Any]) -> None:
    """A source that the model no longer reads is dropped."""
    here = shop()
    sql = "select o.order_id, o.customer_id, o.order_date, o.status from shop.staging.stg_orders o"
    (entry,) = here.sync(model(ORDERS, sql, "shop.staging.stg_orders")).entries
    assert entry.outcome is Outcome.WRITTEN
    assert not any("stg_payments" in start for start, _ in here.edges(ORDERS))


def test_unknown_dialect(shop: Callable[..., Any], model: Callable[..., Any]) -> None:
    """A dialect that Secoda does not know leaves the model alone, with what it said."""
    assert "not supported" in left_alone(shop("dialects=bigquery"), model(ORDERS, CHANGED, *STAGED))


def test_not_in_the_catalog(shop: Callable[..., Any], model: Callable[..., Any]) -> None:
    """A model that the catalog does not have is left alone."""
    assert "does not list it" in left_alone(shop(), model("shop.marts.new", CHANGED))


def test_no_sql(shop: Callable[..., Any], model: Callable[..., Any]) -> None:
    """A model whose SQL is not known is left alone, and told why."""
    assert left_alone(shop(), model(ORDERS, None, problem="its macro is unknown")) == "its macro is unknown"


def test_absent_sources(shop: Callable[..., Any], model: Callable[..., Any]) -> None:
    """Sources that Secoda leaves out silently are named."""
    sql = CHANGED + " join shop.raw.unlisted u on u.id = o.order_id"
    (entry,) = shop().sync(model(ORDERS, sql, *STAGED, "shop.raw.unlisted", ORDERS)).entries
    assert entry.outcome is Outcome.WRITTEN
    assert entry.absent == ("shop.raw.unlisted",)


@pytest.mark.parametrize(
    "switch", ["mirrored_rows=off", "delete_mirror=off", "row_shape=old", "in_list=nothing"]
)
def test_removed(shop: Callable[..., Any], model: Callable[..., Any], switch: str) -> None:
    """A removed model loses the lineage into it and its columns, once; what reads it and what people made stays."""
    here = shop(switch)
    table = here.store.table(ORDERS)
    here.store.link(here.store.table("shop.raw.raw_items").id, table.id, is_manual=True)
    readers = {
        row.to_id for row in here.store.lineage() if row.from_id == table.id and row.direction == "DOWNSTREAM"
    }
    (planned,) = here.sync(model(ORDERS, None, removed=True), dry_run=True).entries
    assert (planned.outcome, here.writes) == (Outcome.PLANNED, 0)
    (entry,) = here.sync(model(ORDERS, None, removed=True)).entries
    assert (entry.outcome, entry.kept, entry.drops) == (Outcome.REMOVED, 1, planned.drops)
    assert here.edges(ORDERS) == {("shop.raw.raw_items", ORDERS)}
    assert readers == {
        row.to_id for row in here.store.lineage() if row.from_id == table.id and row.direction == "DOWNSTREAM"
    }
    asked = here.writes
    (again,) = here.sync(model(ORDERS, None, removed=True)).entries
    assert (again.outcome, again.drops, here.writes) == (Outcome.REMOVED, (), asked)


def test_removed_and_not_in_the_catalog(shop: Callable[..., Any], model: Callable[..., Any]) -> None:
    """There is nothing to do for a removed model that the catalog does not list."""
    here = shop()
    (entry,) = here.sync(model("shop.marts.gone", None, removed=True)).entries
    assert (entry.outcome, here.writes) == (Outcome.REMOVED, 0)


def test_removed_behind_a_list_that_lost_its_rows(
    shop: Callable[..., Any], model: Callable[..., Any]
) -> None:
    """An empty list of all lineage proves nothing: the model is left alone, and its lineage goes when there are rows again."""
    here = shop()
    here.control.inject(Fault(kind=FaultKind.NO_ROWS, route="lineage/manual"))
    assert "no lineage at all" in left_alone(here, model(ORDERS, None, removed=True))
    here.control.clear_faults()
    (entry,) = here.sync(model(ORDERS, None, removed=True)).entries
    assert (entry.outcome, here.edges(ORDERS)) == (Outcome.REMOVED, set())


def test_removed_without_a_schema(shop: Callable[..., Any], model: Callable[..., Any]) -> None:
    """A name that could be of anybody's table removes nothing."""
    assert "its schema is not known" in left_alone(shop(), model("orders", None, removed=True))


def test_removed_in_part(shop: Callable[..., Any], model: Callable[..., Any]) -> None:
    """A deletion that is refused is told as failed; the next run removes the rest."""
    here = shop()
    here.control.inject(Fault(kind=FaultKind.STATUS_403, method="DELETE", times=1))
    (entry,) = here.sync(model(ORDERS, None, removed=True)).entries
    assert entry.outcome is Outcome.FAILED
    (entry,) = here.sync(model(ORDERS, None, removed=True)).entries
    assert (entry.outcome, here.edges(ORDERS)) == (Outcome.REMOVED, set())


OLD = "shop.marts.order_items"


def former(name: str) -> Former:
    relation = RelationName(tuple(name.split(".")))
    return Former(relation=relation, asked=relation)


def test_renamed(shop: Callable[..., Any], model: Callable[..., Any]) -> None:
    """A rename is one operation: the new table gets its lineage, then the old one loses its own."""
    here = shop()
    assert here.edges(OLD)
    renamed = model(ORDERS, CHANGED, *STAGED, replaces=(former(OLD),))
    (entry,) = here.sync(renamed).entries
    assert entry.outcome is Outcome.WRITTEN
    assert [str(name) for name in entry.replaces] == [OLD]
    assert here.edges(OLD) == set()
    methods = [seen.method for seen in here.control.requests if seen.method != "GET"]
    assert methods == ["PATCH", *["DELETE"] * (len(methods) - 1)]
    (again,) = here.sync(renamed).entries
    assert (again.outcome, here.writes) == (Outcome.IN_STEP, len(methods))


@pytest.mark.parametrize("name", ["shop.marts.not_listed_yet", "shop.marts.customers"])
def test_a_rename_that_can_not_be_written(
    shop: Callable[..., Any], model: Callable[..., Any], name: str
) -> None:
    """As long as the new table is left alone, or can't be written, the old one keeps its lineage."""
    here = shop()
    here.control.inject(Fault(kind=FaultKind.STATUS_403, method="PATCH"))
    before = here.edges(OLD)
    sql = "select c.id as customer_id from shop.raw.raw_customers c"
    (entry,) = here.sync(model(name, sql, "shop.raw.raw_customers", replaces=(former(OLD),))).entries
    assert not entry.is_settled, entry
    assert before == here.edges(OLD)


def test_a_former_name_that_is_still_made(shop: Callable[..., Any], model: Callable[..., Any]) -> None:
    """What the catalog takes for a table that is made in this very run is never stripped."""
    here = shop()
    before = here.edges(ORDERS)
    report = here.sync(model(ORDERS, UNCHANGED, *STAGED, replaces=(former("marts.orders"),)))
    assert (report.entries[0].outcome, here.writes, here.edges(ORDERS)) == (Outcome.IN_STEP, 0, before)


@pytest.mark.parametrize("gone", ["t0", "t1"])
def test_lineage_that_goes_proves_nothing(
    shop: Callable[..., Any], model: Callable[..., Any], gone: str
) -> None:
    """The lineage that shows that filters are understood is none that this run rewrites or removes."""
    here = shop(seed=seed_of(2))
    for name in ("t0", "t1"):
        here.store.link(here.store.table("db.s.src").id, here.store.table(f"db.s.{name}").id)
    here.sync(model(f"db.s.{gone}", None, removed=True), dry_run=True)
    queries = [parse_qs(seen.query) for seen in here.control.requests]
    proofs = {query["to_entity__in"][0].split(",")[-1] for query in queries if "to_entity__in" in query}
    (other,) = {"t0", "t1"} - {gone}
    # Of mirrored rows the source is a `to` end as well; the reader that stays is what is known to have one.
    assert proofs <= {here.store.table(f"db.s.{other}").id, here.store.table("db.s.src").id}
    assert proofs


def test_long_sql(shop: Callable[..., Any], model: Callable[..., Any]) -> None:
    """What is too long to preview is written as the skeleton that was previewed."""
    here = shop()
    long = CHANGED + " where o.status <> '" + "x" * 9000 + "'"
    assert here.sync(model(ORDERS, long, *STAGED)).entries[0].outcome is Outcome.LEFT_ALONE
    (entry,) = here.sync(model(ORDERS, long, *STAGED, skeleton=CHANGED)).entries
    assert entry.outcome is Outcome.WRITTEN


def test_viewer(shop: Callable[..., Any], model: Callable[..., Any]) -> None:
    """A key without the right to write fails aloud."""
    here = shop()
    report = here.sync(model(ORDERS, CHANGED, *STAGED), key="emulator-viewer")
    (entry,) = report.entries
    assert entry.outcome is Outcome.FAILED
    assert "403" in str(entry.reason)
    assert not report.is_complete


def test_lineage_not_readable(shop: Callable[..., Any], model: Callable[..., Any]) -> None:
    """When the present lineage is not known nothing is written."""
    here = shop()
    here.control.inject(Fault(kind=FaultKind.HTML, route="lineage/manual"))
    (entry,) = here.sync(model(ORDERS, CHANGED, *STAGED)).entries
    assert (entry.outcome, here.writes) == (Outcome.FAILED, 0)


def test_passing_fault_of_a_write(shop: Callable[..., Any], model: Callable[..., Any]) -> None:
    """A write that meets a passing fault is repeated."""
    here = shop()
    here.control.inject(Fault(kind=FaultKind.STATUS_503, method="PATCH", times=2))
    (entry,) = here.sync(model(ORDERS, CHANGED, *STAGED)).entries
    assert (entry.outcome, here.writes) == (Outcome.WRITTEN, 3)


class Meddling(httpx.AsyncBaseTransport):
    """Lets something happen around writes."""

    def __init__(
        self, server: httpx.AsyncBaseTransport, *, drop_writes: bool = False, at_look: Any = None
    ) -> None:
        """Call `at_look` with 1 when the lineage is looked at for the plan, with 2 for the look before the write."""
        self.server, self.drop_writes, self.at_look = server, drop_writes, at_look
        self.looks = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "PATCH" and self.drop_writes:
            return httpx.Response(200)
        if b"to_entity" in request.url.query and self.at_look:
            self.looks += 1
            self.at_look(self.looks)
        return await self.server.handle_async_request(request)


class Deaf(httpx.AsyncBaseTransport):
    """Hands every write on, and loses the reply."""

    def __init__(self, server: httpx.AsyncBaseTransport) -> None:
        self.server = server

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        reply = await self.server.handle_async_request(request)
        if request.method == "PATCH":
            raise httpx.ReadError("the connection was cut")
        return reply


def test_lost_reply_of_a_write(shop: Callable[..., Any], model: Callable[..., Any]) -> None:
    """A write whose reply was lost is read back, and not sent again when it was made."""
    here = shop()
    here.server = Deaf(here.server)
    (entry,) = here.sync(model(ORDERS, CHANGED, *STAGED)).entries
    assert (entry.outcome, here.writes) == (Outcome.WRITTEN, 1)


def test_read_back_differs(shop: Callable[..., Any], model: Callable[..., Any]) -> None:
    """A write that says OK and changes nothing is noticed, after a little patience."""
    here = shop()
    here.server = Meddling(here.server, drop_writes=True)
    report = here.sync(model(ORDERS, CHANGED, *STAGED))
    (entry,) = report.entries
    assert entry.outcome is Outcome.DIFFERS
    assert entry.reason == "read back: 1 written not shown, 1 shown not written"
    assert here.slept == [0.0, 2.0, 5.0]
    assert not report.is_complete


def test_changed_meanwhile(shop: Callable[..., Any], model: Callable[..., Any]) -> None:
    """When the catalog changed between plan and write nothing is written."""
    here = shop()

    def meddle(look: int) -> None:
        if look == 2:
            here.store.link(here.store.table("shop.raw.raw_items").id, here.store.table(ORDERS).id)

    here.server = Meddling(here.server, at_look=meddle)
    (entry,) = here.sync(model(ORDERS, CHANGED, *STAGED)).entries
    assert entry.outcome is Outcome.FAILED
    assert "changed since the plan" in str(entry.reason)
    assert here.writes == 0


def test_two_models_of_one_table(shop: Callable[..., Any], model: Callable[..., Any]) -> None:
    """Where two models make what is one table in the catalog, each is planned from its own SQL."""
    here = shop()
    twins = (model(ORDERS, CHANGED, *STAGED), model("marts.orders", UNCHANGED, *STAGED))
    first, second = here.sync(*twins, dry_run=True).entries
    assert (first.outcome, second.outcome) == (Outcome.PLANNED, Outcome.IN_STEP)


@pytest.mark.parametrize(("seconds", "previews"), [(29, 1), (31, 2)])
def test_old_plan(shop: Callable[..., Any], model: Callable[..., Any], seconds: float, previews: int) -> None:
    """A write whose turn comes late is previewed once more, a fresh plan is believed."""
    here = shop()

    def wait(look: int) -> None:
        here.now += seconds if look == 1 else 0

    here.server = Meddling(here.server, at_look=wait)
    (entry,) = here.sync(model(ORDERS, CHANGED, *STAGED)).entries
    asked = [seen for seen in here.control.requests if seen.path == "lineage/lineage_from_query/"]
    assert [seen.method for seen in asked] == ["GET"] * previews + ["PATCH"]
    assert entry.outcome is Outcome.WRITTEN


@pytest.mark.parametrize("is_first", [False, True])
def test_requests(shop: Callable[..., Any], model: Callable[..., Any], is_first: bool) -> None:
    """A model takes a preview, a look of two requests and a write; the rest is asked for together, in a catalog without lineage once something is written."""
    here = shop("write_limit=1000", seed=seed_of(51))
    if not is_first:
        # Lineage that the run leaves alone proves from the start that several ids may be asked for at once.
        here.store.link(here.store.table("db.s.src").id, here.store.table("db.s.t50").id)
    report = here.sync(
        *(model(f"db.s.t{number}", "select c from db.s.src", "db.s.src") for number in range(50))
    )
    assert {entry.outcome for entry in report.entries} == {Outcome.WRITTEN}
    one_by_one = 25 * 4 + 20 if is_first else 0
    assert len(here.control.requests) <= 50 * 4 + 30 + one_by_one


def test_limit_of_writes(shop: Callable[..., Any], model: Callable[..., Any]) -> None:
    """More models than writes a minute are all written, paced so that no write is refused."""
    here = shop("write_limit=30", seed=seed_of(40))
    models = [model(f"db.s.t{number}", "select c from db.s.src", "db.s.src") for number in range(40)]
    report = here.sync(*models)
    assert {entry.outcome for entry in report.entries} == {Outcome.WRITTEN}
    assert here.writes == 40
    assert here.now >= 60


def test_progress(shop: Callable[..., Any], model: Callable[..., Any]) -> None:
    """Whoever listens hears how many models are planned, and which is written."""
    heard: list[tuple[str, int, int]] = []
    with reporting_to(lambda what, done, of: heard.append((what, done, of))):
        shop().sync(model(ORDERS, CHANGED, *STAGED), model("shop.marts.new", CHANGED))
    assert heard == [("planning lineage", 0, 2), ("writing lineage", 1, 2)]


def test_many_are_remembered_as_they_go_on(shop: Callable[..., Any], model: Callable[..., Any]) -> None:
    """A run of many models plans some, writes them and tells of them, before it plans the next."""
    here = shop("write_limit=1000", seed=seed_of(100))
    models = [model(f"db.s.t{number}", "select c from db.s.src", "db.s.src") for number in range(100)]
    heard: list[tuple[int, int]] = []
    report = here.sync(*models, told=lambda some: heard.append((len(some), here.writes)))
    assert sum(count for count, _ in heard) == len(report.entries) == 100
    previews_before_the_first_write = [
        seen.method for seen in here.control.requests if seen.path == "lineage/lineage_from_query/"
    ].index("PATCH")
    assert previews_before_the_first_write <= 26


def test_deadline() -> None:
    """The deadline leaves time for the limit of writes, and is the one that is documented."""
    assert deadline_for(1, 25) == 120 + 17.4
    assert deadline_for(100, 25) > 100 / 25 * 60


def test_the_canary_is_dropped(shop: Callable[..., Any], model: Callable[..., Any]) -> None:
    """When a write drops the very lineage that proves filters, another takes its place, and what was written is read back."""
    tables = [{"name": name, "columns": ["c"]} for name in ("a", "b", "t", "u", "v")]
    seed = {
        "users": [{"email": "ada@example.com", "role": "admin", "key": "emulator-admin"}],
        "databases": [{"name": "db", "schemas": [{"name": "s", "tables": tables}]}],
    }
    here = shop(seed=json.dumps(seed))

    def table(name: str) -> str:
        return str(here.store.table(f"db.s.{name}").id)

    here.store.link(table("a"), table("t"))
    for reader in ("u", "v"):
        here.store.link(table("b"), table(reader))
    (entry,) = here.sync(model("db.s.t", "select c from db.s.b", "db.s.b")).entries
    assert (entry.outcome, entry.reason) == (Outcome.WRITTEN, None)
    assert ("db.s.b", "db.s.t") in here.edges("db.s.t")
