"""Where an expression stands: what it may name, and in which clause."""

from collections.abc import Iterable

from sqlglot import exp

from contract_gate.core.values import dataclass, replace
from contract_gate.sql.query.binding import Binding, Cte
from contract_gate.sql.query.scope import Scope, Visible, stored_names


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

    def read_whole(self, visibles: Iterable[Visible], node: exp.Expr) -> None:
        """Note that an expression reads all columns of the stored relations among these."""
        for visible in visibles:
            if visible.stored is not None:
                self.binding.read(visible.stored.name, None, node, star=True)

    def report_unknown(self, name: str, visibles: Iterable[Visible], without: str, node: exp.Expr) -> None:
        """Report that no source has the column; `without`: what is said where none of them is a stored relation."""
        relations = stored_names(visibles)
        where = ", ".join(f"`{relation}`" for relation in relations) or without
        text = f"`{name}` is not a column of {where}"
        self.binding.report("unknown-column", text, node, True, name, relations)
