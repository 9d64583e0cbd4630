"""Who feels a change, in small repositories of plain SQL."""

from collections.abc import Mapping

import pytest

from contract_gate.compare.changes.change import Certainty, Kind
from contract_gate.compare.impact import Effect
from contract_gate.compare.impact.assess import Assessment

RAW = {"raw.sql": "create table raw.orders (id int, customer_id int, amount numeric, status text);"}
BASE = {
    **RAW,
    "stg.sql": "create view app.stg as select id, customer_id, amount, status from raw.orders;",
    "mart.sql": "create view app.mart as\nselect customer_id,\n  sum(amount) as total\nfrom app.stg group by 1;",
    "top.sql": "create view app.top as select customer_id, total from app.mart;",
    "other.sql": "create view app.other as select id, status from app.stg;",
}


def edited(**texts: str | None) -> dict[str, str]:
    """Give the base with some files replaced, or removed where the text is None."""
    files: dict[str, str | None] = {**BASE, **{f"{name}.sql": text for name, text in texts.items()}}
    return {path: text for path, text in files.items() if text is not None}


def effects(found: Assessment) -> Mapping[str, tuple[Effect, Certainty]]:
    worst: dict[str, tuple[Effect, Certainty]] = {}
    for impact in found.impacts:
        known = worst.get(impact.consumer.name)
        if known is None or impact.effect.rank < known[0].rank:
            worst[impact.consumer.name] = (impact.effect, impact.certainty)
    return worst


def kinds(found: Assessment, relation: str) -> set[tuple[Kind, str | None]]:
    return {(change.kind, change.column) for change in found.changes if str(change.relation) == relation}


def test_a_removed_column_breaks_its_reader_at_its_line(assess) -> None:
    """A reader that no longer binds breaks, proven, at the line that names the column; its own readers follow."""
    found = assess(BASE, edited(stg="create view app.stg as select id, customer_id, status from raw.orders;"))
    assert effects(found) == {
        "app.mart": (Effect.BREAKS, Certainty.PROVEN),
        "app.top": (Effect.BREAKS, Certainty.PROVEN),
    }
    (broken,) = [impact for impact in found.impacts if impact.consumer.name == "app.mart"]
    assert broken.location is not None
    assert (broken.location.path, broken.location.line) == ("mart.sql", 3)
    assert broken.via == ("app.stg",)


def test_a_renamed_column_is_told_once_and_breaks_its_reader(assess) -> None:
    """A rename is one change, not a removal and an addition."""
    renamed = "create view app.stg as select id, customer_id, amount as amt, status from raw.orders;"
    found = assess(BASE, edited(stg=renamed))
    assert kinds(found, "app.stg") == {(Kind.COLUMN_RENAMED, "amount")}
    assert effects(found)["app.mart"] == (Effect.BREAKS, Certainty.PROVEN)


def test_a_reader_mended_in_the_same_pull_request_is_not_listed(assess) -> None:
    """What was edited and binds again is not broken."""
    found = assess(
        BASE,
        edited(
            stg="create view app.stg as select id, customer_id, amount as amt, status from raw.orders;",
            mart="create view app.mart as\nselect customer_id,\n  sum(amt) as total\nfrom app.stg group by 1;",
        ),
    )
    assert effects(found) == {}


def test_an_edited_reader_that_still_reads_the_old_name_breaks(assess) -> None:
    """To be edited is not to be mended."""
    found = assess(
        BASE,
        edited(
            stg="create view app.stg as select id, customer_id, amount as amt, status from raw.orders;",
            mart="create view app.mart as\n-- now with a comment\nselect customer_id, sum(amount) as total from app.stg group by 1;",
        ),
    )
    assert effects(found)["app.mart"] == (Effect.BREAKS, Certainty.PROVEN)


def test_readers_of_other_columns_are_left_in_peace(assess) -> None:
    """Only who reads the column whose values changed feels it, and who reads from there on."""
    doubled = "create view app.stg as select id, customer_id, amount * 2 as amount, status from raw.orders;"
    found = assess(BASE, edited(stg=doubled))
    assert effects(found) == {
        "app.mart": (Effect.CHANGES, Certainty.POSSIBLE),
        "app.top": (Effect.CHANGES, Certainty.POSSIBLE),
    }
    assert kinds(found, "app.top") == {(Kind.COLUMN_VALUES_CHANGED, "total")}


