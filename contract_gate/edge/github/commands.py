"""Writes for the runner, which obeys what it reads: `::command::` at a line's start and `##[command` anywhere.

Untrusted text (file names, SQL, git's and a catalog's words) goes through `defused` or `escaped`.
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

import re
from collections.abc import Mapping

from contract_gate.core.printable import RUNNER_COMMAND

# The runner trims a line before it looks for `::`; `##[` is its older form, obeyed in the middle of a line too.
# A zero-width space breaks both, and a cast (`a::int`) inside of a line stays as it is.
_COMMAND = re.compile(rf"(?P<margin>(?:\A|[\r\n])[\s\ufeff]*):(?=:)|{RUNNER_COMMAND.pattern}")
_ANNOTATION = re.compile(r"::(?:error|warning|notice)(?: |::)")
_BREAK = "\u200b"


def escaped(text: str) -> str:
    """Escape a command's message; an older command inside of it is broken."""
    safe = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return RUNNER_COMMAND.sub(f"#{_BREAK}", safe)


def escaped_property(text: str) -> str:
    """Escape the value of a command's property."""
    return escaped(text).replace(":", "%3A").replace(",", "%2C")


def command(name: str, message: str, properties: Mapping[str, str | int | None] | None = None) -> str:
    """Make one workflow command. Properties that are None are left out."""
    given = {key: str(value) for key, value in (properties or {}).items() if value is not None}
    listed = ",".join(f"{key}={escaped_property(value)}" for key, value in given.items())
    return f"::{name}{' ' if listed else ''}{listed}::{escaped(message)}"


def defused(text: str) -> str:
    """Break what the runner would obey in text that is merely printed; nothing else changes."""
    return _COMMAND.sub(
        lambda match: f"#{_BREAK}" if match["margin"] is None else f"{match[0]}{_BREAK}", text
    )


def only_annotations(text: str) -> str:
    """Keep the annotations of a text and defuse every other line: nothing else is for the runner to obey."""
    lines = text.splitlines(keepends=True)
    return "".join(
        line if _ANNOTATION.match(line) and RUNNER_COMMAND.search(line) is None else defused(line)
        for line in lines
    )


def as_code(text: str) -> str:
    """Write text as one code span of Markdown, in which nothing is a mention, a link, HTML or a command."""
    folded = defused(" ".join(text.split())).replace("`", "'")
    shown = "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in folded)
    return f"`{shown or ' '}`"
