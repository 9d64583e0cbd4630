"""What is to be done for each model of a sync, from one look at the catalog for all of them. Nothing is written here."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias, assert_never

from contract_gate.app.sync.cataloged import CatalogedTable, CatalogedTables
from contract_gate.app.sync.documents import Move, moves
from contract_gate.app.sync.plan import InStep, LeftAlone, Removal, Write, plan, removal
from contract_gate.app.sync.values import Outcome, SyncEntry, SyncModel, failed
from contract_gate.app.sync.writing import Planned, statement
from contract_gate.catalogs.catalog import UNKNOWN, Ambiguous, Asset, NotInCatalog, Unavailable
from contract_gate.catalogs.graph import Found, key_of
from contract_gate.catalogs.secoda.client import Secoda
from contract_gate.catalogs.secoda.errors import SecodaError
from contract_gate.catalogs.secoda.preview import Preview, PreviewAnswer
from contract_gate.core.relation import RelationName
from contract_gate.core.values import dataclass, replace

_Previewed: TypeAlias = PreviewAnswer | SecodaError | None
_Presents: TypeAlias = Mapping[str, CatalogedTable | SecodaError]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A model with something to write, or to take away."""

    entry: SyncEntry
    model: SyncModel
    write: Planned | None = None
    removals: tuple[Removal, ...] = ()
    moves: tuple[Move, ...] = ()


