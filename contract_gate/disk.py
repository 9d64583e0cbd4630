"""A person's files on disk: read only where they are regular ones, and written whole or not at all.

What the repository holds at a revision is `contract_gate.git`'s; the action's workspace is `contract_gate.github`'s.
"""

import os
import stat
from pathlib import Path

from contract_gate.errors import UsageError

LARGEST = 100_000_000


def read_regular(path: Path, what: str, hint: str | None = None, limit: int = LARGEST) -> bytes:
    """Read a file that is one: a pipe or a device would never end. UsageError, which says why it was not read."""
    try:
        # O_NONBLOCK: opening a named pipe must not wait for a writer.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as file:
            state = os.fstat(file.fileno())
            if not stat.S_ISREG(state.st_mode):
                raise UsageError(f"{what} was not read: {path} is no regular file", "save it to a file first")
            if state.st_size > limit:
                raise UsageError(f"{what} was not read: {path} is larger than {limit // 1_000_000} MB")
            return file.read()
    except OSError as error:
        raise UsageError(f"{what} was not read: {path}: {error.strerror}", hint) from error


def read_regular_text(path: Path, what: str, hint: str | None = None, limit: int = LARGEST) -> str:
    """Read a regular file of UTF-8 text; UsageError else."""
    try:
        return read_regular(path, what, hint, limit).decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{what} was not read: {path}: it is not UTF-8 text", hint) from error
