"""Where the projects of a repository stand, and what counts as plain SQL beside them.

A pull request may add a project, and no more: what the base's layout reads is read at the head as well, so that a file that only
sets a project up (`dbt_project.yml` among the fixtures of a test) takes no model out of sight.
"""

import posixpath
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from enum import StrEnum

from contract_gate.core.paths import ending_of
from contract_gate.core.values import dataclass, field
from contract_gate.workspace.dataform import settings as dataform
from contract_gate.workspace.dbt.packages import PROJECT_FILE, dbt_roots, own_folders
from contract_gate.workspace.files import Files, decode, is_below, is_vendored
from contract_gate.workspace.sqlmesh import settings as sqlmesh


class ProjectKind(StrEnum):
    """A kind of project that a file sets up, as people call it."""

    DBT = "dbt"
    SQLMESH = "SQLMesh"
    DATAFORM = "Dataform"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Setup:
    """How a kind of project is set up: by one of `files`, in the folders that `roots` finds. `folders` are those that it reads there; None: its setup file says which."""

    files: tuple[str, ...]
    roots: Callable[[Files, Collection[str]], Iterable[str]]
    folders: tuple[str, ...] | None = None


_SETUPS: Mapping[ProjectKind, _Setup] = {
    ProjectKind.DBT: _Setup(files=(PROJECT_FILE,), roots=lambda _, paths: dbt_roots(paths)),
    ProjectKind.SQLMESH: _Setup(
        files=sqlmesh.CONFIG_FILES, roots=sqlmesh.sqlmesh_roots, folders=sqlmesh.FOLDERS
    ),
    ProjectKind.DATAFORM: _Setup(
        files=dataform.SETTINGS_FILES, roots=lambda _, paths: dataform.dataform_roots(paths), folders=dataform.FOLDERS
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The folders of each kind of project, and the paths that are read as plain SQL (before `paths` of the configuration).

    `setups` holds the files that set the projects up, with their bytes. `dialect_of` tells a plain file's dialect where
    plain SQL was read: the head's is the base's, so that no added file turns a guess.
    """

    roots: tuple[tuple[ProjectKind, str], ...] = ()
    setups: Mapping[str, bytes]
    plain: frozenset[str] = frozenset()
    dialect_of: Callable[[str], str] | None = field(default=None, compare=False)

    def of(self, kind: ProjectKind) -> tuple[str, ...]:
        """Give the folders of one kind of project."""
        return tuple(root for each, root in self.roots if each is kind)

    @property
    def beside(self) -> frozenset[str]:
        """Give the plain files in the folders of projects, beside those that the projects read."""
        return _below_any(self.plain, tuple(root for _, root in self.roots))

    def setup(self, kind: ProjectKind, root: str) -> str:
        """Give the file that sets a project up."""
        return next((path for path in _setups(kind, root) if path in self.setups), _setups(kind, root)[0])


def find_layout(files: Files, paths: Collection[str]) -> Layout:
    """Find the projects of a revision. Plain SQL is what no project owns: what lies in no project's folder, or beside the folders that it reads."""
    roots = tuple((kind, root) for kind, setup in _SETUPS.items() for root in setup.roots(files, paths))
    there = frozenset(paths)
    contents = files.read([path for kind, root in roots for path in _setups(kind, root) if path in there])
    layout = Layout(
        roots=roots,
        setups={path: content for path, content in contents.items() if isinstance(content, bytes)},
    )
    return replace(layout, plain=_plain(paths, layout))


def at_least(layout: Layout, base: Layout, paths: Collection[str]) -> Layout:
    """Add to the head's layout what the base's reads: its projects, and the plain files that are still there.

    A project whose files are all gone is gone; one that has lost only what sets it up is read as the base sets it up.
    """
    there = frozenset(paths)
    kept = [(kind, root) for kind, root in base.roots if any(is_below(path, root) for path in paths)]
    missing = [
        path
        for kind, root in kept
        if not any(path in there for path in _setups(kind, root))
        for path in _setups(kind, root)
        if path in base.setups
    ]
    new = tuple(root for _, root in layout.roots if root not in {each for _, each in base.roots})
    old_plain = base.plain & there
    return Layout(
        roots=tuple(dict.fromkeys((*layout.roots, *kept))),
        setups={**layout.setups, **{path: base.setups[path] for path in missing}},
        plain=old_plain | (layout.plain - _below_any(layout.plain, new)),
    )


def layout_changes(base: Layout, head: Layout) -> tuple[tuple[str, str], ...]:
    """Tell which projects the head adds or gives up: (path, sentence). `head` is the layout as the head alone has it."""
    found = []
    for kind, root in sorted({*base.roots, *head.roots} - ({*base.roots} & {*head.roots})):
        is_new = (kind, root) in head.roots
        path = (head if is_new else base).setup(kind, root)
        place = f"in {root}/" if root else "at the top"
        unread = len(_below_any(base.plain, (root,)) - head.plain) if is_new else 0
        told = f"a {kind} project {place} is {'new' if is_new else 'given up'}: this change is read as the base is laid out"
        if unread:
            told += f", later ones no longer read {unread:,} plain SQL file{'s'[: unread > 1]} there"
        found.append((path, told))
    return tuple(found)


def _setups(kind: ProjectKind, root: str) -> list[str]:
    return [posixpath.join(root, name) for name in _SETUPS[kind].files]


def _plain(paths: Iterable[str], layout: Layout) -> frozenset[str]:
    """Leave out what projects own; in the folder of a project only SQL is anybody's who stands beside it."""
    roots = tuple(root for _, root in layout.roots)
    own = tuple(folder for kind, root in layout.roots for folder in _own_folders(layout, kind, root))
    outside = frozenset(path for path in paths if not is_vendored(path))
    outside -= _below_any(outside, own)
    inside = _below_any(outside, roots)
    return outside - frozenset(path for path in inside if ending_of(path) != ".sql" or _is_hidden(path))


def _own_folders(layout: Layout, kind: ProjectKind, root: str) -> Iterable[str]:
    folders = _SETUPS[kind].folders
    if folders is None:
        return own_folders(decode(layout.setups.get(layout.setup(kind, root), b"")).text, root)
    return [posixpath.join(root, name) for name in folders]


def _is_hidden(path: str) -> bool:
    return path.startswith(".") or "/." in path


def _below_any(paths: Collection[str], roots: tuple[str, ...]) -> frozenset[str]:
    return frozenset(path for path in paths if any(is_below(path, root) for root in roots))
