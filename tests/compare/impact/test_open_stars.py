"""Who feels a column that goes from beside a star: nobody lists what the star brings, and it does not bring that one."""

from collections.abc import Mapping

import pytest

from contract_gate.compare.changes.change import Certainty, Kind
from contract_gate.compare.impact import Effect
from contract_gate.compare.impact.assess import Assessment

READER = {"top.sql": "create view app.top as\nselect m.id, m.net as n from app.mid as m;"}
BREAKS = (Effect.BREAKS, Certainty.PROVEN)
UNKNOWN = (Effect.UNKNOWN, Certainty.UNDECIDED)


def view(query: str, name: str = "mid") -> dict[str, str]:
    return {f"{name}.sql": f"create view app.{name} as {query};"}


def worst(found: Assessment) -> Mapping[str, tuple[Effect, Certainty]]:
    felt: dict[str, tuple[Effect, Certainty]] = {}
    for impact in sorted(found.impacts, key=lambda impact: impact.effect.rank, reverse=True):
        felt[impact.consumer.name] = (impact.effect, impact.certainty)
    return felt


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("select *, amount - tax as net from raw.orders", "select *, amount - tax as total from raw.orders"),
        ("select *, amount - tax as net from raw.orders", "select * from raw.orders where amount > 0"),
        (
            "select o.*, c.net from raw.orders o join raw.costs c on c.id = o.id",
            "select o.* from raw.orders o",
        ),
        (
            "with a as (select * from raw.orders), b as (select *, amount as net from a) select * from b",
            "with a as (select * from raw.orders), b as (select *, amount as due from a) select * from b",
        ),
        (
            "select *, tax as net from raw.orders union all select *, tax as net from raw.old_orders",
            "select *, tax as due from raw.orders union all select *, tax as due from raw.old_orders",
        ),
    ],
)
def test_a_column_lost_beside_a_star_breaks_its_reader(assess, before: str, after: str) -> None:
    """Had the star brought it, the base would have had it twice, which no engine lets a relation have."""
    found = assess({**READER, **view(before)}, {**READER, **view(after)})
    assert worst(found)["app.top"] == BREAKS


def test_a_reader_that_takes_the_new_name_is_left_in_peace(assess) -> None:
    """Whoever followed the rename binds as before."""
    base = {**READER, **view("select *, amount - tax as net from raw.orders")}
    head = {
        "top.sql": "create view app.top as\nselect m.id, m.total as n from app.mid as m;",
        **view("select *, amount - tax as total from raw.orders"),
    }
    assert worst(assess(base, head)) == {}


def test_a_lost_column_is_followed_through_stars(assess) -> None:
    """A model that passes all columns on loses it as well, and its reader breaks."""
    stars = {**READER, **view("select *, id + 1 as next_id from app.low where id > 0")}
    base = {**stars, **view("select *, amount - tax as net from raw.orders", "low")}
    head = {**stars, **view("select *, amount - tax as total from raw.orders", "low")}
    found = assess(base, head)
    assert worst(found) == {"app.top": BREAKS, "app.mid": (Effect.CHANGES, Certainty.POSSIBLE)}
    (broken,) = [impact for impact in found.impacts if impact.consumer.name == "app.top"]
    assert broken.location is not None
    assert (broken.location.path, broken.location.line) == ("top.sql", 2)


def test_a_bare_name_no_longer_means_the_star(assess) -> None:
    """Beside another table whose columns nobody knows, the name meant the one that lost it."""
    reader = {"top.sql": "create view app.top as select net from app.mid m join raw.costs c on c.id = m.id;"}
    base = {**reader, **view("select *, amount - tax as net from raw.orders")}
    head = {**reader, **view("select *, amount - tax as total from raw.orders")}
    assert worst(assess(base, head))["app.top"] == BREAKS


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("select o.*, 1 as net from raw.orders o", "select c.* from raw.costs c"),
        ("select *, 1 as net from raw.orders", "select o.*, c.* from raw.orders o join raw.costs c on c.id = o.id"),
        ("select *, cast(null as int) as net from raw.orders", "select * from raw.orders"),
    ],
)  # fmt: skip
def test_what_another_star_may_bring_is_not_decided(assess, before: str, after: str) -> None:
    """A star that the base had not may have the column, and so may a table for which NULL stood in."""
    found = assess({**READER, **view(before)}, {**READER, **view(after)})
    (lost,) = [change for change in found.changes if change.kind is Kind.COLUMN_REMOVED]
    (felt,) = [impact for impact in found.impacts if impact.change == lost.id]
    assert (felt.consumer.name, felt.effect, felt.certainty) == ("app.top", *UNKNOWN)


@pytest.mark.parametrize(
    ("base", "head"),
    [
        (
            {**view("select *, 1 as net from app.low"), **view("select * from raw.orders", "low")},
            {**view("select * from app.low"), **view("select *, 1 as net from raw.orders", "low")},
        ),
        (
            {**view("select * from app.low"), **view("select *, 1 as net from raw.orders", "low")},
            {**view("select *, 1 as net from app.low"), **view("select * from raw.orders", "low")},
        ),
        (
            view("select * except (net), net + 1 as net from raw.orders"),
            view("select * from raw.orders"),
        ),
    ],
)
def test_a_column_that_now_comes_otherwise_is_not_lost(assess, base, head) -> None:
    """Moved to the model below or above, or no longer left out of the star, it is there under its name."""
    found = assess({**READER, **base}, {**READER, **head})
    assert (Kind.COLUMN_REMOVED, "app.mid") not in {(c.kind, str(c.relation)) for c in found.changes}
    assert {effect for effect, _ in worst(found).values()} <= {Effect.CHANGES}


def test_a_star_that_leaves_a_column_out_breaks_who_reads_it(assess) -> None:
    """What is left out of the only star is in no column of the query."""
    base = {**READER, **view("with o as (select * from raw.orders) select * from o")}
    head = {**READER, **view("with o as (select * except (net) from raw.orders) select * from o")}
    assert worst(assess(base, head))["app.top"] == BREAKS
