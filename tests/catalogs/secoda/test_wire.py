"""Every known form of what Secoda sends is read; what is not known is an error, not a guess."""

from typing import Any

import pytest

from contract_gate.catalogs.secoda.errors import UnexpectedReply
from contract_gate.catalogs.secoda.wire import (
    Owner,
    SecodaDirection,
    entity,
    integration,
    lineage_row,
    page,
    preview,
    user,
)

NULLS = [None, "", "None"]


@pytest.mark.parametrize("ends", [("from_entity_id", "to_entity_id"), ("from_entity", "to_entity")])
@pytest.mark.parametrize("direction", ["DOWNSTREAM", "downstream"])
def test_lineage_row(ends: tuple[str, str], direction: str) -> None:
    """A row is read in the shape of new and of older deployments."""
    row = lineage_row({ends[0]: "A", ends[1]: "B", "direction": direction, "is_manual": False})
    assert (row.from_id, row.to_id, row.direction, row.is_manual) == (
        "A",
        "B",
        SecodaDirection.DOWNSTREAM,
        False,
    )


@pytest.mark.parametrize(("sent", "manual"), [(True, True), ("true", True), ("false", False), (None, False)])
def test_manual_rows(sent: Any, manual: bool) -> None:
    """is_manual may be a boolean or a text."""
    row = {"from_entity": "A", "to_entity": "B", "direction": "UPSTREAM", "is_manual": sent}
    assert lineage_row(row).is_manual is manual


@pytest.mark.parametrize(
    "row",
    [
        {"from_entity_id": "A", "to_entity_id": None, "direction": "UPSTREAM"},
        {"from_entity_id": "A", "to_entity_id": "B", "direction": "SIDEWAYS"},
        {"from_entity_id": "A", "to_entity_id": "B"},
        "A→B",
        None,
    ],
)
def test_unreadable_lineage_row(row: Any) -> None:
    """A row without ends or direction is an error: leaving it out could hide a reader."""
    with pytest.raises(UnexpectedReply):
        lineage_row(row)


@pytest.mark.parametrize("null", NULLS)
def test_last_page(null: Any) -> None:
    """The last page says null in one of three ways."""
    assert page({"results": [], "meta": {"next_page": null}, "links": {"next": null}}, 1).next_page is None


@pytest.mark.parametrize(
    "body",
    [
        {"meta": {"next_page": 2}},
        {"meta": {"next_page": "2"}},
        {"links": {"next": "https://api.secoda.co/api/v1/x/?page=2"}},
        {"links": {"next": "/x/?a=b&page=2"}},
        {"links": {"next": "https://elsewhere.test/x/?page=2"}},
        {"total_pages": 3},
        {"meta": {"total_pages": 3}},
    ],
)
def test_next_page(body: dict[str, Any]) -> None:
    """The next page is a number, from wherever it is told; never an address."""
    assert page({"results": [1], **body}, 1).next_page == 2


@pytest.mark.parametrize(
    ("count", "known"), [(7, 7), ("7", 7), (999_999, None), (None, None), ("None", None), (True, None)]
)
def test_count(count: Any, known: int | None) -> None:
    """A count that timed out is no count."""
    assert page({"results": [], "count": count}, 1).count == known


@pytest.mark.parametrize("reply", [{}, {"results": None}, {"detail": "x"}, [], "ok", None])
def test_no_list(reply: Any) -> None:
    """A 200 without results is an unexpected reply, not an empty list."""
    with pytest.raises(UnexpectedReply):
        page(reply, 1)


def test_entity() -> None:
    """An entity's documented fields are read, owners in each form."""
    row = entity(
        {
            "id": "T1",
            "entity_type": "table",
            "native_type": "view",
            "title": "orders",
            "title_cased": "Orders",
            "title_full": "Shop.Marts.Orders",
            "url": "https://app.secoda.co/t/1",
            "parent": {"id": "S1"},
            "integration": {"id": "I1", "name": "Warehouse"},
            "owners": [
                "U1",
                "dana@example.com",
                {"id": "U2", "email": "sam@example.com"},
                {"id": "U3"},
                None,
            ],
            "external_usage": 12,
            "internal_usage": 3,
            "archived": False,
        }
    )
    assert (row.kind, row.title, row.shown, row.parent, row.integration, row.usage) == (
        "table",
        "orders",
        "Orders",
        "S1",
        "I1",
        12,
    )
    assert row.owners == (
        Owner(id="U1"),
        Owner(id="dana@example.com", shown="dana@example.com"),
        Owner(id="U2", shown="sam@example.com"),
        Owner(id="U3"),
    )


