"""Put changes where a reviewer sees them: on a line that the pull request touches."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from contract_gate.changes.change import Change
from contract_gate.git import ChangedFile, FileStatus, LineRange, Repository, Revisions


def in_the_diff(
    changes: Sequence[Change], repository: Repository, revisions: Revisions, changed: Collection[ChangedFile]
) -> tuple[Change, ...]:
    """Move each change of a changed file to the touched line nearest to it; others stay where they are."""
    files = {path: file for file in changed for path in file.paths}
    ranges: dict[str, tuple[LineRange, ...]] = {}
    placed = []
    for change in changes:
        file = (
            files.get(change.location.path) if change.location is not None and change.location.path else None
        )
        if file is None or file.status is FileStatus.DELETED or change.caused_by is not None:
            placed.append(change)
            continue
        if file.path not in ranges:
            ranges[file.path] = repository.changed_lines(revisions.base, revisions.head, file)
        placed.append(_moved(change, file.path, ranges[file.path]))
    return tuple(placed)


def _moved(change: Change, path: str, ranges: Sequence[LineRange]) -> Change:
    place = change.location
    if place is None or not ranges:
        return change
    if any(lines.start <= place.line <= lines.end for lines in ranges):
        return replace(change, location=replace(place, path=path))
    nearest = min(ranges, key=lambda lines: min(abs(lines.start - place.line), abs(lines.end - place.line)))
    line = nearest.start if place.line <= nearest.start else nearest.end
    return replace(
        change, location=replace(place, path=path, line=line, column=1, end_line=None, end_column=None)
    )
