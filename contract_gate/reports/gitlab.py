"""GitLab's Code Quality report: a list of findings in files, shown in the merge request.

The format has no place for anything but findings in files: what the run rests on is a finding of its own, at
the severity of its verdict. https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from contract_gate.core.printable import printable
from contract_gate.core.relation import Location
from contract_gate.policy.level import Level
from contract_gate.policy.settings import Verdict
from contract_gate.reports import view
from contract_gate.reports.json_ import dumps
from contract_gate.reports.report import Report
from contract_gate.reports.rows import JsonValue
from contract_gate.reports.verdict import verdict_sentences

_SEVERITIES = {Level.ERROR: "blocker", Level.WARNING: "major", Level.NOTE: "info"}
_RUN_SEVERITIES = {Verdict.BLOCKED: "blocker", Verdict.UNDECIDED: "major", Verdict.PASSED: "info"}
_RUN_PATH = ".gitlab-ci.yml"
"""Where findings about the run stand: GitLab drops an entry without a path, and shows none of a file that is not there."""


def render(report: Report) -> str:
    """Write the findings, worst first, and the run's own entry at the end."""
    return dumps([*(_entry(entry, report.deleted) for entry in view.entries(report)), _run(report)])


def _entry(entry: view.FindingView, deleted: frozenset[str]) -> JsonValue:
    finding = entry.finding
    place = _standing(entry, deleted)
    waived = f" (waived: {finding.waiver})" if finding.waiver else ""
    return {
        "description": printable(f"{finding.message}{waived}"),
        "check_name": finding.rule,
        "fingerprint": finding.fingerprint,
        "severity": "info" if finding.waiver else _SEVERITIES[finding.level],
        "location": {
            "path": place.path if place is not None else _RUN_PATH,
            "lines": {"begin": place.line if place is not None else 1},
        },
    }


def _standing(entry: view.FindingView, deleted: frozenset[str]) -> Location | None:
    """Give the first place of a finding that is there at the head: its own, or where a reader reads what went."""
    places = (entry.finding.location, *(reader.impact.location for reader in entry.readers))
    return next((one for one in places if one is not None and one.path and one.path not in deleted), None)


def _run(report: Report) -> JsonValue:
    sentences = verdict_sentences(report)
    return {
        "description": printable("; ".join(sentences)),
        "check_name": "contract-gate",
        "fingerprint": "contract-gate-run",
        "severity": _RUN_SEVERITIES[report.verdict],
        "location": {"path": _RUN_PATH, "lines": {"begin": 1}},
    }
