"""Faults while one file is read: contained to that file, and told as whose fault they are.

A file of a repository may trip a parser or this program. That must not hide what the other files say, and must never be told as odd
SQL where the odd thing is ours.
"""

import traceback
from collections.abc import MutableMapping, Sequence
from types import TracebackType

from contract_gate.core.deadline import OutOfTimeError
from contract_gate.core.errors import ContractGateError

BEYOND_A_FILE = (ContractGateError, OutOfTimeError)
"""What concerns more than one file: it is handled further out."""
_OURS = "/contract_gate/"


class contained:  # noqa: N801 - used as `with contained(problems, path):`
    """Take a fault within the block for a problem of this file alone. What ends a run, ends it."""

    def __init__(self, problems: MutableMapping[str, str], path: str) -> None:
        self._problems, self._path = problems, path

    def __enter__(self) -> None:
        """Begin the block."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception) or isinstance(error, BEYOND_A_FILE):
            return False
        self._problems[self._path] = told(error)
        return True


def told(error: Exception) -> str:
    """Say in a sentence's end why a file is not analysed, and whose fault that is."""
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, MemoryError):
        return "it needs more memory than there is"
    said = f"{type(error).__name__}: {' '.join(str(error).split())[:100]}".rstrip(": ")
    frames = [
        (frame.filename.replace("\\", "/"), frame.lineno)
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    ours = next(((name, line) for name, line in reversed(frames) if _OURS in name), None)
    place = f" ({ours[0].rpartition(_OURS)[2]}:{ours[1]})" if ours is not None else ""
    whose = "contract-gate"
    if frames and ours != frames[-1]:
        whose += f", or of {_library([name for name, _ in frames])}, which it calls"
    return f"a fault of {whose}, please report it: {said}{place}"


def _library(filenames: Sequence[str]) -> str:
    """Name the innermost package of a traceback; compiled modules and the standard library are told by their file."""
    packages = [
        inner for before, _, inner in (name.rpartition("/site-packages/") for name in filenames) if before
    ]
    known = packages[-1].split("/")[0] if packages else filenames[-1].rpartition("/")[2]
    return known.removesuffix(".py")
