"""A sync's report, for people and for programs. Nothing is left out without its count."""

import re
from collections.abc import Iterator, Sequence

from contract_gate.app.sync.values import (
    DocumentedField,
    ExposureLink,
    LineageEdge,
    LinkOutcome,
    Outcome,
    SyncEntry,
    SyncReport,
)
from contract_gate.catalogs.names import CatalogNames
from contract_gate.core.printable import json_text, printable
from contract_gate.core.relation import RelationName
from contract_gate.edge.github.commands import as_code

_COLOURED = ("+ ", "- ")
_MOST_EDGES = 20
_MOST_NAMES = 10
_LONGEST = 80
"""So much of one table is shown to people, and so many tables that nothing happens to are named; the JSON has all."""


def to_dict(report: SyncReport) -> dict[str, object]:
    """Give the JSON of `contract-gate sync --format json`."""
    return {
        "schema_version": 1,
        "dry_run": report.dry_run,
        "complete": report.is_complete,
        "conclusion": conclusion(report),
        "settled_before": report.settled_before,
        "counts": {outcome.value: _count(report, outcome) for outcome in Outcome},
        "exposures": [_link_to_dict(link) for link in report.exposures],
        "models": [_entry_to_dict(entry) for entry in report.entries],
    }


def to_json(report: SyncReport) -> str:
    """Write the report as JSON text."""
    return json_text(to_dict(report))


def to_text(report: SyncReport) -> str:
    """Write a paragraph for each table that something happens to, what is left alone, and the sum of it.

    `+` comes, `-` goes, `~` changes, `>` gets another name, `!` needs a look.
    """
    if not report.entries and not report.exposures and not report.settled_before:
        return "no model changed\n"
    in_step = [entry for entry in report.entries if entry.outcome is Outcome.IN_STEP]
    blocks = [_block(entry) for entry in report.entries if entry.outcome is not Outcome.IN_STEP]
    if in_step:
        blocks.append([f"= in step: {_names(in_step)}"])
    blocks += [_link_block(link) for link in report.exposures]
    return "\n".join("\n".join(block) + "\n" for block in [*blocks, [_sum(report)]])


def to_markdown(report: SyncReport, how: str) -> str:
    """Write the plan for a job's summary: the text, coloured as a diff. `how` says which commits it is of."""
    # Only what begins a line is coloured.
    lines = [
        line.removeprefix("    ") if line[4:6] in _COLOURED else line for line in to_text(report).splitlines()
    ]
    body = "\n".join(lines)
    marks = "`" * (1 + max([2, *map(len, re.findall("`+", body))]))
    said = conclusion(report)
    return f"### contract-gate sync: {said}\n\n{as_code(how)}\n\n{marks}diff\n{body}\n{marks}\n"


def conclusion(report: SyncReport) -> str:
    """Say in a few words what came of it; synced is only what failed nowhere and left nothing alone."""
    if report.dry_run:
        return "planned, nothing was written"
    links = [link.outcome for link in report.exposures]
    failed = (
        _count(report, Outcome.FAILED) + _count(report, Outcome.DIFFERS) + links.count(LinkOutcome.FAILED)
    )
    left = _count(report, Outcome.LEFT_ALONE) + links.count(LinkOutcome.LEFT_ALONE)
    if not failed and not left:
        return "synced"
    written = _count(report, Outcome.WRITTEN) + _count(report, Outcome.REMOVED)
    return f"{'not synced' if failed else 'synced in part'}, {written} written, {failed} failed, {left} left alone"


def _count(report: SyncReport, outcome: Outcome) -> int:
    return sum(entry.outcome is outcome for entry in report.entries)


def _block(entry: SyncEntry) -> list[str]:
    title = " → ".join(_known(entry, name) for name in (*entry.replaces, entry.relation))
    path = f"  ({printable(entry.path)})" if entry.path else ""
    lines = [f"{_mark(entry)} {title}: {entry.outcome.value.replace('-', ' ')}{path}"]
    if entry.reason:
        lines.append(f"    {printable(entry.reason)}")
    edges = [*(("+", edge) for edge in entry.adds), *(("-", edge) for edge in entry.drops)]
    lines += [f"    {mark} {_edge(edge)}" for mark, edge in edges[:_MOST_EDGES]]
    if len(edges) > _MOST_EDGES:
        lines.append(f"    and {len(edges) - _MOST_EDGES:,} more, all in the JSON")
    lines += [_document(one) for one in entry.documents[:_MOST_EDGES]]
    if len(entry.documents) > _MOST_EDGES:
        lines.append(
            f"    and {len(entry.documents) - _MOST_EDGES:,} more of the documentation, all in the JSON"
        )
    if entry.kept:
        lines.append(f"    {entry.kept:,} made by hand stay")
    if entry.absent:
        lines.append("    not in the catalog, or not read by it: " + ", ".join(map(printable, entry.absent)))
    return lines


