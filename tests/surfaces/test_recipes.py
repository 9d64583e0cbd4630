"""The jobs that `init` writes, run as their CI runs them: its shell, its variables, its clone. Only what installs the program is a stand-in."""

import json
import os
import re
import subprocess
import sys
import threading
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from contract_gate.cli.installed import Installation
from contract_gate.cli.scaffold import SETUPS, Answers, Ci, job_text
from tests.e2e.project import PLAIN, Project, edited

GATE = Installation(address="https://git.example.com/data/contract-gate", revision="0123abc")
WANTED = "contract-gate[fast,witness] @ git+https://git.example.com/data/contract-gate@0123abc"
PYTHON = """#!/bin/sh
# Stands in for the image's Python: what is installed is noted, an environment is a folder with the same stand-ins.
case " $* " in
  *" pip install "*) for last; do :; done; printf '%s\\n' "$last" >>"$STAND_IN_INSTALLED"; exit 0;;
  *" -m venv "*) for last; do :; done; mkdir -p "$last"; ln -s "$STAND_IN_BIN" "$last/bin"; exit 0;;
esac
exec @PYTHON@ "$@"
"""
GATE_PROGRAM = '#!/bin/sh\nexec @PYTHON@ -P -m contract_gate "$@"\n'
AGENT = '#!/bin/sh\necho "$*" >>"$STAND_IN_SEEN"\ncat >>"$STAND_IN_SEEN"\n'
BREAKS = edited(PLAIN, "warehouse/orders.sql", "as amount", "as total")
HARMLESS = {"warehouse/orders.sql": PLAIN["warehouse/orders.sql"] + "-- one row an order\n"}


@dataclass(frozen=True, kw_only=True)
class Step:
    """A script of a job, the shell that the CI hands it to, and what the job sets around it."""

    script: str
    shell: tuple[str, ...]
    environment: Mapping[str, str]
    always: bool = False


def steps_of(ci: Ci, text: str) -> Iterator[Step]:
    """Take the scripts out of a job, as its CI does."""
    bash = ("bash", "-eo", "pipefail", "-c")
    match ci:
        case Ci.GITHUB:
            (job,) = yaml.safe_load(text)["jobs"].values()
            for step in job["steps"]:
                if "run" in step:
                    yield Step(
                        script=step["run"],
                        shell=("bash", "-e", "-c"),
                        environment=evaluated({**job["env"], **step.get("env", {})}),
                    )
        case Ci.GITLAB:
            job = yaml.safe_load(text)["contract-gate"]
            assert job["rules"] == [{"if": '$CI_PIPELINE_SOURCE == "merge_request_event"'}]
            yield Step(script="\n".join(job["script"]), shell=bash, environment=job["variables"])
            yield Step(
                script="\n".join(job["after_script"]), shell=bash, environment=job["variables"], always=True
            )
        case Ci.BITBUCKET:
            (step,) = (each["step"] for each in yaml.safe_load(text)["pipelines"]["pull-requests"]["**"])
            assert step["clone"] == {"depth": "full"}
            shell = ("bash", "-e", "-c")
            yield Step(script="\n".join(step["script"]), shell=shell, environment={})
            yield Step(script="\n".join(step["after-script"]), shell=shell, environment={}, always=True)
        case Ci.AZURE:
            loaded = yaml.safe_load(text)
            for step in loaded["steps"]:
                if "script" in step:
                    yield Step(
                        script=step["script"],
                        # Not -e: https://learn.microsoft.com/azure/devops/pipelines/tasks/reference/cmd-line-v2
                        shell=("bash", "--noprofile", "--norc", "-c"),
                        environment=loaded["variables"],
                        always=step.get("condition") == "always()",
                    )
        case Ci.CIRCLECI:
            loaded = yaml.safe_load(text)
            job = loaded["jobs"]["contract-gate"]
            assert loaded["workflows"]["contract-gate"]["jobs"][0]["contract-gate"]["filters"][
                "branches"
            ] == {"ignore": "trunk"}
            for step in job["steps"]:
                if "run" in step:
                    yield Step(script=step["run"], shell=bash, environment=job["environment"])
        case Ci.JENKINS:
            (script,) = re.findall(r"sh '''(.*?)'''", text, re.DOTALL)
            (gate,) = re.findall(r"CONTRACT_GATE = '(.*)'", text)
            yield Step(script=script, shell=("sh", "-xe", "-c"), environment={"CONTRACT_GATE": gate})
        case Ci.BUILDKITE:
            (step,) = yaml.safe_load(text)["steps"]
            # What is uploaded is interpolated first: https://buildkite.com/docs/pipelines/configure/environment-variables
            assert not re.search(r"(?<!\$)\$(?!\$)", step["command"]), (
                "a variable of the upload, not of the job"
            )
            yield Step(
                script=step["command"].replace("$$", "$"), shell=("bash", "-e", "-c"), environment=step["env"]
            )


