"""Keys and indexes that files which make nothing add to the tables of others: `ALTER TABLE … ADD PRIMARY KEY`, `CREATE INDEX`."""

import re
from collections.abc import Mapping

from contract_gate.compare.bound import BoundWorld
from contract_gate.core.relation import RelationName
from contract_gate.core.world import ModelKind
from contract_gate.sql.keys import Need, TableConstraint, is_held
from contract_gate.sql.statement.altering import constrained

_ADDS = re.compile(r"\b(?:add|index)\b", re.IGNORECASE)


class Additions:
    """Read them on demand, on one side."""

    def __init__(self, side: BoundWorld) -> None:
        self._side = side
        self._of: dict[RelationName, tuple[TableConstraint, ...]] = {}

    def adds_to(self, key: str) -> Mapping[RelationName, tuple[TableConstraint, ...]]:
        """Give what a file adds to each table of another."""
        found: dict[RelationName, tuple[TableConstraint, ...]] = {}
        model = self._side.world.models.get(key)
        is_script = model is not None and model.kind is ModelKind.SCRIPT
        if not is_script or not _ADDS.search(self._side.worded(key).rendered.sql or ""):
            return found
        for statement in self._side.bound(key).script.statements:
            indexed = (
                each.refers for each in statement.constraints if statement.kind == "index" and each.refers
            )
            for table in (*indexed, *(statement.targets if statement.kind == "alter" else ())):
                found[table] = constrained(found.get(table, ()), statement, table)
        return found

    def namers(self, key: str) -> set[str]:
        """Give who names a table to which a file adds something."""
        return {reader for table in self.adds_to(key) for reader in self._side.world.naming(table)}

    def meets(self, need: Need) -> bool:
        """Tell whether a file adds what a statement asks of a table."""
        if need.relation not in self._of:
            self._of[need.relation] = tuple(
                each
                for key in sorted(self._side.world.naming(need.relation))
                for table, added in self.adds_to(key).items()
                if table.matches(need.relation)
                for each in added
            )
        return is_held(need, self._of[need.relation])
