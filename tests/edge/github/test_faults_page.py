"""docs/faults.md, of GitHub: what the verdict, the report and the comment are for each fault of its API, as this test sees it."""

import gzip
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract_gate.edge.approvals import write_approvals
from contract_gate.edge.github import api
from contract_gate.edge.github.approving import collect
from contract_gate.edge.github.comment import CommentPlace, Posted, post
from contract_gate.edge.github.event import PullRequest
from tests.cli.running import Ran, compare_or_write, run
from tests.e2e.project import PLAIN, Project, edited
from tests.host import Answer, answering, endless, free_port, page_of, reply

PAGE = Path(__file__).parents[3] / "docs" / "faults.md"
BASE = PLAIN | {
    "contract-gate.toml": 'dialect = "postgres"\nwitness = false\ncomment-waivers = true\n',
    "CODEOWNERS": "/warehouse/orders.sql @maker\n/warehouse/weekly.sql @reader\n",
}
DROPPED = edited(PLAIN, "warehouse/orders.sql", ",\n    cents / 100.0 as amount", "")
AUTHOR = PullRequest(number=7, author="bo")
NONE, LATE, DRIPS, HEADERS, NO_TLS = (
    "no fault",
    "replies after the time for one",
    "replies that drip",
    "headers that drip",
    "no TLS is spoken there",
)
SHORT = {LATE: ("_EACH", 0.5), NO_TLS: ("_EACH", 0.5), DRIPS: ("SECONDS", 2.0), HEADERS: ("SECONDS", 2.0)}
"""Which time is short for which fault; a busy machine is given the usual one else."""
BEGIN = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
STATUSES = (400, 401, 403, 404, 408, 413, 414, 429, 500, 501, 502, 503, 504)
WAITS = {
    "huge": "99999999999",
    "negative": "-5",
    "dated": "Wed, 21 Oct 2099 07:28:00 GMT",
    "an unreadable": "soon",
}


def comment(fingerprint: str, identity: int = 1, issue: int = 7) -> dict[str, object]:
    when = "2026-01-01T00:00:00Z"
    return {
        "id": identity, "body": f"/contract-gate allow {fingerprint} because we moved", "html_url": "https://github.test/c",
        "created_at": when, "updated_at": when, "user": {"login": "reader", "type": "User"},
        "issue_url": f"https://api.github.test/repos/acme/models/issues/{issue}",
    }  # fmt: skip


def well(fingerprint: str, **other: object) -> Answer:
    """Answer as GitHub does where nothing is wrong; `other` gives another reply to what a part of the path names."""

    def answer(method: str, path: str) -> bytes:
        for part, body in other.items():
            if part in path:
                return body if isinstance(body, bytes) else reply(body)
        if path == "/graphql":
            return reply({"data": {"organization": {"teams": {"nodes": []}}}})
        if "/permission" in path:
            return reply({"permission": "write", "user": {"login": "reader"}})
        if method == "GET":
            return reply([comment(fingerprint)])
        return reply({"html_url": "https://github.test/c2"}, status=201)

    return answer


