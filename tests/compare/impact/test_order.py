"""The order of the walk, and names that many relations share."""

from itertools import permutations

import pytest

from contract_gate.compare.impact.impact import Effect
from contract_gate.compare.impact.order import ordered, with_unread
from contract_gate.core.deadline import within
from tests.compare.impact.conftest import Assess

LAYERS = ["lake", "raw", "stage", "mart"]


def test_parents_come_first() -> None:
    """In any shape that has no circle."""
    parents = {"a": {"b", "c"}, "b": {"d"}, "c": {"d", "b"}, "d": set[str](), "e": {"a"}}
    order = list(ordered(parents, parents, lambda circle: pytest.fail(f"no circle: {circle}")))
    assert order == ["d", "b", "c", "a", "e"]


def test_a_circle_of_names_is_looked_into() -> None:
    """Only what is in it is asked for, and what is above and below it keeps its place."""
    parents = {"top": set[str](), "a": {"b", "c", "top"}, "b": {"a", "c"}, "c": {"a", "b"}, "end": {"a"}}
    asked: list[list[str]] = []

    def read_within(circle: object) -> dict[str, set[str]]:
        asked.append(list(circle))  # type: ignore[call-overload]
        return {"a": {"b"}, "b": {"c"}}

    assert list(ordered(parents, parents, read_within)) == ["top", "c", "b", "a", "end"]
    assert asked == [["a", "b", "c"]]


def test_a_true_circle_is_cut() -> None:
    """Every key is there once."""
    parents = {"a": {"b"}, "b": {"a"}}
    assert sorted(ordered(parents, parents, lambda _: parents)) == ["a", "b"]


def test_what_cannot_be_read_comes_after_all_but_its_readers() -> None:
    """Whoever reads it, through others too, comes after it; of several each reads what does not read it by then."""
    reads = {"a": {"b"}, "b": {"u"}, "c": set[str](), "u": set[str](), "v": set[str]()}
    found = with_unread(reads, ["u", "v"])
    assert found == {"a": {"b"}, "b": {"u"}, "c": set(), "u": {"c", "v"}, "v": {"c"}}
    assert list(ordered(found, found, lambda circle: pytest.fail(f"no circle: {circle}"))) == [
        "c",
        "v",
        "u",
        "b",
        "a",
    ]


def test_a_thousand_that_cannot_be_read() -> None:
    """All of them are put in one order, without a circle."""
    keys = [f"{number:04}" for number in range(1_000)]
    found = with_unread({key: set[str]() for key in keys}, keys)
    assert list(ordered(found, found, lambda circle: pytest.fail(f"no circle: {circle}"))) == keys[::-1]


@pytest.mark.parametrize("files", list(permutations("abc")))
def test_layers_that_share_a_table_name(assess: Assess, files: tuple[str, ...]) -> None:
    """`raw.orders` feeds `stage.orders` feeds `mart.orders`: whatever the files are called, all three feel it."""
    texts = {
        f"{file}.sql": f"create view {LAYERS[i + 1]}.orders as select id, amount from {LAYERS[i]}.orders;\n"
        for i, file in enumerate(files)
    }
    first = f"{files[0]}.sql"
    head = {**texts, first: texts[first].replace(", amount", "")}
    impacts = assess(texts, head).impacts
    assert {impact.consumer.name: impact.effect for impact in impacts} == {
        "stage.orders": Effect.BREAKS,
        "mart.orders": Effect.BREAKS,
    }


@pytest.mark.parametrize("files", list(permutations("abc")))
def test_values_through_layers_that_share_a_name(assess: Assess, files: tuple[str, ...]) -> None:
    """Changed values go the same way."""
    texts = {
        f"{file}.sql": f"create view {LAYERS[i + 1]}.orders as select id, amount from {LAYERS[i]}.orders;\n"
        for i, file in enumerate(files)
    }
    first = f"{files[0]}.sql"
    head = {**texts, first: texts[first].replace("amount from", "amount / 100 as amount from")}
    assert {impact.consumer.name for impact in assess(texts, head).impacts} == {"stage.orders", "mart.orders"}


