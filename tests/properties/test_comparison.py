"""Laws of the comparison of two texts, over queries that hypothesis draws."""

from collections import Counter

from hypothesis import given

from contract_gate.compare.changes.api import Difference, diff
from contract_gate.compare.changes.change import Change, ChangeClass, Kind
from contract_gate.sql.bind import bind_script
from contract_gate.sql.canonical import Canonical, canonical
from contract_gate.sql.declared import lookup_of, shapes_of
from contract_gate.sql.stack import deep_stack
from contract_gate.sql.statement.definition import define
from tests.properties.queries import SCHEMA, queries

DUAL = {
    Kind.COLUMN_ADDED: Kind.COLUMN_REMOVED,
    Kind.COLUMN_REMOVED: Kind.COLUMN_ADDED,
    Kind.COLUMN_TYPE_WIDENED: Kind.COLUMN_TYPE_CHANGED,
}
LOOKUP = lookup_of(shapes_of(SCHEMA, "duckdb"))


def compared(before: str, after: str) -> Difference:
    return diff(before, after, "duckdb", SCHEMA)


def form(sql: str) -> Canonical | None:
    """Give the canonical form, or None where the gate could not read the whole text."""
    definition = define(bind_script(sql, "duckdb", LOOKUP))
    if definition is None or definition.query is None or definition.problems:
        return None
    return canonical(definition.query, "duckdb").settled()


def respelled(sql: str) -> str:
    """Write the text in other letters and lines, so that it isn't the very same text."""
    return sql.replace(" from ", "\nFROM ").replace("select ", "SELECT\n  ") + "\n-- the same\n"


@given(queries())
def test_a_side_against_itself_is_no_change(sql: str) -> None:
    """The same query in other letters and lines is no change."""
    assert compared(sql, respelled(sql)).change_class is ChangeClass.NONE


@given(queries(), queries())
def test_swapped_sides_see_the_same_changes(one: str, other: str) -> None:
    """What is told forwards is told backwards: nothing is a change in one direction only."""
    forwards, backwards = compared(one, other), compared(other, one)
    assert forwards.change_class is backwards.change_class
    assert Counter(map(dual, forwards.changes)) == Counter(map(plain, backwards.changes))


def plain(change: Change) -> tuple[Kind, str | None]:
    kind = Kind.COLUMN_TYPE_CHANGED if change.kind is Kind.COLUMN_TYPE_WIDENED else change.kind
    return kind, change.column


def dual(change: Change) -> tuple[Kind, str | None]:
    return DUAL.get(change.kind, change.kind), change.column


@given(queries())
def test_a_canonical_form_is_its_own(sql: str) -> None:
    """The canonical form of a canonical form is itself, by name."""

    def digests() -> tuple[str, str] | None:
        once = form(sql)
        return once and (str(once.digest().whole), str(canonical(once.query, "duckdb").digest().whole))

    found = deep_stack(digests)
    assert found is not None
    assert found[0] == found[1]


@given(queries(), queries())
def test_equal_names_mean_no_change(one: str, other: str) -> None:
    """`diff` says *none* exactly where the canonical forms have one name and the columns theirs."""

    def names() -> list[object]:
        forms = form(one), form(other)
        return [
            found and (found.digest().whole, [output.name for output in found.outputs]) for found in forms
        ]

    left, right = deep_stack(names)
    assert (left == right) == (compared(one, other).change_class is ChangeClass.NONE)
