"""Impacts: changes × the consumers that feel them."""

from enum import StrEnum

from contract_gate.compare.changes.change import Certainty
from contract_gate.core.marks import Marks
from contract_gate.core.ranked import Ranked
from contract_gate.core.relation import Location
from contract_gate.core.values import dataclass, field


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
class AssetUse:
    """What the catalog knows of an asset besides its lineage. A number that nobody counts is None, which is not 0.

    `external_usage`: views in the source in the day before the catalog read it; `internal_usage`: views in the catalog in
    90 days (https://docs.secoda.co/api/reference/resources). `people` are the first who use it, of `people_count`.
    """

    external_usage: int | None = None
    internal_usage: int | None = None
    people: tuple[str, ...] = ()
    people_count: int = 0
    tags: tuple[str, ...] = ()
    certified: bool = False
    pii: bool = False
    stale: bool = False

    @property
    def evidence(self) -> tuple[str, ...]:
        """Say it in words, the weightiest first."""
        outside = (
            "" if self.external_usage is None else f"{_views(self.external_usage)} in its source in a day"
        )
        inside = (
            "" if self.internal_usage is None else f"{_views(self.internal_usage)} in the catalog in 90 days"
        )
        more = (
            f" and {self.people_count - len(self.people)} more"
            if self.people_count > len(self.people)
            else ""
        )
        told = (
            f"used by {', '.join(self.people)}{more}" if self.people else "",
            outside,
            inside,
            "certified" if self.certified else "",
            "PII" if self.pii else "",
            "stale" if self.stale else "",
            f"tagged {', '.join(self.tags)}" if self.tags else "",
        )
        return tuple(one for one in told if one)

    @property
    def is_unused(self) -> bool:
        """Tell whether both counts are known and nobody looks at it."""
        return self.external_usage == 0 and self.internal_usage == 0

    @property
    def weight(self) -> tuple[int, int, int]:
        """Give what orders assets by their use, the most used first; unknown use stands with none."""
        return -(self.external_usage or 0), -(self.internal_usage or 0), -self.people_count


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """Who reads a relation. `kind`: model, exposure, test, or the catalog's entity type (chart, dashboard…).

    `usage` is the number of views that the catalog counts, `None` where nobody counts; `standing` tells more. `id` is the
    catalog's, by which two of one name are two. `inside` names what holds it (a chart's dashboard).
    `tags` are the project's own; the catalog's are in `standing`. `handles` are owners with their names on the repository's host.
    `at_base`: what the base knows it by, None where it has no such reader.
    """

    kind: str
    name: str
    path: str | None = None
    url: str | None = None
    owners: tuple[str, ...] = ()
    usage: int | None = None
    id: str | None = None
    inside: str | None = None
    standing: AssetUse = field(default_factory=AssetUse)
    tags: tuple[str, ...] = ()
    handles: tuple[tuple[str, str], ...] = ()
    at_base: Marks | None = field(default=None, compare=False)


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


def _views(number: int) -> str:
    return "no views" if number == 0 else "one view" if number == 1 else f"{number:,} views"
