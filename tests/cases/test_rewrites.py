"""Rewrites that change nothing are silent in both directions, and what is near them is told."""

import pytest

import contract_gate
from tests.cases.cases import Case, load_edits, load_rewrites


def _class(case: Case, before: str, after: str) -> str:
    told = contract_gate.diff(before, after, dialect=case.dialect, schema=case.tables, witness=False)
    return told.change_class.value


@pytest.mark.parametrize("case", load_rewrites(), ids=lambda case: case.name)
def test_a_rewrite_is_silent(case: Case) -> None:
    """The same rows and values in another spelling are no change, whichever side is the base."""
    assert _class(case, case.before, case.after) == "none"
    assert _class(case, case.after, case.before) == "none"


@pytest.mark.parametrize("case", load_edits(), ids=lambda case: case.name)
def test_an_edit_near_a_rewrite_is_told(case: Case) -> None:
    """What gives other rows or values under some content of the tables is told, though it looks like a rewrite."""
    assert _class(case, case.before, case.after) != "none"
    assert _class(case, case.after, case.before) != "none"


def test_each_rewrite_has_a_name_of_its_own() -> None:
    """Names are unique, so that a failing one is found."""
    names = [case.name for case in (*load_rewrites(), *load_edits())]
    assert len(names) == len(set(names))