def evaluated(values: Mapping[str, str]) -> dict[str, str]:
    """Evaluate the expressions of a workflow as in a run without secrets."""
    return {name: re.sub(r"\$\{\{.*?\}\}", "", value) for name, value in values.items()}


VARIABLES: Mapping[Ci, Callable[[str], dict[str, str]]] = {
    Ci.GITLAB: lambda left: {
        "GITLAB_CI": "true", "CI": "true", "CI_MERGE_REQUEST_DIFF_BASE_SHA": left,
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
    },
    Ci.BITBUCKET: lambda _: {"CI": "true", "BITBUCKET_BUILD_NUMBER": "7", "BITBUCKET_PR_DESTINATION_BRANCH": "main",
        "BITBUCKET_REPO_FULL_NAME": "shop/models", "BITBUCKET_COMMIT": "0123abc",
        "CONTRACT_GATE_BITBUCKET_PROXY": "http://127.0.0.1:9",  # nobody is there
    },
    Ci.AZURE: lambda _: {"TF_BUILD": "True", "SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/main"},
    Ci.CIRCLECI: lambda _: {"CI": "true", "CIRCLECI": "true", "CIRCLE_BRANCH": "change"},
    Ci.JENKINS: lambda _: {"JENKINS_URL": "https://ci.example.com/", "CHANGE_TARGET": "main", "BRANCH_NAME": "PR-7"},
    Ci.BUILDKITE: lambda _: {"CI": "true", "BUILDKITE": "true", "BUILDKITE_PULL_REQUEST_BASE_BRANCH": "main"},
}  # fmt: skip


