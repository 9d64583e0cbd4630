"""What a person at a terminal sees while a run is under way."""

import io
import re
import subprocess
import sys

import pytest

from contract_gate.cli.progress import shown
from contract_gate.core.progress import step

ERASED = "\x1b[2K"
CURSOR_SHOWN, CURSOR_HIDDEN = "\x1b[?25h", "\x1b[?25l"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def seen(terminal: Terminal) -> str:
    """Give what was written, without the sequences that move the cursor or paint."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.getvalue())


def test_a_terminal_sees_a_line_at_once_and_it_is_gone_at_the_end() -> None:
    """The first sign of life comes before anything is done; what is left on the screen is nothing."""
    terminal = Terminal()
    with shown({}, terminal):
        assert "contract-gate: starting …" in seen(terminal)
        step("comparing", 3, 7)
    assert "contract-gate: comparing (3 of 7) …" in seen(terminal)
    assert terminal.getvalue().rstrip("\r").endswith(ERASED)


def test_a_killed_run_leaves_a_cursor() -> None:
    """The cursor is there all the time: nobody would bring it back."""
    terminal = Terminal()
    with shown({}, terminal):
        written = terminal.getvalue()
        assert written.rindex(CURSOR_SHOWN) > written.rindex(CURSOR_HIDDEN)


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
    assert terminal.getvalue().rstrip("\r").endswith(ERASED)


def test_an_answer_stands_on_lines_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    """What is written meanwhile goes to standard output, after the line is erased; then the line is there again."""
    terminal = Terminal()
    with shown({}, terminal) as say:
        say("ok     git")
        erased = terminal.getvalue().rindex(ERASED)
        assert "starting" in terminal.getvalue()[erased:]
    assert capsys.readouterr().out == "ok     git\n"


def test_colours_are_not_wanted() -> None:
    """NO_COLOR holds for the line as well."""
    terminal = Terminal()
    with shown({"NO_COLOR": "1"}, terminal):
        pass
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", terminal.getvalue())


def test_a_hostile_step_moves_no_cursor() -> None:
    """A branch's name in a step is shown as text, and rich reads no markup in it."""
    terminal = Terminal()
    with shown({}, terminal):
        step("merging \x1b[2Jx [bold]y[/bold]")
    assert "merging \\x1b[2Jx [bold]y[/bold]" in seen(terminal)


def test_layout_is_loaded_where_something_is_laid_out() -> None:
    """Help, a hook without a terminal and reports for programs don't wait for it."""
    code = (
        "import os, sys\nfrom contract_gate.cli import main\nfrom contract_gate.cli.progress import shown\n"
        "from contract_gate.reports import FORMATS\nfrom importlib import import_module\n"
        "with shown(os.environ): pass\n"
        "[import_module(module) for name, module in FORMATS.items() if name != 'terminal']\n"
        "sys.exit('rich' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], stderr=subprocess.PIPE, check=False).returncode == 0
