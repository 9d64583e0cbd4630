"""How a repository is read: which projects it has, what is plain SQL beside them, and who else reads what they make."""

import fnmatch
import posixpath
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType

from contract_gate.core.faults import contained
from contract_gate.core.models import outlines
from contract_gate.core.paths import is_sql
from contract_gate.core.values import dataclass, field, replace
from contract_gate.core.world import MadeUp
from contract_gate.edge.config import ReadersConfig
from contract_gate.workspace.content import file_digest
from contract_gate.workspace.dbt.adapters import Spot
from contract_gate.workspace.dbt.artifacts import Manifest
from contract_gate.workspace.dbt.opening import Opening
from contract_gate.workspace.dbt.packages import PROJECT_FILE, name_in
from contract_gate.workspace.dbt.places import Places
from contract_gate.workspace.dbt.project import DbtProject, Options, read_dbt
from contract_gate.workspace.dialects import chooser, dialect_below, dialects_by_folder
from contract_gate.workspace.files import YAML, Files, decode, is_below, is_vendored
from contract_gate.workspace.jinja.replies import Replies
from contract_gate.workspace.layout import Layout, ProjectKind, at_least, find_layout
from contract_gate.workspace.plain import PlainProject
from contract_gate.workspace.project import Project
from contract_gate.workspace.readers.kinds import KINDS
from contract_gate.workspace.readers.project import ReaderFiles, SharedReading
from contract_gate.workspace.repository import RepositoryWorld
from contract_gate.workspace.unset import unset, words_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How to read a repository: what the configuration says of it, and nothing from the environment.

    `paths` and `ignore` are globs or folders; `readers` says which other files are searched for readers; `dialects` maps folders to dialects; `variables` and `environment` are
    dbt's `--vars` and the declared values of `env_var`; `spot` is the target's database and schema. `adapters` and `places`, by the directory of a dbt project, are
    what its manifest tells where no profile does. `base` is the layout that this side is read by as well; `replies`,
    `opened` and `both`: what templates gave, the dbt projects that were read, and what other files tell, that the other side has too.
    `consumers`: manifests of projects in other repositories, by what they are called here. `edited`: the files that differ
    between the sides, as far as that is known.
    """

    dialect: str | None = None
    dialects: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    paths: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    readers: ReadersConfig = field(default_factory=ReadersConfig)
    spot: Spot = field(default_factory=Spot)
    variables: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    adapters: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    places: Mapping[str, Places | Manifest] = field(default_factory=lambda: MappingProxyType({}))
    base: Layout | None = None
    replies: Replies = field(default_factory=Replies)
    opened: dict[str, Opening] = field(default_factory=dict, compare=False)
    both: SharedReading = field(default_factory=SharedReading, compare=False)
    consumers: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))
    edited: frozenset[str] = frozenset()

    def dialect_at(self, root: str) -> str | None:
        """Give the configured dialect of the project in a folder."""
        below = dialect_below(root, dialects_by_folder(self.dialects))
        return self.dialect if below is None else below


_KINDS = (ProjectKind.SQLMESH, ProjectKind.DATAFORM)
"""Projects that are read from their own files alone."""


def is_ignored(path: str, reading: Reading) -> bool:
    """Tell whether the configuration says that a file is no model."""
    return _matches(path, reading.ignore)


def matching_nothing(patterns: tuple[str, ...], *sides: Files) -> tuple[str, ...]:
    """Give the patterns that match no file of any side."""
    paths = frozenset[str]().union(*(side.paths() for side in sides))
    return tuple(pattern for pattern in patterns if not any(_matches(path, (pattern,)) for path in paths))


def read_repository(files: Files, revision: str, reading: Reading) -> RepositoryWorld:
    """Find the projects of a repository and read their declarations; SQL is rendered when asked for."""
    paths = [path for path in files.paths() if not _matches(path, reading.ignore)]
    own = find_layout(_Kept(files, frozenset(paths)), paths)
    layout = at_least(own, reading.base, paths) if reading.base is not None else own
    layout = _without_templates(_Kept(files, frozenset(paths)), layout, reading.base)
    lost = {path: content for path, content in layout.setups.items() if path not in own.setups}
    paths += lost
    kept = _Kept(files, frozenset(paths), lost)
    problems: dict[str, str] = {}
    dbt = _dbt_projects(kept, layout, reading, problems)
    projects: list[Project] = [*dbt, *_other_projects(kept, layout, reading, problems)]
    owned = {one.path for project in projects for one in outlines(project.models)}
    owned -= reading.base.plain if reading.base is not None else frozenset()
    plain = [path for path in paths if path not in owned and _is_plain(path, layout, reading)]
    beside: PlainProject | None = None
    if plain:
        dialect_of = _dialects(kept, plain, reading, projects)
        layout = replace(layout, dialect_of=dialect_of) if any(map(is_sql, plain)) else layout
        beside = PlainProject(kept, plain, dialect_of, reading.replies.facts)
        projects.append(beside)
        owned |= {one.path for one in outlines(beside.models)}
    unset_words = cache(lambda: words_of(unset(kept, [each.root for each in dbt], reading.environment, {})))
    readers = _readers(kept, reading, projects, owned, unset_words)
    missing = matching_nothing(reading.paths, files)
    limits = (f"`paths` limits what is read to {', '.join(missing)}, where no file is",) if missing else ()
    world = RepositoryWorld(revision, (*projects, readers), problems, limits, paths, own, layout, tuple(dbt))
    world.plain, world.unset_words, world.searched = beside, unset_words, readers.searched
    world.digest = cache(lambda path: _digest(kept, path))
    return world


def _digest(files: Files, path: str) -> str:
    """Name what a file of code says; YAML declares many things, and an edit of it is none of each."""
    content = files.read([path]).get(path) if not path.endswith(YAML) else None
    return file_digest(path, decode(content).text) if isinstance(content, bytes) else str(content or "")


def _dbt_projects(
    files: "_Kept", layout: Layout, reading: Reading, problems: dict[str, str]
) -> list[DbtProject]:
    """Read the dbt projects. One that can't be read any more is read as the base sets it up, and that is told."""
    found: list[DbtProject] = []
    elders = _elders(reading.base) if reading.base is not None else {}
    for root in layout.of(ProjectKind.DBT):
        options = Options(
            dialect=reading.dialect_at(root), spot=reading.spot, variables=dict(reading.variables), environment=reading.environment,
            adapter=reading.adapters.get(root), places=reading.places.get(root),
            elders=elders, replies=reading.replies, edited=reading.edited,
        )  # fmt: skip
        setup = posixpath.join(root, PROJECT_FILE)
        project = _read_dbt(files, root, options, problems, reading.opened)
        as_it_was = _as_it_was(files, setup, reading.base) if project is None else None
        if as_it_was is not None:
            project = _read_dbt(as_it_was, root, options, {}, reading.opened)
        if project is not None:
            found.append(project)
        if setup in problems:
            problems[setup] += (
                _RESTORED if project is not None else "; none of the project's models is judged"
            )
    for one in found:
        one.know(found)
    return found


