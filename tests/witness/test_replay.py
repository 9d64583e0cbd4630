"""`contract_gate.witness.replay`: a witness pushed through the readers of the changed model."""

import pytest

from contract_gate.core.relation import RelationName
from contract_gate.witness import Found, Reader, RowQuestion, WitnessEffect, replay, search

pytest.importorskip("duckdb")

MODEL = RelationName(("shop", "fct_orders"))


@pytest.fixture(scope="module")
def found() -> Found:
    before = "select id, customer_id, amount from raw.orders where amount > 100"
    answer = search(
        RowQuestion(before=before, after=before.replace(">", ">="), dialect="postgres", relation=MODEL)
    )
    assert isinstance(answer, Found)
    return answer


def test_readers_are_told_apart(found: Found) -> None:
    """A reader of the rows is affected, one that filters them out is not, one that DuckDB can't run is said so."""
    readers = (
        Reader(name="total", sql="select sum(amount) s from shop.fct_orders", dialect="postgres"),
        Reader(name="big", sql="select id from shop.fct_orders where amount > 200", dialect="postgres"),
        Reader(name="odd", sql="select my_own_function(id) x from shop.fct_orders", dialect="postgres"),
    )
    total, big, odd = replay(found, readers)
    assert (total.reach, total.columns) == (WitnessEffect.AFFECTED, ("s",))
    assert total.witness is not None
    assert total.witness.before != total.witness.after
    assert (big.reach, big.reason) == (WitnessEffect.NOT_AFFECTED, None)
    assert odd.reach is WitnessEffect.NOT_RUNNABLE
    assert odd.reason is not None
    assert "my_own_function" in odd.reason.lower()


def test_a_join_with_an_unknown_table_finds_partners(found: Found) -> None:
    """Rows of a table that the witness doesn't have are generated so that the difference gets through the join."""
    sql = "select c.country, count(*) n from shop.fct_orders f join dim_customers c on c.id = f.customer_id group by 1"
    (answer,) = replay(found, (Reader(name="countries", sql=sql, dialect="postgres"),))
    assert answer.reach is WitnessEffect.AFFECTED
    assert answer.witness is not None
    assert dict(answer.witness.tables)["dim_customers"]


def test_a_reader_of_a_reader_sees_what_the_first_one_makes(found: Found) -> None:
    """Replay goes down the graph: the second reader reads the first one's relation."""
    daily = RelationName(("shop", "totals"))
    readers = (
        Reader(
            name="totals",
            sql="select customer_id, sum(amount) s from shop.fct_orders group by 1",
            dialect="postgres",
            relation=daily,
        ),
        Reader(name="report", sql="select count(*) n from shop.totals", dialect="postgres"),
        Reader(name="elsewhere", sql="select id from shop.suppliers", dialect="postgres"),
    )
    totals, report, elsewhere = replay(found, readers)
    assert totals.reach is WitnessEffect.AFFECTED
    assert (report.reach, report.columns) == (WitnessEffect.AFFECTED, ("n",))
    assert elsewhere.reach is WitnessEffect.NOT_RUNNABLE


def test_without_a_relation_nothing_is_replayed(found: Found) -> None:
    """A model without a name has no readers that could be run."""
    nameless = search(RowQuestion(before="select 1 as x", after="select 2 as x", dialect="duckdb"))
    assert isinstance(nameless, Found)
    (answer,) = replay(nameless, (Reader(name="r", sql="select x from m", dialect="duckdb"),))
    assert answer.reach is WitnessEffect.NOT_RUNNABLE
