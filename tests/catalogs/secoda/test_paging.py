"""Lists are read to their end, and what is missing is said."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pytest_httpx import HTTPXMock

from contract_gate.catalogs.secoda.errors import FilterIgnored, Refused, UnexpectedReply
from contract_gate.catalogs.secoda.paging import Rows, read_list
from contract_gate.catalogs.secoda.settings import SecodaSettings
from contract_gate.catalogs.secoda.transport import Transport

URL = "https://secoda.test/api/v1/things/"


@pytest.fixture
def read(settings: SecodaSettings) -> Callable[..., Rows]:
    def reader(pages: int = 200, **options: Any) -> Rows:
        async def whole() -> Rows:
            async with Transport(
                replace(settings, limits=replace(settings.limits, pages=pages))
            ) as transport:
                return await read_list(transport, "/things/", (("a", "b"),), **options)

        return asyncio.run(whole())

    return reader


def add(
    httpx_mock: HTTPXMock, number: int, rows: list[int], following: Any, count: int | None = None
) -> None:
    url = f"{URL}?a=b" + (f"&page={number}" if number > 1 else "")
    httpx_mock.add_response(
        url=url, json={"results": rows, "count": count, "meta": {"next_page": following}, "links": {}}
    )


def test_pages(httpx_mock: HTTPXMock, read: Callable[..., Rows]) -> None:
    """Pages are asked for by number until there is no next one."""
    add(httpx_mock, 1, [1, 2], 2, 5)
    add(httpx_mock, 2, [3, 4], "3", 5)
    add(httpx_mock, 3, [5], "None", 5)
    assert read() == Rows(rows=(1, 2, 3, 4, 5))


def test_foreign_link(httpx_mock: HTTPXMock, read: Callable[..., Rows]) -> None:
    """A next link on another host gives its number and is not followed with the key."""
    link = "https://elsewhere.test/steal/?page=2"
    httpx_mock.add_response(url=f"{URL}?a=b", json={"results": [1], "links": {"next": link}})
    httpx_mock.add_response(url=f"{URL}?a=b&page=2", json={"results": [2], "links": {"next": None}})
    assert read().rows == (1, 2)
    assert {request.url.host for request in httpx_mock.get_requests()} == {"secoda.test"}


def test_count_that_timed_out(httpx_mock: HTTPXMock, read: Callable[..., Rows]) -> None:
    """999999 is no count: the list ends at its empty page, with nothing missing."""
    add(httpx_mock, 1, [1], 2, 999_999)
    add(httpx_mock, 2, [], 3, 999_999)
    assert read() == Rows(rows=(1,))


def test_missing_page(httpx_mock: HTTPXMock, read: Callable[..., Rows]) -> None:
    """A 404 past the first page is the end."""
    add(httpx_mock, 1, [1], 2, 999_999)
    httpx_mock.add_response(url=f"{URL}?a=b&page=2", status_code=404, json={"detail": "Invalid page."})
    assert read() == Rows(rows=(1,))


def test_missing_list(httpx_mock: HTTPXMock, read: Callable[..., Rows]) -> None:
    """A 404 for the first page is an error, not an empty list."""
    httpx_mock.add_response(status_code=404)
    with pytest.raises(Refused):
        read()


def test_repeated_page(httpx_mock: HTTPXMock, read: Callable[..., Rows]) -> None:
    """A page that comes twice ends the list; what the count promised beyond it is missing."""
    add(httpx_mock, 1, [1, 2], 2, 9)
    add(httpx_mock, 2, [1, 2], 3, 9)
    assert read() == Rows(rows=(1, 2), missing="/things/ gave 2 of 9 rows")


def test_page_that_goes_back(httpx_mock: HTTPXMock, read: Callable[..., Rows]) -> None:
    """A next page that was there before would never end."""
    add(httpx_mock, 1, [1], 2)
    add(httpx_mock, 2, [2], 1)
    assert read().rows == (1, 2)


def test_too_many_pages(httpx_mock: HTTPXMock, read: Callable[..., Rows]) -> None:
    """The bound on pages is said, not hidden."""
    for number in (1, 2, 3):
        add(httpx_mock, number, [number], number + 1)
    assert read(pages=3) == Rows(rows=(1, 2, 3), missing="/things/ has more than 3 pages")


def test_list_without_results(httpx_mock: HTTPXMock, read: Callable[..., Rows]) -> None:
    """A 200 without results is an error on any page."""
    add(httpx_mock, 1, [1], 2)
    httpx_mock.add_response(url=f"{URL}?a=b&page=2", json={"detail": "busy"})
    with pytest.raises(UnexpectedReply):
        read()


def test_check_on_the_first_page(httpx_mock: HTTPXMock, read: Callable[..., Rows]) -> None:
    """A row that was not asked for stops the reading at once."""
    add(httpx_mock, 1, [1, 7], 2)

    def check(row: object) -> None:
        if row == 7:
            raise FilterIgnored("7 was not asked for")

    with pytest.raises(FilterIgnored):
        read(check=check)
    assert len(httpx_mock.get_requests()) == 1
