"""Which relation of the repository a reader in another file means by a name: its words are the warehouse's, not a project's.

A part of a relation's name that nobody knows (a profile that is not here) agrees with any; so does a placeholder, with what it
leaves open.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from fnmatch import fnmatchcase
from functools import cached_property

from contract_gate.core.models import Outline, outlines
from contract_gate.core.relation import RelationName, caseless
from contract_gate.core.values import dataclass
from contract_gate.core.world import PLACES, MadeUp, Model, ModelKind
from contract_gate.sql.names import DEFAULT_SCHEMA
from contract_gate.workspace.files import is_below
from contract_gate.workspace.layout import ProjectKind
from contract_gate.workspace.plain.placeholders import MARKED
from contract_gate.workspace.project import Project
from contract_gate.workspace.readers.queries import APART, EXPORTED

_ANY = "*"
_TARGET = re.compile(r"\{target\.\w+\}")
"""What `Project.placement` puts for a target's own words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """A model as far as it is known without being made. `name` is its relation's, with a star for what nobody knows."""

    outline: Outline
    name: RelationName
    project: Project

    def model(self) -> Model:
        return self.project.models[self.outline.key]

    def may_stand_in(self, place: tuple[str, ...]) -> bool:
        """Tell whether another target may put the model there: what the project itself says of its database and schema stays."""
        placed = self.project.placement(self.name).parts[:-1]
        own = tuple(_TARGET.sub(_ANY, part) for part in placed)
        # Where a schema is the target's and the model's own, many projects leave the target's out.
        short = tuple(part.removeprefix(f"{_ANY}_") for part in own)
        return own != placed and (_agree(own, place) or _agree(short, place))


class ReaderNames:
    """Looks up in all projects of one side the names that readers write. `made_up`: the words that stand for an environment's."""

    def __init__(self, projects: Iterable[Project], made_up: Callable[[], Collection[MadeUp]]) -> None:
        self._projects, self._made_up = tuple(projects), made_up

    @cached_property
    def names(self) -> frozenset[str]:
        """Give what any relation is called by: its name's last part and dbt's name of its model, in lower case and without quotes."""
        models = [one for project in self._projects for one in outlines(project.models)]
        relations = {one.relation.name for one in models if one.relation is not None}
        return frozenset((*map(caseless, relations), *self._of_dbt))

    def knows(self, key: str) -> bool:
        """Tell whether any project has a model of this key."""
        return any(key in project.models for project in self._projects)

    def called(self, relation: RelationName) -> set[str]:
        """Give what this relation is called by."""
        return {caseless(relation.name), *self._aliases.get(relation, ())}

    @cached_property
    def _aliases(self) -> Mapping[RelationName, set[str]]:
        found: dict[RelationName, set[str]] = defaultdict(set)
        for known, models in self._of_dbt.items():
            for one in models:
                if one.outline.relation is not None:
                    found[one.outline.relation].add(known)
        return found

    def find(self, name: RelationName, dialect: str) -> Model | None:
        """Give the model that makes the relation: the one with that name, else the only one whose known parts agree."""
        if name.parts[0] in (APART, EXPORTED):
            own = [one for one in self._by_name.get(name.name, ()) if one.name.parts[-2:] == name.parts[1:]]
            return own[0].model() if len(own) == 1 and len(name.parts) > 2 else None
        for project in self._projects if len(name.parts) > 1 else ():
            model = project.find(name, None)
            if model is not None and model.relation is not None and len(model.relation.parts) > 1:
                return model
        found = _only(self._alike(name, dialect))
        return found.model() if found is not None else None

    def alone(self, name: RelationName) -> Model | None:
        """Give the only relation with this last name that is made here, wherever it stands; else the only one that is declared."""
        alike = self._by_name.get(caseless(name.name), [])
        found = _only([one for one in alike if one.outline.kind is not ModelKind.SOURCE] or alike)
        return found.model() if found is not None else None

    def named(self, name: RelationName, path: str) -> list[Model]:
        """Give the dbt models that have this name, whatever their relations are called: of the project that a file lies in, else of all."""
        models = self._of_dbt.get(caseless(name.name), [])
        keys = [one.outline.key for one in models]
        roots = [project.root for project in self._projects if any(key in project.models for key in keys)]
        around = max((root for root in roots if is_below(path, root)), key=len, default="")
        own = [one for one in models if not around or one.outline.path.startswith(f"{around}/")]
        return [one.model() for one in own or models]

    def rivals(self, name: RelationName, dialect: str) -> list[str]:
        """Give the keys of what else the name may mean: a relation that two projects make, one of several that agree.

        Where a project's settings give a schema, a name without one may mean its model in whatever connection it is asked, and a
        name with one that nothing here stands in may mean it where another target builds it.
        """
        found = self.find(name, dialect)
        if name.parts[0] in (APART, EXPORTED):
            is_sure = found is not None and name.parts[0] == APART
            bare = RelationName(name.parts[-1:])
            alike = [] if is_sure else self._alike(bare, dialect) or self._elsewhere(bare)
        else:
            alike = self._alike(name, dialect) or (self._elsewhere(name) if found is None else [])
        return [one.outline.key for one in alike if found is None or one.outline.key != found.key]

    def _elsewhere(self, name: RelationName) -> list[_Known]:
        """Give the models of projects that the name may mean in another connection or target."""
        theirs = tuple(caseless(part) for part in name.parts)
        there = [
            one
            for one in self._by_name.get(theirs[-1], ())
            if one.outline.kind.is_built and one.project.kind is not None
        ]
        if len(theirs) == 1:
            return there
        return [] if theirs[-2] in self._schemas else [one for one in there if one.may_stand_in(theirs[:-1])]

    @cached_property
    def _schemas(self) -> frozenset[str]:
        known = (one.name.parts for alike in self._by_name.values() for one in alike)
        return frozenset(parts[-2] for parts in known if len(parts) > 1)

    def _alike(self, name: RelationName, dialect: str) -> list[_Known]:
        theirs = tuple(MARKED.sub(_ANY, caseless(part)) for part in name.parts)
        there = self._by_name.get(theirs[-1], ())
        if len(theirs) > 1:
            return [one for one in there if _agree(one.name.parts, theirs)]
        # A bare name means what has no schema, or stands in the usual one: not what nobody knows the schema of.
        meant = (theirs, (DEFAULT_SCHEMA.get(dialect, ""), *theirs))
        return [one for one in there if one.name.parts[-2:] in meant]

    @cached_property
    def _of_dbt(self) -> Mapping[str, list[_Known]]:
        found: dict[str, list[_Known]] = defaultdict(list)
        for project in self._projects:
            for one in outlines(project.models) if project.kind is ProjectKind.DBT else ():
                if one.kind is ModelKind.MODEL and one.relation is not None:
                    known = _Known(outline=one, name=one.relation, project=project)
                    found[one.name.lower()].append(known)
        return found

    @cached_property
    def _by_name(self) -> Mapping[str, list[_Known]]:
        found: dict[str, list[_Known]] = defaultdict(list)
        environment = self._made_up() if any("env_" in part for part in self._parts()) else ()
        for project in self._projects:
            made_up = (*project.made_up(), *environment)
            for one in outlines(project.models):
                if one.relation is not None:
                    name = _known(one.relation, made_up)
                    found[name.name].append(_Known(outline=one, name=name, project=project))
        return found

    def _parts(self) -> Iterable[str]:
        models = (one for project in self._projects for one in outlines(project.models))
        return (part for one in models if one.relation is not None for part in one.relation.parts)


def known_name(relation: RelationName, project: Project) -> RelationName:
    """Give the last parts of a relation's name that are the warehouse's own words."""
    parts = _known(relation, project.made_up()).parts
    unknown = max((index for index, part in enumerate(parts) if _ANY in part), default=-1)
    return RelationName(parts[unknown + 1 :] or relation.parts[-1:])


def _only(models: list[_Known]) -> _Known | None:
    return models[0] if len({one.outline.relation for one in models}) == 1 else None


def _known(relation: RelationName, made_up: Collection[MadeUp]) -> RelationName:
    """Put a star for every word in a name that stands for what nobody knows."""
    parts = []
    for part, place in zip(relation.parts, PLACES[-len(relation.parts) :], strict=True):
        text = caseless(part)
        for word in made_up:
            if word.stands_in(text, place):
                text = text.replace(word.word, _ANY)
        parts.append(text)
    return RelationName(tuple(parts))


def _agree(known: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """Compare the parts that both have; what nobody knows of one agrees with anything."""
    pairs = zip(reversed(known), reversed(theirs), strict=False)
    return all(fnmatchcase(one, other) or fnmatchcase(other, one) for one, other in pairs)