def faults(fingerprint: str, elsewhere: str) -> Iterator[tuple[str, Answer]]:
    """Give each fault by what it is called: of everything first, then of one thing that is asked."""

    def always(said: bytes) -> Answer:
        return lambda method, path: said

    def pages(*, repeated: bool) -> Answer:
        def answer(method: str, path: str) -> bytes:
            first = 0 if repeated else 1000 * page_of(path)
            return reply([comment("f" * 32, first + number) for number in range(100)])

        return answer

    whole = reply([comment(fingerprint)])
    yield NONE, well(fingerprint)
    for status in STATUSES:
        yield f"{status} to everything", always(reply({"message": "no"}, status=status))
    for name, value in WAITS.items():
        yield f"429 with {name} Retry-After", always(reply({}, status=429, Retry_After=value))
    for status in (301, 302):
        yield f"{status} to another host", always(reply("", status=status, Location=f"{elsewhere}/x"))
    yield "200 without a body", always(reply(""))
    yield "200 with a web page", always(reply("<!doctype html>", Content_Type="text/html"))
    yield "200 with an error's body", always(reply({"message": "Server Error"}))
    yield "wrong types: numbers for comments", always(reply([3]))
    yield "NaN for comments", always(reply("[NaN]"))
    yield "JSON of 100,000 levels", always(reply("[" * 100_000))
    yield "200 MB", lambda method, path: _large()
    yield (
        "a packed reply, which nobody asked for",
        always(reply(gzip.compress(b"[]"), Content_Encoding="gzip")),
    )
    yield "the connection ends within each reply", always(whole[: len(whole) // 2])
    yield "the connection ends without a reply", always(b"")
    yield LATE, lambda method, path: _late(whole)
    yield DRIPS, lambda method, path: endless(BEGIN, b" ")
    yield HEADERS, lambda method, path: endless(b"HTTP/1.1 200 OK\r\n", b"X-Header: x\r\n")
    yield "pages without an end", pages(repeated=False)
    yield "the same page again and again", pages(repeated=True)
    yield "comments of another pull request", always(reply([comment(fingerprint, issue=8)]))
    yield (
        "the rights of somebody else",
        well(fingerprint, permission={"permission": "write", "user": {"login": "bo"}}),
    )
    yield "rights: 503", well(fingerprint, permission=reply({}, status=503))
    yield "rights: wrong types", well(fingerprint, permission={"permission": 7})
    yield "teams: 503", well(fingerprint, graphql=reply({}, status=503))
    yield "teams: 403", well(fingerprint, graphql=reply({}, status=403))
    yield "teams: an error's body", well(fingerprint, graphql={"errors": [{"message": "no"}]})


def _large() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n["
    for _ in range(200):
        yield b" " * (1 << 20)


def _late(whole: bytes) -> Iterator[bytes]:
    time.sleep(1.0)
    yield whole


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A change that breaks a reader, and a pull request that may have few comments."""
    for name in (
        "GITHUB_EVENT_NAME",
        "GITHUB_ACTIONS",
        "GITHUB_BASE_REF",
        "GITLAB_CI",
        "CI",
        "SECODA_API_KEY",
    ):
        monkeypatch.delenv(name, raising=False)
    project = Project(tmp_path / "repository").start().commit(BASE).pull_request(DROPPED)
    monkeypatch.chdir(project.directory)
    monkeypatch.setattr(api, "_MOST_PAGES", 3)
    return project


def test_the_page(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A yes that was not read allows nothing, a comment that was not written decides nothing, and the token goes nowhere else."""
    fingerprint = next(
        one["fingerprint"]
        for one in json.loads(checked(project, None).out)["findings"]
        if one["level"] == "error"
    )
    seen: dict[str, tuple[Ran, str]] = {}
    with answering(lambda method, path: reply([])) as elsewhere:
        for name, answer in faults(fingerprint, elsewhere.url):
            with answering(answer) as host:
                with monkeypatch.context() as patch:
                    if name in SHORT:
                        patch.setattr(api, *SHORT[name])
                    seen[name] = asked(project, host.url)
                assert {one[2] for one in host.asked} == {"Bearer t0ken"}
        assert elsewhere.asked == []
    seen["nobody listens there"] = asked(project, f"http://127.0.0.1:{free_port()}")
    seen["the name is not known (DNS)"] = asked(project, "https://nobody.invalid")
    monkeypatch.setattr(api, *SHORT[NO_TLS])
    with answering(lambda method, path: reply([])) as host:
        seen[NO_TLS] = asked(project, host.url.replace("http:", "https:"))
    for name, (ran, note) in seen.items():
        # An owner's yes counts without a team and without the right to write: it is for those who own nothing.
        counts = name == NONE or name in ("rights: wrong types", "teams: 403", "teams: an error's body")
        assert ran.code == (0 if counts else 1), (name, ran)
        assert "t0ken" not in ran.out + ran.err + note
    compare_or_write(PAGE, list(_table(seen)), " of GitHub")


def asked(project: Project, url: str) -> tuple[Ran, str]:
    """Check with what could be read of what people said, then comment."""
    where = CommentPlace(api_url=url, token="t0ken", repository="acme/models", number=7)
    file = project.directory.parent / "approvals.json"
    file.write_text(write_approvals(collect(where, AUTHOR)), encoding="utf-8")
    done = post(where, "# blocked")
    assert (done.note is None) == (done.posted is not Posted.REFUSED)
    return checked(project, file), done.note or done.posted


def checked(project: Project, approvals: Path | None) -> Ran:
    return run(
        "check", "--base", "main", "--format", "json", *([f"--approvals={approvals}"] if approvals else [])
    )


def _table(seen: dict[str, tuple[Ran, str]]) -> Iterator[str]:
    yield "| fault | verdict, exit code | the report says | the comment |"
    yield "| --- | --- | --- | --- |"
    for name, (ran, note) in seen.items():
        report = json.loads(ran.out)
        told = [one for one in report["coverage"]["notes"] if re.search("what people allowed|teams of", one)]
        shown = f"`{told[0]}`" if told else "the reader's owner allowed it" if ran.code == 0 else ""
        line = f"| {name} | {report['verdict']}, {ran.code} | {shown} | {note} |"
        # Whether no TLS is an error or no answer hangs on what the other side makes of a greeting.
        yield re.sub(r"Connect(Error|Timeout)", "Connect…", line)
