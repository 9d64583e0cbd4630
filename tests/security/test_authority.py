"""Whose word counts where the base of an event is the author's own commit: what is on the default branch, and no more."""

import json
from collections.abc import Mapping

import pytest

from contract_gate.emulator.seed import DEMO_KEY
from contract_gate.emulator.server import Server
from tests.e2e.project import DBT, Project, Ran
from tests.security.conftest import BREAK

MERGED = 'dialect = "postgres"\n'
SWITCHED_OFF = 'dialect = "postgres"\nignore = ["**"]\n'


def on_github(project: Project, name: str, payload: Mapping[str, object], **more: str) -> Ran:
    """Run `check` as a workflow that this event started."""
    event = project.directory.parent / "event.json"
    event.write_text(json.dumps({"repository": {"default_branch": "main"}, **payload}), encoding="utf-8")
    return project.run("check", CI="true", GITHUB_EVENT_NAME=name, GITHUB_EVENT_PATH=str(event), **more)


def stacked(project: Project, configuration: str) -> tuple[str, str]:
    """Commit a configuration to a topic branch, and on top of it the break; give both commits."""
    project.commit({"contract-gate.toml": MERGED})
    project.git("checkout", "-q", "-b", "topic")
    project.commit({"contract-gate.toml": configuration, "notes.txt": "first"})
    first = project.git("rev-parse", "HEAD").strip()
    project.git("checkout", "-q", "-b", "upper")
    project.commit(BREAK)
    return first, project.git("rev-parse", "HEAD").strip()


def events(first: str, second: str) -> list[tuple[str, dict[str, object]]]:
    """Give the events whose base is the first of the author's two commits."""
    pull = {"number": 2, "base": {"ref": "topic", "sha": first}, "head": {"ref": "upper", "sha": second}}
    return [
        ("push", {"ref": "refs/heads/topic", "before": first, "after": second}),
        ("pull_request", {"number": 2, "pull_request": pull}),
        (
            "merge_group",
            {"merge_group": {"base_sha": first, "head_sha": second, "base_ref": "refs/heads/main"}},
        ),
    ]


@pytest.mark.parametrize("index", range(3), ids=("second push", "stacked pull request", "merge group"))
def test_a_configuration_that_nobody_merged_switches_nothing_off(plain: Project, index: int) -> None:
    """`ignore` of the author's first commit does not hide the break of the second, and the report says whose word counts."""
    name, payload = events(*stacked(plain, SWITCHED_OFF))[index]
    ran = on_github(plain, name, payload)
    assert ran.code == 1, ran
    assert "is not on main" in ran.out


@pytest.mark.parametrize("index", range(3), ids=("second push", "stacked pull request", "merge group"))
def test_an_address_that_nobody_merged_takes_no_key(plain: Project, elsewhere: Server, index: int) -> None:
    """The key does not go where the author's first commit says."""
    hostile = f'dialect = "postgres"\n[secoda]\nurl = "{elsewhere.url}"\n'
    name, payload = events(*stacked(plain, hostile))[index]
    ran = on_github(plain, name, payload, SECODA_API_KEY=DEMO_KEY, SECODA_API_URL="http://127.0.0.1:9")
    assert not elsewhere.control.requests, ran
    assert ran.code == 1


def test_a_default_branch_that_cannot_be_had(plain: Project) -> None:
    """Where nobody can say what is merged, the base's configuration is a proposal: it takes no file away."""
    first, second = stacked(plain, SWITCHED_OFF)
    plain.git("branch", "-D", "main")
    ran = on_github(plain, "push", {"ref": "refs/heads/topic", "before": first, "after": second})
    assert ran.code == 1, ran
    assert "nobody knows whether" in ran.out


def test_a_waiver_that_nobody_merged(plain: Project) -> None:
    """A waiver of the author's first commit lets the break of the second not pass."""
    plain.commit({"contract-gate.toml": MERGED})
    plain.git("checkout", "-q", "-b", "topic")
    waiver = '[[waiver]]\nrule = "column-removed"\nrelation = "s.a"\nreason = "meant"\nby = "me"\nuntil = 2099-01-01\n'
    plain.commit({"contract-gate-waivers.toml": waiver})
    first = plain.git("rev-parse", "HEAD").strip()
    plain.commit(BREAK)
    second = plain.git("rev-parse", "HEAD").strip()
    ran = on_github(plain, "push", {"ref": "refs/heads/topic", "before": first, "after": second})
    assert ran.code == 1, ran


