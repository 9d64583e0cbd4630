"""The working tree as a revision: what is on disk and not ignored, read without filters, links or writing."""

import errno
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from contract_gate.edge.git.command import Git
from contract_gate.edge.git.diff import RAW, changed_files, path_text
from contract_gate.edge.git.revision import (
    ABSENT,
    ChangedFile,
    FileStatus,
    Missing,
    MissingReason,
    TreeEntry,
    too_large,
)

# A larger file is named by its size and time, so that it need not be read.
_LARGEST_NAMED = 10_000_000
_FILTER = {"clean": "", "smudge": "", "process": "", "required": "false"}


def without_filters(git: Git) -> Git:
    """Switch off the content filters that the configuration names: they are programs (`filter.<driver>.clean`)."""
    return git.without_drivers("filter", _FILTER)


def changed_since(git: Git, base: str) -> tuple[ChangedFile, ...]:
    """List what differs between a commit and the disk, untracked files included."""
    tracked = changed_files(git.run("diff-index", *RAW, base, "--"))
    known = {each.path for each in tracked if each.new is not None}
    files = [described for each in tracked if (described := _described(git, each)) is not None]
    for path in _untracked(git):
        if path not in known and (entry := _entry(git, path)) is not None:
            files.append(ChangedFile(path=path, status=FileStatus.ADDED, new=entry))
    return tuple(sorted(files, key=lambda each: each.path))


def is_dirty(git: Git) -> bool:
    """Tell whether the disk holds anything that HEAD does not."""
    tracked = changed_files(git.run("diff-index", *RAW, "HEAD", "--"))
    return any(_described(git, each) is not None for each in tracked) or any(True for _ in _untracked(git))


def files(git: Git, index: Mapping[str, TreeEntry]) -> dict[str, TreeEntry]:
    """Overlay the index with what is on disk; deleted files are left out, untracked ones added."""
    found = dict(index)
    dirty = changed_files(git.run("diff-files", "--raw", "-z", "--no-abbrev", "--ignore-submodules=all"))
    for path in (*(each.path for each in dirty), *_untracked(git)):
        entry = _entry(git, path)
        if entry is None:
            found.pop(path, None)
        else:
            found[path] = entry
    return found


def read(git: Git, path: str, limit: int) -> bytes | Missing:
    """Read a regular file that no symbolic link leads to."""
    try:
        with os.fdopen(_open(git, path), "rb") as file:
            state = os.fstat(file.fileno())
            size = state.st_size
            if not stat.S_ISREG(state.st_mode):
                return Missing(
                    reason=MissingReason.UNREADABLE, detail="it is no regular file, but a pipe or a device"
                )
            if size > limit:
                return too_large(size)
            return file.read()
    except FileNotFoundError:
        return ABSENT
    except OSError as error:
        return Missing(reason=MissingReason.UNREADABLE, detail=f"it could not be read: {error.strerror}")


def _untracked(git: Git) -> Iterator[str]:
    listed = git.run("ls-files", "-z", "--others", "--exclude-standard")
    # An untracked repository inside ours is listed as `dir/`: it is not ours.
    return (path_text(raw) for raw in listed.split(b"\0") if raw and not raw.endswith(b"/"))


def _described(git: Git, changed: ChangedFile) -> ChangedFile | None:
    """Give the bytes on disk an id; None for a file that git holds for changed because of its time alone."""
    if changed.new is None or changed.new.id.strip("0"):
        return changed
    entry = _entry(git, changed.path)
    if entry is None or changed.new.mode == "160000":
        return changed
    same = changed.old is not None and (changed.old.id, changed.old.mode) == (entry.id, changed.new.mode)
    if same and changed.status is FileStatus.MODIFIED:
        return None
    return replace(changed, new=replace(entry, mode=changed.new.mode))


def _entry(git: Git, path: str) -> TreeEntry | None:
    try:
        state = os.lstat(git.directory / path)
    except OSError:  # deleted, or a parent became a file: either way it is not on disk
        return None
    if stat.S_ISLNK(state.st_mode):
        return TreeEntry(id="", mode="120000", on_disk=True)
    if stat.S_ISDIR(state.st_mode):
        return TreeEntry(id="", mode="160000", on_disk=True)
    mode = "100755" if state.st_mode & stat.S_IXUSR else "100644"
    content = read(git, path, _LARGEST_NAMED)
    each = _id(content) if isinstance(content, bytes) else f"{state.st_size}-{state.st_mtime_ns}"
    return TreeEntry(id=each, mode=mode, on_disk=True)


def _id(content: bytes) -> str:
    """Name a blob as a SHA-1 repository would (https://git-scm.com/book/en/v2/Git-Internals-Git-Objects)."""
    # Imported here: who compares commits, or what is staged, hashes nothing.
    import hashlib

    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _open(git: Git, path: str) -> int:
    """Open below the root, one part after the other, so that no symbolic link is followed."""
    *parents, name = path.split("/")
    if os.open not in os.supports_dir_fd:
        return _open_checked(git.directory, (*parents, name))
    # O_NONBLOCK: opening a named pipe must not wait for a writer.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    directory = os.open(git.directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in parents:
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=directory)
            os.close(directory)
            directory = inner
        return os.open(name, flags, dir_fd=directory)
    finally:
        os.close(directory)


def _open_checked(root: Path, parts: tuple[str, ...]) -> int:
    """Do the same where the system can't open relative to a directory (Windows)."""
    place = root
    for part in parts:
        place = place / part
        if place.is_symlink():
            raise OSError(errno.ELOOP, "it lies behind a symbolic link")
    return os.open(place, os.O_RDONLY | getattr(os, "O_BINARY", 0))
