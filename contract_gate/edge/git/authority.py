"""Whose word counts for a comparison: a base counts that is on the default branch, else the commit of it that it came from.

The base of an event can be the author's own commit: the one before a second push, the branch below in a stack, the entry
ahead in a merge queue. It stays what the head is compared with, but nobody has merged what it says of the gate.
"""

from dataclasses import replace

from contract_gate.edge.git.history import History
from contract_gate.edge.git.repository import Repository
from contract_gate.edge.git.revision import Revision, RevisionKind, Revisions, display


def with_authority(
    repository: Repository, history: History, found: Revisions, target: str | None, default: str | None
) -> Revisions:
    """Add whose word counts where the base is not on the default branch, as far as this clone or its remote tells.

    `target` is the branch that the base is known to be on, if any. `default` is what the CI calls the default branch; the
    remote is asked where it does not say. Both are short names.
    """
    if found.base.sha in (found.head.sha, repository.empty_tree().sha):
        return found
    name = default or history.default_name()
    if target is not None and target == name:
        return found
    tip = history.branch(name) if name is not None else None
    if name is None or tip is None:
        return _nobodys(repository, found, "the default branch can't be had")
    shared = history.merge_base(tip, found.base, (f"refs/heads/{name}",))
    if shared is None:
        return _nobodys(repository, found, f"it has no common commit with {tip.label} here")
    if shared.sha == found.base.sha:
        return found
    label = f"the merge base with {tip.label}"
    authority = Revision(kind=RevisionKind.COMMIT, sha=shared.sha, label=label)
    return replace(found, authority=authority, doubt=f"{found.base} is not on {display(name)}")


def _nobodys(repository: Repository, found: Revisions, why: str) -> Revisions:
    doubt = f"nobody knows whether {found.base} was merged: {why}"
    return replace(found, authority=repository.empty_tree(), doubt=doubt)
