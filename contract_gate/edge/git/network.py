"""git on the network, without the programs that the repository's own configuration names for it.

A checkout's `.git/config` may be a stranger's: a program for ssh, a proxy, the other end's command or a credential helper would run with
the job's secrets. What the machine and the person have configured stays.
"""

import shlex
from collections.abc import Iterator, Mapping

from contract_gate.edge.git.command import Git
from contract_gate.edge.git.diff import path_text

_OWN = frozenset({"local", "worktree"})
_HELPERS = r"^credential\.(.*\.)?helper$"
OTHER_END = "--upload-pack=git-upload-pack"
"""For `fetch` and `ls-remote`: of several settings of the other end's command the first would win, and that is the repository's."""


def on_the_network(git: Git, outer: Mapping[str, str]) -> Git:
    """Give the same git for calls to a remote: https://git-scm.com/docs/git-config names what each setting runs."""
    variables = {
        "GIT_SSH_COMMAND": _ssh(git, outer),
        "GIT_PROXY_COMMAND": "",
        # What is missing would be fetched by a call of its own, with the repository's settings.
        "GIT_NO_LAZY_FETCH": "1",
    }
    return git.with_variables(variables).with_config(_overrides(git))


def _ssh(git: Git, outer: Mapping[str, str]) -> str:
    """The variable goes before `core.sshCommand`, whoever set that."""
    if command := outer.get("GIT_SSH_COMMAND"):
        return command
    if program := outer.get("GIT_SSH"):
        return shlex.quote(program)
    scopes = (git.line("config", scope, "--get", "core.sshCommand") for scope in ("--global", "--system"))
    return next((command for command in scopes if command), "ssh")


def _overrides(git: Git) -> Iterator[tuple[str, str]]:
    """Forget the repository's credential helpers, and no other: an empty one clears the list."""
    helpers: list[tuple[str, str]] = []
    is_hostile = False
    for scope, key, value in _listed(git):
        if scope in _OWN:
            is_hostile = True
        else:
            helpers.append((key, value))
    if is_hostile:
        yield "credential.helper", ""
        yield from helpers


def _listed(git: Git) -> Iterator[tuple[str, str, str]]:
    """Give scope, key and value, as `git config -z --show-scope` lists them."""
    words = path_text(git.ask("config", "-z", "--show-scope", "--get-regexp", _HELPERS).stdout).split("\0")
    for scope, setting in zip(words[::2], words[1::2], strict=False):
        key, _, value = setting.partition("\n")
        yield scope, key, value
