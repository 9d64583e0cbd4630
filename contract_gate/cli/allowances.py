"""Whose waivers count: the base's, in its file and in the SQL that changes, and what people allowed on the pull request."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from contract_gate.cli.configuration import given_file
from contract_gate.core.errors import UsageError
from contract_gate.core.paths import is_sql
from contract_gate.edge.approvals import Approvals, read_approvals
from contract_gate.edge.git import ChangedFile, MissingReason, Repository, Revision, Revisions
from contract_gate.edge.sql_comments import LARGEST
from contract_gate.edge.sql_waivers import InText, waivers_in
from contract_gate.edge.waivers import FILE, Allowance, parse_waivers


def waivers_of(
    repository: Repository, revisions: Revisions, changed: Collection[ChangedFile], *, own: bool = False
) -> tuple[tuple[Allowance, ...], tuple[str, ...]]:
    """Give the waivers of the base, in its file and in the SQL that changes, and what is to be told of others.

    `own`: the base lets those that the change itself brings count as well. Else nobody waives what their own change does.
    """
    sides = (revisions.trusted, revisions.head)
    old, new = _waivers_file(repository, revisions.trusted), repository.read(revisions.head, [FILE])[FILE]
    before, after = (_waivers_in_sql(repository, side, changed) for side in sides)
    allowances = [
        *(parse_waivers(old.decode("utf-8", "replace")) if old is not None else ()),
        *before.allowances,
    ]
    brought = [one for one in after.allowances if all(not one.says(known) for known in before.allowances)]
    notes = [*before.problems]
    is_other = isinstance(new, bytes) and new != old
    if own:
        if isinstance(new, bytes) and is_other:
            theirs = parse_waivers(new.decode("utf-8", "replace"))
            allowances += [replace(one, own=True) for one in theirs if one not in allowances]
        allowances += [replace(one, own=True) for one in brought]
        notes += [one for one in after.problems if one not in notes]
    else:
        if is_other or (old is not None and not isinstance(new, bytes)):
            notes.append(
                f"{FILE} is read as it stands at {revisions.trusted}: what the change makes of it is not used"
            )
        notes += [
            f"the waiver at {one.by} is the change's own and not used: it counts once it is merged"
            for one in brought
        ]
    return tuple(allowances), tuple(notes)


def approvals_of(repository: Repository, revisions: Revisions, named: Path | None) -> Approvals:
    """Read what people allowed on the pull request, as the job collected it; UsageError for a file that the change brings."""
    if named is None:
        return Approvals()
    hint = "let the job write it: the action does with `approvals: true`"
    given = given_file(repository, revisions, named, "what was allowed", hint)
    if given.is_proposed or given.note is not None:
        raise UsageError(
            f"what was allowed was not read: {named} is in git, where anybody's change can write it", hint
        )
    return read_approvals(given.content, str(named))


def _waivers_file(repository: Repository, base: Revision) -> bytes | None:
    """Read the base's file, None where it has none; UsageError where it can't be read: what it allows is not known then."""
    found = repository.read(base, [FILE])[FILE]
    if isinstance(found, bytes):
        return found
    if found.reason is not MissingReason.ABSENT:
        raise UsageError(f"the waivers were not read: {FILE}: {found}", "make it a TOML file")
    return None


def _waivers_in_sql(repository: Repository, side: Revision, changed: Collection[ChangedFile]) -> InText:
    """Read the waivers in the changed files of SQL at one side."""
    names = {path: file.paths for file in changed for path in file.paths if is_sql(path)}
    contents = repository.read(side, list(names), limit=LARGEST)
    found = [
        waivers_in(
            content.decode("utf-8", "replace"), (path, *(each for each in names[path] if each != path))
        )
        for path, content in contents.items()
        if isinstance(content, bytes) and b"contract-gate" in content.lower()
    ]
    return InText(
        allowances=tuple(one for each in found for one in each.allowances),
        problems=tuple(one for each in found for one in each.problems),
    )
