"""What a finding says happened, word by word: the sentence is all that many people read."""

from dataclasses import replace
from typing import Any

import pytest

from contract_gate.compare.changes.change import Change, Kind
from contract_gate.compare.changes.origin import Origin, OriginKind
from contract_gate.compare.impact import Witnessed
from contract_gate.core.relation import RelationName
from contract_gate.policy.cause import Cause
from contract_gate.policy.consumers import worst_first
from contract_gate.policy.fingerprint import fingerprint
from contract_gate.policy.headline import headline
from contract_gate.sql.edits.edit import Edit, EditKind

MACRO = Origin(kind=OriginKind.MACRO, name="cents", path="macros/cents.sql", line=3)
OTHER = Origin(kind=OriginKind.VARIABLE, name="rate", path="dbt_project.yml", line=9)


def relation(name: str) -> RelationName:
    return RelationName(("db", "shop", name))


def values(bench: Any, name: str, *origins: Origin, column: str = "amount", **more: object) -> Change:
    made: Change = bench.change(Kind.COLUMN_VALUES_CHANGED, id=name, relation=relation(name), column=column)
    return replace(made, origins=origins, **more)


def cause(*roots: Change, origin: Origin | None = None, follows: tuple[Change, ...] = ()) -> str:
    return headline(Cause(root=roots[0], others=roots[1:], follows=follows, impacts=(), origin=origin))


def test_one_model_that_a_macro_reaches(bench: Any) -> None:
    """The macro and its place come first, then the change in its own words; the model is named once."""
    change = replace(values(bench, "orders", MACRO), message="the values of `amount` change.")
    assert cause(change, origin=MACRO) == (
        "macro `cents` (macros/cents.sql:3): in db.shop.orders the values of `amount` change"
    )
    named = replace(change, message="the values of orders change.")
    assert cause(named, origin=MACRO) == "macro `cents` (macros/cents.sql:3): the values of orders change"


@pytest.mark.parametrize("kind", [OriginKind.SOURCE, OriginKind.PACKAGE, OriginKind.DECLARATION])
def test_an_origin_that_the_message_names(bench: Any, kind: OriginKind) -> None:
    """It is not named twice where one model is reached, and is where several are."""
    origin = Origin(kind=kind, name="raw.orders", path="models/s.yml", line=2)
    one, two = values(bench, "a", origin), values(bench, "b", origin)
    assert cause(one, origin=origin) == one.message
    assert cause(one, two, origin=origin).startswith(f"{kind} `raw.orders` (models/s.yml:2): ")


def test_several_models_that_a_macro_reaches(bench: Any) -> None:
    """What happens in how many of them, with one example; what only grows is left out beside what changes."""
    one = values(bench, "a", MACRO, before="x / 100", after="x / 1000")
    two = values(bench, "b", MACRO)
    grown = replace(
        bench.change(Kind.COLUMN_ADDED, id="c", relation=relation("c"), column="more"), origins=(MACRO,)
    )
    assert cause(one, two, grown, origin=MACRO) == (
        "macro `cents` (macros/cents.sql:3): `amount` is computed in another way in 2 models: db.shop.a, db.shop.b"
        " (for example db.shop.a: x / 100 → x / 1000)"
    )
    assert "a column is new in 2 models" in cause(
        grown, replace(grown, id="d", relation=relation("d")), origin=MACRO
    )


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("a", "b", True),
        ("b", "a", True),
        ("".join(["a", " ", "b"]), "a\n b", False),
        ("a", None, False),
        ("a" * 80, "b", True),
        ("a" * 81, "b", False),
    ],
)
def test_an_example_is_short_and_shows_a_difference(
    bench: Any, before: str, after: str | None, shown: bool
) -> None:
    """Texts that are equal but for white space, or too long for a sentence, are left out."""
    one = values(bench, "a", MACRO, before=before, after=after)
    assert ("for example" in cause(one, values(bench, "b", MACRO), origin=MACRO)) is shown


def test_edits_that_can_not_be_told_apart(bench: Any) -> None:
    """Each other one is named, once, with its place."""
    one, two = values(bench, "a", MACRO, OTHER), values(bench, "b", MACRO, OTHER)
    said = cause(one, two, origin=MACRO)
    assert said.startswith("macro `cents` (macros/cents.sql:3), or variable `rate` (dbt_project.yml:9): ")


@pytest.mark.parametrize(
    ("number", "end"),
    [(1, "db.shop.m0"), (5, "5 models: db.shop.m0, db.shop.m1, db.shop.m2, db.shop.m3, db.shop.m4"),
     (6, "6 models: db.shop.m0, db.shop.m1, db.shop.m2, db.shop.m3, db.shop.m4, +1 more"),
     (9, "9 models: db.shop.m0, db.shop.m1, db.shop.m2, db.shop.m3, db.shop.m4, +4 more")],
)  # fmt: skip
def test_the_first_five_are_named(bench: Any, number: int, end: str) -> None:
    """The rest is counted."""
    follows = replace(values(bench, "m0", MACRO, column="second"), id="x")
    changes = [values(bench, f"m{each}", MACRO) for each in range(number)]
    assert cause(*changes, follows, origin=MACRO).endswith(
        f"`amount`, `second` are computed in another way in {end}"
    )


