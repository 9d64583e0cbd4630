"""Which models may differ between two worlds: what to compare, before anything is rendered."""

from collections.abc import Collection
from dataclasses import replace

from contract_gate.core.models import differing, outlines
from contract_gate.core.world import Model
from contract_gate.workspace.dbt.changes import candidates as dbt_candidates
from contract_gate.workspace.repository import RepositoryWorld, paired


def candidates(base: RepositoryWorld, head: RepositoryWorld, paths: Collection[str]) -> set[str]:
    """Give the keys of models that were added, removed, declared otherwise, or whose text may render otherwise.

    `paths` are the files that changed, at base and head. May hold too many, never too few.
    """
    pairs = tuple(paired(base, head))
    for world, side in ((base, [old for old, _ in pairs]), (head, [new for _, new in pairs])):
        world.open(side)
    found = {
        key
        for key in differing(base.models, head.models)
        if _differs(base.models.get(key), head.models.get(key))
    }
    touched = set(paths)
    for world in (base, head):
        found |= {one.key for one in outlines(world.models) if one.path in touched}
        found |= world.made_from(touched)
        world.take_in()
    found -= {key for key in found if _says_the_same(base, head, key)}
    for before, after in pairs:
        found |= dbt_candidates(before, after, touched)
    return found


def _says_the_same(base: RepositoryWorld, head: RepositoryWorld, key: str) -> bool:
    """Of a file that makes many relations an edit is one of those whose statements differ."""
    if _differs(base.models.get(key), head.models.get(key)):
        return False
    said = base.says(key)
    return said is not None and said == head.says(key)


def _differs(before: Model | None, after: Model | None) -> bool:
    if before is None or after is None:
        return True
    # Most are the very same on both sides, or equal to the line.
    return before is not after and before != after and replace(before, line=1) != replace(after, line=1)
