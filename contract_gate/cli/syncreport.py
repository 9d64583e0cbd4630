"""Where the report of a sync goes: each format to standard output or to its file."""

from typing import TYPE_CHECKING

from contract_gate.cli.outputs import Destination, destinations, write_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from contract_gate.app.sync.values import SyncReport
    from contract_gate.edge.git import Revisions

FORMATS = ("terminal", "json", "markdown")


def targets(formats: "Sequence[str]") -> tuple[Destination, ...]:
    """Read `F` and `F=FILE`; see `destinations`."""
    return destinations(formats, known=FORMATS, beside=frozenset(), undone="nothing was synced")


def show(report: "SyncReport", revisions: "Revisions", wanted: "Sequence[Destination]") -> None:
    """Write the report in each format."""
    for target in wanted:
        write_text(_rendered(report, revisions, target.format), target)


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
