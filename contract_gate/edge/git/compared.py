"""Chooses the two revisions that a run compares: the flags go first, then what `contract_gate.edge.git.choice` finds around it."""

from collections.abc import Mapping

from contract_gate.core.errors import UsageError
from contract_gate.edge.git.repository import Repository
from contract_gate.edge.git.revision import INDEX, WORKING_TREE, Revision, Revisions, display

_ON_DISK = WORKING_TREE.kind.value


def choose_revisions(
    repository: Repository,
    base: str | None = None,
    head: str | None = None,
    staged: bool = False,
    environment: Mapping[str, str] | None = None,
) -> Revisions:
    """Choose what `check` compares.

    An explicit `base` is used as it is: its own files, not those of a merge base. With `base` alone the head is HEAD;
    with `head` alone the base is the merge base with the default branch. `head` may be `working-tree`.
    `staged` compares HEAD (or `base`) with the index. UsageError for flags that do not go together, GitError where a
    revision can't be had.
    """
    if staged:
        return _staged(repository, base, head)
    if base is not None:
        chosen = _head(repository, head)
        return Revisions(
            base=repository.resolve(base), head=chosen, how=f"{display(base)} as given, against {chosen}"
        )
    # Imported here: a hook says what it compares, and asks no CI and no history.
    from contract_gate.edge.git.choice import found_around

    return found_around(
        repository, None if head is None else (head, _head(repository, head)), environment or {}
    )


def _staged(repository: Repository, base: str | None, head: str | None) -> Revisions:
    if head is not None:
        raise UsageError("--staged and --head exclude each other", "the head of --staged is the index")
    start = repository.resolve(base) if base is not None else repository.named("HEAD")
    if start is None:
        return Revisions(
            base=repository.empty_tree(), head=INDEX, how="the index; there is no commit before it"
        )
    return Revisions(base=start, head=INDEX, how=f"the index, against {start}")


def _head(repository: Repository, head: str | None) -> Revision:
    return WORKING_TREE if head == _ON_DISK else repository.resolve(head or "HEAD")
