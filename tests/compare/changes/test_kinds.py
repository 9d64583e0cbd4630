"""The catalog of kinds is data: these tests check the data itself."""

import re

import pytest
import sqlglot

from contract_gate.compare.changes.change import ChangeClass, Kind
from contract_gate.compare.changes.kinds import (
    PAGES,
    TEXT_LENGTH,
    VALUE_LENGTH,
    KindPage,
    Trait,
    bounded,
    class_of,
    describe,
    has,
)
from contract_gate.edge.config_file import parse_config

CLASSES = {
    ChangeClass.SCHEMA: {
        "relation-removed",
        "relation-renamed",
        "relation-moved",
        "does-not-bind",
        "materialization-changed",
        "contract-removed",
        "contract-constraint-removed",
        "access-narrowed",
        "column-removed",
        "column-renamed",
        "column-reordered",
        "column-type-changed",
        "column-type-widened",
        "column-nullable",
        "constraint-removed",
        "constraint-added",
        "arguments-changed",
    },
    ChangeClass.ROWS: {
        "rows-source-changed",
        "rows-join-changed",
        "rows-filter-changed",
        "rows-limit-changed",
        "rows-merge-changed",
        "grain-changed",
    },
    ChangeClass.VALUES: {"column-values-changed"},
    ChangeClass.ADDITIVE: {"relation-added", "column-added"},
    ChangeClass.UNDECIDED: {"undecided"},
}


def test_every_kind_has_a_page_and_every_page_a_kind() -> None:
    """The catalog and the enumeration name the same kinds, in the same order."""
    assert list(PAGES) == list(Kind)


def test_classes_are_the_published_ones() -> None:
    """Each kind that other tools rely on is there, in its class."""
    found: dict[ChangeClass, set[str]] = {}
    for kind in Kind:
        found.setdefault(class_of(kind), set()).add(kind.value)
    assert {change_class: CLASSES[change_class] - found[change_class] for change_class in CLASSES} == {
        change_class: set() for change_class in CLASSES
    }


@pytest.mark.parametrize("trait", Trait)
def test_every_trait_is_of_some_kind_and_not_of_all(trait: Trait) -> None:
    """A trait that no kind has, or each, tells nothing."""
    assert 0 < sum(has(kind, trait) for kind in Kind) < len(Kind)


def test_a_kind_without_traits_is_taken_for_the_graver() -> None:
    """What could not be decided is asked of the catalog, reaches readers and comes from anywhere."""
    milder = (Trait.SILENT_OUTSIDE, Trait.HARMLESS, Trait.NOT_OF_THE_SQL, Trait.KEEPS_ROWS)
    assert not any(has(Kind.UNDECIDED, trait) for trait in milder)


@pytest.mark.parametrize("page", PAGES.values(), ids=lambda page: page.kind)
def test_what_goes_is_worth_a_warning_here_and_a_reader_there(page: KindPage) -> None:
    """A kind that takes a name from readers asks for them, and warns in the repository."""
    if page.traits & {Trait.GONE_RELATION, Trait.GONE_COLUMN}:
        assert Trait.NEEDS_READERS in page.traits
        assert page.level_here == "warning"


@pytest.mark.parametrize("page", PAGES.values(), ids=lambda page: page.kind)
def test_a_page_is_complete(page: KindPage) -> None:
    """A page says something under each heading, and its way out shows an example."""
    assert all(page.to_dict().values())
    assert len(page.why.split()) >= 20
    assert re.search(r"```(sql|yaml|toml|shell)\n.+\n```", page.instead, re.DOTALL)
    assert page.before != page.after


@pytest.mark.parametrize("page", PAGES.values(), ids=lambda page: page.kind)
def test_a_template_renders_with_everything_and_with_nothing(page: KindPage) -> None:
    """A message never shows a placeholder or a bracket, whatever is known."""
    full = describe(page.kind, relation="shop.orders", column="amount", before="x1", after="x2", reason="x3")
    bare = describe(page.kind)
    for message in (full, bare):
        assert not set("[]{}\n") & set(message)
        assert message == message.strip()
    assert len(full) > len(bare)


@pytest.mark.parametrize("page", PAGES.values(), ids=lambda page: page.kind)
def test_a_template_names_what_is_known(page: KindPage) -> None:
    """A column's kind names the column, every kind the relation."""
    message = describe(page.kind, relation="shop.orders", column="amount")
    assert "shop.orders" in message
    if page.kind.startswith("column-") and page.kind is not Kind.COLUMN_REORDERED:
        assert "amount" in message


def test_values_are_never_templates() -> None:
    """A hostile name with a placeholder in it is shown as it is."""
    assert describe(Kind.COLUMN_REMOVED, column="{relation}[x]", relation="t") == (
        "column {relation}[x] of t was removed"
    )


def test_long_values_are_cut_and_folded() -> None:
    """A message stays one line of bounded length."""
    message = describe(Kind.ROWS_FILTER_CHANGED, before="a\n  and b", after="y" * 1000)
    assert "a and b" in message
    assert message.endswith("y…")
    assert len(message) < 2 * VALUE_LENGTH


@pytest.mark.parametrize("page", PAGES.values(), ids=lambda page: page.kind)
def test_examples_are_sql(page: KindPage) -> None:
    """The examples that people copy parse; those with templates are left out."""
    blocks = re.findall(r"```sql\n(.*?)```", page.instead, re.DOTALL)
    for text in (page.before, page.after, *blocks):
        if "{{" not in text:
            sqlglot.parse(text)


def test_the_configuration_that_is_advised_is_one() -> None:
    """The way out of "undecided" can be pasted as it is."""
    (example,) = re.findall(r"```toml\n(.*?)```", PAGES[Kind.UNDECIDED].instead, re.DOTALL)
    assert parse_config(example, "contract-gate.toml").ignore == ("scratch/**", "vendor/**")


def test_equal_texts_say_that_something_deeper_changed() -> None:
    """Where both sides are written alike the message says so, instead of an arrow between twins."""
    told = describe(Kind.COLUMN_VALUES_CHANGED, column="m", before="max(x)", after="max(x)")
    assert "computed from something that changed: max(x)" in told
    assert "→" not in told


def test_long_texts_show_where_they_differ() -> None:
    """A difference far behind in two long texts is shown, with what is before it left out."""
    same = ", ".join(str(number) for number in range(100))
    told = describe(Kind.ROWS_FILTER_CHANGED, before=f"x IN ({same}, 1000)", after=f"x IN ({same}, 2000)")
    assert "1000" in told
    assert "2000" in told
    assert len(told) < 300


def test_texts_of_a_change_are_bounded() -> None:
    """What a change keeps of a text ends with a sign that it goes on."""
    assert bounded("x" * 100_000) == "x" * (TEXT_LENGTH - 1) + "…"
    assert bounded("short") == "short"
