"""What was edited instead of a model's own file, between two worlds: asked project by project, before any SQL is read."""

from collections.abc import Collection, Iterator

from contract_gate.compare.changes.origin import HiddenEdit, Origin, OriginKind, Origins
from contract_gate.compare.changes.relations import Pairing
from contract_gate.workspace.dbt.origins import DbtOrigins
from contract_gate.workspace.dbt.project import DbtProject
from contract_gate.workspace.repository import RepositoryWorld


def origins(
    base: RepositoryWorld, head: RepositoryWorld, pairing: Pairing, paths: Collection[str]
) -> tuple[tuple[tuple[str, Origins], ...], tuple[HiddenEdit, ...]]:
    """Give the origins of paired models by key, and the packages of another version. `paths` are the changed files."""
    projects = _dbt_projects(base, head, paths)
    pairs = [*pairing.same, *((key, key) for key in (*pairing.removed, *pairing.added))]
    found: dict[str, Origins] = {}
    for before, after in pairs:
        project = head.project_of(after) or base.project_of(before)
        if isinstance(project, DbtProject) and project.root in projects:
            found[after] = projects[project.root].of(before, after)
    found |= dict(_of_shared_files(base, head, pairing, paths))
    hidden = (edit for project in projects.values() for edit in project.hidden())
    return tuple((key, one) for key, one in found.items() if one != Origins()), tuple(hidden)


def _dbt_projects(
    base: RepositoryWorld, head: RepositoryWorld, paths: Collection[str]
) -> dict[str, DbtOrigins]:
    olds = {project.root: project for project in base.projects if isinstance(project, DbtProject)}
    return {
        project.root: DbtOrigins(olds[project.root], project, paths)
        for project in head.projects
        if isinstance(project, DbtProject) and project.root in olds
    }


def _of_shared_files(
    base: RepositoryWorld, head: RepositoryWorld, pairing: Pairing, paths: Collection[str]
) -> Iterator[tuple[str, Origins]]:
    """Includes and macros of the projects that are read by text: the changed files that a model is also made from."""
    own = {model.path for world in (base, head) for model in world.models.values()}
    shared = {path: base.made_from({path}) | head.made_from({path}) for path in sorted(set(paths) - own)}
    for before, after in pairing.same:
        edited = {base.models[before].path, head.models[after].path} & set(paths)
        files = [path for path, keys in shared.items() if before in keys or after in keys]
        if files and not edited:
            found = tuple(
                Origin(kind=OriginKind.FILE, name=path.rpartition("/")[2], path=path) for path in files
            )
            yield after, Origins(text=found, name=found, settings=found)
