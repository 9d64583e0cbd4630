"""The child process, held at arm's length: started with nothing, asked a line, killed at the deadline."""

import json
import os
import selectors
import subprocess
import sys
import time
from types import TracebackType
from typing import IO

from contract_gate.witness.refusal import Refusal
from contract_gate.witness.wire import Wire

_STARTING_SECONDS = 20.0
_LONGEST_ANSWER = 32 * 2**20


class Child:
    """A searching process, started when first asked and started again after it had to be killed.

    `used`: seconds of the processor, as far as it told: not those of what was killed.
    """

    def __init__(self) -> None:
        self.used = 0.0
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Child":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._kill()

    def ask(self, request: Wire, seconds: float) -> Wire:
        """Send one request and wait for its answer, at most `seconds` beyond the start. Raises `Refusal`."""
        fresh = self._process is None
        process = self._process = self._process or _start()
        if process.stdin is None or process.stdout is None:
            raise Refusal("the searching process has no pipes")
        try:
            if fresh:
                self._decode(_read_line(process.stdout, _STARTING_SECONDS))
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
            line = _read_line(process.stdout, seconds)
        except (TimeoutError, BrokenPipeError) as error:
            self._kill()
            reason = "was stopped at its deadline" if isinstance(error, TimeoutError) else "died"
            raise Refusal(f"the searching process {reason}") from error
        return self._decode(line)

    def _decode(self, line: bytes) -> Wire:
        try:
            answer = json.loads(line)
        except ValueError as error:
            self._kill()
            raise Refusal("the searching process died") from error
        if not isinstance(answer, dict):
            raise Refusal("the searching process gave no answer")
        used = answer.pop("used", 0.0)
        self.used += used if isinstance(used, float) else 0.0
        return answer

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                _close(pipe)
        process.wait()


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-I", "-m", "contract_gate.witness.child", str(os.getpid())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        close_fds=True,
    )


def _close(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except BrokenPipeError:
        return  # what was still to be written has no reader any more


def _read_line(pipe: IO[bytes], seconds: float) -> bytes:
    """Read up to a newline or the end. Raises `TimeoutError`."""
    deadline = time.monotonic() + seconds
    held = b""
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while not held.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0 or not selector.select(left):
                raise TimeoutError
            piece = pipe.read1(65536) if hasattr(pipe, "read1") else b""
            if not piece or len(held) > _LONGEST_ANSWER:
                return b""
            held += piece
    return held
