"""docs/faults.md: what each command says and exits with for each fault of the catalog, as this test sees it."""

import functools
import gzip
import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import pytest

from contract_gate.catalogs.secoda import transport
from contract_gate.emulator.faults import Fault, FaultKind
from contract_gate.emulator.seed import SHOP, load
from contract_gate.emulator.server import running
from contract_gate.emulator.switches import read_switches
from tests.cli.running import Ran, compare_or_write, run
from tests.e2e.project import Project
from tests.host import Answer, answering, reply
from tests.interrupts import heard

Addresses = list[tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]]]
PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
ORDERS = "create view shop.marts.orders as select order_id, amount from shop.staging.stg_payments;\n"
FILES = {"contract-gate.toml": 'dialect = "postgres"\nwitness = false\ndeadline = 2\n', "orders.sql": ORDERS}
ROW, OTHER_ROW = "1c5a4c5e-0000-4000-8000-000000000001", "1c5a4c5e-0000-4000-8000-000000000002"
COMMANDS = {
    "check": ("check", "--base", "HEAD^", "--format", "json"),
    "sync": ("sync", "--before", "HEAD^", "--format", "json"),
    "downstream": ("downstream", "shop.marts.orders"),
    "catalog upstream": ("catalog", "upstream", "shop.marts.orders"),
    "catalog preview": ("catalog", "preview", "orders.sql"),
    "catalog stale": ("catalog", "stale"),
    "catalog adoption": ("catalog", "adoption"),
    "catalog migrate-docs": ("catalog", "migrate-docs", "--from", "Old", "--to", "New", "--yes"),
    "catalog users add": ("catalog", "users", "add", "people.json", "--yes"),
    "catalog lineage list": ("catalog", "lineage", "list"),
    "catalog lineage get": ("catalog", "lineage", "get", ROW),
    "catalog lineage add": ("catalog", "lineage", "add", ROW, OTHER_ROW),
    "catalog lineage delete": ("catalog", "lineage", "delete", ROW, "--yes"),
    "snapshot": ("snapshot", "shop.marts.orders", "--output", "taken.json"),
    "doctor": ("doctor",),
}
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
PAGES = {
    "the first page again and again, without an end": ["endless_pages=on", "later_pages=repeated"],
    "later pages of rows that nobody asked about": ["later_pages=others"],
    "later pages that are 404": ["later_pages=404"],
    "later pages that are empty": ["later_pages=empty"],
}
NO_ROWS = "every list has lost its rows"
_NAMELESS = dict.fromkeys(
    [(NO_ROWS, "catalog migrate-docs"), (NO_ROWS, "catalog users add"), ("ids that are NaN", "catalog migrate-docs"),
     *((meaning, "catalog lineage add") for meaning in ("403 to everything: a key without rights", "404 to everything", "the connection ends within each reply"))],
    2,
)  # fmt: skip
_LISTED = dict.fromkeys([(NO_ROWS, f"catalog {each}") for each in ("stale", "adoption", "lineage list")], 0)
_TOLD = dict.fromkeys(
    [
        *((meaning, "snapshot") for meaning in PAGES),
        ("later pages of rows that nobody asked about", "catalog stale"),
    ],
    0,
)
OTHERWISE = _NAMELESS | _LISTED | _TOLD
"""Exit codes that are not 3: a name that is not there is a wrong one, a list that counts 0 rows is an answer, dashboards are nobody's in
particular, and a snapshot holds (and says) which assets were not asked to the end, so that no run takes them for unread."""
WAITS = {
    "a huge": "99999999999",
    "a negative": "-5",
    "a dated": "Wed, 21 Oct 2099 07:28:00 GMT",
    "an unreadable": "soon",
}


def _raw(elsewhere: str) -> Iterator[tuple[str, Answer]]:
    """Give the faults that no server of HTTP has, each to everything."""

    def always(said: bytes) -> Answer:
        return lambda method, path: said

    for status in (400, 408, 413, 414, 502, 504):
        yield f"{status} to everything", always(reply({"detail": "no"}, status=status))
    for name, value in WAITS.items():
        yield f"429 with {name} Retry-After", always(reply({}, status=429, Retry_After=value))
    for status in (301, 302):
        yield f"{status} to another host", always(reply("", status=status, Location=f"{elsewhere}/x"))
    yield "a list where an object is due, of numbers", always(reply([3]))
    yield "rows that are numbers", always(reply({"results": [3], "count": 1, "meta": {"next_page": None}}))
    yield (
        "ids that are NaN",
        always(reply('{"results": [{"id": NaN}], "id": NaN, "count": NaN, "meta": {"next_page": NaN}}')),
    )
    yield "JSON of 100,000 levels", always(reply("[" * 100_000))
    yield "200 MB", lambda method, path: _large()
    yield "a gzip of 200 MB", always(reply(_packed(), Content_Encoding="gzip"))
    yield "packed in a way that nobody asked for", always(reply(b"x", Content_Encoding="br"))
    yield "the connection ends without a reply", always(b"")
    yield "replies that drip", lambda method, path: _drip()


