"""The action's entry, with a stand-in for `contract-gate` that leaves a known report."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from contract_gate.edge.github import action

ROOT = Path(__file__).parents[2]
REPORT = {
    "verdict": "blocked",
    "coverage": {"models_changed": 2, "not_analysed": [{"path": "x", "reason": "y"}]},
    "findings": [{"level": "error"}, {"level": "error"}, {"level": "note"}],
}
STAND_IN = """
import json, os, sys
arguments = sys.argv[1:]
files = dict(each.removeprefix("--format=").split("=", 1) for each in arguments if each.count("=") > 1)
for name, text in json.loads(os.environ["STAND_IN_FILES"]).items():
    if name in files:
        open(files[name], "w").write(text)
open(os.environ["STAND_IN_SEEN"], "w").write(json.dumps([arguments, dict(os.environ), os.getcwd()]))
print(os.environ.get("STAND_IN_OUT", ""))
print("::error::said ##[error]on stderr", file=sys.stderr)
sys.exit(int(os.environ.get("STAND_IN_CODE", "1")))
"""


class Stage:
    def __init__(self, directory, monkeypatch):
        self.workspace = directory / "workspace"
        self.workspace.mkdir()
        self.output = directory / "output"
        self.summary = directory / "summary"
        self.seen = directory / "seen"
        script = directory / "stand_in.py"
        script.write_text(STAND_IN)
        monkeypatch.setattr(action, "_GATE", (sys.executable, str(script)))
        files = {
            "json": json.dumps(REPORT),
            "markdown": "# blocked\n",
            "github": "::error file=a.sql::x\n",
            "sarif": "{}",
        }
        self.environment = {
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_OUTPUT": str(self.output),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "STAND_IN_FILES": json.dumps(files),
            "STAND_IN_SEEN": str(self.seen),
            "SECODA_API_KEY": "from-environment",
        }

    def act(self, **more):
        return action.act(
            {**self.environment, **{name.replace("__", "-"): value for name, value in more.items()}}
        )

    @property
    def outputs(self):
        return {n: v for n, _, v in re.findall(r"(?ms)^(\S+?)<<(\S+)\n(.*?)\n?\2$", self.output.read_text())}


@pytest.fixture
def stage(tmp_path, monkeypatch):
    return Stage(tmp_path, monkeypatch)


def test_what_people_allowed_is_handed_over(stage, httpx_mock):
    """With `approvals`, in a private file; the token goes to GitHub and not to the check."""
    event = stage.workspace.parent / "event.json"
    event.write_text(json.dumps({"number": 7, "pull_request": {"number": 7, "user": {"login": "bo"}}}))
    httpx_mock.add_response(
        url="https://api.github.com/repos/o/r/issues/7/comments?per_page=100&page=1", json=[]
    )
    about = {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(event), "GITHUB_REPOSITORY": "o/r"}
    stage.act(INPUT_APPROVALS="true", GITHUB_TOKEN="t0ken", **about)
    arguments, environment, _ = json.loads(stage.seen.read_text())
    (option,) = (each for each in arguments if each.startswith("--approvals="))
    assert "GITHUB_TOKEN" not in environment
    assert not Path(option.partition("=")[2]).is_relative_to(stage.workspace)
    stage.act(GITHUB_TOKEN="t0ken", **about)
    assert "--approvals" not in stage.seen.read_text()


def test_a_blocked_run_is_told_everywhere(stage, capfd):
    """Exit code, outputs, summary, annotations, report and further files say the same."""
    assert stage.act(INPUT_FORMAT="sarif=out/x.sarif", STAND_IN_OUT="::debug::printed\nrow") == 1
    assert stage.outputs == {
        "verdict": "blocked",
        "exit-code": "1",
        "report": "contract-gate.json",
        "errors": "2",
        "warnings": "0",
        "notes": "1",
        "models-changed": "2",
        "not-analysed": "1",
    }
    assert stage.summary.read_text() == "# blocked\n"
    assert json.loads((stage.workspace / "contract-gate.json").read_text()) == REPORT
    assert (stage.workspace / "out/x.sarif").read_text() == "{}"
    out, err = capfd.readouterr()
    assert "\n::error file=a.sql::x\n" in out
    assert "::debug::printed" not in out
    assert "row" in out
    assert "##[" not in err
    assert not err.startswith("::")


def test_the_child_gets_the_key_and_nothing_that_it_has_no_need_of(stage):
    """The key comes from the input; inputs and the token stay behind; it runs in the workspace."""
    stage.act(**{"INPUT_SECODA-API-KEY": "from-input", "INPUT_GITHUB-TOKEN": "t", "GITHUB_TOKEN": "t"})
    arguments, seen, directory = json.loads(stage.seen.read_text())
    assert seen["SECODA_API_KEY"] == "from-input"
    assert "GITHUB_TOKEN" not in seen
    assert not [name for name in seen if name.startswith("INPUT_")]
    assert directory == str(stage.workspace)
    assert arguments[0] == "check"


def test_a_run_without_a_report_is_undecided(stage):
    """Where there is no report nothing says passed, whatever the exit code; a crash's code becomes 3."""
    assert stage.act(STAND_IN_FILES="{}", STAND_IN_CODE="139") == 3
    assert stage.outputs["verdict"] == "undecided"
    assert stage.outputs["errors"] == ""
    assert stage.outputs["report"] == ""
    assert list(stage.workspace.iterdir()) == []


