"""A dbt project at one revision: its declarations, its SQL when asked for, and who names whom."""

import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property

from contract_gate.core.deadline import OutOfTimeError
from contract_gate.core.models import differing
from contract_gate.core.paths import is_sql
from contract_gate.core.relation import RelationName
from contract_gate.core.world import (
    Companion,
    Hole,
    HoleKind,
    MadeUp,
    Model,
    RefusedDeclaration,
    Rendered,
)
from contract_gate.sql.names import stored_spelling
from contract_gate.workspace.dbt import wording
from contract_gate.workspace.dbt.adapters import Target, choose_target
from contract_gate.workspace.dbt.assembly import Assembly
from contract_gate.workspace.dbt.collect import Collection as Found
from contract_gate.workspace.dbt.companions import Companions
from contract_gate.workspace.dbt.graph import NodeGraph
from contract_gate.workspace.dbt.macros import MacroGraph
from contract_gate.workspace.dbt.names import written
from contract_gate.workspace.dbt.nodes import Node
from contract_gate.workspace.dbt.opening import Opening, with_package
from contract_gate.workspace.dbt.outline import ProjectOutline
from contract_gate.workspace.dbt.packages import Packages, read_packages
from contract_gate.workspace.dbt.places import Places
from contract_gate.workspace.dbt.reading import TextReader
from contract_gate.workspace.dbt.references import Reference
from contract_gate.workspace.dbt.refusals import ProjectSide, refusals
from contract_gate.workspace.dbt.rendering import TEMPLATED, Renderings
from contract_gate.workspace.dbt.setup import Options, SettingsRenderer
from contract_gate.workspace.files import Files, is_below
from contract_gate.workspace.jinja.engine import Engine
from contract_gate.workspace.jinja.wire import Message, text
from contract_gate.workspace.layout import ProjectKind
from contract_gate.workspace.project import ColumnsOf, ModelsAlone

__all__ = ["DbtProject", "Options", "read_dbt"]


