"""One cause, one finding: which change each change follows from, and whom they reach together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from contract_gate.changes.change import Change
from contract_gate.impact import Effect, Impact


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A root change, the changes that follow from it, and what they do to consumers."""

    root: Change
    follows: tuple[Change, ...]
    impacts: tuple[tuple[Change, Impact], ...]

    @property
    def changes(self) -> tuple[Change, ...]:
        return (self.root, *self.follows)


def roots(changes: Iterable[Change]) -> dict[str, str]:
    """Map each change's id to the id of the change that caused it in the end (its own where nothing did).

    A cause that is not among the changes is none; a circle of causes ends at the smallest id in it.
    """
    parents = {change.id: change.caused_by for change in changes}
    return {change: _root(change, parents) for change in parents}


def causes(changes: Sequence[Change], impacts: Sequence[Impact]) -> tuple[Cause, ...]:
    """Gather the changes by their root, in the order given; unaffected consumers are left out."""
    root_of = roots(changes)
    by_id = {change.id: change for change in changes}
    grouped: dict[str, list[Change]] = {}
    for change in changes:
        grouped.setdefault(root_of[change.id], []).append(change)
    felt: dict[str, list[tuple[Change, Impact]]] = {}
    for impact in impacts:
        if impact.effect is not Effect.UNAFFECTED:
            felt.setdefault(root_of[impact.change], []).append((by_id[impact.change], impact))
    return tuple(
        Cause(
            root=by_id[root],
            follows=tuple(change for change in members if change.id != root),
            impacts=tuple(felt.get(root, ())),
        )
        for root, members in grouped.items()
    )


def _root(change: str, parents: dict[str, str | None]) -> str:
    trail = [change]
    while (parent := parents[trail[-1]]) is not None and parent in parents:
        if parent in trail:
            return min(trail[trail.index(parent) :])
        trail.append(parent)
    return trail[-1]
