"""Each format's output on the rich and the empty report is what was looked at and kept.

Run with CONTRACT_GATE_UPDATE_GOLDEN=1 to write the files anew, and read the difference before committing it.
"""

import os
import re
from hashlib import sha256
from pathlib import Path

import pytest

from contract_gate.reports import FORMATS, render, terminal
from contract_gate.reports.report import Report

GOLDEN = Path(__file__).parent / "golden"
UPDATE = "CONTRACT_GATE_UPDATE_GOLDEN"
LARGEST = 60_000
ENDINGS = {
    "terminal": "txt",
    "github": "txt",
    "markdown": "md",
    "sarif": "sarif",
    "json": "json",
    "html": "html",
    "gitlab": "json",
    "junit": "xml",
    "bitbucket": "json",
}
WHOLE_NAMES = ("json", "sarif", "gitlab", "junit")
"""The formats that programs read."""


def compare(name: str, text: str) -> None:
    """Compare text with a golden file, or write it where that was asked for."""
    path = GOLDEN / name
    if os.environ.get(UPDATE):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    assert text == path.read_text(encoding="utf-8"), f"{name} differs; look at it, then run with {UPDATE}=1"


def test_every_format_has_golden_files() -> None:
    """A new format is looked at before it is shipped."""
    assert ENDINGS.keys() == FORMATS.keys()


@pytest.mark.parametrize("report", ["rich", "empty"])
@pytest.mark.parametrize("name", FORMATS)
def test_a_format_is_as_it_was_kept(reports: dict[str, Report], name: str, report: str) -> None:
    """The output does not change unseen."""
    compare(f"{name}.{report}.{ENDINGS[name]}", without_library(render(name, reports[report])))


@pytest.mark.parametrize("report", ["one", "thirty", "thousands"])
@pytest.mark.parametrize("name", FORMATS)
def test_each_size_is_as_it_was_kept(reports: dict[str, Report], name: str, report: str) -> None:
    """One finding, thirty, or three thousand: what people read stays a page; what programs read is kept by its beginning and digest."""
    text = without_library(render(name, reports[report]))
    compare(f"{name}.{report}.{ENDINGS[name]}", text if len(text) < LARGEST else beginning(text))


def beginning(text: str) -> str:
    """Keep what can be looked at of a long text, and a digest of all of it."""
    return f"{text[:2_000]}\n… {len(text)} characters, sha256 {sha256(text.encode()).hexdigest()}\n"


def without_library(text: str) -> str:
    """Leave out of a page what is the same in each: its style, its scripts, and their digests."""
    bare = re.sub(r"<(style|script)>.*?</\1>", r"<\1></\1>", text, flags=re.DOTALL)
    return re.sub(r"'sha256-[^']*'", "'sha256-…'", bare)


def test_the_terminal_in_colour_and_narrow_is_as_it_was_kept(reports: dict[str, Report]) -> None:
    """Colour and width change the looks alone."""
    compare("terminal.narrow-colour.txt", terminal.render(reports["rich"], colour=True, width=60))
