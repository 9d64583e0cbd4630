"""Patterns that pick columns by their names. A pull request writes both: no pattern may take long, whatever the name."""

import fnmatch
import re

_LONGEST = 300
_REPEAT = re.compile(r"[*+{]")
_REPEATED_GROUP = re.compile(r"\)[*+?{]")
_MOST_REPEATS = 3


def is_like(name: str, pattern: str) -> bool:
    """Tell whether all of a name is as the pattern of a LIKE says."""
    signs = ({"%": "*", "_": "?"}.get(sign, f"[{sign}]" if sign in "[*?" else sign) for sign in pattern)
    return fnmatch.fnmatchcase(name, "".join(signs))


def is_found(pattern: str, name: str) -> bool | None:
    """Tell whether a regular expression finds something in a name; None where it is none, or may take long.

    A repeat of a group, and many repeats, try the same signs again and again.
    """
    slow = _REPEATED_GROUP.search(pattern) is not None or len(_REPEAT.findall(pattern)) > _MOST_REPEATS
    if slow or len(name) > _LONGEST:
        return None
    try:
        return re.search(pattern, name) is not None
    except re.error:
        return None
