"""Real repositories in temporary directories, with an environment of their own."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from contract_gate.edge.git import Repository


class Sandbox:
    """Makes repositories below one directory; its git knows nothing of this machine's configuration."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.home = directory / "home"
        self.home.mkdir()
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "GIT_CONFIG_NOSYSTEM": "1",
        }
        self.identity = {
            "GIT_AUTHOR_NAME": "Ada",
            "GIT_AUTHOR_EMAIL": "ada@example.com",
            "GIT_COMMITTER_NAME": "Ada",
            "GIT_COMMITTER_EMAIL": "ada@example.com",
            "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
            "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
        }

    def git(self, directory: Path, *arguments: str | bytes, more: Mapping[str, str] | None = None) -> str:
        done = subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *arguments],
            cwd=directory,
            env={**self.environment, **self.identity, **(more or {})},
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        return done.stdout.decode("utf-8", "surrogateescape").strip()

    def make(self, name: str = "work", files: Mapping[str, str | bytes] | None = None) -> Path:
        """Make a repository on main, with one commit where files are given."""
        directory = self.directory / name
        directory.mkdir()
        self.git(directory, "init", "-q", "-b", "main")
        # A clone may ask for any commit, as GitHub lets it.
        self.git(directory, "config", "uploadpack.allowAnySHA1InWant", "true")
        self.git(directory, "config", "uploadpack.allowFilter", "true")
        if files:
            self.commit(directory, files)
        return directory

    def commit(self, directory: Path, files: Mapping[str, str | bytes | None], message: str = "work") -> str:
        """Write files (None removes one), commit all, and give the commit's id."""
        self.write(directory, files)
        self.git(directory, "add", "-A")
        self.git(directory, "commit", "-q", "--allow-empty", "-m", message)
        return self.git(directory, "rev-parse", "HEAD")

    def write(self, directory: Path, files: Mapping[str, str | bytes | None]) -> None:
        for path, content in files.items():
            target = directory / path
            if content is None:
                target.unlink()
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content if isinstance(content, bytes) else content.encode())

    def clone(self, origin: Path, name: str, *options: str) -> Path:
        """Clone over file://, as a runner would over the network."""
        target = self.directory / name
        self.git(self.directory, "clone", "-q", *options, f"file://{origin}", str(target))
        return target

    def open(self, directory: Path, **more: str) -> Repository:
        return Repository.open(directory, {**self.environment, **more})


@pytest.fixture(scope="session")
def sandboxes() -> type[Sandbox]:
    return Sandbox


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path)
