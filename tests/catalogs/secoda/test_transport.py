"""HTTP to Secoda: what is retried, what is waited for, what is refused, and that the key goes nowhere else."""

import asyncio
import gzip
import json
import logging
import traceback
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from pytest_httpx import HTTPXMock

from contract_gate.catalogs.secoda.errors import (
    DeadlinePassed,
    Refused,
    SecodaError,
    UnexpectedReply,
    Unreachable,
)
from contract_gate.catalogs.secoda.settings import Limits, SecodaSettings
from contract_gate.catalogs.secoda.transport import RATE_LIMIT_WAIT, Transport, WriteBudget

URL = "https://secoda.test/api/v1/things/"
KEY = "sk-7f3a-do-not-show-9c1e"

pytestmark = pytest.mark.httpx_mock(can_send_already_matched_responses=True)


@pytest.fixture
def run(settings: SecodaSettings, passing: Any) -> Callable[..., Any]:
    """Run one call against a transport whose time passes only by sleeping."""

    def runner(call: Callable[[Transport], Awaitable[object]], **limits: float) -> object:
        async def whole() -> object:
            chosen = replace(settings, limits=replace(settings.limits, **limits))
            async with Transport(chosen, clock=passing.clock, sleep=passing.sleep) as transport:
                return await call(transport)

        return asyncio.run(whole())

    return runner


def get(transport: Transport) -> Awaitable[object]:
    return transport.get("/things/")


def patch(transport: Transport) -> Awaitable[object]:
    return transport.patch("/things/", {"sql": "select 1"})


def test_authorization(httpx_mock: HTTPXMock, run: Callable[..., Any]) -> None:
    """The key goes in the Authorization header and not in the URL."""
    httpx_mock.add_response(url=URL, json={"results": []})
    assert run(get) == {"results": []}
    (request,) = httpx_mock.get_requests()
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert KEY not in str(request.url)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_passing_errors(httpx_mock: HTTPXMock, run: Callable[..., Any], status: int) -> None:
    """Errors that pass are tried again, and the answer then counts."""
    httpx_mock.add_response(status_code=status)
    httpx_mock.add_response(json=[1])
    assert run(get) == [1]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_lasting_errors(httpx_mock: HTTPXMock, run: Callable[..., Any], status: int) -> None:
    """An error that stays is told with its status after the last attempt."""
    httpx_mock.add_response(status_code=status, json={"detail": "out of order"})
    with pytest.raises(Unreachable, match=f"4 attempts: status {status}: out of order"):
        run(get)
    assert len(httpx_mock.get_requests()) == 4


def test_retry_after_seconds(httpx_mock: HTTPXMock, run: Callable[..., Any], passing: Any) -> None:
    """Retry-After is waited for."""
    httpx_mock.add_response(status_code=429, headers={"Retry-After": "17"})
    httpx_mock.add_response(json=[])
    run(get)
    assert passing.slept == [17.0]


def test_retry_after_date(httpx_mock: HTTPXMock, run: Callable[..., Any], passing: Any) -> None:
    """Retry-After may be a date."""
    due = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    httpx_mock.add_response(status_code=503, headers={"Retry-After": due})
    httpx_mock.add_response(json=[])
    run(get)
    assert len(passing.slept) == 1
    assert 20 < passing.slept[0] <= 30


UNUSABLE = [
    None,
    "soon",
    "nan",
    "inf",
    "",
    "-5",
    "Fri, 31 Dec 99999 23:59:59 GMT",
    "9" * 400,
    "Mon, 01 Jan 2001 00:00:00 GMT",
]


@pytest.mark.parametrize("header", UNUSABLE)
@pytest.mark.parametrize("call", [get, patch])
def test_rate_limit_without_retry_after(
    httpx_mock: HTTPXMock,
    run: Callable[..., Any],
    passing: Any,
    header: str | None,
    call: Callable[[Transport], Awaitable[object]],
) -> None:
    """After a 429 that does not usefully say when, a write waits for the documented minute and a read for seconds."""
    httpx_mock.add_response(status_code=429, headers={} if header is None else {"Retry-After": header})
    httpx_mock.add_response(json=[])
    run(call)
    (slept,) = passing.slept
    assert slept == RATE_LIMIT_WAIT if call is patch else 1.0 <= slept <= 2.0


def test_throttled_for_a_while(httpx_mock: HTTPXMock, run: Callable[..., Any], passing: Any) -> None:
    """Three 429s in a row leave most of a minute's deadline."""
    for _ in range(3):
        httpx_mock.add_response(status_code=429)
    httpx_mock.add_response(json=[1])
    assert run(get, deadline=60.0) == [1]
    assert sum(passing.slept) < 20.0


