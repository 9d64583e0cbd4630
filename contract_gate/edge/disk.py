"""A person's files on disk: read only where they are regular ones, and written whole or not at all.

What the repository holds at a revision is `contract_gate.edge.git`'s; the action's workspace is `contract_gate.edge.github`'s.
"""

import errno
import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from contract_gate.core.errors import ContractGateError, UsageError

LARGEST = 100_000_000
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""What a disk that takes no more says: nobody used the program wrongly."""


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


def write_whole(path: Path, text: str, what: str) -> None:
    """Write a file whole or not at all: beside, then renamed. No link of the repository is followed.

    Raise UsageError where it can't be written there, ContractGateError where the disk takes no more. A device or a pipe that is named
    as such (`/dev/stdout`) is written to.
    """
    place = _place(path, what)
    try:
        # What leads on (`/dev/stdout`, to a file by now) stays: to put a file in its place would break it for everybody.
        if place.is_symlink() or (place.exists() and not place.is_file()):
            place.write_text(text, encoding="utf-8")
        else:
            _replace(place, text.encode("utf-8", "surrogateescape"))
    except OSError as error:
        message = f"{what} was not written: {path}: {error.strerror}"
        if error.errno in FULL:
            raise ContractGateError(message, "make room there, and run it again") from error
        raise UsageError(message, "name a file in a folder that is there") from error


def make_folder(path: Path, what: str) -> None:
    """Make the folder of a file that will be written, and those above it; UsageError behind a link, which is not followed."""
    place = _place(path, what)
    place.mkdir(parents=True, exist_ok=True)


@contextmanager
def held(path: Path, what: str, waits: Callable[[], None]) -> Iterator[None]:
    """Keep other processes out of a file that is replaced, by a lock beside it; `waits` is called where one has it.

    The system lets go of the lock of a process that ends, however it ends. UsageError where it can't be had at all.
    """
    beside = path.with_name(f"{path.name}.lock")
    place = _place(beside, what)
    try:
        descriptor = os.open(place, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
    except OSError as error:
        message = f"{what} was not locked: {beside}: {error.strerror}"
        raise UsageError(message, "name a file in a folder that is there") from error
    with os.fdopen(descriptor, "rb"):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waits()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield


def _place(path: Path, what: str) -> Path:
    """Refuse what lies behind a link: a committed one could lead anywhere, to a file of the machine or another part of the repository."""
    here = Path.cwd()
    place = Path(os.path.normpath(here / path))
    top = next((each for each in (here, *here.parents) if (each / ".git").exists()), here)
    parts = [each for each in (place, *place.parents) if each != top and each.is_relative_to(top)]
    if not place.is_relative_to("/dev") and any(each.is_symlink() for each in parts or [place]):
        raise UsageError(
            f"{what} was not written: {path} is, or lies behind, a symbolic link",
            "name the file that is meant",
        )
    return place


def _replace(place: Path, content: bytes) -> None:
    beside = place.with_name(f".{place.name[:100]}.{os.urandom(8).hex()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(beside, flags, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if place.exists():
                beside.chmod(stat.S_IMODE(place.stat().st_mode))
            file.write(content)
            file.flush()
            # A disk may say only now that it is full.
            os.fsync(file.fileno())
        beside.replace(place)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
