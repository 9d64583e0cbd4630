"""The parent's side of rendering: starts the child, asks it, and ends it where it hangs.

The child gets an empty environment, limits on memory and processes, and a time for each template; when it dies or
is late it is replaced, told the project again, and the template has a problem.
"""

import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from contract_gate.core.deadline import OutOfTimeError, checkpoint, left
from contract_gate.core.errors import ContractGateError
from contract_gate.core.remembering import digest
from contract_gate.core.world import Hole, HoleKind
from contract_gate.workspace.jinja.replies import Replies
from contract_gate.workspace.jinja.wire import Message, line, parse, rows, send, text

MAX_LATE = 3
"""So many templates may run out of time before the rest of the project is given up, each with that as its problem."""
MAX_QUESTIONS = 5_000
"""So many questions may one template put to the parent, whose time to answer is not the template's."""

Answer = Callable[[Message], Message]


class Engine:
    """One child process for one project, started when an answer is needed that no other engine had. Not safe for several threads."""

    def __init__(
        self,
        setup: Message,
        answer: Answer,
        *,
        seconds: float = 10.0,
        setup_seconds: float = 60.0,
        megabytes: int = 1024,
        replies: Replies | None = None,
    ) -> None:
        self._setup, self.answer = line(setup), answer
        self._replies = replies or Replies()
        self._seconds, self._setup_seconds, self._megabytes = seconds, setup_seconds, megabytes
        self._nodes: Callable[[], bytes] | None = None
        self._is_told = True
        self._project: bytes | None = None
        self._child: _Child | None = None
        self._late = 0

    def describe(self, nodes: "Message | Callable[[], bytes]") -> None:
        """Tell the child the project's nodes, before the next request that needs it (again after a restart); or what spells them."""
        spelled = nodes if callable(nodes) else cache(lambda: line(nodes))
        self._nodes, self._is_told, self._project = spelled, False, None

    def request(self, message: Message) -> Message:
        """Give the child's answer; `{"problem": …}` where it died or took too long."""
        if self._project is None:
            nodes = self._nodes() if self._nodes is not None else b""
            self._project = digest(self._setup, nodes, str(self._megabytes).encode())
        spelled = line(message)
        key = digest(self._project, spelled)
        known = self._replies.get(key)
        return self._asked(spelled, key) if known is None else known

    def _asked(self, spelled: bytes, key: bytes, *, again: bool = False) -> Message:
        if self._late >= MAX_LATE:
            return {"problem": f"it was not rendered: {MAX_LATE} templates before it took too long"}
        checkpoint()
        child = self._started()
        allowed = _Allowance(self._seconds)
        try:
            reply = allowed.exchange(child, spelled)
            if "ask" not in reply:
                self._replies.keep(key, reply)
            while "ask" in reply:
                reply = allowed.exchange(child, line({"op": "answer", **self.answer(reply)}))
        except ChildLateError as error:
            self.close()
            checkpoint()
            self._late += 1
            why = str(error) or f"took longer than {self._seconds:g} seconds"
            return {"problem": f"the template {why}"}
        except OutOfTimeError:
            # The child waits for an answer that never comes.
            self.close()
            raise
        except ChildGoneError:
            if self._child is not child and not again:
                # Another template, which an answer needed, took the child with it.
                return self._asked(spelled, key, again=True)
            self.close()
            return {"problem": "the template ended the process that rendered it (a limit on memory or time)"}
        return reply

    def close(self) -> None:
        """End the child; the next request starts another."""
        if self._child is not None:
            self._child.end()
            self._child = None

    def _started(self) -> "_Child":
        if self._child is None:
            self._child = self._child_made()
            self._tell(self._child, self._setup)
            self._is_told = False
        if self._nodes is not None and not self._is_told:
            self._tell(self._child, self._nodes())
            self._is_told = True
        return self._child

    def _child_made(self) -> "_Child":
        try:
            return _Child(self._megabytes)
        except OSError as error:
            raise _not_started() from error

    def _tell(self, child: "_Child", spelled: bytes) -> None:
        """Hand over what no template has a part in: where that fails, it is not the repository's fault."""
        try:
            child.exchange(spelled, self._setup_seconds)
        except (ChildGoneError, ChildLateError) as error:
            self.close()
            raise _not_started() from error


class _Allowance:
    """What is left of one template's time. The parent's time to answer is not counted, and its questions are."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._questions = 0

    def exchange(self, child: "_Child", spelled: bytes) -> Message:
        self._questions += 1
        started = time.monotonic()
        reply = child.exchange(spelled, max(min(self._seconds, left()), 0.001))
        self._seconds -= time.monotonic() - started
        if self._questions > MAX_QUESTIONS:
            raise ChildLateError(f"asks more than {MAX_QUESTIONS:,} questions about the project")
        return reply


class EngineError(ContractGateError):
    """The process that renders could not be started: exit 3."""


def _not_started() -> EngineError:
    return EngineError(
        "no template was rendered: the process that renders them did not start",
        "check that this Python can run `python -m contract_gate.workspace.jinja.child` and has the memory for it",
    )


class ChildLateError(Exception):
    """The child did not answer in time."""


class ChildGoneError(Exception):
    """The child ended before it answered."""


class _Child:
    def __init__(self, megabytes: int) -> None:
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-s",
                "-P",
                "-m",
                "contract_gate.workspace.jinja.child",
                str(megabytes),
                str(os.getpid()),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            cwd=Path(__file__).parent,
        )
        self._replies: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def exchange(self, spelled: bytes, seconds: float) -> Message:
        if self._process.stdin is None:
            raise ChildGoneError
        try:
            send(self._process.stdin, spelled)
            reply = self._replies.get(timeout=seconds)
        except (OSError, ValueError) as error:
            raise ChildGoneError from error  # ValueError: the pipe was closed, because the child was ended
        except queue.Empty as error:
            raise ChildLateError from error
        if not reply:
            raise ChildGoneError
        return parse(reply)

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                _close(stream)

    def _read(self) -> None:
        if self._process.stdout is None:
            return
        for reply in self._process.stdout:
            self._replies.put(reply)
        self._replies.put(b"")


def _close(stream: object) -> None:
    close = getattr(stream, "close", None)
    if close is None:
        return
    try:
        close()
    except OSError:
        return  # what was not sent to the dead child is nobody's loss


def _environment() -> dict[str, str]:
    """Give the child's whole environment: where its own modules are, and a fixed order of sets."""
    places = dict.fromkeys(str(Path(origin).parent.parent) for origin in map(_origin, _NEEDED) if origin)
    separator = ";" if sys.platform == "win32" else ":"
    return {"PYTHONPATH": separator.join(places), "PYTHONHASHSEED": "0", "PYTHONUTF8": "1"}


_NEEDED = ("contract_gate", "jinja2", "yaml", "markupsafe")


def _origin(module: str) -> str | None:
    spec = find_spec(module)
    return spec.origin if spec else None


def problem_of(message: Message) -> str | None:
    """Give the problem that a reply tells, None where it has none."""
    return text(message, "problem") or None


def holes_of(message: Message) -> tuple[Hole, ...]:
    """Give what a reply says could not be known."""
    return tuple(
        Hole(
            kind=HoleKind(text(hole, "kind")),
            told=text(hole, "told"),
            name=text(hole, "name"),
            reads_any=hole.get("reads_any") is True,
        )
        for hole in rows(message, "holes")
    )
