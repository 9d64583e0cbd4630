"""The cases: every change is witnessed, no refactor is. One child process answers all of them."""

import json
from pathlib import Path

import pytest

from contract_gate.core.relation import Column, RelationName
from contract_gate.witness import Answer, Budget, Found, NoDifference, RowQuestion, TableShape, search_all

pytest.importorskip("duckdb")

CASES = [json.loads(line) for line in Path(__file__).with_name("cases.jsonl").read_text().splitlines()]
CHANGES = [case for case in CASES if case["differs"]]
REFACTORS = [case for case in CASES if not case["differs"]]
BUDGETS = {True: Budget(seconds=30.0), False: Budget(seconds=30.0, trials=60)}


def ask(case: dict) -> RowQuestion:
    tables = tuple(
        TableShape(
            name=RelationName(tuple(name.split("."))),
            columns=tuple(Column(name=column, type=kind) for column, kind in columns.items()),
        )
        for name, columns in (case["schema"] or {}).items()
    )
    return RowQuestion(before=case["before"], after=case["after"], dialect=case["dialect"], tables=tables)


@pytest.fixture(scope="module")
def answers() -> dict[str, Answer]:
    found: dict[str, Answer] = {}
    for group, budget in ((CHANGES, BUDGETS[True]), (REFACTORS, BUDGETS[False])):
        given = search_all([ask(case) for case in group], budget)
        found |= {case["id"]: answer for case, answer in zip(group, given, strict=True)}
    return found


@pytest.mark.parametrize("case", CHANGES, ids=lambda case: case["id"])
def test_a_change_is_witnessed(case: dict, answers: dict[str, Answer]) -> None:
    """Rows are found on which both sides differ, and the two results shown are not the same."""
    answer = answers[case["id"]]
    assert isinstance(answer, Found), answer
    assert answer.rows_differ or answer.columns
    assert answer.witness.before != answer.witness.after


@pytest.mark.parametrize("case", REFACTORS, ids=lambda case: case["id"])
def test_a_refactor_is_not_witnessed(case: dict, answers: dict[str, Answer]) -> None:
    """No rows tell a refactored statement from the old one, though it ran."""
    assert isinstance(answers[case["id"]], NoDifference), answers[case["id"]]


def test_the_same_question_gives_the_same_witness(answers: dict[str, Answer]) -> None:
    """Seeds come from the SQL alone: another process, another order of questions, the same rows."""
    again = search_all([ask(case) for case in CHANGES[:6]][::-1], BUDGETS[True])
    for case, answer in zip(CHANGES[:6][::-1], again, strict=True):
        first = answers[case["id"]]
        assert isinstance(first, Found)
        assert isinstance(answer, Found)
        assert answer.witness == first.witness
