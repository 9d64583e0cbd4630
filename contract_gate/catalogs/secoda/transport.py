"""HTTP to Secoda: the one place that holds the key, waits, retries and gives up.

It knows statuses, limits and the deadline, and hands back parsed JSON; what the JSON means is for `wire`.
A redirect is followed on a read alone, and only to where the key was meant to go.
"""

import asyncio
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import TracebackType
from typing import TypeAlias
from urllib.parse import urlsplit

import httpx

from contract_gate import __version__
from contract_gate.catalogs.secoda.body import ENCODINGS, Body
from contract_gate.catalogs.secoda.errors import DeadlinePassed, Refused, UnexpectedReply, Unreachable
from contract_gate.catalogs.secoda.reply import REDIRECTS, Json, NotJson, Reply
from contract_gate.catalogs.secoda.settings import KEY_VARIABLE, SecodaSettings, is_loopback
from contract_gate.core.deadline import current
from contract_gate.core.values import dataclass

Query: TypeAlias = Sequence[tuple[str, str]]
Sleep: TypeAlias = Callable[[float], Awaitable[None]]
IsDone: TypeAlias = Callable[[], Awaitable[bool]]
Clock: TypeAlias = Callable[[], float]

SHOWN = 300
"""How much of an unexplained body an error shows, in characters."""
RATE_LIMIT_WAIT = 60.0
"""Seconds to wait before a write after a 429 without Retry-After: the documented limit is of writes, by the minute.
A read is tried again sooner, so that one 429 does not spend the whole deadline."""

_LIMITED = frozenset({"POST", "PUT", "PATCH"})
"""https://docs.secoda.co/secoda-api/api-reference/helpful-information: 30 of these a minute; deletions are not among them."""

