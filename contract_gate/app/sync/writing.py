"""What `sync` does to the catalog for one model: write its lineage or take it away, after a last look, and read it back."""

from collections.abc import Awaitable, Callable, Sequence

from contract_gate.app.sync.cataloged import CatalogedTables, Pair
from contract_gate.app.sync.plan import InStep, Removal, Write, differences, plan, removal, wanted_pairs
from contract_gate.app.sync.values import Outcome, SyncEntry, SyncModel, failed
from contract_gate.catalogs.catalog import Asset
from contract_gate.catalogs.graph import key_of
from contract_gate.catalogs.secoda.client import Secoda
from contract_gate.catalogs.secoda.errors import Refused, SecodaError
from contract_gate.catalogs.secoda.preview import Preview, PreviewStatement
from contract_gate.core.values import dataclass, replace

READ_BACK_AFTER = (0.0, 2.0, 5.0)
"""Seconds before each look at what was written: a catalog may show it a little later."""

Pause = Callable[[float], Awaitable[None]]

_CHANGED = "not written: the catalog changed since the plan; run it again"


FRESH = 30.0
"""Seconds for which a preview is believed: a write whose turn comes later is previewed once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What to write to a table, with the preview that it was planned from and when that was begun."""

    table: Asset
    write: Write
    preview: Preview
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A write that the catalog took and that is to be read back: it must show `wanted`."""

    entry: SyncEntry
    table: Asset
    wanted: frozenset[Pair]


async def write(
    entry: SyncEntry, model: SyncModel, planned: Planned, client: Secoda, shown: CatalogedTables
) -> Sent | SyncEntry:
    """Write one model's lineage after a last look that nothing changed since the plan."""
    table = planned.table
    asked = statement(model, table, client)
    # The look is worth nothing if the write still has to wait for its turn.
    await client.until_writable()
    try:
        preview = planned.preview if client.now() - planned.at < FRESH else await client.preview(asked)
        if not isinstance(preview, Preview):
            return failed(entry, f"not written: {preview.reason}")
        now = plan(model, await shown.one(table, (preview,)), preview)
        if isinstance(now, InStep):
            # Another run was faster: what is there already is not written twice.
            return replace(entry, outcome=Outcome.WRITTEN, reason="another run wrote it meanwhile")
        if now != planned.write:
            return failed(entry, _CHANGED)
    except SecodaError as error:
        return failed(entry, f"not written: {error.message}")
    wanted = wanted_pairs(table, preview)

    async def is_done() -> bool:
        return differences(wanted, await shown.one(table)) is None

    try:
        await client.replace_lineage(asked, planned.write.sql, is_done)
    except Refused as error:
        return failed(entry, f"not written: {error.message}")
    except SecodaError as error:
        return failed(entry, f"it is not known whether it was written: {error.message}")
    client.lineage.look_again()
    return Sent(entry=entry, table=table, wanted=wanted)


async def read_back(written: Sequence[Sent], shown: CatalogedTables, pause: Pause) -> tuple[SyncEntry, ...]:
    """Look whether the catalog shows what was written, again and again for those that it does not show yet."""
    reasons: dict[int, str | None] = dict.fromkeys(range(len(written)), "it was not looked at")
    for seconds in READ_BACK_AFTER:
        left = [number for number, reason in reasons.items() if reason]
        if not left:
            break
        await pause(seconds)
        found = await shown.of([written[number].table for number in left])
        for number in left:
            present = found[key_of(written[number].table.id)]
            if isinstance(present, SecodaError):
                reasons[number] = f"written, but it could not be read back: {present.message}"
            else:
                reasons[number] = differences(written[number].wanted, present)
    return tuple(
        replace(
            one.entry,
            outcome=Outcome.DIFFERS if reason else Outcome.WRITTEN,
            reason=reason or one.entry.reason,
        )
        for one, reason in zip(written, reasons.values(), strict=True)
    )


async def take_away(
    entry: SyncEntry, planned: Removal, client: Secoda, shown: CatalogedTables, pause: Pause
) -> SyncEntry:
    """Delete the lineage of a table that is made no longer, after a last look, and read it back.

    A run that ends in between leaves the rest for the next: rows that are gone are not asked for again.
    """
    name = planned.table.shown
    try:
        now = removal(await shown.one(planned.table))
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
            left = len(removal(await shown.one(planned.table)).drops)
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
