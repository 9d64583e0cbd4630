"""Arrays that are taken apart in FROM: their elements' fields are held against the declared type."""

import pytest

from contract_gate.compare.impact import Effect
from tests.compare.impact.conftest import AssessIn

ENGINE = " engine = MergeTree order by id;"
NESTED = "create table raw.o (id UInt64, items Nested(sku String, qty UInt32), tags Array(String))" + ENGINE
LESS = "create table raw.o (id UInt64, items Nested(sku String), tags Array(String))" + ENGINE
UNTAGGED = "create table raw.o (id UInt64, items Nested(sku String, qty UInt32))" + ENGINE
JOINS = [
    ('select id, i.qty from raw.o array join items as i', LESS, True),
    ('select id, i.sku from raw.o array join items as i', LESS, False),
    ('select id, items.qty from raw.o array join items', LESS, True),
    ('select id, items.sku from raw.o array join items', LESS, False),
    ('select id, q from raw.o array join items.qty as q', LESS, True),
    ('select id, i.sku, t from raw.o array join items as i, tags as t', UNTAGGED, True),
    ('select id, i.sku from raw.o left array join items as i', UNTAGGED, False),
    ('select id, tags from raw.o array join tags', UNTAGGED, True),
    ('select id, n, t from raw.o array join tags as t, arrayEnumerate(tags) as n', UNTAGGED, True),
    ('select id, i.sku from raw.o array join items as i where i.qty > 1', LESS, True),
    ('select o.id, i.sku from raw.o as o array join o.items as i where i.qty > 1', LESS, True),
]  # fmt: skip
STRUCTS = "create table raw.o (id int, items array<struct<sku:string,qty:int>>);"
SMALLER = "create table raw.o (id int, items array<struct<sku:string>>);"
VIEWS = [
    ('spark', 'select id, x.qty from raw.o lateral view inline(items) x', True),
    ('spark', 'select id, x.sku from raw.o lateral view inline(items) x', False),
    ('spark', 'select id, sku from raw.o lateral view outer inline(items) x', False),
    ('spark', 'select id, qty from raw.o lateral view outer inline(items) x', True),
    ('spark', 'select id, b from raw.o lateral view inline(items) x as a, b', True),
    ('spark', 'select id, b.qty from raw.o lateral view posexplode(items) x as a, b', True),
    ('spark', 'select id, b.sku from raw.o lateral view posexplode(items) x as a, b', False),
    ('databricks', 'select id, qty from raw.o, lateral inline(items)', True),
    ('spark', 'select id, transform(items, x -> x.qty) as q from raw.o', True),
    ('spark', 'select id, items.qty as q from raw.o', True),
    ('spark', 'select id, items[0].qty as q from raw.o', True),
]  # fmt: skip


@pytest.mark.parametrize(("query", "head", "fails"), JOINS)
def test_array_join_gives_elements_by_name(query: str, head: str, fails: bool, assess_in: AssessIn) -> None:
    """ClickHouse: the name of an array that is joined means its element, and every array of the list is read."""
    view = f"create view m.v as {query}"
    found = assess_in("clickhouse", {"t.sql": NESTED, "v.sql": view}, {"t.sql": head, "v.sql": view})
    broken = {impact.consumer.path for impact in found.impacts if impact.effect is Effect.BREAKS}
    assert broken == ({"v.sql"} if fails else set())


@pytest.mark.parametrize(("dialect", "query", "fails"), VIEWS)
def test_functions_of_rows_give_fields(dialect: str, query: str, fails: bool, assess_in: AssessIn) -> None:
    """Spark: `inline` makes a column of each field, `posexplode` a struct beside its position."""
    view = f"create view m.v as {query}"
    found = assess_in(dialect, {"t.sql": STRUCTS, "v.sql": view}, {"t.sql": SMALLER, "v.sql": view})
    broken = {impact.consumer.path for impact in found.impacts if impact.effect is Effect.BREAKS}
    assert broken == ({"v.sql"} if fails else set())


ROWS = "create table raw.o (id integer, a array(row(sku varchar, qty integer)), b array(row(n integer)));"


@pytest.mark.parametrize(
    ("query", "fails"),
    [
        ("select id, qty from raw.o cross join unnest(a) cross join unnest(b)", True),
        ("select id, sku, n from raw.o cross join unnest(a) cross join unnest(b)", False),
        ("select id, x.qty from raw.o, unnest(a) as x", True),
        ("select id, x.sku from raw.o, unnest(a) as x", False),
        ("select id, sku from raw.o, unnest(a, b)", False),
    ],
)
def test_trino_keeps_the_names_of_the_fields(query: str, fails: bool, assess_in: AssessIn) -> None:
    """Trino: where the alias of UNNEST names no columns, these are called like the fields of the rows."""
    view = f"create view m.v as {query}"
    head = ROWS.replace(", qty integer", "")
    found = assess_in("trino", {"t.sql": ROWS, "v.sql": view}, {"t.sql": head, "v.sql": view})
    broken = {impact.consumer.path for impact in found.impacts if impact.effect is Effect.BREAKS}
    assert broken == ({"v.sql"} if fails else set())
