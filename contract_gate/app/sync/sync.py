"""After the merge: make the catalog's lineage true, model by model: plan, write, read back.

What the catalog shows already is not written again, so a second run changes nothing. Lineage that people made by hand is
never touched.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from contract_gate.app.sync.cataloged import CatalogedTables
from contract_gate.app.sync.documents import move
from contract_gate.app.sync.drafting import Drafting, Ready
from contract_gate.app.sync.values import Outcome, SyncEntry, SyncModel, SyncReport
from contract_gate.app.sync.writing import Pause, Sent, read_back, take_away, write
from contract_gate.catalogs.catalog import Asset
from contract_gate.catalogs.graph import Found, key_of
from contract_gate.catalogs.secoda.client import Secoda
from contract_gate.core.progress import step
from contract_gate.core.relation import RelationName

Told = Callable[[Sequence[SyncEntry]], None]


AT_ONCE = 25
"""So many models are planned, written and read back together: a minute's writes, so that no plan is old when it is carried out."""

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
    shown = CatalogedTables(client)
    found = await _found(models, client, shown)
    makes = (found[model.catalog_name] for model in models if not model.removed)
    made = {key_of(table.id) for table in makes if isinstance(table, Asset)}
    drafting = Drafting(client, shown, found, made, with_docs=with_docs)
    entries: list[SyncEntry] = []
    for start in range(0, len(models), AT_ONCE):
        step("planning lineage", start, len(models))
        some = models[start : start + AT_ONCE]
        if start and not dry_run:
            # The first plan of what has to wait for the limit would be old when it is carried out.
            await client.until_writable()
            await shown.list_columns(_tables(some, found))
        drafts = await drafting.drafts(some)
        told([draft for draft in drafts if isinstance(draft, SyncEntry)])
        known = [draft.entry if isinstance(draft, Ready) else draft for draft in drafts]
        ready = {at: draft for at, draft in enumerate(drafts) if isinstance(draft, Ready)}
        for at, entry in () if dry_run else await _applied(ready, client, shown, pause, start, len(models)):
            known[at] = entry
        entries += known
        told([known[at] for at in ready])
    return SyncReport(entries=tuple(entries), dry_run=dry_run)


async def _found(
    models: Sequence[SyncModel], client: Secoda, shown: CatalogedTables
) -> Mapping[RelationName, Found]:
    """Find the tables, and keep the lineage into them from proving that the catalog understands its filters."""
    ids = {model.catalog_name: model.unique_id for model in models if model.unique_id}
    found = await client.lookup.tables(_names(models), ids)
    tables = _tables(models, found)
    columns = await shown.list_columns(tables)
    client.lineage.spare([asset.id for asset in (*tables, *columns)])
    return found


def _names(models: Sequence[SyncModel]) -> list[RelationName]:
    former = (one.asked for model in models for one in model.replaces)
    return [*(model.catalog_name for model in models), *former]


def _tables(models: Sequence[SyncModel], found: Mapping[RelationName, Found]) -> list[Asset]:
    tables = (found[name] for name in _names(models))
    return list({key_of(one.id): one for one in tables if isinstance(one, Asset)}.values())


async def _applied(
    ready: Mapping[int, Ready], client: Secoda, shown: CatalogedTables, pause: Pause, start: int, of: int
) -> tuple[tuple[int, SyncEntry], ...]:
    """Carry out the plans of some models, and read back what was written. `start` and `of` are for progress.

    Written one after the other, because the limit of writes is the bottleneck, and before anything is taken away: a table that is
    renamed is never without lineage.
    """
    entries: dict[int, SyncEntry] = {}
    sent: dict[int, Sent] = {}
    for at, one in ready.items():
        step("writing lineage", start + at + 1, of)
        outcome = await write(one.entry, one.model, one.write, client, shown) if one.write else _due(one)
        if isinstance(outcome, Sent):
            sent[at] = outcome
        else:
            entries[at] = outcome
    entries.update(zip(sent, await read_back(tuple(sent.values()), shown, pause), strict=True))
    for at, one in ready.items():
        entries[at] = await _finished(one, entries[at], client, shown, pause)
    return tuple(entries.items())


def _due(ready: Ready) -> SyncEntry:
    return replace(ready.entry, outcome=Outcome.REMOVED if ready.model.removed else Outcome.WRITTEN)


async def _finished(
    ready: Ready, entry: SyncEntry, client: Secoda, shown: CatalogedTables, pause: Pause
) -> SyncEntry:
    if entry.is_settled:
        entry = await move(entry, ready.moves, client)
    for planned in ready.removals:
        if entry.is_settled:
            entry = await take_away(entry, planned, client, shown, pause)
    return entry
