"""PATCH of a table or column changes the fields that are given, by whoever may write."""

import pytest


def test_the_fields_that_are_given(shop, call):
    """They are changed and shown; all others stay."""
    asked, table = call(), shop.table("shop.marts.orders")
    person = next(iter(shop.users))
    reply = asked(
        "PATCH", f"table/tables/{table.id}/", json={"description": "All orders", "owners": [person]}
    )
    assert (reply.status_code, reply.json()["description"], reply.json()["owners"]) == (
        200,
        "All orders",
        [person],
    )
    row = asked.get(f"resource/all/{table.id}/").json()
    assert (row["description"], row["tags"]) == ("All orders", list(table.tags))
    column = shop.column("shop.marts.orders", "status")
    assert asked("PATCH", f"table/columns/{column.id}/", json={"pii": True}).json()["pii"] is True


@pytest.mark.parametrize(
    "body", [{"description": 1}, {"owners": "ada"}, {"owners": ["nobody"]}, {"tags": 1}, {"pii": "yes"}]
)
def test_what_is_no_value(shop, call, body):
    """Values of another type, and owners that are nobody, are refused, and nothing is changed."""
    table = shop.table("shop.marts.orders")
    assert call()("PATCH", f"table/tables/{table.id}/", json=body).status_code == 400
    assert shop.table("shop.marts.orders") == table


def test_what_is_not_there(shop, call):
    """A column is not at the path of tables, and a viewer changes nothing."""
    column = shop.column("shop.marts.orders", "status")
    assert call()("PATCH", f"table/tables/{column.id}/", json={"pii": True}).status_code == 404
    viewer = call(key="emulator-viewer")
    assert viewer("PATCH", f"table/columns/{column.id}/", json={"pii": True}).status_code == 403
