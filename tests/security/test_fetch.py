"""A fetch on CI runs nothing that the repository's own git configuration names."""

from pathlib import Path

import pytest

from contract_gate.edge.git import Repository
from contract_gate.edge.git.history import History, HistoryReach
from tests.e2e.project import Project

SETTINGS = {
    "the other end's command": ("remote.origin.uploadpack", "{}"),
    "a program for ssh": ("core.sshCommand", "{}"),
    "a proxy": ("core.gitProxy", "{}"),
    "a credential helper": ("credential.helper", "!{}"),
    "a credential helper of one host": ("credential.https://127.0.0.1:9.helper", "!{}"),
    "a program that asks": ("core.askPass", "{}"),
    "a monitor": ("core.fsmonitor", "{}"),
    "a protocol": ("remote.origin.vcs", "ext"),
    "an address that runs": ("remote.origin.url", "ext::{}"),
}
URLS = {
    "a program for ssh": "ssh://git@127.0.0.1:9/x",
    "a proxy": "git://127.0.0.1:9/x",
    "a credential helper": "https://127.0.0.1:9/x",
    "a credential helper of one host": "https://127.0.0.1:9/x",
    "a program that asks": "https://127.0.0.1:9/x",
}


@pytest.mark.parametrize("name", SETTINGS)
def test_what_the_repository_names(repository: Project, tmp_path: Path, name: str) -> None:
    """A program of `.git/config` is not run by a fetch, and not by asking what the remote has."""
    origin = Project(tmp_path / "origin").start().commit({"a.sql": "select 1\n"})
    repository.commit({})
    ran, program = tmp_path / "ran", tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {ran}\n")
    program.chmod(0o755)
    repository.git("remote", "add", "origin", URLS.get(name, str(origin.directory)))
    key, value = SETTINGS[name]
    repository.git("config", key, value.format(program))
    with Repository.open(repository.directory, repository.environment) as opened:
        history = History(opened, HistoryReach.FETCH)
        history.branch("main")
        history.commit("1" * 40, "a commit")
    assert not ran.exists()


def test_refs_of_an_alternate(repository: Project, tmp_path: Path) -> None:
    """The program that tells what another object folder has is not run where objects are fetched."""
    origin = Project(tmp_path / "origin").start().commit({"a.sql": "select 1\n"})
    other = Project(tmp_path / "other").start().commit({"b.sql": "select 2\n"})
    ran, program = tmp_path / "ran", tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {ran}\n")
    program.chmod(0o755)
    repository.commit({}).git("remote", "add", "origin", str(origin.directory))
    repository.git("config", "core.alternateRefsCommand", str(program))
    alternates = repository.directory / ".git" / "objects" / "info" / "alternates"
    alternates.write_text(f"{other.directory / '.git' / 'objects'}\n", encoding="utf-8")
    sha = origin.git("rev-parse", "HEAD").strip()
    with Repository.open(repository.directory, repository.environment) as opened:
        assert History(opened, HistoryReach.FETCH).commit(sha, "a commit").sha == sha
    assert not ran.exists()
    origin.commit({"a.sql": "select 3\n"})
    repository.git("fetch", "--quiet", "origin")
    assert ran.exists(), "the trap does not work, so the test shows nothing"


def test_an_honest_fetch(repository: Project, tmp_path: Path) -> None:
    """Without any of it the remote's branch is found."""
    origin = Project(tmp_path / "origin").start().commit({"a.sql": "select 1\n"})
    repository.commit({}).git("remote", "add", "origin", str(origin.directory))
    with Repository.open(repository.directory, repository.environment) as opened:
        found = History(opened, HistoryReach.FETCH).branch("main")
    assert found is not None
    assert found.sha == origin.git("rev-parse", "HEAD").strip()
