"""The interface to a catalog: who, beyond the repository, reads a relation.

Values and one Protocol. The answers that must not be confused are types of their own: *nobody reads it*
(`Downstream` without `reached`), *the catalog does not know it* (`NotInCatalog`), *it may be one of several*
(`Ambiguous`) and *the catalog did not say* (`Unavailable`). How an answer is found is left to `secoda/` and
`snapshot`; what it means for a change, to `contract_gate.compare.impact`.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from functools import cached_property
from typing import Protocol

from contract_gate.compare.impact import AssetUse
from contract_gate.core.coverage import CatalogState, CatalogStatus
from contract_gate.core.ranked import Ranked
from contract_gate.core.relation import RelationName, caseless
from contract_gate.core.values import dataclass, field

UNKNOWN = "*"
"""Stands in a name that is asked for in place of a part, or of what a part has there, that nobody knows."""


class Way(StrEnum):
    """Which way lineage is walked: to those who read a relation, or to what it is made from."""

    DOWNSTREAM = "downstream"
    UPSTREAM = "upstream"

    @property
    def ends(self) -> str:
        """Name those that are found on the way."""
        return "consumers" if self is Way.DOWNSTREAM else "sources"


def agrees(asked: RelationName, found: RelationName) -> bool:
    """Tell whether a name that is asked for may be of a relation: the parts that both give are alike, without case."""
    shared = min(len(asked.parts), len(found.parts))
    pairs = zip(asked.parts[-shared:], found.parts[-shared:], strict=True)
    return all(re.fullmatch(pattern_of(one), caseless(other)) for one, other in pairs)


def agreement(name: RelationName, title_full: str | None) -> int | None:
    """Count the last parts that a name and a qualified title share: None when they contradict each other.

    0 means that there is too little to tell: the title has no schema where the name has one.
    """
    if not title_full:
        return 0 if len(name.parts) > 1 else 1
    title = ".".join(map(caseless, title_full.split(".")))
    parts = [pattern_of(part) for part in name.parts]
    for shared in range(len(parts), 0, -1):
        outer = r"(?:.*\.)?" if shared == len(parts) else ""
        if re.fullmatch(outer + r"\.".join(parts[-shared:]), title):
            return shared if shared > 1 or len(parts) == 1 else 0
    return None


def pattern_of(part: str) -> str:
    """Give the expression that a part of a name, as it is asked for, matches in lower case."""
    return "[^.]*".join(re.escape(text) for text in caseless(part).split(UNKNOWN))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """Anything in the catalog. `kind` is the catalog's entity type: table, column, chart, dashboard, job…

    `title_full` is the catalog's qualified title (`Database.Schema.Table`), None where it gives none.
    `owners` are e-mail addresses, or names where there is no address. `usage` is the number of views that the
    catalog counts, None where nobody counts. `parent` is the id of what holds it (a column's table, a chart's
    dashboard) and `inside` that one's name. `integration` is the id of the source that it came from.
    """

    id: str
    kind: str
    name: str
    title_full: str | None = None
    url: str | None = None
    owners: tuple[str, ...] = ()
    usage: int | None = None
    integration: str | None = None
    parent: str | None = None
    inside: str | None = None
    archived: bool = False
    standing: AssetUse = field(default_factory=AssetUse)

    @property
    def relation(self) -> RelationName | None:
        """Give the table's name, in lower case, to recognise the repository's own models by; else None."""
        if self.kind != "table" or not self.title_full:
            return None
        return RelationName(tuple(caseless(part) for part in self.title_full.split(".")[-3:]))

    @property
    def shown(self) -> str:
        """Give the name for people: the qualified title of a table, the name of anything else."""
        return self.title_full or self.name if self.kind in ("table", "column") else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A relation's SQL, for a catalog that reads lineage from it. `skeleton` is sent where `sql` is too long.

    `sources` are what it reads at the head, `sources_before` at the base (None where that is not known): what the catalog
    holds should be between the two.
    `problem` says why it is not sent.
    """

    sql: str | None
    dialect: str
    skeleton: str | None = None
    sources: tuple[RelationName, ...] = ()
    sources_before: tuple[RelationName, ...] | None = None
    default_database: str | None = None
    default_schema: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Ask who reads `relation`. `columns` are those that changed: the answer accounts for each of them.

    `gone` are those of them that nobody can read any more, `goes` tells it of the relation itself: their readers are asked for first.
    `unique_id` is dbt's id of the relation, by which the catalog may know it better than by its name; `text` is its SQL.
    """

    relation: RelationName
    columns: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    goes: bool = False
    unique_id: str | None = None
    text: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """One consumer that lineage reaches from the relation, by the shortest path.

    `column` is the relation's column whose lineage reaches it, None when only table-level lineage says so.
    `table_level` tells that some hop of the path is table-level: the asset may read another column.
    `via` are the names of the assets between, nearest to the relation first; `distance` counts hops from 1.
    `other_columns` tells more: where the path is table-level, columns are known that it comes through, and they
    are not this one. `into` are the asset's own columns that the lineage ends in (a downstream table's).
    """

    asset: Asset
    via: tuple[str, ...] = ()
    distance: int = 1
    column: str | None = None
    table_level: bool = True
    other_columns: bool = False
    into: tuple[str, ...] = ()


class Evidence(Ranked):
    """How well the catalog knows that an asset reads one column, best first.

    `OTHER_COLUMNS`: column lineage ties the asset to other columns alone. Column lineage covers what is
    selected, seldom what is filtered or joined on, so this is weak evidence against, not proof of absence.
    """

    COLUMNS = "columns"
    TABLE = "table"
    OTHER_COLUMNS = "other-columns"


@dataclass(frozen=True, slots=True, kw_only=True)
class Downstream:
    """The catalog knows the relation; `reached` may be empty: nobody that the catalog knows of reads it.

    `truncated` says what is missing when a limit or the deadline cut the walk, else None. `unknown_columns`
    are columns asked about that the catalog does not list. `as_asset` is the relation as the catalog has it.
    """

    relation: RelationName
    as_asset: Asset
    reached: tuple[Reached, ...] = ()
    truncated: str | None = None
    note: str | None = None
    unknown_columns: tuple[str, ...] = ()

    def readers(self, column: str | None) -> tuple[tuple[Reached, Evidence], ...]:
        """Give each asset once, with the evidence that it reads `column` (None: the relation's rows)."""
        best: dict[str, tuple[Reached, Evidence]] = {}
        for reached in self.reached:
            evidence = _evidence(reached, column)
            known = best.get(reached.asset.id)
            if known is None or evidence.rank < known[1].rank:
                best[reached.asset.id] = (reached, evidence)
        return tuple(best.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class NotInCatalog:
    """The catalog answered, and does not list the relation (or this key may not see it)."""

    relation: RelationName
    reason: str = "the catalog does not list it, or this key may not see it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguous:
    """Several assets carry the relation's name, or one does whose database and schema can't be checked."""

    relation: RelationName
    candidates: tuple[Asset, ...]
    reason: str = "several tables of the catalog carry this name"

    @property
    def told(self) -> str:
        """Give the reason with the first candidates."""
        names = [f"{one.shown} ({one.integration or one.id})" for one in self.candidates[:_CANDIDATES]]
        more = len(self.candidates) - len(names)
        return f"{self.reason}: {', '.join(names)}" + (f" and {more:,} more" if more else "")

    @property
    def way_out(self) -> str:
        """Name the keys of the configuration that settle it: an integration where each has one candidate, else names."""
        sources = {one.integration for one in self.candidates}
        if 1 < len(sources) == len(self.candidates):
            return _PIN
        return "say in catalog-names what the catalog calls it, or in target or env what is not known of its name"


_CANDIDATES = 3
_PIN = "set secoda.integration to the id of the integration that holds the tables; `contract-gate doctor` lists them"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unavailable:
    """The catalog did not say. `reason` never holds the key; `hint` is what to do about it."""

    relation: RelationName
    reason: str
    hint: str | None = None


Answer = Downstream | NotInCatalog | Ambiguous | Unavailable


class OwnModels:
    """The repository's models, to recognise among the catalog's assets."""

    def __init__(self, relations: Iterable[RelationName]) -> None:
        self._relations = relations

    @cached_property
    def _by_name(self) -> Mapping[str, list[RelationName]]:
        found: dict[str, list[RelationName]] = {}
        for relation in self._relations:
            found.setdefault(caseless(relation.name), []).append(relation)
        return found

    def find(self, asset: Asset) -> RelationName | None:
        """Give the model that makes this asset, None for a foreign one.

        At least schema and name must agree, or all that both have: a bare name is found in too many schemas.
        """
        relation = asset.relation
        if relation is None:
            return None
        for model in self._by_name.get(relation.name, ()):
            shared = min(len(model.parts), len(relation.parts))
            if (shared > 1 or len(model.parts) == len(relation.parts)) and agrees(model, relation):
                return model
        return None


class Catalog(Protocol):
    """Something that knows consumers beyond the repository. `reads_sql`: it makes use of a question's `text`."""

    @property
    def reads_sql(self) -> bool: ...

    async def downstream(
        self, questions: Sequence[Question], *, own: Collection[RelationName] = ()
    ) -> Mapping[RelationName, Answer]:
        """Answer every question; never raise for what the catalog does.

        `own` are the relations whose readers the caller finds itself (the repository's models): they are listed
        when reached, and not walked through. Relations of `own` with fewer than two parts never stop the walk.
        """

    def state(self) -> CatalogState:
        """Tell which catalog it is and how far it answered what it was asked so far."""


class NoCatalog:
    """Nothing is known beyond the repository, and every answer says so: nobody is asked, or nobody can be (`name`)."""

    reads_sql = False

    def __init__(
        self,
        reason: str = "no key and no snapshot were given",
        name: str = "none",
        status: CatalogStatus = CatalogStatus.NOT_ASKED,
    ) -> None:
        self._reason, self._name, self._status = reason, name, status

    async def downstream(
        self,
        questions: Sequence[Question],
        *,
        own: Collection[RelationName] = (),  # noqa: ARG002 - the interface's
    ) -> Mapping[RelationName, Answer]:
        """Answer `Unavailable` to everything."""
        return {
            question.relation: Unavailable(relation=question.relation, reason=self._reason)
            for question in questions
        }

    def state(self) -> CatalogState:
        return CatalogState(name=self._name, status=self._status, note=self._reason)


def _evidence(reached: Reached, column: str | None) -> Evidence:
    if reached.column is None or column is None:
        return Evidence.TABLE
    if caseless(reached.column) != caseless(column) or reached.other_columns:
        return Evidence.OTHER_COLUMNS
    return Evidence.TABLE if reached.table_level else Evidence.COLUMNS
