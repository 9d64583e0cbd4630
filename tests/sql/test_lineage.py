"""Column lineage: values and, apart from them, what decides the rows."""

import pytest

from contract_gate.sql.algebra import Query
from contract_gate.sql.bind import bind_script
from contract_gate.sql.lineage import QueryLineage, trace


def lineage_of(sql: str, dialect: str = "duckdb") -> QueryLineage:
    query: Query | None = bind_script(sql, dialect, lambda _: None).statements[-1].query
    assert query is not None
    return trace(query)


def columns(sql: str, dialect: str = "duckdb") -> dict[str, set[str]]:
    return {
        c.name: {f"{name}.{column}" for name, column in c.upstream} for c in lineage_of(sql, dialect).columns
    }


def rows(sql: str, dialect: str = "duckdb") -> set[str]:
    return {f"{name}.{column}" for name, column in lineage_of(sql, dialect).rows if column is not None}


def test_values_apart_from_rows() -> None:
    """A filter's column decides rows and is not upstream of a value."""
    sql = "select a.x + a.y as v from a where a.z = 1"
    assert columns(sql) == {"v": {"a.x", "a.y"}}
    assert rows(sql) == {"a.z"}


def test_window_belongs_to_its_column() -> None:
    """PARTITION BY and ORDER BY of a window are upstream of its value, and decide rows under QUALIFY alone."""
    sql = "select sum(a.x) over (partition by a.k order by a.o) as v from a"
    assert columns(sql) == {"v": {"a.x", "a.k", "a.o"}}
    assert rows(sql) == set()
    assert rows("select a.x from a qualify row_number() over (order by a.o) = 1") == {"a.o"}


def test_ctes_are_resolved_through() -> None:
    """A CTE read twice is traced to its stored columns; the CTE is no source."""
    sql = "with c as (select a.x as k, a.y as v from a) select p.k, q.v from c p join c q on p.k = q.k"
    assert columns(sql) == {"k": {"a.x"}, "v": {"a.y"}}
    assert {str(name) for name in lineage_of(sql).sources} == {"a"}


def test_set_operations_by_position() -> None:
    """A union's column comes from both branches, EXCEPT's from the left one; both decide rows by value."""
    assert columns("select a.x from a union all select b.y from b") == {"x": {"a.x", "b.y"}}
    assert rows("select a.x from a union all select b.y from b") == set()
    assert columns("select a.x from a except select b.y from b") == {"x": {"a.x"}}
    assert rows("select a.x from a except select b.y from b") == {"a.x", "b.y"}


def test_rows_that_a_set_operation_keeps() -> None:
    """What a limited union is ordered by decides its rows; without LIMIT the order decides nothing."""
    union = "select a.x, a.k from a union all select b.y, b.k from b order by x"
    assert rows(f"{union} limit 3") == {"a.x", "b.y"}
    assert rows(f"{union} offset 3") == {"a.x", "b.y"}
    assert rows(union) == set()


def test_columns_that_pass_through() -> None:
    """A column goes through both branches of one relation, PIVOT and a star of several tables to where it is from."""
    twice = "with c as (select * from u) select x from (select * from c union all select * from c) q"
    assert columns(twice) == {"x": {"u.x"}}
    pivoted = "select k, p from (select a.k, a.x, a.s from a) pivot (sum(x) for s in ('p'))"
    assert columns(pivoted) == {"k": {"a.k"}, "p": {"a.x", "a.s"}}
    assert columns("select q.* from (select u.*, a.x from u, a) q") == {"*": {"u.*", "a.x"}}


def test_recursive_query_reaches_a_fixpoint() -> None:
    """A column that a round takes from another column of the round before comes from both."""
    sql = """with recursive r(x, y) as (select a.x, a.y from a union all select r.y, b.z from r join b on b.k = r.x)
             select x from r"""
    assert columns(sql) == {"x": {"a.x", "a.y", "b.z"}}


@pytest.mark.parametrize("dialect", ["sqlite", "snowflake", "oracle", "tsql"])
def test_a_query_that_reads_itself_without_the_word(dialect: str) -> None:
    """Where RECURSIVE may be left out (run in SQLite), the name means the query and no table."""
    sql = "with r as (select a.x as n from a union all select r.n + 1 as n from r where r.n < 5) select n from r"
    assert columns(sql, dialect) == {"n": {"a.x"}}


def test_open_stars_of_both_branches() -> None:
    """A column that a star of a union brings comes from both branches, EXCEPT's from the left one, a recursion's from its rounds too."""
    both = "(select * from a {} select * from b)"
    assert columns(f"select id from {both.format('union all')} u") == {"id": {"a.id", "b.id"}}
    assert columns(f"select id from {both.format('except')} u") == {"id": {"a.id"}}
    tree = "with recursive t as (select * from a union all select b.* from b join t on b.parent = t.id)"
    assert columns(f"{tree} select id, name from t") == {"id": {"a.id", "b.id"}, "name": {"a.name", "b.name"}}
    assert rows(f"{tree} select id from t") == {"b.parent", "a.id", "b.id"}


def test_subqueries() -> None:
    """A scalar subquery is upstream of the value; EXISTS in a filter decides rows; a correlated column is found."""
    scalar = "select (select max(b.v) from b where b.k = a.k) as m from a"
    assert columns(scalar) == {"m": {"b.v"}}
    assert {"a.k", "b.k"} <= rows(scalar)
    assert rows("select a.x from a where exists (select 1 from b where b.k = a.k)") == {"a.k", "b.k"}


@pytest.mark.parametrize(("made", "deciding"), [("x in unnest(tags)", set()), ("unnest(tags)", {"t.tags"})])
def test_a_list_that_is_asked_for_a_value_makes_no_rows(made: str, deciding: set[str]) -> None:
    """`x IN UNNEST(tags)` is a value of its row, UNNEST in a SELECT list a row for each element."""
    assert rows(f"select id, {made} as f from t", "bigquery") == deciding


def test_open_star() -> None:
    """The columns of an undeclared relation come through its star, by name where they are named."""
    assert columns("select * from a") == {"*": {"a.*"}}
    assert columns("with c as (select * from a) select c.x from c") == {"x": {"a.x"}}


def test_limit_makes_order_decide() -> None:
    """ORDER BY decides rows only under LIMIT."""
    assert rows("select a.x from a order by a.o") == set()
    assert rows("select a.x from a order by a.o limit 3") == {"a.o"}
