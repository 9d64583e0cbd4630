"""What keeps the head's projects from being built at all, and did not keep the base's."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from contract_gate.core.world import RefusedDeclaration
from contract_gate.workspace.repository import RepositoryWorld, paired


def refused(
    base: RepositoryWorld, head: RepositoryWorld, paths: Collection[str]
) -> tuple[RefusedDeclaration, ...]:
    """Give the declarations that their own tool refuses since the base. `paths` are the changed files."""
    of_dbt = (each for old, new in paired(base, head) for each in new.refused_since(old, paths))
    old, new = base.plain, head.plain
    of_steps = new.refused_since(old, paths) if old is not None and new is not None else ()
    return (*of_dbt, *of_steps, *_of_others(base, head, paths))


def _of_others(
    base: RepositoryWorld, head: RepositoryWorld, paths: Collection[str]
) -> Iterator[RefusedDeclaration]:
    known = {each.message for project in base.projects for each in project.refused()}
    found = [
        replace(each, project=project.root)
        for project in head.projects
        for each in project.refused()
        if each.message not in known
    ]
    # Of two places that contradict each other the one that was edited is told.
    found.sort(key=lambda each: each.path not in paths)
    yield from {each.message: each for each in reversed(found)}.values()
