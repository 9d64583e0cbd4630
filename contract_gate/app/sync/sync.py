"""After the merge: make the catalog's lineage true, model by model: plan, write, read back.

What the catalog shows already is not written again, so a second run changes nothing. Lineage that people made by hand is
never touched.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from contract_gate.app.sync.documents import Move, move, moves
from contract_gate.app.sync.plan import InStep, LeftAlone, Removal, Write, plan, removal
from contract_gate.app.sync.present import present
from contract_gate.app.sync.values import Outcome, SyncEntry, SyncModel, SyncReport, failed
from contract_gate.app.sync.writing import Pause, statement, take_away, write
from contract_gate.catalogs.catalog import UNKNOWN, Ambiguous, Asset, NotInCatalog, Unavailable
from contract_gate.catalogs.graph import Found, key_of
from contract_gate.catalogs.secoda.client import Secoda
from contract_gate.catalogs.secoda.errors import SecodaError
from contract_gate.catalogs.secoda.preview import PreviewUnavailable
from contract_gate.core.progress import step
from contract_gate.core.relation import RelationName

Told = Callable[[Sequence[SyncEntry]], None]


PLANNED_AT_ONCE = 40
"""So many models are planned before the first of them is written: a long run is remembered as it goes on."""

DOCUMENTED_COLUMNS = 100
"""So many columns of a renamed table are given time for: each that people wrote about takes a write of its own."""


def deadline_for(models: int, writes_per_minute: int, renames: int = 0) -> float:
    """Give the seconds that a sync of so many models may take: the limit of writes sets the pace.

    `renames` are those of them whose documentation moves along.
    """
    a_write = 60.0 / writes_per_minute
    return 120.0 + models * (15.0 + a_write) + renames * DOCUMENTED_COLUMNS * a_write


async def sync(
    models: Sequence[SyncModel],
    client: Secoda,
    dry_run: bool,
    *,
    with_docs: bool = False,
    pause: Pause = asyncio.sleep,
    told: Told = lambda _: None,
) -> SyncReport:
    """Bring the catalog's lineage of these models in step; `dry_run` plans and writes nothing.

    `with_docs`: what people wrote about a table moves along when it is renamed.
    Never raises for what Secoda does: each model has its outcome, and `told` hears of some as soon as they are known. `pause` is for tests.
    """
    found = await _found(models, client)
    made = {key_of(table.id) for model in models if isinstance(table := _table(model, found), Asset)}
    entries: list[SyncEntry] = []
    for start in range(0, len(models), PLANNED_AT_ONCE):
        step("planning lineage", start, len(models))
        some = models[start : start + PLANNED_AT_ONCE]
        drafts = await asyncio.gather(*(_draft(model, found, made, client, with_docs) for model in some))
        told([draft for draft in drafts if isinstance(draft, SyncEntry)])
        for number, draft in enumerate(drafts, start + 1):
            step("writing lineage", number, len(models))
            # One after the other: the limit of writes is the bottleneck, and each write follows its own preview.
            match draft:
                case SyncEntry():
                    entries.append(draft)
                case _Ready():
                    entries.append(draft.entry if dry_run else await _apply(draft, client, pause))
                    told(entries[-1:])
                case _:
                    assert_never(draft)
    return SyncReport(entries=tuple(entries), dry_run=dry_run)


async def _found(models: Sequence[SyncModel], client: Secoda) -> Mapping[RelationName, Found]:
    """Find the tables, and keep the lineage into them from proving that the catalog understands its filters."""
    ids = {model.catalog_name: model.unique_id for model in models if model.unique_id}
    names = [model.catalog_name for model in models]
    names += [former.asked for model in models for former in model.replaces]
    found = await client.lookup.tables(names, ids)
    tables = list({key_of(one.id): one for one in found.values() if isinstance(one, Asset)}.values())
    columns = await client.lookup.columns_of(tables)
    inner = [column.id for listed, _ in columns.values() for column in listed]
    client.lineage.spare([*(table.id for table in tables), *inner])
    return found


def _table(model: SyncModel, found: Mapping[RelationName, Found]) -> Found | None:
    return None if model.removed else found[model.catalog_name]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ready:
    """A model with something to write, or to take away."""

    entry: SyncEntry
    model: SyncModel
    write: Write | None = None
    table: Asset | None = None
    removals: tuple[Removal, ...] = ()
    moves: tuple[Move, ...] = ()


async def _draft(
    model: SyncModel,
    found: Mapping[RelationName, Found],
    made: Collection[str],
    client: Secoda,
    with_docs: bool,
) -> SyncEntry | _Ready:
    entry = SyncEntry(
        relation=model.relation,
        path=model.path,
        outcome=Outcome.LEFT_ALONE,
        replaces=tuple(former.relation for former in model.replaces),
        removed=model.removed,
    )
    table = found[model.catalog_name]
    if isinstance(table, Asset):
        entry = replace(entry, table_id=table.id)
    if model.sql is None and not model.removed:
        return replace(entry, reason=model.problem or "its SQL is not known")
    if model.removed and UNKNOWN in model.catalog_name.name:
        return replace(entry, reason=_with_settings("its own name is not known here", model))
    try:
        match table:
            case Asset():
                return await (
                    _retire(model, entry, table, made, client)
                    if model.removed
                    else _plan(model, entry, table, found, made, client, with_docs)
                )
            case NotInCatalog() if model.removed:
                return replace(entry, outcome=Outcome.REMOVED)
            case NotInCatalog() | Ambiguous():
                return replace(entry, reason=_with_settings(table.reason, model))
            case Unavailable():
                return failed(entry, _with_settings(table.reason, model))
            case _:
                assert_never(table)
    except SecodaError as error:
        return failed(entry, error.message)


def _with_settings(reason: str, model: SyncModel) -> str:
    """Name what would say how the catalog calls a model, where a part of its name is not known."""
    return f"{reason}; set {', '.join(model.settings)} or catalog-names" if model.settings else reason


async def _retire(
    model: SyncModel, entry: SyncEntry, table: Asset, made: Collection[str], client: Secoda
) -> SyncEntry | _Ready:
    """Plan to take away the lineage of a table that is made no longer."""
    obstacle = _not_surely(model.catalog_name, table, made)
    if obstacle:
        return replace(entry, reason=_with_settings(obstacle, model))
    planned = removal(await present(table, client))
    entry = replace(entry, kept=planned.kept)
    if not planned.rows:
        # A list that lost its rows looks like lineage that is gone.
        doubt = client.lineage.doubt
        return replace(entry, reason=doubt) if doubt else replace(entry, outcome=Outcome.REMOVED)
    ready = replace(entry, outcome=Outcome.PLANNED, drops=planned.drops)
    return _Ready(entry=ready, model=model, removals=(planned,))


def _not_surely(name: RelationName, table: Asset, made: Collection[str]) -> str | None:
    """Say why a table of the catalog may not be the one that is made no longer: nothing previews a deletion."""
    if key_of(table.id) in made:
        return f"{table.shown} is made under another name"
    if len(name.parts) < 2 or any(UNKNOWN in part for part in name.parts[-2:]):
        return f"{table.shown} has its name, but its schema is not known here: its lineage is not removed"
    return None


async def _plan(
    model: SyncModel,
    entry: SyncEntry,
    table: Asset,
    found: Mapping[RelationName, Found],
    made: Collection[str],
    client: Secoda,
    with_docs: bool,
) -> SyncEntry | _Ready:
    preview = await client.preview(statement(model, table, client))
    if isinstance(preview, PreviewUnavailable):
        return replace(entry, reason=preview.reason)
    decided = plan(model, await present(table, client, preview), preview)
    entry = replace(entry, absent=decided.absent)
    if isinstance(decided, LeftAlone):
        return replace(entry, reason=decided.reason)
    removals, notes = await _formers(model, found, made, client)
    entry = replace(
        entry, reason="; ".join(notes) or None, drops=tuple(edge for one in removals for edge in one.drops),
        kept=sum(one.kept for one in removals),
    )  # fmt: skip
    moved = (
        [one for former in removals for one in await moves(former.table, table, client)] if with_docs else []
    )
    entry = replace(entry, documents=tuple(field for one in moved for field in one.fields()))
    # In doubt what there is to remove is looked at once more, when the new lineage is written.
    removals = tuple(one for one in removals if one.rows or client.lineage.doubt)
    match decided:
        case InStep():
            if not removals and not moved:
                return replace(entry, outcome=Outcome.IN_STEP)
            ready = replace(entry, outcome=Outcome.PLANNED)
            return _Ready(entry=ready, model=model, removals=removals, moves=tuple(moved))
        case Write():
            drops = (*decided.drops, *entry.drops)
            ready = replace(entry, outcome=Outcome.PLANNED, adds=decided.adds, drops=drops)
            return _Ready(
                entry=ready, model=model, table=table, write=decided, removals=removals, moves=tuple(moved)
            )
        case _:
            assert_never(decided)


async def _formers(
    model: SyncModel, found: Mapping[RelationName, Found], made: Collection[str], client: Secoda
) -> tuple[tuple[Removal, ...], list[str]]:
    """Plan what goes of the names that a model had before, and say what stays there and why. Raises SecodaError."""
    removals: list[Removal] = []
    notes: list[str] = []
    for former in model.replaces:
        table = found[former.asked]
        match table:
            case Asset():
                obstacle = _not_surely(former.asked, table, made)
                if obstacle is None:
                    removals.append(removal(await present(table, client)))
                else:
                    notes.append(obstacle)
            case NotInCatalog():
                continue
            case Ambiguous():
                notes.append(f"the lineage of {former.relation} stays: {table.reason}")
            case Unavailable():
                raise SecodaError(f"{former.relation}: {table.reason}", table.hint)
            case _:
                assert_never(table)
    return tuple(removals), notes


async def _apply(ready: _Ready, client: Secoda, pause: Pause) -> SyncEntry:
    """Write first, then take away: a table that is renamed is never without lineage."""
    entry = replace(ready.entry, outcome=Outcome.REMOVED if ready.model.removed else Outcome.WRITTEN)
    if ready.write is not None and ready.table is not None:
        entry = await write(entry, ready.model, ready.table, ready.write, client, pause)
    if entry.is_settled:
        entry = await move(entry, ready.moves, client)
    for planned in ready.removals:
        if entry.is_settled:
            entry = await take_away(entry, planned, client, pause)
    return entry
