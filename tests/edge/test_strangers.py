"""What others may have put in the way: a cache of another user, a link in the working tree, a git that is too old."""

import os
import sqlite3
from pathlib import Path
from types import SimpleNamespace

import pytest

from contract_gate.core.errors import GitError
from contract_gate.edge.facts import FactFile
from contract_gate.edge.git import repository, worktree
from contract_gate.edge.git.command import GitOutcome, failure


def test_a_folder_of_another_user_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Facts that somebody else may have written are neither read nor added to; root reads the runner's own."""
    made = FactFile(tmp_path, program=b"one")
    made.keep(b"a", b"1")
    assert made.get(b"a") == b"1"
    made.close()
    owner = tmp_path.stat().st_uid
    monkeypatch.setattr(os, "getuid", lambda: owner + 1)
    other = FactFile(tmp_path, program=b"one")
    assert other.problem == f"{tmp_path} belongs to another user"
    assert other.get(b"a") is None
    monkeypatch.setattr(os, "getuid", lambda: 0)
    assert FactFile(tmp_path, program=b"one").problem is None


def test_a_fact_that_is_a_text_is_none(tmp_path: Path) -> None:
    """What no run of this program wrote is no fact."""
    made = FactFile(tmp_path, program=b"one")
    made.keep(b"a", b"1")
    made.close()
    connection = sqlite3.connect(tmp_path / "facts.sqlite")
    connection.execute("UPDATE facts SET fact = 'text'")
    connection.commit()
    connection.close()
    again = FactFile(tmp_path, program=b"one")
    assert again.get(b"a") is None
    again.close()


@pytest.mark.parametrize("relative", [True, False])
def test_no_link_is_followed_out_of_the_tree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, relative: bool
) -> None:
    """A file behind a link is not read, and one behind none is, where the system opens relative to a directory or can't."""
    if not relative:
        monkeypatch.setattr(os, "supports_dir_fd", set())
    tree, outside = tmp_path / "tree", tmp_path / "outside"
    (tree / "a").mkdir(parents=True)
    outside.mkdir()
    (tree / "a" / "b.sql").write_text("inside")
    (outside / "b.sql").write_text("secret")
    (tree / "linked").symlink_to(outside)
    git = SimpleNamespace(directory=tree)
    assert worktree.read(git, "a/b.sql", 100) == b"inside"  # type: ignore[arg-type]
    behind = worktree.read(git, "linked/b.sql", 100)  # type: ignore[arg-type]
    assert not isinstance(behind, bytes)


@pytest.mark.parametrize(("version", "is_taken"), [((2, 30), False), ((2, 31), True), ((0, 0), False)])
def test_a_git_that_would_run_what_a_repository_names(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, int], is_taken: bool
) -> None:
    """A git that does not know our settings is refused: it would run the repository's hooks."""
    monkeypatch.setattr(repository, "_version", lambda _: version)
    git = SimpleNamespace()
    if is_taken:
        repository._check_version(git)  # type: ignore[arg-type]
        return
    with pytest.raises(GitError, match="is too old"):
        repository._check_version(git)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("fatal: detected dubious ownership in repository", "safe.directory"),
        ("fatal: not a git repository", "inside a git repository"),
        ("fatal: bad object", "fetch-depth: 0"),
    ],
)
def test_gits_words_lead_to_a_way_out(said: str, hint: str) -> None:
    """What git refuses is told with what a person can do about it."""
    error = failure("nothing was read", GitOutcome(code=128, stdout=b"", stderr=said))
    assert hint in (error.hint or "")