class DbtProject(ModelsAlone):
    """The models of one dbt project. Close it (or use it as a context manager): it owns a child process."""

    kind = ProjectKind.DBT

    def __init__(
        self,
        packages: Packages,
        target: Target,
        options: Options,
        opening: Opening,
        files: TextReader,
    ) -> None:
        self.packages, self.target, self._files = packages, target, files
        self._options, self._opening = options, opening
        self.columns_of: ColumnsOf | None = None
        self.compiled: Callable[[str], Rendered | None] | None = None
        """Gives what dbt compiled for a model, None where its rendering stays."""
        self.known_readers: Callable[[Collection[str]], set[str]] | None = None
        """Gives readers that no text of the project names."""

    @cached_property
    def _assembly(self) -> Assembly:
        return self._opening.settled.assembly.apart()

    @cached_property
    def _engine(self) -> Engine:
        return self._opening.engine(self._answer)

    @cached_property
    def graph(self) -> NodeGraph:
        """Give who names whom."""
        made = self._renderings
        return NodeGraph(self._assembly, self._opening.settled.texts, made.reads, made.parsed_reads)

    @cached_property
    def _renderings(self) -> Renderings:
        return Renderings(
            self.name, self._assembly, self._engine, self.target, lambda key: self.graph.reached_texts(key)
        )

    @cached_property
    def _companions(self) -> Companions:
        return Companions(
            self._assembly, self._engine, self.packages, self.target, self.macros, self._renderings.settings,
            self._renderings.read_keys, self._renderings.queries_of,
        )  # fmt: skip

    @property
    def macros(self) -> MacroGraph:
        """Give the macros of the project and of its packages that are here."""
        return self.graph.macros

    @property
    def found(self) -> Found:
        """Give what stands in its files."""
        return self._opening.settled.found

    @property
    def _outline(self) -> ProjectOutline | None:
        """Give what is known of it while it is not opened."""
        return None if self._opening.is_open else self._opening.outline

    @property
    def places(self) -> Places | None:
        """Give where its relations are by a manifest."""
        return self._opening.settled.places if self._options.places is not None else None

    @property
    def named(self) -> frozenset[str] | None:
        """Give the other projects that its texts may name, None for any."""
        outline = self._outline
        return outline.told.named if outline is not None else self._opening.settled.named

    def is_one_with(self, other: "DbtProject") -> bool:
        """Tell whether the other side has the same project, and neither has opened it."""
        return self._opening is other._opening and not self._opening.is_open

    def open(self) -> None:
        """Read the project, if that was not done."""
        self._opening.open()

    def keep_outline(self) -> None:
        """Keep for later runs what they need to leave it unopened."""
        if self._opening.is_open and self.graph.is_asked and not self._assembly.siblings:
            # A run whose time is over has its report; the next one opens the project again.
            with suppress(OutOfTimeError):
                self._opening.keep(self.graph.reach)

    @property
    def name(self) -> str:
        return self.packages.root.name

    @property
    def root(self) -> str:
        """Give the project's directory, "" at the top of the repository."""
        return self.packages.root.root

    @cached_property
    def folders(self) -> frozenset[str]:
        """Give the directories that the project reads."""
        return frozenset(folder for kind in self.packages.root.folders.values() for folder in kind)

    def holds(self, path: str) -> bool:
        """Tell whether a file lies in a directory that the project reads."""
        return any(is_below(path, folder) for folder in self.folders)

    @property
    def models(self) -> Mapping[str, Model]:
        """Give every declaration that is on, by its key."""
        outline = self._outline
        return outline.models if outline is not None else self._assembly.models

    @property
    def dialect(self) -> str:
        """Give the dialect of its target."""
        return self.target.dialect

    @property
    def disabled(self) -> Mapping[str, str]:
        """Give what is switched off: key → where that is said."""
        return self._assembly.disabled

    @property
    def problems(self) -> Mapping[str, str]:
        """Give files that could not be read: path → reason."""
        outline = self._outline
        if outline is not None:
            return outline.told.problems
        return {**self.found.problems, **self._assembly.problems}

    @property
    def notes(self) -> tuple[str, ...]:
        """Give limits that a reader of the report should know of."""
        return wording.notes(self.packages, self.target)

    def limits(self, touched: Collection[str]) -> tuple[str, ...]:
        """Give the notes that may matter to these keys: how the target was chosen is none, where one was."""
        mine = [key for key in touched if key in self.models]
        rendered = self._renderings.done(mine) if self._opening.is_open else ()
        told = any(made.holes or made.problem for made in rendered)
        return wording.limits(self.packages, self.target, told=told) if mine else ()

    @property
    def left_out(self) -> Mapping[str, str]:
        """Give the files that `.dbtignore` says not to read, each with that file."""
        outline = self._outline
        return outline.told.left_out if outline is not None else self.found.left_out

    def unlike(self, other: "DbtProject") -> set[str]:
        """Give the keys of which not both sides have the very same node: what is equal may be among them."""
        mine, theirs = self._assembly, other._assembly
        nodes = differing(mine.nodes.plain, theirs.nodes.plain) | differing(
            mine.nodes.built, theirs.nodes.built
        )
        made = {*mine.routines, *theirs.routines}
        return nodes | {key for key in made if self.routine_text(key) != other.routine_text(key)}

    def node(self, key: str) -> Node | None:
        return self._assembly.nodes.get(key)

    def rendered(self, key: str) -> Rendered:
        """Give a model's SQL as a full build writes it."""
        compiled = self.compiled(key) if self.compiled is not None else None
        return compiled or self.own(key)

    def own(self, key: str) -> Rendered:
        """Give a model's SQL as its templates give it here, whatever dbt compiled."""
        return self._renderings.render(key, incremental=False)

    def is_rendered(self, key: str) -> bool:
        """Tell whether a key is of a model or snapshot with a template."""
        return self._renderings.has_template(key)

    def dbt_key(self, key: str) -> str:
        """Give dbt's key of a declaration: the project's own name instead of the one that it goes by here."""
        return with_package(key, self.packages.root.key_name, self.packages.root.name)

    def own_key(self, key: str) -> str:
        """Give the key by which a declaration goes here."""
        return with_package(key, self.packages.root.name, self.packages.root.key_name)

    @property
    def written(self) -> Mapping[str, str]:
        """Give the names that templates print for relations, by dbt's keys."""
        nodes = self._assembly.nodes.values()
        return {self.dbt_key(node.key): name for node in nodes if (name := written(node, self.target))}

    def incremental_rendered(self, key: str) -> Rendered | None:
        """Give the SQL of an incremental run, None where it is the same text as a full build's."""
        return self._renderings.incremental(key)

    def defines(self, hole: Hole) -> bool:
        """Tell whether the project or a package that is here has the variable or macro, `name` or `package.name`."""
        if hole.kind is HoleKind.VARIABLE:
            scopes = [package.setting("vars") for package in self.packages.all]
            scopes += [inner for scope in scopes for inner in scope.values() if isinstance(inner, dict)]
            return any(hole.name in scope for scope in scopes)
        package, _, bare = hole.name.rpartition(".")
        known = {one.name for one in self.packages.all}
        return bare in self.macros.places and (not package or package in known)

    def companions(self, key: str) -> tuple[Companion, ...]:
        """Give the settings of a node that name columns, its hooks, and what a declaration in YAML says in SQL."""
        return self._companions.of(key)

    def refused_since(self, base: "DbtProject", paths: Collection[str]) -> Iterator[RefusedDeclaration]:
        """Give what dbt refuses to parse and took at the base. `paths` are the changed files."""
        root = self.packages.root
        for each in refusals(base._side(), self._side(), paths):
            yield replace(each, project=root.name, setup=root.file)

    def knows_reads(self, keys: Sequence[str]) -> bool:
        """Tell whether each refers to the next: dbt knows nothing of names that are written out."""
        return all(
            reader in self._assembly.nodes and other in (self._renderings.parsed_reads(reader) or ())
            for reader, other in itertools.pairwise(keys)
        )

    def _side(self) -> ProjectSide:
        return ProjectSide(
            packages=self.packages, found=self.found, assembly=self._assembly, files=self._files
        )

    def know(self, siblings: "Iterable[DbtProject]") -> None:
        """Know the other dbt projects of the repository, whose models a `ref` with their name means."""
        own = {package.name for package in self.packages.all}
        others = [
            sibling._assembly
            for sibling in siblings
            if sibling is not self
            and sibling.name not in own
            and (self.named is None or sibling.name in self.named)
        ]
        if others:
            self._engine.describe(self._assembly.know(others))

    def declare(self, models: Mapping[str, Model]) -> None:
        """Put models in the place of those with the same keys: more is known of their columns now."""
        self._assembly.declare(models)
        self._renderings.forget()

    def readers(self, keys: Collection[str]) -> set[str]:
        """Give the keys that name any of these directly: may hold too many, never too few."""
        outline = self._outline if self.known_readers is None else None
        if outline is not None and not outline.may_name(keys):
            return set()
        found = self.graph.readers(keys)
        return found | self.known_readers(keys) if self.known_readers is not None else found

    def naming(self, relation: RelationName) -> set[str]:
        """Give the keys whose SQL may write this relation out, whoever makes it."""
        if self._outline is not None and not self._outline.told.reach.may_write(relation):
            return set()
        return set(self.graph.writing(relation))

    def node_files(self) -> Mapping[str, tuple[str, str]]:
        """Give the SQL files of models and snapshots, those that are off too: path → package and text."""
        return {
            node.path: (node.package, node.text)
            for node in self.found.nodes
            if node.text is not None and node.kind in TEMPLATED and is_sql(node.path)
        }

    def names_anywhere(self, word: str) -> bool:
        """Tell whether a template, a macro or a setting of a project file has this word in it."""
        templates = (node.text or "" for node in self.found.nodes)
        configs = (str(node.config) for node in self.found.nodes)
        sources = (str(source.config) for source in self.found.sources.values())
        macros = (text for _, _, text in self.found.macros)
        settings = (
            str({key: value for key, value in package.settings.items() if key != "vars"})
            for package in self.packages.all
        )
        return any(word in text for text in itertools.chain(templates, configs, sources, macros, settings))

    def meant(self, reference: Reference, reader: Node) -> Node | None:
        """Give the node that a reference in a model means."""
        return self._assembly.resolver.resolve(reference, reader.package)

    def routine_text(self, key: str) -> str | None:
        """Give the statements of a function that a hook makes."""
        made = self._assembly.routines.get(key)
        return made.sql if made is not None else None

    def find_routine(self, name: RelationName, _reader: str | None, /) -> Model | None:
        """Give the function that a name calls: one of the project's `functions/`."""
        outline = self._outline
        if outline is not None and not outline.may_be_called(name):
            return None
        return self._assembly.find_routine(name)

    def find(self, name: RelationName, reader: str | None = None) -> Model | None:
        """Give the model that makes a relation; a full name is matched first, then by the parts that are there."""
        outline = self._outline
        if outline is not None and not outline.may_be(name):
            return None
        return self._assembly.find(name, reader)

    def may_make(self, name: RelationName) -> bool:
        """Tell whether a name may mean what the project makes, sources left out."""
        outline = self._outline
        return outline is None or outline.may_make(name)

    def placement(self, relation: RelationName) -> RelationName:
        """Put a mark for the target's database and schema: another profile moves nothing that the project decides."""
        return self.target.marked(relation)

    def made_up(self) -> tuple[MadeUp, ...]:
        """Give what stands for the target's database and schema where nothing says them."""
        return () if self.places else self.target.made_up

    def watch_columns(self, columns_of: ColumnsOf) -> None:
        """Let macros that loop over columns ask for those of models that are bound."""
        self.columns_of = columns_of

    def close(self) -> None:
        if "_engine" in self.__dict__:
            self._engine.close()
        self._opening.close()

    def __enter__(self) -> "DbtProject":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _answer(self, question: Message) -> Message:
        """Answer the child: the columns of a relation, as far as anyone knows them."""
        key = text(question, "key")
        columns = self._assembly.closed_columns(key)
        if columns is None and self.columns_of is not None:
            columns = self.columns_of(key)
        if columns is None:
            return {"known": False}
        dialect = self.dialect
        return {
            "known": True,
            "columns": [
                {"name": stored_spelling(column.name, dialect), "type": column.type or ""}
                for column in columns
            ],
        }


def read_dbt(
    files: Files, root: str = "", options: Options | None = None, known: dict[str, Opening] | None = None
) -> DbtProject | str:
    """Read the dbt project in the directory `root`; a text says why there is none.

    `known`: what projects were read before, by their directories; this one is taken from there where it is the same.
    """
    chosen = options or Options()
    reader = TextReader(files)
    packages = read_packages(reader, root, SettingsRenderer(chosen).render, chosen.elders)
    if isinstance(packages, str):
        return packages
    target = choose_target(
        reader, packages, chosen.dialect, chosen.target, chosen.environment, chosen.adapter, chosen.spot
    )
    sides = {} if known is None else known
    opening = Opening(packages, target, chosen, reader, TextReader(files))
    sides[root] = opening = opening.after(sides.get(root))
    return DbtProject(packages, target, chosen, opening, TextReader(files))
