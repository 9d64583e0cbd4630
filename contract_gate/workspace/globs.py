"""Patterns of files that a tool leaves out, as gitignore and Python's glob read them, in time linear in pattern and path.

`*` and `?` stay within one name, `**` stands for any number of folders.
"""

import fnmatch
import re
from collections.abc import Sequence

from contract_gate.core.deadline import checkpoint
from contract_gate.core.values import dataclass

_LONGEST = 255
_Name = re.Pattern[str] | None
"""What one name has to be like; None for any number of names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _IgnoreLine:
    names: tuple[_Name, ...]
    is_exception: bool
    is_folder: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoreFile:
    """The lines of a file in the form of .gitignore; the last one that matches a path decides."""

    lines: tuple[_IgnoreLine, ...]

    @classmethod
    def parse(cls, text: str) -> "IgnoreFile":
        """Read a file's text; every text is one."""
        return cls(
            lines=tuple(line for raw in text.splitlines() if (line := _line(raw.rstrip())) is not None)
        )

    def leaves_out(self, path: str) -> bool:
        """Tell whether a path, counted from the file's folder, is ignored: itself, or with a folder above it."""
        checkpoint()
        names = path.split("/")
        for line in reversed(self.lines):
            if any(0 < end < len(names) + (not line.is_folder) for end in _ends(line.names, names)):
                return not line.is_exception
        return False


def names_of(pattern: str) -> tuple[_Name, ...]:
    """Take a glob apart at its slashes; one `**` after the other says no more than one."""
    checkpoint()
    names = [name for name in pattern.split("/") if name not in ("", ".")]
    return tuple(
        None if name == "**" else _name(name)
        for name, before in zip(names, ["", *names], strict=False)
        if (name, before) != ("**", "**")
    )


def _name(name: str) -> re.Pattern[str]:
    # No file has a longer name, and `translate` takes time by its square.
    return re.compile(fnmatch.translate(name) if len(name) <= _LONGEST else r"(?!)")


def matches(names: Sequence[_Name], path: str) -> bool:
    """Tell whether a glob matches a whole path."""
    parts = path.split("/")
    return len(parts) in _ends(names, parts)


def _line(raw: str) -> _IgnoreLine | None:
    is_exception = raw.startswith("!")
    pattern = raw[1:] if is_exception else raw
    if not pattern.strip("/") or pattern.startswith("#"):
        return None
    pattern = pattern.removeprefix("\\")
    is_anchored = "/" in pattern.rstrip("/")
    return _IgnoreLine(
        names=names_of(pattern if is_anchored else f"**/{pattern}"),
        is_exception=is_exception,
        is_folder=pattern.endswith("/"),
    )


def _ends(names: Sequence[_Name], parts: Sequence[str]) -> set[int]:
    """Give how many of a path's first names the whole pattern can stand for."""
    states, ends = _further({0}, names), set()
    for count, part in enumerate((*parts, "")):
        if len(names) in states:
            ends.add(count)
        stepped = {
            state if name is None else state + 1
            for state in states
            if state < len(names) and ((name := names[state]) is None or name.match(part))
        }
        states = _further(stepped, names)
    return ends


def _further(states: set[int], names: Sequence[_Name]) -> set[int]:
    """Add where any number of names is none."""
    return states | {state + 1 for state in states if state < len(names) and names[state] is None}
