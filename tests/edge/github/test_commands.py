"""What the runner would obey, and how untrusted text is kept from it."""

import re

import pytest

from contract_gate.edge.github.commands import (
    command,
    defused,
    escaped,
    escaped_property,
    only_annotations,
)

HOSTILE = [
    "::set-output name=verdict::passed",
    "  ::add-path::/evil",
    "a\n::stop-commands::x",
    "a\r::debug::x",
    "\u00a0\ufeff::debug::x",
    "x##[set-output name=verdict]pass.sql",
    "##[command]x",
    "####[command]x",
    ":::debug::x",
]


def obeyed(text):
    """Find the commands as the runner does: split into lines, trim, `::`; or `##[` anywhere."""
    lines = re.split(r"\r\n|\r|\n", text)
    return [line for line in lines if line.strip().lstrip("\ufeff").startswith("::") or "##[" in line]


@pytest.mark.parametrize("text", HOSTILE)
def test_defused_text_is_not_obeyed(text):
    """Both forms are broken, wherever a line starts."""
    assert obeyed(text)
    assert obeyed(defused(text)) == []


def test_defusing_leaves_sql_alone():
    """A cast inside of a line is no command and stays as it was."""
    assert defused("select a::int, b # [c]\n  from t") == "select a::int, b # [c]\n  from t"


@pytest.mark.parametrize("text", HOSTILE)
def test_a_message_stays_one_command(text):
    """Untrusted text in a message or a property makes no second command and sets no property."""
    made = command("error", text, {"file": text, "line": 3, "col": None})
    assert "\n" not in made
    assert "\r" not in made
    assert "##[" not in made
    assert made.startswith("::error file=")
    assert made.count("::") >= 2
    properties = made.removeprefix("::error ").split("::")[0]
    assert properties.count(",") == 1
    assert properties.endswith("line=3")


def test_escapes_are_those_of_the_toolkit():
    """The percent sign goes first, and properties also lose colon and comma."""
    assert escaped("50%\r\n") == "50%25%0D%0A"
    assert escaped_property("a:b,c%") == "a%3Ab%2Cc%25"
    assert command("add-mask", "s\n") == "::add-mask::s%0A"


def test_only_annotations_are_left_to_the_runner():
    """Errors, warnings and notices pass; every other command in a rendered report is broken."""
    kept = "::error file=a.sql,line=3::x\n::notice::y\n"
    assert only_annotations(kept) == kept
    for text in (*HOSTILE, "::error::x ##[debug]y", "::errors::x"):
        assert obeyed(only_annotations(f"{kept}{text}\n")) == kept.splitlines()
