"""What `sync` does to the catalog for one model: write its lineage or take it away, after a last look, and read it back."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from contract_gate.app.sync.plan import InStep, Removal, Write, differences, plan, removal, wanted_pairs
from contract_gate.app.sync.present import Pair, present
from contract_gate.app.sync.values import Outcome, SyncEntry, SyncModel, failed
from contract_gate.catalogs.catalog import Asset
from contract_gate.catalogs.secoda.client import Secoda
from contract_gate.catalogs.secoda.errors import Refused, SecodaError
from contract_gate.catalogs.secoda.preview import Preview, PreviewStatement

READ_BACK_AFTER = (0.0, 2.0, 5.0)
"""Seconds before each look at what was written: a catalog may show it a little later."""

Pause = Callable[[float], Awaitable[None]]

_CHANGED = "not written: the catalog changed since the plan; run it again"


async def write(
    entry: SyncEntry, model: SyncModel, table: Asset, planned: Write, client: Secoda, pause: Pause
) -> SyncEntry:
    """Write one model's lineage after a last look that nothing changed since the plan, and read it back."""
    asked = statement(model, table, client)
    try:
        preview = await client.preview(asked)
        if not isinstance(preview, Preview):
            return failed(entry, f"not written: {preview.reason}")
        now = plan(model, await present(table, client, preview), preview)
        if isinstance(now, InStep):
            # Another run was faster: what is there already is not written twice.
            return replace(entry, outcome=Outcome.WRITTEN, reason="another run wrote it meanwhile")
        if now != planned:
            return failed(entry, _CHANGED)
    except SecodaError as error:
        return failed(entry, f"not written: {error.message}")
    wanted = wanted_pairs(table, preview)

    async def is_done() -> bool:
        return differences(wanted, await present(table, client)) is None

    try:
        await client.replace_lineage(asked, planned.sql, is_done)
    except Refused as error:
        return failed(entry, f"not written: {error.message}")
    except SecodaError as error:
        return failed(entry, f"it is not known whether it was written: {error.message}")
    return await _read_back(entry, table, wanted, client, pause)


async def take_away(entry: SyncEntry, planned: Removal, client: Secoda, pause: Pause) -> SyncEntry:
    """Delete the lineage of a table that is made no longer, after a last look, and read it back.

    A run that ends in between leaves the rest for the next: rows that are gone are not asked for again.
    """
    name = planned.table.shown
    try:
        now = removal(await present(planned.table, client))
        if not set(now.rows) <= set(planned.rows):
            return failed(entry, _CHANGED)
        for row in now.rows:
            await client.lineage.remove(row)
    except SecodaError as error:
        return failed(entry, f"the lineage of {name} was not removed, or in part: {error.message}")
    reason: str | None = None
    for seconds in READ_BACK_AFTER:
        await pause(seconds)
        try:
            left = len(removal(await present(planned.table, client)).drops)
            reason = f"read back: {left} of {name} still shown" if left else None
        except SecodaError as error:
            reason = f"removed, but {name} could not be read back: {error.message}"
        if reason is None:
            return entry
    return replace(entry, outcome=Outcome.DIFFERS, reason=reason)


def statement(model: SyncModel, table: Asset, client: Secoda) -> PreviewStatement:
    """Give what the catalog is asked to read for a model."""
    return PreviewStatement(
        sql=model.sql or "",
        dialect=client.dialect(model.dialect),
        table_id=table.id,
        default_database=model.default_database,
        default_schema=model.default_schema,
        skeleton=model.skeleton,
    )


async def _read_back(
    entry: SyncEntry, table: Asset, wanted: frozenset[Pair], client: Secoda, pause: Pause
) -> SyncEntry:
    reason: str | None = None
    for seconds in READ_BACK_AFTER:
        await pause(seconds)
        try:
            reason = differences(wanted, await present(table, client))
        except SecodaError as error:
            reason = f"written, but it could not be read back: {error.message}"
        if reason is None:
            return replace(entry, outcome=Outcome.WRITTEN)
    return replace(entry, outcome=Outcome.DIFFERS, reason=reason)
