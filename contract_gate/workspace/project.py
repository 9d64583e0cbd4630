"""What a kind of project answers: the questions of a world, about its own models."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Protocol

from contract_gate.core.models import outlines
from contract_gate.core.relation import Column, RelationName
from contract_gate.core.world import Companion, Hole, MadeUp, Model, RefusedDeclaration, RefusedStep, Rendered
from contract_gate.workspace.layout import ProjectKind
from contract_gate.workspace.words import WordIndex

ColumnsOf = Callable[[str], tuple[Column, ...] | None]
"""Gives the columns of a model, in order, None where they can't be known: for macros that loop over columns."""


class Project(Protocol):
    """One project of any kind: the same questions as a `World`, about its own models.

    Keys and names may be those of other projects, and of models that are gone.
    """

    @property
    def kind(self) -> ProjectKind | None:
        """Give the kind by which the layout knows it; None for plain SQL."""

    @property
    def root(self) -> str:
        """Give its folder; "" for the top, and for plain SQL."""

    @property
    def dialect(self) -> str:
        """Give the dialect of its SQL; "" where it has none, or none of its own."""

    @property
    def models(self) -> Mapping[str, Model]: ...

    @property
    def problems(self) -> Mapping[str, str]: ...

    @property
    def notes(self) -> tuple[str, ...]: ...

    def limits(self, touched: Collection[str]) -> tuple[str, ...]:
        """Give those of the notes that may matter to a change of these keys, whosever they are."""

    @property
    def left_out(self) -> Mapping[str, str]:
        """Give the files of it that its own settings say not to read, each with the file that says so."""

    def rendered(self, key: str) -> Rendered: ...

    def readers(self, keys: Collection[str]) -> set[str]: ...

    def find(self, name: RelationName, reader: str | None) -> Model | None: ...

    def incremental_rendered(self, key: str) -> Rendered | None: ...

    def companions(self, key: str) -> tuple[Companion, ...]: ...

    def defines(self, hole: Hole, /) -> bool: ...

    def naming(self, relation: RelationName) -> set[str]:
        """Give the models whose text names this relation, whoever makes it."""

    def filled(self) -> Iterable[RelationName]:
        """Give the relations whose rows its own queries say, and not a declaration alone."""

    def touched(self, paths: Collection[str]) -> set[str]:
        """Give the models whose SQL comes from any of these files, beyond their own path."""

    def find_routine(self, name: RelationName, reader: str | None, /) -> Model | None: ...

    def nameless(self) -> Collection[str]: ...

    def rivals(self, name: RelationName, reader: str) -> Collection[str]: ...

    def may_make(self, name: RelationName) -> bool:
        """Tell whether `find` may give what the project itself makes, no source: "yes" says nothing."""

    def perhaps_made_by(self, name: RelationName) -> frozenset[tuple[str, str]]: ...

    def refused_steps(self, key: str) -> tuple[RefusedStep, ...]: ...

    def refused(self) -> Iterable[RefusedDeclaration]: ...

    def knows_reads(self, keys: Sequence[str]) -> bool: ...

    def says(self, key: str) -> str | None:
        """Give what a file of many relations says of this one; None where more than that decides what it is."""

    def placement(self, relation: RelationName) -> RelationName:
        """Give a relation without what a deployment's target decides of its name."""

    def made_up(self) -> tuple[MadeUp, ...]: ...

    def watch_columns(self, columns_of: ColumnsOf) -> None:
        """Let templates that loop over columns ask for those of models that are bound."""

    def close(self) -> None: ...


class ModelsAlone:
    """The answers of a project that has models and nothing else that a `Project` is asked for."""

    kind: ProjectKind | None = None

    def limits(self: Project, touched: Collection[str]) -> tuple[str, ...]:
        """Give the notes where it has one of these keys."""
        return () if self.models.keys().isdisjoint(touched) else self.notes

    @property
    def left_out(self) -> Mapping[str, str]:
        """Give none: every file in its folders is read."""
        return {}

    def incremental_rendered(self, _key: str) -> Rendered | None:
        """Give None: no model is made otherwise in a later run."""
        return None

    def companions(self, _key: str) -> tuple[Companion, ...]:
        """Give none: what stands beside a query is SQL that is bound itself."""
        return ()

    def defines(self, _hole: Hole, /) -> bool:
        """Say no: what this kind of project calls so is not missed when a text is rendered."""
        return False

    def naming(self, _relation: RelationName) -> set[str]:
        """Give none: texts name relations by a project's own references."""
        return set()

    def filled(self: Project) -> Iterable[RelationName]:
        """Give those of all models: each has a query."""
        return (
            one.relation for one in outlines(self.models) if one.kind.is_built and one.relation is not None
        )

    def touched(self, _paths: Collection[str]) -> set[str]:
        """Give none: each model comes from its own file."""
        return set()

    def find_routine(self, _name: RelationName, _reader: str | None, /) -> Model | None:
        """Give None: no function is declared."""
        return None

    def nameless(self) -> Collection[str]:
        """Give none: every name stands in a text."""
        return ()

    def rivals(self, _name: RelationName, _reader: str) -> Collection[str]:
        """Give none: a name means one model."""
        return ()

    def may_make(self, _name: RelationName) -> bool:
        """Say that it may."""
        return True

    def perhaps_made_by(self, _name: RelationName) -> frozenset[tuple[str, str]]:
        """Give none: no code makes relations."""
        return frozenset()

    def refused_steps(self, _key: str) -> tuple[RefusedStep, ...]:
        """Give none: nothing is run step by step."""
        return ()

    def refused(self) -> Iterable[RefusedDeclaration]:
        """Give none: a declaration that can't be read is a problem of its file."""
        return ()

    def knows_reads(self, _keys: Sequence[str]) -> bool:
        """Say no: nothing orders its models before they are built."""
        return False

    def says(self, _key: str) -> str | None:
        """Give None: a file makes one relation."""
        return None

    def placement(self, relation: RelationName) -> RelationName:
        """Give the relation: no target decides of its name."""
        return relation

    def made_up(self) -> tuple[MadeUp, ...]:
        """Give none: names are as they are written."""
        return ()

    def watch_columns(self, _columns_of: ColumnsOf) -> None:
        """Do nothing: no template asks for columns."""

    def close(self) -> None:
        """Do nothing: there is no process."""


class _HasWords(Project, Protocol):
    @property
    def words(self) -> WordIndex:
        """Give the words of the models' texts."""


class NamesWritten(ModelsAlone):
    """The same of a project whose texts name relations as SQL does; it has their `words`."""

    def naming(self: _HasWords, relation: RelationName) -> set[str]:
        """Give the models whose text names this relation, whoever makes it."""
        return set(self.words.naming(relation))

    def readers(self: Project, keys: Collection[str]) -> set[str]:
        """Give the models whose text names any of these."""
        relations = [self.models[key].relation for key in keys if key in self.models]
        return {reader for name in relations if name is not None for reader in self.naming(name)}
