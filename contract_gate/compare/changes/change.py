"""A change: one thing that differs between base and head, of a kind from the catalog of kinds."""

from enum import StrEnum

from contract_gate.compare.changes.origin import Origin
from contract_gate.core.marks import Marks
from contract_gate.core.ranked import Ranked
from contract_gate.core.relation import Location, RelationName
from contract_gate.core.values import dataclass, field
from contract_gate.sql.algebra import Signature
from contract_gate.sql.edits.edit import Edit


class ChangeClass(Ranked):
    """How grave a kind is, gravest first."""

    SCHEMA = "schema"
    ROWS = "rows"
    VALUES = "values"
    UNDECIDED = "undecided"
    ADDITIVE = "additive"
    NONE = "none"

    @property
    def is_of_content(self) -> bool:
        """Tell whether it is of what a relation holds, or may be."""
        return self in (ChangeClass.ROWS, ChangeClass.VALUES, ChangeClass.UNDECIDED)


class Kind(StrEnum):
    """The id of a kind of change; its page of data is in `catalog.toml`."""

    RELATION_REMOVED = "relation-removed"
    RELATION_RENAMED = "relation-renamed"
    RELATION_MOVED = "relation-moved"
    DOES_NOT_BIND = "does-not-bind"
    MATERIALIZATION_CHANGED = "materialization-changed"
    CONTRACT_REMOVED = "contract-removed"
    CONTRACT_CONSTRAINT_REMOVED = "contract-constraint-removed"
    PROMISE_REMOVED = "promise-removed"
    ACCESS_NARROWED = "access-narrowed"
    COLUMN_REMOVED = "column-removed"
    COLUMN_RENAMED = "column-renamed"
    COLUMN_REORDERED = "column-reordered"
    COLUMN_TYPE_CHANGED = "column-type-changed"
    COLUMN_TYPE_WIDENED = "column-type-widened"
    COLUMN_NULLABLE = "column-nullable"
    CONSTRAINT_REMOVED = "constraint-removed"
    CONSTRAINT_ADDED = "constraint-added"
    ARGUMENTS_CHANGED = "arguments-changed"
    ROWS_SOURCE_CHANGED = "rows-source-changed"
    ROWS_JOIN_CHANGED = "rows-join-changed"
    ROWS_FILTER_CHANGED = "rows-filter-changed"
    ROWS_LIMIT_CHANGED = "rows-limit-changed"
    ROWS_MERGE_CHANGED = "rows-merge-changed"
    GRAIN_CHANGED = "grain-changed"
    COLUMN_VALUES_CHANGED = "column-values-changed"
    RELATION_ADDED = "relation-added"
    COLUMN_ADDED = "column-added"
    PROMISE_ADDED = "promise-added"
    UNDECIDED = "undecided"


class Breach(StrEnum):
    """A change that a contract rules out: dbt refuses it for a versioned model, and warns for others; of a data contract, a broken
    promise that its version does not tell (versioned), or does (unversioned).
    """

    VERSIONED = "versioned"
    UNVERSIONED = "unversioned"


class Certainty(Ranked):
    """How sure the gate is, surest first: a proof, rows that show it, a reading of the text, or no decision."""

    PROVEN = "proven"
    WITNESSED = "witnessed"
    POSSIBLE = "possible"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """Rows that prove a difference: `tables` in, `before` and `after` out (each row: column → value)."""

    tables: tuple[tuple[str, tuple[dict[str, object], ...]], ...]
    before: tuple[dict[str, object], ...]
    after: tuple[dict[str, object], ...]
    assumes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The time that the base promises something deprecated for, through the day `until`; `is_over`: that day has passed."""

    until: str
    said_at: str
    is_over: bool
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference. `column` is the output column's name where the kind is a column's.

    `before` and `after` are short texts for people (an expression, a type, a name), `None` where that side
    has nothing. `location` is in the head, or in the base where the thing is gone from the head.
    `unconfirmed` is the number of trials of a long search that found no rows that show the change, None otherwise.
    `increment` tells that it is one of a model's incremental runs alone. `origins`: what was edited instead of the
    model's own file; several where it can't be told which of them did it. `foreign`: the repository only declares the
    relation (dbt's sources), so that the relation itself is as it was. `breach`: an enforced contract promised otherwise.
    `edit`: what the author did to the model's query that made it, where that can be told; its lines are the file's.
    `kept`: the stored table keeps the column until a full refresh. `may_retype`: values changed by a cast of what nobody knows the type of, so that the type may be another one.
    `of_routine`: `relation` is a function, which no catalog has; `overload`: the form of it, of several, that changed. `owners` and `tags` are those of the model that makes it. `window`: what goes was announced.
    `instead`: the way out with the model's own names, in Markdown, where its texts make one. `at_base`: what the base knows its model by, None of one that is new.
    """

    kind: Kind
    change_class: ChangeClass
    certainty: Certainty
    message: str
    relation: RelationName | None = None
    column: str | None = None
    before: str | None = None
    after: str | None = None
    location: Location | None = None
    witness: Witness | None = None
    id: str = ""
    caused_by: str | None = None
    unconfirmed: int | None = None
    increment: bool = False
    kept: bool = False
    origins: tuple[Origin, ...] = ()
    foreign: bool = False
    breach: Breach | None = None
    edit: Edit | None = None
    may_retype: bool = False
    of_routine: bool = False
    overload: Signature | None = None
    owners: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    window: Window | None = None
    instead: str | None = None
    at_base: Marks | None = field(default=None, compare=False)

    @property
    def column_at_base(self) -> str | None:
        """Give the column by the name that its readers know."""
        return self.before if self.kind is Kind.COLUMN_RENAMED else self.column
