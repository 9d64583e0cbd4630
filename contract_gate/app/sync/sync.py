"""After the merge: make the catalog's lineage true, model by model: plan, write, read back.

Nothing is deleted here: a removed model is told of. What the catalog shows already is not written again, so a
second run changes nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from contract_gate.app.sync.plan import (
    InStep,
    LeftAlone,
    Pair,
    Present,
    Write,
    differences,
    plan,
    wanted_pairs,
)
from contract_gate.app.sync.values import Outcome, SyncEntry, SyncModel, SyncReport
from contract_gate.catalogs.catalog import Ambiguous, Asset, NotInCatalog, Unavailable
from contract_gate.catalogs.graph import Found, key_of
from contract_gate.catalogs.secoda.client import Secoda
from contract_gate.catalogs.secoda.errors import Refused, SecodaError, UnexpectedReply
from contract_gate.catalogs.secoda.preview import Preview, PreviewStatement, PreviewUnavailable
from contract_gate.core.progress import step
from contract_gate.core.relation import RelationName

READ_BACK_AFTER = (0.0, 2.0, 5.0)
"""Seconds before each look at what was written: a catalog may show it a little later."""

Pause = Callable[[float], Awaitable[None]]


def deadline_for(models: int, writes_per_minute: int) -> float:
    """Give the seconds that a sync of so many models may take: the limit of writes sets the pace."""
    return 120.0 + models * (15.0 + 60.0 / writes_per_minute)


async def sync(
    models: Sequence[SyncModel], client: Secoda, dry_run: bool, *, pause: Pause = asyncio.sleep
) -> SyncReport:
    """Bring the catalog's lineage of these models in step; `dry_run` plans and writes nothing.

    Never raises for what Secoda does: each model has its outcome. `pause` is for tests.
    """
    ids = {model.catalog_name: model.unique_id for model in models if model.unique_id}
    found = await client.lookup.tables([model.catalog_name for model in models], ids)
    drafts = await asyncio.gather(*(_draft(model, found, client) for model in models))
    entries: list[SyncEntry] = []
    for number, draft in enumerate(drafts, 1):
        step("writing lineage", number, len(drafts))
        # One after the other: the limit of writes is the bottleneck, and each write follows its own preview.
        match draft:
            case SyncEntry():
                entries.append(draft)
            case _Ready():
                entries.append(draft.entry if dry_run else await _apply(draft, client, pause))
            case _:
                assert_never(draft)
    return SyncReport(entries=tuple(entries), dry_run=dry_run)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ready:
    """A model with something to write."""

    entry: SyncEntry
    model: SyncModel
    table: Asset
    write: Write


async def _draft(model: SyncModel, found: Mapping[RelationName, Found], client: Secoda) -> SyncEntry | _Ready:
    entry = SyncEntry(relation=model.relation, path=model.path, outcome=Outcome.LEFT_ALONE)
    table = found[model.catalog_name]
    if isinstance(table, Asset):
        entry = replace(entry, table_id=table.id)
    if model.removed:
        return _removed(entry, table)
    if model.sql is None:
        return replace(entry, reason=model.problem or "its SQL is not known")
    match table:
        case Asset():
            return await _plan(model, entry, table, client)
        case NotInCatalog() | Ambiguous():
            return replace(entry, reason=_with_settings(table.reason, model))
        case Unavailable():
            return _failed(entry, _with_settings(table.reason, model))
        case _:
            assert_never(table)


def _with_settings(reason: str, model: SyncModel) -> str:
    """Name what would say how the catalog calls a model, where a part of its name is not known."""
    return f"{reason}; set {', '.join(model.settings)} or catalog-names" if model.settings else reason


def _removed(entry: SyncEntry, table: Found) -> SyncEntry:
    shown = isinstance(table, Asset)
    reason = "still in the catalog, which drops it when its source is read again" if shown else None
    return replace(entry, outcome=Outcome.REMOVED, reason=reason)


async def _plan(model: SyncModel, entry: SyncEntry, table: Asset, client: Secoda) -> SyncEntry | _Ready:
    try:
        preview = await client.preview(_statement(model, table, client))
        if isinstance(preview, PreviewUnavailable):
            return replace(entry, reason=preview.reason)
        decided = plan(model, await _present(table, client, preview), preview)
    except SecodaError as error:
        return _failed(entry, error.message)
    entry = replace(entry, absent=decided.absent)
    match decided:
        case LeftAlone():
            return replace(entry, reason=decided.reason)
        case InStep():
            return replace(entry, outcome=Outcome.IN_STEP)
        case Write():
            planned = replace(entry, outcome=Outcome.PLANNED, adds=decided.adds, drops=decided.drops)
            return _Ready(entry=planned, model=model, table=table, write=decided)
        case _:
            assert_never(step)


async def _apply(ready: _Ready, client: Secoda, pause: Pause) -> SyncEntry:
    """Write one model's lineage after a last look that nothing changed since the plan, and read it back."""
    statement = _statement(ready.model, ready.table, client)
    try:
        preview = await client.preview(statement)
        if not isinstance(preview, Preview):
            return _failed(ready.entry, f"not written: {preview.reason}")
        if plan(ready.model, await _present(ready.table, client, preview), preview) != ready.write:
            return _failed(ready.entry, "not written: the catalog changed since the plan; run it again")
    except SecodaError as error:
        return _failed(ready.entry, f"not written: {error.message}")
    wanted = wanted_pairs(ready.table, preview)

    async def is_done() -> bool:
        return differences(wanted, await _present(ready.table, client)) is None

    try:
        await client.replace_lineage(statement, ready.write.sql, is_done)
    except Refused as error:
        return _failed(ready.entry, f"not written: {error.message}")
    except SecodaError as error:
        return _failed(ready.entry, f"it is not known whether it was written: {error.message}")
    return await _read_back(ready.entry, ready.table, wanted, client, pause)


