"""Where relations really are, for a repository without a profile: learned from a manifest, once for both sides.

Without a profile the target's database and schema are placeholders. A manifest tells the real ones. What is learned is a
translation of whole places (database and schema together), applied to base and head alike: so it can't move a relation.
Two places that dbt had put into one are left as they are: the move between them must stay visible.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from contract_gate.core.values import dataclass, field, replace
from contract_gate.core.world import ModelKind
from contract_gate.workspace.dbt.artifacts import Manifest
from contract_gate.workspace.dbt.nodes import Node

K = TypeVar("K")
V = TypeVar("V")
Spot = tuple[str | None, str | None]
"""A database and a schema."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The real place of each place that the project names, and of each database."""

    spots: Mapping[Spot, Spot] = field(default_factory=dict)
    databases: Mapping[str | None, str | None] = field(default_factory=dict)

    def apply(self, node: Node) -> Node:
        """Put a node where it really is; one of an unknown place gets the real database alone."""
        if node.kind is ModelKind.TEST:
            return node
        spot = (node.database, node.schema)
        database, schema = self.spots.get(spot, (self.databases.get(spot[0], spot[0]), spot[1]))
        return replace(node, database=database, schema=schema)


def learn(nodes: Iterable[Node], manifest: Manifest, dbt_key: Callable[[str], str]) -> Places:
    """Learn the places of a manifest from nodes under their own names, as read at the manifest's revision."""
    pairs: list[tuple[Spot, Spot]] = []
    for node in nodes:
        place = manifest.places.get(dbt_key(node.key))
        if place is not None and place.schema is not None and node.kind is not ModelKind.TEST:
            pairs.append(((node.database, node.schema), (place.database or node.database, place.schema)))
    spots = _one_to_one(pairs)
    return Places(spots=spots, databases=_one_to_one([(own[0], real[0]) for own, real in spots.items()]))


def _one_to_one(pairs: Iterable[tuple[K, V]]) -> dict[K, V]:
    forward: dict[K, set[V]] = {}
    back: dict[V, set[K]] = {}
    for one, other in pairs:
        forward.setdefault(one, set()).add(other)
        back.setdefault(other, set()).add(one)
    return {
        one: next(iter(others))
        for one, others in forward.items()
        if len(others) == 1 and len(back[next(iter(others))]) == 1
    }
