"""Where a report goes: each format to the terminal or to its file."""

import os
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from contract_gate.core.errors import UsageError
from contract_gate.core.values import dataclass
from contract_gate.edge.disk import write_whole
from contract_gate.reports import FORMATS

if TYPE_CHECKING:
    from contract_gate.reports.report import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A format, and the file it is written to (None: standard output)."""

    format: str
    file: Path | None = None


def destinations(
    formats: Sequence[str],
    output: Path | None = None,
    *,
    known: Collection[str] = FORMATS,
    beside: frozenset[str] = frozenset({"terminal", "github"}),
    undone: str = "the report was not written",
) -> tuple[Destination, ...]:
    """Read `F` and `F=FILE`; UsageError, which begins with what is `undone`, for a format that is not `known`, and for two in one place.

    Those that go `beside` each other may share standard output.
    """
    found = [_destination(text, known, undone) for text in formats or ("terminal",)]
    if output is not None:
        last = max((index for index, target in enumerate(found) if target.file is None), default=None)
        if last is None:
            raise UsageError("--output was not used: every format has a file of its own")
        found[last] = Destination(format=found[last].format, file=output)
    for file in dict.fromkeys(target.file for target in found):
        mixed = [target.format for target in found if target.file == file]
        if len(mixed) > 1 and not (file is None and beside.issuperset(mixed)):
            where = "on standard output" if file is None else f"in {file}"
            raise UsageError(
                f"{undone}: {' and '.join(mixed)} would mix {where}", "give files: --format json=report.json"
            )
    return tuple(found)


def _destination(text: str, known: Collection[str], undone: str) -> Destination:
    name, _, file = text.partition("=")
    if name not in known:
        raise UsageError(f"{undone}: there is no format `{name}`", f"one of {', '.join(known)}")
    return Destination(format=name, file=Path(file) if file else None)


def write_report(report: "Report", target: Destination, loudness: str | None = None) -> None:
    """Render the report and write it; `loudness`: "quiet" or "verbose", for what people read."""
    text = _rendered(report, target, loudness)
    write_text(text, target)


def write_text(text: str, target: Destination) -> None:
    """Write a report that is rendered."""
    if target.file is None:
        click.echo(text, nl=not text.endswith("\n"), color=True)
        return
    write_whole(target.file, text, "the report")


def screen() -> tuple[bool, int]:
    """Tell whether standard output takes colours, and how wide it is."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR"), _width()


def _rendered(report: "Report", target: Destination, loudness: str | None) -> str:
    from contract_gate.reports import render

    match target.format:
        case "terminal":
            from contract_gate.reports.sheet import WIDTH, render_untouched

            colour, width = screen() if target.file is None else (False, WIDTH)
            if report.is_untouched:
                return render_untouched(report, colour=colour, width=width, loudness=loudness)
            from contract_gate.reports import terminal

            if loudness == "quiet":
                return terminal.render_quiet(report, colour=colour, width=width)
            return terminal.render(report, colour=colour, width=width, verbose=loudness == "verbose")
        case "markdown":
            from contract_gate.reports import markdown

            return markdown.render(report, blob=_blob(report), pushed=_pushed(report))
        case _:
            return render(target.format, report)


def _blob(report: "Report") -> str:
    """Give the address below which the CI's host shows the head's files; empty where the CI names none."""
    names = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "CI_PROJECT_URL")
    server, repository, project = (os.environ.get(name, "") for name in names)
    if not all(character in "0123456789abcdef" for character in report.head):
        return ""
    if server and repository:
        return f"{server}/{repository}/blob/{report.head}"
    return f"{project}/-/blob/{report.head}" if project else ""


def _pushed(report: "Report") -> str:
    """Give the commit of GitHub's pull request whose merge was judged; empty where something else was."""
    from contract_gate.edge.github.event import PullRequest, read_event

    event = read_event(os.environ)
    if event is None or event.sha != report.head or not isinstance(event.subject, PullRequest):
        return ""
    return event.subject.head_sha or ""


def _width() -> int:
    import shutil

    return min(max(shutil.get_terminal_size((80, 24)).columns, 40), 140)