@pytest.mark.parametrize(
    ("asked", "told"), [("4000", r"; 4000 s to wait"), ("1e300", "; more than a day to wait")]
)
def test_wait_beyond_the_deadline(
    httpx_mock: HTTPXMock, run: Callable[..., Any], passing: Any, asked: str, told: str
) -> None:
    """A wait that can't end before the deadline is not begun, and an absurd one is not printed whole."""
    httpx_mock.add_response(status_code=429, headers={"Retry-After": asked})
    with pytest.raises(DeadlinePassed, match=told):
        run(get)
    assert passing.slept == []


def test_deadline_of_all_calls(httpx_mock: HTTPXMock, run: Callable[..., Any], passing: Any) -> None:
    """The deadline is for all calls together, so the next call is not sent."""
    httpx_mock.add_response(json=[])

    async def twice(transport: Transport) -> None:
        await transport.get("/things/")
        passing.now += 400
        await transport.get("/things/")

    with pytest.raises(DeadlinePassed):
        run(twice)
    assert len(httpx_mock.get_requests()) == 1


def test_slow_reply(settings: SecodaSettings) -> None:
    """A reply that dribbles past the deadline is cut, not awaited."""

    class Slow(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await asyncio.sleep(30)
            return httpx.Response(200, json=[])

    async def whole() -> None:
        chosen = replace(settings, limits=Limits(deadline=0.05))
        async with Transport(chosen, server=Slow()) as transport:
            await transport.get("/things/")

    with pytest.raises(DeadlinePassed, match=r"within the 0\.05 s"):
        asyncio.run(whole())


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 414])
def test_refusals(httpx_mock: HTTPXMock, run: Callable[..., Any], status: int) -> None:
    """A refusal is told at once, with its status and what the server says."""
    httpx_mock.add_response(status_code=status, json={"detail": "no such thing"})
    with pytest.raises(Refused, match="no such thing") as caught:
        run(get)
    assert caught.value.status == status
    assert len(httpx_mock.get_requests()) == 1


def test_error_body(httpx_mock: HTTPXMock, run: Callable[..., Any]) -> None:
    """A body without detail shows its first 300 characters, the key masked before it is cut."""
    httpx_mock.add_response(status_code=400, text="x" * 290 + KEY + "y" * 500)
    with pytest.raises(Refused) as caught:
        run(get)
    shown = caught.value.message.rpartition(": ")[2]
    assert shown == "x" * 290 + "***" + "y" * 7


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ({"html": "<html>Sign in</html>"}, "web page"),
        ({"text": "  <!doctype html><p>Sign in"}, "web page"),
        ({"content": b""}, "no content"),
        ({"status_code": 204}, "no content"),
        ({"content": b"  \n"}, "no content"),
    ],
)
def test_unexpected_replies(
    httpx_mock: HTTPXMock, run: Callable[..., Any], reply: dict[str, Any], said: str
) -> None:
    """A page of HTML and an empty body are errors, never an empty answer, and not tried again."""
    httpx_mock.add_response(**reply)
    with pytest.raises(UnexpectedReply, match=said):
        run(get)
    assert len(httpx_mock.get_requests()) == 1


@pytest.mark.parametrize("content", [b'{"results": [1, 2', b"[" * 100_000, b"OK"])
def test_cut_off_json(httpx_mock: HTTPXMock, run: Callable[..., Any], content: bytes) -> None:
    """A reply that ends early is asked for again, and is an error when it always does."""
    httpx_mock.add_response(content=content)
    with pytest.raises(Unreachable, match="cut off"):
        run(get)
    httpx_mock.add_response(json=[1])
    httpx_mock.reset()
    httpx_mock.add_response(content=content)
    httpx_mock.add_response(json=[1])
    assert run(get) == [1]


def test_lost_connection(httpx_mock: HTTPXMock, run: Callable[..., Any]) -> None:
    """A connection that breaks is tried again."""
    httpx_mock.add_exception(httpx.RemoteProtocolError("peer closed connection"))
    httpx_mock.add_exception(httpx.ConnectTimeout("timed out"))
    httpx_mock.add_response(json=[1])
    assert run(get) == [1]


def test_large_reply(httpx_mock: HTTPXMock, run: Callable[..., Any]) -> None:
    """A reply beyond the bound is refused while it is read."""
    httpx_mock.add_response(json=["x" * 1000])
    with pytest.raises(UnexpectedReply, match="more than 100 bytes"):
        run(get, reply_bytes=100)


def compressed(members: Sequence[bytes], times: int = 1) -> bytes:
    body = b"".join(gzip.compress(member) for member in members)
    return body if times == 1 else compressed([body], times - 1)