class Machine:
    """A CI's machine: the clone that it makes of a pull request, and the stand-ins on its path."""

    def __init__(self, directory: Path, *changes: Mapping[str, Any], depth: int = 20) -> None:
        self.depth = depth
        self.around: dict[str, str] = {}
        self.origin = Project(directory / "origin").start().commit(PLAIN)
        self.left = self.origin.git("rev-parse", "HEAD").strip()
        first, *others = changes
        self.origin.pull_request(first)
        for change in others:
            self.origin.commit(change)
        self.origin.git("checkout", "--quiet", "main")
        self.origin.commit({"docs/later.md": "main went on\n"})
        self.origin.git("checkout", "--quiet", "-b", "merged")
        self.origin.git("merge", "--quiet", "--no-ff", "--message", "merge", "change")
        self.origin.git("checkout", "--quiet", "main")
        self.origin.git("config", "uploadpack.allowAnySHA1InWant", "true")
        self.directory, self.work = directory, directory / "work"
        self.bin = directory / "bin"
        self.bin.mkdir()
        for name, text in (
            ("python", PYTHON),
            ("python3", PYTHON),
            ("contract-gate", GATE_PROGRAM),
            ("buildkite-agent", AGENT),
        ):
            (self.bin / name).write_text(text.replace("@PYTHON@", sys.executable))
            (self.bin / name).chmod(0o755)

    def cloned(self, ci: Ci) -> Path:
        """Fetch one branch and detach; GitHub checks out the merge, with its parents."""
        branch, depth = ("merged", 2) if ci is Ci.GITHUB else ("change", self.depth)
        self.work.mkdir()
        self.origin.git("-C", str(self.work), "init", "--quiet", "--initial-branch=main")
        self.origin.git("-C", str(self.work), "remote", "add", "origin", f"file://{self.origin.directory}")
        self.origin.git(
            "-C", str(self.work), "fetch", "--quiet", "--no-tags", f"--depth={depth}", "origin", branch
        )
        self.origin.git("-C", str(self.work), "checkout", "--quiet", "--detach", "FETCH_HEAD")
        return self.work

    def environment(self, ci: Ci) -> dict[str, str]:
        more = VARIABLES[ci](self.left) if ci in VARIABLES else self.github()
        return {
            **self.origin.environment,
            **more,
            "PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}",
            "STAND_IN_BIN": str(self.bin),
            "STAND_IN_INSTALLED": str(self.directory / "installed"),
            "STAND_IN_SEEN": str(self.directory / "seen"),
            "WORKSPACE_TMP": str(self.directory / "tmp"),
            **self.around,
        }

    def github(self) -> dict[str, str]:
        event = self.directory / "event.json"
        event.write_text(json.dumps({"number": 7, "pull_request": {"number": 7, "base": {"ref": "main"}}}))
        return {
            "CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(event),
            "GITHUB_REPOSITORY": "shop/models", "GITHUB_WORKSPACE": str(self.work),
            "GITHUB_OUTPUT": str(self.directory / "output"), "GITHUB_STEP_SUMMARY": str(self.directory / "summary.md"),
        }  # fmt: skip

    def run(self, ci: Ci) -> tuple[int, str]:
        """Run the job's steps until one fails, and those that always run; give the job's code and its log."""
        text = job_text(SETUPS[ci].template, Answers(origin=GATE, branch="trunk"))
        work, around = self.cloned(ci), self.environment(ci)
        code, log = 0, ""
        for step in steps_of(ci, text):
            if code and not step.always:
                continue
            ran = subprocess.run(
                [*step.shell, step.script], cwd=work, env=around | step.environment, stdin=subprocess.DEVNULL,
                capture_output=True, encoding="utf-8", check=False, timeout=120,
            )  # fmt: skip
            log += ran.stdout + ran.stderr
            assert not (step.always and ran.returncode), log
            code = code or ran.returncode
        return code, log


@pytest.mark.parametrize("ci", Ci)
def test_a_job_stops_a_pull_request_that_breaks_a_reader(tmp_path: Path, ci: Ci) -> None:
    """It installs from the one address, compares with the target, fails, and leaves what its CI shows."""
    machine = Machine(tmp_path, BREAKS)
    code, log = machine.run(ci)
    assert code == 1, log
    assert "weekly breaks" in " ".join(log.split())
    assert (tmp_path / "installed").read_text() == f"{WANTED}\n"
    shown = left_behind(ci, machine)
    assert "weekly" in shown
    assert "amount" in shown


@pytest.mark.parametrize("ci", Ci)
@pytest.mark.parametrize("depth", [1, 2, 50])
def test_a_break_in_the_first_of_two_commits_is_stopped(tmp_path: Path, ci: Ci, depth: int) -> None:
    """However little was cloned: the last commit against the one before it is not the change."""
    code, log = Machine(tmp_path, BREAKS, {"docs/why.md": "nothing else\n"}, depth=depth).run(ci)
    assert code == 1, log
    assert "weekly breaks" in " ".join(log.split())


