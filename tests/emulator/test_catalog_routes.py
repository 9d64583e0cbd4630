"""The routes that read: health, people, integrations, the catalog, the typed lists."""

import json

import pytest

from contract_gate.emulator.seed import store_from_json


def leaf(field, value, operator="exact"):
    return {"operator": operator, "field": field, "value": value, "operands": []}


def node(operator, *operands):
    return {"operator": operator, "operands": list(operands)}


def test_health_needs_no_key_and_no_slash(call):
    """The health check answers anybody, so it proves no key."""
    assert call(key=None).get("healthcheck").json() == {"status": "OK"}
    assert call(key="wrong").get("healthcheck/").json() == {"status": "OK"}


def test_routes_work_without_the_prefix(call, shop):
    """The same entity comes with and without /api/v1."""
    orders = shop.table("shop.marts.orders").id
    answers = [call().get(f"http://emulator{prefix}/resource/all/{orders}/") for prefix in ("", "/api/v1")]
    assert [answer.json()["title_full"] for answer in answers] == ["shop.marts.orders"] * 2


def test_people_are_listed_and_found(call, shop):
    """A list names everybody with a role, one by id gives the e-mail, and no reply holds a key."""
    people = call().rows("user/")
    assert {person["role"] for person in people} == {"admin", "editor", "viewer"}
    dana = next(user for user in shop.users.values() if user.email == "dana@example.com")
    one = call().get(f"user/{dana.id}/").json()
    assert (one["email"], one["first_name"]) == ("dana@example.com", "Dana")
    assert "emulator-admin" not in json.dumps(people)
    assert call().get("user/nobody/").status_code == 404


def test_integrations_have_their_last_run_and_credentials(call):
    """The list tells how stale the catalog is, and holds credentials that a client must not log."""
    (row,) = call().rows("integration/integrations/")
    assert row["scheduled_extractions_last_run"].startswith("2026-11-20T04:00")
    assert row["credentials"]["password"] == "not-a-real-password"


def test_an_entity_has_the_documented_fields(call, shop):
    """A table's title is in lower case, its full name dotted, its type its own."""
    table = call().get(f"resource/all/{shop.table('stg_orders').id}/").json()
    assert (table["title"], table["title_full"]) == ("stg_orders", "shop.staging.stg_orders")
    assert (table["entity_type"], table["native_type"]) == ("table", "view")
    assert table["search_metadata"] == {"database": "shop", "schema": "staging"}
    column = call().get(f"resource/all/{shop.column('marts.orders', 'amount').id}/").json()
    assert (column["type"], column["parent"]) == ("numeric", shop.table("marts.orders").id)
    assert call().get("resource/all/none/").status_code == 404


def test_titles_are_stored_in_lower_case(caller_over):
    """`title` folds the case, `title_cased` and `title_full` keep it."""
    store = store_from_json(
        '{"users": [{"email": "a@b.c", "role": "admin", "key": "k"}],'
        ' "databases": [{"name": "DB", "schemas": [{"name": "S", "tables": ["Orders"]}]}]}'
    )
    (row,) = caller_over(store, key="k").rows("table/tables/")
    assert (row["title"], row["title_cased"], row["title_full"]) == ("orders", "Orders", "DB.S.Orders")


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (leaf("title", "orders"), {"orders"}),
        (leaf("title", "ORDERS"), set()),
        (leaf("title_full", "SHOP.MARTS.ORD", "contains"), {"orders", "order_items"}),
        (leaf("title", ["orders", "customers"], "in"), {"orders", "customers"}),
        (leaf("owners", True, "is_set"), {"orders", "customers"}),
        (
            node("and", leaf("owners", False, "is_set"), leaf("search_metadata.schema", "marts")),
            {"order_items"},
        ),
        (node("or", leaf("title", "orders"), leaf("title", "stg_orders")), {"orders", "stg_orders"}),
        (
            node("and", leaf("native_type", "view"), node("not", leaf("title", "pay", "contains"))),
            {"stg_orders", "stg_customers"},
        ),
        (leaf("no_such_field", "x"), set()),
    ],
)
def test_the_filter_chooses_rows(call, condition, found):
    """Leaves and nodes of the grammar choose the tables that they describe."""
    tables = node("and", leaf("type", "table"), condition)
    assert set(call().titles("resource/catalog/", filter=json.dumps(tables))) == found


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '{"operator": "like", "field": "title", "value": "x"}', '{"operator": "not"}', '{"operator": "in", "field": "title", "value": "x"}',
     '{"operator": "exact", "value": "x"}', json.dumps(node("and", "x")), "[" * 20_000],
)  # fmt: skip
def test_a_filter_outside_the_grammar_is_refused(call, text):
    """What is no filter gets 400 and never a list of everything."""
    assert call().get("resource/catalog/", filter=text).status_code == 400


