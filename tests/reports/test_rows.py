"""`contract_gate.reports.rows`: what a witness shows, in one sentence."""

from dataclasses import replace

import pytest

from contract_gate.compare.changes.change import Certainty, Change, Kind, Witness
from contract_gate.compare.changes.kinds import class_of
from contract_gate.core.relation import RelationName
from contract_gate.reports.rows import assumption, claim, tables

NAME = RelationName(("shop", "fct_orders"))


def change(kind: Kind, column: str | None = None) -> Change:
    return Change(
        kind=kind, change_class=class_of(kind), certainty=Certainty.WITNESSED, message="", relation=NAME, column=column
    )  # fmt: skip


def witness(before: int, after: int, **tables: int) -> Witness:
    held = tuple((name, ({"id": 1},) * number) for name, number in tables.items())
    return Witness(tables=held, before=({"x": 1},) * before, after=({"x": None},) * after)


@pytest.mark.parametrize(
    ("shown", "kind", "column", "sentence"),
    [
        (witness(3, 2, orders=2), Kind.ROWS_FILTER_CHANGED, None, "with these 2 orders, `fct_orders` goes from 3 rows to 2"),
        (witness(1, 0, orders=1), Kind.ROWS_FILTER_CHANGED, None, "with 1 row of orders, `fct_orders` goes from 1 row to none"),
        (witness(0, 1, a=1, b=2), Kind.GRAIN_CHANGED, None, "with 1 row of a and 2 of b, `fct_orders` goes from no rows to 1"),
        (witness(2, 2, a=1, b=0), Kind.ROWS_JOIN_CHANGED, None, "with 1 row of a, `fct_orders` has other rows"),
        (witness(1, 1), Kind.COLUMN_VALUES_CHANGED, "x", "without any row, `fct_orders.x` goes from 1 to NULL"),
        (witness(2, 2, data=3), Kind.COLUMN_VALUES_CHANGED, "x", "with 3 rows of data, `fct_orders.x` has other values"),
    ],
)  # fmt: skip
def test_the_sentence(shown: Witness, kind: Kind, column: str | None, sentence: str) -> None:
    """It says which rows are given, and what becomes of the result."""
    assert claim(change(kind, column), shown) == sentence


def test_what_it_needs() -> None:
    """Each assumption is named; nothing is said where there is none."""
    assert assumption(witness(1, 0)) == ""
    needs = Witness(
        tables=(), before=(), after=(), assumes=("a.id repeats; no test declares it unique", "b has no rows")
    )
    assert assumption(needs) == "the same unless a.id repeats; no test declares it unique, and b has no rows"


def test_a_wide_table_keeps_the_columns_that_tell_something() -> None:
    """What differs and what the change names stays; what goes is counted, a whole column each."""
    row: dict[str, object] = {f"c{number}": number for number in range(9)}
    wide = Witness(tables=(("src", (row,)),), before=(row,), after=({**row, "c8": 0},))
    filtered = replace(change(Kind.ROWS_FILTER_CHANGED), after="src.c7 > 0")
    source, before, after = (
        table.narrowed(lambda one: len(one.columns) <= 3) for table in tables(wide, filtered)
    )
    assert source.columns == before.columns == after.columns == ("c0", "c7", "c8")
    assert after.rows == (("0", "7", "0"),)
    assert after.rest == "+6 more columns"


def test_a_table_that_fits_is_left_whole() -> None:
    """Nothing is counted where nothing is left out."""
    (before, _) = tables(Witness(tables=(), before=({"a": 1},), after=()))
    assert before.narrowed(lambda one: len(one.columns) <= 1) == before
    assert before.rest == ""
