"""The report in GitHub's Markdown, for the job's summary and the pull request's comment.

What people decide on stands above the folds, in `budget.CHARACTERS` where nothing is an error; the rest is folded, and what
no fold has room for is counted. Text from the pull request is escaped so that it can't be a mention, a link, HTML, a
table's edge or a fence. Nothing is wider than the page: readers are a list, not a table.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from urllib.parse import quote

from contract_gate.compare.changes.change import Change, Witness
from contract_gate.core.people import HANDLE
from contract_gate.core.printable import cut, is_plain, printable
from contract_gate.core.relation import Location
from contract_gate.edge.github.record import Record, ToldFinding, written
from contract_gate.policy.finding import Finding
from contract_gate.policy.level import Level
from contract_gate.policy.settings import Verdict
from contract_gate.reports import basis, view
from contract_gate.reports.budget import CHARACTERS, STEPS, TITLES, Detail, chosen, fitted
from contract_gate.reports.flow import flow
from contract_gate.reports.names import brief
from contract_gate.reports.report import Report
from contract_gate.reports.rows import Table, assumption, claim, difference
from contract_gate.reports.verdict import verdict_sentence

SIZE = 52_000
"""The longest page, in characters: GitHub refuses comments of more than 65,536, and what was resolved is added to it."""
READERS = 20
MENTIONED = 20
"""So many owners are called; the rest is counted."""
ALLOWED = 10
"""So many waivers are written out; the rest is counted."""
COLUMNS = 5
"""How many columns of a table of rows are shown; what tells of the change stays."""
_TAIL = 8_000
_FOLDED = 12_000
_LONGEST = 600
_ACTIVE = re.compile(r"[\\`*_{}\[\]<>#|~@:&$^!]")
_LIVE = re.compile(r"([@#]|\bG[HL]-(?=\d))", re.IGNORECASE)
_WWW = re.compile(r"(?i)\b(www)\.")
_NO_BREAK = "\u200b"
_SIGNS = {Verdict.BLOCKED: "⛔", Verdict.UNDECIDED: "❔", Verdict.PASSED: "✅"}
_LEVELS = {Level.ERROR: "🔴 error", Level.WARNING: "🟡 warning", Level.NOTE: "🔵 note"}
_BLOB = re.compile(r"https://[A-Za-z0-9./_~-]+")
_HIDDEN = re.compile(r"<details>.*?<summary>(.*?)</summary>.*?</details>", re.DOTALL)


def render(report: Report, *, blob: str = "", pushed: str = "") -> str:
    """Write the page, at most `SIZE` characters long.

    `blob` is the address that a path is shown below, at the head; `pushed` the commit that people know, where the head is its
    merge by the host.
    """
    page = _MarkdownPage(report, blob if _BLOB.fullmatch(blob) else "", pushed or report.head)
    room = CHARACTERS - TITLES
    head, left = fitted(STEPS, page.head, lambda made, _: page.is_blocked or len(_visible(made[0])) <= room)
    record = page.record()
    return f"{head}{page.tail(left, SIZE - len(head) - len(record) - 200)}\n{record}\n"


def escape(text: str) -> str:
    """Escape text for the middle of a line of GitHub's Markdown, table cells included.

    A zero-width space after @ and # (and in GH-1) keeps GitHub from making mentions and links to issues of them, which it
    does after Markdown is rendered; the backslashes keep everything else from being Markdown.
    """
    escaped = _WWW.sub(r"\1\\.", _ACTIVE.sub(r"\\\g<0>", printable(text)))
    return _LIVE.sub(rf"\1{_NO_BREAK}", escaped)


class _MarkdownPage:
    def __init__(self, report: Report, blob: str, pushed: str) -> None:
        self._report = report
        self._pushed = pushed
        self._blob = blob
        self._entries = view.entries(brief(report))
        self.is_blocked = any(entry.is_error for entry in self._entries)

    def head(self, detail: Detail) -> tuple[str, list[view.FindingView]]:
        """Write what stands above the folds: the verdict, errors and warnings; give those that have no room there."""
        verdict, _, rest = verdict_sentence(self._report).partition(":")
        lines = [f"### {_SIGNS[self._report.verdict]} contract-gate: {verdict}\n\n**{_safe(rest.strip())}**"]
        shown, left = chosen(self._entries, detail)
        room, over = SIZE - _FOLDED - _TAIL, list[view.FindingView]()
        for entries in view.blocks(shown):
            heading = self._heading(entries[0].finding.location)
            for index, entry in enumerate(entries):
                block = "\n".join([*([] if index else heading), *self._entry(entry, detail)])
                if over or len(block) > room:
                    over.append(entry)
                    continue
                room -= len(block)
                lines.append(block)
        left = [*over, *left]
        lines += self._left(left)
        lines += self._allow()
        lines += self._mentions()
        lines.append(f"\n{_safe(basis.catalog_sentence(self._report.catalog))}")
        return "\n".join(lines) + "\n", left

    def _heading(self, location: Location | None) -> list[str]:
        """Name the edited file, linked to it at the head; what stands in none is about the run."""
        if location is None or location.path is None:
            return ["\n#### this run"]
        text = _safe(location.path, 240)
        return [f"\n#### {self._linked(text, location.path)}"]

    def _left(self, left: Sequence[view.FindingView]) -> Iterator[str]:
        counted = [(level, sum(1 for entry in left if entry.finding.level is level)) for level in Level]
        told = [basis.count(number, f"more {level}") for level, number in counted if number]
        if told:
            yield f"\n**+{' and '.join(told)}** {'is' if len(left) == 1 else 'are'} folded below."

    def _allow(self) -> Iterator[str]:
        """Say how people can mean it, where the change is blocked."""
        meant = view.allowed(self._report) if self._report.verdict is Verdict.BLOCKED else ()
        if not meant:
            return
        yield "\n<details><summary>we mean it: how to allow it</summary>\n"
        if self._report.hears_comments:
            yield "An owner of what breaks, who is not the author, comments:\n\n```"
            yield from (f"/contract-gate allow {one.fingerprint} because …" for one in meant[:ALLOWED])
            yield "```\n\nOr a waiver is merged first:\n"
        else:
            yield "A waiver is merged first, in `contract-gate-waivers.toml`; `contract-gate baseline` writes it:\n"
        yield "```toml"
        for one in meant[:ALLOWED]:
            yield f'[[waiver]]\nfingerprint = "{one.fingerprint}"\nreason = "…"\nby = "…"\nuntil = YYYY-MM-DD\n'
        yield "```"
        if len(meant) > ALLOWED:
            yield f"\n+{len(meant) - ALLOWED} more: `contract-gate baseline` writes them all"
        yield "\n</details>"

    def _mentions(self) -> Iterator[str]:
        """Call the owners of what breaks where the base asks for it: the one place with live mentions, of names of the base alone."""
        names = [name for name in self._report.mentions if re.fullmatch(HANDLE, name)]
        if names and self.is_blocked:
            more = f" and {len(names) - MENTIONED} more" if len(names) > MENTIONED else ""
            yield f"\n**Owners of what breaks:** {' '.join(names[:MENTIONED])}{more}"

    def tail(self, left: Sequence[view.FindingView], room: int) -> str:
        """Write the folds: what had no room above, the notes, and what the verdict rests on."""
        run = _bounded(self._run(), min(_TAIL, room))
        room -= len(run)
        more = "\n".join(self._folded(left, f"{basis.count(len(left), 'more finding')}", room))
        quiet = [entry for entry in self._entries if entry.is_quiet]
        told = f"no answer needed: {basis.count(len(quiet), 'edit')}"
        notes = "\n".join(self._folded(quiet, told, room - len(more)))
        return "\n".join(part for part in (more, notes, run) if part)

    def record(self) -> str:
        """Write the hidden line from which the next run's comment tells what is resolved."""
        loud = [entry.finding for entry in self._entries if not entry.is_quiet]
        told = (
            ToldFinding(
                fingerprint=one.fingerprint,
                text=_safe(one.headline or one.message, 100),
                subject=_subject(one),
            )
            for one in loud
        )
        findings = [entry.finding for entry in self._entries]
        known = (*(one.fingerprint for one in findings), *map(_subject, findings))
        head = self._pushed if self._pushed.isalnum() else ""
        return written(Record(head=head[:40], open=tuple(told), known=known))

    def _entry(self, entry: view.FindingView, detail: Detail) -> Iterator[str]:
        finding = entry.finding
        short = finding.fingerprint[: view.DIGITS]
        said = _safe(entry.headline, detail.words).strip()
        yield f"\n{_LEVELS[finding.level]}: **{said}**{self._line(finding.location)} · {finding.rule} {short}"
        most = min(detail.readers, READERS)
        shared = entry.shared_owner
        readers = [self._readers(some, owner=not shared) for some in view.alike(entry.shown(most))]
        items = [*readers, *map(_safe, filter(None, (shared, *entry.rest(most, detail.names))))]
        if items:
            yield ""
        yield from (f"- {item}" for item in items)
        if entry.change and entry.change.witness:
            yield from _witness(entry.change, entry.change.witness)
        if entry.is_error:
            yield from flow(entry)
        if entry.instead:
            yield f"\n<details><summary>a way out</summary>\n\n{entry.instead}\n\n</details>"

    def _readers(self, readers: Sequence[view.ReaderView], *, owner: bool = True) -> str:
        """Name readers that are alike: a dashboard by a link to it, a model by the place where it reads."""
        first = readers[0]
        place = self._place(first.impact.location) if first.impact.location else _safe(_path_of(first), 120)
        names = ", ".join(f"**{_named(reader)}**" for reader in readers)
        told = (
            f"{names} {_safe(view.outcome(readers))}",
            _safe(", ".join(first.known(owner=owner)), 240),
            place,
        )
        return " · ".join(filter(None, told))

    def _spot(self, location: Location | None) -> str:
        place = self._place(location)
        return f" · {place}" if place else ""

    def _place(self, location: Location | None) -> str:
        """Write a place, linked to its line at the head where the page knows the repository's address."""
        if location is None or location.path is None:
            return ""
        text = _safe(f"{location.path}:{location.line}", 240)
        return self._linked(text, location.path, location.line)

    def _line(self, location: Location | None) -> str:
        """Write the line of a place whose file the heading names."""
        if location is None or location.path is None:
            return ""
        return f" · {self._linked(f'line {location.line}', location.path, location.line)}"

    def _linked(self, text: str, path: str, line: int | None = None) -> str:
        if not self._blob or not is_plain(path):
            return text
        spot = f"#L{line}" if line else ""
        return f"[{text}]({self._blob}/{quote(path, errors='surrogateescape')}{spot})"

    def _folded(self, entries: Sequence[view.FindingView], summary: str, room: int) -> Iterator[str]:
        if not entries:
            return
        yield f"\n<details><summary>{summary}</summary>\n"
        room -= 200
        for index, entry in enumerate(entries):
            lines = "\n".join(self._note(entry))
            if len(lines) > room:
                yield f"\n**Cut:** {len(entries) - index} of {len(entries)} have no room here; the JSON report has all."
                break
            room -= len(lines) + 1
            yield lines
        yield "\n</details>"

    def _note(self, entry: view.FindingView) -> Iterator[str]:
        finding = entry.finding
        waived = f" **Waived:** {_safe(finding.waiver)}" if finding.waiver else ""
        yield f"- {finding.rule}: {_safe(entry.headline)}{waived}{self._spot(finding.location)}"
        yield from (f"  - {item}" for item in map(self._readers, view.alike(entry.shown(READERS))))
        yield from (f"  - {_safe(sentence)}" for sentence in entry.rest(READERS))

    def _run(self) -> Iterator[str]:
        """Say what the verdict rests on."""
        yield "\n<details><summary>what the verdict rests on</summary>\n"
        _catalog, *others = basis.rests_on(self._report)
        yield from (f"- **{label.capitalize()}:** {_safe(text)}" for label, text in others)


