"""What `sync` is given and what it hands back."""

from enum import StrEnum

from contract_gate.core.relation import RelationName
from contract_gate.core.values import dataclass, replace
from contract_gate.core.world import MadeUp


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """A name that a relation had before: the repository's, and what the catalog is asked for."""

    relation: RelationName
    asked: RelationName


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncModel:
    """A model that changed in the merged range, as it stands after it.

    `sql` is comment-free, None where it could not be rendered (`problem` says why) or the model was `removed`.
    `asked` is what the catalog calls the relation, with what nobody knows of the name left open (None: just so);
    `unique_id` is dbt's id of it. `sources` go by the catalog's names. `skeleton` is a short statement with the same lineage, for a `sql` too long to send. `dialect` is sqlglot's
    name. `sources` are the relations that the gate itself finds in the SQL. `settings` would say what is unknown.
    `words` stand in its names for what nobody knows. `replaces` are the names that the model had before, by what the catalog calls
    them: their lineage goes when its own is there.
    """

    relation: RelationName
    path: str
    dialect: str
    sql: str | None = None
    skeleton: str | None = None
    sources: tuple[RelationName, ...] = ()
    default_database: str | None = None
    default_schema: str | None = None
    removed: bool = False
    problem: str | None = None
    asked: RelationName | None = None
    unique_id: str | None = None
    settings: tuple[str, ...] = ()
    words: tuple[MadeUp, ...] = ()
    replaces: tuple["Former", ...] = ()

    @property
    def catalog_name(self) -> RelationName:
        """Give the name to ask the catalog for."""
        return self.asked or self.relation


class Outcome(StrEnum):
    """What became of a model. `REMOVED`: the repository makes it no longer, and the catalog has no lineage of it (any more).

    `DIFFERS`: written, and the catalog shows something else when read back.
    """

    IN_STEP = "in-step"
    PLANNED = "planned"
    WRITTEN = "written"
    REMOVED = "removed"
    LEFT_ALONE = "left-alone"
    DIFFERS = "differs"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class LineageEdge:
    """One piece of lineage, from `source` to `target`: keys of tables or columns, and how people call them."""

    source: str
    target: str
    source_name: str
    target_name: str


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class DocumentedField:
    """A field of what people wrote about `asset`, as it is shown: it moves along when its table is renamed."""

    asset: str
    field: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncEntry:
    """A model's outcome. `adds` and `drops` are what a write changes; `absent` the sources not in the catalog.

    `replaces` are the names it had before, whose lineage goes with the same operation; `removed`: it is made no longer.
    `words` stand in its names for what nobody knows. `kept` counts the lineage of a removed table, or of a former name, that people
    made by hand and that stays. `documents` is what moves of the documentation.
    """

    relation: RelationName
    path: str
    outcome: Outcome
    reason: str | None = None
    table_id: str | None = None
    adds: tuple[LineageEdge, ...] = ()
    drops: tuple[LineageEdge, ...] = ()
    absent: tuple[str, ...] = ()
    replaces: tuple[RelationName, ...] = ()
    removed: bool = False
    words: tuple[MadeUp, ...] = ()
    kept: int = 0
    documents: tuple[DocumentedField, ...] = ()

    @property
    def is_settled(self) -> bool:
        """Tell whether nothing is left to do: what is not settled is tried again by later runs."""
        return self.outcome in (Outcome.IN_STEP, Outcome.WRITTEN, Outcome.REMOVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredExposure:
    """An exposure of the repository. `reads` are the relations that it declares, with what the catalog is asked for."""

    key: str
    name: str
    path: str
    url: str | None
    owners: tuple[str, ...]
    reads: tuple[tuple[RelationName, RelationName], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncRange:
    """What a range is about: the models to bring in step, and all exposures that the repository declares after it.

    `exposures` is None where nothing of the range could concern them, so that they were not read.
    """

    models: tuple[SyncModel, ...]
    exposures: tuple[DeclaredExposure, ...] | None = None


class LinkOutcome(StrEnum):
    """What became of the lineage from a relation to an exposure's dashboard. `OFFERED`: `--with-exposures` would make it."""

    LINKED = "linked"
    OFFERED = "offered"
    MADE = "made"
    REMOVED = "removed"
    LEFT_ALONE = "left-alone"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureLink:
    """The lineage that an exposure (`key`) declares, from `relation` to `asset`; `ends`: it is declared no longer."""

    key: str
    exposure: str
    path: str
    relation: RelationName
    outcome: LinkOutcome
    reason: str | None = None
    table_id: str | None = None
    asset_id: str | None = None
    asset: str | None = None
    url: str | None = None
    rows: tuple[str, ...] = ()
    ends: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeLink:
    """Lineage that this tool made for an exposure, by the ids of its rows."""

    exposure: str
    relation: RelationName
    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """All models' outcomes, in the order given. `settled_before` counts what an interrupted run of the same range had done."""

    entries: tuple[SyncEntry, ...]
    dry_run: bool
    settled_before: int = 0
    exposures: tuple[ExposureLink, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Tell whether nothing failed and everything written was read back."""
        if any(link.outcome is LinkOutcome.FAILED for link in self.exposures):
            return False
        return not any(entry.outcome in (Outcome.FAILED, Outcome.DIFFERS) for entry in self.entries)


def failed(entry: SyncEntry, reason: str) -> SyncEntry:
    """Give the entry as one of a model that could not be brought in step."""
    return replace(entry, outcome=Outcome.FAILED, reason=reason)
