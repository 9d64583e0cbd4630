"""Where symbolic links lead within one revision: worked out over git's entries, so that no file system is asked."""

import posixpath
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from contract_gate.edge.git.revision import ChangedFile, EntryKind, FileStatus, TreeEntry

_MOST = 40
"""Links that lead to each other, as Linux counts them."""
_MOST_FOLDERS = 4
"""So deep are folders followed that are linked below others that are linked."""


def target_of(link: str, text: str) -> str | None:
    """Give where a link with this text leads, from the top of the repository; None for what is outside of it."""
    target = posixpath.normpath(posixpath.join(posixpath.dirname(link), text))
    is_outside = text.startswith("/") or target == ".." or target.startswith("../")
    return None if is_outside else target


def real_files(entries: Mapping[str, TreeEntry], targets: Mapping[str, str]) -> dict[str, str]:
    """Give the regular file of the revision that each link stands for, and each file below a link of a folder.

    Links that lead to nothing here are left out, and so is a link to a folder that it lies in itself.
    """
    regular = {path for path, entry in entries.items() if entry.kind is EntryKind.FILE}
    folders = (
        {parent.as_posix() for path in regular for parent in PurePosixPath(path).parents}
        if targets
        else set()
    )
    ends = {link: _end(target, regular | folders, targets) for link, target in targets.items()}
    found = {link: end for link, end in ends.items() if end in regular}
    of_folders = {link: end for link, end in ends.items() if end in folders and not _is_below(link, end)}
    for _ in range(_MOST_FOLDERS if of_folders else 0):
        # A link below a folder that is linked itself is there twice.
        there = [*((path, path) for path in regular), *found.items()]
        more = {
            f"{link}/{path[len(end) :].lstrip('/')}": real
            for link, end in of_folders.items()
            for path, real in there
            if _is_below(path, end)
        }
        if more.keys() <= found.keys():
            break
        found.update(more)
    return found


def _is_below(path: str, folder: str) -> bool:
    return folder in ("", ".") or path.startswith(folder + "/")


def _end(path: str, known: Collection[str], targets: Mapping[str, str]) -> str | None:
    """Follow a path through the links in it to what is known."""
    for _ in range(_MOST):
        if path in known:
            return path
        parts = path.split("/")
        heads = ("/".join(parts[:end]) for end in range(1, len(parts) + 1))
        link = next((head for head in heads if head in targets), None)
        if link is None:
            return None
        path = posixpath.normpath(targets[link] + path[len(link) :])
    return None


def with_links(
    changed: Sequence[ChangedFile],
    linked: Sequence[Mapping[str, str]],
    files: Sequence[Mapping[str, TreeEntry]],
) -> tuple[ChangedFile, ...]:
    """Put the files that links stand for in the place of the links, base first; a link whose file alone differs is added."""

    def entry(path: str | None, side: int, own: TreeEntry | None) -> TreeEntry | None:
        real = linked[side].get(path) if path is not None else None
        return files[side][real] if real is not None else own

    listed = {path for file in changed for path in file.paths}
    found = [
        replace(
            file,
            old=entry(file.old_path, 0, file.old),
            new=entry(file.path, 1, file.new) if file.new else None,
        )
        for file in changed
    ]
    for path in sorted({*linked[0], *linked[1]} - listed):
        old, new = (entry(path, side, None) for side in (0, 1))
        if old != new:
            status = (
                FileStatus.ADDED
                if old is None
                else FileStatus.DELETED
                if new is None
                else FileStatus.MODIFIED
            )
            found.append(
                ChangedFile(path=path, status=status, old_path=path if old else None, old=old, new=new)
            )
    return tuple(sorted(found, key=lambda file: file.path))
