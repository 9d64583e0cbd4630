"""Where a text of SQL has comments and strings, found without a parser; what is between is as it was.

A string ends on its line, so that a lone apostrophe hides no code behind it, unless the white space in it counts.
"""

import re
from functools import lru_cache

COMMENT = r"--[^\n]*|/\*.*?\*/"
STRING = r"'(?:[^'\\\n]|''|\\.)*'"
LONG_STRING = r"'(?:[^'\\]|''|\\.)*'"
"""A string of several lines."""

_NOISE = re.compile(f"{COMMENT}|{STRING}", re.DOTALL)
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_SPACE = re.compile(rf"(?P<kept>{LONG_STRING}|{_QUOTED})|(?:{COMMENT}|\s)+", re.DOTALL)


def without_noise(text: str) -> str:
    """Put a space for each comment and each string."""
    return _NOISE.sub(" ", text)


def without_comments(text: str) -> str:
    """Put a space for each comment; two dashes in a string begin none."""
    return _NOISE.sub(lambda found: found[0] if found[0][0] == "'" else " ", text)


def blank(text: str) -> str:
    """Put a space for each character but the ends of lines, so that what follows stays where it is."""
    return "\n".join(" " * len(line) for line in text.split("\n"))


@lru_cache(maxsize=4096)
def on_one_line(text: str) -> str:
    """Spell a text without its comments and with single spaces: the same for each layout. What is in quotes is left as it is."""
    return _SPACE.sub(lambda found: found["kept"] or " ", text).strip()
