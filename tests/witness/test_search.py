"""`contract_gate.witness.search`: one question, one answer, through a real child process."""

import pytest
from contract_gate.witness import Budget, Found, NoDifference, Question, search

pytest.importorskip("duckdb")


def test_a_join_that_became_outer_is_witnessed() -> None:
    """The rows shown are the ones that the old join dropped, and the undeclared rule they break is named."""
    before = "select o.id, c.name from orders o join customers c on o.customer_id = c.id"
    answer = search(Question(before=before, after=before.replace("join", "left join"), dialect="postgres"))
    assert isinstance(answer, Found)
    assert answer.rows_differ
    assert len(answer.witness.after) > len(answer.witness.before)
    assert answer.witness.assumes == (
        "orders.customer_id has no match in customers.id; no test declares the relationship",
    )


def test_a_refactor_is_not_witnessed() -> None:
    """A subquery moved into a CTE gives no witness, and the number of trials is told."""
    answer = search(
        Question(
            before="select id from (select id, amount from orders where amount > 5) o where id > 1",
            after="with big as (select * from orders where amount > 5) select id from big where id > 1",
            dialect="snowflake",
        ),
        Budget(trials=120),
    )
    assert isinstance(answer, NoDifference)
    assert answer.trials == 120
    assert answer.columns == ("id",)
