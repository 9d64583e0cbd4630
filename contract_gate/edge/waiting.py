"""Time for what a host is asked, whatever it sends: a header that drips never is a reply, and each piece of it is in time."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def in_time(seconds: float, call: Callable[[], T]) -> T:
    """Give what a call gives. TimeoutError where it takes longer: it is left to itself then, and ends with the process."""
    answered: Future[T] = Future()

    def answer() -> None:
        try:
            answered.set_result(call())
        except BaseException as error:  # noqa: BLE001 - raised again where the answer is waited for
            answered.set_exception(error)

    threading.Thread(target=answer, daemon=True).start()
    return answered.result(timeout=seconds)
