"""A query against the shop: which tables and columns it names."""

import pytest

from contract_gate.emulator.preview import PreviewRequest, preview

CUSTOMERS = """
with spend as (
    select o.customer_id, sum(p.amount) as total   -- in the shop's currency
    from staging.stg_orders o join staging.stg_payments p using (order_id)
    group by 1
)
select c.customer_id, c.first_name, c.last_name, coalesce(s.total, 0) as customer_lifetime_value
from staging.stg_customers c left join spend s on s.customer_id = c.customer_id
"""


def read(shop, sql, **options):
    dialect = options.pop("dialect", "postgresql")
    found = preview(shop, PreviewRequest(sql=sql, dialect=dialect, default_database="shop", **options))
    target = ".".join(found.target.path) if found.target else None
    columns = {(".".join(start.path[1:]), end.title) for start, end in found.columns}
    return target, [table.title for table in found.sources], columns


@pytest.mark.parametrize(
    "statement",
    ["create or replace view marts.customers as {}", "create table if not exists marts.customers as ({})",
     "insert into marts.customers (customer_id, first_name, last_name, customer_lifetime_value) {}",
     "create materialized view marts.customers as {} with no data"],
)  # fmt: skip
def test_models_are_read_through_their_named_queries(shop, statement):
    """Sources and columns are found behind WITH, joins and expressions, whatever writes the table."""
    target, sources, columns = read(shop, statement.format(CUSTOMERS))
    assert target == "shop.marts.customers"
    assert set(sources) == {"stg_customers", "stg_orders", "stg_payments"}
    assert columns == {
        ("staging.stg_customers.customer_id", "customer_id"),
        ("staging.stg_customers.first_name", "first_name"),
        ("staging.stg_customers.last_name", "last_name"),
        ("staging.stg_payments.amount", "customer_lifetime_value"),
    }


def test_insert_without_a_list_goes_by_position(shop):
    """The first output fills the target's first column, whatever it is called."""
    _, _, columns = read(shop, "insert into marts.order_items select quantity, sku from raw.raw_items")
    assert columns == {("raw.raw_items.quantity", "order_item_id"), ("raw.raw_items.sku", "order_id")}


def test_a_table_is_no_source_of_itself(shop):
    """An INSERT that also reads its target names only the other tables."""
    sql = """insert into marts.orders (order_id, amount)
    select s.order_id, o.amount from staging.stg_orders s left join marts.orders o using (order_id)"""
    assert read(shop, sql) == (
        "shop.marts.orders", ["stg_orders"], {("staging.stg_orders.order_id", "order_id")},
    )  # fmt: skip


def test_a_star_stands_for_all_columns(shop):
    """`*` and `a.*` give every column of their tables, without those that EXCEPT takes away."""
    _, _, columns = read(shop, "create view marts.orders as select * from staging.stg_orders")
    assert {end for _, end in columns} == {"order_id", "customer_id", "order_date", "status"}
    sql = "create view marts.orders as select a.* except (status) from staging.stg_orders a, raw.raw_items b"
    _, _, columns = read(shop, sql, dialect="bigquery")
    assert {end for _, end in columns} == {"order_id", "customer_id", "order_date"}


def test_merge_assigns_columns(shop):
    """MERGE gives each column the values of its UPDATE and INSERT; the target is no source of itself."""
    sql = """merge into marts.orders as t using (select * from staging.stg_orders) as s on t.order_id = s.order_id
    when matched and s.status <> t.status then update set status = upper(s.status), amount = t.amount
    when not matched then insert (order_id, customer_id) values (s.order_id, s.customer_id)"""
    target, sources, columns = read(shop, sql)
    assert (target, sources) == ("shop.marts.orders", ["stg_orders"])
    assert columns == {(f"staging.stg_orders.{name}", name) for name in ("status", "order_id", "customer_id")}


def test_update_assigns_columns(shop):
    """UPDATE … FROM gives the set columns their values."""
    sql = "update marts.orders o set amount = p.amount from staging.stg_payments p where p.order_id = o.order_id"
    assert read(shop, sql) == (
        "shop.marts.orders", ["stg_payments"], {("staging.stg_payments.amount", "amount")},
    )  # fmt: skip


def test_temporary_tables_are_read_through(shop):
    """A temporary table made in the script is no source: what it was made from is."""
    sql = """create temp table t as select order_id as id from staging.stg_orders; create table elsewhere (id int);
    insert into marts.orders (order_id) select id from t;"""
    assert read(shop, sql) == (
        "shop.marts.orders", ["stg_orders"], {("staging.stg_orders.order_id", "order_id")},
    )  # fmt: skip


def test_unknown_sources_are_left_out(shop):
    """A table that the catalog does not have leaves no trace."""
    sql = "insert into marts.orders (order_id) select x.id from staging.stg_orders s join elsewhere.x on true"
    assert read(shop, sql) == ("shop.marts.orders", ["stg_orders"], set())


def test_defaults_complete_names(shop):
    """One-part names take the default schema; without it, a name that several tables have is none of them."""
    sql = "create view orders as select order_id from stg_orders"
    assert read(shop, sql, default_schema="marts") == ("shop.marts.orders", [], set())
    assert read(shop, sql)[:2] == ("shop.marts.orders", ["stg_orders"])


def test_a_name_of_two_tables_is_neither(caller_over):
    """An ambiguous name resolves to nothing rather than to the newer one."""
    from contract_gate.emulator.script_seed import store_from_sql

    store = store_from_sql("create table a.t (x int); create table b.t (x int); create table c.u (x int)")
    found = preview(store, PreviewRequest(sql="insert into u select x from t", dialect="postgresql"))
    assert found.target is not None
    assert found.sources == ()
