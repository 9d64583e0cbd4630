"""What to write for one model, and what not. Pure: it is given what the catalog shows and what Secoda reads.

A write first removes the table's own lineage in the catalog, so anything doubtful is left alone and told why.
"""

from collections.abc import Mapping
from typing import TypeAlias

from contract_gate.app.sync.cataloged import CatalogedTable, Pair
from contract_gate.app.sync.values import LineageEdge, SyncModel
from contract_gate.catalogs.catalog import Asset, agreement
from contract_gate.catalogs.graph import key_of
from contract_gate.catalogs.secoda.preview import Preview
from contract_gate.catalogs.secoda.wire import PreviewColumn, PreviewTable
from contract_gate.core.relation import RelationName
from contract_gate.core.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """Write `sql`; the catalog shows `adds` afterwards and `drops` no more."""

    sql: str
    adds: tuple[LineageEdge, ...]
    drops: tuple[LineageEdge, ...]
    absent: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InStep:
    """The catalog shows this lineage already."""

    absent: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftAlone:
    """A write could do harm, or can't be judged."""

    reason: str
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """Delete `rows`, which are the lineage `drops` into a table that is made no longer. `kept` counts what stays: people made it."""

    table: Asset
    rows: tuple[str, ...]
    drops: tuple[LineageEdge, ...]
    kept: int


Step: TypeAlias = Write | InStep | LeftAlone


def plan(model: SyncModel, present: CatalogedTable, preview: Preview) -> Step:
    """Decide on one model from a fresh preview of its SQL."""
    absent = _absent(model, preview)
    refusal = _refusal(model, present, preview)
    if refusal:
        return LeftAlone(reason=refusal, absent=absent)
    wanted = wanted_pairs(present.table, preview)
    adds, drops = wanted - present.pairs, present.automatic - wanted
    if not adds and not drops:
        return InStep(absent=absent)
    names = _names(present, preview)
    return Write(sql=preview.sent, adds=_edges(adds, names), drops=_edges(drops, names), absent=absent)


def removal(present: CatalogedTable) -> Removal:
    """Take away what nobody made by hand of the lineage into a table that is made no longer."""
    pairs = frozenset(present.rows)
    rows = dict.fromkeys(row for pair in sorted(pairs) for row in present.rows[pair])
    return Removal(
        table=present.table,
        rows=tuple(rows),
        drops=_edges(pairs, present.names()),
        kept=len(present.pairs - pairs),
    )


def wanted_pairs(table: Asset, preview: Preview) -> frozenset[Pair]:
    """Give the lineage that a preview shows: each source to the table, each column to its columns."""
    target = key_of(table.id)
    tables = {(key_of(source.id), target) for source in preview.reply.sources}
    columns = {(key_of(start.id), key_of(end.id)) for start, end in preview.reply.columns}
    return frozenset(pair for pair in tables | columns if pair[0] != pair[1])


def differences(wanted: frozenset[Pair], present: CatalogedTable) -> str | None:
    """Say how the catalog differs from what was written, None when it does not."""
    missing, extra = wanted - present.pairs, present.automatic - wanted
    parts = [f"{len(missing)} written not shown"] if missing else []
    parts += [f"{len(extra)} shown not written"] if extra else []
    return "read back: " + ", ".join(parts) if parts else None


def _refusal(model: SyncModel, present: CatalogedTable, preview: Preview) -> str | None:
    target, reply = preview.reply.target, preview.reply
    if target is None:
        return "Secoda can't tell the target of the SQL"
    if key_of(target.id) != key_of(present.table.id):
        return f"Secoda reads another target: {target.name}"
    if not reply.sources:
        return "Secoda finds no source of it in the catalog: a write would only remove lineage"
    foreign = [end.name for _, end in reply.columns if key_of(end.id) not in present.columns]
    if foreign:
        return f"Secoda reads columns that the table does not have in the catalog: {', '.join(foreign[:3])}"
    if not reply.columns and any(end != key_of(present.table.id) for _, end in present.automatic):
        return "Secoda reads no column lineage from the SQL: a write would remove what the catalog has"
    return _loss(model, present, preview)


def _loss(model: SyncModel, present: CatalogedTable, preview: Preview) -> str | None:
    """Name a source that the model still reads and that a write would cut off, because Secoda missed it."""
    seen = {key_of(source.id) for source in preview.reply.sources}
    for start, _ in sorted(present.automatic):
        holder = present.holder(start)
        if holder is None or key_of(holder.id) in seen:
            continue
        if any(agreement(source, holder.title_full) for source in model.sources):
            return f"the model still reads {holder.shown}, which Secoda does not find in the SQL"
    return None


def _absent(model: SyncModel, preview: Preview) -> tuple[str, ...]:
    """Give the sources that the gate reads from the SQL and Secoda does not show: not in the catalog."""

    def is_shown(source: RelationName) -> bool:
        return any(agreement(source, table.name) for table in preview.reply.sources)

    return tuple(
        str(source) for source in model.sources if source != model.catalog_name and not is_shown(source)
    )


def _names(present: CatalogedTable, preview: Preview) -> Mapping[str, str]:
    named: list[PreviewTable | PreviewColumn] = list(preview.reply.sources)
    named += [column for pair in preview.reply.columns for column in pair]
    return {**{key_of(one.id): one.name for one in named}, **present.names()}


def _edges(pairs: frozenset[Pair], names: Mapping[str, str]) -> tuple[LineageEdge, ...]:
    edges = (
        LineageEdge(
            source=start, target=end, source_name=names.get(start, start), target_name=names.get(end, end)
        )
        for start, end in pairs
    )
    return tuple(sorted(edges, key=lambda edge: (edge.target_name, edge.source_name, edge.source)))
