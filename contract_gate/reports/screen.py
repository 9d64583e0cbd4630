"""Text as a terminal shows it: painted, wrapped and in tables, by columns of the screen. rich lays it out.

Nothing is read from the environment: who prints says whether there are colours and how wide the screen is. rich's markup is
never parsed, for names come from the pull request.
"""

from collections.abc import Iterator
from io import StringIO
from itertools import groupby

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from rich.table import Table as Grid
from rich.text import Text

from contract_gate.core.printable import printable
from contract_gate.reports.rows import Table

_CELL = 30
_GAP = 2


class Screen:
    """A screen; each of its methods is told how many columns there are for what it lays out."""

    def __init__(self, *, colour: bool = False) -> None:
        self._colours = ColorSystem.STANDARD if colour else None
        self._console = Console(
            file=StringIO(), color_system=None, force_terminal=False, legacy_windows=False, width=1_000
        )

    def painted(self, text: str, style: str) -> str:
        """Give the text in a style (`bold red`), if this screen has colours."""
        return Style.parse(style).render(text, color_system=self._colours)

    def wrapped(self, text: str, width: int) -> list[str]:
        """Break text between words. A word longer than the line stands whole on its own: no editor opens half a path."""
        lines: list[str] = []
        for is_long, words in groupby(printable(text).split(" "), key=lambda word: cell_len(word) > width):
            if is_long:
                lines += words
            else:
                lines += [line.plain.rstrip() for line in Text(" ".join(words)).wrap(self._console, width)]
        return lines

    def table(self, table: Table, width: int) -> Iterator[str]:
        """Write a table's rows below each other, as many columns as there is room for; what is left out is counted."""
        table = table.narrowed(lambda one: sum(_widths(one)) + _GAP * (len(one.columns) - 1) <= width)
        grid = Grid(box=None, padding=(0, _GAP, 0, 0), pad_edge=False)
        for name in table.columns:
            grid.add_column(_cell(name), header_style="none", no_wrap=True, overflow="ellipsis")
        for row in table.rows:
            grid.add_row(*map(_cell, row))
        with self._console.capture() as drawn:
            self._console.print(grid, width=width)
        yield from (line.rstrip() for line in drawn.get().splitlines())
        if table.rest:
            yield table.rest

    def titled(self, table: Table, width: int) -> Iterator[str]:
        """Write a table below its title."""
        title = Text(f"{printable(table.title)}:{'' if table.rows else ' no rows'}")
        title.truncate(width, overflow="ellipsis")
        yield title.plain
        if table.rows:
            yield from (f"  {line}" for line in self.table(table, width - 2))


def _cell(text: str) -> Text:
    shown = Text(printable(text))
    shown.truncate(_CELL, overflow="ellipsis")
    return shown


def _widths(table: Table) -> list[int]:
    return [
        max(_cell(text).cell_len for text in column)
        for column in zip(table.columns, *table.rows, strict=True)
    ]
