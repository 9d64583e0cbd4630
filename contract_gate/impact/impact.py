"""Impacts: changes × the consumers that feel them."""

from dataclasses import dataclass
from enum import StrEnum

from contract_gate.changes.change import Certainty, Ranked
from contract_gate.relation import Location


class Effect(Ranked):
    """What a change does to a consumer, worst first. Unaffected consumers are left out of reports."""

    BREAKS = "breaks"
    CHANGES = "changes"
    UNKNOWN = "unknown"
    UNAFFECTED = "unaffected"


class KnownBy(StrEnum):
    """How it is known that a consumer reads the relation. `declared`: an exposure's or a test's YAML names it."""

    BINDING = "binding"
    DECLARED = "declared"
    COLUMNS = "columns"
    TABLE = "table"

    @property
    def from_catalog(self) -> bool:
        """Tell whether the catalog knows the consumer, and the repository does not."""
        return self in (KnownBy.COLUMNS, KnownBy.TABLE)


class Witnessed(StrEnum):
    """What the rows of a witness do to a consumer."""

    AFFECTED = "affected"
    NOT_AFFECTED = "not-affected"
    NOT_RUNNABLE = "not-runnable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """Who reads a relation. `kind`: model, exposure, test, or the catalog's entity type (chart, dashboard…).

    `usage` is the number of views that the catalog counts, `None` where nobody counts.
    """

    kind: str
    name: str
    path: str | None = None
    url: str | None = None
    owners: tuple[str, ...] = ()
    usage: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """A change (by its id) × a consumer. `via`: the relations between them, nearest to the change first.

    `location` is the consumer's line that reads what changed. `column` is the consumer's output column.
    `witnessed` says what became of the change's witness when it was run through the consumer, None where it was not.
    """

    change: str
    consumer: Consumer
    effect: Effect
    certainty: Certainty
    column: str | None = None
    via: tuple[str, ...] = ()
    distance: int = 1
    location: Location | None = None
    by: KnownBy = KnownBy.BINDING
    reason: str | None = None
    witnessed: Witnessed | None = None
