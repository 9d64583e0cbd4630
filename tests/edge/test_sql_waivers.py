"""Waivers in the SQL: how they are written, and what becomes of those that are not understood."""

from datetime import date

import pytest

from contract_gate.edge.sql_waivers import waivers_in
from contract_gate.edge.waivers import Allowance

SAID = "contract-gate: allow column-removed until 2027-01-31 because nobody reads it"
PATHS = ("models/a.sql", "models/old.sql")


@pytest.mark.parametrize(
    "line",
    [
        f"-- {SAID}",
        f"    select 1, -- {SAID}",
        f"/* {SAID} */",
        f" * {SAID}",
        f"{{# {SAID} #}}",
        f"{{#- {SAID} -#}}",
        f"// {SAID}",
        f"# {SAID}",
        f"-- {SAID.replace('contract-gate: allow', 'Contract-Gate:  ALLOW')}  ",
    ],
)
def test_any_comment_holds_one(line: str) -> None:
    """Every way of commenting in SQL and its templates, with its line."""
    (found,) = waivers_in(f"select 1\n{line}\n", PATHS).allowances
    assert found == Allowance(
        rule="column-removed",
        paths=PATHS,
        reason="nobody reads it",
        by="models/a.sql:2",
        until=date(2027, 1, 31),
    )


@pytest.mark.parametrize(
    "said",
    [
        "contract-gate: allow",
        "contract-gate: allow column-removed",
        "contract-gate: allow column-removed because nobody reads it",
        "contract-gate: allow column-removed until 2027-01-31",
        "contract-gate: allow column-removed until 2027-02-31 because nobody reads it",
        "contract-gate: allow column-remove until 2027-01-31 because nobody reads it",
        "contract-gate: allow undecided until 2027-01-31 because nobody reads it",
        "contract-gate: allow everything until 2027-01-31 because nobody reads it",
    ],
)
def test_what_is_not_understood_waives_nothing_and_is_told(said: str) -> None:
    """No day, no reason, no such kind: a text of a model stops no run, and lets nothing pass either."""
    found = waivers_in(f"select 1 -- {said}\n", PATHS)
    assert found.allowances == ()
    assert len(found.problems) == 1
    assert "models/a.sql:1 is not understood" in found.problems[0]


@pytest.mark.parametrize(
    "text", ["select 1", f"select {SAID}", "-- see contract-gate: it allows nothing", "-- contract-gate"]
)
def test_other_texts_hold_none(text: str) -> None:
    """Only a comment that says so is one."""
    found = waivers_in(text, PATHS)
    assert (found.allowances, found.problems) == ((), ())
