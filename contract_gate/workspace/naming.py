"""Relations found by the names that SQL gives them, where every model says its own name."""

from collections import defaultdict
from collections.abc import Iterable

from contract_gate.core.relation import RelationName
from contract_gate.core.world import Model
from contract_gate.workspace.plain.placeholders import is_marked


class NameIndex:
    """Models by the last part of their relation's name. A part that is a placeholder is equal to any."""

    def __init__(self, models: Iterable[Model]) -> None:
        self._by_name: dict[str, list[tuple[RelationName, Model]]] = defaultdict(list)
        for model in models:
            if model.relation is not None:
                self._by_name[model.relation.name.lower()].append((model.relation, model))

    def find(self, name: RelationName) -> Model | None:
        """Give the model whose name agrees in every part that both give, the most alike first."""
        found = [
            (len(relation.parts) == len(name.parts), relation.parts, model)
            for relation, model in self._by_name.get(name.name.lower(), ())
            if _agree(relation, name)
        ]
        best = max(found, key=lambda each: (each[0], each[1]), default=None)
        return best[2] if best is not None else None


def _agree(one: RelationName, other: RelationName) -> bool:
    pairs = zip(reversed(one.parts), reversed(other.parts), strict=False)
    return all(a == b or is_marked(a) or is_marked(b) for a, b in pairs)
