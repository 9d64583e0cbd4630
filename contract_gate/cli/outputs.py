"""Where a report goes: each format to the terminal or to its file."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from contract_gate.errors import UsageError

if TYPE_CHECKING:
    from contract_gate.report import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A format, and the file it is written to (None: standard output)."""

    format: str
    file: Path | None = None


def destinations(formats: tuple[str, ...], output: Path | None) -> tuple[Destination, ...]:
    """Read `F` and `F=FILE`; UsageError for an unknown format, or two that both go to standard output."""
    from contract_gate.reports import FORMATS

    found: list[Destination] = []
    for text in formats or ("terminal",):
        name, _, file = text.partition("=")
        if name not in FORMATS:
            raise UsageError(
                f"the report was not written: there is no format `{name}`", f"one of {', '.join(FORMATS)}"
            )
        found.append(Destination(format=name, file=Path(file) if file else None))
    if output is not None:
        last = max((index for index, target in enumerate(found) if target.file is None), default=None)
        if last is None:
            raise UsageError("--output was not used: every format has a file of its own")
        found[last] = Destination(format=found[last].format, file=output)
    open_ended = [target.format for target in found if target.file is None]
    if len(open_ended) > 1 and not {"terminal", "github"} >= set(open_ended):
        raise UsageError(
            f"the report was not written: {' and '.join(open_ended)} would mix on standard output",
            "give files: --format json=report.json",
        )
    return tuple(found)


def write_report(report: "Report", target: Destination) -> None:
    """Render the report and write it."""
    from contract_gate.reports import render

    if target.file is None and target.format == "terminal":
        from contract_gate.reports import terminal

        colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        text = terminal.render(report, colour=colour, width=_width())
    else:
        text = render(target.format, report)
    if target.file is None:
        click.echo(text, nl=not text.endswith("\n"), color=True)
        return
    try:
        target.file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"the report was not written: {target.file}: {error.strerror}",
            "name a file in a folder that is there",
        ) from error


def _width() -> int:
    import shutil

    return min(max(shutil.get_terminal_size((100, 24)).columns, 40), 140)
