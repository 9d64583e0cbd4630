"""docs/faults.md: what each command says and exits with for each fault of the catalog, as this test sees it."""

import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from contract_gate.catalogs.secoda import transport
from contract_gate.emulator.faults import Fault, FaultKind
from contract_gate.emulator.seed import SHOP, load
from contract_gate.emulator.server import running
from contract_gate.emulator.switches import read_switches
from tests.cli.running import Ran, compare_or_write, run
from tests.e2e.project import Project

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
ORDERS = "create view shop.marts.orders as select order_id, amount from shop.staging.stg_payments;\n"
FILES = {"contract-gate.toml": 'dialect = "postgres"\nwitness = false\ndeadline = 2\n', "orders.sql": ORDERS}
COMMANDS = {
    "check": ("check", "--base", "HEAD^", "--format", "json"),
    "sync": ("sync", "--before", "HEAD^", "--format", "json"),
    "downstream": ("downstream", "shop.marts.orders"),
    "catalog stale": ("catalog", "stale"),
    "snapshot": ("snapshot", "shop.marts.orders", "--output", "taken.json"),
    "doctor": ("doctor",),
}
LISTS = ("catalog stale",)
"""Commands that list what there is: a list that counts 0 rows is an answer, and they say that it is empty."""
MEANING = {
    FaultKind.STATUS_401: "401 to everything: a wrong key",
    FaultKind.STATUS_403: "403 to everything: a key without rights",
    FaultKind.STATUS_404: "404 to everything",
    FaultKind.STATUS_429: "429 to everything: too many requests",
    FaultKind.STATUS_500: "500 to everything",
    FaultKind.STATUS_503: "503 to everything",
    FaultKind.SLOW: "replies after the deadline",
    FaultKind.CUT: "the connection ends within each reply",
    FaultKind.EMPTY: "200 without a body",
    FaultKind.HTML: "200 with a web page",
    FaultKind.ERROR_OBJECT: "200 with an error's body",
    FaultKind.NO_ROWS: "every list has lost its rows",
}


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A merged change that loses a column which only a dashboard reads; nobody waits between attempts."""
    for name in ("GITHUB_EVENT_NAME", "GITHUB_ACTIONS", "GITHUB_BASE_REF", "GITLAB_CI", "CI"):
        monkeypatch.delenv(name, raising=False)
    project = Project(tmp_path / "repository").start().commit(FILES)
    project.commit({"orders.sql": ORDERS.replace(", amount", "")})
    monkeypatch.chdir(project.directory)
    monkeypatch.setattr(transport, "_backoff", lambda *_: 0.01)
    monkeypatch.setattr(transport, "RATE_LIMIT_WAIT", 0.01)
    monkeypatch.setenv("SECODA_API_KEY", "emulator-admin")
    return project


def test_the_page(repository: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """No command passes, writes or calls itself done under a fault that hides what it needs; each says what is wrong."""
    seen: dict[str, dict[str, Ran]] = {}
    with running(load(SHOP)) as server:
        monkeypatch.setenv("SECODA_API_URL", server.url)
        server.control.switches = read_switches(["retry_after=off"])
        for kind, meaning in MEANING.items():
            server.control.clear_faults()
            server.control.inject(Fault(kind=kind, seconds=2.5))
            # `sync` takes the time that its writes need: a reply that is late by seconds is none too late for it.
            seen[meaning] = dict(_each("sync" if kind is FaultKind.SLOW else None))
        assert not any(request.method in ("POST", "PATCH", "DELETE") for request in server.control.requests)
    for meaning, url in _addresses():
        monkeypatch.setenv("SECODA_API_URL", url)
        seen[meaning] = dict(_each())
    for meaning, rans in seen.items():
        for command, ran in rans.items():
            is_empty = meaning == MEANING[FaultKind.NO_ROWS] and command in LISTS
            assert ran.code == (0 if is_empty else 3), (meaning, command, ran)
            assert "crashed" not in ran.err + ran.out, (meaning, command, ran)
    lines = [line for command in COMMANDS for line in _table(command, seen)]
    compare_or_write(PAGE, lines[:-1])


def _each(but: str | None = None) -> Iterator[tuple[str, Ran]]:
    for command, arguments in COMMANDS.items():
        if command != but:
            yield command, run(*arguments)


def _addresses() -> Iterator[tuple[str, str]]:
    """Give addresses behind which nobody speaks HTTP."""
    yield "nobody listens there", "http://127.0.0.1:9"
    yield "the name is not known (DNS)", "https://nobody.invalid"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_speak_no_tls, args=(listener,), daemon=True).start()
        yield "no TLS is spoken there", f"https://127.0.0.1:{listener.getsockname()[1]}"


def _speak_no_tls(listener: socket.socket) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        connection.close()


def _table(command: str, seen: dict[str, dict[str, Ran]]) -> Iterator[str]:
    yield f"### `contract-gate {command}`"
    yield ""
    yield "| fault | exit code | it says |"
    yield "| --- | --- | --- |"
    for meaning, rans in seen.items():
        if command not in rans:
            continue
        ran = rans[command]
        yield f"| {meaning} | {ran.code} | `{_said(command, ran)}` |"
    yield ""


def _said(command: str, ran: Ran) -> str:
    """Give the sentence that a person reads: the verdict and the catalog's state, what failed, or the error."""
    if command == "check":
        report = json.loads(ran.out)
        text = f"{report['verdict']}; catalog {report['catalog']['status']}: {report['catalog']['note']}"
    elif command == "sync":
        (entry,) = json.loads(ran.out)["models"]
        text = f"{entry['relation']} {entry['outcome']}: {entry['reason']}"
    elif command == "doctor":
        text = "; ".join(" ".join(line.split()) for line in ran.out.splitlines() if line.startswith("failed"))
    else:
        text = next((line for line in ran.err.splitlines() if line.startswith(("error: ", "note: "))), "")
    return _steady(text)


