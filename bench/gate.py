"""Run `contract-gate` many times without paying for its start: a server that forks one child a run.

The server has imported the program and never touches a data base, so a fork of it is clean. Each run has its own
working directory, a bound on its time, and no secrets of ours in its environment. `python bench/gate.py` is the
server itself; `Gate` is the other side of the pipe.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

OURS = ("SECODA_", "GITHUB_", "CONTRACT_GATE_", "GIT_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How a run ended. `code` is None where it was stopped for time; `peak_mb` is its largest resident size."""

    code: int | None
    seconds: float
    peak_mb: float
    stdout: str
    stderr: str

    def report(self) -> dict | None:
        """Give the JSON report; None where there is none to be read."""
        try:
            return json.loads(self.stdout)
        except json.JSONDecodeError:
            return None


class Gate:
    """The server and the pipe to it; use it as a context manager."""

    def __init__(self) -> None:
        environment = {key: value for key, value in os.environ.items() if not key.startswith(OURS)}
        root = str(Path(__file__).resolve().parent.parent)
        environment["PYTHONPATH"] = root
        self._server = subprocess.Popen(
            [sys.executable, str(Path(__file__).resolve())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def __enter__(self) -> "Gate":
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server.stdin
        self._server.stdin.close()
        self._server.wait()

    def run(self, folder: Path, arguments: Sequence[str], seconds: float = 300) -> Run:
        """Run `contract-gate` with these arguments in this folder."""
        assert self._server.stdin
        assert self._server.stdout
        asked = {"folder": str(folder), "arguments": list(arguments), "seconds": seconds}
        self._server.stdin.write(json.dumps(asked) + "\n")
        self._server.stdin.flush()
        line = self._server.stdout.readline()
        if not line:
            raise SystemExit("the gate's server ended: is contract-gate installed in this environment?")
        return Run(**json.loads(line))

    def check(
        self, folder: Path, base: str, head: str, seconds: float = 300, options: Sequence[str] = ()
    ) -> Run:
        """Run `contract-gate check` between two commits of a repository."""
        return self.run(
            folder, ["check", "--base", base, "--head", head, "--format", "json", *options], seconds
        )


def serve() -> None:
    """Answer one request a line until the pipe closes."""
    import sqlglot  # noqa: F401 (imported once here, so that no run pays for it)

    import contract_gate.cli

    with contextlib.suppress(ImportError):
        import contract_gate.app.gate  # noqa: F401
    for line in sys.stdin:
        print(json.dumps(_run(json.loads(line))), flush=True)


def _run(asked: dict) -> dict:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.monotonic()
        child = os.fork()
        if child == 0:
            _become(asked, out.fileno(), err.fileno())
        code, peak_kb = _wait(child, started + asked["seconds"])
        texts = []
        for stream in (out, err):
            stream.seek(0)
            texts.append(stream.read().decode("utf-8", "replace"))
    return {
        "code": code,
        "seconds": round(time.monotonic() - started, 3),
        "peak_mb": round(peak_kb / 1024, 1),
        "stdout": texts[0],
        "stderr": texts[1][-4000:],
    }


def _become(asked: dict, out: int, err: int) -> None:
    """Be the program, in the child; never returns."""
    code = 70
    try:
        os.setsid()
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.chdir(asked["folder"])
        from contract_gate.cli import main

        main(asked["arguments"])
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _wait(child: int, deadline: float) -> tuple[int | None, int]:
    while True:
        done, status, usage = os.wait4(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status), usage.ru_maxrss
        if time.monotonic() > deadline:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)
            _, _, usage = os.wait4(child, 0)
            return None, usage.ru_maxrss
        time.sleep(0.005)


if __name__ == "__main__":
    serve()
