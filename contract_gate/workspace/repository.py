"""A repository's world at one revision: every project in it, of whatever kind, seen as one set of models."""

import fnmatch
import posixpath
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from types import MappingProxyType, TracebackType

from contract_gate.core.coverage import SearchedFiles
from contract_gate.core.faults import contained
from contract_gate.core.relation import RelationName
from contract_gate.core.world import Companion, MadeUp, Model, ModelKind, RefusedStep, Rendered
from contract_gate.edge.config import ReadersConfig
from contract_gate.workspace.dataform.project import DataformProject
from contract_gate.workspace.dbt.artifacts import Manifest
from contract_gate.workspace.dbt.packages import PROJECT_FILE
from contract_gate.workspace.dbt.places import Places
from contract_gate.workspace.dbt.project import DbtProject, Options, read_dbt
from contract_gate.workspace.dbt.settled import Settled
from contract_gate.workspace.dialects import chooser
from contract_gate.workspace.files import Files
from contract_gate.workspace.jinja.replies import Replies
from contract_gate.workspace.layout import Layout, ProjectKind, at_least, find_layout, is_vendored
from contract_gate.workspace.plain import PlainProject
from contract_gate.workspace.project import ColumnsOf, Project
from contract_gate.workspace.readers.kinds import KINDS
from contract_gate.workspace.readers.project import BothSides, ReaderFiles
from contract_gate.workspace.sqlmesh.project import SqlmeshProject
from contract_gate.workspace.unset import unset, words_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How to read a repository: what the configuration says of it, and nothing from the environment.

    `paths` and `ignore` are globs or folders; `readers` says which other files are searched for readers; `dialects` maps folders to dialects; `variables` and `environment` are
    dbt's `--vars` and the declared values of `env_var`. `adapters` and `places`, by the directory of a dbt project, are
    what its manifest tells where no profile does. `base` is the layout that this side is read by as well; `replies`,
    `settled` and `both`: what templates gave, what dbt projects were put together to, and what other files tell, that the other side has too.
    `consumers`: manifests of projects in other repositories, by what they are called here.
    """

    dialect: str | None = None
    dialects: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    paths: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    readers: ReadersConfig = field(default_factory=ReadersConfig)
    variables: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    adapters: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    places: Mapping[str, Places | Manifest] = field(default_factory=lambda: MappingProxyType({}))
    base: Layout | None = None
    replies: Replies = field(default_factory=Replies)
    settled: dict[str, Settled] = field(default_factory=dict, compare=False)
    both: BothSides = field(default_factory=BothSides, compare=False)
    consumers: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))


_KINDS: Mapping[ProjectKind, Callable[[Files, str, Collection[str], str | None], Project]] = {
    ProjectKind.SQLMESH: SqlmeshProject,
    ProjectKind.DATAFORM: DataformProject,
}
"""Projects that are read from their own files alone."""


class RepositoryWorld:
    """The `World` of a repository. Use it in a `with` block: projects may own child processes."""

    def __init__(
        self,
        revision: str,
        projects: tuple[Project, ...],
        problems: Mapping[str, str],
        limits: tuple[str, ...] = (),
        paths: Collection[str] = (),
        layout: Layout | None = None,
        read_as: Layout | None = None,
        dbt: tuple[DbtProject, ...] = (),
    ) -> None:
        self.revision, self._limits, self._paths = revision, limits, frozenset(paths)
        self.layout = layout or Layout(setups={})
        self.read_as = read_as or self.layout
        """The layout that it was read by: its own, and what an elder one reads beyond that."""
        self.dbt = dbt
        """The projects that manifests and origins are about; they are among `projects` too."""
        self.projects = projects
        self._broken_setups = problems
        self._project_of = {key: project for project in reversed(projects) for key in project.models}
        self.models: Mapping[str, Model] = _models(projects)
        self._counted = [len(project.models) for project in projects]
        self.unset_words: Callable[[], tuple[MadeUp, ...]] = tuple
        """Gives the words that stand for variables of the environment; they take reading every text."""
        self.searched: Callable[[], tuple[SearchedFiles, ...]] = tuple
        """Tells how far the files of other kinds were searched for readers."""
        self.told: Callable[[], tuple[str, ...]] = tuple
        """Gives further notes, of what was read beside the repository's files."""
        self.problems: Mapping[str, str] = {
            **problems, **{path: why for project in projects for path, why in project.problems.items()},
        }  # fmt: skip

    def __enter__(self) -> "RepositoryWorld":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for project in self.projects:
            project.close()

    def refuse(self, problems: Mapping[str, str]) -> None:
        """Take these files for ones that can't be read: path → reason."""
        self.problems = {**problems, **self.problems}

    def is_unreadable(self, path: str) -> bool:
        """Tell whether nobody knows what a file declares; see `World.is_unreadable`."""
        folders = [posixpath.dirname(setup) for setup in self._broken_setups]
        return path in self.problems or any(path.startswith(f"{each}/" if each else "") for each in folders)

    def has_file(self, path: str) -> bool:
        """Tell whether the revision has a file; see `World.has_file`."""
        return path in self._paths

    def perhaps_made_by(self, name: RelationName) -> frozenset[tuple[str, str]]:
        """Give the files of code that may make a relation; see `World.perhaps_made_by`."""
        return frozenset(file for project in self.projects for file in project.perhaps_made_by(name))

    @property
    def notes(self) -> tuple[str, ...]:
        """Give limits of the reading that a report should show."""
        found = [*self._limits]
        for project in self.projects:
            found.extend(project.notes)
        return tuple(dict.fromkeys((*found, *self.told())))

    def declare(self, project: DbtProject, models: Mapping[str, Model]) -> None:
        """Put models in the place of those of the project with the same keys: more is known of their columns now."""
        project.declare(models)
        self.models = _models(self.projects)

    def rendered(self, key: str) -> Rendered:
        """Give a model's SQL; see `World.rendered`."""
        fault: dict[str, str] = {}
        with contained(fault, key):
            return self._project_of[key].rendered(key)
        return Rendered(sql=None, problem=fault[key])

    def incremental(self, key: str) -> Rendered | None:
        """Give the SQL of an incremental run where it is another; see `World.incremental`."""
        return self._project_of[key].incremental_rendered(key)

    def defines_macro(self, key: str, name: str) -> bool:
        """Tell whether a macro is the repository's; see `World.defines_macro`."""
        return self._project_of[key].defines_macro(name)

    def companions(self, key: str) -> tuple[Companion, ...]:
        """Give what names columns beside the declaration's query; see `World.companions`."""
        return self._project_of[key].companions(key)

    def placement(self, key: str) -> RelationName | None:
        """Give the relation without the profile's target; see `World.placement`."""
        relation = self.models[key].relation
        return self._project_of[key].placement(relation) if relation is not None else None

    def made_up(self) -> tuple[MadeUp, ...]:
        """Give the words in names of relations that stand for what nobody knows."""
        words = [word for project in self.projects for word in project.made_up()]
        relations = (model.relation for model in self.models.values() if model.relation is not None)
        if any("env_" in part for relation in relations for part in relation.parts):
            words += self.unset_words()
        return tuple(dict.fromkeys(words))

    def prepare(self, keys: Collection[str]) -> None:
        """Render these models together."""
        for project in self.projects:
            project.prepare([key for key in keys if self._project_of.get(key) is project])

    def readers(self, keys: Collection[str]) -> set[str]:
        """Give the models that name any of these; see `World.readers`. One project may read another's by name.

        A key that this revision does not have is asked for too: a ref may name a model that is gone.
        """
        found: set[str] = set()
        gone = [key for key in keys if key not in self.models]
        for project in self.projects:
            # A `ref` with the name of another project of its kind means that one's model.
            alike = [key for key in keys if key in self.models and self._project_of[key].kind is project.kind]
            found |= project.readers([*alike, *gone]) if alike or gone else set()
            for key in keys:
                relation = self.models[key].relation if key in self.models else None
                if relation is not None and self._project_of[key] is not project:
                    found |= project.naming(relation)
        self.take_in()
        return found | self._reading_sources_of(keys)

    def take_in(self) -> None:
        """Add the readers in other files that are known by now: they are looked for when something is asked who names it."""
        for index, project in enumerate(self.projects):
            if len(project.models) != self._counted[index]:
                self._counted[index] = len(project.models)
                self._project_of.update(dict.fromkeys(project.models, project))
                self.models = {**self.models, **project.models}

    def nameless(self) -> Collection[str]:
        """Give the keys of the models that work out which table they read."""
        return [key for project in self.projects for key in project.nameless()]

    def rivals(self, name: RelationName, reader: str) -> Collection[str]:
        """Give the keys of the other models that a name may mean; see `World.rivals`."""
        own = self._project_of.get(reader)
        return own.rivals(name, reader) if own is not None else ()

    def find(self, name: RelationName, reader: str | None = None) -> Model | None:
        """Give the model that makes a relation: the reader's own project first, then the others by full name."""
        own = self._project_of.get(reader) if reader is not None else None
        if own is not None:
            model = own.find(name, reader)
            if model is not None:
                return self._made_elsewhere(model) or model
        if len(name.parts) < 2:
            return None
        for project in self.projects:
            if project is not own:
                model = project.find(name, None)
                if model is not None and model.relation is not None and len(model.relation.parts) > 1:
                    return model
        return None

    def refused_steps(self, key: str) -> tuple[RefusedStep, ...]:
        """Give the migrations' steps that their engine refuses; see `World.refused_steps`."""
        return self._project_of[key].refused_steps(key)

    def find_routine(self, name: RelationName, reader: str | None = None) -> Model | None:
        """Give the function that a name calls; see `World.find_routine`. Any project may call another's."""
        for project in self.projects:
            found = project.find_routine(name, reader)
            if found is not None:
                return found
        return None

    def _made_elsewhere(self, model: Model) -> Model | None:
        """A source of one project may be a model of another: then that one says what it is."""
        if model.kind is not ModelKind.SOURCE or model.relation is None or len(self.projects) < 2:
            return None
        for project in self.projects:
            twin = project.find(model.relation, None) if project is not self._project_of[model.key] else None
            if twin is not None and twin.kind is not ModelKind.SOURCE and twin.relation == model.relation:
                return twin
        return None

    def project_of(self, key: str) -> Project | None:
        """Give the project that declares a model, None where this revision does not have it."""
        return self._project_of.get(key)

    def made_from(self, paths: Collection[str]) -> set[str]:
        """Give the models whose SQL comes from any of these files, beyond their own path (an include, a migration)."""
        found: set[str] = set()
        for project in self.projects:
            found |= project.touched(paths)
        return found

    def says(self, key: str) -> str | None:
        """Give what the file of many relations says of this one; None where more than that decides what it is."""
        project = self.project_of(key)
        return project.says(key) if project is not None else None

    def watch_columns(self, columns_of: ColumnsOf) -> None:
        """Let macros that loop over columns ask for those of models that are bound."""
        for project in self.projects:
            project.watch_columns(columns_of)

    def _reading_sources_of(self, keys: Collection[str]) -> set[str]:
        """A `source()` of one dbt project may be a model of another: then its readers read that model."""
        if len(self.projects) < 2:
            return set()
        found: set[str] = set()
        for key in keys:
            relation = self.models[key].relation if key in self.models else None
            for project in self.projects if relation is not None and len(relation.parts) > 1 else ():
                if project is not self._project_of.get(key) and relation is not None:
                    twin = project.find(relation, None)
                    found |= project.readers([twin.key]) if twin is not None else set()
        return found