def _steady(text: str) -> str:
    """Take out what differs between runs and systems: ports, ids, seconds left, and the system's own words."""
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", text)
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", text)
    text = re.sub(r"(Connect|Read|RemoteProtocol|Write)Error: .*", r"\1Error: …", text)
    return text.replace("|", "\\|").replace("`", "'")


SIGNALS: dict[str, tuple[signal.Signals, tuple[int, ...]]] = {
    "SIGINT": (signal.SIGINT, (130,)),
    "SIGTERM": (signal.SIGTERM, (-signal.SIGTERM,)),
}


HEARING = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("contract_gate", run_name="__main__", alter_sys=True)
"""
"""Runs the command so that it hears an interrupt, though a shell that put the tests in the background made it deaf to one."""


@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("command", ["check", "sync", "catalog stale"])
def test_an_interrupt(repository: Project, command: str, name: str) -> None:
    """A command that is interrupted while it waits for the catalog ends at once, with no traceback and nothing written."""
    sent, codes = SIGNALS[name]
    with running(load(SHOP)) as server:
        server.control.inject(Fault(kind=FaultKind.SLOW, seconds=5.0))
        environment = repository.environment | {
            "SECODA_API_KEY": "emulator-admin",
            "SECODA_API_URL": server.url,
        }
        child = subprocess.Popen(
            [sys.executable, "-P", "-c", HEARING, *COMMANDS[command]],
            cwd=repository.directory, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        _wait(lambda: bool(server.control.requests), child)
        child.send_signal(sent)
        out, err = child.communicate(timeout=30)
        assert (child.returncode in codes, "Traceback" in err) == (True, False), (child.returncode, out, err)
        assert not any(request.method != "GET" for request in server.control.requests)


def _wait(arrived: Callable[[], bool], child: "subprocess.Popen[str]") -> None:
    ends = time.monotonic() + 60
    while not arrived():
        assert child.poll() is None, child.communicate()
        assert time.monotonic() < ends
        time.sleep(0.02)