def _subject(finding: Finding) -> str:
    path = (finding.location.path or "") if finding.location else ""
    return "of-" + sha256(f"{finding.rule}\0{path}".encode("utf-8", "surrogatepass")).hexdigest()


def _named(reader: view.ReaderView) -> str:
    name = _safe(reader.title, 120)
    return f"[{name}]({reader.link})" if reader.link else name


def _path_of(reader: view.ReaderView) -> str:
    return "" if reader.is_people else reader.place


def _witness(change: Change, witness: Witness) -> Iterator[str]:
    # Without the empty line after it, HTML goes on and what follows is not read as (escaped) Markdown.
    yield "\n<details><summary>rows that show it</summary>\n"
    needs = f" ({assumption(witness)})" if witness.assumes else ""
    yield _safe(f"{claim(change, witness)}{needs}")
    yield from _table(difference(witness, change, COLUMNS))
    yield "\n</details>"


def _table(table: Table) -> Iterator[str]:
    yield ""
    yield _row([_safe(column) for column in table.columns])
    yield _row(["---"] * len(table.columns))
    yield from (_row([_safe(cell, 80) for cell in row]) for row in table.rows)
    if table.rest:
        yield f"\n{table.rest}"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell or ' ' for cell in cells)} |"


def _visible(text: str) -> str:
    """Give about what is seen before anything is unfolded: without folded text, addresses and escapes."""
    shown = _HIDDEN.sub(r"\1", text)
    return re.sub(r"\]\([^)]*\)|\\(?=\W)|[*\[]", "", shown)


def _bounded(lines: Iterable[str], size: int) -> str:
    """Join whole lines while there is room, and count those that are left out; then close the fold."""
    kept: list[str] = []
    all_lines: Sequence[str] = list(lines)
    for line in all_lines:
        if sum(len(one) + 1 for one in kept) + len(line) > size:
            kept.append(f"- **Cut:** {len(all_lines) - len(kept)} more lines; the JSON report has all.")
            break
        kept.append(line)
    return "\n".join([*kept, "\n</details>"]) + "\n"


def _safe(text: str, longest: int = _LONGEST) -> str:
    return escape(cut(text, min(longest, _LONGEST)))
