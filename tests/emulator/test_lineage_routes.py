"""Lineage rows listed, made and deleted; lineage from a query previewed, added and replaced."""

import pytest

FILTERS = ("from_entity", "from_entity_id", "from_entity__in")
SQL = "create table shop.marts.orders as select order_id, status as amount from shop.staging.stg_orders"


def ends(rows):
    return {(row["from_entity_id"], row["to_entity_id"], row["direction"]) for row in rows}


def test_rows_are_mirrored(call, shop):
    """Each dependency shows twice: downstream from its source, upstream from its reader."""
    chart, dashboard = shop.named("chart", "Revenue by week").id, shop.named("dashboard", "Weekly revenue").id
    assert ends(call().rows("lineage/manual/", to_entity=dashboard)) == {(chart, dashboard, "DOWNSTREAM")}
    assert ends(call().rows("lineage/manual/", from_entity=dashboard)) == {(dashboard, chart, "UPSTREAM")}


def test_rows_that_are_not_mirrored_show_as_they_were_made(call, shop):
    """Without mirrors a seed's rows point downstream only, and a row made upstream points upstream."""
    opened = call("mirrored_rows=off")
    orders, items = shop.table("orders").id, shop.named("chart", "Items by product").id
    assert {row["direction"] for row in opened.rows("lineage/manual/")} == {"DOWNSTREAM"}
    opened("POST", "lineage/", json={"from_entity": items, "to_entity": orders, "direction": "upstream"})
    assert ends(opened.rows("lineage/manual/", from_entity=items, to_entity=orders)) == {
        (items, orders, "UPSTREAM")
    }


def test_a_row_has_the_shape_of_new_or_old_deployments(call):
    """Newer rows name their ends from_entity_id and to_entity_id, older ones from_entity and to_entity."""
    new, old = (call(f"row_shape={shape}").rows("lineage/manual/")[0] for shape in ("new", "old"))
    assert set(new) == {
        "id", "created_at", "updated_at", "from_entity_id", "to_entity_id", "direction", "workspace_id", "is_manual",
    }  # fmt: skip
    assert set(old) == {
        "id",
        "created_at",
        "updated_at",
        "from_entity",
        "to_entity",
        "direction",
        "is_manual",
    }
    assert new["from_entity_id"] == old["from_entity"]


@pytest.mark.parametrize("name", FILTERS)
def test_each_filter_chooses_by_its_end(call, shop, name):
    """The filters on either end give the rows of that id alone, in whatever case it is written."""
    orders = shop.table("marts.orders").id
    assert {row["from_entity_id"] for row in call().rows("lineage/manual/", **{name: orders.upper()})} == {
        orders
    }
    other = name.replace("from", "to")
    assert {row["to_entity_id"] for row in call().rows("lineage/manual/", **{other: orders})} == {orders}


def test_in_takes_several_ids(call, shop):
    """Ids with commas between them are all meant."""
    ids = {shop.table("marts.orders").id, shop.table("marts.customers").id}
    rows = call().rows("lineage/manual/", from_entity__in=",".join(ids))
    assert {row["from_entity_id"] for row in rows} == ids


def test_in_with_several_ids_can_be_refused_or_find_nothing(call, shop):
    """A deployment that takes one id alone answers a list with 400, or with no row."""
    orders, customers = shop.table("marts.orders").id, shop.table("marts.customers").id
    assert (
        call("in_list=refused").get("lineage/manual/", from_entity__in=f"{orders},{customers}").status_code
        == 400
    )
    assert call("in_list=refused").rows("lineage/manual/", from_entity__in=orders)
    assert call("in_list=nothing").rows("lineage/manual/", from_entity__in=f"{orders},{customers}") == []
    assert call("in_list=nothing").rows("lineage/manual/", from_entity__in=orders)


def test_older_deployments_know_only_the_in_filters(call, shop):
    """With in-only, a plain filter is ignored and returns everything; the `__in` form still holds."""
    orders = shop.table("marts.orders").id
    opened = call("filters=in-only", "page_size=1000")
    everything = len(opened.rows("lineage/manual/"))
    assert len(opened.rows("lineage/manual/", from_entity=orders)) == everything
    assert len(opened.rows("lineage/manual/", from_entity__in=orders)) < everything


