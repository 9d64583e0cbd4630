"""What was edited instead of a model's own file, between two worlds: asked project by project, before any SQL is read."""

from collections.abc import Collection, Iterator

from contract_gate.compare.changes.origin import HiddenEdit, Origin, OriginKind, Origins
from contract_gate.compare.changes.relations import Pairing
from contract_gate.core.models import outlines
from contract_gate.workspace.dbt.origins import DbtOrigins
from contract_gate.workspace.project import Project
from contract_gate.workspace.repository import RepositoryWorld, paired


def origins(
    base: RepositoryWorld, head: RepositoryWorld, pairing: Pairing, paths: Collection[str]
) -> tuple[tuple[tuple[str, Origins], ...], tuple[HiddenEdit, ...]]:
    """Give the origins of paired models by key, and the packages of another version. `paths` are the changed files."""
    projects: dict[Project | None, DbtOrigins] = {}
    for old, new in paired(base, head):
        projects[old] = projects[new] = DbtOrigins(old, new, paths)
    pairs = [*pairing.same, *((key, key) for key in (*pairing.removed, *pairing.added))]
    found: dict[str, Origins] = {}
    for before, after in pairs:
        asked = projects.get(head.project_of(after) or base.project_of(before))
        if asked is not None:
            found[after] = asked.of(before, after)
    found |= dict(_of_shared_files(base, head, pairing, paths))
    hidden = (edit for project in dict.fromkeys(projects.values()) for edit in project.hidden())
    return tuple((key, one) for key, one in found.items() if one != Origins()), tuple(hidden)


def _of_shared_files(
    base: RepositoryWorld, head: RepositoryWorld, pairing: Pairing, paths: Collection[str]
) -> Iterator[tuple[str, Origins]]:
    """Includes and macros of the projects that are read by text: the changed files that a model is also made from."""
    own = {one.path for world in (base, head) for one in outlines(world.models)}
    shared = {path: base.made_from({path}) | head.made_from({path}) for path in sorted(set(paths) - own)}
    for before, after in pairing.same:
        edited = {base.models[before].path, head.models[after].path} & set(paths)
        files = [path for path, keys in shared.items() if before in keys or after in keys]
        if files and not edited:
            found = tuple(
                Origin(kind=OriginKind.FILE, name=path.rpartition("/")[2], path=path) for path in files
            )
            yield after, Origins(text=found, name=found, settings=found)
