"""What a change takes out of the gate's sight: files of the base's models that are there, and read as nothing any more."""

from collections.abc import Collection
from pathlib import PurePosixPath

from contract_gate.core.models import outlines
from contract_gate.core.paths import is_sql
from contract_gate.core.world import ModelKind
from contract_gate.edge.git import ChangedFile, EntryKind, Repository, Revisions
from contract_gate.workspace.dbt.materializations import building
from contract_gate.workspace.repository import RepositoryWorld


def out_of_sight(
    repository: Repository,
    revisions: Revisions,
    base: RepositoryWorld,
    head: RepositoryWorld,
    changed: Collection[ChangedFile],
) -> dict[str, str]:
    """Give the files of the head that are not read, or keep others from being read, though the base's were: path → reason."""
    return {
        **_linked(repository, revisions, base, head, changed),
        **_not_followed(repository, revisions, base, head),
        **_left_out(base, head),
        **_built_anew(repository, revisions, head, changed),
        **_turned_off(base, head),
        **_left_lying(base, head),
        **_moved_away(base, head, changed),
    }


def _moved_away(
    base: RepositoryWorld, head: RepositoryWorld, changed: Collection[ChangedFile]
) -> dict[str, str]:
    """Give the new places of files that held models, where nothing of them is read any more."""
    moved = {
        file.path: file.old_path for file in changed if file.old_path not in (None, file.path) and file.new
    }
    before = {one.path for one in outlines(base.models)}
    after = {one.path for one in outlines(head.models)}
    return {
        path: f"it lay at {old}, and lies where no model is read now"
        for path, old in moved.items()
        if old in before and path not in after and not head.made_from({path})
    }


def _not_followed(
    repository: Repository, revisions: Revisions, base: RepositoryWorld, head: RepositoryWorld
) -> dict[str, str]:
    """Give what is not followed: submodules that change, and what stands in the place of the base's models or above them."""
    old, new = repository.files(revisions.base), repository.files(revisions.head)
    links = [path for side in (old, new) for path, entry in side.items() if entry.kind is EntryKind.SUBMODULE]
    found = {
        path: "it is a submodule, whose files are not read: nobody knows what this changes"
        for path in links
        if old.get(path) != new.get(path)
    }
    odd = {path: str(entry.kind) for path, entry in new.items() if entry.kind is not EntryKind.FILE}
    for path in {one.path for one in outlines(base.models)} if odd else ():
        above = [path, *(parent.as_posix() for parent in PurePosixPath(path).parents)]
        kind = next((odd[each] for each in above if each in odd), None)
        if kind is not None and not head.has_file(path):
            found[path] = f"it is behind a {kind} now, which is not followed"
    return found


def _linked(
    repository: Repository,
    revisions: Revisions,
    base: RepositoryWorld,
    head: RepositoryWorld,
    changed: Collection[ChangedFile],
) -> dict[str, str]:
    """Give the changed symbolic links that are called like models, or like folders of models, and are read on no side."""
    entries = ((file.path, entry) for file in changed for entry in (file.old, file.new))
    links = {path for path, entry in entries if entry is not None and entry.kind is EntryKind.SYMLINK}
    followed = {
        above.as_posix()
        for side in ((revisions.base, revisions.head) if links else ())
        for path in repository.linked(side)
        for above in PurePosixPath(path).parents
    }
    return {
        path: "it is a symbolic link, which is not followed: nobody knows what this changes"
        for path in links
        if is_sql(path) or any(project.holds(f"{path}/a.sql") for project in (*base.dbt, *head.dbt))
        if not (base.has_file(path) or head.has_file(path) or path in followed)
    }


def _built_anew(
    repository: Repository, revisions: Revisions, head: RepositoryWorld, changed: Collection[ChangedFile]
) -> dict[str, str]:
    """Give the files that say otherwise how dbt builds relations: what becomes of any model's query by that is not compared."""
    files = [file for file in changed if is_sql(file.path)] if head.dbt else []
    old = repository.read(revisions.base, [file.old_path or file.path for file in files])
    new = repository.read(revisions.head, [file.path for file in files])
    found: dict[str, str] = {}
    for file in files:
        before, after = (
            building(content.decode("utf-8", "replace")) if isinstance(content, bytes) else {}
            for content in (old[file.old_path or file.path], new[file.path])
        )
        named = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
        if named:
            told = "it says otherwise how dbt builds relations, which is not compared"
            found[file.path] = f"{told}: {', '.join(named[:3])}"
    return found


def _left_out(base: RepositoryWorld, head: RepositoryWorld) -> dict[str, str]:
    """Give the files that take models of the base out of their project's sight, though these lie where they lay."""
    now = {(project.kind, project.root): project for project in head.projects}
    taken: dict[str, list[str]] = {}
    for project in base.projects:
        after = now.get((project.kind, project.root))
        says = after.left_out if after is not None else {}
        for path in sorted({one.path for one in outlines(project.models)} & says.keys()):
            taken.setdefault(says[path], []).append(path)
    return {
        file: f"it takes {', '.join(paths[:3])} out of sight: {len(paths):,} in all, not read"
        for file, paths in taken.items()
    }


def _left_lying(base: RepositoryWorld, head: RepositoryWorld) -> dict[str, str]:
    """Give the base's models that lie where they lay, in directories that their dbt project reads no longer."""
    found: dict[str, str] = {}
    now = {project.root: project for project in head.dbt}
    for project in base.dbt:
        after = now.get(project.root)
        if after is None or project.folders <= after.folders:
            continue
        paths = {one.path for one in outlines(project.models) if project.holds(one.path)}
        lying = [path for path in sorted(paths) if head.has_file(path) and not after.holds(path)]
        if lying:
            setup = project.packages.root.file
            found[setup] = (
                f"it names the directories of {', '.join(lying[:3])} no longer: {len(lying):,} in all, not read"
            )
            found.update(dict.fromkeys(lying, f"{setup} names its directory no longer"))
    return found


def _turned_off(base: RepositoryWorld, head: RepositoryWorld) -> dict[str, str]:
    """Give the files that set up a dbt project and leave it no model, though the files of its models are there."""
    found: dict[str, str] = {}
    now = {project.root: project for project in head.dbt}
    for project in base.dbt:
        after = now.get(project.root)
        paths = {one.path for one in outlines(project.models) if one.kind is ModelKind.MODEL}
        lying = [path for path in paths if head.has_file(path)]
        if lying and after and all(one.kind is not ModelKind.MODEL for one in outlines(after.models)):
            found[project.packages.root.file] = (
                f"it turns off all of the project's models: {len(lying):,}, not read"
            )
    return found
