"""A host that answers as it is told to, byte by byte: what no server of HTTP would send can be sent."""

import json
import re
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Answer = Callable[[str, str], "bytes | Iterable[bytes]"]
"""From the method and the path (with its query) to the bytes of the whole reply; several parts are sent one by one."""


def reply(body: object, status: int = 200, **headers: str) -> bytes:
    """Write a reply of HTTP; what is neither text nor bytes becomes JSON."""
    content = (
        body
        if isinstance(body, bytes)
        else body.encode()
        if isinstance(body, str)
        else json.dumps(body).encode()
    )
    given = {"Content-Type": "application/json", "Content-Length": str(len(content)), "Connection": "close"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status} Status", *(f"{name}: {value}" for name, value in given.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def endless(begin: bytes, piece: bytes) -> Iterator[bytes]:
    """Write a beginning, and then a piece of it again and again."""
    yield begin
    while True:
        yield piece
        time.sleep(0.05)


@dataclass
class Host:
    """Where it listens, and what it was asked: method, path and Authorization."""

    url: str
    asked: list[tuple[str, str, str]] = field(default_factory=list)


@contextmanager
def answering(answer: Answer) -> Iterator[Host]:
    """Answer on loopback as long as this lasts."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            line, *lines = [*iter(lambda: self.rfile.readline().strip(), b"")] or [b""]
            if not line.endswith(b" HTTP/1.1"):
                return  # a greeting of TLS
            headers = {
                name.lower(): value.strip()
                for name, _, value in (each.decode().partition(":") for each in lines)
            }
            self.rfile.read(int(headers.get("content-length", "0")))
            method, path, _ = line.decode().split(" ")
            host.asked.append((method, path, headers.get("authorization", "")))
            said = answer(method, path)
            try:
                for part in [said] if isinstance(said, bytes) else said:
                    self.wfile.write(part)
            except OSError:
                return  # whoever asked has heard enough

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler, bind_and_activate=True) as server:
        server.daemon_threads = True
        host = Host(url=f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield host
        finally:
            server.shutdown()
            thread.join()


def free_port() -> int:
    """Give a port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def page_of(path: str) -> int:
    found = re.search(r"[?&]page=(\d+)", path)
    return int(found[1]) if found else 1
