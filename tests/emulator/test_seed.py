"""Seeds in JSON and in SQL."""

import json

import pytest

from contract_gate.core.errors import UsageError
from contract_gate.emulator.script_seed import store_from_sql
from contract_gate.emulator.seed import DEMO_KEY, SHOP, load, store_from_json
from contract_gate.emulator.values import Role


def test_the_shop_has_what_the_demo_shows(shop):
    """amount → chart → dashboard of dana; customers → dashboard of sam, by table."""
    emails = {user.id: user.email for user in shop.users.values()}
    name = {e.id: (e.entity_type.value, ".".join(e.path)) for e in shop.entities.values()}
    edges = {(name[r.from_id], name[r.to_id]) for r in shop.lineage() if r.direction == "DOWNSTREAM"}
    chart = ("chart", "Weekly revenue.Revenue by week")
    assert (("column", "shop.marts.orders.amount"), chart) in edges
    assert (chart, ("dashboard", "Weekly revenue")) in edges
    assert (("table", "shop.marts.customers"), ("dashboard", "Customer 360")) in edges
    owners = {d: emails[shop.named("dashboard", d).owners[0]] for d in ("Weekly revenue", "Customer 360")}
    assert owners == {"Weekly revenue": "dana@example.com", "Customer 360": "sam@example.com"}
    for table in (
        "staging.stg_orders",
        "staging.stg_customers",
        "staging.stg_payments",
        "marts.orders",
        "marts.customers",
    ):
        assert shop.children(shop.table(f"shop.{table}").id)
    assert shop.user_of_key(DEMO_KEY).role is Role.ADMIN


def test_ids_stay_the_same_between_runs(shop):
    """Two loads of one seed give the same ids, so a test can name them."""
    assert set(load(SHOP).entities) == set(shop.entities)
    assert {row.id for row in load(SHOP).lineage()} == {row.id for row in shop.lineage()}


@pytest.mark.parametrize(
    ("seed", "says"),
    [
        ("{", "Expecting"),
        ("[]", "an object"),
        ({"users": [{"role": "admin"}]}, "email"),
        ({"users": [{"email": "a@b.c", "role": "king"}]}, "king"),
        ({"dashboards": [{"name": "d", "owners": ["who@b.c"]}]}, "who@b.c"),
        ({"databases": [{"name": "d", "integration": "none"}]}, "no integration"),
        ({"databases": {"name": "d"}}, "no list"),
        ({"dashboards": [{"name": "d", "owner": "x"}]}, "owner"),
        ({"tables": []}, "tables"),
        ({"dashboards": [{"name": "d", "teams": "sales"}]}, "no list"),
        ({"dashboards": [{"name": "d", "archived": "yes"}]}, "neither true nor false"),
        ({"dashboards": [{"name": "d", "internal_users": ["nobody"]}]}, "nobody"),
        ({"dashboards": ["d"], "lineage": [{"from": "dashboard:none", "to": "dashboard:d"}]}, "0 dashboard"),
        ({"databases": [{"name": "d", "schemas": [{"name": s, "tables": [{"name": "t", "columns": ["c"]}]} for s in "ab"]}],
          "dashboards": ["d"], "lineage": [{"from": "d.a.t", "to": "d.a.t.none"}]}, "0 columns"),
        ({"databases": [{"name": "d", "schemas": [{"name": s, "tables": [{"name": "t", "columns": ["c"]}]} for s in "ab"]}],
          "dashboards": ["d"], "lineage": [{"from": "t", "to": "dashboard:d"}]}, "2 tables"),
        ({"dashboards": ["d", "d"]}, "two entities"),
        ({"dashboards": [{"name": "d", "external_usage": "many"}]}, "whole number"),
        ({"lineage": [{"from": "a.b", "to": "dashboard:d"}]}, "a.b"),
        ({"dashboards": ["d"], "lineage": [{"from": "dashboard:d", "to": "dashboard:d", "direction": "SIDEWAYS"}]}, "SIDEWAYS"),
    ],
)  # fmt: skip
def test_a_wrong_seed_is_refused(seed, says):
    """What is wrong in a seed is named, with a hint, instead of a half-filled store."""
    with pytest.raises(UsageError) as caught:
        store_from_json(seed if isinstance(seed, str) else json.dumps(seed))
    assert says in f"{caught.value.message}"
    assert caught.value.hint


def test_who_uses_may_be_said_by_id():
    """A person who uses an entity is named by email, or by the id that another file gave."""
    user = {"email": "a@b.c", "id": "u1"}
    store = store_from_json(
        json.dumps({"users": [user], "dashboards": [{"name": "d", "internal_users": ["u1"]}]})
    )
    assert store.named("dashboard", "d").internal_users == ("u1",)


def test_a_seed_that_is_not_there(tmp_path):
    """A missing file is a usage error, not a traceback."""
    with pytest.raises(UsageError):
        load(tmp_path / "none.json")


def test_sql_makes_tables_and_lineage(tmp_path, caller_over):
    """CREATE makes tables, views and columns; the queries make table and column lineage."""
    path = tmp_path / "seed.sql"
    path.write_text(
        """
        create table raw.orders (id integer not null, amount numeric(10, 2) default 0, primary key (id));
        create view marts.sales as select id, amount * 2 as doubled from raw.orders;
        create table copies (id int, x numeric);
        create temporary table step as select id, doubled from marts.sales;
        insert into copies select id, doubled from step;
        insert into elsewhere select id from raw.orders;
        """
    )
    store = load(path)
    opened = caller_over(store, key=DEMO_KEY)
    assert set(opened.titles("table/tables/")) == {"orders", "sales", "copies"}
    assert [column.type for column in store.children(store.table("raw.orders").id)] == [
        "integer",
        "numeric(10,2)",
    ]
    assert (store.table("sales").native_type, store.table("copies").path[:2]) == ("view", ("main", "public"))
    assert opened.edges() == {
        ("main.raw.orders", "main.marts.sales"),
        ("main.raw.orders.id", "main.marts.sales.id"),
        ("main.raw.orders.amount", "main.marts.sales.doubled"),
        ("main.marts.sales", "main.public.copies"),
        ("main.marts.sales.id", "main.public.copies.id"),
        ("main.marts.sales.doubled", "main.public.copies.x"),
    }


def test_unreadable_sql_is_refused():
    """A script that can't be read is a usage error."""
    with pytest.raises(UsageError):
        store_from_sql("create table t as select 'open")