@pytest.mark.parametrize("name", ["integration_type", "integration__type"])
def test_rows_filter_by_the_integrations_type(call, name):
    """Rows that touch an entity of that integration stay; another type has none."""
    assert call().rows("lineage/manual/", **{name: "postgres"})
    assert call().rows("lineage/manual/", **{name: "tableau"}) == []


def test_columns_have_rows_unless_switched_off(call, shop):
    """A column's id works as an end; with the switch off, columns have no lineage."""
    amount = shop.column("marts.orders", "amount").id
    chart = shop.named("chart", "Revenue by week").id
    assert (amount, chart, "DOWNSTREAM") in ends(call().rows("lineage/manual/", from_entity=amount))
    assert call("column_rows=off").rows("lineage/manual/", from_entity=amount) == []
    assert call("column_rows=off").rows("lineage/manual/", from_entity=shop.table("marts.orders").id)


@pytest.mark.parametrize("path", ["lineage/", "lineage/manual/"])
def test_lineage_is_made_once_and_by_hand(call, shop, path):
    """Creating gives 201 and a manual row; the opposite appears too; a second time changes nothing."""
    opened = call()
    orders, chart = shop.table("marts.orders").id, shop.named("chart", "Items by product").id
    before = len(opened.edges())
    body = {"from_entity": orders, "to_entity": chart, "direction": "DOWNSTREAM", "is_manual": "true"}
    made = opened("POST", path, json=body)
    assert (made.status_code, made.json()["is_manual"]) == (201, True)
    assert ends(opened.rows("lineage/manual/", from_entity=chart, to_entity=orders)) == {
        (chart, orders, "UPSTREAM")
    }
    assert opened("POST", path, json=body).json()["id"] == made.json()["id"]
    assert len(opened.edges()) == before + 1


def test_an_upstream_row_points_at_the_parent(call, shop):
    """(X, UPSTREAM, Y) says that Y feeds X."""
    opened = call()
    x, y = shop.table("marts.order_items").id, shop.table("staging.stg_orders").id
    opened("POST", "lineage/", json={"from_entity": x, "to_entity": y, "direction": "UPSTREAM"})
    assert ("shop.staging.stg_orders", "shop.marts.order_items") in opened.edges()


@pytest.mark.parametrize("missing", ["from_entity", "to_entity", "direction"])
def test_incomplete_lineage_is_refused(call, shop, missing):
    """Without an end or a direction, or with an end that is not there, nothing is made."""
    opened, before = call(), call().edges()
    ids = {"from_entity": shop.table("marts.orders").id, "to_entity": shop.table("stg_orders").id}
    body = {**ids, "direction": "DOWNSTREAM"}
    for wrong in ("", "nothing", 5):
        assert opened("POST", "lineage/", json={**body, missing: wrong}).status_code == 400
    assert opened.edges() == before


def test_the_routes_that_make_lineage_are_a_switch(call):
    """A new deployment has no POST manual/, an old one only that."""
    assert call("create_routes=new")("POST", "lineage/manual/", json={}).status_code == 405
    assert call("create_routes=new")("POST", "lineage/", json={}).status_code == 400
    assert call("create_routes=old")("POST", "lineage/", json={}).status_code == 404
    assert call("create_routes=old")("POST", "lineage/manual/", json={}).status_code == 400


def test_a_row_is_read_and_deleted_with_its_mirror(call, shop):
    """One row comes by its id; deleting gives 204 and takes the opposite row too."""
    opened = call()
    items, basket = shop.named("chart", "Items by product").id, shop.named("dashboard", "Basket mix").id
    (row,) = opened.rows("lineage/manual/", from_entity=items, to_entity=basket)
    assert opened.get(f"lineage/manual/{row['id']}/").json() == row
    deleted = opened("DELETE", f"lineage/manual/{row['id']}/")
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert opened.get(f"lineage/manual/{row['id']}/").status_code == 404
    assert opened("DELETE", f"lineage/manual/{row['id']}/").status_code == 404
    assert opened.rows("lineage/manual/", to_entity=items, from_entity=basket) == []


