"""What happens to every request before a route sees it: slash, faults, the key, the role, the write limit."""

import asyncio
import json
import math
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contract_gate.emulator.control import Control, Seen
from contract_gate.emulator.faults import Fault, FaultKind
from contract_gate.emulator.store import Store
from contract_gate.emulator.switches import ErrorBody, Slash
from contract_gate.emulator.values import Role, User
from contract_gate.emulator.wire import ApiError

PREFIX = "/api/v1/"
OPEN = "healthcheck"
Sleep = Callable[[float], Awaitable[None]]


class Gateway:
    """An ASGI middleware; the routes find the person who asks in `scope["state"]["user"]`."""

    def __init__(self, app: ASGIApp, store: Store, control: Control, sleep: Sleep = asyncio.sleep) -> None:
        self.app = app
        self.store = store
        self.control = control
        self.sleep = sleep

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = _route(scope["path"])
        self.control.requests.append(
            Seen(method=scope["method"], path=path, query=scope["query_string"].decode("latin-1"))
        )
        if self.control.switches.delay > 0:
            await self.sleep(self.control.switches.delay)
        fault = self.control.take_fault(scope["method"], path)
        try:
            if fault is None or fault.kind in (FaultKind.SLOW, FaultKind.CUT):
                await self._pass(scope, receive, send, path, fault)
            else:
                await self._fail(fault, send)
        except ApiError as error:
            await self._refuse(error, send)

    async def _pass(self, scope: Scope, receive: Receive, send: Send, path: str, fault: Fault | None) -> None:
        if fault is not None and fault.kind is FaultKind.SLOW:
            await self.sleep(fault.seconds)
        if not path.endswith("/") and path != OPEN:
            if self.control.switches.slash is Slash.REDIRECT:
                await _redirect(scope, send)
                return
            if self.control.switches.slash is Slash.MISSING:
                raise ApiError(404, "Not found.")
        inner = dict(scope, path="/" + path.strip("/") + "/", state=dict(scope.get("state", {})))
        if path.strip("/") != OPEN:
            inner["state"]["user"] = self._admit(Request(scope))
        if fault is not None and fault.kind is FaultKind.CUT:
            await self.app(inner, receive, _cut(send))
        else:
            await self.app(inner, receive, send)

    def _admit(self, request: Request) -> User:
        """Give the person of the key, if they may do this now."""
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        user = self.store.user_of_key(key.strip()) if scheme.lower() == "bearer" else None
        if user is None:
            raise ApiError(
                self.control.switches.unauthorized_status, "Authentication credentials were not valid."
            )
        if request.method in ("GET", "HEAD"):
            return user
        if user.role is Role.VIEWER:
            raise ApiError(403, "You do not have permission to perform this action.")
        wait = (
            self.control.seconds_until_write(user.id) if request.method in ("POST", "PUT", "PATCH") else 0.0
        )
        if wait > 0:
            raise ApiError(429, "Request was throttled.", wait=wait)
        return user

    async def _fail(self, fault: Fault, send: Send) -> None:
        match fault.kind:
            case FaultKind.EMPTY:
                await _reply(send, 200, b"", "application/json")
            case FaultKind.HTML:
                await _reply(send, 200, b"<!doctype html><title>Sign in</title>", "text/html")
            case FaultKind.STATUS_429:
                raise ApiError(429, "Request was throttled.", wait=1.0)
            case FaultKind.STATUS_500:
                await _reply(send, 500, b"<h1>Server Error (500)</h1>", "text/html")
            case FaultKind.ERROR_OBJECT:
                await _reply(send, 200, b'{"detail": "the query timed out"}', "application/json")
            case FaultKind.NO_ROWS:
                empty = b'{"results": [], "count": 0, "meta": {"page": 1, "next_page": null, "count": 0}}'
                await _reply(send, 200, empty, "application/json")
            case FaultKind.STATUS_401 | FaultKind.STATUS_403 | FaultKind.STATUS_404:
                raise ApiError(int(fault.kind), "not for this key.")
            case _:
                raise ApiError(503, "Service Unavailable")

    async def _refuse(self, error: ApiError, send: Send) -> None:
        switches = self.control.switches
        headers = []
        if error.wait is not None and switches.retry_after:
            headers.append((b"retry-after", str(math.ceil(error.wait)).encode()))
        if switches.error_body is ErrorBody.TEXT:
            await _reply(send, error.status, error.detail.encode(), "text/plain", headers)
        else:
            body = json.dumps({"detail": error.detail}).encode()
            await _reply(send, error.status, body, "application/json", headers)


def _route(path: str) -> str:
    return path[len(PREFIX) :] if path.startswith(PREFIX) else path.lstrip("/")


async def _redirect(scope: Scope, send: Send) -> None:
    query = scope["query_string"]
    location = scope.get("raw_path", scope["path"].encode()) + b"/" + (b"?" + query if query else b"")
    await _reply(send, 301, b"", "text/html", [(b"location", location)])


def _cut(send: Send) -> Send:
    """Promise the whole body, send half of it, and hang up."""

    async def cut_short(message: Message) -> None:
        if message["type"] != "http.response.body":
            await send(message)
            return
        body: bytes = message.get("body", b"")
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        raise ConnectionAbortedError("the reply was cut off on purpose")

    return cut_short


async def _reply(
    send: Send, status: int, body: bytes, media: str, headers: list[tuple[bytes, bytes]] | None = None
) -> None:
    sent = [(b"content-type", media.encode()), (b"content-length", str(len(body)).encode()), *(headers or [])]
    await send({"type": "http.response.start", "status": status, "headers": sent})
    await send({"type": "http.response.body", "body": body})
