"""Kill a command at some point, and see what it left: processes, half files, a `.git` that is not what it was."""

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
_HEARING = """
import runpy, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.argv[0] = "contract-gate"
runpy.run_module("contract_gate", run_name="__main__", alter_sys=True)
"""
"""A shell that puts this in the background makes its children deaf to an interrupt."""
_ENDS = 10.0
"""Seconds for the children to see that their parent is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Killed:
    """A run that was sent a signal: its exit code, and whether it had ended before that came."""

    number: signal.Signals
    code: int
    came_late: bool
    said: str
    faults: tuple[str, ...]


def started(
    arguments: Sequence[str], repository: Path, environment: Mapping[str, str]
) -> "subprocess.Popen[bytes]":
    """Start the command line in a session of its own, by which its children are found."""
    command = [sys.executable, "-P", "-c", _HEARING, *arguments]
    return subprocess.Popen(
        command, cwd=repository, env=dict(environment), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=True,
    )  # fmt: skip


def killed(
    arguments: Sequence[str],
    repository: Path,
    environment: Mapping[str, str],
    rng: random.Random,
    longest: float,
) -> Killed:
    """Kill a run at a random point, by a random signal, and say what is wrong with how it ended."""
    number = rng.choice(SIGNALS)
    before = digest(repository / ".git")
    with started(arguments, repository, environment) as process:
        time.sleep(rng.uniform(0.05, longest))
        came_late = process.poll() is not None
        process.send_signal(number)
        out, _ = process.communicate(timeout=60)
    said = out.decode("utf-8", "replace")
    found = []
    left = _outlive(process.pid)
    if left:
        found.append(f"children go on after {number.name}: {left}")
    if digest(repository / ".git") != before:
        found.append(f".git is not what it was before {number.name}")
    # An interrupt while Python itself starts is told by Python, before the gate is there to hear it.
    if "Traceback" in said and "contract_gate" in said:
        found.append(f"a traceback after {number.name}: {said[-300:]}")
    expected = {signal.SIGINT: 130, signal.SIGTERM: -signal.SIGTERM, signal.SIGKILL: -signal.SIGKILL}[number]
    # Before Python hears signals, an interrupt ends it as the system does.
    if not came_late and process.returncode not in (expected, -number) and number is not signal.SIGINT:
        found.append(f"exit code {process.returncode} after {number.name}")
    return Killed(number=number, code=process.returncode, came_late=came_late, said=said, faults=tuple(found))


def digest(folder: Path) -> str:
    """Digest the names, modes and bytes of all that lies in a folder."""
    taken = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        state = path.lstat()
        taken.update(f"{path.relative_to(folder)}\0{state.st_mode}\0".encode())
        if path.is_file():
            taken.update(path.read_bytes())
    return taken.hexdigest()


def _outlive(session: int) -> list[str]:
    """Wait for a session to be empty, and give the commands that are still in it."""
    ends = time.monotonic() + _ENDS
    while (left := _in_session(session)) and time.monotonic() < ends:
        time.sleep(0.1)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    return list(left.values())


def _in_session(session: int) -> dict[int, str]:
    found = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if fields[0] != "Z" and int(fields[3]) == session:
            found[int(folder.name)] = command[:120]
    return found
