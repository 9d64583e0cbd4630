"""Where the report of a sync goes: each format to standard output or to its file."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from contract_gate.cli.outputs import Destination
from contract_gate.core.errors import UsageError
from contract_gate.edge.disk import write_whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from contract_gate.app.sync.values import SyncReport
    from contract_gate.edge.git import Revisions

FORMATS = ("terminal", "json", "markdown")


def targets(formats: "Sequence[str]") -> tuple[Destination, ...]:
    """Read `F` and `F=FILE`; UsageError for an unknown format, or two that both go to standard output."""
    pairs = [text.partition("=") for text in formats or ("terminal",)]
    unknown = next((name for name, _, _ in pairs if name not in FORMATS), None)
    if unknown is not None:
        raise UsageError(
            f"nothing was synced: there is no format `{unknown}` of it", f"one of {', '.join(FORMATS)}"
        )
    found = tuple(Destination(format=name, file=Path(file) if file else None) for name, _, file in pairs)
    if sum(target.file is None for target in found) > 1:
        raise UsageError("nothing was synced: two formats go to standard output", "write one as FORMAT=FILE")
    return found


def show(report: "SyncReport", revisions: "Revisions", wanted: "Sequence[Destination]") -> None:
    """Write the report in each format."""
    for target in wanted:
        text = _rendered(report, revisions, target.format)
        if target.file is None:
            click.echo(text, nl=False)
        else:
            write_whole(target.file, text, "the report")


def _rendered(report: "SyncReport", revisions: "Revisions", form: str) -> str:
    from contract_gate.app.sync.presentation import conclusion, to_json, to_markdown, to_text
    from contract_gate.core.printable import printable

    match form:
        case "json":
            return to_json(report)
        case "markdown":
            return to_markdown(report, revisions.how)
        case _:
            return f"{to_text(report)}{conclusion(report)}: {printable(revisions.how)}\n"
