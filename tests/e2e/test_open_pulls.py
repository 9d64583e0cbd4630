"""The action with `also-open`, whole: a GitHub that knows its pull requests, their refs in its git, and a shallow clone of one of them."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract_gate.edge.github import action
from tests.e2e.project import Project
from tests.host import Host, answering, reply

BASE = {
    "contract-gate.toml": 'dialect = "postgres"\nwitness = false\n',
    "orders.sql": "create view shop.orders as\nselect id, amount, day\nfrom shop.raw;\n",
    "daily.sql": "create view shop.daily as\nselect * from shop.orders;\n",
    "people.sql": "create view shop.people as\nselect name from shop.users;\n",
}
WITHOUT_AMOUNT = {"orders.sql": BASE["orders.sql"].replace(" amount,", "")}


class Forge:
    """A GitHub with one repository: pull requests are opened, and listed while they are open."""

    def __init__(self, directory: Path) -> None:
        self.project = Project(directory / "forge").start().commit(BASE)
        self.directory, self.open = directory, dict[int, bool]()

    def pull(self, number: int, files: dict[str, str | None], *, draft: bool = False) -> None:
        """Open one from a fork's branch, which the repository knows by its number alone."""
        self.project.git("checkout", "--quiet", "--detach", "main")
        self.project.commit(files)
        self.project.git("update-ref", f"refs/pull/{number}/head", "HEAD")
        self.project.git("checkout", "--quiet", "--detach", "main")
        self.project.git("merge", "--quiet", "--no-ff", "--message", "merge", f"refs/pull/{number}/head")
        self.project.git("update-ref", f"refs/pull/{number}/merge", "HEAD")
        self.project.git("checkout", "--quiet", "main")
        self.open[number] = draft

    def answer(self, method: str, path: str) -> bytes:
        """Answer as GitHub does, newest first."""
        if re.fullmatch(r"/repos/acme/models/pulls\?state=open&base=main&.*", path) is None:
            return reply({"message": "Not Found"}, 404)
        return reply([
            {"number": number, "draft": draft, "base": {"ref": "main"}}
            for number, draft in sorted(self.open.items(), reverse=True)
        ])  # fmt: skip

    def checkout(self, number: int) -> Project:
        """Clone as actions/checkout does: the merge commit alone."""
        clone = Project(self.directory / f"clone-{number}")
        clone.git("init", "--quiet")
        clone.git("remote", "add", "origin", self.project.directory.as_uri())
        clone.git(
            "fetch", "--quiet", "--depth=1", "origin", f"+refs/pull/{number}/merge:refs/remotes/pull/merge"
        )
        clone.git("checkout", "--quiet", "--detach", "refs/remotes/pull/merge")
        return clone


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[tuple[Forge, Host]]:
    made = Forge(tmp_path)
    with answering(made.answer) as host:
        yield made, host


def acted(forge: Forge, host: Host, number: int, capfd: pytest.CaptureFixture[str]) -> tuple[int, dict, str]:
    """Run the action on a pull request; give the exit code, the report and the log."""
    clone = forge.checkout(number)
    sha = clone.git("rev-parse", "HEAD").strip()
    head = forge.project.git("rev-parse", f"refs/pull/{number}/head").strip()
    event = forge.directory / "event.json"
    pull = {"number": number, "base": {"ref": "main"}, "head": {"sha": head}, "merge_commit_sha": sha}
    event.write_text(
        json.dumps({"number": number, "pull_request": pull, "repository": {"default_branch": "main"}})
    )
    code = action.act({
        **clone.environment, "GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(event), "GITHUB_SHA": sha,
        "GITHUB_REPOSITORY": "acme/models", "GITHUB_API_URL": host.url, "GITHUB_TOKEN": "t0ken",
        "GITHUB_WORKSPACE": str(clone.directory), "GITHUB_OUTPUT": str(forge.directory / "output"),
        "GITHUB_STEP_SUMMARY": str(forge.directory / "summary"), "INPUT_ALSO-OPEN": "true", "PYTHONPATH": ":".join(sys.path),
    })  # fmt: skip
    out, err = capfd.readouterr()
    assert "t0ken" not in out + err
    return code, json.loads((clone.directory / "contract-gate.json").read_text()), out + err


def notes(report: dict) -> str:
    return "\n".join(report["coverage"]["notes"])


def test_who_is_only_broken_by_both(forge: tuple[Forge, Host], capfd: pytest.CaptureFixture[str]) -> None:
    """One takes a column away, another that is open reads it through a third relation; the rest is left in peace, and told."""
    made, host = forge
    made.pull(7, WITHOUT_AMOUNT)
    made.pull(8, {"job.py": 'db.execute("select amount from shop.daily")\n'})
    made.pull(9, {"people.sql": BASE["people.sql"].replace("name", "name, age")})
    made.pull(10, {"image.svg": "<svg/>"})
    made.pull(11, {"orders.sql": None}, draft=True)
    made.pull(12, {"orders.sql": BASE["orders.sql"].replace(" amount,", " amount, note,")})
    code, report, log = acted(made, host, 7, capfd)
    assert code == 1
    assert {one["location"]["path"] for one in report["impacts"] if one["effect"] == "breaks"} == {"job.py"}
    assert any(
        one["message"].startswith("merged together with pull request #8: ") for one in report["changes"]
    )
    said = notes(report)
    assert "judged together with pull request #8 (" in said
    assert "not judged together with pull request #9: it touches nothing" in said
    assert "not judged together with pull request #10: it changes no model" in said
    assert "not judged together with pull request #12: it can't be merged with this change" in said
    assert "::warning title=contract-gate::not judged together with this one: 1 draft" in log
    del made.open[8]
    again = acted_again(made, host, capfd)
    assert again == 0


def acted_again(made: Forge, host: Host, capfd: pytest.CaptureFixture[str]) -> int:
    """Judge the same pull request once more, from a clone of its own."""
    made.directory = made.directory / "again"
    made.directory.mkdir()
    return acted(made, host, 7, capfd)[0]


def test_the_other_way_round(forge: tuple[Forge, Host], capfd: pytest.CaptureFixture[str]) -> None:
    """The one that is judged adds the reader."""
    made, host = forge
    made.pull(7, {"sums.sql": "create view shop.sums as\nselect sum(amount) as s from shop.daily;\n"})
    made.pull(8, WITHOUT_AMOUNT)
    code, report, _ = acted(made, host, 7, capfd)
    assert code == 1
    assert "sums.sql" in {one["location"]["path"] for one in report["impacts"] if one["effect"] == "breaks"}


def test_a_pull_request_whose_commit_is_gone(
    forge: tuple[Forge, Host], capfd: pytest.CaptureFixture[str]
) -> None:
    """It was closed and cleaned away meanwhile: that is told, and the change is judged for itself."""
    made, host = forge
    made.pull(7, {"people.sql": BASE["people.sql"].replace("name", "name, age")})
    made.open[99] = False
    code, report, _ = acted(made, host, 7, capfd)
    assert code == 0
    assert "not judged together with pull request #99: its commit can't be had" in notes(report)
