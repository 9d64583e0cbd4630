"""A file with statements as a value, and the files of each sequence in the order in which they run."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property

from contract_gate.core.relation import RelationName
from contract_gate.core.values import dataclass
from contract_gate.sql.pieces import Piece, StatementAction
from contract_gate.sql.scan import ScriptScan
from contract_gate.workspace.plain.sequences import Step


@dataclass(frozen=True, kw_only=True)
class ScriptFile:
    """A file with statements. `text` is what is parsed; `step`: its place among migrations; `turns`: where in it begins
    what runs before (-1) or after (1) all other statements of the sequence; `unknown`: where it runs what nobody knows.

    A file may make thousands of relations: what is asked for each of them is looked up.
    """

    path: str
    text: str
    dialect: str
    scan: ScriptScan
    step: Step | None = None
    turns: tuple[tuple[int, int], ...] = ()
    unknown: tuple[int, ...] = ()

    @property
    def is_migration(self) -> bool:
        """Tell whether it is a step after which nothing of what it did runs again, and what it drops is gone."""
        return self.step is not None and self.step.drops_count

    def turn_of(self, place: int) -> int:
        """Tell whether the statement at a place runs before (-1) or after (1) all others, or in its turn (0)."""
        return next((turn for start, turn in reversed(self.turns) if start <= place), 0)

    @cached_property
    def touched(self) -> tuple[RelationName, ...]:
        """Give what the file makes or changes the rows of; not what it drops or alters alone."""
        changed = (
            p.relation for p in self.scan.pieces if p.action is StatementAction.CHANGE and not p.is_routine
        )
        return tuple(dict.fromkeys([*self.scan.makes, *(name for name in changed if name is not None)]))

    @cached_property
    def makes(self) -> frozenset[RelationName]:
        return frozenset(self.scan.makes)

    @cached_property
    def around(self) -> tuple[Piece, ...]:
        """Give the statements that others need, and those that nobody can read."""
        return tuple(
            p for p in self.scan.pieces if p.action in (StatementAction.CONTEXT, StatementAction.UNREAD)
        )

    def concerning(self, name: RelationName) -> list[Piece]:
        """Give the statements that concern a relation, under whatever name it had before."""
        names = {name}
        for piece in self._renames:
            if piece.renamed_to in names and piece.relation is not None:
                names.add(piece.relation)
        return [
            self.scan.pieces[at] for at in sorted(at for each in names for at in self._places.get(each, ()))
        ]

    @cached_property
    def _renames(self) -> tuple[Piece, ...]:
        return tuple(piece for piece in reversed(self.scan.pieces) if piece.action is StatementAction.RENAME)

    @cached_property
    def _places(self) -> Mapping[RelationName, list[int]]:
        places: dict[RelationName, list[int]] = defaultdict(list)
        for at, piece in enumerate(self.scan.pieces):
            if piece.relation is not None and not piece.is_routine:
                places[piece.relation].append(at)
        return places


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptPart:
    """A statement of a file that concerns a relation."""

    path: str
    piece: Piece


SequencePlace = tuple[str, str]
"""The folder of a sequence, and its dialect."""


def sequences(scripts: Iterable[ScriptFile]) -> Mapping[SequencePlace, list[ScriptFile]]:
    """Give the files of each sequence in the order in which they run."""
    found: dict[SequencePlace, list[ScriptFile]] = defaultdict(list)
    for script in scripts:
        if script.step is not None:
            found[script.step.sequence, script.dialect].append(script)
    return {place: sorted(found[place], key=_turn) for place in sorted(found)}


def migrations(scripts: Iterable[ScriptFile]) -> Mapping[SequencePlace, list[ScriptFile]]:
    """Give those of `sequences` that migrate: what one of their files drops is gone."""
    return sequences(script for script in scripts if script.is_migration)


def _turn(script: ScriptFile) -> tuple[object, str]:
    return (script.step.turn if script.step else ((), "")), script.path
