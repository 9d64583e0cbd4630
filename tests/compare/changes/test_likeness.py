"""`contract_gate.compare.changes.likeness`: what differs in columns that nobody reads needs no canonical form."""

import pytest

from contract_gate.compare.changes.likeness import is_alike
from contract_gate.core.relation import Column, RelationName
from contract_gate.sql.algebra import Shape
from contract_gate.sql.bind import bind_script
from contract_gate.sql.statement.definition import Definition, define

OLD = {"a": "int", "b": "int", "gone": "int"}


@pytest.mark.parametrize(
    ("query", "new", "alike"),
    [
        ("select a from t where b > 1", {"a": "int", "b": "int", "other": "int"}, True),
        ("with c as (select a, b from t) select x.a from c x join c y using (b)", {"b": "int", "a": "int"}, True),
        ("select (select max(a) from t) as m, count(*) as n from t", {"a": "int"}, True),
        ("with c as (select * from t) select a from c", {"a": "int", "b": "int"}, True),
        ("with c as (select * from t), d as (select * from c) select a from d where b > 1", {"a": "int", "b": "int"}, True),
        ("select a from (select * from t union all select * from t) q", {"a": "int", "b": "int"}, False),
        ("with c as (select distinct * from t) select a from c", {"a": "int", "b": "int"}, False),
        ("with c as (select * from t) select a from c where exists (select 1 from c d where d.b = c.a)", {"a": "int", "b": "int"}, False),
        ("with c as (select *, generate_series(1, gone) as n from t) select a from c", {"a": "int", "b": "int"}, False),
        ("with c as (select * from t) select max(a) from c group by b", {"a": "text", "b": "int"}, False),
        ("with c as (select a as gone, b from t) select gone from c", {"a": "text", "b": "int"}, False),
        ("select a from t", {"a": "text", "b": "int"}, False),
        ("select * from t", {"a": "int", "b": "int"}, False),
        ("select * from (select t.* from t) q", {"a": "int", "b": "int", "gone": "int", "more": "int"}, False),
        ("select to_json(t) as j from t", {"a": "int", "b": "int"}, False),
        ("select x.a from t x natural join t y", {"a": "int", "b": "int"}, False),
        ("select a, gone from t", {"a": "int"}, False),
        ("select count(distinct t) as n from t", {"a": "int"}, False),
    ],
)  # fmt: skip
def test_columns_that_go(query: str, new: dict[str, str], alike: bool) -> None:
    """Only what the query names is held against each other, and a query that reads what it does not name is never sure."""
    assert is_alike(_bound(query, OLD), _bound(query, new)) is alike


def test_keys_and_other_texts() -> None:
    """A key of columns that are read decides what a query gives; another text is another query."""
    query = "select distinct a from t"
    assert not is_alike(_bound(query, OLD, keys=("a",)), _bound(query, OLD))
    assert is_alike(_bound(query, OLD, keys=("gone",)), _bound(query, OLD))
    assert not is_alike(_bound(query, OLD), _bound("select a from t", OLD))


def _bound(query: str, columns: dict[str, str], keys: tuple[str, ...] = ()) -> Definition:
    shape = Shape(
        name=RelationName(("t",)),
        columns=tuple(Column(name=name, type=kind) for name, kind in columns.items()),
        closed=True,
        keys=frozenset({frozenset(keys)}) if keys else frozenset(),
    )
    return define(bind_script(query, "postgres", lambda _: shape))
