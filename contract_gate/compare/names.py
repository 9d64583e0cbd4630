"""What the names of one text mean on its side, and which were asked for: a text that asks the same and hears the same binds the same."""

from enum import StrEnum
from typing import Protocol, assert_never

from contract_gate.core.relation import RelationName
from contract_gate.core.values import dataclass, replace
from contract_gate.core.world import World
from contract_gate.sql.algebra import Routine, Shape


class NamingSide(Protocol):
    """One side's models, by their keys."""

    world: World

    def shape(self, key: str) -> Shape | None: ...

    def relation(self, key: str) -> RelationName | None: ...

    def routine(self, key: str, name: RelationName) -> Routine: ...


class NamePlace(StrEnum):
    """Where a name stands: what is read, what is only named (a foreign key's), what is called."""

    READ = "read"
    MENTION = "mention"
    CALL = "call"


@dataclass(frozen=True, slots=True)
class AskedName:
    """A name that a text asked for."""

    place: NamePlace
    name: RelationName


class NameLookup:
    """Looks up the names of a text of the model `reader`; `is_beside`: it runs when the model's relation is there.

    `uses`, `foreign`, `rivals` and `refers` are those of `BoundModel`. `asked`: every name, in the order of the first question.
    """

    def __init__(self, side: NamingSide, reader: str, *, is_beside: bool = False) -> None:
        self._side, self._reader, self._is_beside = side, reader, is_beside
        self.uses: set[str] = set()
        self.foreign: set[RelationName] = set()
        self.rivals: set[str] = set()
        self.refers: set[str] = set()
        self.asked: dict[AskedName, None] = {}

    def answer(self, asked: AskedName) -> Shape | RelationName | Routine | None:
        """Answer what was asked before."""
        match asked.place:
            case NamePlace.READ:
                return self.read(asked.name)
            case NamePlace.MENTION:
                return self.mention(asked.name)
            case NamePlace.CALL:
                return self.call(asked.name)
            case _:
                assert_never(asked.place)

    def read(self, name: RelationName) -> Shape | None:
        """Give what is known of the columns of a relation that the text reads; None where nobody makes it."""
        self.asked[AskedName(NamePlace.READ, name)] = None
        world, reader = self._side.world, self._reader
        found = world.find(name, reader)
        if found is None:
            self.foreign.add(name)
            self.rivals.update(world.rivals(name, reader))
            return None
        if found.key == reader and not self._is_beside:
            # An incremental model reads what it made before: its own columns are not yet known.
            return Shape(name=self._side.relation(reader) or name)
        if found.key != reader:
            self.uses.add(found.key)
        self.rivals.update(world.rivals(name, reader))
        shape = self._side.shape(found.key)
        if shape is None or world.models[found.key].dialect == world.models[reader].dialect:
            return shape
        return replace(shape, written=frozenset())  # another engine folds names in another way

    def mention(self, name: RelationName) -> RelationName:
        """Resolve a name without binding what it means: tables whose foreign keys make a circle are no circle of reads."""
        self.asked[AskedName(NamePlace.MENTION, name)] = None
        found = self._side.world.find(name, self._reader)
        if found is None:
            self.foreign.add(name)
            return name
        if found.key != self._reader:
            self.refers.add(found.key)
        return self._side.relation(found.key) or name

    def call(self, name: RelationName) -> Routine | None:
        """Give the function that a name calls; None where nobody makes it."""
        self.asked[AskedName(NamePlace.CALL, name)] = None
        found = self._side.world.find_routine(name, self._reader)
        if found is None or found.key == self._reader:
            return None
        self.uses.add(found.key)
        return self._side.routine(found.key, name)
