"""What a run is doing, for whoever listens: a person at a terminal. Who tells knows nothing of who listens."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[str, int, int], None]
"""Hears what is being done, how much of it is done, and of how much (0: nobody knows)."""

_LISTENER: ContextVar[Listener | None] = ContextVar("contract_gate_progress", default=None)


def step(what: str, done: int = 0, of: int = 0) -> None:
    """Tell what is being done."""
    listener = _LISTENER.get()
    if listener is not None:
        listener(what, done, of)


@contextmanager
def reporting_to(listener: Listener) -> Iterator[None]:
    """Let someone hear what is done inside."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)
