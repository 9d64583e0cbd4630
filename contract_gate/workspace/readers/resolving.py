"""Which relation of the repository a reader in another file means by a name: its words are the warehouse's, not a project's.

A part of a relation's name that nobody knows (a profile that is not here) agrees with any; so does a placeholder.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from fnmatch import fnmatchcase

from contract_gate.core.relation import RelationName
from contract_gate.core.world import PLACES, MadeUp, Model, ModelKind
from contract_gate.sql.names import DEFAULT_SCHEMA
from contract_gate.workspace.project import Project

_ANY = "*"
_MARK = "__ph_"


class ReaderNames:
    """Looks names up in all projects of one side."""

    def __init__(self, projects: Iterable[Project]) -> None:
        self._projects = tuple(projects)
        self._by_name: dict[str, list[tuple[RelationName, Model]]] = defaultdict(list)
        for project in self._projects:
            made_up = project.made_up()
            for model in project.models.values():
                if model.relation is not None:
                    known = _known(model.relation, made_up)
                    self._by_name[model.relation.name.lower()].append((known, model))

    @property
    def names(self) -> Collection[str]:
        """Give the last part of every relation, in lower case."""
        return self._by_name.keys()

    def find(self, name: RelationName, dialect: str) -> Model | None:
        """Give the model that makes the relation: the one with that name, else the only one whose known parts agree."""
        if len(name.parts) > 1:
            for project in self._projects:
                model = project.find(name, None)
                if model is not None and model.relation is not None and len(model.relation.parts) > 1:
                    return model
        else:
            name = RelationName((DEFAULT_SCHEMA.get(dialect, ""), *name.parts))
        alike = [model for known, model in self._by_name.get(name.name.lower(), ()) if _agree(known, name)]
        return _only(alike)

    def alone(self, name: RelationName) -> Model | None:
        """Give the only relation with this last name that is made here, wherever it stands; else the only one that is declared."""
        alike = [model for _, model in self._by_name.get(name.name.lower(), ())]
        return _only([model for model in alike if model.kind is not ModelKind.SOURCE] or alike)


def _only(models: list[Model]) -> Model | None:
    return models[0] if len({model.relation for model in models}) == 1 else None


def _known(relation: RelationName, made_up: Collection[MadeUp]) -> RelationName:
    """Put a star for every word in a name that stands for what nobody knows."""
    parts = []
    for part, place in zip(relation.parts, PLACES[-len(relation.parts) :], strict=True):
        text = part
        for word in made_up:
            if word.stands_in(part, place):
                text = text.replace(word.word, _ANY)
        parts.append(text)
    return RelationName(tuple(parts))


def _agree(known: RelationName, name: RelationName) -> bool:
    """Compare the parts that both have; a relation whose schema nobody knows is not meant by a bare name."""
    pairs = list(zip(reversed(known.parts), reversed(name.parts), strict=False))
    if name.parts[0] == "" and len(known.parts) > 1:
        return False
    return all(_MARK in theirs or fnmatchcase(theirs, mine) for mine, theirs in pairs)
