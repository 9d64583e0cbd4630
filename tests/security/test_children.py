"""No child outlives the gate, however the gate ends."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.e2e.project import DBT, Project
from tests.interrupts import heard

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children are listed by /proc")

LOOP = "select {% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %} 1 as order_id\n"


def children(pid: int, name: str) -> list[int]:
    """Give the live children of a process whose command line holds a word."""
    found = []
    # A thread or a child may end between the look that finds it and the next.
    gone = FileNotFoundError, ProcessLookupError
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(*gone):
            for child in listed.read_text().split():
                with suppress(*gone):
                    if name in Path(f"/proc/{child}/cmdline").read_bytes().decode():
                        found.append(int(child))
    return found


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def waited_for(condition: object, seconds: float = 30.0) -> bool:
    """Look again and again: a loaded machine may be slow, and a test must not be timed by it."""
    assert callable(condition)
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if condition():
            return True
        time.sleep(0.05)
    return bool(condition())


@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL", "SIGINT"])
def test_a_template_that_loops(repository: Project, name: str) -> None:
    """A signal during a template's loop ends the run as it should, and leaves no process that goes on rendering."""
    number = signal.Signals[name]
    repository.commit(DBT).pull_request({"models/orders.sql": LOOP})
    with heard():
        gate = subprocess.Popen(
            [sys.executable, "-P", "-m", "contract_gate", "check", "--base", "main"], cwd=repository.directory,
            env=repository.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    try:
        assert waited_for(lambda: children(gate.pid, "jinja.child"))
        (child,) = children(gate.pid, "jinja.child")[:1]
        time.sleep(0.5)
        gate.send_signal(number)
        assert gate.wait(timeout=30) == (130 if name == "SIGINT" else -number)
        assert waited_for(lambda: not is_alive(child))
    finally:
        gate.kill()
        gate.wait()


@pytest.mark.parametrize("module", ["contract_gate.workspace.jinja.child", "contract_gate.witness.child"])
def test_a_child_whose_parent_is_gone(module: str, tmp_path: Path) -> None:
    """Each kind of child ends by itself, though its input stays open, once its parent is gone."""
    read, write = os.pipe()
    arguments = ["-P", "-m", module, *(["512"] if "jinja" in module else [])]
    code = (
        "import os, subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, *{arguments!r}, str(os.getpid())], stdin={read}, pass_fds=[{read}],"
        " stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n"
        "print(child.pid, flush=True)\n"
        "import time; time.sleep(2)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        pass_fds=[read],
        capture_output=True,
        check=True,
        timeout=60,
        cwd=tmp_path,
    )
    child = int(ran.stdout)
    try:
        assert waited_for(lambda: not is_alive(child)), Path(f"/proc/{child}/status").read_text()
    finally:
        os.close(read)
        os.close(write)


def test_a_child_that_may_start_no_thread(tmp_path: Path) -> None:
    """A child of an ordinary user, whose limits forbid a further thread, ends with its parent all the same."""
    watched = (
        "import os, resource, sys\n"
        "from contract_gate.edge.confined import end_with_parent\n"
        "if os.getuid() == 0: os.setuid(65534)\n"  # root's processes are not counted
        "end_with_parent(int(sys.argv[1]))\n"
        "resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))\n"
        "print(os.getpid(), flush=True)\n"
        "sys.stdin.read()\n"
    )
    parent = (
        "import os, subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-P', '-c', {watched!r}, str(os.getpid())], stdin=int(sys.argv[1]),"
        " stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)\n"
        "print(child.stdout.readline().decode(), flush=True)\n"
        "time.sleep(2)\n"
    )
    read, write = os.pipe()
    try:
        ran = subprocess.run(
            [sys.executable, "-c", parent, str(read)],
            pass_fds=[read], capture_output=True, check=True, timeout=60, cwd=tmp_path,
        )  # fmt: skip
        child = int(ran.stdout)
        assert waited_for(lambda: not is_alive(child)), Path(f"/proc/{child}/status").read_text()
    finally:
        os.close(read)
        os.close(write)


def test_processor_time(tmp_path: Path) -> None:
    """A child that a lock keeps from looking for its parent ends within its processor time."""
    code = "from contract_gate.edge.confined import limit_processor\nlimit_processor(1)\nwhile True: pass\n"
    ran = subprocess.run([sys.executable, "-P", "-c", code], check=False, timeout=120, cwd=tmp_path)
    assert ran.returncode == -signal.SIGXCPU