def paired(base: RepositoryWorld, head: RepositoryWorld) -> Iterator[tuple[DbtProject, DbtProject]]:
    """Give the dbt projects that both sides have, by their folders."""
    olds = {project.root: project for project in base.dbt}
    for project in head.dbt:
        if project.root in olds:
            yield olds[project.root], project


def is_ignored(path: str, reading: Reading) -> bool:
    """Tell whether the configuration says that a file is no model."""
    return _matches(path, reading.ignore)


def matching_nothing(patterns: tuple[str, ...], *sides: Files) -> tuple[str, ...]:
    """Give the patterns that match no file of any side."""
    paths = frozenset[str]().union(*(side.paths() for side in sides))
    return tuple(pattern for pattern in patterns if not any(_matches(path, (pattern,)) for path in paths))


def _models(projects: tuple[Project, ...]) -> dict[str, Model]:
    return {key: model for project in reversed(projects) for key, model in project.models.items()}


def read_repository(files: Files, revision: str, reading: Reading) -> RepositoryWorld:
    """Find the projects of a repository and read their declarations; SQL is rendered when asked for."""
    paths = [path for path in files.paths() if not _matches(path, reading.ignore)]
    own = find_layout(_Kept(files, frozenset(paths)), paths)
    layout = at_least(own, reading.base, paths) if reading.base is not None else own
    lost = {path: content for path, content in layout.setups.items() if path not in own.setups}
    paths += lost
    kept = _Kept(files, frozenset(paths), lost)
    dbt: list[DbtProject] = []
    problems: dict[str, str] = {}
    for root in layout.of(ProjectKind.DBT):
        options = Options(
            dialect=reading.dialect, variables=dict(reading.variables), environment=reading.environment,
            adapter=reading.adapters.get(root), places=reading.places.get(root),
            elders=reading.base.of(ProjectKind.DBT) if reading.base is not None else (), replies=reading.replies,
        )  # fmt: skip
        project = _read_dbt(kept, root, options, problems, reading.settled)
        as_it_was = _as_it_was(kept, _project_file(root), reading.base) if project is None else None
        if as_it_was is not None:
            project = _read_dbt(as_it_was, root, options, {}, reading.settled)
            if project is not None:
                problems[_project_file(root)] += _RESTORED
        if project is not None:
            dbt.append(project)
        elif _project_file(root) in problems:
            problems[_project_file(root)] += "; none of the project's models is judged"
    for one in dbt:
        one.know(dbt)
    projects: list[Project] = [*dbt]
    for kind, make in _KINDS.items():
        for root in layout.of(kind):
            setup, below = layout.setup(kind, root), _below(root, paths)
            with contained(problems, setup):
                each = make(kept, root, below, reading.dialect)
                as_it_was = _as_it_was(kept, setup, reading.base) if setup in each.problems else None
                if as_it_was is not None:
                    problems[setup] = each.problems[setup] + _RESTORED
                    each = make(as_it_was, root, below, reading.dialect)
                projects.append(each)
    owned = {model.path for project in projects for model in project.models.values()}
    owned -= reading.base.plain if reading.base is not None else frozenset()
    plain = [path for path in paths if path not in owned and _is_plain(path, layout, reading)]
    if plain:
        sql = [path for path in plain if _is_sql(path)]
        told = reading.base.dialect_of if reading.base is not None else None
        dialect_of = told or chooser(reading.dialect, reading.dialects, _samples(kept, sql))
        projects.append(PlainProject(kept, plain, dialect_of))
        layout = replace(layout, dialect_of=dialect_of) if sql else layout
    owned |= {model.path for model in projects[-1].models.values()} if plain else set()
    # What a project declares in YAML stays its own; a reader may stand beside it, below `meta`.
    others = [
        path
        for path in paths
        if (path not in owned or path.endswith((".yml", ".yaml"))) and _is_searched(path, reading.readers)
    ]
    roots = [project.root for project in dbt]
    unset_words = cache(lambda: words_of(unset(kept, roots, reading.environment, {})))
    beside = _Kept(kept, kept.paths() | reading.consumers.keys(), reading.consumers)
    others += reading.consumers
    kinds = [kind for kind in KINDS if kind.name not in reading.readers.off]
    readers = ReaderFiles(beside, others, kinds, tuple(projects), reading.dialect, reading.both, unset_words)
    projects.append(readers)
    missing = matching_nothing(reading.paths, files)
    limits = (f"`paths` limits what is read to {', '.join(missing)}, where no file is",) if missing else ()
    world = RepositoryWorld(revision, tuple(projects), problems, limits, paths, own, layout, tuple(dbt))
    world.unset_words, world.searched = unset_words, readers.searched
    return world


