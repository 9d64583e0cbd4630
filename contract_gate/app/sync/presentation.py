"""A sync's report, for people and for programs."""

from contract_gate.app.sync.values import LineageEdge, Outcome, SyncEntry, SyncReport
from contract_gate.core.printable import json_text, printable

_MARKS = {True: "+", False: "-"}


def to_dict(report: SyncReport) -> dict[str, object]:
    """Give the JSON of `contract-gate sync --format json`."""
    return {
        "schema_version": 1,
        "dry_run": report.dry_run,
        "complete": report.is_complete,
        "conclusion": conclusion(report),
        "counts": {outcome.value: _count(report, outcome) for outcome in Outcome},
        "models": [_entry_to_dict(entry) for entry in report.entries],
    }


def to_json(report: SyncReport) -> str:
    """Write the report as JSON text."""
    return json_text(to_dict(report))


def to_table(report: SyncReport) -> str:
    """Write one line a model, its changes below it, and a count of the outcomes at the end."""
    width = max((len(printable(str(entry.relation))) for entry in report.entries), default=0)
    lines = [line for entry in report.entries for line in _lines(entry, width)]
    counts: dict[str, int] = {}
    for entry in report.entries:
        counts[entry.outcome.value] = counts.get(entry.outcome.value, 0) + 1
    summary = ", ".join(f"{number} {outcome}" for outcome, number in counts.items())
    return "\n".join([*lines, summary or "no model changed"]) + "\n"


def conclusion(report: SyncReport) -> str:
    """Say in a few words what came of it; synced is only what failed nowhere and left nothing alone."""
    if report.dry_run:
        return "planned, nothing was written"
    failed = _count(report, Outcome.FAILED) + _count(report, Outcome.DIFFERS)
    left = _count(report, Outcome.LEFT_ALONE)
    if not failed and not left:
        return "synced"
    written = _count(report, Outcome.WRITTEN)
    return f"{'not synced' if failed else 'synced in part'}, {written} written, {failed} failed, {left} left alone"


def _count(report: SyncReport, outcome: Outcome) -> int:
    return sum(entry.outcome is outcome for entry in report.entries)


def _lines(entry: SyncEntry, width: int) -> list[str]:
    name = printable(str(entry.relation)).ljust(width)
    reason = f"  {printable(entry.reason)}" if entry.reason else ""
    lines = [f"{entry.outcome.value:<11}{name}{reason}".rstrip()]
    lines += [_edge_line(edge, added=True) for edge in entry.adds]
    lines += [_edge_line(edge, added=False) for edge in entry.drops]
    if entry.absent:
        lines.append("    not in the catalog, or not read by it: " + ", ".join(map(printable, entry.absent)))
    return lines


def _edge_line(edge: LineageEdge, *, added: bool) -> str:
    return f"    {_MARKS[added]} {printable(edge.source_name)} → {printable(edge.target_name)}"


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
    }


def _edge_to_dict(edge: LineageEdge) -> dict[str, str]:
    return {"from": edge.source_name, "to": edge.target_name, "from_id": edge.source, "to_id": edge.target}
