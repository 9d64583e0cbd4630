"""Which edit a change is put down to."""

import pytest

from contract_gate.compare.changes.change import Kind
from tests.comparing import assessed

BASE = "create view s.v as with a as (select id, qty as v, day as d from s.raw) select id from a where v > 2;"


WITHIN = "create view s.v as with m as (select max(y) as y from s.b where y > 2) select id from s.a where id = (select y from m);"


@pytest.mark.parametrize("more", ["", ", id + 1 as j"])
def test_an_edit_of_what_a_condition_asks(more: str) -> None:
    """Which rows there are hangs on a filter in a CTE that only a scalar subquery reads."""
    head = WITHIN.replace("> 2", "> 3").replace("select id", f"select id{more}")
    changes = assessed({"a.sql": WITHIN}, {"a.sql": head}, "postgres").changes
    (change,) = [each for each in changes if each.kind is Kind.ROWS_FILTER_CHANGED]
    assert change.edit is not None
    assert change.edit.text == "filter changed in `m`: y > 2 → y > 3"


@pytest.mark.parametrize(
    ("head", "edit"),
    [
        (BASE.replace("qty as", "qty * 2 as"), "column `v` computed in another way in `a`"),
        (BASE.replace("qty as", "qty * 2 as").replace("select id from", "select id, d from"), None),
    ],
    ids=["the only edit", "either of two"],
)
def test_an_edit_of_another_kind(head: str, edit: str | None) -> None:
    """A change that no edit of its kind explains comes of the only edit that there is; of several none is guessed."""
    changes = assessed({"a.sql": BASE}, {"a.sql": head}, "postgres").changes
    (change,) = [each for each in changes if each.kind is Kind.ROWS_FILTER_CHANGED]
    assert (change.edit.text if change.edit else None) == edit
