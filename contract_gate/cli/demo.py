"""`contract-gate demo`: a breaking pull request, gated offline against the emulator."""

import os
import sys
from pathlib import Path

import click

from contract_gate.core.errors import ExitCode, UsageError


@click.command()
@click.option(
    "--keep", type=click.Path(path_type=Path), help="Leave the sample repository in this new directory."
)
def demo(keep: Path | None) -> None:
    """Judge a sample pull request offline: a broken model, a dashboard with its owner, a harmless rewrite.

    Exits with 0 when it showed what it should, with 3 when it did not.
    """
    try:
        from contract_gate.app.demo.play import play
    except ModuleNotFoundError as error:
        if error.name not in ("starlette", "uvicorn"):
            raise
        raise UsageError(
            f"the demo did not start: {error.name} is not installed", "pip install 'contract-gate[emulator]'"
        ) from error
    if keep is not None:
        try:
            keep.mkdir(parents=True)
        except OSError as error:
            raise UsageError(
                f"the demo did not start: {keep}: {error.strerror}", "name a new directory"
            ) from error
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    shown = play(_say, _coloured if colour else _plain, os.environ, keep)
    sys.exit(ExitCode.PASSED if shown else ExitCode.UNDECIDED)


def _say(text: str) -> None:
    click.echo(text)
    # The gate writes to the same stream from a process of its own.
    sys.stdout.flush()


def _coloured(text: str, codes: str) -> str:
    return f"\x1b[{codes}m{text}\x1b[0m"


def _plain(text: str, codes: str) -> str:  # noqa: ARG001 - the other one's signature
    return text
