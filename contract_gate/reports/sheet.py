"""The part of the terminal's report that every run has: the verdict, and what it rests on.

A run that touches no model has nothing else to show, and is shown before anything that tells of changes is loaded.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from contract_gate.policy.settings import Verdict
from contract_gate.reports import basis
from contract_gate.reports.screen import Screen

if TYPE_CHECKING:
    from contract_gate.reports.report import Report

WIDTH = 80
NARROWEST = 40
LIMITS = 3
"""How many limits of the run are shown at most, where not all of them are wanted."""
BAR = "│ "
MORE = "--verbose shows"
_COLOURS = {
    Verdict.BLOCKED: "bold red",
    Verdict.UNDECIDED: "bold yellow",
    Verdict.PASSED: "bold green",
}


class Sheet:
    """A report on a screen of `width` characters."""

    def __init__(self, report: "Report", *, colour: bool, width: int) -> None:
        self._report = report
        self._screen = Screen(colour=colour)
        self._width = max(width, NARROWEST)

    def verdict(self, sentence: str) -> Iterator[str]:
        """Write the verdict's sentence, its first word in colour."""
        word, _, rest = sentence.partition(":")
        first, *others = self._screen.wrapped(f"{word}:{rest}", self._width)
        yield self._screen.painted(word, _COLOURS[self._report.verdict]) + first.removeprefix(word)
        yield from (BAR + line for line in others)

    def run(self, most: int, *, everything: bool) -> Iterator[str]:
        """Say what the verdict rests on: the catalog, the coverage, at most so many limits."""
        report = self._report
        yield from self.labelled("catalog", basis.catalog_sentence(report.catalog))
        strange = [f"not in the catalog: {name}" for name in report.catalog.not_in_catalog]
        unread = [f"not analysed: {spot}: {reason}" for spot, reason in basis.not_analysed(report.coverage)]
        yield from self._some("", strange, max(most, 1))
        yield from self.labelled("compared", basis.compared(report))
        yield from self.labelled("coverage", basis.coverage_sentence(report.coverage))
        yield from self._some("", unread, max(most, 1))
        yield from self._some("limits", basis.limits(report.coverage, all_of_them=everything), most)

    def labelled(self, label: str, text: str) -> Iterator[str]:
        """Write text beside a label, which stands once."""
        first, *rest = self._screen.wrapped(text, self._width - 10)
        yield f"{label:<9} {first}" if label else f"{BAR:<10}{first}"
        yield from (f"{BAR:<10}{line}" for line in rest)

    def _some(self, label: str, texts: Sequence[str], most: int) -> Iterator[str]:
        for text in texts[:most]:
            yield from self.labelled(label, text)
        left = len(texts) - most
        if left > 0:
            yield from self.labelled(label, f"+{left} more: {MORE} them")


def render_untouched(
    report: "Report", *, colour: bool = False, width: int = WIDTH, loudness: str | None = None
) -> str:
    """Write what `contract_gate.reports.terminal` writes of a report that `is_untouched`."""
    sheet = Sheet(report, colour=colour, width=width)
    lines = [*sheet.verdict(f"{report.verdict}: {basis.UNTOUCHED} ({basis.NO_FINDINGS})")]
    if loudness != "quiet":
        everything = loudness == "verbose"
        lines += ["", *sheet.run(len(report.coverage.notes) if everything else LIMITS, everything=everything)]
    return "\n".join(lines) + "\n"
