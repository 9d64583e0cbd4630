"""The report in GitHub's Markdown, for the job's summary and the pull request's comment.

Text from the pull request is escaped so that it can't be a mention, a link, HTML, a table's edge or a fence.
A page that would be too long for a comment is cut between findings, and says what was left out.
"""

import re
from collections.abc import Iterable, Iterator

from contract_gate.changes.change import Change, Witness
from contract_gate.policy import Level, Verdict
from contract_gate.report import Report
from contract_gate.reports import view
from contract_gate.reports.names import brief
from contract_gate.reports.printable import printable
from contract_gate.reports.rows import Table, claim, tables, unless

SIZE = 60_000
"""The longest page, in characters: GitHub refuses comments of more than 65,536."""
READERS = 20
COLUMNS = 8
"""How many columns of a table of rows are shown; what tells of the change stays."""
_TAIL = 8_000
_LONGEST = 600
_ACTIVE = re.compile(r"[\\`*_{}\[\]<>#|~@:&$^!]")
_LIVE = re.compile(r"([@#])")
_WWW = re.compile(r"(?i)\b(www)\.")
_NO_BREAK = "\u200b"
_VERDICTS = {
    Verdict.BLOCKED: "⛔ **Blocked**",
    Verdict.UNDECIDED: "❔ **Undecided**",
    Verdict.PASSED: "✅ **Passed**",
}
_LEVELS = {Level.ERROR: "🔴 error", Level.WARNING: "🟡 warning", Level.NOTE: "🔵 note"}


def render(report: Report) -> str:
    """Write the page, at most `SIZE` characters long."""
    head = f"### contract-gate\n\n{_VERDICTS[report.verdict]} · {_safe(view.tally(report))}\n"
    tail = _bounded(_run(report), _TAIL)
    room = SIZE - len(head) - len(tail) - 200
    return head + "".join(_findings(report, room)) + tail


def escape(text: str) -> str:
    """Escape text for the middle of a line of GitHub's Markdown, table cells included.

    A zero-width space after @ and # keeps GitHub from making mentions and links to issues of them, which it
    does after Markdown is rendered; the backslashes keep everything else from being Markdown.
    """
    escaped = _WWW.sub(r"\1\\.", _ACTIVE.sub(r"\\\g<0>", printable(text)))
    return _LIVE.sub(rf"\1{_NO_BREAK}", escaped)


def _findings(report: Report, room: int) -> Iterator[str]:
    left = len(report.findings)
    for entry in view.entries(brief(report)):
        block = "\n".join(_entry(entry)) + "\n"
        if len(block) > room:
            block = "\n".join(_short(entry)) + "\n"
        if len(block) > room:
            yield f"\n**Cut:** {left} of {len(report.findings)} findings have no room here; the JSON report has all.\n"
            return
        room -= len(block)
        left -= 1
        yield block


def _entry(entry: view.Entry) -> Iterator[str]:
    yield from _short(entry)
    if entry.direct:
        yield from ("", "| reader | what happens | where | known |", "| --- | --- | --- | --- |")
        for reader in entry.direct[:READERS]:
            where = f"[{_safe(reader.place)}]({reader.link})" if reader.link else _safe(reader.place)
            yield _row([_safe(reader.title), _safe(reader.outcome), where, _safe(", ".join(reader.details))])
    yield from (f"\n{_safe(sentence)}" for sentence in entry.beyond(READERS))
    if entry.change and entry.change.witness:
        yield from _witness(entry.change, entry.change.witness)
    if entry.instead:
        yield f"\n<details><summary>instead</summary>\n\n{entry.instead}\n\n</details>"


def _witness(change: Change, witness: Witness) -> Iterator[str]:
    # Without the empty line after it, HTML goes on and what follows is not read as (escaped) Markdown.
    yield "\n<details open><summary>rows that show it</summary>\n"
    needs = f" ({unless(witness)})" if witness.assumes else ""
    yield _safe(f"{claim(change, witness)}{needs}")
    for table in tables(witness, change):
        yield from _table(table.narrowed(lambda one: len(one.columns) <= COLUMNS))
    yield "\n</details>"


def _short(entry: view.Entry) -> Iterator[str]:
    finding = entry.finding
    spot = view.place(finding.location)
    yield f"\n#### {_LEVELS[finding.level]} · {finding.rule}{f' · {_safe(spot)}' if spot else ''}\n"
    yield _safe(entry.headline)
    if finding.waiver:
        yield f"\n**Waived:** {_safe(finding.waiver)}"


def _table(table: Table) -> Iterator[str]:
    if not table.rows:
        yield f"\n{_safe(table.title)}: no rows"
        return
    yield f"\n{_safe(table.title)}:\n"
    yield _row([_safe(column) for column in table.columns])
    yield _row(["---"] * len(table.columns))
    yield from (_row([_safe(cell) for cell in row]) for row in table.rows)
    if table.rest:
        yield f"\n{table.rest}"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell or ' ' for cell in cells)} |"


def _run(report: Report) -> Iterator[str]:
    """Say what the verdict rests on."""
    yield "\n---\n"
    yield f"- **Catalog:** {_safe(view.catalog_sentence(report.catalog))}"
    for name in report.catalog.not_in_catalog:
        yield f"- **Not in the catalog:** {_safe(name)}"
    yield f"- **Coverage:** {view.coverage_sentence(report.coverage)}"
    for spot, reason in view.not_analysed(report.coverage):
        yield f"- **Not analysed:** {_safe(spot)}: {_safe(reason)}"
    for note in view.limits(report.coverage):
        yield f"- **Limits:** {_safe(note)}"
    yield f"- **Compared:** {_safe(view.short_revisions(f'{report.base} → {report.head}'))}"


def _bounded(lines: Iterable[str], size: int) -> str:
    """Join whole lines while there is room, and count those that are left out."""
    kept: list[str] = []
    all_lines = list(lines)
    for line in all_lines:
        if sum(len(one) + 1 for one in kept) + len(line) > size:
            kept.append(f"- **Cut:** {len(all_lines) - len(kept)} more lines; the JSON report has all.")
            break
        kept.append(line)
    return "\n".join(kept) + "\n"


def _safe(text: str) -> str:
    return escape(text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…")
