"""`contract-gate explain`: one finding of a pull request, and the whole way from the edit to each reader."""

import os
from pathlib import Path

import click

from contract_gate.cli import options
from contract_gate.core.errors import UsageError


@click.command()
@click.argument("fingerprint")
@options.base
@options.head
@options.staged
@options.config_file
@options.dialect
@options.snapshot
@options.offline
def explain(
    fingerprint: str,
    base: str | None,
    head: str | None,
    staged: bool,
    config_file: Path | None,
    dialect: str | None,
    snapshot: Path | None,
    offline: bool,
) -> None:
    """Tell all of the finding whose FINGERPRINT begins so: edits, changes, and the way to each reader.

    The pull request is judged again with the same flags as `check`; reports show the first digits of a fingerprint.
    """
    from contract_gate.cli.progress import shown

    with shown(os.environ):
        from contract_gate.cli.check import judged

        report = judged(
            base=base, head=head, staged=staged, config_file=config_file, dialect=dialect, snapshot=snapshot, offline=offline,
        )  # fmt: skip
    from contract_gate.cli.outputs import screen
    from contract_gate.reports import terminal, view
    from contract_gate.reports.names import brief

    told = view.entries(brief(report))
    meant = [entry for entry in told if fingerprint and entry.finding.fingerprint.startswith(fingerprint)]
    if len(meant) != 1:
        known = ", ".join(entry.finding.fingerprint[: view.DIGITS] for entry in (meant or told)[: view.NAMED])
        raise UsageError(
            f"nothing was explained: {len(meant)} of {len(told)} findings begin with {fingerprint!r}",
            f"one of {known}" if known else "this pull request has no finding",
        )
    colour, width = screen()
    click.echo(terminal.explain(report, meant[0], colour=colour, width=width), nl=False, color=True)
