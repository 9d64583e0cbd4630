"""`contract-gate baseline`: write down what a change is blocked by as waivers, so that an old repository or branch starts clean."""

import json
import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from contract_gate.cli import options
from contract_gate.core.errors import UsageError

if TYPE_CHECKING:
    from contract_gate.policy.finding import Finding


@click.command()
@click.option("--because", required=True, help="Why it is meant; stands in each waiver.")
@click.option("--by", required=True, help="Who means it.")
@click.option(
    "--until",
    required=True,
    type=click.DateTime(["%Y-%m-%d"]),
    help="The last day on which the waivers hold.",
)
@options.base
@options.head
@click.option("--warnings", is_flag=True, help="Waive warnings as well.")
@options.offline
def baseline(
    because: str, by: str, until: datetime, base: str | None, head: str | None, warnings: bool, offline: bool
) -> None:
    """Judge as `check` does, and add a waiver for each finding that blocks to contract-gate-waivers.toml.

    Each names its finding by the fingerprint and covers no more. They count once the file is in the base; where the base says
    `own-waivers`, in the pull request that brings them.
    """
    from contract_gate.cli.check import judged
    from contract_gate.cli.progress import shown
    from contract_gate.edge.waivers import FILE
    from contract_gate.policy.level import Level

    with shown(os.environ):
        report = judged(base=base, head=head, offline=offline)
    levels = (Level.ERROR, Level.WARNING) if warnings else (Level.ERROR,)
    wanted = [one for one in report.findings if one.level in levels and one.waiver is None]
    meant = [one for one in wanted if one.changes and not one.cut_short]
    left = len(wanted) - len(meant)
    if left:
        click.echo(
            f"not waived: {left}, for what was not read or not answered can't be meant; `contract-gate check` shows them"
        )
    if not meant:
        click.echo("nothing was written: there is nothing else to waive")
        return
    _append(_file(FILE), "\n".join(_entries(meant, because, by, until)))
    click.echo(f"wrote {len(meant)} waiver{'s'[: len(meant) > 1]} to {FILE}; they count once it is merged")


def _file(name: str) -> Path:
    from contract_gate.edge.git import Repository

    with Repository.open(Path.cwd(), os.environ) as repository:
        return repository.root / name


def _append(path: Path, text: str) -> None:
    """Add to the file, which has to be one that is understood; UsageError else, and nothing is written."""
    from contract_gate.edge.disk import read_regular_text, write_whole
    from contract_gate.edge.waivers import parse_waivers

    before = read_regular_text(path, "the waivers") if path.exists() or path.is_symlink() else ""
    whole = f"{before.rstrip()}\n\n{text}" if before.strip() else text
    parse_waivers(whole)
    write_whole(path, whole, "the waivers")


def _entries(findings: "Sequence[Finding]", because: str, by: str, until: datetime) -> Iterator[str]:
    from contract_gate.core.printable import printable

    reason, who = printable(because).strip(), printable(by).strip()
    if not reason or not who:
        raise UsageError("no waiver was written: --because and --by say why and who", "give both some words")
    for finding in findings:
        yield f"# {printable(finding.headline or finding.message)[:200]}"
        yield "[[waiver]]"
        yield f"fingerprint = {_quoted(finding.fingerprint)}"
        yield f"reason = {_quoted(reason)}"
        yield f"by = {_quoted(who)}"
        yield f"until = {until.date().isoformat()}\n"


def _quoted(text: str) -> str:
    """Write a TOML string: JSON's escapes are TOML's."""
    return json.dumps(text, ensure_ascii=False)
