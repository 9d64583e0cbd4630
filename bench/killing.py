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
    # A shell that puts this in the background makes it and its children deaf to an interrupt; what is handled is not inherited.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    command = [sys.executable, "-P", "-m", "contract_gate", *arguments]
    return subprocess.Popen(
        command, cwd=repository, env=dict(environment), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=True,
    )  # fmt: skip


def killed(
    arguments: Sequence[str],
    repository: Path,
    environment: Mapping[str, str],
    rng: random.Random,
    undisturbed: tuple[float, int],
) -> Killed:
    """Kill a run at a random point, by a random signal, and say what is wrong with how it ended.

    `undisturbed`: the seconds that it takes and the exit code that it gives where nobody kills it.
    """
    longest, own_code = undisturbed
    number = rng.choice(SIGNALS)
    before = digest(repository / ".git")
    with started(arguments, repository, environment) as process:
        time.sleep(rng.uniform(0.05, longest))
        ended = _ended_before_it_stopped(process)
        if ended is None:
            process.send_signal(number)
            process.send_signal(signal.SIGCONT)
        out, _ = process.communicate(timeout=60)
        code = process.returncode if ended is None else ended
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
    # Before Python hears signals an interrupt ends it as the system does, and at its very end Python hears none any more.
    expected = (130, -number, own_code) if number is signal.SIGINT else (-number,)
    in_the_start = number is signal.SIGINT and "Traceback" in said
    if ended is None and code not in expected and not in_the_start:
        found.append(f"exit code {code} after {number.name}: {said[-300:]}")
    return Killed(number=number, code=code, came_late=ended is not None, said=said, faults=tuple(found))


def _ended_before_it_stopped(process: "subprocess.Popen[bytes]") -> int | None:
    """Stop a process, so that it can't end by itself before a signal comes; give its exit code where it had ended already."""
    os.kill(process.pid, signal.SIGSTOP)
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    return None if os.WIFSTOPPED(status) else os.waitstatus_to_exitcode(status)


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