def test_changes_that_follow_name_their_cause(assess) -> None:
    """A change that upstream causes carries the id of the change one step up."""
    doubled = "create view app.stg as select id, customer_id, amount * 2 as amount, status from raw.orders;"
    found = assess(BASE, edited(stg=doubled))
    by_relation = {str(change.relation): change for change in found.changes}
    assert by_relation["app.stg"].caused_by is None
    assert by_relation["app.mart"].caused_by == by_relation["app.stg"].id
    assert by_relation["app.top"].caused_by == by_relation["app.mart"].id


def test_changed_rows_reach_every_reader(assess) -> None:
    """Other rows upstream are other rows downstream, whatever column is read."""
    filtered = BASE["stg.sql"].replace(";", " where status <> 'void';")
    found = assess(BASE, edited(stg=filtered))
    assert set(effects(found)) == {"app.mart", "app.top", "app.other"}


@pytest.mark.parametrize(
    "refactored",
    [
        "create view app.stg as\n-- tidy\nselect o.id, o.customer_id, o.amount, o.status\nfrom raw.orders as o;",
        "create view app.stg as with o as (select * from raw.orders) select id, customer_id, amount, status from o;",
    ],
)
def test_a_refactor_is_no_change(assess, refactored: str) -> None:
    """A text that means the same changes nothing and reaches nobody."""
    found = assess(BASE, edited(stg=refactored))
    assert found.changes == ()
    assert found.impacts == ()


def test_a_removed_relation_breaks_who_still_reads_it(assess) -> None:
    """Nothing makes the relation any more, and the reader's FROM names it."""
    found = assess(BASE, edited(stg=None))
    assert kinds(found, "app.stg") == {(Kind.RELATION_REMOVED, None)}
    assert effects(found)["app.mart"] == (Effect.BREAKS, Certainty.PROVEN)
    assert effects(found)["app.other"] == (Effect.BREAKS, Certainty.PROVEN)


def test_a_renamed_relation_is_one_change(assess) -> None:
    """The same query under another name is a rename; who reads the old name breaks."""
    moved = edited(stg=None)
    moved["orders_clean.sql"] = BASE["stg.sql"].replace("app.stg", "app.orders_clean")
    found = assess(BASE, moved)
    assert (Kind.RELATION_RENAMED, None) in kinds(found, "app.stg")
    assert not any(change.kind in (Kind.RELATION_REMOVED, Kind.RELATION_ADDED) for change in found.changes)
    assert effects(found)["app.mart"] == (Effect.BREAKS, Certainty.PROVEN)


def test_a_moved_file_is_no_change(assess) -> None:
    """The same relation made by another file is the same relation."""
    moved = edited(stg=None)
    moved["folder/stg.sql"] = BASE["stg.sql"]
    found = assess(BASE, moved)
    assert found.changes == ()


def test_a_star_passes_a_removed_column_on(assess) -> None:
    """A reader with a star loses the column too, and the reader behind it breaks."""
    star = {
        **BASE,
        "mid.sql": "create view app.mid as select * from app.stg;",
        "end.sql": "create view app.end as select amount from app.mid;",
    }
    lost = {**star, "stg.sql": "create view app.stg as select id, customer_id, status from raw.orders;"}
    found = assess(star, lost)
    assert (Kind.COLUMN_REMOVED, "amount") in kinds(found, "app.mid")
    assert effects(found)["app.mid"][0] is Effect.CHANGES
    assert effects(found)["app.end"] == (Effect.BREAKS, Certainty.PROVEN)


def test_positions_are_felt_by_insert_select_without_a_list(assess) -> None:
    """A new column in the middle breaks `INSERT INTO t SELECT *`: the numbers of columns differ."""
    base = {
        **RAW, "stg.sql": BASE["stg.sql"],
        "hist.sql": "create table app.hist (id int, customer_id int, amount numeric, status text);\ninsert into app.hist select * from app.stg;",
    }  # fmt: skip
    head = {
        **base,
        "stg.sql": "create view app.stg as select id, 1 as extra, customer_id, amount, status from raw.orders;",
    }
    assert effects(assess(base, head)).get("app.hist", (None,))[0] is Effect.BREAKS


