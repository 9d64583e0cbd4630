"""What the search for rows refuses, and values that only a wide net catches; small pieces first, then one child for all questions."""

from collections.abc import Mapping

import pytest

from contract_gate.core.relation import Column, RelationName
from contract_gate.core.world import Constraint, ConstraintKind
from contract_gate.witness import Answer, Budget, Found, NotPossible, RowQuestion, TableShape, search_all
from contract_gate.witness.display import shown
from contract_gate.witness.question import ResultShape
from contract_gate.witness.rules import Rule, broken
from contract_gate.witness.values import comparable, literal

pytest.importorskip("duckdb")


def test_a_name_that_repeats_gets_a_number() -> None:
    """Two outputs of one name are both shown."""
    shape = ResultShape(name="r", columns=(("a", "INTEGER"), ("a", "INTEGER"), ("a_2", "INTEGER")))
    assert shown((1, 2, 3), shape) == {"a": 1, "a_2": 2, "a_2_2": 3}


def test_values_of_structure_and_truth() -> None:
    """A truth value is no number, and structures are compared field by field in their order."""
    assert (literal(True, "BOOLEAN"), literal(False, "")) == ("TRUE", "FALSE")
    assert comparable({"a": 1}) == comparable({"a": 1.0}) != comparable({"a": 2})


def test_an_undeclared_value_breaks_its_rule() -> None:
    """A rule is told in words, and broken by the first value that is not accepted."""
    rule = Rule(kind=ConstraintKind.ACCEPTED_VALUES, table="t", columns=("a",), values=("x",))
    assert str(rule) == "t.a holds a value that is not accepted"
    assert broken((rule,), {"t": [("x",), (None,)]}, {"t": ["a"]}) == ()
    assert broken((rule,), {"t": [("y",)]}, {"t": ["a"]}) == (rule,)
    empty = Rule(kind=None, table="t", columns=())
    assert str(empty) == "t has no rows"
    assert broken((empty,), {"t": []}, {"t": ["a"]}) == (empty,)


LONG = "x" * 201
PAIRS: Mapping[str, tuple[str, str, type[Answer]]] = {
    "other calls of an unknown function": ("select own_fn(a) b from t", "select own_fn(c) b from t", NotPossible),
    "the same calls": ("select own_fn(a) b from t where a > 1", "select own_fn(a) b from t where a > 2", Found),
    "an unknown table function": ("select * from own_fn(1) where a > 1", "select * from own_fn(1) where a > 2", NotPossible),
    "too many rows": ("select g from generate_series(1, 100000) x(g)", "select g + 1 from generate_series(1, 100000) x(g)", NotPossible),
    "below zero": ("select id from t where a > -5 and a < 0", "select id from t where a >= -5 and a < 0", Found),
    "a long text": (f"select id from t where a = '{LONG}' or b = 1", f"select id from t where a = '{LONG}' or b = 2", Found),
    "a large number": ("select id from t where a < 1234567890123 and b = 1", "select id from t where a < 1234567890123 and b = 2", Found),
    "an interval": (
        "select id from t where created_at < timestamp '2024-01-01' + interval '3 day'",
        "select id from t where created_at <= timestamp '2024-01-01' + interval '3 day'", Found,
    ),
    "an interval of a column": (
        "select id from t where created_at < timestamp '2024-01-01' + n * interval '1 day' and b = 1",
        "select id from t where created_at < timestamp '2024-01-01' + n * interval '1 day' and b = 2", Found,
    ),
    "a path within a path": ("select j -> 'a' ->> 'b' x, j ->> 'a' y from t", "select j -> 'a' ->> 'c' x, j ->> 'a' y from t", Found),
    "a path within a path, cast": ("select (j -> 'a')::json -> 'b' ->> 'd' x from t", "select (j -> 'a')::json -> 'b' ->> 'e' x from t", Found),
    "a bounded text": ("select cast(a as varchar(10)) x from t where b = 1", "select cast(a as varchar(10)) x from t where b = 2", Found),
    "accepted truth": ("select flag from t where flag", "select flag from t where not flag", Found),
}  # fmt: skip
SHAPE = TableShape(
    name=RelationName(("t",)),
    columns=(Column(name="flag", type="BOOLEAN"),),
    constraints=(
        Constraint(kind=ConstraintKind.ACCEPTED_VALUES, columns=("flag",), values=("true", "false")),
        Constraint(kind=ConstraintKind.UNIQUE, columns=("elsewhere",)),
        Constraint(kind=ConstraintKind.RELATIONSHIPS, columns=("flag",), to=(RelationName(("u",)), "id")),
    ),
)


@pytest.fixture(scope="module")
def answers() -> dict[str, Answer]:
    questions = [
        RowQuestion(
            before=before,
            after=after,
            dialect="postgres",
            tables=(SHAPE,) if name == "accepted truth" else (),
        )
        for name, (before, after, _) in PAIRS.items()
    ]
    return dict(zip(PAIRS, search_all(questions, Budget(seconds=20.0)), strict=True))


@pytest.mark.parametrize("name", PAIRS)
def test_each_pair_is_answered(name: str, answers: dict[str, Answer]) -> None:
    """A difference is found wherever both sides run, and what can't be run alike is refused: it is never taken for equal."""
    assert isinstance(answers[name], PAIRS[name][2]), answers[name]
