"""SQL for a request line: comments gone, meaning kept; the skeleton has the lineage of what it stands for."""

import pytest

import contract_gate
from contract_gate.core.relation import RelationName
from contract_gate.sql.minimal import making, minimal, skeleton

ORDERS = RelationName(("shop", "marts", "orders"))
RAW = RelationName(("shop", "raw", "orders"))
PAYMENTS = RelationName(("shop", "raw", "payments"))


@pytest.mark.parametrize(
    ("dialect", "sql", "kept"),
    [
        ("postgres", "select a -- b\n  , /* c /* d */ */ 'x -- y' from t;\n", "select a , 'x -- y' from t"),
        ("postgres", "select $f$ -- no comment $f$, a->>'b'", "select $f$ -- no comment $f$, a->>'b'"),
        (
            "bigquery",
            "select r'\\d', `a-b.c.d`.x # e\nfrom `a-b.c.d`",
            "select r'\\d', `a-b.c.d`.x from `a-b.c.d`",
        ),
        ("tsql", "select [a b], N'x' from [d].[e] -- c", "select [a b], N'x' from [d].[e]"),
        ("snowflake", "select v:a.b::int // c\nfrom t", "select v:a.b::int from t"),
    ],
)
def test_comments_go_and_the_rest_stays(dialect: str, sql: str, kept: str) -> None:
    """What looks like a comment in a string, a name or an operator is none."""
    assert minimal(sql, dialect) == kept


@pytest.mark.parametrize("sql", ["", "-- nothing\n", "select 'open"])
def test_nothing_to_send(sql: str) -> None:
    """A text without a token, or that can't be cut into tokens, gives None."""
    assert minimal(sql, "postgres") is None


def test_a_skeleton_has_the_lineage() -> None:
    """Bound again, it gives the same target, sources and column lineage."""
    columns = {"id": [(RAW, "id")], "amount": [(PAYMENTS, "cents"), (RAW, "fee")], "now": []}
    text = skeleton(ORDERS, columns, [RAW, PAYMENTS], "postgres")
    assert text is not None
    (file,) = contract_gate.lineage(text, dialect="postgres").files
    assert (file.targets, set(file.sources)) == ((ORDERS,), {RAW, PAYMENTS})
    found = {edge.column: set(edge.upstream) for edge in file.statements[0].columns}
    assert found == {column: set(upstream) for column, upstream in columns.items()}


def test_what_has_no_skeleton() -> None:
    """Columns of a star that nobody knows, and a query without sources, can't be said shortly."""
    assert skeleton(ORDERS, {"id": [(RAW, "*")]}, [RAW], "postgres") is None
    assert skeleton(ORDERS, {"id": []}, [], "postgres") is None
    assert skeleton(ORDERS, {"id": [(PAYMENTS, "id")]}, [RAW], "postgres") is None


@pytest.mark.parametrize(
    ("dialect", "name", "written"),
    [
        ("postgres", "orders", "orders"),
        ("postgres", "Orders", '"Orders"'),
        ("postgres", "group", '"group"'),
        ("snowflake", "orders", "orders"),
        ("snowflake", '"orders"', '"orders"'),
        ("snowflake", "my-table", '"MY-TABLE"'),
        ("bigquery", "my-project", "`my-project`"),
        ("mysql", "Orders", "Orders"),
    ],
)
def test_a_name_folds_to_itself(dialect: str, name: str, written: str) -> None:
    """A canonical spelling is written so that the dialect reads the same name again."""
    text = making(RelationName(("s", name)), "select 1 as a", dialect)
    assert text == f"CREATE TABLE s.{written} AS select 1 as a"
    (file,) = contract_gate.lineage(text, dialect=dialect).files
    assert file.targets == (RelationName(("s", name)),)