def _elders(base: Layout) -> Mapping[str, str | None]:
    """Give the folders of the base's dbt projects with their names."""
    setups = (
        (root, base.setups.get(posixpath.join(root, PROJECT_FILE), b"")) for root in base.of(ProjectKind.DBT)
    )
    return {root: name_in(decode(content).text) for root, content in setups}


def _other_projects(
    files: "_Kept", layout: Layout, reading: Reading, problems: dict[str, str]
) -> Iterator[Project]:
    """Read the projects of the other kinds, in the same way."""
    for kind in _KINDS:
        for root in layout.of(kind):
            make = _maker(kind)
            setup, below = layout.setup(kind, root), [path for path in files.paths() if is_below(path, root)]
            with contained(problems, setup):
                project = make(files, root, below, reading.dialect_at(root))
                as_it_was = _as_it_was(files, setup, reading.base) if setup in project.problems else None
                if as_it_was is not None:
                    problems[setup] = project.problems[setup] + _RESTORED
                    project = make(as_it_was, root, below, reading.dialect_at(root))
                yield project


def _maker(kind: ProjectKind) -> Callable[[Files, str, Collection[str], str | None], Project]:
    # Imported here: a repository has one kind of projects, and a hook is waited for.
    if kind is ProjectKind.SQLMESH:
        from contract_gate.workspace.sqlmesh.project import SqlmeshProject

        return SqlmeshProject
    from contract_gate.workspace.dataform.project import DataformProject

    return DataformProject


def _readers(
    files: "_Kept",
    reading: Reading,
    projects: Sequence[Project],
    owned: Collection[str],
    unset_words: Callable[[], Collection[MadeUp]],
) -> ReaderFiles:
    """Search what no project owns for readers. What one declares in YAML stays its own; a reader may stand beside it, below `meta`."""
    beside = _Kept(files, files.paths() | frozenset(reading.consumers), reading.consumers)
    others = [
        path
        for path in files.paths()
        if (path not in owned or path.endswith(YAML)) and is_searched(path, reading.readers)
    ]
    kinds = [kind for kind in KINDS if kind.name not in reading.readers.off]
    return ReaderFiles(
        beside,
        [*others, *reading.consumers],
        kinds,
        tuple(projects),
        reading.dialect,
        reading.both,
        unset_words,
    )


