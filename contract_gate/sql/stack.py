"""A stack that is deep enough for nested SQL: Python's own is not, and the compiled parser does not check it."""

import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from typing import TypeVar

_STACK_BYTES = (256 * 1024 * 1024, 128 * 1024 * 1024)
_LEAST_STACK_BYTES = 64 * 1024 * 1024
"""The first is asked for; the others where the address space is bounded. On less, nested SQL would crash the process."""
_RECURSION_LIMIT = 60_000

T = TypeVar("T")


def deep_stack(work: Callable[[], T]) -> T:
    """Run `work` in a thread whose stack is deep enough for nested SQL, and give what it gives or raises."""
    if getattr(threading.current_thread(), "deep_stack", False):
        return work()
    outcome: list[T] = []
    failure: list[BaseException] = []
    context = copy_context()

    def run() -> None:
        try:
            outcome.append(context.run(work))
        except BaseException as error:  # noqa: BLE001 - carried to the caller's thread and raised there
            failure.append(error)

    with _STACK_LOCK:
        if sys.getrecursionlimit() < _RECURSION_LIMIT:
            sys.setrecursionlimit(_RECURSION_LIMIT)
        thread = _started(run)
    thread.join()
    if failure:
        raise failure[0]
    return outcome[0]


_STACK_LOCK = threading.Lock()


def _started(run: Callable[[], None]) -> threading.Thread:
    """Start a thread with the deepest stack that can be had. The stack of one that just ended may still be mapped."""
    before = threading.stack_size()
    try:
        for size in _STACK_BYTES:
            with suppress(RuntimeError):
                return _thread(run, size)
        return _thread(run, _LEAST_STACK_BYTES)
    finally:
        threading.stack_size(before)


def _thread(run: Callable[[], None], size: int) -> threading.Thread:
    threading.stack_size(size)
    thread = threading.Thread(target=run, name="contract-gate-sql", daemon=True)
    thread.deep_stack = True  # type: ignore[attr-defined]
    thread.start()
    return thread
