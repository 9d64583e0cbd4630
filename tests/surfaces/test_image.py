"""The action's image, run as a runner runs it. `make action` (scripts/run-action.sh) builds the image first."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

IMAGE = os.environ.get("CONTRACT_GATE_IMAGE")
PODMAN = os.environ.get("CONTRACT_GATE_PODMAN", "podman")
OWNER = 1001

pytestmark = pytest.mark.skipif(IMAGE is None, reason="there is no image: `make action` builds and tests it")

UPSTREAM = "create table shop.orders as select id, amount, placed_at from raw.orders\n"
READER = "create table shop.revenue as select sum(amount) as total from shop.orders\n"
# Files of a pull request that Python would load first if the working directory were on its path.
PLANTED = dict.fromkeys(
    ("click.py", "json.py", "sitecustomize.py", "sqlglot.py"), "raise SystemExit('planted')\n"
)


class Runner:
    """What GitHub's runner gives a container action: a workspace of its own user, a home, the event, command files."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.workspace = directory / "workspace"
        self.home = directory / "home"
        self.commands = directory / "commands"
        self.origin = directory / "origin"
        for each in (self.home, self.commands, self.origin):
            each.mkdir()
        for name in ("output", "summary"):
            (self.commands / name).touch()

    def git(self, directory: Path, *arguments: str) -> str:
        identity = {"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.com"}
        identity |= {"GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.com"}
        plain = {"PATH": os.environ["PATH"], "HOME": str(self.directory), **identity}
        done = subprocess.run(
            ["git", *arguments], cwd=directory, env=plain, capture_output=True, check=True, text=True
        )
        return done.stdout.strip()

    def commit(self, files: dict[str, str]) -> str:
        for name, content in files.items():
            (self.origin / name).write_text(content)
        self.git(self.origin, "add", "-A")
        self.git(self.origin, "commit", "-q", "--allow-empty", "-m", "work")
        return self.git(self.origin, "rev-parse", "HEAD")

    def pull_request(self, base: dict[str, str], head: dict[str, str], depth: int) -> None:
        """Make a pull request, and check its merge commit out at a depth into a workspace of another owner."""
        self.git(self.origin, "init", "-q", "-b", "main")
        self.git(self.origin, "config", "uploadpack.allowAnySHA1InWant", "true")
        stale = self.commit(base)
        self.git(self.origin, "checkout", "-q", "-b", "change")
        tip = self.commit(head)
        self.git(self.origin, "checkout", "-q", "main")
        self.commit({"unrelated.txt": "main moved on\n"})
        self.git(self.origin, "checkout", "-q", "--detach")
        self.git(self.origin, "merge", "-q", "--no-ff", "-m", "merge", "change")
        self.merge = self.git(self.origin, "rev-parse", "HEAD")
        self.git(self.origin, "update-ref", "refs/pull/7/merge", self.merge)
        self.workspace.mkdir()
        self.git(self.workspace, "init", "-q")
        self.git(self.workspace, "remote", "add", "origin", f"file://{self.origin}")
        self.git(self.workspace, "fetch", "-q", f"--depth={depth}", "origin", "refs/pull/7/merge")
        self.git(self.workspace, "checkout", "-q", "--detach", "FETCH_HEAD")
        # In the container the remote is mounted at another place.
        self.git(self.workspace, "remote", "set-url", "origin", "file:///github/origin")
        for path in (self.workspace, *self.workspace.rglob("*")):
            os.chown(path, OWNER, OWNER, follow_symlinks=False)
        ends = {"base": {"sha": stale, "ref": "main"}, "head": {"sha": tip, "ref": "change"}}
        event = {
            "number": 7,
            "pull_request": ends,
            "repository": {"full_name": "o/r", "default_branch": "main"},
        }
        (self.commands / "event.json").write_text(json.dumps(event))

    def run(self, *program: str, **inputs: str) -> "subprocess.CompletedProcess[str]":
        variables = {
            "HOME": "/github/home",
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": "/github/workspace",
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_EVENT_PATH": "/github/commands/event.json",
            "GITHUB_OUTPUT": "/github/commands/output",
            "GITHUB_STEP_SUMMARY": "/github/commands/summary",
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_SHA": self.merge,
            "GITHUB_REF": "refs/pull/7/merge",
            **{f"INPUT_{name.upper().replace('_', '-')}": value for name, value in inputs.items()},
        }
        places = {
            "workspace": self.workspace,
            "home": self.home,
            "commands": self.commands,
            "origin": self.origin,
        }
        command = [
            PODMAN,
            "run",
            "--rm",
            "--runtime",
            "runc",
            "--network",
            "none",
            "--workdir",
            "/github/workspace",
        ]
        # Below what any machine allows: raising a limit needs a right that a container host may not have.
        command += ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=4096:4096"]
        command += [f"--volume={path}:/github/{name}" for name, path in places.items()]
        command += [f"--env={name}={value}" for name, value in variables.items()]
        assert IMAGE is not None
        command += ["--entrypoint", program[0]] if program else []
        return subprocess.run(
            [*command, IMAGE, *program[1:]], capture_output=True, check=False, text=True, errors="replace"
        )

    @property
    def outputs(self) -> dict[str, str]:
        text = (self.commands / "output").read_text()
        return {name: value for name, _, value in re.findall(r"(?ms)^(\S+?)<<(\S+)\n(.*?)\n?\2$", text)}


