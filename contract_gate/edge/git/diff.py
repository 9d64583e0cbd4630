"""Parses what git prints of differences: raw records with NUL ends, and the headers of hunks."""

import re
from collections.abc import Iterator

from contract_gate.core.errors import GitError
from contract_gate.edge.git.revision import ChangedFile, FileStatus, LineRange, TreeEntry

# Past the limit only exact renames are found, and the others are an added and a deleted file: never fewer changes,
# at most worse words for them. Copies are not looked for: to every reader a copy is an added file.
RAW = (
    "--raw",
    "-z",
    "--no-abbrev",
    "-M",
    "-l1000",
    "--no-ext-diff",
    "--no-textconv",
    "--ignore-submodules=dirty",
)
HUNKS = ("-p", "-U0", "--inter-hunk-context=0", "--no-color", "--no-ext-diff", "--no-textconv", "--text")

_STATUS = {
    "A": FileStatus.ADDED,
    "M": FileStatus.MODIFIED,
    "D": FileStatus.DELETED,
    "R": FileStatus.RENAMED,
    "C": FileStatus.COPIED,
    "T": FileStatus.TYPE_CHANGED,
}
_NO_MODE = "000000"
_HUNK = re.compile(rb"^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)


def changed_files(raw: bytes) -> tuple[ChangedFile, ...]:
    """Parse `git diff-tree -z --raw` (https://git-scm.com/docs/git-diff#_raw_output_format)."""
    fields = iter(raw.split(b"\0")[:-1])
    return tuple(_changed_file(field, fields) for field in fields)


def head_lines(patch: bytes) -> tuple[LineRange, ...]:
    """Parse the hunks of one file's patch without context."""
    return tuple(
        LineRange(start=max(start, 1), end=max(start + count - 1, start, 1))
        for match in _HUNK.finditer(patch)
        for start, count in [(int(match[1]), int(match[2]) if match[2] is not None else 1)]
    )


def path_text(raw: bytes) -> str:
    """Decode a path so that every byte comes back when git is asked for it."""
    return raw.decode("utf-8", "surrogateescape")


def _changed_file(header: bytes, fields: Iterator[bytes]) -> ChangedFile:
    old_mode, new_mode, old_id, new_id, letter = header.decode("ascii").removeprefix(":").split(" ")
    status = _STATUS.get(letter[0])
    if status is None:
        what = (
            "the index has unresolved conflicts"
            if letter == "U"
            else f"git told an unknown status {letter!r}"
        )
        raise GitError(
            f"the changed files were not listed: {what}", "resolve the conflicts and add the files"
        )
    first = path_text(next(fields))
    last = path_text(next(fields)) if status in (FileStatus.RENAMED, FileStatus.COPIED) else first
    return ChangedFile(
        path=last,
        status=status,
        old_path=None if status is FileStatus.ADDED else first,
        old=None if old_mode == _NO_MODE else TreeEntry(id=old_id, mode=old_mode),
        new=None if new_mode == _NO_MODE else TreeEntry(id=new_id, mode=new_mode),
    )
