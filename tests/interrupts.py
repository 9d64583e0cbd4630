"""Whether a child hears an interrupt: a shell that put the tests in the background made them, and what they start, deaf to one."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def heard() -> Iterator[None]:
    """Let what is started meanwhile hear SIGINT: a program inherits that it is ignored, but not that it is handled."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
