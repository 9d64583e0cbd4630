"""Processes of the command line without the half second that their imports take.

Each run is a process of its own, forked from one that has imported every module of contract-gate and run nothing; it has the folder, the
environment and the standard streams that it would be started with, and ends as Python ends.
"""

import importlib
import json
import os
import pkgutil
import runpy
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from threading import Lock
from typing import IO, Any

LEFT_OUT = "contract_gate.witness"
"""It imports DuckDB, whose threads and objects do not live through a fork."""
AROUND = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


class Preloaded:
    """One process that forks when it is asked for a run; it ends when its channel closes."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        self._process = subprocess.Popen(
            [sys.executable, "-P", __file__, str(theirs.fileno())], pass_fds=[theirs.fileno()],
            env=AROUND, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        theirs.close()
        self._channel = ours
        self._lines: IO[str] = ours.makefile("rw", encoding="utf-8")
        self._one_at_a_time = Lock()

    def run(
        self, arguments: Sequence[str], folder: Path, environment: Mapping[str, str], seconds: float
    ) -> "subprocess.CompletedProcess[bytes]":
        """Run the command line. Raises TimeoutExpired, and ends whatever runs, after so many seconds."""
        with self._one_at_a_time, tempfile.TemporaryDirectory() as kept:
            out, err = Path(kept, "out"), Path(kept, "err")
            asked = {
                "arguments": list(arguments), "folder": str(folder), "environment": dict(environment),
                "out": str(out), "err": str(err),
            }  # fmt: skip
            self._channel.settimeout(seconds)
            print(json.dumps(asked), file=self._lines, flush=True)
            try:
                code = int(self._lines.readline())
            except TimeoutError:
                os.killpg(self._process.pid, 9)
                _started.cache_clear()
                raise subprocess.TimeoutExpired(list(arguments), seconds) from None
            return subprocess.CompletedProcess(list(arguments), code, out.read_bytes(), err.read_bytes())


def run(
    arguments: Sequence[str], *, folder: Path, environment: Mapping[str, str], seconds: float = 120
) -> "subprocess.CompletedProcess[bytes]":
    """Run `contract-gate ARGUMENTS` in a folder, with nothing but this environment."""
    if _read_at_start(environment) != _read_at_start(AROUND):
        return subprocess.run(
            [sys.executable, "-P", "-m", "contract_gate", *arguments], cwd=folder, env=environment,
            stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=seconds,
        )  # fmt: skip
    return _started().run(arguments, folder, environment, seconds)


def _read_at_start(environment: Mapping[str, str]) -> dict[str, str]:
    """Give the variables that Python reads once, when it starts."""
    return {name: value for name, value in environment.items() if name.startswith(("PYTHON", "LANG", "LC_"))}


@cache
def _started() -> Preloaded:
    return Preloaded()


def _serve(descriptor: int) -> None:
    import contract_gate

    for module in pkgutil.walk_packages(contract_gate.__path__, "contract_gate."):
        if not module.name.startswith(LEFT_OUT) and module.name.rpartition(".")[2] not in (
            "__main__",
            "child",
        ):
            importlib.import_module(module.name)
    with socket.socket(fileno=descriptor) as channel, channel.makefile("rw", encoding="utf-8") as lines:
        while asked := lines.readline():
            child = os.fork()
            if not child:
                channel.close()
                break
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), file=lines, flush=True)
        else:
            return
    _become(json.loads(asked))


def _become(asked: Mapping[str, Any]) -> None:
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    time.tzset()
    for path, stream in ((asked["out"], 1), (asked["err"], 2)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), stream)
    sys.argv = ["contract-gate", *asked["arguments"]]
    runpy.run_module("contract_gate", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
