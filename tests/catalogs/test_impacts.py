"""What the catalog's answers make consumers feel."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import pytest

from contract_gate.catalogs.catalog import (
    Answer,
    Asset,
    Downstream,
    NotInCatalog,
    Question,
    Reached,
    Unavailable,
)
from contract_gate.catalogs.impacts import catalog_impacts
from contract_gate.compare.changes.change import Certainty, Change, Kind
from contract_gate.compare.changes.kinds import class_of, describe
from contract_gate.compare.impact import Effect, KnownBy
from contract_gate.compare.impact.propagation import Stopped
from contract_gate.core.relation import RelationName
from contract_gate.reports.report import CatalogState, CatalogStatus

ORDERS = RelationName(("db", "shop", "orders"))
REVENUE = RelationName(("db", "shop", "revenue"))
TABLE = Asset(id="t", kind="table", name="orders", title_full="db.shop.orders")


class Answering:
    """A catalog with its answers at hand, which keeps what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = {answer.relation: answer for answer in answers}
        self.asked: list[Question] = []

    async def downstream(
        self, questions: Sequence[Question], *, own: Collection[RelationName] = ()
    ) -> Mapping[RelationName, Answer]:
        self.asked.extend(questions)
        return self._answers

    def state(self) -> CatalogState:
        return CatalogState(name="told", status=CatalogStatus.ANSWERED)


def reader(name: str, *, kind: str = "chart", **known: object) -> Reached:
    return Reached(asset=Asset(id=name, kind=kind, name=name, title_full=name), **known)


def read_by(*reached: Reached, relation: RelationName = ORDERS) -> Downstream:
    return Downstream(relation=relation, as_asset=TABLE, reached=reached)


def change_of(kind: Kind, column: str | None = None, before: str | None = None) -> Change:
    return Change(
        kind=kind, change_class=class_of(kind), certainty=Certainty.PROVEN, id="c1", relation=ORDERS,
        message=describe(kind, relation=ORDERS, column=column), column=column, before=before,
    )  # fmt: skip


BY_COLUMN = reader("by column", column="amount", table_level=False)
BY_TABLE = reader("by table")


@pytest.mark.parametrize(
    ("kind", "column", "by_column", "by_table"),
    [
        (Kind.RELATION_REMOVED, None, Effect.BREAKS, Effect.BREAKS),
        (Kind.COLUMN_REMOVED, "amount", Effect.BREAKS, Effect.UNKNOWN),
        (Kind.COLUMN_VALUES_CHANGED, "amount", Effect.CHANGES, Effect.CHANGES),
        (Kind.UNDECIDED, None, Effect.UNKNOWN, Effect.UNKNOWN),
    ],
)
def test_the_effect_follows_the_evidence(
    kind: Kind, column: str | None, by_column: Effect, by_table: Effect
) -> None:
    """A column that goes breaks who is known to read it; who reads the table may not read that column."""
    catalog = Answering(read_by(BY_COLUMN, BY_TABLE))
    found = catalog_impacts(catalog, [change_of(kind, column)], (), ())
    assert {impact.consumer.name: impact.effect for impact in found.impacts} == {
        "by column": by_column,
        "by table": by_table,
    }


def test_a_renamed_column_is_asked_for_by_its_old_name() -> None:
    """The catalog knows what was there before the pull request."""
    catalog = Answering(read_by(BY_COLUMN))
    found = catalog_impacts(catalog, [change_of(Kind.COLUMN_RENAMED, "total", before="amount")], (), ())
    assert catalog.asked == [Question(relation=ORDERS, columns=("amount",), gone=("amount",))]
    assert [(one.effect, one.by) for one in found.impacts] == [(Effect.BREAKS, KnownBy.COLUMNS)]


def test_what_goes_is_asked_about_first() -> None:
    """A deadline of the catalog's cuts what is asked last: rows and values that changed."""
    named = [RelationName(("db", "shop", name)) for name in ("rows", "values", "column", "removed")]
    kinds = (Kind.ROWS_FILTER_CHANGED, Kind.COLUMN_VALUES_CHANGED, Kind.COLUMN_REMOVED, Kind.RELATION_REMOVED)
    columns = (None, "total", "amount", None)
    changes = [
        replace(change_of(kind, column), relation=relation)
        for relation, kind, column in zip(named, kinds, columns, strict=True)
    ]
    catalog = Answering()
    catalog_impacts(catalog, changes, (), ())
    assert [(one.relation.name, one.columns, one.gone, one.goes) for one in catalog.asked] == [
        ("removed", (), (), True),
        ("column", ("amount",), ("amount",), False),
        ("rows", (), (), False),
        ("values", ("total",), (), False),
    ]


