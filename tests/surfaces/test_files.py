"""action.yml, the hooks and the example workflows say the same as the program."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest
import yaml

from contract_gate.cli import group
from contract_gate.edge.github.action import GateRun, _of_sync, _outputs

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / "examples/workflows").glob("*.yml"))
OWN = sorted((ROOT / ".github/workflows").glob("*.yml"))


def load(path):
    return yaml.safe_load(path.read_text())


def test_the_action_declares_the_outputs_that_are_written():
    """No output is written undeclared, and none is declared in vain."""
    nowhere = Path("nowhere")
    ran = GateRun(code=0, report=nowhere, markdown=nowhere, annotations=nowhere)
    written = {**_outputs(ran, {}), **_of_sync(ran, {})}
    declared = load(ROOT / "action.yml")["outputs"]
    assert set(written) == set(declared)
    assert all(each["description"] for each in declared.values())


def test_every_input_has_a_description_and_a_default():
    """The marketplace's page is made of them; `required` is not enforced by the runner, so nothing is."""
    inputs = load(ROOT / "action.yml")["inputs"]
    assert all(each["description"] and "default" in each for each in inputs.values())
    assert not any(each.get("required") for each in inputs.values())


def test_the_hooks_see_deletions():
    """A commit that only deletes files must not skip them, and stages need pre-commit 3.2."""
    hooks = {each["id"]: each for each in load(ROOT / ".pre-commit-hooks.yaml")}
    for hook in hooks.values():
        assert hook["always_run"] is True
        assert hook["pass_filenames"] is False
        assert hook["require_serial"] is True
        assert hook["minimum_pre_commit_version"] == "3.2.0"
    assert hooks["contract-gate"]["stages"] == ["pre-commit"]
    assert hooks["contract-gate-push"]["stages"] == ["pre-push"]


def test_the_hooks_call_what_the_command_line_knows():
    """Each command and option of an entry exists."""
    for hook in load(ROOT / ".pre-commit-hooks.yaml"):
        _, name, *options = hook["entry"].split()
        command = group.get_command(click.Context(group), name)
        assert command is not None, name
        known = {
            each for parameter in command.params for each in (*parameter.opts, *parameter.secondary_opts)
        }
        assert {option.partition("=")[0] for option in options} <= known, name


@pytest.mark.parametrize("path", [*WORKFLOWS, *OWN], ids=lambda path: path.name)
def test_a_workflow_asks_for_little_and_pins_what_it_uses(path):
    """No right by default, one run at a time, a time limit, and every action by its commit."""
    workflow = load(path)
    assert workflow["permissions"] == {}
    assert workflow["concurrency"]["group"]
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"]
        for step in job["steps"]:
            if "uses" in step:
                assert re.fullmatch(r"[\w.-]+/[\w.-]+(?:/[\w.-]+)*@[0-9a-f]{40}", step["uses"])


@pytest.mark.parametrize(("found", "code"), [("4711", 0), ("", 1)])
def test_the_job_that_hears_comments_runs_the_check_again(tmp_path, found, code):
    """It asks for the pull request's commit and reruns the last run of it; where there is none it says so."""
    (job,) = load(ROOT / "examples/workflows/allow.yml")["jobs"].values()
    (step,) = job["steps"]
    (tmp_path / "gh").write_text(
        f'#!/bin/sh\necho "$*" >>{tmp_path}/asked\ncase "$1 $2" in "pr view") echo c0ffee;; "run list") echo {found};; esac\n'
    )
    (tmp_path / "gh").chmod(0o755)
    environment = {
        "PATH": f"{tmp_path}:/usr/bin:/bin",
        "NUMBER": "7",
        "WORKFLOW": step["env"]["WORKFLOW"].split()[0],
    }
    ran = subprocess.run(
        ["bash", "-e", "-c", step["run"]], env=environment, capture_output=True, text=True, check=False
    )
    asked = (tmp_path / "asked").read_text().splitlines()
    assert ran.returncode == code, ran.stderr
    assert "--commit c0ffee" in asked[1]
    assert asked[2:] == (["run rerun 4711"] if found else [])
    assert ("::error::" in ran.stdout) is not bool(found)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_gives_inputs_that_the_action_has(path):
    """A misspelt input would be dropped with a warning that nobody reads."""
    inputs = load(ROOT / "action.yml")["inputs"]
    steps = [step for job in load(path)["jobs"].values() for step in job["steps"]]
    ours = [step for step in steps if "contract-gate@" in step.get("uses", "")]
    assert ours or path.name == "allow.yml", "it runs another workflow again"
    for step in ours:
        assert set(step["with"]) <= set(inputs)


def test_the_base_image_is_pinned():
    """By its digest, in an argument that a build elsewhere can replace."""
    text = (ROOT / "Dockerfile").read_text()
    assert re.search(r"^ARG BASE_IMAGE=python:3\.\d+-slim@sha256:[0-9a-f]{64}$", text, re.MULTILINE)
    assert "FROM ${BASE_IMAGE}" in text


def test_ci_runs_on_each_python_that_the_package_names():
    """A version that is promised and not tried is no promise."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    promised = {each.rpartition(" ")[2] for each in project["classifiers"] if re.search(r":: 3\.\d+$", each)}
    job = load(ROOT / ".github/workflows/ci.yml")["jobs"]["run"]
    assert set(job["strategy"]["matrix"]["python"]) == promised
    assert [step["run"] for step in job["steps"] if "run" in step] == [".ci/run"]


def test_what_is_looked_for_on_a_schedule_can_be_made():
    """Each entry is a target of the Makefile with a number that it takes, so that it can be run by hand."""
    makefile = (ROOT / "Makefile").read_text()
    job = load(ROOT / ".github/workflows/scheduled.yml")["jobs"]["look"]
    asked = [each.split() for each in job["strategy"]["matrix"]["what"]]
    assert ["fuzz", "SECONDS=600"] in asked
    for target, setting in asked:
        assert re.search(rf"^{target}: .*{setting.partition('=')[0]}=", makefile, re.MULTILINE), target


@pytest.mark.parametrize("is_right", [True, False])
def test_a_release_is_the_version_that_it_is_tagged_as(tmp_path, is_right):
    """A tag of another version ends before anything is built."""
    job = load(ROOT / ".github/workflows/release.yml")["jobs"]["build"]
    (script,) = (step["run"] for step in job["steps"] if step.get("name", "").startswith("Hold the tag"))
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    (tmp_path / "python").symlink_to(sys.executable)
    environment = {
        "PATH": f"{tmp_path}:/usr/bin:/bin",
        "GITHUB_REF_NAME": f"v{version}{'' if is_right else '0'}",
    }
    ran = subprocess.run(
        ["bash", "-e", "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == (0 if is_right else 1), ran.stderr
    assert ("::error::" in ran.stdout) is not is_right


def test_only_what_publishes_may_sign():
    """The job that runs the repository's code has no right to publish, and those that publish run none of its Python."""
    jobs = load(ROOT / ".github/workflows/release.yml")["jobs"]
    assert jobs["build"]["permissions"] == {"contents": "read"}
    assert jobs["index"]["permissions"] == {"id-token": "write", "attestations": "write"}
    assert not [step for step in jobs["index"]["steps"] if "run" in step]
