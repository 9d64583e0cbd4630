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
        self.formers = dict(self._renamed(head, pairing, before))
        lost = [*pairing.removed, *(old for old, _ in pairing.same)]
        lost += [key for key, model in head.models.items() if is_inlined(model) and key in base.models]
        gone = {model.relation: model for key in lost if (model := self._given_up(key)) is not None}
        taken = {former.relation for formers in self.formers.values() for former in formers}
        found = [
            _removed(model.relation, model.path, model.dialect) for model in gone.values() if model.relation
        ]
        for one in pending:
            if one.removed or one.relation in gone:
                found += [_removed(name) for name in (one.relation, *one.replaces) if not self.is_made(name)]
        self.removed = tuple(
            {one.relation: one for one in reversed(found) if one.relation not in taken}.values()
        )

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
        keys = {model.relation: key for key, model in head.models.items() if model.relation in before}
        for key in (*renamed, *(key for key in keys.values() if key not in renamed)):
            model = head.models[key]
            if is_inlined(model):
                continue
            own = [name for name in (renamed.get(key), model.relation) if name is not None]
            names = [name for name in own if name != model.relation]
            names += [name for one in own if one in before for name in before[one].replaces]
            formers = tuple(self._formers(names))
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


def made_by(world: RepositoryWorld) -> Iterator[RelationName]:
    """Give all relations that a side has: models that are inlined make none."""
    for model in world.models.values():
        if model.relation is not None and not is_inlined(model):
            yield model.relation


def _removed(relation: RelationName, path: str = "", dialect: str = "") -> SyncModel:
    return SyncModel(relation=relation, path=path, dialect=dialect, removed=True)
