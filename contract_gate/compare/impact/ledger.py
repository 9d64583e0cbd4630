"""What a walk notes: the changes in their order, the impacts of each, and the relations that no longer build."""

from collections.abc import Iterator
from dataclasses import replace

from contract_gate.compare.additions import Additions
from contract_gate.compare.bound import BoundModel, BoundWorld
from contract_gate.compare.changes.change import Certainty, Change, ChangeClass, Kind
from contract_gate.compare.changes.construction import change_of
from contract_gate.compare.changes.increments import is_kept
from contract_gate.compare.changes.kinds import class_of, describe
from contract_gate.compare.changes.origin import Origins
from contract_gate.compare.changes.relations import Pairing
from contract_gate.compare.impact.breaking import place_of_read
from contract_gate.compare.impact.history import is_longer
from contract_gate.compare.impact.impact import Consumer, Effect, Impact, KnownBy
from contract_gate.compare.impact.outside import origins_of
from contract_gate.compare.impact.propagation import Arrival, Stopped, consumer_of, name_of
from contract_gate.core.marks import Marks
from contract_gate.core.model_keys import is_beside
from contract_gate.core.relation import Location
from contract_gate.core.world import Model, ModelKind, RefusedDeclaration


class Ledger:
    """Note what happens to models of the head; two sides and what is paired are looked up here."""

    def __init__(self, base: BoundWorld, head: BoundWorld, pairing: Pairing) -> None:
        self.base, self.head = base, head
        self.additions = Additions(base), Additions(head)
        self.changes: list[Change] = []
        self._by_change: dict[tuple[str, str], dict[str, Impact]] = {}
        self.stopped: dict[tuple[str, str], Stopped] = {}
        self.edited: dict[str, str] = {after: before for before, after in pairing.same}
        self.origins = dict(pairing.origins)

    def numbered(self, change: Change, caused_by: str | None = None, key: str = "") -> Change:
        """Number a change of the assessment, and name the edits elsewhere that made it."""
        origins = change.origins if key not in self.origins else origins_of(change, self.origins[key])
        numbered = replace(change, id=f"c{len(self.changes) + 1}", caused_by=caused_by, origins=origins)
        self.changes.append(numbered)
        return numbered

    def failed(self, key: str, after: BoundModel, text: str, place: Location) -> Arrival:
        """Note a model that fails by its own edit."""
        kind, name = Kind.DOES_NOT_BIND, after.model.relation or after.model.name
        told = change_of(after.model, kind, describe(kind, relation=name, reason=text), after=text)
        change = self.numbered(replace(told, location=place), key=key)
        arrival = Arrival(change, change.id, (name_of(after),), key)
        writer = self._writer(key, place)
        self._by_change[change.id, key] = {
            writer: Impact(
                change=change.id, consumer=self._consumer(key, after.model, writer), effect=Effect.BREAKS,
                certainty=Certainty.PROVEN, location=place, reason=text,
            )
        }  # fmt: skip
        return arrival

    def refused(self, declaration: RefusedDeclaration) -> None:
        """Note what keeps a whole project from being built, unless its model is known to fail."""
        key, models = declaration.key or "", self.head.world.models
        if any(self.breaking(key)):
            return
        model, place = models.get(key), Location(path=declaration.path, line=declaration.line)
        text = declaration.message
        change = self.numbered(
            Change(
                kind=Kind.DOES_NOT_BIND, change_class=class_of(Kind.DOES_NOT_BIND), certainty=Certainty.PROVEN,
                message=describe(Kind.DOES_NOT_BIND, relation=f"the project {declaration.project}".strip(), reason=text),
                relation=model.relation if model is not None else None, after=text, location=place,
            )
        )  # fmt: skip
        whole = Consumer(kind="project", name=declaration.project, path=declaration.setup)
        consumer = self._consumer(key, model, model.path) if model is not None else whole
        self._by_change[change.id, key] = {
            declaration.path: Impact(
                change=change.id, consumer=consumer, effect=Effect.BREAKS, certainty=Certainty.PROVEN, location=place, reason=text,
            )
        }  # fmt: skip

    def broken(self, key: str, after: BoundModel, arrival: Arrival, place: Location, text: str) -> Arrival:
        """Note a reader that a change upstream breaks, and what goes on from it."""
        # A macro is read when it is called: it stays, and its callers fail.
        stays = after.model.kind is ModelKind.FUNCTION and after.model.dialect == "duckdb"
        effect = Effect.CHANGES if stays else Effect.BREAKS
        certainty = Certainty.POSSIBLE if stays or arrival.change.kept else Certainty.PROVEN
        self.impact(key, arrival, effect, certainty, place, reason=text)
        return self.stop(key, after, arrival, (*arrival.path, name_of(after)))

    def stop(self, key: str, after: BoundModel, arrival: Arrival, path: tuple[str, ...]) -> Arrival:
        """The model does not build: its readers don't either, and beyond the repository its rows stay as they were."""
        if after.model.relation is not None:
            self.stopped[arrival.root, key] = Stopped(
                relation=after.model.relation, change=arrival.root, path=path
            )
        change = replace(arrival.change, relation=after.model.relation)
        return Arrival(change, arrival.root, path, key, stopped=True)

    def carried(
        self, key: str, after: BoundModel, change: Change, cause: Arrival, origins: Origins | None = None
    ) -> Arrival:
        """Let a change follow from one upstream; `origins`: what was edited that changes the model as well."""
        own = replace(change, origins=origins_of(change, origins)) if origins is not None else change
        numbered = self.numbered(own, cause.change.id)
        self.note(key, after, change, cause)
        return Arrival(numbered, cause.root, (*cause.path, name_of(after)), key)

    def note(self, key: str, after: BoundModel, change: Change, cause: Arrival) -> None:
        """Note what a change that follows does to a reader; additions do nothing to it."""
        if change.change_class is ChangeClass.ADDITIVE:
            return
        unknown = change.kind is Kind.UNDECIDED
        effect = Effect.UNKNOWN if unknown else Effect.CHANGES
        certainty = Certainty.UNDECIDED if unknown else Certainty.POSSIBLE
        place = place_of_read(cause.change, after) or change.location
        reason = change.message if unknown else None
        self.impact(key, cause, effect, certainty, place, column=change.column, reason=reason)

    def impact(
        self,
        key: str,
        arrival: Arrival,
        effect: Effect,
        certainty: Certainty,
        place: Location | None,
        *,
        column: str | None = None,
        reason: str | None = None,
        by: KnownBy = KnownBy.BINDING,
    ) -> None:
        """Note what a model of the head feels; the worst that one change does to it stands.

        Where several files write the relation, each of them that breaks is told.
        """
        model = self.head.world.models[key]
        writer = self._writer(key, place) if effect is Effect.BREAKS else None
        consumer = self._consumer(key, model, writer)
        impact = Impact(
            change=arrival.root, consumer=consumer, effect=effect, certainty=certainty, column=column,
            via=arrival.path, distance=len(arrival.path), location=place, by=by, reason=reason,
        )  # fmt: skip
        known = self._by_change.setdefault((arrival.root, key), {})
        if any(effect.rank < each.effect.rank for each in known.values()):
            known.clear()
        if not known or effect is Effect.BREAKS:
            known.setdefault(writer or model.path, impact)

    @property
    def impacts(self) -> tuple[Impact, ...]:
        """Give all that was noted."""
        return tuple(impact for each in self._by_change.values() for impact in each.values())

    def is_told(self, root: str, key: str) -> bool:
        """Tell whether it was noted what a change does to a model."""
        return (root, key) in self._by_change

    def breaking(self, key: str) -> Iterator[Change]:
        """Give the changes that break a model, its own edits among them."""
        for change in self.changes:
            if any(
                each.effect is Effect.BREAKS for each in self._by_change.get((change.id, key), {}).values()
            ):
                yield change

    def _writer(self, key: str, place: Location | None) -> str:
        """Give the file that a place is in, of those that write one relation together."""
        others = {there[0] for there in self.head.world.rendered(key).elsewhere if there is not None}
        return place.path if place is not None and place.path in others else self.head.world.models[key].path

    def _consumer(self, key: str, model: Model, writer: str | None) -> Consumer:
        """Describe a model of the head as a reader, with what the base knows it by; `writer`: which of its files is meant, where that matters."""
        shown, old = replace(consumer_of(model), path=writer or model.path), self.model_at_base(key)
        if old is None:
            return shown
        known = consumer_of(old)
        path = writer if writer is not None and writer in self._files_at_base(old) else old.path
        marks = Marks(name=known.name, paths=(path,), owners=known.owners, tags=known.tags, url=known.url)
        return replace(shown, at_base=marks)

    def _files_at_base(self, model: Model) -> set[str]:
        """Give the other files that wrote the relation together with the model's own."""
        lines = self.base.world.rendered(model.key).elsewhere
        return {there[0] for there in lines if there is not None}

    def names_at_base(self, key: str) -> tuple[str, ...]:
        """Give the names that a model of the head had at the base."""
        model = self.model_at_base(key)
        return (model.name,) if model is not None else ()

    def model_at_base(self, key: str) -> Model | None:
        """Give the model of the base that a key of the head stood for."""
        return self.base.world.models.get(self.edited.get(key, key))

    def bound_at_base(self, key: str) -> BoundModel | None:
        """Give that model with its meaning; None where it was not there."""
        old = self.edited.get(key, key)
        return self.base.bound(old) if old in self.base.world.models else None

    def kept(self, key: str) -> tuple[Model, Model] | None:
        """Give a model at base and head where the next run writes into the table that is there; None of any other."""
        old, new = self.model_at_base(key), self.head.world.models.get(key)
        return (old, new) if old is not None and new is not None and is_kept(old, new) else None

    def is_longer(self, key: str) -> bool:
        """Tell whether later migrations alone changed a model."""
        old = self.bound_at_base(key) if key in self.head.world.models else None
        return old is not None and is_longer(old, self.head.bound(key))

    def goes_on_elsewhere(self, key: str) -> bool:
        """Tell whether later migrations gave a model another name, and its name to a new one."""
        old, there = self.edited.get(key, key), self.base.world.models
        added = [new for new in self.head.world.models if is_beside(new, key) and new not in there]
        return old in there and any(is_longer(self.base.worded(old), self.head.worded(new)) for new in added)

    def taken(self, key: str) -> frozenset[str]:
        """Tell by which kinds of statements the head takes rows out of a table that the base does not: delete, and a truncate that reaches who refers to it."""
        old = self.bound_at_base(key) if key in self.head.world.models else None
        before, after = (_taking(old), _taking(self.head.bound(key))) if old is not None else ([], [])
        return frozenset(kind for kind in after if after.count(kind) > before.count(kind))


def _taking(bound: BoundModel) -> list[str]:
    return [
        s.kind for s in bound.script.statements if s.kind == "delete" or (s.kind == "truncate" and s.cascades)
    ]
