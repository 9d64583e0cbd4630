"""What a text of SQL tells the gate in its comments: `-- contract-gate: VERB …`, on one line, of SQL or Jinja."""

import re
from collections.abc import Iterator

_COMMENT = re.compile(
    r"(?:--|//|#|/\*|\*)[-+!\s]*contract-gate\s*:\s*(?P<verb>[a-z]+)\b(?P<told>.*)$", re.IGNORECASE
)
END = r"\s*(?:\*/|[-+]?#\})?\s*$"
"""The end of a comment, for the patterns that read what is told."""
DAY = r"(?P<day>\d{4}-\d{2}-\d{2})"
LONGEST = 300
"""So many characters of a reason are kept."""
_LONGEST_LINE = 2_000
LARGEST = 1_000_000
"""Bytes of a file whose comments are looked at; a larger one is no text that a person tells things in."""


def told_in(text: str, verb: str) -> Iterator[tuple[int, str]]:
    """Give what the comments with a verb tell after it, with their lines."""
    if "contract-gate" not in text.lower():
        return
    for number, line in enumerate(text.splitlines(), 1):
        match = _COMMENT.search(line[:_LONGEST_LINE])
        if match is not None and match["verb"].lower() == verb:
            yield number, match["told"]
