"""Makes the sample repository, and runs the command line in it as CI would: another process, a bare environment."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from contract_gate.core.errors import GitError
from contract_gate.core.values import dataclass

SAMPLES = Path(__file__).parent
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TERM", "COLUMNS", "NO_COLOR", "TMPDIR", "SYSTEMROOT")
"""Everything else stays outside: a key, a proxy or a CI event of this machine is not part of the demo."""
_WHEN = "2026-11-20T09:00:00+00:00"
_AUTHOR = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Robin"), ("EMAIL", "robin@example.com"), ("DATE", _WHEN))
}
_NO_CONFIG = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoRun:
    """A run of the command line: its exit code, and what it printed where it was not shown at once."""

    code: int
    output: str


def bare_environment(environ: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    """Give what a process of the demo sees of this machine."""
    return {name: environ[name] for name in _KEPT if name in environ} | dict(more)


class Stage:
    """A git repository in `directory`, which is empty."""

    def __init__(self, directory: Path, environ: Mapping[str, str]) -> None:
        self.directory = directory
        self._environ = environ
        self._git("init", "--quiet", "--initial-branch=main")

    def commit(self, sample: str, message: str, *, branch: str | None = None) -> None:
        """Lay the files of a sample over the tree and commit them; on a new branch where one is named."""
        if branch is not None:
            self._git("checkout", "--quiet", "-b", branch)
        shutil.copytree(SAMPLES / sample, self.directory, dirs_exist_ok=True)
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message", message)

    def text(self, path: str) -> str:
        """Read a file as it stands."""
        return (self.directory / path).read_text(encoding="utf-8")

    def run(self, arguments: Sequence[str], more: Mapping[str, str], *, shown: bool = False) -> DemoRun:
        """Run `contract-gate` here. `shown`: straight onto this process's own output."""
        ran = subprocess.run(
            [sys.executable, "-P", "-m", "contract_gate", *arguments],
            cwd=self.directory,
            env=bare_environment(self._environ, more),
            stdin=subprocess.DEVNULL,
            stdout=None if shown else subprocess.PIPE,
            stderr=None if shown else subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        return DemoRun(code=ran.returncode, output=ran.stdout or "")

    def _git(self, *arguments: str) -> None:
        environment = bare_environment(self._environ, {**_AUTHOR, **_NO_CONFIG})
        command = ["git", "-c", "commit.gpgsign=false", "-c", "core.hooksPath=", *arguments]
        try:
            ran = subprocess.run(
                command, cwd=self.directory, env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                encoding="utf-8", errors="replace", check=False,
            )  # fmt: skip
        except FileNotFoundError as error:
            raise GitError("the demo did not start: there is no git", "install git 2.31 or newer") from error
        if ran.returncode != 0:
            raise GitError(f"the demo did not start: git {arguments[0]}: {ran.stderr.strip()[:300]}")
