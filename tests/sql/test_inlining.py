"""A model's query put in the place of its relation is the query with that text as a derived table."""

import pytest

from contract_gate.core.relation import RelationName
from contract_gate.sql.algebra import Query
from contract_gate.sql.bind import bind_script
from contract_gate.sql.canonical import canonical
from contract_gate.sql.declared import lookup_of, shapes_of
from contract_gate.sql.inlining import NotInlinedError, Numbers, inlined

SCHEMA = {"a": {"x": "INT", "id": "INT"}, "m": {"x": "INT", "id": "INT"}}
MAKER = "select x + 1 as x, id from a where id > 2"


def bound(sql: str) -> Query:
    query = bind_script(sql, "duckdb", lookup_of(shapes_of(SCHEMA, "duckdb"))).statements[-1].query
    assert query is not None
    return query


def put_together(sql: str) -> Query:
    numbers = Numbers()
    maker = inlined(bound(MAKER), {}, numbers)
    return inlined(bound(sql), {RelationName(("m",)): maker}, numbers)


@pytest.mark.parametrize(
    "sql",
    [
        "select x from {m} where x > 3 order by id limit 2",
        "select x from {m} union all select id from {m}",
        "select x from a where id in (select m.id from {m})",
        "with recursive r as (select m.x as n from {m} union all select n + 1 from r where n < 5) select n from r",
        "select m.x, u.n from {m}, unnest([m.x, 1]) as u(n)",
        "select * from (select x, id from {m}) pivot (sum(x) for id in (3, 4))",
        "select count(*) as n, id from {m} group by grouping sets (id, ()) having count(*) > 1",
    ],
)
def test_as_a_derived_table(sql: str) -> None:
    """Whatever reads it: a block, a union, a subquery, a recursion, a table function, a pivot."""
    written = bound(sql.replace("{m}", f"({MAKER}) m"))
    other = bound(sql.replace("{m}", "(select x + 3 as x, id from a where id > 4) m"))
    found = canonical(put_together(sql.replace("{m}", "m")), "duckdb").digest()
    assert found == canonical(written, "duckdb").digest()
    assert found != canonical(other, "duckdb").digest()


@pytest.mark.parametrize("sql", ["select m from m", "select x from m tablesample 5 rows"])
def test_what_is_no_derived_table(sql: str) -> None:
    """A whole row may be more than the columns that are listed, and a sample is taken of what is stored."""
    with pytest.raises(NotInlinedError):
        put_together(sql)
