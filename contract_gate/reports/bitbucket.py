"""Bitbucket's Code Insights: a report and its annotations, as `contract-gate publish bitbucket` sends them.

https://support.atlassian.com/bitbucket-cloud/docs/code-insights/ and the limits of its REST API: 1,000 annotations a report, 450
characters of a summary, 2,000 of details.
"""

from contract_gate.core.printable import cut, printable
from contract_gate.policy.level import Level
from contract_gate.policy.settings import Verdict
from contract_gate.reports import basis, view
from contract_gate.reports.json_ import dumps
from contract_gate.reports.names import brief
from contract_gate.reports.report import Report
from contract_gate.reports.rows import JsonValue
from contract_gate.reports.verdict import verdict_sentence

ANNOTATIONS = 1_000
SUMMARY, DETAILS = 450, 2_000
_SEVERITIES = {Level.ERROR: "HIGH", Level.WARNING: "MEDIUM", Level.NOTE: "LOW"}
_RESULTS = {Level.ERROR: "FAILED", Level.WARNING: "FAILED", Level.NOTE: "PASSED"}


def render(report: Report) -> str:
    """Write the report and its annotations, what needs an answer first."""
    told = view.entries(brief(report))
    return dumps({
        "report": _report(report, len(told)), "annotations": [_annotation(entry) for entry in told[:ANNOTATIONS]],
    })  # fmt: skip


def _report(report: Report, findings: int) -> JsonValue:
    left = findings - ANNOTATIONS
    more = [f"+{left} more findings have no room here; the JSON report has all"] if left > 0 else []
    rests = (f"{label}: {text}" for label, text in basis.rests_on(report))
    # What could not be decided is no pass: Bitbucket knows no third answer of a run that has ended.
    return {
        "title": "contract-gate",
        "reporter": "contract-gate",
        "report_type": "TEST",
        "result": "PASSED" if report.verdict is Verdict.PASSED else "FAILED",
        "details": cut("\n".join(map(printable, [verdict_sentence(report), *more, *rests])), DETAILS),
        "data": [
            {
                "title": f"{level}s",
                "type": "NUMBER",
                "value": sum(1 for one in report.findings if one.level is level and not one.waiver),
            }
            for level in Level
        ],
    }


def _annotation(entry: view.FindingView) -> JsonValue:
    finding, place = entry.finding, entry.finding.location
    waived = [f"waived: {finding.waiver}"] if finding.waiver else []
    readers = [" ".join((reader.title, reader.outcome, reader.place)) for reader in entry.listed]
    told: dict[str, JsonValue] = {
        "external_id": f"contract-gate-{finding.fingerprint}",
        "annotation_type": "BUG" if finding.level is Level.ERROR else "CODE_SMELL",
        "summary": cut(printable(f"{finding.rule}: {entry.headline}"), SUMMARY),
        "details": cut(
            "\n".join(map(printable, [*waived, *readers, *entry.rest(len(readers))])) or finding.rule, DETAILS
        ),
        "severity": _SEVERITIES[finding.level],
        "result": "IGNORED" if finding.waiver else _RESULTS[finding.level],
    }
    if place is not None and place.path is not None:
        told |= {"path": place.path, "line": place.line}
    return told