def layout_at(files: Files, reading: Reading) -> Layout:
    """Give the layout of a revision whose models are not read, for others to be read by."""
    paths = [path for path in files.paths() if not _matches(path, reading.ignore)]
    kept = _Kept(files, frozenset(paths))
    layout = _without_templates(kept, find_layout(kept, paths), None)
    plain = [path for path in paths if _is_plain(path, layout, reading)]
    return replace(layout, dialect_of=_dialects(kept, plain, reading)) if any(map(is_sql, plain)) else layout


def _dialects(
    files: Files, plain: Collection[str], reading: Reading, projects: Sequence[Project] = ()
) -> Callable[[str], str]:
    """Say which dialect a plain file is in: as the base's layout says, else as is configured, a project's around it, or guessed."""
    told = reading.base.dialect_of if reading.base is not None else None
    sql = [path for path in plain if is_sql(path)]
    around = {project.root: project.dialect for project in projects if project.dialect}
    return told or chooser(reading.dialect, reading.dialects, _samples(files, sql), around)


_RESTORED = "; the project is read as the base sets it up"


def _as_it_was(files: Files, setup: str, base: Layout | None) -> "_Kept | None":
    """Give the files with the base's one in the place of what sets a project up: that can't take it out of sight."""
    if base is None or setup not in base.setups:
        return None
    return _Kept(files, frozenset(files.paths()), {setup: base.setups[setup]})


def _read_dbt(
    files: Files, root: str, options: Options, problems: dict[str, str], opened: dict[str, Opening]
) -> DbtProject | None:
    """Read a dbt project; None where that fails, with the reason among the problems."""
    with contained(problems, posixpath.join(root, PROJECT_FILE)):
        project = read_dbt(files, root, options, opened)
        if not isinstance(project, str):
            return project
        problems[posixpath.join(root, PROJECT_FILE)] = project
    return None


class _Kept:
    """The files of a revision without those that the configuration ignores, and with those that are `restored`."""

    def __init__(
        self, files: Files, paths: frozenset[str], restored: Mapping[str, bytes] = MappingProxyType({})
    ) -> None:
        self._files, self._paths, self._restored = files, paths, restored

    def paths(self) -> frozenset[str]:
        return self._paths

    def read(self, paths: Collection[str]) -> Mapping[str, bytes | str]:
        wanted = [path for path in paths if path in self._paths]
        given = {path: self._restored[path] for path in wanted if path in self._restored}
        return {**self._files.read([path for path in wanted if path not in given]), **given}

    def stamps(self) -> Mapping[str, str]:
        return {path: stamp for path, stamp in self._files.stamps().items() if path not in self._restored}


def _is_plain(path: str, layout: Layout, reading: Reading) -> bool:
    """What `paths` names, wherever it lies; without them what the layout says."""
    if not reading.paths:
        return path in layout.plain
    return _matches(path, reading.paths) and not is_vendored(path)


_TEMPLATE = re.compile(
    rb"\{\{[^}]*\b(?:(?:ref|source|config|var)\s*\(|this\b)|\{%-?\s*(?:macro|snapshot|test|materialization)\b"
    rb"|\A\s*(?:MODEL|AUDIT|METRIC)\s*\("
)
"""What dbt and SQLMesh read, and nobody else."""


def _without_templates(files: Files, layout: Layout, base: Layout | None) -> Layout:
    """Leave out what lies beside a project as a model that it does not run; what the base reads as plain SQL stays that."""
    asked = layout.beside - base.plain if base is not None else layout.beside
    contents = files.read(sorted(asked))
    templates = {
        path for path, text in contents.items() if isinstance(text, bytes) and _TEMPLATE.search(text)
    }
    return replace(layout, plain=layout.plain - templates)


def is_searched(path: str, readers: ReadersConfig) -> bool:
    is_named = not readers.paths or _matches(path, readers.paths)
    return is_named and not _matches(path, readers.ignore) and not is_vendored(path)


def _matches(path: str, patterns: tuple[str, ...]) -> bool:
    return any(
        fnmatch.fnmatch(path, pattern) or path.startswith(pattern.rstrip("/") + "/") or path == pattern
        for pattern in patterns
    )


def _samples(files: Files, paths: list[str]) -> Callable[[], list[str]]:
    """Give some texts spread over the repository, to guess the dialect by."""

    def read() -> list[str]:
        chosen = sorted(paths)[:: max(len(paths) // 200, 1)]
        contents = files.read(chosen).values()
        return [
            content[:20_000].decode("utf-8", "replace") for content in contents if isinstance(content, bytes)
        ]

    return read
