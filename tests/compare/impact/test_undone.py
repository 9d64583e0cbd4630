"""Edits of several models that cancel out: what lies below them gives what it gave, and is left in peace."""

import pytest

from contract_gate.compare.changes.change import ChangeClass, Kind
from contract_gate.compare.impact import Effect
from contract_gate.compare.impact.assess import Assessment

BASE = {
    "raw.sql": "create table raw.orders (id int, customer_id int, amount int, status text);",
    "stg.sql": "create view app.stg as select id, customer_id, amount, status from raw.orders;",
    "mart.sql": "create view app.mart as select customer_id, sum(amount) as total from app.stg where amount > 1 group by 1;",
    "top.sql": "create view app.top as select sum(total) as total from app.mart;",
    "other.sql": "create view app.other as select count(*) as n from app.stg;",
}


def _edited(**texts: str | None) -> dict[str, str]:
    files: dict[str, str | None] = {**BASE, **{f"{name}.sql": text for name, text in texts.items()}}
    return {path: text for path, text in files.items() if text is not None}


def _named(found: Assessment) -> set[str]:
    return {impact.consumer.name for impact in found.impacts}


def _changed(found: Assessment) -> set[str]:
    return {
        str(c.relation) for c in found.changes if c.change_class in (ChangeClass.ROWS, ChangeClass.VALUES)
    }


STRICTER = "create view app.stg as select id, customer_id, amount, status from raw.orders where amount > 1;"
PLAIN_MART = "create view app.mart as select customer_id, sum(amount) as total from app.stg group by 1;"


def test_a_filter_that_moves_up_reaches_only_those_who_did_not_have_it(assess) -> None:
    """The mart had the filter: it and what reads it give what they gave; another reader of the staging model does not."""
    found = assess(BASE, _edited(stg=STRICTER, mart=PLAIN_MART))
    assert _named(found) == {"app.other"}
    assert _changed(found) == {"app.stg", "app.other"}
    assert found.undone


def test_a_filter_that_moves_up_and_changes_is_told(assess) -> None:
    """The same move with another bound changes the mart and what reads it."""
    found = assess(BASE, _edited(stg=STRICTER.replace("> 1", "> 2"), mart=PLAIN_MART))
    assert {"app.mart", "app.top"} <= _named(found)
    assert not found.undone


def test_a_filter_that_moves_past_a_grouping_is_told(assess) -> None:
    """A filter of rows is not one of groups."""
    moved = "create view app.mart as select customer_id, sum(amount) as total from app.stg group by 1 having sum(amount) > 1;"
    found = assess(
        {**BASE, "stg.sql": STRICTER, "mart.sql": PLAIN_MART},
        _edited(mart=moved),
    )
    assert "app.top" in _named(found)


def test_a_cte_that_becomes_a_model_changes_nobody(assess) -> None:
    """What a CTE gave, a model of its own gives."""
    nested = "create view app.mart as with paid as (select * from app.stg where status = 'paid') select customer_id, sum(amount) as total from paid group by 1;"
    extracted = "create view app.mart as select customer_id, sum(amount) as total from app.paid group by 1;"
    paid = "create view app.paid as select * from app.stg where status = 'paid';"
    found = assess({**BASE, "mart.sql": nested}, {**BASE, "mart.sql": extracted, "paid.sql": paid})
    assert _changed(found) == set()
    assert _named(found) == set()
    back = assess({**BASE, "mart.sql": extracted, "paid.sql": paid}, {**BASE, "mart.sql": nested})
    assert _changed(back) == set()
    assert _named(back) == set()


def test_a_cte_that_becomes_another_model_is_told(assess) -> None:
    """The extracted model keeps other rows than the CTE did."""
    nested = "create view app.mart as with paid as (select * from app.stg where status = 'paid') select customer_id, sum(amount) as total from paid group by 1;"
    extracted = "create view app.mart as select customer_id, sum(amount) as total from app.paid group by 1;"
    paid = "create view app.paid as select * from app.stg where status = 'open';"
    found = assess({**BASE, "mart.sql": nested}, {**BASE, "mart.sql": extracted, "paid.sql": paid})
    assert "app.mart" in _changed(found)
    assert "app.top" in _named(found)


def test_a_computation_that_moves_up_changes_nobody(assess) -> None:
    """A column that the staging model computes now, under a name of its own, is what the mart computed."""
    computing = (
        "create view app.stg as select id, customer_id, amount, amount * 2 as twice, status from raw.orders;"
    )
    mart = "create view app.mart as select customer_id, sum({}) as total from app.stg group by 1;"
    before = {**BASE, "mart.sql": mart.format("amount * 2")}
    found = assess(before, {**before, "stg.sql": computing, "mart.sql": mart.format("twice")})
    assert _named(found) == set()
    assert _changed(found) == set()
    other = assess(
        before,
        {
            **before,
            "stg.sql": computing.replace("amount * 2", "amount * 3"),
            "mart.sql": mart.format("twice"),
        },
    )
    assert "app.top" in _named(other)


