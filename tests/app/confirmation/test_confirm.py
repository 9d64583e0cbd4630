"""`contract_gate.app.confirmation.confirm`: changes meet rows."""

from collections.abc import Mapping
from importlib import import_module

import pytest

from contract_gate.app import confirmation as witnessing
from contract_gate.app.confirmation import SearchLimits
from contract_gate.app.confirmation.spending import TimeBudget
from contract_gate.compare.changes.change import Certainty, Kind
from contract_gate.compare.impact import Witnessed
from contract_gate.witness import Budget, Found, NoDifference, search

pytest.importorskip("duckdb")
SEARCHING = import_module("contract_gate.witness.search")

RAW = "create table raw.orders (id int, customer_id int, amount int, status text);"
ORDERS = "create table shop.orders as select id, customer_id, amount from raw.orders where amount > 100;"


def files(**texts: str) -> Mapping[str, str]:
    return {f"{name}.sql": text for name, text in {"raw": RAW, **texts}.items()}


def test_rows_show_a_filter(build) -> None:
    """A change of the rows gets the rows that show it, and is witnessed."""
    told = build(files(orders=ORDERS), files(orders=ORDERS.replace(">", ">="))).confirm()
    change = told.change(Kind.ROWS_FILTER_CHANGED)
    assert change.certainty is Certainty.WITNESSED
    assert change.witness is not None
    assert len(change.witness.before) != len(change.witness.after)
    assert told.notes == ()


def test_each_column_gets_its_rows(build) -> None:
    """Where one search shows some of the columns that differ, the others are searched for by themselves."""
    before = "create table shop.o as select id, case when status = 'a' then 1 else 0 end x, amount y from raw.orders;"
    after = before.replace("'a'", "'b'").replace("amount y", "abs(amount) y")
    told = build(files(o=before), files(o=after)).confirm()
    found = [change for change in told.assessment.changes if change.kind is Kind.COLUMN_VALUES_CHANGED]
    assert {change.column for change in found} == {"x", "y"}
    for change in found:
        assert change.certainty is Certainty.WITNESSED
        assert change.witness is not None
        values = [
            [row[change.column] for row in side] for side in (change.witness.before, change.witness.after)
        ]
        assert sorted(map(repr, values[0])) != sorted(map(repr, values[1]))


def test_a_refactor_is_left_alone(build) -> None:
    """What is written in another way and means the same has no change, no witness and no note."""
    after = "create table shop.orders as with o as (select * from raw.orders) select id, customer_id, amount from o where 100 < amount;"
    told = build(files(orders=ORDERS), files(orders=after)).confirm()
    assert told.assessment.changes == ()
    assert told.notes == ()


def test_a_rename_upstream_is_no_difference(build) -> None:
    """A column that the same pull request renames upstream holds the same values here."""
    stage = "create table shop.stage as select id, amount from raw.orders;"
    base = files(stage=stage, o="create table shop.o as select id, amount * 2 as double from shop.stage;")
    head = files(
        stage=stage.replace("amount from", "amount as total from"),
        o="create table shop.o as select id, total * 2 as double from shop.stage;",
    )
    told = build(base, head).confirm()
    assert all(change.witness is None for change in told.assessment.changes)
    changed = dict(head) | {"o.sql": "create table shop.o as select id, total * 3 as double from shop.stage;"}
    told = build(base, changed).confirm()
    change = told.change(Kind.COLUMN_VALUES_CHANGED, "o")
    assert change.certainty is Certainty.WITNESSED
    assert change.witness is not None
    assert {name for row in dict(change.witness.tables)["stage"] for name in row} >= {"amount"}


def test_rows_overrule_no_change(build, monkeypatch: pytest.MonkeyPatch) -> None:
    """A comparison that took a change for none is refuted: the change is told, to its readers too, with a note."""
    monkeypatch.setattr("contract_gate.compare.changes.relations.compare", lambda *_: ())
    reader = "create table shop.totals as select count(*) n from shop.orders;"
    base = files(orders=ORDERS, totals=reader)
    told = build(base, dict(base) | {"orders.sql": ORDERS.replace(">", ">=")}).confirm()
    change = told.change(Kind.ROWS_SOURCE_CHANGED, "orders")
    assert change.certainty is Certainty.WITNESSED
    assert change.witness is not None
    assert told.impact("totals").change == change.id
    assert any("missed a change of shop.orders" in note for note in told.notes)


