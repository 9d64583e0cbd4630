"""Models that meet a fault, or for which there was no time: what reaches them is told once, and what does not is not."""

from collections import Counter

import pytest

from contract_gate.compare.impact.assess import _Walk
from contract_gate.compare.impact.impact import Effect
from contract_gate.core.deadline import within
from tests.compare.impact.conftest import Assess

DIAMOND = {
    "t.sql": "create view t as select 1 as x, 2 as y;",
    "a.sql": "create view a as select x from t;",
    "b.sql": "create view b as select x from t;",
    "c.sql": "create view c as select a.x from a join b on a.x = b.x;",
}


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the look at `c` fail."""
    look = _Walk._look

    def failing(walk: _Walk, key: str) -> None:
        if "c.sql" in key:
            raise ValueError("odd")
        look(walk, key)

    monkeypatch.setattr(_Walk, "_look", failing)


@pytest.mark.usefixtures("faulty")
def test_a_change_that_comes_by_two_ways_is_told_once(assess: Assess) -> None:
    found = assess(DIAMOND, {**DIAMOND, "t.sql": "create view t as select 3 as x, 2 as y;"})
    assert [impact.effect for impact in found.impacts if impact.consumer.path == "c.sql"] == [Effect.UNKNOWN]


@pytest.mark.usefixtures("faulty")
def test_an_edit_that_changes_nothing_arrives_at_no_fault(assess: Assess) -> None:
    found = assess(DIAMOND, {**DIAMOND, "t.sql": "create view t as select 1 as x, (2) as y;"})
    assert (found.changes, found.impacts) == ((), ())


def test_a_circle_for_which_there_was_no_time(assess: Assess) -> None:
    """Each of the two hears of the one edit, and it does not come back to where it was made."""
    base = {"a.sql": "create view a as select x from b;", "b.sql": "create view b as select x from a;"}
    with within(0, "the time is over"):
        found = assess(base, {**base, "a.sql": "create view a as select x + 1 as x from b;"})
    assert Counter(impact.consumer.path for impact in found.impacts) == {"b.sql": 1}