_RETRIED = frozenset({429, 500, 502, 503, 504})
_DAY = 86_400.0
_MAX_REDIRECTS = 3
_FIRST_BACKOFF, _FIRST_THROTTLED, _LONGEST_BACKOFF = 0.5, 2.0, 15.0
_ADDRESS_HINT = "check SECODA_API_URL: it may be the address of the web application, or of a proxy"
_LATER_HINT = "try again later, or raise the deadline"
_STATUS_HINTS: Mapping[int, str] = {
    401: f"set {KEY_VARIABLE} to a key with read access",
    403: f"the person who made {KEY_VARIABLE} has no right to this; use an Admin's key",
    404: "check SECODA_API_URL and that this deployment has the endpoint",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answered:
    json: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class _Again:
    """An attempt that may succeed when repeated after `wait` seconds (None: the usual backoff).

    `refused` tells that nothing was done; else it may have been.
    """

    reason: str
    wait: float | None = None
    refused: bool = False


class WriteBudget:
    """At most `per_minute` writes in any 60 seconds (a bucket that refills could spend twice that)."""

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self._clock = clock
        self._spent: deque[float] = deque(maxlen=per_minute)

    def left(self) -> float:
        """Give the seconds until a write may be sent."""
        full = len(self._spent) == self._spent.maxlen
        return max(0.0, self._spent[0] + 60.0 - self._clock()) if full else 0.0

    def spend(self) -> float:
        """Reserve one write and give the seconds to wait before sending it."""
        seconds = self.left()
        self._spent.append(self._clock() + seconds)
        return seconds


class Transport:
    """Send requests to one workspace. An async context manager, for one event loop."""

    def __init__(
        self,
        settings: SecodaSettings,
        *,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
        server: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Start the deadline. `clock`, `sleep` and `server` (an application in this process) are for tests."""
        self.limits = settings.limits
        self._url = settings.url
        self._key = settings.key
        self._clock, self._sleep = clock, sleep
        self._ends = clock() + min(self.limits.deadline, current().left)
        self._slots = asyncio.Semaphore(self.limits.concurrency)
        self._budget = WriteBudget(self.limits.writes_per_minute, clock)
        self._http = httpx.AsyncClient(
            follow_redirects=False,
            timeout=self.limits.request_timeout,
            # A proxy from the environment would read what goes to loopback in the clear, the key with it.
            trust_env=not is_loopback(urlsplit(settings.url).hostname or ""),
            transport=server,
        )

    async def __aenter__(self) -> "Transport":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.aclose()

    @property
    def remaining(self) -> float:
        """Give the seconds left until the deadline, negative once it passed."""
        return self._ends - self._clock()

    def request_bytes(self, path: str, query: Query) -> int:
        """Give the length of path and query as they would be sent."""
        return len(httpx.URL(self._url + path, params=list(query)).raw_path)

    async def until_writable(self) -> None:
        """Wait until the limit of writes lets one go at once; no longer than until the deadline."""
        seconds = min(self._budget.left(), max(self.remaining, 0.0))
        if seconds > 0:
            await self._sleep(seconds)

    async def get(self, path: str, query: Query = ()) -> Json:
        """Read JSON from `path` (counted from the API's root, with a slash at both ends).

        Raises Refused, UnexpectedReply, Unreachable or DeadlinePassed.
        """
        return await self._send(self._request("GET", path, query=query), path)

    async def patch(self, path: str, body: Mapping[str, Json], is_done: IsDone | None = None) -> None:
        """Write within the limit of writes a minute. A write whose reply was lost is sent again unless `is_done`.

        Raises as `get` does, and what `is_done` raises.
        """
        await self._send(self._request("PATCH", path, body=body), path, is_done)

    async def post(self, path: str, body: Mapping[str, Json], is_done: IsDone | None = None) -> None:
        """Make something, as `patch` writes."""
        await self._send(self._request("POST", path, body=body), path, is_done)

    async def delete(self, path: str) -> None:
        """Delete what is at `path`; what is gone already, perhaps by a request whose reply was lost, is no error. Raises as `get` does."""
        try:
            await self._send(self._request("DELETE", path), path)
        except Refused as error:
            if error.status != 404:
                raise

    def _request(
        self, method: str, path: str, *, query: Query = (), body: Mapping[str, Json] | None = None
    ) -> httpx.Request:
        headers = {
            "Authorization": self._key.header(),
            "Accept": "application/json",
            "Accept-Encoding": ENCODINGS,
            "User-Agent": f"contract-gate/{__version__}",
        }
        return self._http.build_request(
            method, self._url + path, params=list(query) or None, json=body, headers=headers
        )

    async def _send(self, request: httpx.Request, path: str, is_done: IsDone | None = None) -> Json:
        what = f"{request.method} {path}"
        reason = "no attempt was allowed"
        for attempt in range(self.limits.attempts):
            if request.method in _LIMITED:
                await self._wait(self._budget.spend(), what, "the limit of writes a minute")
            outcome = await self._attempt(request, what, attempt)
            if isinstance(outcome, _Answered):
                return outcome.json
            reason = outcome.reason
            if attempt + 1 < self.limits.attempts:
                wait = _backoff(attempt) if outcome.wait is None else outcome.wait
                await self._wait(wait, what, reason)
            # Without a reply nobody knows whether the write was made; one that was is not sent twice.
            if is_done is not None and not outcome.refused and await is_done():
                return None
        raise Unreachable(
            f"Secoda did not answer {what} in {self.limits.attempts} attempts: {reason}",
            "try again later; `contract-gate doctor` tells more",
        )

    async def _attempt(self, request: httpx.Request, what: str, attempt: int) -> _Answered | _Again:
        if self.remaining <= 0:
            raise self._late(what)
        try:
            async with asyncio.timeout(self.remaining), self._slots:
                async with asyncio.timeout(self.limits.request_timeout):
                    reply = await self._exchange(request)
        except TimeoutError:
            if self.remaining <= 0:
                raise self._late(what) from None
            return _Again(reason=f"no reply within {self.limits.request_timeout:g} s")
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            return _Again(reason=self._key.redact(f"{type(error).__name__}: {error}"))
        return self._judge(request, what, reply, attempt)

    async def _exchange(self, request: httpx.Request) -> Reply:
        """Send and read to the end, following redirects of a read within its origin."""
        for _ in range(_MAX_REDIRECTS + 1):
            response = await self._http.send(request, stream=True)
            try:
                body = await self._read(response)
            finally:
                await response.aclose()
            reply = Reply(status=response.status_code, headers=response.headers, body=body)
            target = reply.redirect_of(request)
            if target is None:
                return reply
            request = httpx.Request("GET", target, headers=request.headers)
        raise UnexpectedReply("Secoda redirected a read in circles", _ADDRESS_HINT)

    async def _read(self, response: httpx.Response) -> bytes:
        if response.is_stream_consumed:
            # A server in this process may answer with a reply that was read, and decoded, when it was made.
            body = Body("", self.limits.reply_bytes)
            body.take(response.content)
            return body.whole()
        body = Body(response.headers.get("content-encoding", ""), self.limits.reply_bytes)
        async for chunk in response.aiter_raw():
            body.take(chunk)
        return body.whole()

    def _judge(self, request: httpx.Request, what: str, reply: Reply, attempt: int) -> _Answered | _Again:
        if reply.status in _RETRIED:
            wait = reply.retry_after()
            if wait is None and reply.status == 429:
                wait = RATE_LIMIT_WAIT if request.method != "GET" else _backoff(attempt, _FIRST_THROTTLED)
            refused = reply.status == 429
            return _Again(reason=f"status {reply.status}{self._explain(reply)}", wait=wait, refused=refused)
        if reply.status in REDIRECTS:
            raise UnexpectedReply(
                f"Secoda redirected {what}; that was not followed, the key stays here",
                "set SECODA_API_URL to the workspace's final https URL",
            )
        if not 200 <= reply.status < 300:
            message = f"Secoda answered {what} with status {reply.status}{self._explain(reply)}"
            raise Refused(message, _STATUS_HINTS.get(reply.status), status=reply.status)
        if reply.is_page:
            raise UnexpectedReply(f"Secoda answered {what} with a web page, not with data", _ADDRESS_HINT)
        return self._parse(what, reply) if request.method == "GET" else _Answered(json=None)

    def _parse(self, what: str, reply: Reply) -> _Answered | _Again:
        if reply.is_empty:
            raise UnexpectedReply(
                f"Secoda answered {what} with status {reply.status} and no content", _ADDRESS_HINT
            )
        try:
            return _Answered(json=self._key.without(reply.parse(), reply.body))
        except (NotJson, RecursionError):
            return _Again(reason="the reply is cut off, or is no JSON")

    def _explain(self, reply: Reply) -> str:
        """Show `detail`, else the start of the body. Redacted before it is cut, or half a key would show."""
        text = reply.body.decode("utf-8", "replace")
        try:
            parsed = reply.parse()
        except NotJson:
            parsed = None
        detail = parsed.get("detail") if isinstance(parsed, dict) else None
        if isinstance(detail, str):
            text = detail
        shown = " ".join(self._key.redact(text).split())[:SHOWN]
        return f": {shown}" if shown else ""

    async def _wait(self, seconds: float, what: str, reason: str) -> None:
        left = max(self.remaining, 0.0)
        if seconds > left:
            asked = f"{seconds:.0f} s" if seconds < _DAY else "more than a day"
            raise DeadlinePassed(
                f"Secoda did not answer {what} in time: {reason}; {asked} to wait, {left:.0f} s left",
                _LATER_HINT,
            )
        if seconds > 0:
            await self._sleep(seconds)

    def _late(self, what: str) -> DeadlinePassed:
        # Without ids: what was cut is one reason, not one for each.
        route = "/".join("…" if any(map(str.isdigit, part)) else part for part in what.split("/"))
        message = f"Secoda did not answer {route} within the {self.limits.deadline:g} s for all calls"
        return DeadlinePassed(message, _LATER_HINT)


def _backoff(attempt: int, first: float = _FIRST_BACKOFF) -> float:
    longest = min(_LONGEST_BACKOFF, first * (1 << attempt))
    return longest * (0.5 + random.random() / 2)  # noqa: S311 - spreads retries, protects nothing