def test_an_unknown_field_can_be_refused(call):
    """With the switch, a field that no row has gets 400."""
    text = json.dumps(leaf("no_such_field", "x"))
    assert call("unknown_field=refused").get("resource/catalog/", filter=text).status_code == 400


def test_the_catalog_sorts(call):
    """Without a sort the most used comes first; with one, its field and order hold."""
    tables = {"entity_type": "table", "search_term": "marts"}
    assert call().titles("resource/catalog/", **tables)[0] == "orders"
    for order, first in (("asc", "customers"), ("desc", "orders")):
        sort = json.dumps({"field": "title", "order": order, "tie_breaker": None})
        assert call().titles("resource/catalog/", sort=sort, **tables)[0] == first
    bad = json.dumps({"field": "title", "order": "up"})
    assert call().get("resource/catalog/", sort=bad).status_code == 400


def test_the_catalog_by_team(caller_over):
    """`teams` gives what that team owns and no other; an unknown team owns nothing."""
    store = store_from_json(
        '{"users": [{"email": "a@x.y", "role": "admin", "key": "emulator-admin"}],'
        ' "teams": [{"name": "finance"}], "dashboards": [{"name": "theirs", "teams": ["finance"]}, "free"]}'
    )
    opened = caller_over(store)
    (team,) = opened.rows("resource/catalog/", search_term="theirs")[0]["teams"]
    assert opened.titles("resource/catalog/", teams=team) == ["theirs"]
    assert opened.titles("resource/catalog/", teams="none") == []
    assert len(opened.titles("resource/catalog/")) == 2


def test_the_catalog_ends_at_its_limit(call):
    """Rows beyond the limit are on no page, and are not counted."""
    opened = call("catalog_limit=7", "page_size=5")
    first = opened.get("resource/catalog/").json()
    assert (first["count"], first["total_pages"]) == (7, 2)
    assert len(opened.rows("resource/catalog/", page=2)) == 2
    assert opened.get("resource/catalog/", page=3).status_code == 404


@pytest.mark.parametrize(
    ("path", "query", "found"),
    [
        ("database/databases/", {}, {"shop"}),
        ("database/schemas/", {"title": "Staging"}, {"staging"}),
        ("table/tables/", {"title": "Orders"}, {"orders"}),
        ("table/columns/", {"table_title": "stg_payments"}, {"payment_id", "order_id", "payment_method", "amount"}),
        ("table/columns/", {"title": "email"}, {"email"}),
        ("dashboard/dashboards/", {}, {"weekly revenue", "customer 360", "basket mix"}),
        ("dashboard/charts/", {"title": "revenue by week"}, {"revenue by week"}),
        ("table/tables/", {"integration_id": "another"}, set()),
    ],
)  # fmt: skip
def test_typed_lists_filter(call, path, query, found):
    """Each deprecated list holds its own type and obeys its documented filters."""
    assert set(call().titles(path, **query)) == found


def test_typed_lists_filter_by_parent(call, shop):
    """`parent_id` gives the tables of a schema and the columns of a table."""
    orders = shop.table("marts.orders")
    assert "stg_orders" not in call().titles("table/tables/", parent_id=orders.parent_id)
    assert len(call().rows("table/columns/", parent_id=orders.id)) == 5


def test_the_undocumented_name_filters_are_ignored_unless_switched_on(call):
    """The reference does not list `schema` on tables: by default it changes nothing."""
    assert len(call().rows("table/tables/", schema="marts", database="shop")) == 10
    assert len(call("table_name_filters=on").rows("table/tables/", schema="marts", database="shop")) == 3


def test_ignored_filters_return_everything(call, shop):
    """With filters ignored, every list answers in full."""
    opened = call("filters=ignored", "page_size=1000")
    everything = len(shop.entities)
    assert len(opened.rows("resource/catalog/", filter=json.dumps(leaf("title", "orders")))) == everything
    assert len(opened.rows("table/tables/", title="orders")) == 10
    assert len(opened.rows("lineage/manual/", from_entity=shop.table("marts.orders").id)) > 60
