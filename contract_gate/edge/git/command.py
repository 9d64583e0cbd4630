"""Runs git at arm's length: a chosen environment, no hooks, no filters, no pager, no prompt, no network by default.

The repository is hostile: whatever in its configuration or attributes names a program is switched off for
each call, and the caller's secrets do not reach git. Nothing here knows what a command means.
"""

import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from contract_gate.core.errors import GitError
from contract_gate.core.values import dataclass
from contract_gate.edge.git.revision import display

# What git needs of the caller's environment. GIT_DIR and its kind are decided in `repository`.
_KEPT = frozenset({
    "PATH", "HOME", "USERPROFILE", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP", "XDG_CONFIG_HOME",
    "GIT_EXEC_PATH", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM",
    "GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM",
})  # fmt: skip
_KEPT_ON_THE_NETWORK = frozenset({
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy",
    "all_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "SSH_AUTH_SOCK",
    "GIT_SSH", "GIT_SSH_COMMAND", "RUNNER_TEMP",
})  # fmt: skip
# https://git-scm.com/docs/git-config: each of these can name a program or start background work.
_SAFE_CONFIG = (
    ("core.fsmonitor", "false"),
    ("core.hooksPath", os.devnull),
    ("core.pager", "cat"),
    ("core.alternateRefsCommand", "true"),
    ("log.showSignature", "false"),
    ("color.ui", "false"),
    ("diff.orderFile", os.devnull),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("submodule.recurse", "false"),
    ("fetch.recurseSubmodules", "false"),
    ("protocol.ext.allow", "never"),
)
_LOCAL_SECONDS = 120
_NETWORK_SECONDS = 180


@dataclass(frozen=True, slots=True, kw_only=True)
class GitOutcome:
    """What a finished git command said."""

    code: int
    stdout: bytes
    stderr: str


class Git:
    """git in one directory. `config` is added for each call; `variables` are GIT_DIR and its kind, absolute."""

    def __init__(
        self,
        directory: Path,
        environment: Mapping[str, str],
        *,
        config: Iterable[tuple[str, str]] = (),
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self.directory = directory
        self._outer = environment
        self._config = tuple(config)
        self._variables = dict(variables or {})

    def with_config(self, config: Iterable[tuple[str, str]]) -> "Git":
        """Give the same git with more configuration for each call."""
        more = (*self._config, *config)
        return Git(self.directory, self._outer, config=more, variables=self._variables)

    def with_variables(self, variables: Mapping[str, str]) -> "Git":
        """Give the same git with more of its environment decided."""
        return Git(
            self.directory, self._outer, config=self._config, variables={**self._variables, **variables}
        )

    def without_drivers(self, section: str, off: Mapping[str, str]) -> "Git":
        """Give the same git without the programs of a section's drivers that the configuration names: each key is set as in `off`."""
        listed = self.ask("config", "-z", "--name-only", "--get-regexp", rf"^{section}\.").stdout
        names = (name.rpartition(".") for name in _text(listed).split("\0"))
        drivers = sorted({driver for driver, _, key in names if key in off and driver != section})
        return self.with_config(
            (f"{driver}.{key}", value) for driver in drivers for key, value in off.items()
        )

    @property
    def outer(self) -> Mapping[str, str]:
        """Give the caller's environment."""
        return self._outer

    def ask(self, *arguments: str, network: bool = False, stdin: bytes = b"") -> GitOutcome:
        """Run git and give what it said, whatever its exit code. GitError if it can't run or hangs."""
        seconds = _NETWORK_SECONDS if network else _LOCAL_SECONDS
        try:
            done = subprocess.run(
                ["git", "--no-pager", "--literal-pathspecs", *arguments],
                cwd=self.directory,
                env=self._environment(network=network),
                input=stdin,
                capture_output=True,
                timeout=seconds,
                check=False,
            )
        except OSError as error:
            raise _cannot_run(error, self.directory) from error
        except subprocess.TimeoutExpired as error:
            message = f"git {arguments[0]} did not answer within {seconds} s"
            raise GitError(
                message, "look at the repository with git itself, or name --base and --head"
            ) from error
        return GitOutcome(code=done.returncode, stdout=done.stdout, stderr=_text(done.stderr))

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """Run git and give its standard output; GitError with git's own words if it fails."""
        outcome = self.ask(*arguments, stdin=stdin)
        if outcome.code:
            raise failure(f"git {arguments[0]} failed", outcome)
        return outcome.stdout

    def line(self, *arguments: str) -> str | None:
        """Run git and give its first line, or None if it fails or says nothing."""
        outcome = self.ask(*arguments)
        lines = _text(outcome.stdout).splitlines()
        return lines[0] if outcome.code == 0 and lines else None

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        """Start a git process that is asked over pipes; the caller ends it."""
        try:
            return subprocess.Popen(
                ["git", "--no-pager", *arguments],
                cwd=self.directory,
                env=self._environment(network=False),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError as error:
            raise _cannot_run(error, self.directory) from error

    def _environment(self, *, network: bool) -> dict[str, str]:
        kept = _KEPT | _KEPT_ON_THE_NETWORK if network else _KEPT
        chosen = {name: value for name, value in self._outer.items() if name in kept}
        chosen |= self._variables
        chosen |= {
            "LC_ALL": "C",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_ASKPASS": "",
            "SSH_ASKPASS": "",
        }
        if not network:
            # Git before 2.44 does not know the first; the second makes its lazy fetch fail instead.
            chosen |= {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none"}
        return chosen | self._configuration()

    def _configuration(self) -> dict[str, str]:
        """Put ours after the caller's own GIT_CONFIG_COUNT settings: the last one wins."""
        count = self._outer.get("GIT_CONFIG_COUNT", "0")
        first = int(count) if count.isdecimal() else 0
        numbered = {
            name: value
            for index in range(first)
            for name in (f"GIT_CONFIG_KEY_{index}", f"GIT_CONFIG_VALUE_{index}")
            if (value := self._outer.get(name)) is not None
        }
        ours = (*_SAFE_CONFIG, *self._config)
        for index, (key, value) in enumerate(ours, start=first):
            numbered[f"GIT_CONFIG_KEY_{index}"] = key
            numbered[f"GIT_CONFIG_VALUE_{index}"] = value
        return numbered | {"GIT_CONFIG_COUNT": str(first + len(ours))}


def failure(what: str, outcome: GitOutcome) -> GitError:
    """Make the error for a git command that failed, with the way out that its words call for."""
    said = display(outcome.stderr.strip().replace("\n", "; "))[:500]
    message = f"{what}: {said}" if said else f"{what} (exit {outcome.code})"
    if "dubious ownership" in said:
        return GitError(
            message, "the directory belongs to someone else: git config --global --add safe.directory DIR"
        )
    if "not a git repository" in said:
        return GitError(message, "run contract-gate inside a git repository")
    return GitError(message, "try the same with git itself; a shallow clone may need fetch-depth: 0")


def _cannot_run(error: OSError, directory: Path) -> GitError:
    if isinstance(error, FileNotFoundError) and str(error.filename) != str(directory):
        return GitError("git was not run: there is no git on the PATH", "install git 2.31 or newer")
    return GitError(
        f"git was not run: {display(str(error))}", "check that the directory exists and can be entered"
    )


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