def test_what_follows_of_the_same_edit_is_counted(bench: Any) -> None:
    """A model that the macro reaches both by itself and through another one is one of those reached; others are not."""
    root = values(bench, "a", MACRO)
    same, strange, bare = values(bench, "b", MACRO), values(bench, "c", OTHER), values(bench, "d")
    said = cause(root, origin=MACRO, follows=(same, strange, bare))
    assert "2 models: db.shop.a, db.shop.b" in said
    assert cause(root, origin=None, follows=(bare,)) == root.message


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        ((Kind.ROWS_FILTER_CHANGED,), "A filter changed"),
        ((Kind.ROWS_FILTER_CHANGED, Kind.ROWS_JOIN_CHANGED), "db.shop.a: "),
        ((Kind.ROWS_FILTER_CHANGED, Kind.COLUMN_VALUES_CHANGED), " in db.shop.a; `amount` is computed in another way in db.shop.a"),
    ],
)  # fmt: skip
def test_several_kinds_of_one_model(bench: Any, kinds: tuple[Kind, ...], said: str) -> None:
    """Rows alone are told as one list behind the model's name; columns have a sentence of their own."""
    changes = [
        bench.change(
            kind,
            id=kind,
            relation=relation("a"),
            column="amount" if kind is Kind.COLUMN_VALUES_CHANGED else None,
        )
        for kind in kinds
    ]
    if len(kinds) == 1:
        assert cause(*changes) == changes[0].message.rstrip(". ")
    else:
        assert said in cause(*changes)
        assert cause(*changes).startswith("db.shop.a: ") is (said == "db.shop.a: ")


def test_relations_that_go(bench: Any) -> None:
    """One is said in the singular, several in the plural; a title begins in lower case within a sentence."""
    gone = [
        replace(
            bench.change(Kind.RELATION_REMOVED, id=each, relation=relation(each), column=None),
            origins=(MACRO,),
        )
        for each in "ab"
    ]
    place = "macro `cents` (macros/cents.sql:3): "
    assert cause(*gone, origin=MACRO).startswith(f"{place}2 relations are")
    both = [gone[0], values(bench, "b", MACRO)]
    assert cause(*both, origin=MACRO).startswith(f"{place}db.shop.a is")
    rows = [
        replace(
            bench.change(Kind.GRAIN_CHANGED, id=each, relation=relation(each), column=None), origins=(MACRO,)
        )
        for each in "ab"
    ]
    start = cause(*rows, origin=MACRO).removeprefix(place)
    assert start[:1].islower()
    assert start.endswith(" in 2 models: db.shop.a, db.shop.b")


@pytest.mark.parametrize(
    ("columns", "end"),
    [((None,), ""), (("a",), "; `a` differs for it"), (("a", "b", "a"), "; `a`, `b` differ for it")],
)
def test_one_edit_of_the_rows(bench: Any, columns: tuple[str | None, ...], end: str) -> None:
    """It is told in its author's words, once, with the columns that differ for it."""
    edit = Edit(kind=EditKind.FILTER, text="filter added: x > 1", rows=True)
    changes = [
        replace(
            bench.change(
                Kind.COLUMN_VALUES_CHANGED if each else Kind.ROWS_FILTER_CHANGED,
                id=str(number), relation=relation("a"), column=each,
            ),
            edit=edit,
        )
        for number, each in enumerate(columns)
    ]  # fmt: skip
    assert cause(*changes) == f"db.shop.a: filter added: x > 1{end}"
    unsure = [replace(each, unconfirmed=80) for each in changes]
    assert cause(*unsure) == f"db.shop.a: filter added: x > 1{end} (not confirmed in 80 trials)"
    late = [replace(each, increment=True) for each in changes]
    assert cause(*late) == f"in incremental runs db.shop.a: filter added: x > 1{end}"


def test_a_reader_whose_rows_were_unaffected_comes_later(bench: Any) -> None:
    """Between readers that are hit alike the one leads whose rows were not seen to stay the same."""
    change = bench.change()
    safe = replace(bench.impact("db.shop.a"), witnessed=Witnessed.NOT_AFFECTED)
    hit = bench.impact("db.shop.b")
    found = worst_first(Cause(root=change, follows=(), impacts=((change, safe), (change, hit))))
    assert [impact.consumer.name for _, impact in found] == ["db.shop.b", "db.shop.a"]


def test_two_changes_of_one_column_have_another_fingerprint_by_their_kinds(bench: Any) -> None:
    """A finding of a removed and a retyped column is none of a removed and a renamed one."""
    first, second, third = (
        bench.change(kind) for kind in (Kind.COLUMN_REMOVED, Kind.COLUMN_RENAMED, Kind.COLUMN_TYPE_CHANGED)
    )
    assert fingerprint("x", [first, second], None) != fingerprint("x", [first, third], None)
    assert fingerprint("x", [first], None) == fingerprint("x", [second], None)


def test_many_columns_of_one_edit(bench: Any) -> None:
    """More than five are counted before the first five are named, and the rest is counted behind."""
    gone = [
        bench.change(Kind.COLUMN_REMOVED, id=f"c{each:02}", relation=relation("a"), column=f"c{each:02}")
        for each in range(11)
    ]
    five = "`c00`, `c01`, `c02`, `c03`, `c04`"
    assert cause(*gone[:5]) == f"{five} are gone from db.shop.a"
    assert cause(*gone[:6]) == f"6 columns {five}, +1 more are gone from db.shop.a"
    assert cause(*gone) == f"11 columns {five}, +6 more are gone from db.shop.a"