@pytest.mark.parametrize("chunk", [1, 7, 100_000])
def test_compressed_reply(settings: SecodaSettings, chunk: int) -> None:
    """A reply in gzip is read whole, in whatever pieces it comes, and only gzip is asked for."""
    rows = json.dumps(["x" * 50, *range(30_000)]).encode()
    packed = compressed([rows[:1000], rows[1000:]])

    class Pieces(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            for start in range(0, len(packed), chunk):
                yield packed[start : start + chunk]

    class Server(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            assert request.headers["accept-encoding"] == "gzip"
            return httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=Pieces())

    async def whole() -> object:
        async with Transport(settings, server=Server()) as transport:
            return await transport.get("/things/")

    assert asyncio.run(whole()) == json.loads(rows)


def test_compression_bomb(settings: SecodaSettings) -> None:
    """A small reply that inflates to a gigabyte is refused at the bound, and costs no more memory than that."""
    bomb = compressed([b"[" + b" " * 200_000_000 + b"]"])

    class Server(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(bomb))

    async def whole() -> None:
        async with Transport(settings, server=Server()) as transport:
            await transport.get("/things/")

    tracemalloc.start()
    try:
        with pytest.raises(UnexpectedReply, match="more than 16,000,000 bytes"):
            asyncio.run(whole())
        assert tracemalloc.get_traced_memory()[1] < 60_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "deflate", "zstd"])
def test_encoding_not_asked_for(settings: SecodaSettings, encoding: str) -> None:
    """A reply in an encoding that was not asked for is refused, twice zipped ones too."""

    class Server(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            packed = httpx.ByteStream(compressed([b"[]"], 2))
            return httpx.Response(200, headers={"Content-Encoding": encoding}, stream=packed)

    async def whole() -> None:
        async with Transport(settings, server=Server()) as transport:
            await transport.get("/things/")

    with pytest.raises(UnexpectedReply, match="not asked for"):
        asyncio.run(whole())


def test_no_gzip_after_all(httpx_mock: HTTPXMock, run: Callable[..., Any]) -> None:
    """What is not of the encoding that it claims is tried again, and is an error when it always is so."""
    httpx_mock.add_callback(
        lambda _: httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"[1]"))
    )
    with pytest.raises(Unreachable, match="no gzip"):
        run(get)


def test_redirect_within_the_origin(httpx_mock: HTTPXMock, run: Callable[..., Any]) -> None:
    """A read follows a redirect to the same host, with the key."""
    httpx_mock.add_response(url=URL, status_code=301, headers={"Location": "/api/v1/other/"})
    httpx_mock.add_response(url="https://secoda.test/api/v1/other/", json=[1])
    assert run(get) == [1]
    assert httpx_mock.get_requests()[1].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    "location",
    [
        "https://elsewhere.test/api/v1/things/",
        "http://secoda.test/api/v1/things/",
        "https://secoda.test:8443/api/v1/things/",
        "//elsewhere.test/",
        "https://user@secoda.test/",
        "https://[",
    ],
)
def test_redirect_elsewhere(httpx_mock: HTTPXMock, run: Callable[..., Any], location: str) -> None:
    """A redirect to another host, scheme or port is not followed: the key would travel."""
    httpx_mock.add_response(url=URL, status_code=302, headers={"Location": location})
    with pytest.raises(UnexpectedReply, match="not followed"):
        run(get)
    assert [str(request.url) for request in httpx_mock.get_requests()] == [URL]


def test_half_a_character(httpx_mock: HTTPXMock, run: Callable[..., Any]) -> None:
    """What no text can hold is shown as the sign for it; a pair of halves is the character that it is."""
    httpx_mock.add_response(url=URL, content=rb'{"a\udc00": ["\ud800", "\ud83d\ude00", "\\ud800"]}')
    assert run(get) == {"a\ufffd": ["\ufffd", "\U0001f600", "\\ud800"]}


def test_redirect_to_no_host(httpx_mock: HTTPXMock, run: Callable[..., Any]) -> None:
    """A redirect to what can be no host's name is no reply, and no fault of the program."""
    httpx_mock.add_response(
        url=URL, status_code=302, headers={"Location": "https://xn--a/"}, is_reusable=True
    )
    with pytest.raises(Unreachable, match="not allowed"):
        run(get)


def test_redirects_in_circles(httpx_mock: HTTPXMock, run: Callable[..., Any]) -> None:
    """Redirects are followed a few times only."""
    httpx_mock.add_response(url=URL, status_code=302, headers={"Location": URL})
    with pytest.raises(UnexpectedReply, match="circles"):
        run(get)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirect_of_a_write(httpx_mock: HTTPXMock, run: Callable[..., Any], status: int) -> None:
    """A redirected write is refused: followed, it would lose its body or be sent twice."""
    httpx_mock.add_response(status_code=status, headers={"Location": "/api/v1/other/"})
    with pytest.raises(UnexpectedReply, match="not followed"):
        run(patch)
    assert len(httpx_mock.get_requests()) == 1