def test_a_long_search_without_rows(build, monkeypatch: pytest.MonkeyPatch) -> None:
    """What no long search confirms says so, and is still told."""
    monkeypatch.setattr(
        SEARCHING.Searcher,
        "search",
        lambda *_: NoDifference(trials=400, seconds=1.0, columns=("id", "customer_id", "amount")),
    )
    told = build(files(orders=ORDERS), files(orders=ORDERS.replace(">", ">="))).confirm()
    change = told.change(Kind.ROWS_FILTER_CHANGED)
    assert change.unconfirmed == 400
    assert change.certainty is Certainty.POSSIBLE
    assert change.message.endswith("(not confirmed in 400 trials)")


@pytest.mark.parametrize(
    "answer",
    [
        NoDifference(trials=30, seconds=4.0, columns=("id",)),
        NoDifference(trials=400, seconds=4.0, columns=("id",), notes=("id is taken for a column of raw",)),
    ],
)
def test_a_short_or_limited_search_lowers_nothing(
    build, monkeypatch: pytest.MonkeyPatch, answer: NoDifference
) -> None:
    """A search that was short, or could not see everything, does not make a suspicion a note."""
    monkeypatch.setattr(SEARCHING.Searcher, "search", lambda *_: answer)
    told = build(files(orders=ORDERS), files(orders=ORDERS.replace(">", ">="))).confirm()
    assert told.change(Kind.ROWS_FILTER_CHANGED).unconfirmed is None


def test_what_can_not_be_run(build) -> None:
    """It is said why, once for all models with the same reason, and the change stays as it was."""
    body = "create table shop.{} as select id from raw.orders tablesample system (10) where amount > 1;"
    base = files(a=body.format("a"), b=body.format("b"))
    head = {path: text.replace("> 1", "> 2") for path, text in base.items()}
    told = build(base, head).confirm()
    assert [change.certainty for change in told.assessment.changes] == [Certainty.POSSIBLE] * 2
    (note,) = told.notes
    assert note.startswith("no witness possible for shop.a, shop.b, because of the base's SQL: TableSample")


def test_without_duckdb(build, monkeypatch: pytest.MonkeyPatch) -> None:
    """The report says that no witness was looked for; it has nothing to say where nothing could be shown."""
    monkeypatch.setattr(SEARCHING, "find_spec", lambda _: None)
    told = build(files(orders=ORDERS), files(orders=ORDERS.replace(">", ">="))).confirm()
    (note,) = told.notes
    assert note.startswith("no witness was looked for: DuckDB is not installed")
    assert told.change(Kind.ROWS_FILTER_CHANGED).certainty is Certainty.POSSIBLE
    assert build(files(orders=ORDERS), files(orders=ORDERS.upper())).confirm().notes == ()


def test_a_run_that_may_cost_nothing(build, monkeypatch: pytest.MonkeyPatch) -> None:
    """Models that the run has no time for are named, and no process is started for them."""
    monkeypatch.setattr("contract_gate.witness.process._start", lambda: pytest.fail("a search was made"))
    worlds = build(files(orders=ORDERS), files(orders=ORDERS.replace(">", ">=")))
    told = worlds.confirm(SearchLimits(search_seconds=0.0, replay_seconds=0.0))
    assert told.notes == ("no witness was looked for in shop.orders: the 0 s of the run were spent",)


