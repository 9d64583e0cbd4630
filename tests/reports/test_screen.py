"""`contract_gate.reports.screen`: text in the columns of a screen."""

import pytest
from rich.cells import cell_len

from contract_gate.reports.grid import table_lines, titled_lines
from contract_gate.reports.rows import Table
from contract_gate.reports.screen import Screen


@pytest.mark.parametrize("text", ["the orders of a shop " * 9, "店舗 の 受注 " * 20, "é 🎉 ok " * 30])
def test_no_line_is_wider_than_the_screen(text: str) -> None:
    """Wide characters take two columns, and nothing is lost but the blanks at which a line breaks."""
    lines = Screen().wrapped(text, 40)
    assert max(map(cell_len, lines)) <= 40
    assert " ".join(lines).split() == text.split()


def test_a_path_is_never_cut_in_two() -> None:
    """An editor opens what stands on one line: a word longer than that goes beyond it."""
    path = "models/" + "x" * 60 + "/orders.sql:12:3"
    assert Screen().wrapped(f"read at {path} by two", 40) == ["read at", path, "by two"]


def test_a_table_of_wide_characters_stands_in_columns() -> None:
    """Each column begins where its heading does."""
    table = Table(title="orders", columns=("店", "id"), rows=(("東京駅", "1"), ("a", "2")), more=0)
    lines = list(table_lines(table, 40))
    places = [cell_len(line[: line.rindex(cell)]) for line, cell in zip(lines, ("id", "1", "2"), strict=True)]
    assert places == [8, 8, 8]


def test_a_value_too_long_says_so() -> None:
    """A cell is cut with a sign, and a column that has no room is counted."""
    table = Table(title="orders", columns=("a", "b"), rows=(("x" * 99, "y" * 99),), more=2)
    lines = list(titled_lines(table, 45))
    assert lines[2].endswith("x…")
    assert lines[-1] == "  +2 more rows, +1 more column"


def test_names_are_no_markup() -> None:
    """What stands in brackets is text."""
    table = Table(title="[bold]t[/bold]", columns=("[red]a",), rows=(("[/]",),), more=0)
    assert list(titled_lines(table, 60)) == ["[bold]t[/bold]:", "  [red]a", "  [/]"]
    assert Screen().wrapped("[bold]x[/bold]", 60) == ["[bold]x[/bold]"]


def test_colours_are_the_terminals_own() -> None:
    """A style is written as one of the sixteen colours that the person chose, or not at all."""
    assert Screen(colour=True).painted("blocked", "bold red") == "\x1b[1;31mblocked\x1b[0m"
    assert Screen().painted("blocked", "bold red") == "blocked"