@pytest.fixture
def runner(tmp_path):
    return Runner(tmp_path)


@pytest.mark.parametrize("depth", [1, 2])
def test_a_breaking_pull_request_is_blocked(runner, depth):
    """A removed column that another model reads blocks: exit code, outputs, summary, annotation and report agree."""
    broken = {"orders.sql": UPSTREAM.replace("amount, ", ""), **PLANTED}
    config = {"contract-gate.toml": 'dialect = "postgres"\n'}
    runner.pull_request({"orders.sql": UPSTREAM, "revenue.sql": READER, **config}, broken, depth)
    ran = runner.run(secoda_api_url="us", format="sarif=contract-gate.sarif")
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "planted" not in ran.stdout + ran.stderr
    assert runner.outputs["verdict"] == "blocked"
    assert int(runner.outputs["errors"]) >= 1
    assert "amount" in (runner.commands / "summary").read_text()
    assert any(line.startswith("::error") and "orders.sql" in line for line in ran.stdout.splitlines())
    report = runner.workspace / runner.outputs["report"]
    assert json.loads(report.read_text())["head"] == runner.merge
    assert report.stat().st_uid == OWNER
    assert json.loads((runner.workspace / "contract-gate.sarif").read_text())["runs"]
    assert list(runner.home.iterdir()) == []


def test_the_base_is_found_in_a_workspace_of_another_owner(runner):
    """As root over another user's shallow clone, the merge commit's first parent is fetched and compared."""
    runner.pull_request({"orders.sql": UPSTREAM}, {"orders.sql": UPSTREAM.upper(), **PLANTED}, 1)
    program = (
        "import os; from contract_gate.edge.git import *\n"
        "with Repository.open('.', os.environ) as r:\n"
        "    c = choose_revisions(r, environment=os.environ)\n"
        "    print(c.base.sha, *sorted(each.path for each in r.changed_files(c.base, c.head)))\n"
    )
    ran = runner.run("/opt/contract-gate/venv/bin/python", "-I", "-c", program)
    main = runner.git(runner.origin, "rev-parse", "main")
    assert ran.stdout.split() == [main, *sorted(["orders.sql", *PLANTED])], ran.stderr
    assert list(runner.home.iterdir()) == []


def test_a_harmless_pull_request_passes(runner):
    """A pull request that changes no model ends with 0 and says so."""
    runner.pull_request({"orders.sql": UPSTREAM, "revenue.sql": READER}, {"README.md": "words\n"}, 2)
    ran = runner.run(dialect="postgres")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert runner.outputs["verdict"] == "passed"
    assert runner.outputs["models-changed"] == "0"


def test_a_base_that_cannot_be_had_is_undecided(runner):
    """At a depth of 1 without a remote the run ends with 3 and says what to set, and no output says passed."""
    runner.pull_request({"orders.sql": UPSTREAM}, {"orders.sql": UPSTREAM.upper()}, 1)
    runner.git(
        runner.workspace,
        "-c",
        f"safe.directory={runner.workspace}",
        "config",
        "-f",
        ".git/config",
        "remote.origin.url",
        "file:///github/nowhere",
    )
    ran = runner.run()
    assert ran.returncode == 3, ran.stdout + ran.stderr
    assert "fetch-depth: 2" in ran.stdout + ran.stderr
    assert runner.outputs["verdict"] == "undecided"
