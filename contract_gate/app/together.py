"""Two changes at once: what breaks when another branch is merged beside this one, though each alone breaks nothing there."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager

from contract_gate.app.relevance import concerns_models
from contract_gate.app.touching import Touched
from contract_gate.compare.changes.change import Change
from contract_gate.compare.impact import Effect, Impact
from contract_gate.compare.impact.assess import Assessment
from contract_gate.core.coverage import Coverage, NotAnalysed
from contract_gate.core.deadline import OutOfTimeError, checkpoint, current, within
from contract_gate.core.errors import UsageError
from contract_gate.core.progress import step
from contract_gate.core.values import dataclass, replace
from contract_gate.edge.git import ChangedFile, Repository, Revision, RevisionKind, Revisions
from contract_gate.edge.git.beside import Beside
from contract_gate.edge.git.merging import merged_tree, scratch
from contract_gate.workspace.readers.kinds import KINDS

Compared = Callable[[Repository, Revisions], AbstractContextManager[tuple[Assessment, Coverage]]]
"""Compares two sides, without rows and without a catalog."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """What only comes with another branch: changes, impacts and files that can't be read, notes on the branches; `cut_short`: why not all were judged."""

    changes: tuple[Change, ...] = ()
    impacts: tuple[Impact, ...] = ()
    not_analysed: tuple[NotAnalysed, ...] = ()
    notes: tuple[str, ...] = ()
    cut_short: str | None = None


def breaks_together(
    repository: Repository,
    revisions: Revisions,
    branches: Sequence[Beside],
    own: tuple[Assessment, Coverage],
    compared: Compared,
) -> Together:
    """Judge the merges with each of these branches; `own`: what the change does alone. UsageError where the head is no commit."""
    if branches and revisions.head.kind is not RevisionKind.COMMIT:
        raise UsageError(
            "--also merges commits, and what is compared is no commit yet",
            "commit first, or name one: --head HEAD",
        )
    judging = _Judging(repository, revisions, own, compared)
    branches = tuple({one.commit.id if one.commit else one.name: one for one in reversed(branches)}.values())[
        ::-1
    ]
    # What somebody named comes first; what was found takes no more than half of the time, so that the change itself is judged to its end.
    found = _each([one for one in branches if not one.is_pull], judging)
    if pulls := [one for one in branches if one.is_pull]:
        with within(current().left / 2, "half of the time that was left is for open pull requests"):
            found += [replace(one, cut_short=None) for one in _each(pulls, judging)]
    return Together(
        changes=tuple(change for one in found for change in one.changes),
        impacts=tuple(impact for one in found for impact in one.impacts),
        not_analysed=tuple(entry for one in found for entry in one.not_analysed),
        notes=tuple(note for one in found for note in one.notes),
        cut_short=next((one.cut_short for one in found if one.cut_short), None),
    )


@dataclass(frozen=True, slots=True)
class _Judging:
    repository: Repository
    revisions: Revisions
    own: tuple[Assessment, Coverage]
    compared: Compared


def _each(branches: Sequence[Beside], judging: _Judging) -> list[Together]:
    found: list[Together] = []
    for number, one in enumerate(branches):
        step(f"merging {one.name}", number + 1, len(branches))
        try:
            checkpoint()
            found.append(_with(one, judging))
        except OutOfTimeError as error:
            left = ", ".join(each.name for each in branches[number:])
            found.append(Together(cut_short=str(error), notes=(f"not judged together with {left}: {error}",)))
            break
    return found


def _with(one: Beside, judging: _Judging) -> Together:
    repository, revisions, compared = judging.repository, judging.revisions, judging.compared
    if one.commit is None:
        return _not_judged(one, one.missing)
    with scratch(repository) as place:
        both, theirs = (merged_tree(place, side, one.commit) for side in (revisions.head, revisions.base))
        if both is None or theirs is None:
            side = "this change" if theirs is not None else "the base"
            return _not_judged(one, f"it can't be merged with {side} without a conflict")
        files = place.changed_files(revisions.base, theirs)
        if one.is_pull and not _may_read(files):
            return _not_judged(
                one, "it changes no model and no file of a kind that readers are looked for in"
            )
        alone = _assessed(place, revisions, theirs, compared)
        if one.is_pull and not _meet(place, judging, theirs, alone[0]):
            return _not_judged(
                one, "it touches nothing that this change names or changes, nor the other way round"
            )
        together = _assessed(place, revisions, both, compared)
    changes, impacts = _only_new(together[0], _effects(judging.own[0], alone[0]), one)
    unread = {entry.path for _, coverage in (judging.own, alone) for entry in coverage.not_analysed}
    return Together(
        changes=changes,
        impacts=impacts,
        not_analysed=tuple(
            replace(entry, reason=f"merged together with {one.name}, {entry.reason}")
            for entry in together[1].not_analysed
            if entry.path not in unread
        ),
        notes=(f"judged together with {one.name} ({one.commit.id[:10]}) as well",),
    )


def _may_read(files: Sequence[ChangedFile]) -> bool:
    return concerns_models(files) or any(
        kind.claims(path) for file in files for path in file.paths for kind in KINDS
    )


def _not_judged(one: Beside, why: str) -> Together:
    return Together(notes=(f"not judged together with {one.name}: {why}",))


def _meet(place: Repository, judging: _Judging, theirs: Revision, alone: Assessment) -> bool:
    base, head = judging.revisions.base, judging.revisions.head
    ours, other = (Touched(place, (base, side), place.changed_files(base, side)) for side in (head, theirs))
    return ours.meets(judging.own[0].changes, other, alone.changes)


def _assessed(
    repository: Repository, revisions: Revisions, head: Revision, compared: Compared
) -> tuple[Assessment, Coverage]:
    with compared(repository, replace(revisions, head=head)) as found:
        # What was cut short would lack what breaks, and so make the other side's breaks new ones.
        checkpoint()
        return found


_Reached = tuple[str, str, str | None, str, str | None]
_ALARMS = (Effect.BREAKS, Effect.UNKNOWN)


def _effects(*assessments: Assessment) -> dict[_Reached, Effect]:
    """Give who breaks, or may, at any of them: what is proven of one is not said again."""
    found: dict[_Reached, Effect] = {}
    for assessment in assessments:
        by_id = {change.id: change for change in assessment.changes}
        for impact in assessment.impacts:
            named = _named(impact, by_id)
            if impact.effect in _ALARMS and found.get(named) is not Effect.BREAKS:
                found[named] = impact.effect
    return found


def _named(impact: Impact, changes: Mapping[str, Change]) -> _Reached:
    consumer, change = impact.consumer, changes[impact.change]
    return consumer.kind, consumer.name, consumer.path, str(change.relation), change.column


def _only_new(
    both: Assessment, known: Mapping[_Reached, Effect], one: Beside
) -> tuple[tuple[Change, ...], tuple[Impact, ...]]:
    """Take who breaks, or may, and was not known to, nor worse off than known, with the changes under ids and words of their own."""
    by_id = {change.id: change for change in both.changes}
    prefix = f"also-{one.commit.id[:10] if one.commit is not None else ''}-"
    found = [
        impact
        for impact in both.impacts
        if impact.effect in _ALARMS and known.get(_named(impact, by_id)) not in (impact.effect, Effect.BREAKS)
    ]
    ids = {impact.change for impact in found}
    changes = tuple(
        replace(
            change,
            id=prefix + change.id,
            caused_by=None,
            message=f"merged together with {one.name}: {change.message}",
        )
        for change in both.changes
        if change.id in ids
    )
    return changes, tuple(replace(impact, change=prefix + impact.change) for impact in found)
