"""The commits that were merged into a branch, one after the other: its own line, by first parents."""

from contract_gate.core.values import dataclass
from contract_gate.edge.git.repository import Repository
from contract_gate.edge.git.revision import Revision, RevisionKind, display

_FIELDS = ("%H", "%P", "%cs", "%s")


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedCommit:
    """A commit, and the one before it on its branch. `day` is ISO 8601, `subject` is fit to print."""

    base: Revision
    head: Revision
    day: str
    subject: str


def merged_commits(repository: Repository, branch: str, count: int) -> tuple[MergedCommit, ...]:
    """Give the last commits of a branch, newest first; the first of a history and that of a shallow clone have nothing before."""
    head = repository.resolve(branch).treeish
    options = ("--first-parent", "-z", f"--max-count={count}", f"--format={'%x00'.join(_FIELDS)}")
    told = repository.git.run("log", *options, head, "--").decode("utf-8", "replace").split("\0")
    return tuple(
        MergedCommit(base=_commit(parents.split()[0]), head=_commit(sha), day=day, subject=display(subject))
        for sha, parents, day, subject in zip(*[iter(told)] * len(_FIELDS), strict=False)
        if parents
    )


def _commit(sha: str) -> Revision:
    return Revision(kind=RevisionKind.COMMIT, sha=sha)
