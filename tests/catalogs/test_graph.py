"""The walk: columns and tables kept apart, cycles, own models, and what is missing said."""

from collections.abc import Mapping

import pytest

from contract_gate.catalogs.catalog import (
    Ambiguous,
    Answer,
    Asset,
    Downstream,
    NotInCatalog,
    OwnModels,
    Question,
    Reached,
    Unavailable,
)
from contract_gate.catalogs.graph import Found, Graph, answer
from contract_gate.core.relation import RelationName

X = RelationName(("db", "s", "x"))


def draw(edges: str, **more: Mapping[str, str]) -> Graph:
    """Draw a graph: `x.a>t.b` of columns, `x>t` of tables, `x>chart:c`; names are ids."""
    assets: dict[str, Asset] = {}
    columns: dict[str, list[str]] = {}
    readers: dict[str, list[str]] = {}

    def add(key: str) -> str:
        kind, _, title = key.rpartition(":")
        table, _, column = title.partition(".")
        if kind:
            assets[key] = Asset(id=key, kind=kind, name=title)
        else:
            assets[table] = Asset(id=table, kind="table", name=table, title_full=f"db.s.{table}")
            columns.setdefault(table, [])
        if column:
            assets[key] = Asset(id=key, kind="column", name=column, parent=table)
            columns[table] += [] if key in columns[table] else [key]
        readers.setdefault(key, [])
        return key

    for drawn in edges.split():
        start, _, end = drawn.partition(">")
        add(start)
        if end:
            readers[start].append(add(end))
    for key in assets:
        readers.setdefault(key, [])
    return Graph(
        found={X: assets["x"]},
        assets=assets,
        columns={key: tuple(listed) for key, listed in columns.items()},
        readers={key: tuple(listed) for key, listed in readers.items()},
        **more,
    )


def walk(graph: Graph, own: str = "", columns: tuple[str, ...] = ()) -> Downstream:
    models = OwnModels([RelationName(tuple(name.split("."))) for name in own.split()])
    found = answer(graph, Question(relation=X, columns=columns), models)
    assert isinstance(found, Downstream)
    return found


def shown(found: Downstream) -> dict[tuple[str, str | None], tuple[int, bool, tuple[str, ...]]]:
    return {(one.asset.id, one.column): (one.distance, one.table_level, one.via) for one in found.reached}


def test_nobody() -> None:
    """A relation without readers has an answer, and it is empty."""
    found = walk(draw("x x.a"))
    assert (found.reached, found.truncated, found.note) == ((), None, None)


def test_table_lineage() -> None:
    """Table lineage alone names no column."""
    assert shown(walk(draw("x>t t>dashboard:d x.a"))) == {
        ("t", None): (1, True, ()),
        ("dashboard:d", None): (2, True, ("db.s.t",)),
    }


def test_column_lineage() -> None:
    """Column lineage names the column, rolls columns up into their table, and says where it ends."""
    found = walk(draw("x>t x.a>t.b x.a>t.c t.b>chart:d x.z"))
    assert shown(found) == {("t", "a"): (1, False, ()), ("chart:d", "a"): (2, False, ("db.s.t",))}
    assert found.reached[0].into == ("b", "c")


def test_mixed_lineage() -> None:
    """A table-level hop after a column-level one makes the path table-level, the column kept."""
    assert shown(walk(draw("x.a>t.b t>dashboard:d"))) == {
        ("t", "a"): (1, False, ()),
        ("dashboard:d", "a"): (2, True, ("db.s.t",)),
    }


def test_columns_of_a_table_reached_as_a_whole() -> None:
    """A table reached as a whole hands on through its columns too, or their readers would be missed."""
    assert shown(walk(draw("x>t t.q>chart:c"))) == {
        ("t", None): (1, True, ()),
        ("chart:c", None): (2, True, ("db.s.t",)),
    }


def test_other_columns() -> None:
    """A reader that column lineage ties to another column of the table between is told so."""
    found = walk(draw("x>t x.a>t.b t>dashboard:d t.q>dashboard:d"))
    dashboard = next(one for one in found.reached if one.asset.id == "dashboard:d")
    assert (dashboard.column, dashboard.table_level, dashboard.other_columns) == ("a", True, True)


def test_finest_path_wins() -> None:
    """A longer path along columns says more than a shorter one between tables."""
    found = walk(draw("x>t t>chart:c x.a>t.b t.b>u.b u.b>chart:c"))
    assert shown(found)[("chart:c", "a")] == (3, False, ("db.s.t", "db.s.u"))


