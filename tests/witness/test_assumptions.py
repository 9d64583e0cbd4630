"""What a witness assumes: declared rules are never broken, undeclared ones are named when they must be."""

import pytest

from contract_gate.core.relation import Column, RelationName
from contract_gate.core.world import Constraint, ConstraintKind
from contract_gate.witness import Budget, Found, NoDifference, RowQuestion, TableShape, search

pytest.importorskip("duckdb")

JOINED = "select o.id, c.name from orders o left join customers c on c.id = o.customer_id"
DROPPED = "select o.id from orders o"


def shape(table: str, *constraints: Constraint) -> TableShape:
    return TableShape(name=RelationName((table,)), constraints=constraints)


def declare(kind: ConstraintKind, column: str, **more: object) -> Constraint:
    return Constraint(kind=kind, columns=(column,), **more)  # type: ignore[arg-type]


def test_a_repeated_key_that_nobody_declares_is_named() -> None:
    """A join that only multiplies rows when the key repeats says so: the line that asks for the test."""
    answer = search(RowQuestion(before=DROPPED, after=JOINED, dialect="postgres"))
    assert isinstance(answer, Found)
    assert answer.witness.assumes == ("customers.id repeats; no test declares it unique",)


def test_a_declared_key_does_not_repeat() -> None:
    """With the key declared unique the same join changes no rows."""
    unique = shape("customers", declare(ConstraintKind.UNIQUE, "id"))
    answer = search(RowQuestion(before=DROPPED, after=JOINED, dialect="postgres", tables=(unique,)))
    assert isinstance(answer, NoDifference)


def test_a_composite_key_does_not_repeat() -> None:
    """Uniqueness of two columns together lets each of them repeat."""
    key = Constraint(kind=ConstraintKind.UNIQUE, columns=("day", "shop"))
    filled = (declare(ConstraintKind.NOT_NULL, "day"), declare(ConstraintKind.NOT_NULL, "shop"))
    tables = (shape("sales", key, *filled),)
    both = RowQuestion(
        before="select day, shop from sales",
        after="select distinct day, shop from sales",
        dialect="duckdb",
        tables=tables,
    )
    one = RowQuestion(
        before="select day, shop from sales",
        after="select day, min(shop) as shop from sales group by day",
        dialect="duckdb",
        tables=tables,
    )
    assert isinstance(search(both, Budget(trials=150)), NoDifference)
    found = search(one)
    assert isinstance(found, Found)
    assert found.witness.assumes == ()


def test_declared_relationships_and_not_null_hold() -> None:
    """An inner join in place of a left one changes nothing once every key is there and finds its parent."""
    tables = (
        shape(
            "orders",
            declare(ConstraintKind.NOT_NULL, "customer_id"),
            declare(ConstraintKind.RELATIONSHIPS, "customer_id", to=(RelationName(("customers",)), "id")),
        ),
    )
    question = RowQuestion(
        before=JOINED, after=JOINED.replace("left ", ""), dialect="postgres", tables=tables
    )
    assert isinstance(search(question, Budget(trials=200)), NoDifference)
    undeclared = search(RowQuestion(before=JOINED, after=JOINED.replace("left ", ""), dialect="postgres"))
    assert isinstance(undeclared, Found)
    assert "no match in customers.id" in undeclared.witness.assumes[0]


def test_accepted_values_are_the_only_ones() -> None:
    """A filter on a value that can't occur is no change."""
    tables = (
        shape(
            "orders",
            declare(ConstraintKind.ACCEPTED_VALUES, "status", values=("paid", "void")),
            declare(ConstraintKind.NOT_NULL, "status"),
        ),
    )
    question = RowQuestion(
        before="select id from orders where status <> 'lost'",
        after="select id from orders",
        dialect="snowflake",
    )
    declared = RowQuestion(before=question.before, after=question.after, dialect="snowflake", tables=tables)
    assert isinstance(search(question), Found)
    assert isinstance(search(declared, Budget(trials=150)), NoDifference)


def test_a_null_that_must_be_there_is_named() -> None:
    """COUNT of a column differs from COUNT(*) only on NULLs: a column of the catalog that can't be NULL has none."""
    question = RowQuestion(
        before="select count(*) as n from orders",
        after="select count(amount) as n from orders",
        dialect="trino",
    )
    answer = search(question)
    assert isinstance(answer, Found)
    assert answer.witness.assumes == ("orders.amount is NULL in a row; no test declares it not null",)
    never = TableShape(
        name=RelationName(("orders",)), columns=(Column(name="amount", type="bigint", nullable=False),)
    )
    known = RowQuestion(before=question.before, after=question.after, dialect="trino", tables=(never,))
    assert isinstance(search(known, Budget(trials=150)), NoDifference)


def test_a_plain_difference_assumes_nothing() -> None:
    """A difference that tidy rows show is shown on tidy rows."""
    answer = search(
        RowQuestion(
            before="select o.id, c.name from orders o join customers c on c.id = o.customer_id",
            after="select o.id, upper(c.name) as name from orders o join customers c on c.id = o.customer_id",
            dialect="bigquery",
        )
    )
    assert isinstance(answer, Found)
    assert answer.witness.assumes == ()
    assert answer.columns == ("name",)
