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
            chosen = replace(settings, limits=replace(settings.limits, pages=pages, attempts=1))
            async with Transport(chosen) as transport:
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


@pytest.mark.parametrize("host", ["elsewhere.test", "[::", "user@elsewhere.test:x", "xn--a"])
def test_foreign_link(httpx_mock: HTTPXMock, read: Callable[..., Rows], host: str) -> None:
    """A next link on another host, or on none, gives its number and is not followed with the key."""
    link = f"https://{host}/steal/?page=2#page=3"
    httpx_mock.add_response(url=f"{URL}?a=b", json={"results": [1], "links": {"next": link}})
    httpx_mock.add_response(url=f"{URL}?a=b&page=2", json={"results": [2], "links": {"next": None}})
    assert read().rows == (1, 2)
    assert {request.url.host for request in httpx_mock.get_requests()} == {"secoda.test"}


@pytest.mark.parametrize("count", [None, 999_999])
@pytest.mark.parametrize("fault", ["404", "empty", "repeated", "500", "no results", "an error"])
def test_lost_page(httpx_mock: HTTPXMock, read: Callable[..., Rows], count: int | None, fault: str) -> None:
    """A page that was promised and does not come is missing, and what came before it is kept."""
    add(httpx_mock, 1, [1], 2, count)
    if fault in ("empty", "repeated"):
        add(httpx_mock, 2, [1] if fault == "repeated" else [], 3, count)
    elif fault in ("404", "500"):
        httpx_mock.add_response(url=f"{URL}?a=b&page=2", status_code=int(fault), is_reusable=True)
    else:
        body = {"detail": "busy"} if fault == "no results" else {"error": "busy", "results": []}
        httpx_mock.add_response(url=f"{URL}?a=b&page=2", json=body)
    found = read()
    assert found.rows == (1,)
    assert "page 2 of /things/" in str(found.missing)


@pytest.mark.parametrize("fault", ["404", "empty", "repeated"])
def test_page_after_the_last(httpx_mock: HTTPXMock, read: Callable[..., Rows], fault: str) -> None:
    """Where every row that was counted came, a next page too many is no loss."""
    add(httpx_mock, 1, [1, 2], 2, 2)
    if fault == "404":
        httpx_mock.add_response(url=f"{URL}?a=b&page=2", status_code=404)
    else:
        add(httpx_mock, 2, [1, 2] if fault == "repeated" else [], 3, 2)
    assert read() == Rows(rows=(1, 2))


def test_overlapping_pages(httpx_mock: HTTPXMock, read: Callable[..., Rows]) -> None:
    """A row that moved to the next page while it was read counts once, so that the lost one is noticed."""
    add(httpx_mock, 1, [1, 2], 2, 4)
    add(httpx_mock, 2, [2, 3], None, 4)
    assert read() == Rows(rows=(1, 2, 3), missing="/things/ gave 3 of 4 rows")


def test_page_cut_short(httpx_mock: HTTPXMock, read: Callable[..., Rows]) -> None:
    """A page before the last one that is shorter than others has lost rows, where nobody counted them."""
    for number, rows, following in ((1, [1, 2], 2), (2, [3], 3), (3, [4, 5], None)):
        add(httpx_mock, number, rows, following, 999_999)
    assert "cut short" in str(read().missing)


def test_pages_that_fit_no_number(httpx_mock: HTTPXMock, read: Callable[..., Rows]) -> None:
    """A list that ends before the number of pages that it has is not whole."""
    httpx_mock.add_response(json={"results": [1], "total_pages": 3, "meta": {"next_page": None}})
    assert read() == Rows(rows=(1,), missing="/things/ gave 1 of 3 pages")


def test_count_that_timed_out(httpx_mock: HTTPXMock, read: Callable[..., Rows]) -> None:
    """999999 is no count: a list without a next page is whole."""
    add(httpx_mock, 1, [1], 2, 999_999)
    add(httpx_mock, 2, [2], None, 999_999)
    assert read() == Rows(rows=(1, 2))


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


@pytest.mark.parametrize("larger", [range(300), range(50), None])
def test_a_long_list(httpx_mock: HTTPXMock, read: Callable[..., Rows], larger: range | None) -> None:
    """A list of hundreds of rows is asked for in larger pages; where that is refused or not heeded, as it came."""
    add(httpx_mock, 1, [*range(50)], 2, 300)
    wide = f"{URL}?a=b&page_size=1000"
    if larger is None:
        httpx_mock.add_response(url=wide, status_code=400)
    else:
        httpx_mock.add_response(
            url=wide, json={"results": [*larger], "count": 300, "meta": {"next_page": None}}
        )
    if larger != range(300):
        for number in range(2, 7):
            rows = [*range(50 * number - 50, 50 * number)]
            add(httpx_mock, number, rows, number + 1 if number < 6 else None, 300)
    assert read() == Rows(rows=tuple(range(300)))


def test_a_long_list_in_large_pages_to_its_end(httpx_mock: HTTPXMock, read: Callable[..., Rows]) -> None:
    """The pages after the first larger one are as large, and what is missing there is told."""
    add(httpx_mock, 1, [*range(50)], 2, 2_500)
    for number, last in ((1, 1_000), (2, 2_000), (3, 2_400)):
        url = f"{URL}?a=b&page_size=1000" + (f"&page={number}" if number > 1 else "")
        rows = [*range(1_000 * number - 1_000, last)]
        body = {"results": rows, "count": 2_500, "meta": {"next_page": number + 1 if number < 3 else None}}
        httpx_mock.add_response(url=url, json=body)
    assert read() == Rows(rows=tuple(range(2_400)), missing="/things/ gave 2,400 of 2,500 rows")


def test_list_without_results(httpx_mock: HTTPXMock, read: Callable[..., Rows]) -> None:
    """A 200 without results is an error, and so is an error object with an empty list."""
    httpx_mock.add_response(url=f"{URL}?a=b", json={"detail": "busy"})
    with pytest.raises(UnexpectedReply):
        read()
    httpx_mock.add_response(url=f"{URL}?a=b", json={"error": "busy", "results": []})
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