@pytest.mark.parametrize("files", list(permutations("abc")))
def test_a_layer_that_can_not_be_read(assess: Assess, files: tuple[str, ...]) -> None:
    """Who reads it is told, in whatever order the files stand."""
    texts = {
        f"{file}.sql": f"create view {LAYERS[i + 1]}.orders as select id, amount from {LAYERS[i]}.orders;\n"
        for i, file in enumerate(files)
    }
    first = f"{files[0]}.sql"
    head = {**texts, first: texts[first].replace(", amount from", ", amount frm (")}
    assert {impact.consumer.name for impact in assess(texts, head).impacts} >= {"stage.orders"}


SHARED = {
    "a.sql": "create table shop.orders as select 1 as id, 2 as amount, 3 as tax;\n",
    "b.sql": "create table lake.orders as select 4 as id, 5 as amount;\n",
    "reader.sql": "create view x.weekly as select sum(amount) as total from orders;\n",
}


@pytest.mark.parametrize("path", ["a.sql", "b.sql"])
def test_a_name_that_two_relations_have(assess: Assess, path: str) -> None:
    """Which of them is read depends on a search path that nobody knows: each may be."""
    head = {**SHARED, path: SHARED[path].replace("amount", "amount2")}
    effects = {impact.consumer.name: impact.effect for impact in assess(SHARED, head).impacts}
    assert effects["x.weekly"] in (Effect.UNKNOWN, Effect.BREAKS)


def test_a_name_with_its_schema(assess: Assess) -> None:
    """Only the one that it says is read."""
    base = {**SHARED, "reader.sql": SHARED["reader.sql"].replace("from orders", "from lake.orders")}
    head = {**base, "a.sql": base["a.sql"].replace("amount", "amount2")}
    assert assess(base, head).impacts == ()


def test_a_name_of_the_query_s_own(assess: Assess) -> None:
    """A CTE of that name hides both."""
    own = "create view x.weekly as with orders as (select 1 as amount) select sum(amount) as total from orders;\n"
    base = {**SHARED, "reader.sql": own}
    head = {**base, "a.sql": base["a.sql"].replace("amount", "amount2")}
    assert assess(base, head).impacts == ()


def test_a_name_means_another_relation_once_its_own_is_gone(assess: Assess) -> None:
    """The same text reads something else, or fails: it is told, though the name still binds."""
    base = {
        "a.sql": "create table orders as select 1 as id, 2 as amount;\n",
        "b.sql": "create table lake.orders as select 4 as id;\n",
        "reader.sql": "create view weekly as select sum(amount) as total from orders;\n",
        "other.sql": "create view ids as select id from orders;\n",
    }
    head = {path: text for path, text in base.items() if path != "a.sql"}
    assert {impact.consumer.name for impact in assess(base, head).impacts} == {"weekly", "ids"}


def test_many_ways_to_a_reader_that_there_was_no_time_for(assess: Assess) -> None:
    """Thirty layers of two models have a thousand million ways through them; each model hears of what changed once."""
    texts = {f"m0{side}.sql": f"create view s.m0{side} as select id from s.raw;" for side in "ab"}
    texts |= {
        f"m{layer}{side}.sql": f"create view s.m{layer}{side} as select a.id from s.m{layer - 1}a a join s.m{layer - 1}b b using (id);"
        for layer in range(1, 30)
        for side in "ab"
    }
    changed = "create view s.m0a as select id from s.raw where id > 1;"
    with within(0, "over"):
        impacts = assess(texts, {**texts, "m0a.sql": changed}).impacts
    assert sorted(impact.consumer.name for impact in impacts) == sorted(
        f"s.m{layer}{side}" for layer in range(1, 30) for side in "ab"
    )
    assert {impact.effect for impact in impacts} == {Effect.UNKNOWN}


@pytest.mark.parametrize("is_over", [True, False])
def test_many_files_that_read_each_other(assess: Assess, is_over: bool) -> None:
    """Of forty files that make two views of each other each tells its own edit, and hears of no more than one other where there is no time."""
    texts = {
        f"f{i:02}{made}.sql": f"create view s.{made} as select id, {i} as n from s.{read};"
        for i in range(20)
        for made, read in ("vw", "wv")
    }
    texts["reader.sql"] = "create view s.r as select n from s.v;"
    head = {path: text.replace(" as n", " as m") for path, text in texts.items()}
    with within(0 if is_over else 600, "over"):
        found = assess(texts, head)
    assert {change.location.path for change in found.changes if change.location} >= set(head) - {"reader.sql"}
    told = [(impact.consumer.name, impact.consumer.path) for impact in found.impacts]
    assert ("s.r", "reader.sql") in told
    if is_over:
        assert len(told) == len(set(told))