def _link_block(link: ExposureLink) -> list[str]:
    mark = "!" if link.outcome in (LinkOutcome.LEFT_ALONE, LinkOutcome.FAILED) else "-" if link.ends else "+"
    path = f"  ({printable(link.path)})" if link.path else ""
    lines = [f"{mark} exposure {printable(link.exposure)}: {link.outcome.value.replace('-', ' ')}{path}"]
    target = f" → {printable(link.asset)}" if link.asset else ""
    lines.append(f"    {printable(str(link.relation))}{target}")
    if link.reason:
        lines.append(f"    {printable(link.reason)}")
    return lines


def _document(one: DocumentedField) -> str:
    """Show a field that moves along; a long text by its beginning, which is said."""
    value = printable(one.value)
    shown = value if len(value) <= _LONGEST else f"{value[:_LONGEST]}… ({len(value):,} characters)"
    return f"    + {one.field} of {printable(one.asset)}: {shown}"


def _mark(entry: SyncEntry) -> str:
    if entry.outcome in (Outcome.LEFT_ALONE, Outcome.FAILED, Outcome.DIFFERS):
        return "!"
    if entry.removed:
        return "-"
    return ">" if entry.replaces else "~"


def _known(entry: SyncEntry, name: RelationName) -> str:
    """Give a name without the words that stand in it for what nobody knows."""
    return printable(str(CatalogNames(made_up=entry.words).of(name) if entry.words else name))


def _names(entries: Sequence[SyncEntry]) -> str:
    shown = [_known(entry, entry.relation) for entry in entries[:_MOST_NAMES]]
    more = len(entries) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")


def _edge(edge: LineageEdge) -> str:
    return f"{printable(edge.source_name)} → {printable(edge.target_name)}"


def _sum(report: SyncReport) -> str:
    """Sum up what comes and goes, then the tables by what became of them."""
    touched = [e for e in report.entries if e.outcome in (Outcome.PLANNED, Outcome.WRITTEN, Outcome.REMOVED)]
    adds, drops = sum(len(e.adds) for e in touched), sum(len(e.drops) for e in touched)
    come, go = ("to add", "to remove") if report.dry_run else ("added", "removed")
    head = "Plan" if report.dry_run else "Done"
    return f"{head}: {adds:,} {come}, {drops:,} {go} ({', '.join(_tables(report))})"


def _tables(report: SyncReport) -> Iterator[str]:
    for kind in LinkOutcome:
        if links := sum(link.outcome is kind for link in report.exposures):
            yield f"{links:,} of exposures {kind.value.replace('-', ' ')}"
    if report.settled_before:
        yield f"{report.settled_before:,} done by the run that was interrupted"
    for outcome in Outcome:
        if number := _count(report, outcome):
            yield f"{number:,} {outcome.value.replace('-', ' ')}"


def _entry_to_dict(entry: SyncEntry) -> dict[str, object]:
    return {
        "relation": str(entry.relation),
        "path": entry.path,
        "outcome": entry.outcome.value,
        "reason": entry.reason,
        "table_id": entry.table_id,
        "adds": [_edge_to_dict(edge) for edge in entry.adds],
        "drops": [_edge_to_dict(edge) for edge in entry.drops],
        "not_in_catalog": list(entry.absent),
        "replaces": list(map(str, entry.replaces)),
        "removed": entry.removed,
        "unknown": [word.setting for word in entry.words],
        "made_by_hand": entry.kept,
        "documents": [
            {"asset": one.asset, "field": one.field, "value": one.value} for one in entry.documents
        ],
    }


def _link_to_dict(link: ExposureLink) -> dict[str, object]:
    return {
        "exposure": link.exposure,
        "path": link.path,
        "relation": str(link.relation),
        "asset": link.asset,
        "asset_id": link.asset_id,
        "url": link.url,
        "outcome": link.outcome.value,
        "ends": link.ends,
        "reason": link.reason,
    }


def _edge_to_dict(edge: LineageEdge) -> dict[str, str]:
    return {"from": edge.source_name, "to": edge.target_name, "from_id": edge.source, "to_id": edge.target}
