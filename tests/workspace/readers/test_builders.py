"""Queries that Python builds of objects: which columns of which table the code names."""

import pytest

from contract_gate.workspace.readers.kinds import kind
from tests.workspace.readers.reading import queries, read

PYPIKA = "from pypika import *\n"
CORE = "import sqlalchemy as sa\nfrom sqlalchemy import column, select, table, text\n"
ONE = ["SELECT read_.a FROM shop.orders AS read_"]
TWO = ["SELECT read_.a, read_.b FROM shop.orders AS read_"]
WHOLE = ["SELECT * FROM shop.orders"]


def found(text: str) -> list[str]:
    return queries(read(kind("python"), "x.py", {"x.py": text}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('q = Query.from_(Table("orders", schema="shop")).select("a")\n', ONE),
        ('q = Query.from_(Schema("shop").orders).select("a")\n', ONE),
        ('s = Schema("shop")\nq = Query.from_(s.orders).select("a")\n', ONE),
        ('q = Query.from_("shop.orders").select("a")\n', ONE),
        ('o = Table("orders", schema="shop")\nq = Query.from_(o).select(o.a).where(o["b"] > 1)\n', TWO),
        ('o = Table("orders", schema=Schema("shop"))\nq = Query.from_(o).select(o.field("a"))\n', ONE),
        ('o = Table("orders", schema="shop").as_("o")\nq = Query.from_(o).select(o.a)\n', ONE),
        ('o = Table("orders", schema="shop")\nq = Query.from_(o).select("a").groupby("b")\n', TWO),
        ('q = Query.from_("shop.orders").select(fn.Sum(Field("a")))\n', ONE),
        ('o = Table("orders", schema="shop")\nq = Query.from_(o).select("*")\n', WHOLE),
        ('o = Table("orders", schema="shop")\nq = Query.from_(o).select("a", *more)\n', [*ONE, *WHOLE]),
        ('o, u = Tables("shop.orders", "shop.users")\n', [*WHOLE, "SELECT * FROM shop.users"]),
    ],
)
def test_pypika(text: str, expected: list[str]) -> None:
    """Columns are attributes of a table, or texts of what is selected from the first."""
    assert found(PYPIKA + text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('o = table("orders", column("a"), column("b"), schema="shop")\n', TWO),
        ('o = sa.table("orders", sa.column("a"), schema="shop")\nselect(o.c.a)\n', ONE),
        ('o = table("orders", schema="shop")\nselect(o.c.a).where(o.c["b"] > 1)\n', TWO),
        ('select(column("a")).select_from(table("orders", schema="shop"))\n', ONE),
        ('sa.select(sa.column("a")).select_from(sa.text("shop.orders")).where(sa.column("b") > 1)\n', TWO),
        ('select(sa.literal_column("sum(a)")).select_from(text("shop.orders"))\n', ["SELECT (sum(a)) FROM shop.orders"]),
        ('select(text("*")).select_from(table("orders", schema="shop"))\n', WHOLE),
        ('spark.table("shop.orders").select("a")\n', ["SELECT a FROM shop.orders"]),
    ],
)  # fmt: skip
def test_the_core_of_sqlalchemy(text: str, expected: list[str]) -> None:
    """Columns are those that the table is made with, that its `c` has, and those of a statement that selects from it."""
    assert list(dict.fromkeys(found(CORE + text))) == expected


def test_a_schema_that_is_computed() -> None:
    """It may be any."""
    assert found(PYPIKA + 'o = Table("orders", schema=f())\nq = o.a\n') == [
        "SELECT read_.a FROM ${schema}.orders AS read_"
    ]


@pytest.mark.parametrize(
    "text",
    [
        PYPIKA + 'x = Table(name)\nq = Query.from_(x).select("a")\n',
        PYPIKA + "q = Query.from_(other).select('a')\n",
        PYPIKA + "d.update(x)\no.select('a')\n",
        'from rich.table import Table\nt = Table("orders")\nt.add_column("a")\n# select\n',
    ],
)
def test_no_table(text: str) -> None:
    """What is computed is not known, and a table on the screen is none of the database."""
    assert found(text) == []
