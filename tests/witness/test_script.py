"""`contract_gate.witness.script`: the script gives the rows that the witness shows."""

import pytest

from contract_gate.witness import Found, RowQuestion, script, search

duckdb = pytest.importorskip("duckdb")

QUESTIONS = (
    RowQuestion(
        before="select id, created_at::date as d from orders where created_at > '2024-01-01'",
        after="select id, created_at::date as d from orders where created_at >= '2024-01-01'",
        dialect="postgres",
    ),
    RowQuestion(
        before="select id, payload:user.id::int as u from events",
        after="select id, payload:account.id::int as u from events",
        dialect="snowflake",
    ),
    RowQuestion(
        before="select id, explode(tags) as t from orders",
        after="select id, explode_outer(tags) as t from orders",
        dialect="spark",
    ),
    RowQuestion(
        before="select id from orders where upper(status) = 'a'",
        after="select id from orders where upper(status) = 'b'",
        dialect="mysql",
    ),
)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.dialect)
def test_the_script_reproduces_the_witness(question: RowQuestion) -> None:
    """Run statement by statement, the script's two queries give as many rows as the witness shows, and differ."""
    answer = search(question)
    assert isinstance(answer, Found)
    connection = duckdb.connect(":memory:")
    try:
        results = []
        for statement in connection.extract_statements(script(answer)):
            result = connection.execute(statement)
            if statement.type == duckdb.StatementType.SELECT:
                results.append(sorted(result.fetchall(), key=repr))
    finally:
        connection.close()
    before, after = results
    assert (len(before), len(after)) == (len(answer.witness.before), len(answer.witness.after))
    assert before != after
