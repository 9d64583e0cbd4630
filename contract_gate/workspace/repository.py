"""A repository's world at one revision: every project in it, of whatever kind, seen as one set of models."""

import posixpath
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from types import TracebackType

from contract_gate.core.coverage import SearchedFiles
from contract_gate.core.faults import contained
from contract_gate.core.models import Models, outlines
from contract_gate.core.relation import RelationName
from contract_gate.core.world import Companion, Hole, MadeUp, Model, ModelKind, RefusedStep, Rendered
from contract_gate.workspace.dbt.project import DbtProject
from contract_gate.workspace.files import is_below
from contract_gate.workspace.layout import Layout, ProjectKind
from contract_gate.workspace.plain import PlainProject
from contract_gate.workspace.plain.placeholders import is_marked
from contract_gate.workspace.project import ColumnsOf, Project


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
        self.plain: PlainProject | None = None
        """The projects that manifests and origins are about; they are among `projects` too."""
        self.projects = projects
        self._broken_setups = problems
        self.models: Models = _models(projects)
        self._counted = [len(project.models) for project in projects]
        self.unset_words: Callable[[], tuple[MadeUp, ...]] = tuple
        """Gives the words that stand for variables of the environment; they take reading every text."""
        self.searched: Callable[[], tuple[SearchedFiles, ...]] = tuple
        """Tells how far the files of other kinds were searched for readers."""
        self.digest: Callable[[str], str] = lambda _path: ""
        """Names what a file says."""
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
        if kind is None:
            for each in self.dbt:
                each.keep_outline()
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

    def limits(self, touched: Collection[str]) -> frozenset[str]:
        """Give those of the notes that may matter to a change of these keys; see `World.limits`."""
        mine = (note for project in self.projects for note in project.limits(touched))
        return frozenset((*self._limits, *self.told(), *mine))

    def open(self, projects: Collection[DbtProject]) -> None:
        """Open these projects: their models are no outlines any more."""
        for project in projects:
            project.open()
        self.models = _models(self.projects)

    def declare(self, project: DbtProject, models: Mapping[str, Model]) -> None:
        """Put models in the place of those of the project with the same keys: more is known of their columns now."""
        project.declare(models)
        self.models = _models(self.projects)

    def rendered(self, key: str) -> Rendered:
        """Give a model's SQL; see `World.rendered`."""
        fault: dict[str, str] = {}
        with contained(fault, key):
            return self._named(key, self._owner(key).rendered(key))
        return Rendered(sql=None, problem=fault[key])

    def _named(self, key: str, rendered: Rendered) -> Rendered:
        """Name the text of a model that gives no SQL by its file, where its project says no more. What is refused is built by nobody."""
        if rendered.sql is not None or rendered.unread or rendered.refused:
            return rendered
        return replace(rendered, unread=self.digest(self.models[key].path))

    def incremental(self, key: str) -> Rendered | None:
        """Give the SQL of an incremental run where it is another; see `World.incremental`."""
        rendered = self._owner(key).incremental_rendered(key)
        return self._named(key, rendered) if rendered is not None else None

    def is_of_dbt(self, key: str) -> bool:
        """Tell whether one of the dbt projects declares it."""
        return (owner := self.project_of(key)) is not None and owner.kind is ProjectKind.DBT

    def defines(self, key: str, path: str, hole: Hole) -> bool:
        """Tell whether a macro or variable is the repository's; see `World.defines`."""
        holding = [each for each in self.dbt if is_below(path, each.root)]
        owner = self.project_of(key) or max(holding, key=lambda each: len(each.root), default=None)
        return owner is not None and owner.defines(hole)

    def companions(self, key: str) -> tuple[Companion, ...]:
        """Give what names columns beside the declaration's query; see `World.companions`."""
        return self._owner(key).companions(key)

    def placement(self, key: str) -> RelationName | None:
        """Give the relation without the profile's target; see `World.placement`."""
        relation = self.models[key].relation
        return self._owner(key).placement(relation) if relation is not None else None

    def made_up(self) -> tuple[MadeUp, ...]:
        """Give the words in names of relations that stand for what nobody knows."""
        words = [word for project in self.projects for word in project.made_up()]
        relations = (one.relation for one in outlines(self.models) if one.relation is not None)
        if any("env_" in part for relation in relations for part in relation.parts):
            words += self.unset_words()
        return tuple(dict.fromkeys(words))

    def readers(self, keys: Collection[str]) -> set[str]:
        """Give the models that name any of these; see `World.readers`. One project may read another's by name.

        A key that this revision does not have is asked for too: a ref may name a model that is gone.
        """
        found: set[str] = set()
        gone = [key for key in keys if key not in self.models]
        for project in self.projects:
            # A `ref` with the name of another project of its kind means that one's model.
            alike = [key for key in keys if key in self.models and self._owner(key).kind is project.kind]
            found |= project.readers([*alike, *gone]) if alike or gone else set()
            for key in keys:
                relation = self.models[key].relation if key in self.models else None
                if relation is not None and self._owner(key) is not project:
                    found |= project.naming(relation)
        self.take_in()
        return found | self._reading_sources_of(keys)

    def naming(self, relation: RelationName) -> set[str]:
        """Give the models that name a relation which nothing here makes; see `World.naming`."""
        found = set[str]().union(*(project.naming(relation) for project in self.projects))
        self.take_in()
        return found

    def files_of(self, key: str) -> tuple[str, ...]:
        """Give the files that a model's SQL comes from, its own path among them."""
        is_plain = self.plain is not None and key in self.plain.models
        return self.plain.files_of(key) if self.plain is not None and is_plain else (self.models[key].path,)

    def filled(self) -> frozenset[RelationName]:
        """Give the relations whose rows queries here say: what they read is known without a catalog. Of what is only declared it is not."""
        return frozenset(relation for project in self.projects for relation in project.filled())

    def take_in(self) -> None:
        """Add the readers in other files that are known by now: they are looked for when something is asked who names it."""
        for index, project in enumerate(self.projects):
            if len(project.models) != self._counted[index]:
                self._counted[index] = len(project.models)
                self.models = Models.merged(self.models, project.models)

    def nameless(self) -> Collection[str]:
        """Give the keys of the models that work out which table they read."""
        return [key for project in self.projects for key in project.nameless()]

    def rivals(self, name: RelationName, reader: str) -> Collection[str]:
        """Give the keys of the other models that a name may mean; see `World.rivals`.

        A name without a schema in plain SQL may mean what a project beside it builds, in whatever connection it is run.
        """
        own = self.project_of(reader)
        found = own.rivals(name, reader) if own is not None else ()
        is_bare = not any(part and not is_marked(part) for part in name.parts[:-1])
        if own is None or own.kind is not None or found or not is_bare or own.find(name, reader) is not None:
            return found
        bare = RelationName(name.parts[-1:])
        made = (project.find(bare, None) for project in self.projects if project.kind is not None)
        return [model.key for model in made if model is not None and model.kind.is_built]

    def find(self, name: RelationName, reader: str | None = None) -> Model | None:
        """Give the model that makes a relation: the reader's own project first, then the others by full name."""
        own = self.project_of(reader) if reader is not None else None
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
        return self._owner(key).refused_steps(key)

    def knows_reads(self, keys: Sequence[str]) -> bool:
        """Tell whether the project of these models knows who reads whom; see `World.knows_reads`."""
        projects = {id(project): project for project in map(self.project_of, keys) if project is not None}
        return len(projects) == 1 and all(project.knows_reads(keys) for project in projects.values())

    def find_routine(self, name: RelationName, reader: str | None = None) -> Model | None:
        """Give the function that a name calls; see `World.find_routine`. Any project may call another's."""
        for project in self.projects:
            found = project.find_routine(name, reader)
            if found is not None:
                return found
        return None

    def _made_elsewhere(self, model: Model) -> Model | None:
        """A source of one project may be a model of another: then that one says what it is, with or without the database."""
        if model.kind is not ModelKind.SOURCE or model.relation is None or len(self.projects) < 2:
            return None
        for project in self.projects:
            is_asked = project is not self._owner(model.key) and project.may_make(model.relation)
            twin = project.find(model.relation, None) if is_asked else None
            if twin is None or twin.kind is ModelKind.SOURCE or twin.relation is None:
                continue
            if len(twin.relation.parts) > 1 and twin.relation.matches(model.relation):
                return twin
        return None

    def project_of(self, key: str) -> Project | None:
        """Give the project that declares a model, None where this revision does not have it."""
        return next((project for project in self.projects if key in project.models), None)

    def _owner(self, key: str) -> Project:
        owner = self.project_of(key)
        if owner is None:
            raise KeyError(key)
        return owner

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
            if relation is None or len(relation.parts) < 2:
                continue
            for project in self.projects:
                if project is not self.project_of(key):
                    twin = project.find(relation, None)
                    found |= project.readers([twin.key]) if twin is not None else set()
            # What makes it may leave the database out, which a source has.
            for source, name in self._sources.get(relation.name, ()):
                if self.project_of(source) is not self.project_of(key) and relation.matches(name):
                    found |= self._owner(source).readers([source])
        return found

    @cached_property
    def _sources(self) -> Mapping[str, list[tuple[str, RelationName]]]:
        """Give the keys of sources with their relations, by the names of their tables."""
        found: dict[str, list[tuple[str, RelationName]]] = {}
        for one in outlines(self.models):
            if one.kind is ModelKind.SOURCE and one.relation is not None:
                found.setdefault(one.relation.name, []).append((one.key, one.relation))
        return found


def paired(base: RepositoryWorld, head: RepositoryWorld) -> Iterator[tuple[DbtProject, DbtProject]]:
    """Give the dbt projects that both sides have, by their folders; none that both have alike and neither has opened."""
    olds = {project.root: project for project in base.dbt}
    for project in head.dbt:
        old = olds.get(project.root)
        if old is not None and not project.is_one_with(old):
            yield old, project


def _models(projects: tuple[Project, ...]) -> Models:
    return Models.merged(*(project.models for project in reversed(projects)))
