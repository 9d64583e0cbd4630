"""The report for a person at a terminal or in a CI log: the verdict first, then what it is about, worst first.

One screen: what has no room is counted, `--verbose` shows it. Every line starts with text of ours: a name that begins
with `::` can't become a runner's command by wrapping.
"""

from collections.abc import Iterator, Sequence

from contract_gate.compare.changes.change import Change, Witness
from contract_gate.core.printable import cut, printable, printable_lines
from contract_gate.policy.level import Level
from contract_gate.policy.settings import Verdict
from contract_gate.reports import basis, view
from contract_gate.reports.budget import (
    BLOCKED_LINES,
    EVERYTHING,
    LINES,
    LINES_A_READER,
    STEPS,
    Detail,
    broken_shown,
    chosen,
    fitted,
)
from contract_gate.reports.names import brief
from contract_gate.reports.prose import parts
from contract_gate.reports.report import Report
from contract_gate.reports.rows import assumption, claim, difference, tables
from contract_gate.reports.sheet import BAR, MORE, WIDTH, Sheet
from contract_gate.reports.verdict import verdict_sentence

QUIET_LINES = 10
_COLOURS = {
    Level.ERROR: "bold red",
    Level.WARNING: "bold yellow",
    Level.NOTE: "bold cyan",
}
_DIM = "dim"


def render(report: Report, *, colour: bool = False, width: int = WIDTH, verbose: bool = False) -> str:
    """Write the report for a screen of `width` characters, with ANSI colours if wanted; `verbose`: all of it."""
    page = _TerminalPage(report, colour=colour, width=width)
    if verbose:
        return "\n".join(page.lines(EVERYTHING)) + "\n"

    def fits(lines: list[str], detail: Detail) -> bool:
        room = LINES + LINES_A_READER * broken_shown(page.entries, detail)
        return len(lines) <= min(room, BLOCKED_LINES)

    lines: list[str] = fitted(STEPS, page.lines, fits)
    return "\n".join(lines) + "\n"


def render_quiet(report: Report, *, colour: bool = False, width: int = WIDTH) -> str:
    """Write at most `QUIET_LINES` lines, the verdict and the warnings, where nothing blocks; else the report."""
    if report.verdict is Verdict.BLOCKED:
        return render(report, colour=colour, width=width)
    page = _TerminalPage(report, colour=colour, width=width)
    return "\n".join(page.short(QUIET_LINES)) + "\n"


def explain(report: Report, entry: view.FindingView, *, colour: bool = False, width: int = WIDTH) -> str:
    """Write all that is known of one finding: its changes with their edits, and the way to each reader."""
    page = _TerminalPage(report, colour=colour, width=width)
    return "\n".join(page.whole(entry)) + "\n"