def test_readers_of_other_columns_are_counted_and_not_listed() -> None:
    """Who reads other columns alone is left in peace, and the report says how many they are."""
    other = reader("other", column="status", table_level=False)
    found = catalog_impacts(
        Answering(read_by(other, BY_COLUMN)), [change_of(Kind.COLUMN_REMOVED, "amount")], (), ()
    )
    assert [impact.consumer.name for impact in found.impacts] == ["by column"]
    assert found.notes == (
        "left out, by the catalog's column lineage: one consumer of other columns of db.shop.orders than amount; "
        "that lineage seldom covers filters",
    )


@pytest.mark.parametrize("kind", [Kind.COLUMN_ADDED, Kind.MATERIALIZATION_CHANGED, Kind.DOES_NOT_BIND])
def test_what_nobody_feels_is_not_asked(kind: Kind) -> None:
    """A change that no reader can feel costs no request."""
    catalog = Answering(read_by(BY_TABLE))
    assert catalog_impacts(catalog, [change_of(kind, "amount")], (), ()).impacts == ()
    assert catalog.asked == []


def test_the_repositorys_own_models_are_left_to_binding() -> None:
    """A table of the catalog that is a model here is no consumer beyond the repository."""
    own = reader("db.shop.revenue", kind="table")
    catalog = Answering(read_by(own, BY_TABLE))
    found = catalog_impacts(catalog, [change_of(Kind.RELATION_REMOVED)], (), [REVENUE])
    assert [impact.consumer.name for impact in found.impacts] == ["by table"]


def test_who_reads_what_no_longer_builds_sees_old_rows() -> None:
    """Behind a model that stops, consumers feel the root change by the way through that model."""
    catalog = Answering(read_by(BY_TABLE, relation=REVENUE))
    stopped = Stopped(relation=REVENUE, change="c7", path=("db.shop.orders", "db.shop.revenue"))
    (impact,) = catalog_impacts(catalog, (), [stopped], ()).impacts
    assert (impact.change, impact.effect, impact.by) == ("c7", Effect.CHANGES, KnownBy.TABLE)
    assert impact.via == ("db.shop.orders", "db.shop.revenue")
    assert impact.reason == "db.shop.revenue is no longer built"


def test_the_worst_for_a_consumer_stands() -> None:
    """A consumer that is reached twice by one change is told once, by the worst."""
    stopped = Stopped(relation=REVENUE, change="c1", path=("db.shop.revenue",))
    catalog = Answering(read_by(BY_COLUMN), read_by(BY_COLUMN, relation=REVENUE))
    found = catalog_impacts(catalog, [change_of(Kind.COLUMN_REMOVED, "amount")], [stopped], ())
    assert [impact.effect for impact in found.impacts] == [Effect.BREAKS]


@pytest.mark.parametrize(
    "ways", [(BY_TABLE, "column"), ("column", BY_TABLE)], ids=["worse last", "worse first"]
)
def test_the_worst_way_to_a_consumer_stands(ways: tuple[object, ...]) -> None:
    """Whichever way to it is told first."""
    by_column = replace(BY_TABLE, column="amount", table_level=False)
    catalog = Answering(read_by(*(by_column if way == "column" else BY_TABLE for way in ways)))
    found = catalog_impacts(catalog, [change_of(Kind.COLUMN_REMOVED, "amount")], (), ())
    assert [impact.effect for impact in found.impacts] == [Effect.BREAKS]


@pytest.mark.parametrize(
    "answer", [NotInCatalog(relation=ORDERS), Unavailable(relation=ORDERS, reason="a test")]
)
def test_no_answer_is_no_impact(answer: Answer) -> None:
    """What the catalog does not say is in its state, not among the impacts."""
    assert catalog_impacts(Answering(answer), [change_of(Kind.RELATION_REMOVED)], (), ()).impacts == ()
