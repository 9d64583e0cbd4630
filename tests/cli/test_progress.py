"""What a person at a terminal sees while a run is under way."""

import io

import pytest

from contract_gate.cli.progress import _ERASE, _Line, shown
from contract_gate.core.progress import step


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_a_line_at_once_and_it_is_gone_at_the_end() -> None:
    """The first sign of life comes before anything is done; what is left on the screen is nothing."""
    terminal = Terminal()
    with shown({}, terminal):
        assert "starting" in terminal.getvalue()
        step("comparing", 3, 7)
        assert terminal.getvalue().endswith("contract-gate: comparing (3 of 7) …")
    assert terminal.getvalue().endswith(_ERASE)


@pytest.mark.parametrize(
    ("stream", "environment"),
    [(io.StringIO(), {}), (Terminal(), {"TERM": "dumb"}), (Terminal(), {"CI": "true"})],
)
def test_nothing_is_written_where_nobody_looks(stream: io.StringIO, environment: dict[str, str]) -> None:
    """A log, a dumb terminal and a CI job see no line that is overwritten."""
    with shown(environment, stream):
        step("comparing", 3, 7)
    assert stream.getvalue() == ""


def test_the_line_is_gone_after_a_fault_too() -> None:
    """What is told of the fault stands on a clean line."""
    terminal = Terminal()
    with pytest.raises(ValueError, match="x"), shown({}, terminal):
        raise ValueError("x")
    assert terminal.getvalue().endswith(_ERASE)


def test_steps_that_come_fast_are_written_now_and_then() -> None:
    """Many steps within a moment are one line; another thing that is done is told at once."""
    terminal, now = Terminal(), [0.0]
    line = _Line(terminal, lambda: now[0])
    for done in range(50):
        line.show("comparing", done, 50)
    now[0] = 0.2
    line.show("comparing", 50, 50)
    line.show("asking the catalog", 0, 0)
    assert terminal.getvalue().count("\r") == 3
