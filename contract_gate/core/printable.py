"""Make hostile text harmless on a screen and in a CI log, and still readable: the one place that does.

Names, paths and SQL come from the pull request, titles from the catalog. In a terminal they could move the cursor, hide text or turn
its direction; in a CI log the runner obeys what looks like a command: `##[command]`, `##vso[…]` and `##teamcity[…]` anywhere in a line, and
`::command::` at its start (https://github.com/actions/runner, ActionCommand.cs; Azure's agent, Command.cs). What is taken out is shown as an
escape, so nothing hides.
"""

import json
import re
import unicodedata

RUNNER_COMMAND = re.compile(r"#(?=#\w*\[)")
"""The first sign of what a runner obeys in the middle of a line."""
_AT_START = re.compile(r"(\A\s*):(?=:)")
_NOT_SHOWN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def printable(text: str) -> str:
    """Show text on one line: white space folded, control and direction characters as escapes, no command."""
    return escaped(" ".join(text.split()))


def escaped(text: str) -> str:
    """Show text as `printable` does, its white space kept: blanks as they are, all other as escapes. For paths and refs."""
    shown = text if text.isascii() and text.isprintable() else "".join(map(_shown, text))
    return _AT_START.sub(r"\1\\x3a", RUNNER_COMMAND.sub(r"\\x23", shown))


def cut(text: str, longest: int) -> str:
    """Shorten a text to so many characters, with a sign that it goes on."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def json_text(value: object) -> str:
    """Write JSON for a CI log: ASCII, and never what a runner obeys."""
    return RUNNER_COMMAND.sub(r"\\u0023", json.dumps(value, indent=2)) + "\n"


def printable_lines(text: str) -> list[str]:
    """Show text line by line, its indentation kept."""
    lines = text.expandtabs(4).splitlines()
    return [" " * (len(line) - len(line.lstrip(" "))) + printable(line) for line in lines]


def is_plain(text: str) -> bool:
    """Tell whether text can be shown as it is: nothing hidden in it, and no command."""
    return escaped(text) == text and all(_shown(character) == character for character in text)


def _shown(character: str) -> str:
    if unicodedata.category(character) not in _NOT_SHOWN:
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