@pytest.mark.parametrize(
    ("code", "verdict"),
    [(0, "passed"), (1, "blocked"), (2, "undecided"), (3, "undecided"), (130, "undecided")],
)
def test_the_exit_code_is_handed_on(stage, code, verdict):
    """The documented exit codes come through."""
    files = json.dumps({"json": json.dumps({"verdict": verdict})})
    assert stage.act(STAND_IN_CODE=str(code), STAND_IN_FILES=files) == code
    assert stage.outputs["exit-code"] == str(code)


@pytest.mark.parametrize(
    ("code", "report"), [(0, ""), (1, ""), (0, '{"verdict": "blocked"}'), (1, "[]"), (0, "{")]
)
def test_an_exit_code_that_no_report_confirms_is_undecided(stage, code, report):
    """A crash of Python ends with 1 and a program that did nothing with 0: neither is a verdict."""
    assert stage.act(STAND_IN_CODE=str(code), STAND_IN_FILES=json.dumps({"json": report})) == 3
    assert stage.outputs["exit-code"] == "3"


@pytest.mark.parametrize("code", [2, 3])
def test_a_run_without_a_verdict_is_an_error_with_a_summary(stage, capfd, code):
    """The annotation and the summary say in the program's words what failed."""
    said = "error: git <b>@failed\\nhint: fetch-depth: 2"
    script = stage.workspace.parent / "stand_in.py"
    script.write_text(f"import sys; print('{said}', file=sys.stderr); sys.exit({code})")
    assert stage.act() == code
    assert "::error title=contract-gate::error: git <b>@failed hint: fetch-depth: 2" in capfd.readouterr().out
    assert "`error: git <b>@failed hint: fetch-depth: 2`" in stage.summary.read_text()


def test_what_a_sync_did(stage):
    """Its report, its summary and its counts are handed on; the state that it left becomes the runner's file."""
    counts = {"written": 2, "removed": 1, "failed": 1, "differs": 1, "left-alone": 3, "in-step": 9}
    files = json.dumps({"json": json.dumps({"counts": counts}), "markdown": "### plan\n"})
    (stage.workspace / "synced.json").write_text("{}")
    code = stage.act(INPUT_COMMAND="sync", INPUT_STATE="synced.json", STAND_IN_FILES=files, STAND_IN_CODE="3")
    assert code == 3
    assert json.loads((stage.workspace / "contract-gate.json").read_text()) == {"counts": counts}
    assert stage.summary.read_text() == "### plan\n"
    told = {name: stage.outputs[name] for name in ("written", "removed", "failed", "left-alone", "verdict")}
    assert told == {"written": "2", "removed": "1", "failed": "2", "left-alone": "3", "verdict": "undecided"}
    arguments, _, _ = json.loads(stage.seen.read_text())
    assert arguments[:3] == ["sync", "--state=synced.json", "--format=terminal"]
    assert (stage.workspace / "synced.json").read_text() == "{}"


def test_a_sync_without_a_report_counts_nothing(stage):
    """Where it crashed there is nothing to count, and it is not passed."""
    assert stage.act(INPUT_COMMAND="sync", STAND_IN_FILES="{}", STAND_IN_CODE="0") == 3
    assert (stage.outputs["verdict"], stage.outputs["written"]) == ("undecided", "")


def test_a_comment_that_cannot_be_written_is_a_notice(stage, capfd):
    """Without a token the comment is left out, told, and changes nothing; off pull requests none is tried."""
    assert stage.act(INPUT_COMMENT="true", GITHUB_EVENT_NAME="pull_request", GITHUB_REPOSITORY="o/r") == 1
    assert "::notice title=contract-gate::no comment was written" in capfd.readouterr().out
    assert stage.act(INPUT_COMMENT="true", GITHUB_EVENT_NAME="merge_group") == 1
    assert "no comment" not in capfd.readouterr().out


def test_a_pull_request_is_commented_on(stage, httpx_mock, tmp_path):
    """The comment holds the summary and goes to the event's pull request."""
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"number": 7, "pull_request": {}, "repository": {"full_name": "o/r"}}))
    url = "https://api.github.com/repos/o/r/issues/7/comments"
    httpx_mock.add_response(method="GET", url=f"{url}?per_page=100&page=1", json=[])
    httpx_mock.add_response(method="POST", url=url, json={"html_url": "u"})
    stage.act(
        INPUT_COMMENT="true",
        INPUT_GITHUB__TOKEN="t",
        GITHUB_EVENT_NAME="pull_request",
        GITHUB_EVENT_PATH=str(event),
    )
    assert "# blocked" in json.loads(httpx_mock.get_requests()[-1].content)["body"]


