"""Two changes at once: what breaks when another branch is merged beside this one, though each alone breaks nothing there."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from contract_gate.compare.changes.change import Change
from contract_gate.compare.impact import Effect, Impact
from contract_gate.compare.impact.assess import Assessment
from contract_gate.core.deadline import OutOfTimeError, checkpoint
from contract_gate.core.errors import UsageError
from contract_gate.core.progress import step
from contract_gate.edge.git import (
    Repository,
    Revision,
    RevisionKind,
    Revisions,
    display,
    merged_tree,
    scratch,
)

Compared = Callable[[Repository, Revisions], AbstractContextManager[Assessment]]
"""Compares two sides, without rows and without a catalog."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """What only comes with another branch: changes and impacts, notes on the branches; `cut_short`: why not all were judged."""

    changes: tuple[Change, ...] = ()
    impacts: tuple[Impact, ...] = ()
    notes: tuple[str, ...] = ()
    cut_short: str | None = None


def breaks_together(
    repository: Repository, revisions: Revisions, branches: Sequence[str], own: Assessment, compared: Compared
) -> Together:
    """Judge the merges with each of these branches. UsageError where the head is no commit, GitError where a branch is not here."""
    if branches and revisions.head.kind is not RevisionKind.COMMIT:
        raise UsageError(
            "--also merges commits, and what is compared is no commit yet",
            "commit first, or name one: --head HEAD",
        )
    found: list[Together] = []
    for number, name in enumerate(branches):
        step(f"merging {display(name)}", number + 1, len(branches))
        try:
            found.append(_with(repository, revisions, name, own, compared, f"also{number + 1}-"))
        except OutOfTimeError as error:
            left = ", ".join(map(display, branches[number:]))
            found.append(Together(cut_short=str(error), notes=(f"not judged together with {left}: {error}",)))
            break
    return Together(
        changes=tuple(change for one in found for change in one.changes),
        impacts=tuple(impact for one in found for impact in one.impacts),
        notes=tuple(note for one in found for note in one.notes),
        cut_short=next((one.cut_short for one in found if one.cut_short), None),
    )


def _with(
    repository: Repository,
    revisions: Revisions,
    name: str,
    own: Assessment,
    compared: Compared,
    prefix: str,
) -> Together:
    other, shown = repository.resolve(name), display(name)
    with scratch(repository) as place:
        both, theirs = (merged_tree(place, side, other) for side in (revisions.head, revisions.base))
        if both is None or theirs is None:
            side = "this change" if theirs is not None else "the base"
            return Together(
                notes=(
                    f"not judged together with {shown}: it can't be merged with {side} without a conflict",
                )
            )
        alone = _assessed(place, revisions, theirs, compared)
        together = _assessed(place, revisions, both, compared)
    known = {**_felt(own), **_felt(alone)}
    changes, impacts = _only_new(together, known, shown, prefix)
    return Together(
        changes=changes, impacts=impacts, notes=(f"judged together with {shown} ({other.id[:10]}) as well",)
    )


def _assessed(repository: Repository, revisions: Revisions, head: Revision, compared: Compared) -> Assessment:
    with compared(repository, replace(revisions, head=head)) as assessment:
        # What was cut short would lack what breaks, and so make the other side's breaks new ones.
        checkpoint()
        return assessment


_Felt = tuple[str, str, str | None, str, str | None]
_ALARMS = (Effect.BREAKS, Effect.UNKNOWN)


def _felt(assessment: Assessment) -> dict[_Felt, Effect]:
    """Give who breaks, or may: what is proven of one is not said again."""
    by_id = {change.id: change for change in assessment.changes}
    found: dict[_Felt, Effect] = {}
    for impact in assessment.impacts:
        named = _named(impact, by_id)
        if impact.effect in _ALARMS and found.get(named) is not Effect.BREAKS:
            found[named] = impact.effect
    return found


def _named(impact: Impact, changes: Mapping[str, Change]) -> _Felt:
    consumer, change = impact.consumer, changes[impact.change]
    return consumer.kind, consumer.name, consumer.path, str(change.relation), change.column


def _only_new(
    both: Assessment, known: Mapping[_Felt, Effect], branch: str, prefix: str
) -> tuple[tuple[Change, ...], tuple[Impact, ...]]:
    """Take who breaks, or may, and was not known to, with the changes under ids and words of their own."""
    by_id = {change.id: change for change in both.changes}
    found = [
        impact for impact in both.impacts if impact.effect in _ALARMS and _named(impact, by_id) not in known
    ]
    ids = {impact.change for impact in found}
    changes = tuple(
        replace(
            change,
            id=prefix + change.id,
            caused_by=None,
            message=f"merged together with {branch}: {change.message}",
        )
        for change in both.changes
        if change.id in ids
    )
    return changes, tuple(replace(impact, change=prefix + impact.change) for impact in found)