@pytest.mark.parametrize("edges", ["x>t t>x", "x.a>t.b t.b>x.a", "x>t t>u u>t", "x>x x.a>x.b"])
def test_cycles(edges: str) -> None:
    """A cycle ends, and the relation is not its own consumer."""
    assert {one.asset.id for one in walk(draw(edges)).reached} <= {"t", "u"}


def test_own_models_end_the_walk() -> None:
    """The repository's own models are listed, and what is behind them is left to the caller."""
    graph = draw("x>m x.a>m.b m>dashboard:d m.b>chart:c x>t t>chart:e")
    assert {one.asset.id for one in walk(graph, own="db.s.m").reached} == {"m", "t", "chart:e"}
    assert {one.asset.id for one in walk(graph, own="db.s.x").reached} >= {"dashboard:d", "chart:c"}


def test_way_around_an_own_model() -> None:
    """A reader behind an own model is still found by a way that goes around it."""
    graph = draw("x>m m>dashboard:d x>t t>u u>dashboard:d")
    found = shown(walk(graph, own="db.s.m"))
    assert found[("dashboard:d", None)] == (3, True, ("db.s.t", "db.s.u"))


@pytest.mark.parametrize("key", ["x.a", "t", "t.b"])
def test_unexplored(key: str) -> None:
    """Whatever was not asked on the way is said to be missing."""
    graph = draw("x>t x.a>t.b t>dashboard:d", unexplored={key: "the deadline passed"})
    assert walk(graph).truncated == "there may be more consumers: the deadline passed"


def test_unexplored_elsewhere() -> None:
    """What is missing elsewhere, or behind an own model, is no matter of this relation."""
    graph = draw("x>m m>t y>u", unexplored={"u": "late", "m": "late", "t": "late"})
    assert walk(graph, own="db.s.m").truncated is None


def test_nobody_asked() -> None:
    """An asset whose readers nobody asked for does not pass for one without readers."""
    graph = draw("x>t")
    unasked = {key: readers for key, readers in graph.readers.items() if key != "t"}
    cut = Graph(found=graph.found, assets=graph.assets, columns=graph.columns, readers=unasked)
    assert walk(cut).truncated == "there may be more consumers: nobody asked who reads db.s.t"


def test_unknown_root() -> None:
    """When the relation itself could not be asked, the catalog did not say."""
    graph = draw("x", unexplored={"x": "Secoda answered 500"})
    assert answer(graph, Question(relation=X), OwnModels([])) == Unavailable(
        relation=X, reason="Secoda answered 500"
    )


def test_closed_table() -> None:
    """A table whose columns can't be listed may have readers of columns."""
    graph = draw("x>t", closed_tables={"t": "columns refused"})
    assert "columns refused" in str(walk(graph).truncated)


def test_unknown_columns() -> None:
    """Columns asked about that the catalog does not list are named."""
    assert walk(draw("x.a"), columns=("A", '"a"', "gone")).unknown_columns == ("gone",)


def test_archived() -> None:
    """What is archived is left out, and counted."""
    graph = draw("x>dashboard:old x>dashboard:new")
    old = Asset(id="dashboard:old", kind="dashboard", name="old", archived=True)
    graph = Graph(
        found=graph.found,
        assets={**graph.assets, "dashboard:old": old},
        columns=graph.columns,
        readers=graph.readers,
    )
    found = walk(graph)
    assert [one.asset.id for one in found.reached] == ["dashboard:new"]
    assert found.note == "1 archived in the catalog, left out"


def test_unreadable() -> None:
    """An asset that can't be looked up is still a consumer, and the note says why it has no name."""
    graph = draw("x>dashboard:d", unreadable={"dashboard:d": "Secoda answered 404"})
    found = walk(graph)
    assert len(found.reached) == 1
    assert found.note == "1 whose name can't be read: Secoda answered 404"


@pytest.mark.parametrize(
    "found",
    [
        NotInCatalog(relation=X),
        Ambiguous(relation=X, candidates=()),
        Unavailable(relation=X, reason="no network"),
    ],
)
def test_other_answers(found: Found) -> None:
    """What is no asset is passed on as it is."""
    graph = Graph(found={X: found}, assets={}, columns={}, readers={})
    assert answer(graph, Question(relation=X), OwnModels([])) == found


def test_order_does_not_matter() -> None:
    """The same edges in another order give the same answer."""
    edges = "x>t x.a>t.b x.b>t.b t>dashboard:d t.b>chart:c t>u u>dashboard:d u>x"
    backwards = " ".join(reversed(edges.split()))

    def ordered(found: Answer) -> list[Reached]:
        assert isinstance(found, Downstream)
        return sorted(found.reached, key=lambda one: (one.asset.id, one.column or ""))

    assert ordered(walk(draw(edges))) == ordered(walk(draw(backwards)))