def test_write_without_content(httpx_mock: HTTPXMock, run: Callable[..., Any]) -> None:
    """A write that answers without content succeeded; its body went as JSON."""
    httpx_mock.add_response(status_code=200, content=b"", match_json={"sql": "select 1"})
    run(patch)


def test_write_answered_by_a_page(httpx_mock: HTTPXMock, run: Callable[..., Any]) -> None:
    """A write that is answered with a web page did not happen."""
    httpx_mock.add_response(html="<html>Sign in</html>")
    with pytest.raises(UnexpectedReply, match="web page"):
        run(patch)


def test_writes_a_minute(httpx_mock: HTTPXMock, run: Callable[..., Any], passing: Any) -> None:
    """No 60 seconds hold more writes than the limit, however they are spread."""
    httpx_mock.add_response()
    sent: list[float] = []

    async def many(transport: Transport) -> None:
        for turn in range(60):
            await transport.patch("/things/", {})
            sent.append(passing.now)
            passing.now += 1.0 if turn % 10 == 0 else 0.0

    run(many)
    assert len(sent) == 60
    assert all(later - earlier >= 60 for earlier, later in zip(sent, sent[25:], strict=False))


def test_write_budget_reserves() -> None:
    """Writes that wait at the same time wait for different turns."""
    budget = WriteBudget(2, lambda: 0.0)
    assert [budget.spend() for _ in range(5)] == [0.0, 0.0, 60.0, 60.0, 120.0]


def test_concurrency(settings: SecodaSettings) -> None:
    """No more requests are under way at once than the limit says."""
    under_way = 0
    most = 0

    class Counting(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0)
            under_way -= 1
            return httpx.Response(200, json=[])

    async def whole() -> None:
        async with Transport(settings, server=Counting()) as transport:
            await asyncio.gather(*(transport.get("/things/") for _ in range(50)))

    asyncio.run(whole())
    assert most == settings.limits.concurrency


def test_proxies_of_the_environment(monkeypatch: pytest.MonkeyPatch, settings: SecodaSettings) -> None:
    """What goes to loopback in the clear goes through no proxy; https may."""
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.test:3128")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.test:3128")

    async def trusts(url: str) -> bool:
        async with Transport(replace(settings, url=url)) as transport:
            return transport._http.trust_env

    assert not asyncio.run(trusts("http://127.0.0.1:8765/api/v1"))
    assert asyncio.run(trusts("https://secoda.test/api/v1"))


FAILURES: list[dict[str, Any]] = [
    {"status_code": 401, "json": {"detail": f"bad key {KEY}"}},
    {"status_code": 400, "text": f"Authorization: Bearer {KEY} is odd"},
    {"status_code": 500, "text": f"boom {KEY}"},
    {"status_code": 302, "headers": {"Location": f"https://elsewhere.test/?key={KEY}"}},
    {"html": f"<html>{KEY}</html>"},
    {"content": b""},
]


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("call", [get, patch])
def test_key_in_no_error(
    httpx_mock: HTTPXMock,
    run: Callable[..., Any],
    caplog: pytest.LogCaptureFixture,
    failure: dict[str, Any],
    call: Callable[[Transport], Awaitable[object]],
) -> None:
    """No failure shows the key: not in its text, its hint, its traceback or the log at its most talkative."""
    caplog.set_level(logging.DEBUG)
    httpx_mock.add_response(**failure)
    if call is patch and failure == {"content": b""}:
        run(call)
        shown = ""
    else:
        with pytest.raises(SecodaError) as caught:
            run(call)
        error = caught.value
        shown = "".join(traceback.format_exception(error)) + repr(error) + str(error.hint) + repr(vars(error))
    assert KEY not in shown + caplog.text


def test_key_in_no_connection_error(
    httpx_mock: HTTPXMock, run: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    """A library's exception that quotes the request does not carry the key out."""
    caplog.set_level(logging.DEBUG)
    httpx_mock.add_exception(httpx.LocalProtocolError(f"Illegal header value b'Bearer {KEY}'"))
    with pytest.raises(Unreachable) as caught:
        run(get)
    assert KEY not in "".join(traceback.format_exception(caught.value)) + caplog.text


def test_key_in_no_repr(settings: SecodaSettings) -> None:
    """Nothing that holds the key shows it."""

    async def whole() -> str:
        async with Transport(settings) as transport:
            request = transport._request("GET", "/things/")
            return f"{settings!r} {transport!r} {vars(transport)!r} {request!r} {request.headers!r}"

    assert KEY not in asyncio.run(whole())
