"""One line on a terminal's stderr that says what is being done; it is gone when the run ends. Elsewhere: nothing."""

import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TextIO

from contract_gate.core.progress import heard_by, step

_SECONDS = 0.1
"""A line is not written more often: a terminal far away is slow."""
_ERASE = "\r\x1b[K"


@contextmanager
def shown(environment: Mapping[str, str], stream: TextIO | None = None) -> Iterator[None]:
    """Show on a terminal what is done inside; nothing where stderr is no terminal, or a dumb one."""
    stream = stream or sys.stderr
    if not stream.isatty() or environment.get("TERM") == "dumb" or environment.get("CI"):
        yield
        return
    line = _Line(stream)
    try:
        with heard_by(line.show):
            step("starting")
            yield
    finally:
        line.erase()


class _Line:
    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream, self._clock = stream, clock
        self._what = ""
        self._last = float("-inf")

    def show(self, what: str, done: int, of: int) -> None:
        now = self._clock()
        if what == self._what and now - self._last < _SECONDS:
            return
        self._what, self._last = what, now
        text = f"contract-gate: {what}" + (f" ({done} of {of})" if of else "") + " …"
        width = max(shutil.get_terminal_size().columns - 1, 20)
        self._write(_ERASE + text[:width])

    def erase(self) -> None:
        self._write(_ERASE)

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