def test_deleting_can_leave_the_mirror(call, shop):
    """With the switch, each direction is deleted alone, and making the lineage again brings both back."""
    opened = call("delete_mirror=off")
    items, basket = shop.named("chart", "Items by product").id, shop.named("dashboard", "Basket mix").id
    (down,) = opened.rows("lineage/manual/", from_entity=items, to_entity=basket)
    opened("DELETE", f"lineage/manual/{down['id']}/")
    assert opened.rows("lineage/manual/", from_entity=items, to_entity=basket) == []
    (up,) = opened.rows("lineage/manual/", from_entity=basket, to_entity=items)
    opened("POST", "lineage/", json={"from_entity": items, "to_entity": basket, "direction": "DOWNSTREAM"})
    assert opened.rows("lineage/manual/", from_entity=items, to_entity=basket)
    opened("DELETE", f"lineage/manual/{down['id']}/")
    opened("DELETE", f"lineage/manual/{up['id']}/")
    assert opened.get(f"lineage/manual/{up['id']}/").status_code == 404
    body = {"from_entity": items, "to_entity": basket, "direction": "DOWNSTREAM", "is_manual": "false"}
    assert opened("POST", "lineage/", json=body).json()["is_manual"] is False


def test_a_preview_names_tables_and_columns_and_changes_nothing(call):
    """The reply has the documented fields; a column does not tell its table."""
    opened = call()
    before = opened.edges()
    reply = opened.get("lineage/lineage_from_query/", sql=SQL, dialect="postgresql").json()
    assert reply["sql"] == SQL
    assert [table["title"] for table in reply["source_tables"]] == ["stg_orders"]
    target = reply["target_table"]
    assert (target["title"], target["schema_name"], target["database_name"]) == ("orders", "marts", "shop")
    assert (target["integration_title"], target["integration_type"]) == ("Shop warehouse", "postgres")
    pairs = [(pair["from_column"]["title"], pair["to_column"]["title"]) for pair in reply["column_lineages"]]
    assert pairs == [("order_id", "order_id"), ("status", "amount")]
    column = reply["column_lineages"][1]["to_column"]
    assert (column["entity_type"], column["type"]) == ("column", "numeric")
    assert not {"parent", "parent_id", "table"} & set(column)
    assert opened.edges() == before


def test_a_preview_without_a_target(call):
    """A bare SELECT has no target: null, or absent with the switch; `table_id` names one."""
    query = {"sql": "select order_id from shop.staging.stg_orders", "dialect": "postgresql"}
    assert call().get("lineage/lineage_from_query/", **query).json()["target_table"] is None
    absent = call("unknown_target=absent").get("lineage/lineage_from_query/", **query).json()
    assert "target_table" not in absent
    assert [table["title"] for table in absent["source_tables"]] == ["stg_orders"]


def test_a_preview_with_a_table_id(call, shop):
    """`table_id` is the target whatever the SQL says, and columns go by name."""
    orders = shop.table("marts.orders").id
    query = {
        "sql": "select order_id from shop.staging.stg_orders",
        "dialect": "postgresql",
        "table_id": orders,
    }
    reply = call().get("lineage/lineage_from_query/", **query).json()
    assert reply["target_table"]["id"] == orders
    assert [pair["to_column"]["title"] for pair in reply["column_lineages"]] == ["order_id"]


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"sql": ""}, 400),
        ({"dialect": ""}, 400),
        ({"dialect": "postgres"}, 400),
        ({"sql": "select 'open"}, 400),
        ({"sql": "choose order_id from stg_orders"}, 400),
        ({"sql": "select " + "(" * 500 + "1" + ")" * 500}, 400),
        ({"table_id": "550e8400-e29b-41d4-a716-446655440000"}, 404),
    ],
)
def test_bad_questions_are_refused(call, method, change, status):
    """What can't be read gets 400, an unknown table 404, and no lineage changes."""
    opened = call()
    before = opened.edges()
    question = {"sql": SQL, "dialect": "postgresql", **change}
    options = {"params": question} if method == "GET" else {"json": question}
    assert opened(method, "lineage/lineage_from_query/", **options).status_code == status
    assert opened.edges() == before


def test_an_unknown_tables_status_is_a_switch(call):
    """`Provided table ID does not exist` comes with the status of the switch."""
    answer = call("unknown_table_status=400").get(
        "lineage/lineage_from_query/", sql=SQL, dialect="postgresql", table_id="x"
    )
    assert (answer.status_code, answer.json()["detail"]) == (400, "Provided table ID does not exist")


def test_a_columns_id_is_no_table(call, shop):
    """`table_id` of a column does not exist as a table."""
    amount = shop.column("marts.orders", "amount").id
    asked = {"sql": SQL, "dialect": "postgresql", "table_id": amount}
    assert call().get("lineage/lineage_from_query/", **asked).status_code == 404


