"""Where an expression stands: what it may name, and in which clause."""

from contract_gate.core.values import dataclass, replace
from contract_gate.sql.query.binding import Binding, Cte
from contract_gate.sql.query.scope import Scope


@dataclass(slots=True)
class Place:
    """Where an expression stands: its binding, the CTEs and the scope in sight, and the clause."""

    binding: Binding
    ctes: dict[str, Cte]
    scope: Scope
    clause: str = "select"

    def within(self, clause: str) -> "Place":
        """Give the same place in another clause."""
        return replace(self, clause=clause)
