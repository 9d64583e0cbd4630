"""The report for a person at a terminal or in a CI log: worst first, the readers, the way out, one verdict line.

Every line starts with text of ours: a name that begins with `::` can't become a runner's command by wrapping.
"""

from collections.abc import Iterable, Iterator
from textwrap import TextWrapper
from unicodedata import east_asian_width

from contract_gate.policy import Level, Verdict
from contract_gate.report import Report
from contract_gate.reports import view
from contract_gate.reports.names import brief
from contract_gate.reports.printable import printable, printable_lines
from contract_gate.reports.prose import parts
from contract_gate.reports.rows import Table, claim, tables, unless

READERS = 10
"""How many readers of a finding are shown in full; the JSON report has them all."""
WIDTH = 100
NARROWEST = 40
_BAR = "│ "
_CELL = 30
_COLOURS = {
    Level.ERROR: "1;31",
    Level.WARNING: "1;33",
    Level.NOTE: "1;36",
    Verdict.BLOCKED: "1;31",
    Verdict.UNDECIDED: "1;33",
    Verdict.PASSED: "1;32",
}
_DIM = "2"


def render(report: Report, *, colour: bool = False, width: int = WIDTH) -> str:
    """Write the report for a screen of `width` characters, with ANSI colours if wanted."""
    page = _Page(colour=colour, width=max(width, NARROWEST))
    blocks = [list(page.entry(entry)) for entry in view.entries(brief(report))]
    blocks.append(list(page.run(report)))
    blocks.append([page.verdict(report)])
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


class _Page:
    def __init__(self, *, colour: bool, width: int) -> None:
        self._colour = colour
        self._width = width

    def entry(self, entry: view.Entry) -> Iterator[str]:
        finding = entry.finding
        level = self._paint(f"{finding.level:<7}", _COLOURS[finding.level])
        spot = printable(view.place(finding.location))
        yield f"{level} {finding.rule}" + (f"  {self._paint(spot, _DIM)}" if spot else "")
        yield from self._wrap(entry.headline)
        if finding.waiver:
            yield from self._wrap(f"waived: {finding.waiver}")
        for reader in entry.direct[:READERS]:
            yield from self._reader(reader)
        for sentence in entry.beyond(READERS):
            yield from self._wrap(sentence, indent=2)
        if entry.change and entry.change.witness:
            witness = entry.change.witness
            yield from self._wrap(f"{claim(entry.change, witness)}:")
            if witness.assumes:
                yield from self._wrap(f"({unless(witness)})", indent=2)
            for table in tables(witness, entry.change):
                yield from self._table(table)
        if entry.instead:
            yield from self._instead(entry.instead)

    def run(self, report: Report) -> Iterator[str]:
        """Say what the verdict rests on: the catalog, the coverage, the limits."""
        yield from self._labelled("catalog", view.catalog_sentence(report.catalog))
        for name in report.catalog.not_in_catalog:
            yield from self._labelled("", f"not in the catalog: {name}")
        yield from self._labelled("coverage", view.coverage_sentence(report.coverage))
        for spot, reason in view.not_analysed(report.coverage):
            yield from self._labelled("", f"not analysed: {spot}: {reason}")
        for note in view.limits(report.coverage):
            yield from self._labelled("limits", note)

    def verdict(self, report: Report) -> str:
        word, _, rest = view.verdict_sentence(report).partition(":")
        revisions = printable(view.short_revisions(f"{report.base} → {report.head}"))
        return f"{self._paint(word, _COLOURS[report.verdict])}:{rest}  {self._paint(revisions, _DIM)}"

    def _reader(self, reader: view.Reader) -> Iterator[str]:
        spot = f" · {reader.place}" if reader.place else ""
        yield from self._wrap(f"{reader.title} {reader.outcome}{spot}", indent=2)
        if reader.details:
            yield from self._wrap(", ".join(reader.details), indent=4, style=_DIM)

    def _table(self, table: Table) -> Iterator[str]:
        if not table.rows:
            yield from self._wrap(f"{table.title}: no rows", indent=2)
            return
        yield from self._wrap(f"{table.title}:", indent=2)
        table = table.narrowed(
            lambda one: sum(_widths(one)) + 2 * len(one.columns) <= self._width - len(_BAR) - 2
        )
        widths = _widths(table)
        for row in _cells(table):
            line = "  ".join(
                cell + " " * (wide - _columns(cell)) for cell, wide in zip(row, widths, strict=True)
            )
            yield _BAR + "    " + _cut(line.rstrip(), self._width - len(_BAR) - 4)
        if table.rest:
            yield from self._wrap(table.rest, indent=4)

    def _instead(self, text: str) -> Iterator[str]:
        yield f"{_BAR}{self._paint('instead:', '1')}"
        for part in parts(text):
            if part.code:
                yield from (f"{_BAR}    {line}".rstrip() for line in printable_lines(part.text))
            else:
                yield from self._wrap(part.text, indent=2)

    def _labelled(self, label: str, text: str) -> Iterator[str]:
        first, *rest = self._lines(text, self._width - 10)
        yield f"{label:<9} {first}" if label else f"{_BAR:<10}{first}"
        yield from (f"{_BAR:<10}{line}" for line in rest)

    def _wrap(self, text: str, *, indent: int = 0, style: str | None = None) -> Iterator[str]:
        margin = _BAR + " " * indent
        for line in self._lines(text, self._width - len(margin)):
            yield margin + (self._paint(line, style) if style else line)

    def _lines(self, text: str, width: int) -> Iterable[str]:
        wrapper = TextWrapper(width=width, break_long_words=False, break_on_hyphens=False)
        return wrapper.wrap(printable(text)) or [""]

    def _paint(self, text: str, codes: str) -> str:
        return f"\x1b[{codes}m{text}\x1b[0m" if self._colour else text


def _cells(table: Table) -> list[list[str]]:
    return [[_cut(printable(cell), _CELL) for cell in row] for row in (table.columns, *table.rows)]


def _widths(table: Table) -> list[int]:
    return [max(_columns(cell) for cell in column) for column in zip(*_cells(table), strict=True)]


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _columns(text: str) -> int:
    """Count the screen's columns: wide characters take two."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
