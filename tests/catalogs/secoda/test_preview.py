"""Previews: documented parameters, the length of a request, and what falls back."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from pytest_httpx import HTTPXMock

from contract_gate.catalogs.secoda.errors import Refused, UnexpectedReply
from contract_gate.catalogs.secoda.preview import (
    Preview,
    PreviewStatement,
    PreviewUnavailable,
    read_preview,
    write_lineage,
)
from contract_gate.catalogs.secoda.settings import SecodaSettings
from contract_gate.catalogs.secoda.transport import Transport

REPLY: dict[str, Any] = {"sql": "", "source_tables": [], "column_lineages": [], "target_table": None}
SHORT = PreviewStatement(sql="select 1", dialect="postgresql", table_id="T", default_schema="s")


@pytest.fixture
def preview(settings: SecodaSettings) -> Callable[[PreviewStatement], Any]:
    def reader(statement: PreviewStatement) -> Any:
        async def whole() -> Any:
            async with Transport(settings) as transport:
                return await read_preview(transport, statement)

        return asyncio.run(whole())

    return reader


def test_parameters(httpx_mock: HTTPXMock, preview: Callable[[PreviewStatement], Any]) -> None:
    """The documented parameters are sent, those without a value are not, and the path keeps its slash."""
    httpx_mock.add_response(json=REPLY)
    found = preview(SHORT)
    assert isinstance(found, Preview)
    assert found.sent == "select 1"
    (request,) = httpx_mock.get_requests()
    assert request.method == "GET"
    assert request.url.path == "/api/v1/lineage/lineage_from_query/"
    assert dict(request.url.params) == {
        "sql": "select 1",
        "dialect": "postgresql",
        "table_id": "T",
        "default_schema": "s",
    }


def test_too_long(httpx_mock: HTTPXMock, preview: Callable[[PreviewStatement], Any]) -> None:
    """A statement beyond the limit is not sent; its skeleton is."""
    httpx_mock.add_response(json=REPLY)
    found = preview(PreviewStatement(sql="select '" + "é" * 1000 + "'", dialect="x", skeleton="select 1"))
    assert isinstance(found, Preview)
    assert found.sent == "select 1"
    assert len(httpx_mock.get_requests()) == 1


def test_all_too_long(preview: Callable[[PreviewStatement], Any]) -> None:
    """When the skeleton is too long as well nothing is sent, and the reason says how long it is."""
    found = preview(PreviewStatement(sql="x" * 9000, dialect="x", skeleton="y" * 5000))
    assert isinstance(found, PreviewUnavailable)
    assert "5,0" in found.reason
    assert "4,000" in found.reason


@pytest.mark.parametrize("status", [400, 404, 413, 414])
def test_refused_statement(
    httpx_mock: HTTPXMock, preview: Callable[[PreviewStatement], Any], status: int
) -> None:
    """A statement that Secoda refuses is tried as its skeleton, then falls back with the reason."""
    httpx_mock.add_response(status_code=status, json={"detail": "can't parse"}, is_reusable=True)
    found = preview(PreviewStatement(sql="select 2", dialect="x", skeleton="select 1"))
    assert isinstance(found, PreviewUnavailable)
    assert "can't parse" in found.reason
    assert [request.url.params["sql"] for request in httpx_mock.get_requests()] == ["select 2", "select 1"]


def test_skeleton_after_a_refusal(httpx_mock: HTTPXMock, preview: Callable[[PreviewStatement], Any]) -> None:
    """A server that cuts shorter than the limit gets the skeleton."""
    httpx_mock.add_response(status_code=414)
    httpx_mock.add_response(json=REPLY)
    found = preview(PreviewStatement(sql="select 2", dialect="x", skeleton="select 1"))
    assert isinstance(found, Preview)
    assert found.sent == "select 1"


@pytest.mark.parametrize("status", [401, 403])
def test_no_rights(httpx_mock: HTTPXMock, preview: Callable[[PreviewStatement], Any], status: int) -> None:
    """Missing rights are no matter of the statement."""
    httpx_mock.add_response(status_code=status)
    with pytest.raises(Refused):
        preview(SHORT)


def test_page_instead(httpx_mock: HTTPXMock, preview: Callable[[PreviewStatement], Any]) -> None:
    """A web page is no preview."""
    httpx_mock.add_response(html="<html></html>")
    with pytest.raises(UnexpectedReply):
        preview(SHORT)


def test_write(httpx_mock: HTTPXMock, settings: SecodaSettings) -> None:
    """A write sends the text that was previewed, with the documented body."""
    httpx_mock.add_response(method="PATCH", status_code=200, content=b"")

    async def whole() -> None:
        async with Transport(settings) as transport:
            await write_lineage(transport, SHORT, "select 3")

    asyncio.run(whole())
    (request,) = httpx_mock.get_requests()
    assert request.url.path == "/api/v1/lineage/lineage_from_query/"
    assert json.loads(request.content) == {
        "sql": "select 3",
        "dialect": "postgresql",
        "table_id": "T",
        "default_schema": "s",
    }
