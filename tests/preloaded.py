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
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

LEFT_OUT = "contract_gate.witness"
"""It imports DuckDB, whose threads and objects do not live through a fork."""
_MOST = 1 << 20
"""Bytes of a message."""
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
        self._one_at_a_time = Lock()

    def run(
        self, arguments: Sequence[str], folder: Path, environment: Mapping[str, str], seconds: float
    ) -> "subprocess.CompletedProcess[bytes]":
        """Run the command line. Raises TimeoutExpired, and ends whatever runs, after so many seconds."""
        asked = {"arguments": list(arguments), "folder": str(folder), "environment": dict(environment)}
        with self._one_at_a_time, ThreadPoolExecutor(2) as pool:
            pipes = [os.pipe(), os.pipe()]
            socket.send_fds(self._channel, [json.dumps(asked).encode()], [write for _, write in pipes])
            for _, write in pipes:
                os.close(write)
            out, err = (pool.submit(_drained, read) for read, _ in pipes)
            self._channel.settimeout(seconds)
            try:
                code = int(self._channel.recv(_MOST))
            except TimeoutError:
                os.killpg(self._process.pid, 9)
                _started.cache_clear()
                raise subprocess.TimeoutExpired(list(arguments), seconds) from None
            return subprocess.CompletedProcess(list(arguments), code, out.result(), err.result())


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


def _drained(descriptor: int) -> bytes:
    with open(descriptor, "rb") as stream:
        return stream.read()


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
    with socket.socket(fileno=descriptor) as channel:
        while True:
            asked, streams, _, _ = socket.recv_fds(channel, _MOST, 2)
            if not asked:
                return
            child = os.fork()
            if not child:
                break
            for stream in streams:
                os.close(stream)
            channel.send(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])).encode())
    _become(json.loads(asked), streams)


def _become(asked: Mapping[str, Any], streams: Sequence[int]) -> None:
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    time.tzset()
    for pipe, stream in zip(streams, (1, 2), strict=True):
        os.dup2(pipe, stream)
        os.close(pipe)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace", closefd=False)
    sys.argv = ["contract-gate", *asked["arguments"]]
    runpy.run_module("contract_gate", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
