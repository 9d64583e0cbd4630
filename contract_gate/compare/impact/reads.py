"""What a model reads of others, at base or head: surely, and perhaps."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from contract_gate.compare.bound import BoundModel, BoundWorld, is_declared
from contract_gate.compare.changes.change import Change, ChangeClass
from contract_gate.compare.changes.kinds import Trait, has
from contract_gate.compare.impact.order import with_unread
from contract_gate.core.deadline import checkpoint
from contract_gate.core.model_keys import is_of_file
from contract_gate.core.relation import RelationName, caseless
from contract_gate.core.values import dataclass, field, replace
from contract_gate.core.world import Model, ModelKind, Rendered, World

_WORD = re.compile(r"\w+")


class Reads:
    """Asks both worlds. `edited`: the base's key of each model that both have, by that of the head."""

    def __init__(self, base: BoundWorld, head: BoundWorld, edited: Mapping[str, str]) -> None:
        self._base, self._head, self._edited = base, head, edited

    def of(self, key: str, others: Collection[str]) -> Iterator[str]:
        """Give those of the others that the model reads; all where it can't be bound and may read anything."""
        sides = (self._base, self._head)
        if any(_is_unread(side, key) for side in sides):
            yield from others
        else:
            yield from self._surely(key, self._known(others), refers=True)

    def perhaps(self, key: str, others: Collection[str]) -> set[str]:
        """Give those of the others that a name in the model may mean as well as what it was taken for."""
        found = {
            rival
            for side in (self._base, self._head)
            if key in side.world.models
            for rival in side.bound(key).rivals
        }
        return {other for other in others if other in found or self._edited.get(other) in found}

    def is_from_elsewhere(self, key: str, other: str) -> bool:
        """Tell whether a reader is in another file, or nothing in its own project has the name that may mean the other model."""
        if self._head.world.models[key].kind is ModelKind.READER:
            return True
        names = set(map(caseless, self._called(other)[:1]))
        return any(caseless(foreign.name) in names for foreign in self._head.bound(key).foreign)

    def names(self, key: str, other: str, change: Change) -> bool:
        """Tell whether a reader in another file names what changed of another model: its column, or itself where it goes.

        A column that comes matters to who named one so before: which it meant.
        """
        side: BoundWorld = self._head
        known = key
        if change.change_class is ChangeClass.ADDITIVE:
            side, known = self._base, self._edited.get(key, key)
        rendered = side.bound(known).rendered if known in side.world.models else Rendered(sql=None)
        words = rendered.beside or {*_WORD.findall((rendered.sql or "").lower())}
        column = change.column_at_base
        if column is not None:
            return column.lower() in words
        names = self._called(other) if has(change.kind, Trait.GONE_RELATION) else ()
        return any(words.issuperset(_WORD.findall(name.lower())) for name in names)

    def _called(self, key: str) -> tuple[str, ...]:
        """Give what a model is called by at the base: its relation's name, and its own in its project."""
        model = self._base.world.models.get(self._edited.get(key, key))
        return (model.relation.name, model.name) if model is not None and model.relation is not None else ()

    def within(self, circle: Collection[str]) -> dict[str, set[str]]:
        """Bind the models of a circle to see what they read of each other: names alone took too many for readers."""
        sides = (self._base, self._head)
        known = self._known(circle)
        reads = {}
        for key in circle:
            checkpoint()
            reads[key] = set(self._surely(key, known))
        # An unread one may read anything but those that surely read it, which come after it.
        return with_unread(reads, [key for key in circle if any(_is_unread(side, key) for side in sides)])

    def _surely(self, key: str, others: "_Candidates", *, refers: bool = False) -> Iterator[str]:
        used: set[str] = set()
        relations: set[RelationName] = set()
        named: set[RelationName] = set()
        for side in (self._base, self._head):
            if key in side.world.models:
                bound = side.bound(key)
                named.update(bound.rendered.reads, bound.foreign)
                texts = (bound, *(companion.bound for companion in side.companions(key)))
                keys = {*bound.model.depends_on, *makers_of([side.world], *bound.model.depends_on)}
                keys.update(*(text.uses | (text.refers if refers else set()) for text in texts))
                used |= keys
                names = (side.relation(other) for other in keys if other in side.world.models)
                relations |= {name for name in names if name is not None}
        found = {other for each in used for other in others.by_key.get(each, ())}
        found |= {other for each in relations for other in others.shared.get(each, ())}
        found |= {other for each in named for other in others.moved.get(each, ())}
        yield from sorted(found)

    def _known(self, others: Collection[str]) -> "_Candidates":
        known = _Candidates()
        for other in others:
            before = self._edited.get(other, other)
            for each in {other, before}:
                known.by_key.setdefault(each, []).append(other)
            side = self._head if other in self._head.world.models else self._base
            name = side.relation(other)
            if is_of_file(other) and name is not None:
                known.shared.setdefault(name, []).append(other)
            old = self._base.world.models.get(before)
            if old is not None and old.relation is not None and old.relation != self._named_now(other):
                known.moved.setdefault(old.relation, []).append(other)
        return known

    def _named_now(self, key: str) -> RelationName | None:
        model = self._head.world.models.get(key)
        return model.relation if model is not None else None


@dataclass(frozen=True, slots=True)
class _Candidates:
    """Models that may be read, by what a reader may know them as.

    `by_key`: their keys at either side. `shared`: several plain files may make one relation; a model of dbt has a key of its own in
    each project. `moved`: what a template names and writes nowhere, or a text names that nothing makes any more, must still be there
    under its name.
    """

    by_key: dict[str, list[str]] = field(default_factory=dict)
    shared: dict[RelationName, list[str]] = field(default_factory=dict)
    moved: dict[RelationName, list[str]] = field(default_factory=dict)


def makers_of(worlds: Iterable[World], *keys: str) -> list[str]:
    """Give the models that make the tables of sources, which the repository has beside them."""
    found = []
    for world in worlds:
        for source in (world.models[key] for key in keys if key in world.models):
            if source.kind is ModelKind.SOURCE and source.relation is not None:
                maker = world.find(source.relation, source.key)
                found += [maker.key] if maker is not None and maker.key != source.key else []
    return found


def naming_makers(worlds: Sequence[World], declared: Model) -> Model:
    """Let a test of a source that the repository makes elsewhere read what makes it."""
    made = {read.key: makers[0] for read in declared.reads if (makers := makers_of(worlds, read.key))}
    reads = (replace(read, key=made.get(read.key, read.key)) for read in declared.reads)
    return replace(declared, reads=tuple(reads))


def sources_of(base: World, made: str, after: BoundModel) -> list[RelationName]:
    """Give the sources that a reader reads and the base declares of what this model made: a new one says that others make it by now."""
    asked = after.uses | (after.increment.uses if after.increment is not None else frozenset())
    sources = (base.models.get(key) for key in sorted(asked))
    return [
        source.relation
        for source in sources
        if source is not None and source.relation is not None and made in makers_of([base], source.key)
    ]


def _is_unread(side: BoundWorld, key: str) -> bool:
    if key not in side.world.models:
        return False
    bound = side.bound(key)
    return bound.definition is None and not is_declared(bound.model)
