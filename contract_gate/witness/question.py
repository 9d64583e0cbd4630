"""What is asked of the witness and what it answers: plain values, no DuckDB, no sqlglot, no process."""

from enum import StrEnum

from contract_gate.compare.changes.change import Witness
from contract_gate.core.relation import Column, RelationName
from contract_gate.core.values import dataclass
from contract_gate.core.world import Constraint
from contract_gate.witness.values import quoted


@dataclass(frozen=True, slots=True, kw_only=True)
class TableShape:
    """A table that the SQL reads: what is known of its columns and what the project declares of its rows.

    `closed`: there are no other columns. Tables that nobody describes need no shape: their columns and types
    are inferred from use.
    """

    name: RelationName
    columns: tuple[Column, ...] = ()
    closed: bool = False
    constraints: tuple[Constraint, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Renamed:
    """A table that the head's SQL reads under another name than the base's, or with other column names.

    `columns` pairs the head's name of each column with the base's, for all columns in order; empty where none differs.
    """

    name: RelationName
    known_as: RelationName
    columns: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RowQuestion:
    """Do these two statements give different rows? `relation` is what they make, where it has a name.

    `tables` go by the names of the base; `renamed` translates the head's. `columns`: compare these output columns
    alone (all that both sides have, where it is empty).
    """

    before: str
    after: str
    dialect: str
    tables: tuple[TableShape, ...] = ()
    relation: RelationName | None = None
    renamed: tuple[Renamed, ...] = ()
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Bound one question: seconds of the processor (at most twice that on the wall), trials, megabytes of DuckDB's memory.

    The same question gives the same witness; a machine that is too slow to get there within `seconds` gives
    `NoDifference` with fewer trials (`NotPossible` with fewer than twenty), or the witness less shrunk.
    """

    seconds: float = 4.0
    trials: int = 400
    memory_mb: int = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultShape:
    """A table or a result as DuckDB holds it: its name, and each column with its DuckDB type, in order."""

    name: str
    columns: tuple[tuple[str, str], ...]

    @property
    def declaration(self) -> str:
        """Write the name and the columns as CREATE TABLE has them."""
        return f"{quoted(self.name)} ({', '.join(f'{quoted(name)} {kind}' for name, kind in self.columns)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Rows that give different results.

    `columns`: the output columns, common to both sides, whose values differ. `rows_differ`: the number of rows
    differs. `before_sql`, `after_sql`: what was run, in DuckDB's dialect, over `inputs`; `outputs` are the types
    of both results. `relations` pairs each input's name with the relation it stands for.
    """

    question: RowQuestion
    witness: Witness
    columns: tuple[str, ...]
    rows_differ: bool
    before_sql: str
    after_sql: str
    inputs: tuple[ResultShape, ...]
    outputs: tuple[ResultShape, ResultShape]
    relations: tuple[tuple[str, RelationName], ...]
    trials: int
    seconds: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoDifference:
    """No rows that differ were found in `trials` trials: a measure of the search, not a proof.

    `columns` were compared (those with the same name on both sides). `notes` say what limited the search.
    """

    trials: int
    seconds: float
    columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotPossible:
    """No search could be made, because `reason` (a clause that follows "because")."""

    reason: str


Answer = Found | NoDifference | NotPossible


class WitnessEffect(StrEnum):
    """What a witness does to a consumer."""

    AFFECTED = "affected"
    NOT_AFFECTED = "not-affected"
    NOT_RUNNABLE = "not-runnable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A consumer's SQL. `relation` is what it makes, so that its own readers can be replayed after it."""

    name: str
    sql: str
    dialect: str
    relation: RelationName | None = None
    tables: tuple[TableShape, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What happened to one reader: its rows from the base's and from the head's rows, or why it did not run."""

    name: str
    reach: WitnessEffect
    reason: str | None = None
    columns: tuple[str, ...] = ()
    witness: Witness | None = None
