"""What the readers of a model can know of its columns: all that binding it gives them."""

from contract_gate.core.relation import Column
from contract_gate.core.values import dataclass
from contract_gate.sql.given import lacking_columns
from contract_gate.sql.keys import TableConstraint, primary_key
from contract_gate.sql.statement.definition import Definition


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """The columns, and whether there are no others (`closed`); `lacking`: those that a query which may have others surely has not.

    `named`: the columns that the text itself names. `primary`: the key that a table declares; where it declares none, another file may: None.
    """

    columns: tuple[Column, ...]
    closed: bool
    named: frozenset[str]
    primary: frozenset[str] | None
    constraints: tuple[TableConstraint, ...]
    lacking: frozenset[str] | None


def outputs_of(definition: Definition) -> Outputs:
    """Take from a definition what readers can know."""
    closed = definition.is_closed
    is_open = not closed and definition.query is not None
    return Outputs(
        columns=definition.columns,
        closed=closed,
        named=frozenset(output.name for output in definition.outputs if output.line > 0),
        primary=primary_key(definition.constraints) if closed else None,
        constraints=definition.constraints,
        lacking=lacking_columns(definition.query) if is_open and definition.query is not None else None,
    )