class _TerminalPage(Sheet):
    def __init__(self, report: Report, *, colour: bool, width: int) -> None:
        super().__init__(report, colour=colour, width=width)
        self.entries = view.entries(brief(report))

    def lines(self, detail: Detail) -> list[str]:
        """Write the page with this much detail."""
        everything = detail is EVERYTHING
        shown, left = (self.entries, ()) if everything else chosen(self.entries, detail)
        quiet = [] if everything else [entry for entry in self.entries if entry.is_quiet]
        blocks = [list(self.verdict(verdict_sentence(self._report)))]
        blocks += [list(self._block(entries, detail)) for entries in view.blocks(shown)]
        blocks.append([line for level in Level for line in self._left(level, left)])
        blocks.append(list(self._notes(quiet, detail)))
        blocks.append([*self._approve(), *self.run(detail.limits, everything=everything)])
        return "\n\n".join("\n".join(block) for block in blocks if block).split("\n")

    def short(self, most: int) -> list[str]:
        """Write the verdict and the first line of each warning, in at most so many lines."""
        told = [entry for entry in self.entries if not entry.is_quiet]
        lines = list(self.verdict(verdict_sentence(self._report)))
        for index, entry in enumerate(told):
            block = list(self._headed(entry, 2 * self._width))
            more = list(self._left(Level.WARNING, told[index:]))
            if len(lines) + len(block) + (1 if index < len(told) - 1 else 0) > most:
                return [*lines, *more][:most]
            lines += block
        return lines

    def whole(self, entry: view.FindingView) -> Iterator[str]:
        """Write an entry with its fingerprint, changes, edits and the way to each of its readers."""
        yield from self._entry(entry, EVERYTHING)
        yield from self._wrap(f"fingerprint: {entry.finding.fingerprint}")
        ids = {*entry.finding.changes, *([entry.finding.change] if entry.finding.change else [])}
        told = [change for change in self._report.changes if change.id in ids]
        for change in told:
            yield ""
            yield from self.labelled("change", f"{change.kind}: {change.message} ({change.certainty})")
            if change.edit is not None:
                yield from self.labelled("", f"edit: {change.edit.text}, line {change.edit.line}")
            if change.location is not None:
                yield from self.labelled("", f"at {view.place(change.location)}")
            for impact in self._report.impacts:
                if impact.change == change.id:
                    way = " → ".join((*impact.via, view.title(impact.consumer)))
                    yield from self.labelled("", f"{way}: {impact.effect} ({impact.certainty})")

    def _block(self, entries: Sequence[view.FindingView], detail: Detail) -> Iterator[str]:
        """Write the entries of one file: where it lies is said once."""
        for index, entry in enumerate(entries):
            yield from self._entry(entry, detail, named=bool(index) and detail is not EVERYTHING)

    def _entry(self, entry: view.FindingView, detail: Detail, *, named: bool = False) -> Iterator[str]:
        yield from self._headed(entry, detail.words, named=named)
        finding = entry.finding
        if finding.waiver:
            yield from self._wrap(f"waived: {finding.waiver}")
        everything = detail is EVERYTHING
        shared = "" if everything else entry.shared_owner
        if everything:
            for reader in entry.direct[: detail.readers]:
                yield from self._reader_whole(reader)
        else:
            for readers in view.alike(entry.shown(detail.readers)):
                yield from self._readers(readers, owner=not shared)
        yield from self._wrap(shared, indent=2) if shared else ()
        rest = entry.beyond if everything else entry.rest
        for sentence in rest(detail.readers, detail.names):
            yield from self._wrap(sentence, indent=2, hang=2)
        if detail.witness and entry.change and entry.change.witness:
            yield from self._witness(entry.change, entry.change.witness, everything=everything)
        if finding.level in detail.instead and entry.instead:
            yield from self._instead(entry.instead)

    def _headed(self, entry: view.FindingView, words: int, *, named: bool = False) -> Iterator[str]:
        finding = entry.finding
        level = self._screen.painted(f"{finding.level:<7}", _COLOURS[finding.level])
        spot = printable(view.place(finding.location))
        if named and finding.location is not None:
            spot = f"line {finding.location.line}"
        rule = f"{printable(finding.rule)} {finding.fingerprint[: view.DIGITS]}"
        if len(rule) + len(spot) + 10 <= self._width:
            yield f"{level} {rule}" + (f"  {self._screen.painted(spot, _DIM)}" if spot else "")
        else:
            yield f"{level} {rule}"
            yield from self._wrap(spot, style=_DIM)
        yield from self._wrap(cut(entry.headline, words))

    def _left(self, level: Level, left: Sequence[view.FindingView]) -> Iterator[str]:
        entries = [entry for entry in left if entry.finding.level is level]
        if entries:
            files = len({entry.finding.location.path for entry in entries if entry.finding.location})
            where = f" in {basis.count(files, 'file')}" if files else ""
            yield from self.labelled(level, f"+{len(entries)} more{where}: {MORE} them")

    def _notes(self, entries: Sequence[view.FindingView], detail: Detail) -> Iterator[str]:
        if not entries:
            return
        waived = sum(1 for entry in entries if entry.finding.waiver)
        told = f" ({waived} waived)" if waived else ""
        yield from self.labelled("note", f"no answer needed: {basis.count(len(entries), 'edit')}{told}")
        for entry in entries[: detail.notes]:
            spot = view.place(entry.finding.location).rpartition(":")[0]
            words = cut(entry.headline, max(detail.words // 2, 80))
            waiver = f" (waived: {entry.finding.waiver})" if entry.finding.waiver else ""
            yield from self._wrap(f"{words}{waiver}" + (f" · {spot}" if spot else ""), hang=2)
        left = entries[detail.notes :]
        if left:
            yield from self._wrap(f"+{len(left)} more: {MORE} them")

    def _approve(self) -> Iterator[str]:
        """Say how people can mean it, where the change is blocked."""
        said = view.approval(self._report)
        if said is not None:
            yield from self.labelled("approve", said)

    def _reader_whole(self, reader: view.ReaderView) -> Iterator[str]:
        spot = f" · {reader.place}" if reader.place else ""
        yield from self._wrap(f"{reader.title} {reader.outcome}{spot}", indent=2, hang=2)
        if reader.details:
            yield from self._wrap(", ".join(reader.details), indent=4, style=_DIM)

    def _readers(self, readers: Sequence[view.ReaderView], *, owner: bool) -> Iterator[str]:
        """Write readers that are alike in a line: of a model what a person opens, of people's all that is known."""
        first = readers[0]
        spot = f" · {first.place}" if first.place else ""
        details = first.known(owner=owner)
        if first.is_people:
            known = f" · {', '.join(details)}" if details else ""
            told = known + (spot if first.impact.location else "")
        else:
            told = spot + (f" · {first.owned}" if first.owned in details else "")
        names = ", ".join(reader.title for reader in readers)
        yield from self._wrap(f"{names} {view.outcome(readers)}{told}", indent=2, hang=2)

    def _witness(self, change: Change, witness: Witness, *, everything: bool) -> Iterator[str]:
        # Imported here: rich, which lays tables out, is not waited for where there is none.
        from contract_gate.reports.grid import table_lines, titled_lines

        yield from self._wrap(f"{claim(change, witness)}:")
        if witness.assumes:
            yield from self._wrap(f"({assumption(witness)})", indent=2)
        if everything:
            for table in tables(witness, change):
                yield from (f"{BAR}  {line}" for line in titled_lines(table, self._width - len(BAR) - 2))
        else:
            rows = table_lines(difference(witness, change), self._width - len(BAR) - 4)
            yield from (f"{BAR}    {line}" for line in rows)

    def _instead(self, text: str) -> Iterator[str]:
        yield f"{BAR}{self._screen.painted('instead:', 'bold')}"
        for part in parts(text):
            if part.code:
                yield from (f"{BAR}    {line}".rstrip() for line in printable_lines(part.text))
            else:
                yield from self._wrap(part.text, indent=2)

    def _wrap(self, text: str, *, indent: int = 0, hang: int = 0, style: str | None = None) -> Iterator[str]:
        margin = BAR + " " * indent
        for line in self._screen.wrapped(text, self._width - len(margin) - hang):
            yield margin + (self._screen.painted(line, style) if style else line)
            margin = BAR + " " * (indent + hang)
