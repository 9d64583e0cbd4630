"""Annotations for a GitHub workflow run: one command a finding, and the rest of the report as plain lines.

The runner shows 10 annotations of a level a step and 50 a run, and drops the others silently: the worst come
first, and one line counts what is left out.
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from collections.abc import Iterator, Sequence

from contract_gate.core.printable import is_plain, printable
from contract_gate.core.relation import Location
from contract_gate.edge.github.commands import command
from contract_gate.policy.level import Level
from contract_gate.reports import basis, view
from contract_gate.reports.names import brief
from contract_gate.reports.report import Report
from contract_gate.reports.verdict import verdict_sentence

PER_LEVEL = 10
MESSAGE = 4096
"""The longest message of an annotation, in characters; the runner cuts longer ones silently."""
LISTED = 200
"""How many findings the log lists as plain lines, worst first; the JSON report has them all."""
_READERS = 20
_COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}
_CUT = " … (cut; the JSON report has the rest)"


def render(report: Report) -> str:
    """Write annotations worst first, then the verdict and what it rests on."""
    return "\n".join([*_annotations(report), *_summary(report)]) + "\n"


def _annotations(report: Report) -> Iterator[str]:
    entries = _worst_first(report)
    shown = _shown(entries)
    for entry in shown:
        yield command(_command(entry), _message(entry), _properties(entry))
    left = len(entries) - len(shown)
    if left:
        yield command(
            "notice", f"+{left} more findings, in the log and the summary", {"title": "contract-gate"}
        )


def _worst_first(report: Report) -> list[view.FindingView]:
    return sorted(
        view.entries(brief(report)), key=lambda entry: (entry.finding.level.rank, bool(entry.finding.waiver))
    )


def _shown(entries: Sequence[view.FindingView]) -> list[view.FindingView]:
    """Keep what the runner would show; one notice stays free for the count of the others."""
    room = dict.fromkeys(_COMMANDS.values(), PER_LEVEL)
    room["notice"] -= 1
    shown = []
    for entry in entries:
        name = _command(entry)
        if room[name]:
            room[name] -= 1
            shown.append(entry)
    return shown


def _command(entry: view.FindingView) -> str:
    return "notice" if entry.finding.waiver else _COMMANDS[entry.finding.level]


def _message(entry: view.FindingView) -> str:
    finding = entry.finding
    lines = [printable(entry.headline)]
    if finding.waiver:
        lines.append(f"waived: {printable(finding.waiver)}")
    for reader in entry.direct[:_READERS]:
        lines.append(f"- {printable(' '.join((reader.title, reader.hit, reader.place)))}")
    lines += map(printable, entry.beyond(_READERS))
    text = "\n".join(lines)
    return text if len(text) <= MESSAGE else text[: MESSAGE - len(_CUT)] + _CUT


def _properties(entry: view.FindingView) -> dict[str, str | int | None]:
    finding, place = entry.finding, entry.finding.location
    properties: dict[str, str | int | None] = {}
    if place is not None and place.path is not None and is_plain(place.path):
        properties = {"file": place.path, "line": place.line, **_extent(place)}
    return {**properties, "title": f"contract-gate: {finding.rule}"}


def _extent(place: Location) -> dict[str, str | int | None]:
    """Give the end and the columns; GitHub drops columns where a place spans lines."""
    if place.end_line not in (None, place.line):
        return {"endLine": place.end_line}
    return {"endLine": place.end_line, "col": place.column, "endColumn": place.end_column}


def _summary(report: Report) -> Iterator[str]:
    yield f"contract-gate: {printable(verdict_sentence(report))}"
    entries = _worst_first(report)
    for entry in entries[:LISTED]:
        waived = " (waived)" if entry.finding.waiver else ""
        yield f"{entry.finding.level}{waived}: {entry.finding.rule}: {printable(entry.finding.message)}"
    if len(entries) > LISTED:
        yield f"+{len(entries) - LISTED} more findings: the JSON report has all"
    yield from (f"{label}: {printable(text)}" for label, text in basis.rests_on(report))