@pytest.mark.parametrize("null", NULLS)
def test_sparse_entity(null: Any) -> None:
    """Whatever is null in an entity is not known; a table is told by its native type where nothing else is."""
    fields = (
        "title_full",
        "title_cased",
        "url",
        "parent",
        "parent_id",
        "integration",
        "owners",
        "external_usage",
    )
    row = entity(
        {"id": "T1", "title": "Orders", "native_type": "materialized view", **dict.fromkeys(fields, null)}
    )
    assert (row.kind, row.title, row.shown, row.title_full, row.url) == (
        "table",
        "orders",
        "Orders",
        None,
        None,
    )
    assert (row.parent, row.integration, row.owners, row.usage) == (None, None, (), None)


def test_entity_without_id() -> None:
    """An entity without an id can't be told from others."""
    with pytest.raises(UnexpectedReply):
        entity({"title": "orders"})


@pytest.mark.parametrize(
    "target", [{}, {"target_table": None}, {"target_table": ""}, {"target_table": "None"}]
)
def test_preview_without_target(target: dict[str, Any]) -> None:
    """A target that is null or absent is not known, and no error."""
    assert preview({"source_tables": [], "column_lineages": [], **target}).target is None


def test_preview() -> None:
    """Tables of a preview get a qualified name from their parts."""
    table = {"id": "T1", "title": "orders", "schema_name": "Marts", "database_name": "Shop"}
    column = {"id": "C1", "title": "Amount", "entity_type": "column"}
    reply = preview(
        {
            "sql": "…",
            "source_tables": [table],
            "column_lineages": [{"from_column": column, "to_column": {**column, "id": "C2"}}],
            "target_table": {"id": "T2", "title": "daily", "schema_name": None},
        }
    )
    assert [source.name for source in reply.sources] == ["Shop.Marts.orders"]
    assert [(start.id, end.id, end.name) for start, end in reply.columns] == [("C1", "C2", "amount")]
    assert reply.target is not None
    assert reply.target.name == "daily"


@pytest.mark.parametrize(
    "reply", [{}, {"source_tables": []}, {"column_lineages": [], "source_tables": None}, []]
)
def test_no_preview(reply: Any) -> None:
    """A preview without its lists is no empty preview."""
    with pytest.raises(UnexpectedReply):
        preview(reply)


def test_integration_leaves_credentials() -> None:
    """Nothing of an integration's credentials is kept."""
    row = {"id": "I", "name": "Warehouse", "credentials": {"password": "hunter2"}}
    found = integration({**row, "scheduled_extractions_last_run": "2026-11-20T06:00:00.123+02:00"})
    assert "hunter2" not in repr(found)
    assert found.last_run == "2026-11-20T04:00:00Z"


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("2026-11-20T04:00:00Z", "2026-11-20T04:00:00Z"),
        ("2026-11-20 04:00:00", "2026-11-20T04:00:00Z"),
        ("soon", None),
        (5, None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
    ],
)
def test_times(sent: Any, read: str | None) -> None:
    """A time without a zone is UTC; what is no time is not known."""
    assert integration({"id": "I", "scheduled_extractions_last_run": sent}).last_run == read


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ({"email": "dana@example.com", "first_name": "Dana"}, "dana@example.com"),
        ({"email": "None", "first_name": "Dana", "last_name": "Scott"}, "Dana Scott"),
        ({"email": "", "first_name": "Dana", "last_name": None}, "Dana"),
    ],
)
def test_user(body: dict[str, Any], shown: str) -> None:
    """A person is called by the address, else by the name."""
    assert user(body).shown == shown


def test_nobody() -> None:
    """A user without address and name is an unexpected reply."""
    with pytest.raises(UnexpectedReply):
        user({"id": "U1"})


def test_an_entity_that_has_many_fields_and_no_id() -> None:
    """The error names the first twelve fields, and no values."""
    with pytest.raises(UnexpectedReply) as caught:
        entity({f"field_{number:02}": "secret" for number in range(13)})
    assert "'field_11']" in str(caught.value)
    assert "secret" not in str(caught.value)
