"""What two commits would be when merged, as a tree that nothing of the repository keeps: its objects lie in a folder of their own."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from contract_gate.core.errors import GitError
from contract_gate.edge.git.command import failure
from contract_gate.edge.git.diff import path_text
from contract_gate.edge.git.repository import Repository
from contract_gate.edge.git.revision import Revision, RevisionKind

_FIRST_GIT = (2, 38)
_CONFLICTS = 1


@contextmanager
def scratch(repository: Repository) -> Iterator[Repository]:
    """Give the same repository, with a place for objects that is gone at the end."""
    objects = repository.git.line("rev-parse", "--path-format=absolute", "--git-path", "objects")
    with tempfile.TemporaryDirectory(prefix="contract-gate-merge-") as folder:
        kept = {"GIT_OBJECT_DIRECTORY": folder, "GIT_ALTERNATE_OBJECT_DIRECTORIES": objects or ""}
        # Merge drivers are programs as well. What they would merge conflicts.
        git = repository.git.with_variables(kept).without_drivers("merge", {"driver": "false"})
        with Repository(git) as other:
            yield other


def merged_tree(repository: Repository, one: Revision, other: Revision) -> Revision | None:
    """Merge two commits; None where they conflict. Call it on what `scratch` gives: it writes objects. GitError before git 2.38.

    https://git-scm.com/docs/git-merge-tree
    """
    outcome = repository.git.ask(
        "merge-tree", "--write-tree", "--no-messages", "-z", one.treeish, other.treeish
    )
    if outcome.code == _CONFLICTS:
        return None
    if outcome.code:
        raise (
            failure("the two changes were not merged", outcome)
            if repository.is_at_least(_FIRST_GIT)
            else GitError(
                "the two changes were not merged: this git can't without a working tree",
                "install git 2.38 or newer",
            )
        )
    sha = path_text(outcome.stdout).partition("\0")[0].strip()
    return Revision(kind=RevisionKind.COMMIT, sha=sha, label=f"the merge of {one} with {other}")
