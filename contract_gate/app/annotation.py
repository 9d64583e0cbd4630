"""Put changes where a reviewer sees them, on a line that the pull request touches."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from contract_gate.compare.changes.change import Change
from contract_gate.compare.changes.origin import Origin
from contract_gate.core.deadline import current
from contract_gate.edge.git import ChangedFile, FileStatus, LineRange, Missing, Repository, Revisions
from contract_gate.policy.finding import Finding
from contract_gate.reports.report import FileTexts


def in_the_diff(
    changes: Sequence[Change], repository: Repository, revisions: Revisions, changed: Collection[ChangedFile]
) -> tuple[Change, ...]:
    """Move each change of a changed file, and its origins, to the touched line nearest to it; others stay as they are."""
    diff = _Diff(repository, revisions, changed)
    return tuple(_in(diff, change) for change in changes)


def edited_texts(
    findings: Sequence[Finding],
    repository: Repository,
    revisions: Revisions,
    changed: Collection[ChangedFile],
) -> tuple[FileTexts, ...]:
    """Give both sides of the edited files that findings stand in, the first `_FILES` of them that are text of a bearable size."""
    named = dict.fromkeys(finding.location.path for finding in findings if finding.location)
    by_path = {path: file for file in changed for path in file.paths}
    shown = list(dict.fromkeys(by_path[path] for path in named if path in by_path))[:_FILES]
    old = repository.read(revisions.base, [file.old_path or file.path for file in shown], limit=_LARGEST)
    new = repository.read(revisions.head, [file.path for file in shown], limit=_LARGEST)
    return tuple(
        FileTexts(path=file.path, before=_text(old[file.old_path or file.path]), after=_text(new[file.path]))
        for file in shown
    )


def _text(content: bytes | Missing) -> str:
    return content.decode("utf-8", "replace") if isinstance(content, bytes) else ""


_FILES = 50
_LARGEST = 200_000
"""Bytes of a file; a page with more is none that anybody reads."""


class _Diff:
    """The touched lines of the changed files, each read once."""

    def __init__(
        self, repository: Repository, revisions: Revisions, changed: Collection[ChangedFile]
    ) -> None:
        self._repository, self._revisions = repository, revisions
        self._files = {path: file for file in changed for path in file.paths}
        self._ranges: dict[str, tuple[LineRange, ...]] = {}

    def touched(self, path: str | None) -> tuple[str, tuple[LineRange, ...]]:
        """Give the file's path at the head and its touched lines, none where it is deleted, not changed or the time is over."""
        file = self._files.get(path or "")
        if file is None or file.status is FileStatus.DELETED:
            return path or "", ()
        if file.path not in self._ranges:
            # Each asks git.
            if current().is_over:
                return file.path, ()
            revisions = self._revisions
            self._ranges[file.path] = self._repository.changed_lines(revisions.base, revisions.head, file)
        return file.path, self._ranges[file.path]


def _in(diff: _Diff, change: Change) -> Change:
    origins = tuple(_origin(origin, *diff.touched(origin.path)) for origin in change.origins)
    placed = replace(change, origins=origins) if origins else change
    if change.caused_by is not None:
        return placed
    path = change.location.path if change.location else None
    return _edit_moved(_moved(placed, *diff.touched(path)), diff.touched(path)[1])


def _edit_moved(change: Change, ranges: Sequence[LineRange]) -> Change:
    edit = change.edit
    if edit is None or not ranges or any(lines.start <= edit.line <= lines.end for lines in ranges):
        return change
    return replace(change, edit=replace(edit, line=_nearest(edit.line, ranges)))


def _origin(origin: Origin, path: str, ranges: Sequence[LineRange]) -> Origin:
    """Stand on the first touched line within what was edited, else on the one nearest to its beginning."""
    if not ranges:
        return origin
    end = origin.end_line or origin.line
    within = [lines for lines in ranges if lines.start <= end and lines.end >= origin.line]
    line = max(within[0].start, origin.line) if within else _nearest(origin.line, ranges)
    return replace(origin, path=path, line=line)


def _moved(change: Change, path: str, ranges: Sequence[LineRange]) -> Change:
    place = change.location
    if place is None or not ranges:
        return change
    if any(lines.start <= place.line <= lines.end for lines in ranges):
        return replace(change, location=replace(place, path=path))
    line = _nearest(place.line, ranges)
    return replace(
        change, location=replace(place, path=path, line=line, column=1, end_line=None, end_column=None)
    )


def _nearest(line: int, ranges: Sequence[LineRange]) -> int:
    nearest = min(ranges, key=lambda lines: min(abs(lines.start - line), abs(lines.end - line)))
    return nearest.start if line <= nearest.start else nearest.end