@pytest.mark.parametrize("ci", Ci)
def test_a_job_lets_a_harmless_pull_request_pass(tmp_path: Path, ci: Ci) -> None:
    """A comment in a model is nobody's change."""
    code, log = Machine(tmp_path, HARMLESS).run(ci)
    assert code == 0, log


def left_behind(ci: Ci, machine: Machine) -> str:
    """Read what the CI would show of a run: its test report, summary or annotation."""
    work = machine.work
    match ci:
        case Ci.GITHUB:
            return (machine.directory / "summary.md").read_text()
        case Ci.GITLAB:
            assert json.loads((work / "contract-gate.json").read_text())
            return junit(work / "contract-gate.xml")
        case Ci.BITBUCKET | Ci.CIRCLECI:
            return junit(work / "test-results/contract-gate.xml")
        case Ci.AZURE | Ci.JENKINS:
            return junit(work / "contract-gate.xml")
        case Ci.BUILDKITE:
            return (machine.directory / "seen").read_text()


def junit(file: Path) -> str:
    return "".join(ElementTree.parse(file).getroot().itertext()) + file.read_text()


def test_an_azure_run_uploads_its_page(tmp_path: Path) -> None:
    """The step that always runs names a file that is there."""
    machine = Machine(tmp_path, BREAKS)
    _, log = machine.run(Ci.AZURE)
    (page,) = re.findall(r"##vso\[task\.uploadsummary\](.*)", log)
    assert "weekly" in Path(page).read_text()


@dataclass
class Host:
    """A host's API on loopback, which keeps what it is sent; `answer` gives a status and a body for a request."""

    answer: Callable[[str, str], tuple[int, object]]
    seen: list[tuple[str, str, Any]] = field(default_factory=list)

    def __enter__(self) -> "Host":
        host = self

        class Handler(BaseHTTPRequestHandler):
            def kept(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                host.seen.append((self.command, self.path, json.loads(self.rfile.read(length) or b"null")))
                status, body = host.answer(self.command, self.path)
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_DELETE = kept

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"


def test_a_gitlab_job_with_a_token_writes_one_note(tmp_path: Path) -> None:
    """The note is the page, in the merge request that GitLab's variables name, written after the job failed."""
    machine = Machine(tmp_path, BREAKS)
    with Host(lambda method, _: (201, {"id": 5}) if method == "POST" else (200, [])) as host:
        machine.around = {
            "CI_API_V4_URL": f"{host.address}/api/v4", "CI_PROJECT_ID": "42", "CI_MERGE_REQUEST_IID": "7", "GITLAB_TOKEN": "t0ken",
        }  # fmt: skip
        code, log = machine.run(Ci.GITLAB)
    assert code == 1
    assert "wrote a note" in log
    assert "t0ken" not in log
    method, path, sent = host.seen[-1]
    assert (method, path) == ("POST", "/api/v4/projects/42/merge_requests/7/notes")
    assert "weekly" in sent["body"]


def test_a_bitbucket_step_sends_its_report_through_the_pipelines_proxy(tmp_path: Path) -> None:
    """Code Insights has the failed report of the commit and the line of what was edited; no token is asked for."""
    machine = Machine(tmp_path, BREAKS)
    with Host(lambda *_: (200, {})) as host:
        machine.around = {
            "CONTRACT_GATE_BITBUCKET_PROXY": host.address,
        }  # fmt: skip
        code, log = machine.run(Ci.BITBUCKET)
    assert code == 1
    assert "published a report with 1 annotation" in log
    at = "http://api.bitbucket.org/2.0/repositories/shop/models/commit/0123abc/reports/contract-gate"
    assert [(method, path) for method, path, _ in host.seen] == [
        ("DELETE", at), ("PUT", at), ("POST", f"{at}/annotations"),
    ]  # fmt: skip
    assert host.seen[1][2]["result"] == "FAILED"
    assert (host.seen[2][2][0]["path"], host.seen[2][2][0]["severity"]) == ("warehouse/orders.sql", "HIGH")