async def _read_back(
    entry: SyncEntry, table: Asset, wanted: frozenset[Pair], client: Secoda, pause: Pause
) -> SyncEntry:
    reason: str | None = None
    for seconds in READ_BACK_AFTER:
        await pause(seconds)
        try:
            reason = differences(wanted, await _present(table, client))
        except SecodaError as error:
            reason = f"written, but it could not be read back: {error.message}"
        if reason is None:
            return replace(entry, outcome=Outcome.WRITTEN)
    return replace(entry, outcome=Outcome.DIFFERS, reason=reason)


async def _present(table: Asset, client: Secoda, preview: Preview | None = None) -> Present:
    """Read a table's upstream lineage, and what a preview's columns belong to, which it does not say.

    Raises SecodaError unless all of the lineage is known.
    """
    columns = await client.lookup.columns(table)
    neighbours = await client.lineage.neighbours([table.id, *(column.id for column in columns)])
    problem = next((near.problem for near in neighbours.values() if near.problem), None)
    if problem:
        raise UnexpectedReply(f"the present lineage of {table.shown} is not known: {problem}")
    links = [(key_of(link.id), end, link) for end, near in neighbours.items() for link in near.upstream]
    named = [start.id for start, _ in preview.reply.columns] if preview else []
    entities = await client.lookup.entities([*(link.id for _, _, link in links), *named])
    own = {key_of(asset.id): asset for asset in (table, *columns)}
    return Present(
        table=table,
        columns=frozenset(key_of(column.id) for column in columns),
        pairs=frozenset((start, end) for start, end, _ in links),
        automatic=frozenset((start, end) for start, end, link in links if not link.is_manual),
        assets={**entities.assets, **own},
    )


def _statement(model: SyncModel, table: Asset, client: Secoda) -> PreviewStatement:
    return PreviewStatement(
        sql=model.sql or "",
        dialect=client.dialect(model.dialect),
        table_id=table.id,
        default_database=model.default_database,
        default_schema=model.default_schema,
        skeleton=model.skeleton,
    )


def _failed(entry: SyncEntry, reason: str) -> SyncEntry:
    return replace(entry, outcome=Outcome.FAILED, reason=reason)