def test_the_real_gate_blocks_a_breaking_commit(tmp_path):
    """With `contract-gate` itself: a removed column that another model reads ends with 1, and every file says so."""
    plain = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}

    def git(*arguments):
        subprocess.run(
            ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.com", *arguments],
            cwd=workspace, env=plain, check=True, capture_output=True,
        )  # fmt: skip

    workspace = tmp_path / "workspace"
    workspace.mkdir()
    (workspace / "orders.sql").write_text("create table shop.orders as select id, amount from raw.orders\n")
    (workspace / "revenue.sql").write_text(
        "create table shop.revenue as select sum(amount) as total from shop.orders\n"
    )
    git("init", "-q", "-b", "main")
    git("add", "-A")
    git("commit", "-q", "-m", "base")
    (workspace / "orders.sql").write_text("create table shop.orders as select id from raw.orders\n")
    git("commit", "-q", "-a", "-m", "head")
    output = tmp_path / "output"
    given = {"INPUT_BASE": "HEAD^", "INPUT_DIALECT": "postgres", "INPUT_FORMAT": "sarif=x.sarif"}
    code = action.act({**plain, **given, "GITHUB_WORKSPACE": str(workspace), "GITHUB_OUTPUT": str(output)})
    assert code == 1
    assert "blocked" in output.read_text()
    report = json.loads((workspace / "contract-gate.json").read_text())
    assert [each["kind"] for each in report["changes"]] == ["column-removed"]
    assert json.loads((workspace / "x.sarif").read_text())["runs"][0]["results"]


def test_a_wrong_input_is_an_annotation(tmp_path):
    """The process says what is wrong in a form that the runner shows, and ends with 2."""
    done = subprocess.run(
        [sys.executable, "-I", "-m", "contract_gate.edge.github.action"],
        env={"INPUT_COMMAND": "##[x]\n::debug::y"},
        cwd=tmp_path,
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 2
    assert done.stdout.count("\n") == 1
    assert done.stdout.startswith("::error title=contract-gate::the input command is")
    assert "##[" not in done.stdout


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (OSError(28, "No space left on device", "out"), "the run's files were not written: out: No space left on device"),
        (RuntimeError("odd"), "the action crashed, so nothing was decided: RuntimeError: odd"),
    ],
)  # fmt: skip
def test_an_action_that_fails_is_undecided(tmp_path, monkeypatch, capfd, fault, said):
    """A full disk or a fault of ours ends with 3, never with Python's 1: that would be a verdict."""

    def fails(environment):
        raise fault

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(action, "act", fails)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))  # a folder: the summary can't be written either
    try:
        assert action.main() == 3
    finally:
        signal.signal(signal.SIGTERM, before)
    assert f"::error title=contract-gate::{said}" in capfd.readouterr().out


def test_modules_of_the_pull_request_are_not_loaded(tmp_path):
    """A click.py, a json.py and a contract_gate folder in the workspace are data."""
    for name in ("click.py", "json.py", "sitecustomize.py", "contract_gate/__init__.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("raise SystemExit('planted')\n")
    done = subprocess.run(
        [*_entrypoint(), "--help"],
        env={"GITHUB_WORKSPACE": str(tmp_path), "PYTHONPATH": str(tmp_path), "INPUT_BASE": "no-such-ref"},
        cwd=tmp_path,
        capture_output=True,
        check=False,
        text=True,
    )
    assert "planted" not in done.stdout + done.stderr
    assert done.returncode in (2, 3)


def test_the_entrypoint_is_absolute_and_in_exec_form():
    """A shell would drop INPUT_FAIL-ON, and without -I the workspace would be on Python's path."""
    line = next(
        each for each in (ROOT / "Dockerfile").read_text().splitlines() if each.startswith("ENTRYPOINT")
    )
    words = json.loads(line.removeprefix("ENTRYPOINT "))
    assert words[0].startswith("/")
    assert words[1:] == _entrypoint()[1:]


def test_a_cancelled_run_ends_with_130(tmp_path, monkeypatch):
    """SIGTERM from the runner ends the child too."""
    sleeper = tmp_path / "sleep.py"
    sleeper.write_text("import os, signal\nos.kill(os.getppid(), signal.SIGTERM)\nsignal.pause()\n")
    monkeypatch.setattr(action, "_GATE", (sys.executable, str(sleeper)))
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    try:
        assert action.main() == 130
    finally:
        signal.signal(signal.SIGTERM, before)


def _entrypoint():
    return [sys.executable, "-I", "-m", "contract_gate.edge.github.action"]
