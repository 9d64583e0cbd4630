"""Run the emulator: in this thread for people (`serve`), in the background for the demo and the tests (`running`)."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from contract_gate.core.errors import UsageError
from contract_gate.emulator.app import create_app
from contract_gate.emulator.control import Control
from contract_gate.emulator.store import Store
from contract_gate.emulator.switches import Switches

LOOPBACK = "127.0.0.1"
LONGEST_REQUEST = 1 << 20
"""Bytes of a request's head: larger than any `preview_limit`, so that the switch decides and not the server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running emulator. `url` has no last slash and no `/api/v1`."""

    url: str
    store: Store
    control: Control


@contextmanager
def running(
    store: Store, switches: Switches | None = None, *, control: Control | None = None, port: int = 0
) -> Iterator[Server]:
    """Serve the store on loopback (a free port, unless one is given) for as long as the block lasts."""
    handle = control or Control(switches or Switches())
    with bound(port) as listener:
        server = uvicorn.Server(_config(store, handle))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        # The socket listens already: what is asked before the server is up waits in its queue.
        try:
            yield Server(url=f"http://{LOOPBACK}:{listener.getsockname()[1]}", store=store, control=handle)
        finally:
            server.should_exit = True
            thread.join()


def serve(store: Store, switches: Switches, listener: socket.socket) -> None:
    """Serve the store on this socket until the process is interrupted."""
    uvicorn.Server(_config(store, Control(switches))).run(sockets=[listener])


def bound(port: int) -> socket.socket:
    """Give a listening socket on loopback; raises `UsageError` where the port is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise UsageError(
            f"the emulator did not start: port {port}: {error.strerror}", "take another --port"
        ) from error
    return listener


def _config(store: Store, control: Control) -> uvicorn.Config:
    return uvicorn.Config(
        create_app(store, control=control),
        http="h11",
        ws="none",
        lifespan="off",
        # A reply that is cut off on purpose would be logged as a crash of the application.
        log_level="critical",
        h11_max_incomplete_event_size=LONGEST_REQUEST,
        timeout_graceful_shutdown=1,
    )
