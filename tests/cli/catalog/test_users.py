"""`catalog users add`, against an emulator on loopback."""

import json
from pathlib import Path

import pytest

from contract_gate.cli.catalog.users import read_members
from contract_gate.core.errors import CatalogError, UsageError
from contract_gate.emulator.faults import Fault, FaultKind
from contract_gate.emulator.server import Server
from contract_gate.emulator.switches import read_switches
from tests.cli.catalog.invoking import invoke

PEOPLE = """email,role,groups,teams
new@example.com,Editor,data stewards,finance;support
dana@example.com,editor,,
guest@example.com,guest,,support
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE)
    return str(path)


def writes(server: Server) -> int:
    return sum(request.method != "GET" for request in server.control.requests)


@pytest.mark.parametrize(
    "switches", [[], ["create_user=example"], ["create_user=reference"], ["user_groups=off"], ["page_size=2"]]
)
def test_people_are_added_once(workspace: Server, file: str, switches: list[str]) -> None:
    """Groups and teams are found by name, who is there is left alone, and a second run adds nobody."""
    workspace.control.switches = read_switches(switches)
    told = json.loads(invoke("users", "add", file, "--yes", "--format", "json").stdout)
    assert [one["state"] for one in told["people"]] == ["added", "there", "added"]
    by_email = {user.email: user for user in workspace.store.users.values()}
    added = by_email["new@example.com"]
    assert (added.role, added.teams) == ("editor", ("finance", "support"))
    assert any(
        added.id in group.users and group.name == "Data stewards" for group in workspace.store.groups.values()
    )
    assert told["people"][0]["id"] == added.id
    before = writes(workspace)
    assert "0 to add, 3 there already" in invoke("users", "add", file, "--yes").output
    assert writes(workspace) == before


def test_a_dry_run_and_a_no(workspace: Server, file: str) -> None:
    """Neither adds anybody; the plan has the ids of groups and teams."""
    shown = invoke("users", "add", file, "--dry-run").output
    group = next(one for one in workspace.store.groups.values() if one.name == "Data stewards")
    assert f"group Data stewards  {group.id}" in shown
    assert isinstance(invoke("users", "add", file, answer="n\n").exception, UsageError)
    assert writes(workspace) == 0


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("a@example.com,editor,data steward,", "Data stewards"),
        ("a@example.com,editor,TWINS,", "2 groups"),
        ("a@example.com,editor,,nowhere", "no team nowhere"),
    ],
)
def test_groups_and_teams_that_are_not_one(workspace: Server, tmp_path: Path, line: str, told: str) -> None:
    """A name of none or of several adds nobody at all."""
    (tmp_path / "p.csv").write_text(f"email,role,groups,teams\nb@example.com,editor,,\n{line}\n")
    error = invoke("users", "add", str(tmp_path / "p.csv"), "--yes").exception
    assert isinstance(error, UsageError)
    assert told in f"{error.message} {error.hint}"
    assert writes(workspace) == 0


def test_a_reply_that_is_lost_adds_nobody_twice(workspace: Server, file: str) -> None:
    """A person whose adding was answered by half a reply is looked for, and not added again."""
    workspace.control.inject(Fault(kind=FaultKind.STATUS_503, route="user", method="POST", times=1))
    assert invoke("users", "add", file, "--yes").exit_code == 0
    assert sum(user.email == "new@example.com" for user in workspace.store.users.values()) == 1


def test_a_key_that_may_not(workspace: Server, file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Secoda refuses is told for each, and fails the run."""
    monkeypatch.setenv("SECODA_API_KEY", "emulator-editor")
    result = invoke("users", "add", file, "--yes")
    assert isinstance(result.exception, CatalogError)
    assert "failed: " in result.output


@pytest.mark.parametrize(
    "text",
    [
        "", "email,role\n", "email,role\nnobody,editor\n", "email,role\na@b.c,king\n", "email,role\na@b.c,guest\n",
        "email,role,shoe\na@b.c,editor,44\n", "email,role\na@b.c,editor\nA@b.c,viewer\n", "email,role\na@b.c,editor,x,y\n",
        "[1]", "[{", '[{"email": "a@b.c", "role": "editor", "teams": 3}]',
    ],
)  # fmt: skip
def test_a_file_that_is_not_meant(tmp_path: Path, text: str) -> None:
    """A file that names nobody, somebody twice or something unknown is a usage error."""
    (tmp_path / "p").write_text(text)
    with pytest.raises(UsageError):
        read_members(tmp_path / "p")


def test_json(tmp_path: Path) -> None:
    """A JSON list says the same as a table."""
    (tmp_path / "p.json").write_text(
        '[{"email": "a@b.c", "role": "viewer", "groups": ["x; y", "z"], "first_name": "A"}]'
    )
    (one,) = read_members(tmp_path / "p.json")
    assert (one.groups, one.role, one.first_name) == (("x; y", "z"), "viewer", "A")
