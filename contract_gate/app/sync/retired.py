"""What was made before and is made no longer: removed models, and the names that renamed ones had."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from contract_gate.app.statements import is_inlined
from contract_gate.app.sync.state import PendingModel
from contract_gate.app.sync.values import Former, SyncModel
from contract_gate.catalogs.catalog import UNKNOWN, agrees
from contract_gate.catalogs.names import CatalogNames
from contract_gate.compare.changes.relations import Pairing
from contract_gate.core.relation import RelationName
from contract_gate.core.world import Model
from contract_gate.workspace.repository import RepositoryWorld


class Retired:
    """`formers`: what the head's models (by key) were called before; `removed`: what nothing of the repository makes any more.

    What earlier runs did not get to (`pending`) is among them.
    """

    def __init__(
        self,
        base: RepositoryWorld,
        head: RepositoryWorld,
        pairing: Pairing,
        names: CatalogNames,
        pending: Collection[PendingModel],
    ) -> None:
        self._base, self._names = base, names
        self._made: dict[str, list[RelationName]] = {}
        for relation in made_by(head):
            name = names.of(relation)
            self._made.setdefault(UNKNOWN if UNKNOWN in name.name else name.name, []).append(name)
        before = {one.relation: one for one in pending}
        self._waiting = waiting(pending, head, names)
        self.formers = dict(self._renamed(head, pairing, before))
        lost = [*pairing.removed, *(old for old, _ in pairing.same)]
        lost += [key for key, model in head.models.items() if is_inlined(model) and key in base.models]
        gone = {model.relation: model for key in lost if (model := self._given_up(key)) is not None}
        taken = {former.relation for formers in self.formers.values() for former in formers}
        found = [
            _removed(model.relation, model.path, model.dialect) for model in gone.values() if model.relation
        ]
        given_up = {names.of(relation) for relation in gone if relation is not None}
        for one in pending:
            if one.removed or names.of(one.relation) in given_up:
                found += [_removed(name) for name in (one.relation, *one.replaces) if not self.is_made(name)]
        left = [one for one in reversed(found) if one.relation not in taken]
        self.removed = tuple({names.of(one.relation): one for one in left}.values())

    def is_made(self, relation: RelationName) -> bool:
        """Tell whether something of the head may be what the catalog knows by this name."""
        asked = self._names.of(relation)
        alike = (*self._made.get(asked.name, ()), *self._made.get(UNKNOWN, ()))
        return any(agrees(asked, made) or agrees(made, asked) for made in alike)

    def _renamed(
        self, head: RepositoryWorld, pairing: Pairing, before: Mapping[RelationName, PendingModel]
    ) -> Iterator[tuple[str, tuple[Former, ...]]]:
        """Give the former names of models: of this range, and what was left to do of earlier renames."""
        renamed = {new: old.relation for key, new in pairing.same if (old := self._given_up(key)) is not None}
        for key in (*renamed, *(key for key in self._waiting if key not in renamed)):
            model = head.models[key]
            if is_inlined(model):
                continue
            former = [] if (name := renamed.get(key)) is None else [name]
            left = [before[name] for name in former if name in before]
            names = [
                *former,
                *(name for one in (*left, *self._waiting.get(key, ())) for name in one.replaces),
            ]
            formers = tuple(self._formers(name for name in names if name != model.relation))
            if formers:
                yield key, formers

    def _formers(self, relations: Iterable[RelationName]) -> Iterator[Former]:
        for relation in dict.fromkeys(relations):
            if not self.is_made(relation):
                yield Former(relation=relation, asked=self._names.of(relation))

    def _given_up(self, key: str) -> Model | None:
        """Give a model of the base whose relation nothing makes any more."""
        model = self._base.models[key]
        if model.relation is None or not model.kind.is_built or is_inlined(model):
            return None
        return None if self.is_made(model.relation) else model


def waiting(
    pending: Collection[PendingModel], head: RepositoryWorld, names: CatalogNames
) -> dict[str, tuple[PendingModel, ...]]:
    """Give what earlier runs did not get to, by the keys of the head's models.

    What nobody knew in full then may have another name by now: what the catalog is asked for agrees.
    """
    asked: dict[str, list[tuple[RelationName, PendingModel]]] = {}
    for one in pending:
        name = names.of(one.relation)
        asked.setdefault(name.name, []).append((name, one))
    found: dict[str, tuple[PendingModel, ...]] = {}
    for key, model in head.models.items() if asked else ():
        if model.relation is not None and model.kind.is_built and not is_inlined(model):
            name = names.of(model.relation)
            alike = tuple(one for other, one in asked.get(name.name, ()) if agrees(other, name))
            found |= {key: alike} if alike else {}
    return found


def made_by(world: RepositoryWorld) -> Iterator[RelationName]:
    """Give all relations that a side has: models that are inlined make none."""
    for model in world.models.values():
        if model.relation is not None and not is_inlined(model):
            yield model.relation


def _removed(relation: RelationName, path: str = "", dialect: str = "") -> SyncModel:
    return SyncModel(relation=relation, path=path, dialect=dialect, removed=True)