def _large() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n["
    for _ in range(200):
        yield b" " * (1 << 20)


@functools.cache
def _packed() -> bytes:
    return gzip.compress(b"[" + b" " * (200 << 20), compresslevel=1)


def _drip() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
    while True:
        yield b" "
        time.sleep(0.05)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A merged change that loses a column which only a dashboard reads; nobody waits between attempts."""
    for name in ("GITHUB_EVENT_NAME", "GITHUB_ACTIONS", "GITHUB_BASE_REF", "GITLAB_CI", "CI"):
        monkeypatch.delenv(name, raising=False)
    project = Project(tmp_path / "repository").start().commit(FILES)
    project.commit({"orders.sql": ORDERS.replace(", amount", "")})
    people = [
        {"email": "new@example.com", "role": "editor", "groups": ["Data stewards"], "teams": ["support"]}
    ]
    (project.directory / "people.json").write_text(json.dumps(people))
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
            seen[meaning] = dict(_each(TIMED if kind is FaultKind.SLOW else COMMANDS))
        server.control.clear_faults()
        for meaning, switches in PAGES.items():
            server.control.switches = read_switches(["page_size=1", *switches])
            seen[meaning] = dict(_each(PAGED))
        assert not any(request.method in ("POST", "PATCH", "DELETE") for request in server.control.requests)
    with answering(lambda method, path: reply([])) as elsewhere:
        for meaning, answer in _raw(elsewhere.url):
            with answering(answer) as host:
                monkeypatch.setenv("SECODA_API_URL", host.url)
                seen[meaning] = dict(_each(TIMED if "drip" in meaning else COMMANDS))
                assert {one[2] for one in host.asked} == {"Bearer emulator-admin"}
        assert elsewhere.asked == []
    monkeypatch.setattr(socket, "getaddrinfo", _without_names(socket.getaddrinfo))
    for meaning, url in _addresses():
        monkeypatch.setenv("SECODA_API_URL", url)
        seen[meaning] = dict(_each())
    for meaning, rans in seen.items():
        for command, ran in rans.items():
            assert ran.code == OTHERWISE.get((meaning, command), 3), (meaning, command, ran)
            assert "crashed" not in ran.err + ran.out, (meaning, command, ran)
    compare_or_write(PAGE, list(_table(seen)))


TIMED = ("check", "downstream", "catalog stale", "snapshot", "doctor")
"""Commands that are tried where each takes until its deadline. `sync` takes the time that its writes need: a reply late by seconds is none too late."""
PAGED = (
    "check",
    "sync",
    "downstream",
    "catalog upstream",
    "catalog stale",
    "catalog lineage list",
    "snapshot",
)
"""Commands that read lists of several pages here."""


def _each(commands: Collection[str] = tuple(COMMANDS)) -> Iterator[tuple[str, Ran]]:
    for command in commands:
        yield command, run(*COMMANDS[command])


def _addresses() -> Iterator[tuple[str, str]]:
    """Give addresses behind which nobody speaks HTTP."""
    yield "nobody listens there", "http://127.0.0.1:9"
    yield "the name is not known (DNS)", "https://nobody.invalid"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_speak_no_tls, args=(listener,), daemon=True).start()
        yield "no TLS is spoken there", f"https://127.0.0.1:{listener.getsockname()[1]}"


def _without_names(look_up: Callable[..., Addresses]) -> Callable[..., Addresses]:
    """Know no name but those of this machine, at once: how long a network looks for one is no part of the page."""

    def found(host: object, *rest: int | str, **named: int) -> Addresses:
        if ".invalid" in str(host):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return look_up(host, *rest, **named)

    return found


def _speak_no_tls(listener: socket.socket) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        connection.close()


def _table(seen: dict[str, dict[str, Ran]]) -> Iterator[str]:
    yield "| fault | exit code | the catalog's part of what is said |"
    yield "| --- | --- | --- |"
    for meaning, rans in seen.items():
        codes = _by(rans, lambda command, ran: str(ran.code))
        said = _by(rans, lambda command, ran: f"`{_core(_said(command, ran)) or 'no rows'}`")
        yield f"| {meaning} | {codes} | {said} |"


def _by(rans: dict[str, Ran], tell: Callable[[str, Ran], str]) -> str:
    """Tell each thing once, the most usual first and of all; what else there is, with the commands of it."""
    told: dict[str, list[str]] = {}
    for command, ran in rans.items():
        told.setdefault(tell(command, ran), []).append(command)
    usual, *others = sorted(told, key=lambda each: -len(told[each]))
    return "; ".join([usual, *(f"{each} ({', '.join(told[each])})" for each in others)])


def _core(text: str) -> str:
    """Leave out what the command calls what it did not do, and which endpoint it asked."""
    found = re.search(r"(Secoda|the search|the catalog lists|/[a-z/]+ gave).*", text.partition("; failed")[0])
    return re.sub(r"(GET|POST|PATCH|DELETE) /[\w/-]*", r"\1 …", found[0] if found else text)


def _said(command: str, ran: Ran) -> str:
    """Give the sentence that a person reads: the verdict and the catalog's state, what failed, or the error."""
    if command == "snapshot" and ran.code == 0:
        text = ran.out.partition(": ")[2].strip()
    elif command == "check":
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
    text = re.sub(r"\d+ s left", "… s left", text)
    text = re.sub(r"(Connect|Read|RemoteProtocol|Write)Error: .*", r"\1Error: …", text)
    return text.replace("|", "\\|").replace("`", "'")


SIGNALS: dict[str, tuple[signal.Signals, tuple[int, ...]]] = {
    "SIGINT": (signal.SIGINT, (130,)),
    "SIGTERM": (signal.SIGTERM, (-signal.SIGTERM,)),
}


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
        with heard():
            child = subprocess.Popen(
                [sys.executable, "-P", "-m", "contract_gate", *COMMANDS[command]],
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