class Drafting:
    """Plans models of one run. `found` is what the catalog has under their names and former names."""

    def __init__(
        self,
        client: Secoda,
        shown: CatalogedTables,
        found: Mapping[RelationName, Found],
        made: Collection[str],
        *,
        with_docs: bool,
    ) -> None:
        self._client, self._shown, self._found = client, shown, found
        self._made = made
        """The keys of the tables that the repository makes: nothing is taken away from these."""
        self._with_docs = with_docs

    async def drafts(self, models: Sequence[SyncModel]) -> tuple[SyncEntry | Ready, ...]:
        """Give each model's plan, or its outcome where there is nothing to do."""
        at = self._client.now()
        previews = await asyncio.gather(*map(self._previewed, models))
        seen = [one for one in previews if isinstance(one, Preview)]
        presents = await self._shown.of(self._tables(models, previews), seen)
        drafts = (
            self._draft(model, preview, presents, at) for model, preview in zip(models, previews, strict=True)
        )
        return tuple(await asyncio.gather(*drafts))

    async def _previewed(self, model: SyncModel) -> _Previewed:
        """Preview a model that has SQL and a table."""
        table = self._found[model.catalog_name]
        if model.sql is None or not isinstance(table, Asset):
            return None
        try:
            return await self._client.preview(statement(model, table, self._client))
        except SecodaError as error:
            return error

    def _tables(self, models: Sequence[SyncModel], previews: Sequence[_Previewed]) -> tuple[Asset, ...]:
        """Give the tables whose lineage must be known: of models that could be previewed, of what they were called, of what goes."""
        tables: list[Found] = []
        for model, preview in zip(models, previews, strict=True):
            if model.removed or isinstance(preview, Preview):
                tables.append(self._found[model.catalog_name])
                tables += [self._found[former.asked] for former in model.replaces]
        return tuple(table for table in tables if isinstance(table, Asset))

    async def _draft(
        self, model: SyncModel, preview: _Previewed, presents: _Presents, at: float
    ) -> SyncEntry | Ready:
        entry = SyncEntry(
            relation=model.relation,
            path=model.path,
            outcome=Outcome.LEFT_ALONE,
            replaces=tuple(former.relation for former in model.replaces),
            removed=model.removed,
            words=model.words,
        )
        table = self._found[model.catalog_name]
        if isinstance(table, Asset):
            entry = replace(entry, table_id=table.id)
        if model.sql is None and not model.removed:
            return replace(entry, reason=model.problem or "its SQL is not known")
        if model.removed and UNKNOWN in model.catalog_name.name:
            return replace(entry, reason=_with_settings("its own name is not known here", model))
        try:
            match table:
                case Asset():
                    if model.removed:
                        return self._retire(model, entry, table, presents)
                    return await self._plan(model, entry, table, preview, presents, at)
                case NotInCatalog() if model.removed:
                    return replace(entry, outcome=Outcome.REMOVED)
                case NotInCatalog():
                    return replace(entry, reason=_with_settings(table.reason, model))
                case Ambiguous():
                    reason = (
                        _with_settings(table.told, model)
                        if model.settings
                        else f"{table.told}; {table.way_out}"
                    )
                    return replace(entry, reason=reason)
                case Unavailable():
                    return failed(entry, _with_settings(table.reason, model))
                case _:
                    assert_never(table)
        except SecodaError as error:
            return failed(entry, error.message)

    def _retire(
        self, model: SyncModel, entry: SyncEntry, table: Asset, presents: _Presents
    ) -> SyncEntry | Ready:
        """Plan to take away the lineage of a table that is made no longer. Raises SecodaError."""
        obstacle = self._not_surely(model.catalog_name, table)
        if obstacle:
            return replace(entry, reason=_with_settings(obstacle, model))
        planned = removal(_known(presents, table))
        entry = replace(entry, kept=planned.kept)
        if not planned.rows:
            # A list that lost its rows looks like lineage that is gone.
            doubt = self._client.lineage.doubt
            return replace(entry, reason=doubt) if doubt else replace(entry, outcome=Outcome.REMOVED)
        ready = replace(entry, outcome=Outcome.PLANNED, drops=planned.drops)
        return Ready(entry=ready, model=model, removals=(planned,))

    def _not_surely(self, name: RelationName, table: Asset) -> str | None:
        """Say why a table of the catalog may not be the one that is made no longer: nothing previews a deletion."""
        if key_of(table.id) in self._made:
            return f"{table.shown} is made under another name"
        if len(name.parts) < 2 or any(UNKNOWN in part for part in name.parts[-2:]):
            return f"{table.shown} has its name, but its schema is not known here: its lineage is not removed"
        return None

    async def _plan(
        self,
        model: SyncModel,
        entry: SyncEntry,
        table: Asset,
        preview: _Previewed,
        presents: _Presents,
        at: float,
    ) -> SyncEntry | Ready:
        """Plan to write a model's lineage. Raises SecodaError."""
        if isinstance(preview, SecodaError):
            raise preview
        if not isinstance(preview, Preview):
            return replace(entry, reason=preview.reason if preview else model.problem)
        decided = plan(model, _known(presents, table), preview)
        entry = replace(entry, absent=decided.absent)
        if isinstance(decided, LeftAlone):
            return replace(entry, reason=decided.reason)
        removals, notes = self._formers(model, presents)
        moved = await self._moves(removals, table)
        entry = replace(
            entry,
            reason="; ".join(notes) or None,
            drops=tuple(edge for one in removals for edge in one.drops),
            kept=sum(one.kept for one in removals),
            documents=tuple(field for one in moved for field in one.fields()),
        )
        # In doubt what there is to remove is looked at once more, when the new lineage is written.
        removals = tuple(one for one in removals if one.rows or self._client.lineage.doubt)
        ready = Ready(
            entry=replace(entry, outcome=Outcome.PLANNED), model=model, removals=removals, moves=moved
        )
        match decided:
            case InStep():
                return ready if removals or moved else replace(entry, outcome=Outcome.IN_STEP)
            case Write():
                entry = replace(ready.entry, adds=decided.adds, drops=(*decided.drops, *entry.drops))
                return replace(
                    ready, entry=entry, write=Planned(table=table, write=decided, preview=preview, at=at)
                )
            case _:
                assert_never(decided)

    def _formers(self, model: SyncModel, presents: _Presents) -> tuple[tuple[Removal, ...], list[str]]:
        """Plan what goes of the names that a model had before, and say what stays there and why. Raises SecodaError."""
        removals: list[Removal] = []
        notes: list[str] = []
        for former in model.replaces:
            table = self._found[former.asked]
            match table:
                case Asset():
                    obstacle = self._not_surely(former.asked, table)
                    if obstacle is None:
                        removals.append(removal(_known(presents, table)))
                    else:
                        notes.append(obstacle)
                case NotInCatalog():
                    continue
                case Ambiguous():
                    notes.append(f"the lineage of {former.relation} stays: {table.told}")
                case Unavailable():
                    raise SecodaError(f"{former.relation}: {table.reason}", table.hint)
                case _:
                    assert_never(table)
        return tuple(removals), notes

    async def _moves(self, removals: Sequence[Removal], table: Asset) -> tuple[Move, ...]:
        if not self._with_docs:
            return ()
        return tuple([one for former in removals for one in await moves(former.table, table, self._client)])


def _known(presents: _Presents, table: Asset) -> CatalogedTable:
    present = presents[key_of(table.id)]
    if isinstance(present, SecodaError):
        raise present
    return present


def _with_settings(reason: str, model: SyncModel) -> str:
    """Name what would say how the catalog calls a model, where a part of its name is not known."""
    return f"{reason}; set {', '.join(model.settings)} or catalog-names" if model.settings else reason
