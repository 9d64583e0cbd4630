"""`contract_gate.witness.search`: one question, one answer, through a real child process."""

import pytest

from contract_gate.witness import Budget, Found, NoDifference, NotPossible, RowQuestion, search

pytest.importorskip("duckdb")


def test_a_join_that_became_outer_is_witnessed() -> None:
    """The rows shown are the ones that the old join dropped, and the undeclared rule they break is named."""
    before = "select o.id, c.name from orders o join customers c on o.customer_id = c.id"
    answer = search(RowQuestion(before=before, after=before.replace("join", "left join"), dialect="postgres"))
    assert isinstance(answer, Found)
    assert answer.rows_differ
    assert len(answer.witness.after) > len(answer.witness.before)
    assert answer.witness.assumes == (
        "orders.customer_id has no match in customers.id; no test declares the relationship",
    )


def test_the_same_question_has_the_same_witness() -> None:
    """Columns that USING names stand in its order, whatever the process: else each run would show other rows."""
    names = ("region", "customer_id", "order_id", "day", "shop")
    before = f"select a.id, b.w from a join b using ({', '.join(names)})"
    answer = search(RowQuestion(before=before, after=before.replace("join", "left join"), dialect="duckdb"))
    assert isinstance(answer, Found)
    assert [tuple(name for name, _ in shape.columns)[:5] for shape in answer.inputs] == [names, names]


def test_a_refactor_is_not_witnessed() -> None:
    """A subquery moved into a CTE gives no witness, and the number of trials is told."""
    answer = search(
        RowQuestion(
            before="select id from (select id, amount from orders where amount > 5) o where id > 1",
            after="with big as (select * from orders where amount > 5) select id from big where id > 1",
            dialect="snowflake",
        ),
        Budget(trials=120),
    )
    assert isinstance(answer, NoDifference)
    assert answer.trials == 120
    assert answer.columns == ("id",)


def test_a_search_that_hardly_began_is_no_answer() -> None:
    """Without time for twenty trials nothing is said about the difference."""
    question = RowQuestion(
        before="select id from orders", after="select id from orders o", dialect="postgres"
    )
    answer = search(question, Budget(seconds=0.0))
    assert isinstance(answer, NotPossible)
    assert "trials" in answer.reason


def test_rows_that_never_reach_the_output_are_no_answer() -> None:
    """Two sides that give no row in any trial were not compared."""
    never = "select id from orders where false"
    answer = search(
        RowQuestion(before=never, after=f"select * from ({never}) o", dialect="duckdb"), Budget(trials=30)
    )
    assert isinstance(answer, NotPossible)


def test_a_failing_cast_is_no_difference() -> None:
    """What fails on every row is told as such; what fails on some rows is left out of the comparison."""
    always = "select cast('x' || status as integer) as n from orders where status is not null"
    answer = search(
        RowQuestion(before=always, after="select 1 as n from orders", dialect="duckdb"), Budget(trials=60)
    )
    assert not isinstance(answer, NoDifference)
    some = RowQuestion(
        before="select cast(id as integer) as n from orders",
        after="select try_cast(id as integer) as n from orders",
        dialect="duckdb",
    )
    assert not isinstance(search(some, Budget(trials=60)), Found)