def test_what_breaks_beside_an_undone_filter_is_told(assess) -> None:
    """A column that goes in the same edit still breaks its readers."""
    gone = "create view app.stg as select id, customer_id, amount from raw.orders where amount > 1;"
    reader = "create view app.status as select status from app.stg;"
    found = assess({**BASE, "s.sql": reader}, {**_edited(stg=gone, mart=PLAIN_MART), "s.sql": reader})
    assert ("app.status", Effect.BREAKS) in {(i.consumer.name, i.effect) for i in found.impacts}
    assert Kind.COLUMN_REMOVED in {change.kind for change in found.changes}


def test_edits_that_are_not_put_together(assess) -> None:
    """Under other names nothing says which columns are the same, and rows of a circle are those of no query."""
    renamed = "create view app.mart as select customer_id as c, sum(amount) as t from app.stg group by 1;"
    found = assess(BASE, _edited(stg=STRICTER, mart=renamed))
    assert "app.mart" in _changed(found)
    table = (
        "create table app.l (id int, k int, z int); insert into app.l select id, amount from raw.orders{};"
    )
    view = "create view app.v as select id, k from app.l{};"
    base = {**BASE, "l.sql": table.format(" where amount > 1"), "v.sql": view.format("")}
    head = {**BASE, "l.sql": table.format(""), "v.sql": view.format(" where k > 1")}
    assert _changed(assess(base, head)) == {"app.l"}  # z has its default, and k is what it is filled with
    first = "create view app.a as select id from app.b{} union select id from raw.orders;"
    second = "create view app.b as select id from app.a{};"
    moved = " where id > 1", ""
    circle = {
        f"{name}.sql": text.format(more)
        for name, text, more in zip("ab", (first, second), moved, strict=True)
    }
    back = {
        f"{name}.sql": text.format(more)
        for name, text, more in zip("ba", (second, first), moved, strict=True)
    }
    assert _changed(assess({**BASE, **circle}, {**BASE, **back})) == {"app.a", "app.b"}


@pytest.mark.parametrize(("kind", "told"), [("int", {"app.l"}), ("numeric", {"app.l", "app.v"})])
@pytest.mark.parametrize(
    "fill", ["insert into app.l", "insert into app.l (id, k)"], ids=["by place", "with a list"]
)
@pytest.mark.parametrize("more", ["", ", z int"])
def test_a_filter_that_moves_out_of_an_insert(
    assess, kind: str, told: set[str], fill: str, more: str
) -> None:
    """The table keeps values in its own type, which may round them: 1.4 is more than 1 before it is kept, and not after."""
    table = f"create table app.l (id int, k int{more}); {fill} select id, amount from raw.o{{}};"
    view = "create view app.v as select id, k from app.l{};"
    source = {"o.sql": f"create table raw.o (id int, amount {kind});"}
    base = {**source, "l.sql": table.format(" where amount > 1"), "v.sql": view.format("")}
    head = {**source, "l.sql": table.format(""), "v.sql": view.format(" where k > 1")}
    assert _changed(assess(base, head)) == told


def test_a_filter_that_moves_through_an_undeclared_star(assess) -> None:
    """What is read by name through `*` of a table that nobody declares is a column of that table."""
    star, mart = "create view app.stg as select * from raw.orders{};", PLAIN_MART
    base = {**BASE, "raw.sql": "-- somewhere else", "stg.sql": star.format("")}
    head = {**base, "stg.sql": star.format(" where amount > 1"), "mart.sql": mart}
    assert _named(assess(base, head)) == {"app.other"}
    head["stg.sql"] = star.format(" where id > 1")
    assert {"app.mart", "app.top"} <= _named(assess(base, head))
    starred = {"mart.sql": "create view app.mart as select * from app.stg where amount > 1;"}
    head["stg.sql"] = star.format(" where amount > 1")
    found = assess(base | starred, head | {"mart.sql": "create view app.mart as select * from app.stg;"})
    assert "app.top" in _named(found), "whose columns `*` hides is not put together"


OPEN = "create table app.stg (id int, customer_id int, amount int, status text); insert into app.stg select * from raw.open{};"


@pytest.mark.parametrize(
    ("plain", "stricter"),
    [
        (OPEN.format(""), OPEN.format(" where amount > 1")),
        (
            BASE["stg.sql"].replace("amount,", "amount, amount,"),
            STRICTER.replace("amount,", "amount, amount,"),
        ),
    ],
)
def test_columns_that_the_query_does_not_name_are_not_put_together(assess, plain: str, stricter: str) -> None:
    """It brings a star that nobody knows, or two columns have one name."""
    base = {**BASE, "stg.sql": plain}
    assert not assess(base, {**base, "stg.sql": stricter, "mart.sql": PLAIN_MART}).undone