def test_a_name_that_becomes_ambiguous_breaks(assess) -> None:
    """A column added upstream can make a bare name in a join mean two things."""
    base = {
        **RAW,
        "a.sql": "create view app.a as select id, amount from raw.orders;",
        "b.sql": "create view app.b as select id, status from raw.orders;",
        "j.sql": "create view app.j as select amount, status from app.a join app.b on a.id = b.id;",
    }
    head = {**base, "b.sql": "create view app.b as select id, status, amount from raw.orders;"}
    assert effects(assess(base, head)) == {"app.j": (Effect.BREAKS, Certainty.PROVEN)}


def test_a_reader_that_can_not_be_read_is_unknown(assess) -> None:
    """Not to understand a reader is not to call it safe."""
    base = {**BASE, "odd.sql": "create view app.odd as select ((( from app.stg;"}
    head = {
        **edited(stg="create view app.stg as select id, customer_id, status from raw.orders;"),
        "odd.sql": base["odd.sql"],
    }
    unknown = [impact for impact in assess(base, head).impacts if impact.consumer.path == "odd.sql"]
    assert [impact.effect for impact in unknown] == [Effect.UNKNOWN]


def test_new_format_of_what_no_parser_reads_is_no_change(assess) -> None:
    """Comments and white space in a text that can't be read touch nobody; another word in it is undecided."""
    base = {"a.sql": "create view a as select x from (b", "b.sql": "create view c as select x from a"}
    formatted = {**base, "a.sql": "CREATE VIEW a AS -- why\n  SELECT x\n  FROM (b"}
    edited = {**base, "a.sql": "create view a as select y from (b"}
    assert not assess(base, formatted).changes
    assert not assess(base, formatted).impacts
    assert {change.kind for change in assess(base, edited).changes} == {Kind.UNDECIDED}


def test_a_name_taken_from_another_relation_breaks_too(assess) -> None:
    """The bare name meant the changed relation; that a foreign one may have it does not make it safe."""
    base = {
        **RAW, "stg.sql": BASE["stg.sql"],
        "j.sql": "create view app.j as select amount from app.stg join ext.rates on stg.id = rates.order_id;",
    }  # fmt: skip
    head = {**base, "stg.sql": "create view app.stg as select id, customer_id, status from raw.orders;"}
    assert effects(assess(base, head)) == {"app.j": (Effect.BREAKS, Certainty.PROVEN)}


def test_an_unread_new_column_is_additive(assess) -> None:
    """A new column reaches nobody."""
    more = "create view app.stg as select id, customer_id, amount, status, 1 as version from raw.orders;"
    found = assess(BASE, edited(stg=more))
    assert kinds(found, "app.stg") == {(Kind.COLUMN_ADDED, "version")}
    assert found.impacts == ()


def test_readers_in_a_circle_end(assess) -> None:
    """Views that read each other are compared without end-less recursion."""
    base = {
        "a.sql": "create view app.a as select id from app.b;",
        "b.sql": "create view app.b as select id from app.a;",
    }
    head = {**base, "a.sql": "create view app.a as select id + 1 as id from app.b;"}
    assert assess(base, head).changes != ()


def test_an_edit_that_does_not_bind_is_told_at_its_line(assess) -> None:
    """A model that reads a column which never was fails by itself, and its readers with it."""
    wrong = "create view app.mart as\nselect customer_id,\n  sum(amuont) as total\nfrom app.stg group by 1;"
    found = assess(BASE, edited(mart=wrong))
    (failure,) = [change for change in found.changes if change.kind is Kind.DOES_NOT_BIND]
    assert failure.location is not None
    assert (failure.location.path, failure.location.line) == ("mart.sql", 3)
    assert effects(found)["app.mart"] == (Effect.BREAKS, Certainty.PROVEN)
    assert effects(found)["app.top"] == (Effect.BREAKS, Certainty.PROVEN)


