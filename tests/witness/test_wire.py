"""`contract_gate.witness.wire`: what goes over the pipe comes back the same."""

import json

import pytest

from contract_gate.compare.changes.change import Witness
from contract_gate.core.relation import Column, RelationName
from contract_gate.core.world import Constraint, ConstraintKind
from contract_gate.witness import (
    Answer,
    Found,
    NoDifference,
    NotPossible,
    ResultShape,
    RowQuestion,
    TableShape,
)
from contract_gate.witness.wire import Wire, pack, pack_answer, unpack, unpack_answer

QUESTION = RowQuestion(
    before="select 1 as a",
    after="select 2 as a",
    dialect="duckdb",
    tables=(
        TableShape(
            name=RelationName(("db", "s", "t")),
            columns=(Column(name="a", type="INT", nullable=False), Column(name="b")),
            closed=True,
            constraints=(
                Constraint(
                    kind=ConstraintKind.RELATIONSHIPS,
                    columns=("a",),
                    to=(RelationName(("p",)), "id"),
                ),
            ),
        ),
    ),
    relation=RelationName(("s", "m")),
)
FOUND = Found(
    question=QUESTION,
    witness=Witness(tables=(("t", ({"a": 1},)),), before=({"a": None},), after=(), assumes=("x",)),
    columns=("a",),
    rows_differ=True,
    before_sql="SELECT 1 AS a",
    after_sql="SELECT 2 AS a",
    inputs=(ResultShape(name="t", columns=(("a", "INTEGER"),)),),
    outputs=(
        ResultShape(name="", columns=(("a", "INTEGER"),)),
        ResultShape(name="", columns=(("a", "INTEGER"),)),
    ),
    relations=(("t", RelationName(("db", "s", "t"))),),
    trials=3,
    seconds=0.5,
    notes=("n",),
)


def test_a_question_survives_the_pipe() -> None:
    """A question packed, sent as JSON and unpacked equals itself."""
    assert unpack(RowQuestion, json.loads(json.dumps(pack(QUESTION)))) == QUESTION


@pytest.mark.parametrize(
    "answer",
    [FOUND, NoDifference(trials=4, seconds=1.0, columns=("a",), notes=("n",)), NotPossible(reason="why")],
    ids=lambda answer: type(answer).__name__,
)
def test_an_answer_survives_the_pipe(answer: Answer) -> None:
    """Each kind of answer packed, sent as JSON and unpacked equals itself."""
    assert unpack_answer(json.loads(json.dumps(pack_answer(answer))), QUESTION) == answer


def test_another_answer_is_refused() -> None:
    """What is no answer raises, so that it can't be taken for "no difference"."""
    with pytest.raises(ValueError, match="unknown answer"):
        unpack_answer({"answer": "all good"}, QUESTION)


@pytest.mark.parametrize(
    "wrong",
    [
        {"before_sql": None},
        {"rows_differ": "yes"},
        {"trials": 1.5},
        {"outputs": []},
        {"inputs": [{"name": "t"}]},
        {"relations": [["t"]]},
        {"witness": [1]},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_part_that_does_not_fit_is_refused(wrong: Wire) -> None:
    """The child has read hostile SQL: what it writes is believed in its shape alone."""
    with pytest.raises(ValueError, match=r"no |argument"):
        unpack_answer(json.loads(json.dumps(pack_answer(FOUND))) | wrong, QUESTION)
