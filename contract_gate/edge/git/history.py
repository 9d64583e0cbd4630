"""Finds parents and merge bases where the history was cut short, fetching a little of it when that is allowed.

Fetching adds objects to the repository and nothing else: no ref, no tag, no file of the work tree. It is done only
on a CI runner (`Reach.FETCH`), where the clone is the run's own.
"""

import re
from collections.abc import Sequence
from enum import StrEnum
from functools import cached_property

from contract_gate.edge.git.command import Git, GitOutcome
from contract_gate.edge.git.diff import path_text
from contract_gate.edge.git.network import OTHER_END, on_the_network
from contract_gate.edge.git.repository import Repository
from contract_gate.edge.git.revision import Revision, RevisionKind, display

_PARENT = re.compile(rb"^parent ([0-9a-f]{40,64})$", re.MULTILINE)
_LISTED = re.compile(rb"([0-9a-f]{40,64})\t")
_SYMREF = re.compile(rb"ref: refs/heads/([^\t\n]+)\tHEAD")
_DEEPENINGS = (50, 250, 1_000, 5_000)
# --no-filter: in a partial clone the base would come without the contents that it is fetched for.
_FETCH = (
    "fetch",
    "--quiet",
    "--no-tags",
    "--no-filter",
    "--no-recurse-submodules",
    "--no-write-fetch-head",
    "--no-auto-gc",
)


class HistoryReach(StrEnum):
    """How far the search may go: what is here, or also what one shallow fetch brings."""

    LOCAL = "local"
    FETCH = "fetch"


class History:
    """The commits around a revision. `trouble` is what the last fetch that failed said."""

    def __init__(self, repository: Repository, reach: HistoryReach) -> None:
        self._repository = repository
        self.reach = reach
        self.trouble: str | None = None

    def parents(self, sha: str) -> tuple[str, ...]:
        """Give the ids of a commit's parents as the commit names them, whether or not they are here.

        `git log` hides them at the edge of a shallow clone; the raw commit does not.
        """
        raw = self._repository.git.run("cat-file", "commit", sha)
        header, _, _ = raw.partition(b"\n\n")
        return tuple(match[1].decode("ascii") for match in _PARENT.finditer(header))

    def commit(self, sha: str, label: str) -> Revision | None:
        """Give a commit by its full id, fetching that one alone if it is not here; None if it can't be had."""
        here = self._repository.find(sha)
        if here is None and self._fetch("--depth=1", sha):
            here = self._repository.find(sha)
        return None if here is None else Revision(kind=RevisionKind.COMMIT, sha=here, label=label)

    def branch(self, name: str | None = None) -> Revision | None:
        """Give the remote's branch (its default one without a name), asking the remote where the clone lacks it.

        Where there is no remote at all, the branch of that name that is here.
        """
        remote = self._repository.remote()
        if remote is None:
            here = self._repository.find(f"refs/heads/{name}") if name else None
            label = display(name or "")
            return None if here is None else Revision(kind=RevisionKind.COMMIT, sha=here, label=label)
        label = f"{remote}/{display(name or 'HEAD')}"
        here = self._repository.find(f"refs/remotes/{remote}/{name or 'HEAD'}")
        if here is not None:
            return Revision(kind=RevisionKind.COMMIT, sha=here, label=label)
        sha = self._listed(remote, f"refs/heads/{name}" if name else "HEAD")
        return None if sha is None else self.commit(sha, label)

    def ref(self, name: str) -> Revision | None:
        """Give the commit of a whole ref, asking the remote where the clone lacks it; None if it can't be had."""
        remote = self._repository.remote()
        sha = self._repository.find(name) or (self._listed(remote, name) if remote is not None else None)
        return None if sha is None else self.commit(sha, display(name))

    def default_name(self) -> str | None:
        """Give the short name of the remote's default branch, asking the remote where the clone does not say."""
        remote = self._repository.remote()
        if remote is None:
            local = self._repository.default_branch()
            return None if local is None else local.removeprefix("refs/heads/")
        prefix = f"refs/remotes/{remote}/"
        head = self._repository.git.line("symbolic-ref", "--quiet", f"{prefix}HEAD")
        if head is not None:
            return head.removeprefix(prefix)
        match = _SYMREF.search(self._ask_remote(remote, "HEAD", "--symref"))
        return None if match is None else path_text(match[1])

    def merge_base(self, one: Revision, other: Revision, refs: Sequence[str] = ()) -> Revision | None:
        """Find the best common ancestor, deepening a shallow clone until the histories meet."""
        found = self._repository.merge_base(one, other)
        wanted = [each for each in (one.sha, other.sha) if each]
        for depth in _DEEPENINGS:
            if found is not None or not self.is_shallow():
                return found
            if not self._fetch(f"--deepen={depth}", *wanted) and not self._fetch(f"--deepen={depth}", *refs):
                return None
            found = self._repository.merge_base(one, other)
        return found

    def is_shallow(self) -> bool:
        """Tell whether the clone's history was cut."""
        return self._repository.git.line("rev-parse", "--is-shallow-repository") == "true"

    @cached_property
    def _network(self) -> Git:
        return on_the_network(self._repository.git, self._repository.git.outer)

    def _listed(self, remote: str, ref: str) -> str | None:
        """Ask the remote which commit a ref names."""
        match = _LISTED.match(self._ask_remote(remote, ref))
        return match[1].decode("ascii") if match else None

    def _ask_remote(self, remote: str, ref: str, *options: str) -> bytes:
        if self.reach is HistoryReach.LOCAL:
            return b""
        outcome = self._network.ask(
            "ls-remote", *options, OTHER_END, "--end-of-options", remote, ref, network=True
        )
        self.trouble = None if outcome.code == 0 else _said(outcome)
        return outcome.stdout if outcome.code == 0 else b""

    def _fetch(self, depth: str, *wanted: str) -> bool:
        remote = self._repository.remote()
        if self.reach is HistoryReach.LOCAL or remote is None or not wanted:
            return False
        outcome = self._network.ask(
            *_FETCH, OTHER_END, depth, "--end-of-options", remote, *wanted, network=True
        )
        self.trouble = None if outcome.code == 0 else _said(outcome)
        return outcome.code == 0


def _said(outcome: GitOutcome) -> str:
    lines = outcome.stderr.strip().splitlines()
    return display(lines[-1])[:200] if lines else f"exit {outcome.code}"
