"""The JSON report, for other programs: docs/report.schema.json is its schema.

Fields may be added, none removed or renamed. The output is ASCII, so a hostile name can't reach the terminal
or the CI log as anything but an escape.
"""

from contract_gate.compare.changes.change import Change, Window, Witness
from contract_gate.compare.changes.origin import Origin
from contract_gate.compare.impact import Effect, Impact
from contract_gate.core.coverage import CatalogState, Coverage
from contract_gate.core.printable import json_text
from contract_gate.core.relation import Location
from contract_gate.policy.finding import Finding
from contract_gate.reports.report import Report
from contract_gate.reports.rows import JsonValue, json_value
from contract_gate.sql.edits.edit import Edit

SCHEMA_VERSION = 1


def render(report: Report) -> str:
    """Write the report as an indented JSON object."""
    return dumps(report_object(report))


def dumps(value: JsonValue) -> str:
    """Write JSON for a CI log: ASCII, and never the two characters that start a runner's command."""
    return json_text(value)


def report_object(report: Report) -> dict[str, JsonValue]:
    """Give the report as it stands in docs/report.schema.json."""
    return {
        "schema_version": SCHEMA_VERSION,
        "verdict": report.verdict.value,
        "base": report.base,
        "head": report.head,
        "catalog": _catalog(report.catalog),
        "coverage": _coverage(report.coverage),
        "changes": [change_object(change) for change in report.changes],
        "impacts": [_impact(impact) for impact in report.impacts if impact.effect is not Effect.UNAFFECTED],
        "findings": [_finding(finding) for finding in report.findings],
    }


def change_object(change: Change) -> dict[str, JsonValue]:
    """Give a change as `check` reports it; `diff` shows a part of the same fields."""
    return {
        "id": change.id,
        "kind": change.kind.value,
        "class": change.change_class.value,
        "certainty": change.certainty.value,
        "relation": None if change.relation is None else str(change.relation),
        "column": change.column,
        "path": change.location.path if change.location else None,
        "location": _location(change.location),
        "caused_by": change.caused_by,
        "message": change.message,
        "before": change.before,
        "after": change.after,
        "witness": witness_object(change.witness),
        "unconfirmed": change.unconfirmed,
        "breach": None if change.breach is None else change.breach.value,
        "origins": [_origin(origin) for origin in change.origins],
        "edit": _edit(change.edit),
        "owners": list(change.owners),
        "tags": list(change.tags),
        "window": _window(change.window),
    }


def _window(window: Window | None) -> JsonValue:
    if window is None:
        return None
    return {
        "until": window.until, "is_over": window.is_over, "said_at": window.said_at, "reason": window.reason,
    }  # fmt: skip


def _edit(edit: Edit | None) -> JsonValue:
    if edit is None:
        return None
    return {"kind": edit.kind.value, "block": edit.block or None, "text": edit.text, "line": edit.line}


def witness_object(witness: Witness | None) -> JsonValue:
    """Give a witness: its input tables by name, and the rows of both sides."""
    if witness is None:
        return None
    return {
        "tables": {name: json_value(list(rows)) for name, rows in witness.tables},
        "before": json_value(list(witness.before)),
        "after": json_value(list(witness.after)),
        "assumes": list(witness.assumes),
    }


def _catalog(state: CatalogState) -> JsonValue:
    return {
        "name": state.name,
        "status": state.status.value,
        "as_of": state.as_of,
        "note": state.note,
        "not_in_catalog": list(state.not_in_catalog),
        "unanswered": list(state.unanswered),
    }


def _coverage(coverage: Coverage) -> JsonValue:
    return {
        "files_changed": coverage.files_changed,
        "models_changed": coverage.models_changed,
        "models_analysed": coverage.models_analysed,
        "not_analysed": [
            {"path": entry.path, "reason": entry.reason, "line": entry.line}
            for entry in coverage.not_analysed
        ],
        "notes": list(coverage.notes),
        "cut_short": coverage.cut_short,
        "searched": [
            {
                "kind": each.kind,
                "files": each.files,
                "read": each.read,
                "not_read": [{"path": one.path, "reason": one.reason} for one in each.not_read],
            }
            for each in coverage.searched
        ],
    }


def _impact(impact: Impact) -> JsonValue:
    consumer = impact.consumer
    return {
        "change": impact.change,
        "consumer": {
            "kind": consumer.kind,
            "name": consumer.name,
            "path": consumer.path,
            "url": consumer.url,
            "owners": list(consumer.owners),
            "handles": dict(consumer.handles),
            "usage": consumer.usage,
            "id": consumer.id,
            "inside": consumer.inside,
            "external_usage": consumer.standing.external_usage,
            "internal_usage": consumer.standing.internal_usage,
            "users": list(consumer.standing.people),
            "users_count": consumer.standing.people_count,
            "tags": list(dict.fromkeys((*consumer.tags, *consumer.standing.tags))),
            "certified": consumer.standing.certified,
            "pii": consumer.standing.pii,
            "stale": consumer.standing.stale,
        },
        "effect": impact.effect.value,
        "certainty": impact.certainty.value,
        "column": impact.column,
        "via": list(impact.via),
        "distance": impact.distance,
        "location": _location(impact.location),
        "by": impact.by.value,
        "reason": impact.reason,
        "witnessed": impact.witnessed.value if impact.witnessed is not None else None,
    }


def _finding(finding: Finding) -> JsonValue:
    return {
        "fingerprint": finding.fingerprint,
        "rule": finding.rule,
        "level": finding.level.value,
        "message": finding.message,
        "change": finding.change,
        "consumers": list(finding.consumers),
        "location": _location(finding.location),
        "waiver": finding.waiver,
        "instead": finding.instead,
        "undecided": finding.undecided,
        "changes": list(finding.changes),
        "origin": None if finding.origin is None else _origin(finding.origin),
        "policy": [{"level": rule.level.value, "because": rule.because} for rule in finding.policy],
        "level_without": None if finding.level_without is None else finding.level_without.value,
    }


def _origin(origin: Origin) -> JsonValue:
    return {"kind": origin.kind.value, "name": origin.name, "path": origin.path, "line": origin.line}


def _location(location: Location | None) -> JsonValue:
    if location is None:
        return None
    return {
        "path": location.path,
        "line": location.line,
        "column": location.column,
        "end_line": location.end_line,
        "end_column": location.end_column,
    }
