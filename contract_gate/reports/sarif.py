"""SARIF 2.1.0 for code scanning.

An alert shows in a pull request only if its lines are in the diff: a finding stands on the changed line, the
readers that it hits are `relatedLocations`. What has no place in a file (the catalog's answer, a finding about the
run) is a notification of the invocation.
https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support
"""

from collections.abc import Mapping
from urllib.parse import quote

from contract_gate import __version__
from contract_gate.compare.changes.kinds import PAGES, KindPage
from contract_gate.core.printable import cut, printable
from contract_gate.core.relation import Location
from contract_gate.policy.finding import Finding
from contract_gate.policy.settings import Verdict
from contract_gate.reports import basis, view
from contract_gate.reports.json_ import dumps
from contract_gate.reports.report import Report
from contract_gate.reports.rows import JsonValue
from contract_gate.reports.verdict import verdict_sentence

RESULTS = 5_000
"""GitHub shows 5,000 results of a run and refuses more than 25,000."""
_RELATED = 50
_TEXT = 4_000


def render(report: Report) -> str:
    """Write one SARIF log with one run."""
    return dumps(
        {
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [_run(report)],
        }
    )


def _run(report: Report) -> JsonValue:
    entries = view.entries(report)
    placed = [entry for entry in entries if _is_placed(entry.finding.location)]
    named = {entry.finding.rule for entry in placed}
    pages = [page for page in PAGES.values() if page.kind in named]
    rules = {page.kind.value: index for index, page in enumerate(pages)}
    return {
        "tool": {
            "driver": {
                "name": "contract-gate",
                "semanticVersion": __version__,
                "rules": [_rule(page) for page in pages],
            }
        },
        "automationDetails": {"id": "contract-gate/"},
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The repository's top folder."}}},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": report.verdict is not Verdict.UNDECIDED,
                "toolExecutionNotifications": _notifications(report, entries, len(placed)),
            }
        ],
        "results": [_result(entry, rules) for entry in placed[:RESULTS]],
        "properties": {
            "verdict": report.verdict.value,
            "base": report.base,
            "head": report.head,
            "catalogStatus": report.catalog.status.value,
        },
    }


def _rule(page: KindPage) -> JsonValue:
    return {
        "id": page.kind.value,
        "shortDescription": {"text": f"{page.title}."},
        "fullDescription": {"text": page.why},
        "help": {"text": page.instead, "markdown": f"{page.why}\n\n**Instead:** {page.instead}"},
        "defaultConfiguration": {"level": page.level},
        "properties": {"tags": ["sql", "data-contract", page.change_class.value], "precision": "high"},
    }


def _result(entry: view.FindingView, rules: Mapping[str, int]) -> JsonValue:
    finding = entry.finding
    result: dict[str, JsonValue] = {
        "ruleId": finding.rule,
        "ruleIndex": rules[finding.rule],
        "level": finding.level.value,
        "message": {"text": _sentence(finding.message)},
        "locations": [_location(finding.location)],
        "partialFingerprints": {"contractGate/v1": finding.fingerprint},
    }
    related = _related(entry)
    if related:
        result["relatedLocations"] = related
    if finding.waiver:
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": printable(finding.waiver)}
        ]
    return result


def _related(entry: view.FindingView) -> list[JsonValue]:
    hits = [reader for reader in entry.readers if _is_placed(reader.impact.location)]
    return [
        {
            "id": number,
            **_location(reader.impact.location),
            "message": {"text": _sentence(f"{reader.title} {reader.hit}")},
        }
        for number, reader in enumerate(hits[:_RELATED], start=1)
    ]


def _notifications(report: Report, entries: tuple[view.FindingView, ...], placed: int) -> list[JsonValue]:
    """Tell what has no place in a file: the verdict, the catalog, the coverage, findings about the run."""
    lines = [
        ("note", verdict_sentence(report)),
        *(
            ("warning" if label.startswith("not ") else "note", f"{label}: {text}")
            for label, text in basis.rests_on(report)
        ),
        *(_loose(entry.finding) for entry in entries if not _is_placed(entry.finding.location)),
    ]
    if placed > RESULTS:
        lines.append(
            ("warning", f"{placed - RESULTS} more findings have no room here; the JSON report has all")
        )
    return [{"level": level, "message": {"text": _sentence(text)}} for level, text in lines]


def _loose(finding: Finding) -> tuple[str, str]:
    return finding.level.value, f"{finding.rule}: {finding.message}"


def _is_placed(location: Location | None) -> bool:
    return location is not None and bool(location.path)


def _location(location: Location | None) -> dict[str, JsonValue]:
    if location is None or not location.path:
        return {}
    return {
        "physicalLocation": {
            "artifactLocation": {
                "uri": quote(location.path, errors="surrogateescape"),
                "uriBaseId": "%SRCROOT%",
            },
            "region": _region(location),
        }
    }


def _region(location: Location) -> JsonValue:
    region: dict[str, JsonValue] = {"startLine": location.line, "startColumn": location.column}
    if location.end_line is not None and location.end_line >= location.line:
        region["endLine"] = location.end_line
        if location.end_column is not None:
            region["endColumn"] = location.end_column
    return region


def _sentence(text: str) -> str:
    """Write a text of which no part is a link: `[words](address)` would be one."""
    shown = cut(printable(text), _TEXT).replace("](", "]\u200b(")
    return shown if shown.endswith((".", "…")) else f"{shown}."