def test_the_dialects_are_a_switch(call):
    """A dialect that the switch does not list gets 400."""
    asked = {"sql": SQL, "dialect": "snowflake"}
    assert call().get("lineage/lineage_from_query/", **asked).status_code == 200
    narrow = call("dialects=postgresql,bigquery")
    assert narrow.get("lineage/lineage_from_query/", **asked).status_code == 400


@pytest.mark.parametrize("status", [414, 400, 413])
def test_a_long_preview_is_refused(call, status):
    """A request line longer than the limit gets the status of the switch; one below it passes."""
    opened = call("preview_limit=400", f"preview_refusal={status}")
    assert opened.get("lineage/lineage_from_query/", sql=SQL, dialect="postgresql").status_code == 200
    long = SQL + " where status in (" + ",".join(["'x'"] * 60) + ")"
    assert opened.get("lineage/lineage_from_query/", sql=long, dialect="postgresql").status_code == status
    posted = opened("POST", "lineage/lineage_from_query/", json={"sql": long, "dialect": "postgresql"})
    assert posted.status_code == 200


def test_post_adds_and_keeps(call):
    """POST adds the query's lineage to what is there, and answers OK without content."""
    opened = call()
    before = opened.edges()
    answer = opened("POST", "lineage/lineage_from_query/", json={"sql": SQL, "dialect": "postgresql"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert opened.edges() - before == {("shop.staging.stg_orders.status", "shop.marts.orders.amount")}
    assert before <= opened.edges()


def test_patch_replaces_what_feeds_the_table_and_its_columns(call, shop):
    """PATCH drops the table's and its columns' upstream rows first; downstream rows stay."""
    opened = call("write_status=204")
    before = opened.edges()
    answer = opened("PATCH", "lineage/lineage_from_query/", json={"sql": SQL, "dialect": "postgresql"})
    assert (answer.status_code, answer.content) == (204, b"")
    into_orders = {(up, down) for up, down in opened.edges() if down.startswith("shop.marts.orders")}
    assert into_orders == {
        ("shop.staging.stg_orders", "shop.marts.orders"),
        ("shop.staging.stg_orders.order_id", "shop.marts.orders.order_id"),
        ("shop.staging.stg_orders.status", "shop.marts.orders.amount"),
    }
    assert {edge for edge in before if not edge[1].startswith("shop.marts.orders")} == (
        opened.edges() - into_orders
    )


def test_patch_keeps_what_was_made_by_hand(call, shop):
    """Manual rows into the table survive a PATCH; a repeated PATCH changes nothing more."""
    opened = call()
    items, orders = shop.table("raw_items").id, shop.table("marts.orders").id
    opened("POST", "lineage/", json={"from_entity": items, "to_entity": orders, "direction": "DOWNSTREAM"})
    opened("PATCH", "lineage/lineage_from_query/", json={"sql": SQL, "dialect": "postgresql"})
    after = opened.edges()
    assert ("shop.raw.raw_items", "shop.marts.orders") in after
    assert ("shop.staging.stg_payments", "shop.marts.orders") not in after
    opened("PATCH", "lineage/lineage_from_query/", json={"sql": SQL, "dialect": "postgresql"})
    assert opened.edges() == after


def test_a_patch_that_resolves_to_nothing_wipes(call, shop):
    """By default such a PATCH removes good lineage; with the switch it is refused and harmless."""
    orders = shop.table("marts.orders").id
    body = {"sql": "select 1 from nowhere", "dialect": "postgresql", "table_id": orders}
    careful = call("empty_patch_wipes=off")
    assert careful("PATCH", "lineage/lineage_from_query/", json=body).status_code == 400
    assert careful.rows("lineage/manual/", to_entity=orders, from_entity=shop.table("stg_orders").id)
    assert call()("PATCH", "lineage/lineage_from_query/", json=body).status_code == 200
    assert not any(
        down == "shop.marts.orders" or down.startswith("shop.marts.orders.") for _, down in call().edges()
    )


def test_a_write_without_a_target_is_refused(call):
    """A bare SELECT without `table_id` has nothing to write to."""
    body = {"sql": "select order_id from shop.staging.stg_orders", "dialect": "postgresql"}
    for method in ("POST", "PATCH"):
        assert call()(method, "lineage/lineage_from_query/", json=body).status_code == 400
