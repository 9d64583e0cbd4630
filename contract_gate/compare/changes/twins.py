"""What is left of two sides when names are matched: which relation of the base is which of the head under another name."""

from collections.abc import Hashable, Mapping
from functools import cached_property
from typing import TypeVar

from contract_gate.compare.changes.change import Kind
from contract_gate.compare.changes.compare import compare
from contract_gate.core.faults import contained
from contract_gate.core.relation import RelationName
from contract_gate.core.values import dataclass
from contract_gate.sql.canonical import canonical
from contract_gate.sql.statement.definition import Definition

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """What a relation is, whatever its name. `kind` parts what can't become each other; `sql`: its text, where it has its own;
    `formerly`: the names that statements of its own text renamed it from.
    """

    definition: Definition | None
    name: RelationName | None = None
    formerly: frozenset[RelationName] = frozenset()
    kind: str = ""
    sql: str | None = None
    path: str = ""

    @cached_property
    def names(self) -> frozenset[str]:
        """Name what it says and what it means, once: to compare each that went with each that came is too much."""
        if self.definition is None:
            return frozenset()
        names = {f"text {self.sql}"} if self.sql is not None else set()
        if not self.definition.problems:
            query, kinds = self.definition.query, [effect.kind for effect in self.definition.effects]
            # A meaning that can't be named is no twin of another; where the two are compared the fault is told.
            with contained({}, self.path):
                digest = canonical(query, self.definition.dialect).digest().whole if query is not None else ""
                names.add(f"meaning {digest} {kinds}")
        return frozenset(names)

    def is_that_of(self, other: "Meaning") -> bool:
        """Tell whether nothing but the name differs, or a statement says that it was renamed, whatever else became of it."""
        if self.kind == other.kind and self.name in other.formerly:
            return True
        old, new = self.definition, other.definition
        if self.kind != other.kind or not self.names & other.names or old is None or new is None:
            return False
        if self.sql is not None and self.sql == other.sql:
            return True
        with contained({}, other.path):
            return bool(old.outputs) and not compare(old, new)
        return False


def twins(gone: Mapping[Key, Meaning], fresh: Mapping[Key, Meaning]) -> dict[Key, Key]:
    """Match what went with what came in its place: a renamed relation is one thing, not two. Of several alike none is."""
    found: dict[Key, Key] = {}
    for before, meaning in gone.items():
        alike = [after for after in fresh if after not in found.values() and meaning.is_that_of(fresh[after])]
        if len(alike) == 1:
            found[before] = alike[0]
    return found


def kind_of_rename(old: RelationName, new: RelationName) -> Kind:
    """Tell whether a relation has another name, or the same in another schema or database."""
    return Kind.RELATION_MOVED if old.name == new.name else Kind.RELATION_RENAMED