def test_what_is_merged_counts(plain: Project) -> None:
    """A push whose base is on the default branch is judged by the configuration there, with nothing to say of it."""
    plain.commit({"contract-gate.toml": MERGED})
    before = plain.git("rev-parse", "HEAD").strip()
    plain.git("checkout", "-q", "-b", "topic")
    plain.commit(BREAK)
    after = plain.git("rev-parse", "HEAD").strip()
    ran = on_github(plain, "push", {"ref": "refs/heads/topic", "before": before, "after": after})
    assert ran.code == 1, ran
    assert "is not on main" not in ran.out


def test_a_merge_that_the_author_made(plain: Project) -> None:
    """A merge of the author's own two commits, checked out in place of GitHub's, makes the first no word of the base."""
    first, second = stacked(plain, SWITCHED_OFF)
    plain.git("checkout", "-q", "-b", "moved", first)
    plain.git("merge", "-q", "--no-ff", "--no-edit", second)
    pull = {"number": 2, "base": {"ref": "main", "sha": first}, "head": {"ref": "upper", "sha": second}}
    ran = on_github(plain, "pull_request", {"number": 2, "pull_request": pull}, GITHUB_SHA="1" * 40)
    assert ran.code == 1, ran
    assert "is not on main" in ran.out


@pytest.mark.parametrize("name", ["dbt_project.yml", "workflow_settings.yaml", "config.yaml"])
def test_a_layout_that_nobody_merged(plain: Project, name: str) -> None:
    """A project that the author's first commit sets up takes no plain SQL out of sight of the second."""
    plain.commit({"contract-gate.toml": MERGED})
    plain.git("checkout", "-q", "-b", "topic")
    texts = {
        "dbt_project.yml": "name: x\nprofile: x\n",
        "config.yaml": "model_defaults:\n  dialect: duckdb\n",
    }
    plain.commit({name: texts.get(name, "defaultDataset: x\n")})
    first = plain.git("rev-parse", "HEAD").strip()
    plain.commit(BREAK)
    second = plain.git("rev-parse", "HEAD").strip()
    ran = on_github(plain, "push", {"ref": "refs/heads/topic", "before": first, "after": second})
    assert ran.code == 1, ran


def test_a_setup_that_nobody_merged(repository: Project) -> None:
    """Where the author's first commit sets a project up otherwise, the report on the second says that it is not the merged one."""
    repository.commit(DBT)
    repository.git("checkout", "-q", "-b", "topic")
    repository.commit({"dbt_project.yml": DBT["dbt_project.yml"].replace("[models]", "[nowhere]")})
    first = repository.git("rev-parse", "HEAD").strip()
    repository.commit({"models/orders.sql": "select 1 as order_id\n"})
    second = repository.git("rev-parse", "HEAD").strip()
    ran = on_github(repository, "push", {"ref": "refs/heads/topic", "before": first, "after": second})
    assert "sets its project up otherwise than" in " ".join(ran.out.split())


def leaves(project: Project, name: str, files: Mapping[str, str | bytes | None]) -> None:
    """Commit to a topic branch what changes; the last of its commits takes a file out of git and off no disk."""
    project.commit(files)
    project.git("rm", "-q", "--cached", name)
    project.git("commit", "-q", "-m", "it stays on the disk")


@pytest.mark.parametrize("name", ["contract-gate-ci.toml", "ci/gate.toml"])
def test_a_named_file_that_was_taken_out_of_git_again(plain: Project, name: str) -> None:
    """A file that an earlier commit of the change had is the change's, though it only lies on the disk now."""
    plain.git("checkout", "-q", "-b", "topic")
    leaves(plain, name, {**BREAK, name: SWITCHED_OFF})
    ran = plain.run("check", "--base", "main", "--offline", "--config", name)
    assert ran.code == 2, ran
    assert "a pull request could have written it" in ran.err


def test_a_named_file_that_no_commit_has(plain: Project) -> None:
    """What the job itself puts beside the checkout counts."""
    plain.pull_request(BREAK)
    (plain.directory / "job.toml").write_text(SWITCHED_OFF)
    ran = plain.run("check", "--base", "main", "--offline", "--config", "job.toml")
    assert ran.code == 0, ran


def test_a_manifest_that_was_taken_out_of_git_again(repository: Project) -> None:
    """A manifest that an earlier commit of the change had is not the job's."""
    repository.commit(DBT)
    repository.git("checkout", "-q", "-b", "topic")
    name = "target/manifest.json"
    leaves(repository, name, {"models/orders.sql": "select 1 as order_id\n", name: "{}"})
    ran = repository.run("check", "--base", "main", "--offline", "--manifest", f"head={name}")
    assert ran.code == 2
    assert "the pull request commits it" in ran.err