def test_nothing_to_ask_starts_nothing(build, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pull request whose models lose columns alone needs no rows, and costs no process."""
    monkeypatch.setattr("contract_gate.witness.process._start", lambda: pytest.fail("a search was made"))
    renamed = ORDERS.replace("amount from", "amount as total from")
    told = build(files(orders=ORDERS), files(orders=renamed)).confirm()
    assert {change.kind for change in told.assessment.changes} == {Kind.COLUMN_RENAMED}


def test_readers_are_told_apart_by_the_rows(build) -> None:
    """Each reader is reached by the rows, left as it is by them, or could not be run; readers of readers too."""
    base = files(
        orders=ORDERS,
        counts="create table shop.counts as select count(*) n from shop.orders;",
        big="create table shop.big as select id, amount from shop.orders where amount > 200;",
        odd="create table shop.odd as select my_own_function(id) x from shop.orders;",
        report="create table shop.report as select n + 1 as m from shop.counts;",
        far="create table shop.far as select id from shop.big;",
    )
    told = build(base, dict(base) | {"orders.sql": ORDERS.replace(">", ">=")}).confirm()
    reached = {impact.consumer.name: impact.witnessed for impact in told.assessment.impacts}
    assert reached == {
        "shop.counts": Witnessed.AFFECTED,
        "shop.report": Witnessed.AFFECTED,
        "shop.big": Witnessed.NOT_AFFECTED,
        "shop.far": Witnessed.NOT_AFFECTED,
        "shop.odd": Witnessed.NOT_RUNNABLE,
    }
    assert told.impact("counts").certainty is Certainty.WITNESSED
    assert told.impact("big").certainty is Certainty.POSSIBLE
    assert "my_own_function" in (told.impact("odd").reason or "").lower()


def test_readers_that_there_is_no_time_for(build, monkeypatch: pytest.MonkeyPatch) -> None:
    """They stay as they were, and their number is told."""
    base = files(orders=ORDERS, counts="create table shop.counts as select count(*) n from shop.orders;")
    worlds = build(base, dict(base) | {"orders.sql": ORDERS.replace(">", ">=")})
    monkeypatch.setattr(TimeBudget, "of_readers", lambda _, __, wanted: (0, wanted))
    told = worlds.confirm()
    assert told.impact("counts").witnessed is None
    assert any("not run through 1 of the readers" in note for note in told.notes)


def test_declared_keys_hold(build) -> None:
    """What the project declares of its data is respected by the rows that are found."""
    raw = "create table raw.customers (id int primary key, name text); create table raw.pets (id int, owner int);"
    plain = "create table shop.p as select p.id, c.name from raw.pets p left join raw.customers c on c.id = p.owner;"
    told = build(files(more=raw, p=plain), files(more=raw, p=plain.replace("left join", "join"))).confirm()
    change = told.change(Kind.ROWS_JOIN_CHANGED)
    assert change.witness is not None
    ids = [row["id"] for row in dict(change.witness.tables)["customers"]]
    assert len(set(ids)) == len(ids)


def test_the_same_pull_request_gives_the_same_rows(build) -> None:
    """Seeds are fixed."""
    pair = files(orders=ORDERS), files(orders=ORDERS.replace(">", ">="))
    shown = [build(*pair).confirm().change(Kind.ROWS_FILTER_CHANGED).witness for _ in range(2)]
    assert shown[0] == shown[1]


def test_a_search_for_one_model(build) -> None:
    """`search_model` asks about one model, by its key; None where its text is the same."""
    base = files(orders=ORDERS, other="create table shop.other as select id from raw.orders;")
    worlds = build(base, dict(base) | {"orders.sql": ORDERS.replace(">", ">=")})
    assessment = worlds.confirm(SearchLimits(search_seconds=0.0)).assessment
    keys = {str(model.relation): key for key, model in worlds.after.world.models.items()}
    sides = (worlds.before, worlds.after, worlds.pairing, assessment)
    assert isinstance(witnessing.search_model(*sides, keys["shop.orders"], Budget()), Found)
    assert witnessing.search_model(*sides, keys["shop.other"], Budget()) is None


def test_the_names_that_a_statement_stores_by() -> None:
    """`INSERT INTO t (a, b)` names the outputs: the same query under swapped names differs."""
    from contract_gate.witness import RowQuestion

    body = "select id, amount from raw.orders"
    asked = RowQuestion(
        before=f"insert into t (a, b) {body}", after=f"insert into t (b, a) {body}", dialect="postgres"
    )
    answer = search(asked, Budget())
    assert isinstance(answer, Found)
    assert set(answer.columns) == {"a", "b"}


def test_another_layout_needs_no_rows(build, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a text with the same words nobody doubts that it means the same: no process is started for it."""
    monkeypatch.setattr("contract_gate.witness.process._start", lambda: pytest.fail("a search was made"))
    laid_out = ORDERS.replace(" from ", "\nfrom -- the raw ones\n  ")
    assert build(files(orders=ORDERS), files(orders=laid_out)).confirm().notes == ()


def test_what_a_reader_feels_is_searched_first(build, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is time for one model alone, it is the one whose change reaches somebody; the other is named."""
    base = files(a=ORDERS.replace("shop.orders", "shop.a"), b=ORDERS.replace("shop.orders", "shop.b"), r="create table shop.r as select count(*) n from shop.b;")  # fmt: skip
    head = {path: text.replace("> ", ">= ") for path, text in base.items()}
    left = [Budget()]
    monkeypatch.setattr(witnessing.TimeBudget, "share", lambda *_: left.pop() if left else None)
    told = build(base, head).confirm()
    shown = {
        str(change.relation): change.certainty
        for change in told.assessment.changes
        if change.caused_by is None
    }
    assert shown["shop.b"] is Certainty.WITNESSED
    assert shown["shop.a"] is Certainty.POSSIBLE
    assert any("no witness was looked for in shop.a" in note for note in told.notes)