def layout_at(files: Files, reading: Reading) -> Layout:
    """Give the layout of a revision whose models are not read, for others to be read by."""
    paths = [path for path in files.paths() if not _matches(path, reading.ignore)]
    kept = _Kept(files, frozenset(paths))
    layout = find_layout(kept, paths)
    sql = [path for path in paths if _is_sql(path) and _is_plain(path, layout, reading)]
    dialect_of = chooser(reading.dialect, reading.dialects, _samples(kept, sql))
    return replace(layout, dialect_of=dialect_of) if sql else layout


def _is_sql(path: str) -> bool:
    return path.lower().endswith((".sql", ".sqlx"))


_RESTORED = "; the project is read as the base sets it up"


def _as_it_was(files: Files, setup: str, base: Layout | None) -> "_Kept | None":
    """Give the files with the base's one in the place of what sets a project up: that can't take it out of sight."""
    if base is None or setup not in base.setups:
        return None
    return _Kept(files, frozenset(files.paths()), {setup: base.setups[setup]})


def _read_dbt(
    files: Files, root: str, options: Options, problems: dict[str, str], settled: dict[str, Settled]
) -> DbtProject | None:
    """Read a dbt project; None where that fails, with the reason among the problems."""
    with contained(problems, _project_file(root)):
        project = read_dbt(files, root, options, settled)
        if not isinstance(project, str):
            return project
        problems[_project_file(root)] = project
    return None


def _project_file(root: str) -> str:
    return f"{root}/{PROJECT_FILE}".lstrip("/")


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


def _is_plain(path: str, layout: Layout, reading: Reading) -> bool:
    """What `paths` names, wherever it lies; without them what the layout says."""
    if not reading.paths:
        return path in layout.plain
    return _matches(path, reading.paths) and not is_vendored(path)


def _is_searched(path: str, readers: ReadersConfig) -> bool:
    is_named = not readers.paths or _matches(path, readers.paths)
    return is_named and not _matches(path, readers.ignore) and not is_vendored(path)


def _below(root: str, paths: list[str]) -> list[str]:
    return [path for path in paths if not root or path.startswith(f"{root}/")]


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
