"""A model together with what it reads, at two revisions: an edit here may undo what an edit upstream does.

A filter that moves from one model to the next, a CTE that becomes a model of its own, a column that is computed
further up: the texts differ, and below them nothing does.
"""

from collections.abc import Collection

from contract_gate.compare.bound import BoundModel, BoundWorld, is_declared
from contract_gate.core.relation import RelationName
from contract_gate.core.remembering import remembered
from contract_gate.core.values import dataclass, field, replace
from contract_gate.core.world import ModelKind
from contract_gate.sql.algebra import Query, Select, Term
from contract_gate.sql.canonical import Canonical, canonical_pair
from contract_gate.sql.functions import is_volatile
from contract_gate.sql.given import is_closed
from contract_gate.sql.inlining import NotInlinedError, Numbers, inlined
from contract_gate.sql.statement.definition import Definition
from contract_gate.sql.walk import children_first, own_terms, parts

MAX_INLINED = 12
"""Of how many models on the way a query may be made: each reader is compared through all of them."""
_GIVES_ITS_QUERY = frozenset({None, "view", "table", "ephemeral"})


@dataclass(slots=True)
class Composer:
    """Composes models of two worlds out of those among them that changed or read what did (`touched`: keys of each side)."""

    base: BoundWorld
    head: BoundWorld
    touched: tuple[Collection[str], Collection[str]]
    _sides: tuple["_Side", "_Side"] = field(init=False)
    _told: dict[tuple[str, str], bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._sides = _Side(self.base, self.touched[0]), _Side(self.head, self.touched[1])

    def gives_the_same(self, before: str, after: str) -> bool:
        """Tell whether a model has the same rows at both revisions, in every column that both have, whatever changed on
        the way to it. False where that can't be told.
        """
        if (before, after) not in self._told:
            self._told[before, after] = self._compare(before, after)
        return self._told[before, after]

    def _compare(self, before: str, after: str) -> bool:
        sides = self._sides[0].composed(before), self._sides[1].composed(after)
        if sides[0] is None or sides[1] is None or sides[0][1] != sides[1][1]:
            return False
        given = sides[0][0], sides[1][0], sides[0][1]
        return remembered("composed", given, bool, lambda: (_is_the_same(*given),))[0]


def _is_the_same(before: Query, after: Query, dialect: str) -> bool:
    old, new = canonical_pair(before, after, dialect)
    names = [output.name for output in new.outputs if any(o.name == output.name for o in old.outputs)]
    if not names:
        return False
    kept = [side.restricted(_places(side, names), names) for side in (old, new)]
    return kept[0] is not None and kept[1] is not None and kept[0].digest() == kept[1].digest()


def _places(side: Canonical, names: list[str]) -> list[int]:
    there = [output.name for output in side.outputs]
    return [there.index(name) for name in names]


@dataclass(slots=True)
class _Side:
    world: BoundWorld
    touched: Collection[str]
    _numbers: Numbers = field(default_factory=Numbers)
    _made: dict[str, tuple[Query, int] | None] = field(default_factory=dict)

    def composed(self, key: str) -> tuple[Query, str] | None:
        """Give the model's query with those of what it reads in it, and its dialect; None where a star hides its columns."""
        made = self._of(key, ())
        if made is None or not is_closed(made[0]):
            return None
        return made[0], self.world.world.models[key].dialect

    def _of(self, key: str, path: tuple[str, ...]) -> tuple[Query, int] | None:
        if key in path:
            return None
        if key not in self._made:
            self._made[key] = self._compose(key, path)
        return self._made[key]

    def _compose(self, key: str, path: tuple[str, ...]) -> tuple[Query, int] | None:
        query = _query_of(self.world.bound(key)) if not is_declared(self.world.world.models[key]) else None
        if query is None:
            return None
        makers: dict[RelationName, Query] = {}
        count = 1
        for other in sorted(self.world.bound(key).uses):
            if other not in self.touched:
                continue
            if is_declared(self.world.world.models[other]):
                # Rows of a file, or a table that is another one by now: no query says what they are.
                return None
            name, made = self.world.relation(other), self._of(other, (*path, key))
            alike = self.world.world.models[other].dialect == self.world.world.models[key].dialect
            if name is None or made is None or not alike or count + made[1] > MAX_INLINED:
                return None
            count += made[1]
            makers[name] = _named_as_compared(made[0], self.world, other)
        try:
            return inlined(query, makers, self._numbers), count
        except NotInlinedError:
            return None


def _named_as_compared(query: Query, world: BoundWorld, key: str) -> Query:
    """Call the columns what readers of the model call them when they are compared: by the base's names."""
    shape = world.shape(key)
    known_as = {c.name: c.known_as for c in shape.columns} if shape is not None else {}
    return replace(
        query, outputs=tuple(replace(o, name=known_as.get(o.name) or o.name) for o in query.outputs)
    )


def _query_of(bound: BoundModel) -> Query | None:
    """Give the one query that a model's rows are; None where they come from more than that, or it is not known."""
    found = bound.definition
    if found is None or found.query is None or found.effects or found.problems or bound.problems:
        return None
    if bound.increment is not None or bound.rendered.holes or bound.model.kind is not ModelKind.MODEL:
        return None
    if bound.model.materialization not in _GIVES_ITS_QUERY or found.materialization not in _GIVES_ITS_QUERY:
        return None
    if [o.name for o in found.outputs] != [o.name for o in found.query.outputs]:
        return None
    names = [output.name for output in found.query.outputs]
    if len(set(names)) < len(names):
        return None
    own = (term for query in children_first(found.query) for term in own_terms(query))
    return None if is_volatile(parts(own)) else _stored(found, found.query)


def _stored(found: Definition, query: Query) -> Query | None:
    """Give what a table keeps of its rows: each value in the type that the table declares, which may round or cut it."""
    typed = found.declared_types
    if not isinstance(query, Select):
        return None if typed else query
    outputs = (
        replace(each, term=Term("cast", (each.term,), ("this",), each.type))
        if each.name in typed and each.type is not None
        else each
        for each in query.outputs
    )
    return replace(query, outputs=tuple(outputs))
