"""Make hostile text harmless on a screen and in a CI log, and still readable.

Names, paths and SQL come from the pull request. In a terminal they could move the cursor, hide text or turn
its direction; in a GitHub log the runner obeys `##[command]` anywhere in a line and `::command::` at its start
(https://github.com/actions/runner, ActionCommand.cs). What is taken out is shown as an escape, so nothing hides.
"""

import re
import unicodedata

_COMMAND = re.compile(r"#(?=#\[)")
_NOT_SHOWN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def printable(text: str) -> str:
    """Show text on one line: white space folded, control and direction characters as escapes, no command."""
    folded = " ".join(text.split())
    shown = folded if folded.isascii() and folded.isprintable() else "".join(map(_shown, folded))
    return _COMMAND.sub(r"\\x23", shown)


def printable_lines(text: str) -> list[str]:
    """Show text line by line, its indentation kept."""
    lines = text.expandtabs(4).splitlines()
    return [" " * (len(line) - len(line.lstrip(" "))) + printable(line) for line in lines]


def is_plain(text: str) -> bool:
    """Tell whether text can be shown as it is: nothing hidden in it, and no command."""
    return _COMMAND.search(text) is None and all(_shown(character) == character for character in text)


def _shown(character: str) -> str:
    if unicodedata.category(character) not in _NOT_SHOWN:
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
