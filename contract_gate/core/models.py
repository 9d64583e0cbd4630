"""Models by their keys, of which those that are declared in masses are made when somebody asks for them.

A large project declares ten thousand tables of sources and a change reads five. What a loop over all of them needs is in
`Outline`, which costs no model.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Protocol

from contract_gate.core.relation import RelationName
from contract_gate.core.world import Model, ModelKind


class Outline(Protocol):
    """What is known of a model before it is made."""

    @property
    def key(self) -> str: ...

    @property
    def kind(self) -> ModelKind: ...

    @property
    def name(self) -> str: ...

    @property
    def path(self) -> str: ...

    @property
    def dialect(self) -> str: ...

    @property
    def relation(self) -> RelationName | None: ...


class Unmade(Outline, Protocol):
    """A model that is made, once, when it is asked for."""

    def made(self) -> Model: ...


class Models(Mapping[str, Model]):
    """Models by their keys. Looking one up makes it, and so does a loop over `values` or `items`; `outlines` makes none."""

    def __init__(self, slots: Mapping[str, Model | Unmade]) -> None:
        self._slots = slots

    @classmethod
    def merged(cls, *layers: Mapping[str, Model]) -> "Models":
        """Put several together; of those with one key the last counts."""
        slots: dict[str, Model | Unmade] = {}
        for layer in layers:
            slots.update(layer._slots if isinstance(layer, Models) else layer)
        return cls(slots)

    def __getitem__(self, key: str) -> Model:
        slot = self._slots[key]
        return slot if isinstance(slot, Model) else slot.made()

    def __contains__(self, key: object) -> bool:
        return key in self._slots

    def __iter__(self) -> Iterator[str]:
        return iter(self._slots)

    def __len__(self) -> int:
        return len(self._slots)

    def outline(self, key: str) -> Model | Unmade:
        """Give one as far as it is known without making it. KeyError where there is none."""
        return self._slots[key]

    def outlines(self) -> Iterable[Model | Unmade]:
        """Give each as far as it is known without making it."""
        return self._slots.values()

    def made(self) -> Iterator[Model]:
        """Give those that are made."""
        return (slot for slot in self._slots.values() if isinstance(slot, Model))


def outlines(models: Mapping[str, Model]) -> Iterable[Outline]:
    """Give each model as far as it is known without making it."""
    return models.outlines() if isinstance(models, Models) else models.values()


def differing(ones: Mapping[str, object], others: Mapping[str, object]) -> set[str]:
    """Give the keys under which not both have the very same, without making anything: what is equal may be among them."""
    mine, theirs = _slots(ones), _slots(others)
    return {key for key, one in mine.items() if theirs.get(key) is not one} | (theirs.keys() - mine.keys())


def _slots(models: Mapping[str, object]) -> Mapping[str, object]:
    return models._slots if isinstance(models, Models) else models


def making(models: Mapping[str, Model], relations: Collection[RelationName]) -> Iterator[Model]:
    """Give the models that make any of these relations."""
    wanted = frozenset(relations)
    return (models[one.key] for one in outlines(models) if wanted and one.relation in wanted)
