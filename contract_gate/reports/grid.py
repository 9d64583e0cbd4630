"""Tables as a terminal shows them, in columns of the screen. rich lays them out.

Nothing is read from the environment, and rich's markup is never parsed, for names come from the pull request.
"""

from collections.abc import Iterator
from io import StringIO

from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from contract_gate.core.printable import printable
from contract_gate.reports.rows import Table

_CELL = 30
_GAP = 2


def table_lines(table: Table, width: int) -> Iterator[str]:
    """Write a table's rows below each other, as many columns as there is room for; what is left out is counted."""
    table = table.narrowed(lambda one: sum(_widths(one)) + _GAP * (len(one.columns) - 1) <= width)
    grid = Grid(box=None, padding=(0, _GAP, 0, 0), pad_edge=False)
    for name in table.columns:
        grid.add_column(_cell(name), header_style="none", no_wrap=True, overflow="ellipsis")
    for row in table.rows:
        grid.add_row(*map(_cell, row))
    console = Console(
        file=StringIO(), color_system=None, force_terminal=False, legacy_windows=False, width=1_000
    )
    with console.capture() as drawn:
        console.print(grid, width=width)
    yield from (line.rstrip() for line in drawn.get().splitlines())
    if table.rest:
        yield table.rest


def titled_lines(table: Table, width: int) -> Iterator[str]:
    """Write a table below its title."""
    title = Text(f"{printable(table.title)}:{'' if table.rows else ' no rows'}")
    title.truncate(width, overflow="ellipsis")
    yield title.plain
    if table.rows:
        yield from (f"  {line}" for line in table_lines(table, width - 2))


def _cell(text: str) -> Text:
    shown = Text(printable(text))
    shown.truncate(_CELL, overflow="ellipsis")
    return shown


def _widths(table: Table) -> list[int]:
    return [
        max(_cell(text).cell_len for text in column)
        for column in zip(table.columns, *table.rows, strict=True)
    ]
