"""One line on a terminal's stderr that says what is being done, and for how long; it is gone when the run ends. Elsewhere: nothing."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO, TypeAlias

import click

from contract_gate.core.printable import printable
from contract_gate.core.progress import reporting_to

if TYPE_CHECKING:
    from rich.progress import Progress

Say: TypeAlias = Callable[[str], None]
"""Writes a line of the answer to standard output."""


@contextmanager
def shown(environment: Mapping[str, str], stream: TextIO | None = None) -> Iterator[Say]:
    """Show on a terminal what is done inside; nothing where stderr is no terminal, or a dumb one.

    Whoever writes an answer line by line meanwhile does so with what this gives: the line makes way.
    """
    stream = stream or sys.stderr
    if not stream.isatty() or environment.get("TERM") == "dumb" or environment.get("CI"):
        yield click.echo
        return
    line = _Line(_progress(environment, stream))
    line.start()
    try:
        with reporting_to(line.show):
            yield line.say
    finally:
        line.stop()


def _progress(environment: Mapping[str, str], stream: TextIO) -> "Progress":
    # Imported here: a job, a hook and a program that reads JSON don't pay for it.
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.table import Column

    console = Console(
        file=stream, force_terminal=True, legacy_windows=False, no_color=bool(environment.get("NO_COLOR"))
    )
    what = TextColumn(
        "contract-gate: {task.description} …",
        markup=False,
        table_column=Column(no_wrap=True, overflow="ellipsis"),
    )
    return Progress(
        SpinnerColumn("line"), what, TimeElapsedColumn(), console=console, transient=True, redirect_stdout=False
    )  # fmt: skip


class _Line:
    def __init__(self, progress: "Progress") -> None:
        self._progress = progress
        self._task = progress.add_task("starting", total=None)

    def start(self) -> None:
        self._progress.start()
        # rich hides the cursor until it stops, and a run that is killed does not stop.
        self._progress.console.show_cursor(True)

    def stop(self) -> None:
        self._progress.stop()

    def show(self, what: str, done: int, of: int) -> None:
        counted = f" ({done} of {of})" if of else ""
        self._progress.update(self._task, description=f"{printable(what)}{counted}")

    def say(self, text: str) -> None:
        self.stop()
        click.echo(text)
        self.start()