def test_a_new_model_that_does_not_bind_is_told(assess) -> None:
    """A new file is held to the same."""
    found = assess(BASE, {**BASE, "new.sql": "create view app.new as select nothing from app.stg;"})
    assert effects(found) == {"app.new": (Effect.BREAKS, Certainty.PROVEN)}


def test_a_failure_that_was_there_before_is_not_told(assess) -> None:
    """Only what the pull request does is told."""
    broken = {**BASE, "bad.sql": "create view app.bad as select nothing from app.stg;"}
    found = assess(broken, {**broken, "bad.sql": "create view app.bad as select nothing, id from app.stg;"})
    assert not any(change.kind is Kind.DOES_NOT_BIND for change in found.changes)


def test_an_edit_that_can_not_be_read_is_undecided_not_removed(assess) -> None:
    """What the parser can't read may still be made: nobody is called broken for it."""
    found = assess(BASE, edited(stg="create view app.stg as select ((( from raw.orders;"))
    assert {change.kind for change in found.changes if change.caused_by is None} == {Kind.UNDECIDED}
    assert not any(impact.effect is Effect.BREAKS for impact in found.impacts)
    assert {impact.consumer.name for impact in found.impacts} >= {"app.mart", "app.other"}


TYPED = {
    "raw.sql": "create table raw.orders (id int, amount numeric, day date, status text);",
    "stg.sql": "create view app.stg as select id, amount, day, status from raw.orders;",
}


@pytest.mark.parametrize(
    "reader",
    [
        "select sum(amount) as total from app.stg",
        "with s as (select * from app.stg) select id from s where amount > 10",
        "select amount * 2 as double from app.stg",
        "select a.id from app.stg a join raw.orders b on a.amount = b.id",
    ],
)
def test_a_reader_breaks_where_its_engine_refuses_the_new_type(assess, reader: str) -> None:
    """A number that becomes text can't be summed, compared with numbers or computed with in PostgreSQL."""
    base = {**TYPED, "r.sql": f"create view app.r as {reader};"}
    head = {**base, "stg.sql": TYPED["stg.sql"].replace("amount,", "amount::text as amount,")}
    assert effects(assess(base, head)) == {"app.r": (Effect.BREAKS, Certainty.PROVEN)}


@pytest.mark.parametrize(
    "reader",
    [
        "select count(amount) as n from app.stg",
        "select id from app.stg where amount = '10'",
        "select amount from app.stg",
    ],
)
def test_a_reader_that_may_go_on_with_the_new_type_only_changes(assess, reader: str) -> None:
    """Where nothing shows that the new type does not work, the reader is told as changed."""
    base = {**TYPED, "r.sql": f"create view app.r as {reader};"}
    head = {**base, "stg.sql": TYPED["stg.sql"].replace("amount,", "amount::text as amount,")}
    assert effects(assess(base, head)).get("app.r", (Effect.CHANGES,))[0] is Effect.CHANGES


def test_a_removed_file_breaks_readers_that_name_its_table_in_another_schema(assess) -> None:
    """A bare query's folder is no schema: its readers were found by its name, and are missed by it."""
    base = {
        "concepts/measurement/gcs.sql": "select id, score from raw.chart",
        "concepts/score/sofa.sql": "select id, score from derived.gcs",
    }
    head = {"concepts/score/sofa.sql": base["concepts/score/sofa.sql"]}
    found = assess(base, head)
    assert [(i.consumer.path, i.effect) for i in found.impacts] == [
        ("concepts/score/sofa.sql", Effect.BREAKS)
    ]


def test_rows_of_a_reader_change_once(assess) -> None:
    """A reader whose own filter is edited has other rows already: that what it reads has others too is no second change."""
    files = {
        "a.sql": "create view s.a as select id from s.raw where id > {0};",
        "b.sql": "create view s.b as select id from s.a where id < {0}00;",
    }
    base, head = ({path: text.format(number) for path, text in files.items()} for number in (1, 2))
    changes = assess(base, head).changes
    assert [(str(each.relation), each.kind) for each in changes] == [
        ("s.a", Kind.ROWS_FILTER_CHANGED), ("s.b", Kind.ROWS_FILTER_CHANGED),
    ]  # fmt: skip
