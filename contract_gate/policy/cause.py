"""One cause, one finding: which change each change follows from, what was edited, and whom they reach together.

Changes of several models that come from one edited macro, variable or setting are one cause, and so are those that
one edit of a model's query makes, however many columns it reaches. What somebody reads and what nobody reads of the
columns that an edit takes away are two: one is to be mended, the other to be known.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from contract_gate.compare.changes.change import Change, ChangeClass, Kind
from contract_gate.compare.changes.kinds import PAGES, Trait, has
from contract_gate.compare.changes.origin import Origin
from contract_gate.compare.impact import Effect, Impact
from contract_gate.core.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A root change, the changes that follow, and what they do to consumers.

    `origin` is what was edited where that is not the changed model's file; `others` are the further root changes of it.
    """

    root: Change
    follows: tuple[Change, ...]
    impacts: tuple[tuple[Change, Impact], ...]
    origin: Origin | None = None
    others: tuple[Change, ...] = ()

    @property
    def roots(self) -> tuple[Change, ...]:
        """Give what changed in the first place, the gravest first."""
        return (self.root, *self.others)

    @property
    def edited(self) -> tuple[Change, ...]:
        """Give the roots, and what follows from them and comes from the same edit as well."""
        identity = self.origin.identity if self.origin is not None else None
        also = (one for one in self.follows if any(origin.identity == identity for origin in one.origins))
        return (*self.roots, *also)

    @property
    def changes(self) -> tuple[Change, ...]:
        return (*self.roots, *self.follows)


def roots(changes: Iterable[Change]) -> dict[str, str]:
    """Map each change's id to the id of the change that caused it in the end (its own where nothing did).

    A cause that is not among the changes is none; a circle of causes ends at the smallest id in it.
    """
    parents = {change.id: change.caused_by for change in changes}
    return {change: _root(change, parents) for change in parents}


def causes(changes: Sequence[Change], impacts: Sequence[Impact]) -> tuple[Cause, ...]:
    """Gather the changes by their root and its origin, in the order given; unaffected consumers are left out."""
    root_of = roots(changes)
    by_id = {change.id: change for change in changes}
    reached: dict[str, list[tuple[Change, Impact]]] = {}
    for impact in impacts:
        if impact.effect is not Effect.UNAFFECTED:
            reached.setdefault(root_of[impact.change], []).append((by_id[impact.change], impact))
    origins = _origins([by_id[root] for root in dict.fromkeys(root_of.values())])
    grouped: dict[object, list[Change]] = {}
    for change in changes:
        root = by_id[root_of[change.id]]
        origin = origins.get(root.id)
        grouped.setdefault(origin.identity if origin else _edited(root, root.id in reached), []).append(
            change
        )
    return tuple(_cause(members, root_of, origins, reached) for members in grouped.values())


def _edited(root: Change, read: bool) -> object:
    """Name what the author did, so that changes of one edit are one; alone where nothing says that they belong together."""
    path = root.location.path if root.location else None
    goes = has(root.kind, Trait.NEEDS_READERS) and root.column is not None
    apart = (path, str(root.relation), root.increment, root.foreign, read if goes else None)
    if root.edit is not None:
        return *apart, root.edit.identity
    if root.change_class in (ChangeClass.ROWS, ChangeClass.UNDECIDED):
        return *apart, root.change_class
    if PAGES[root.kind].happens_in:
        return *apart, root.kind
    return root.id


def _cause(
    members: Sequence[Change],
    root_of: dict[str, str],
    origins: dict[str, Origin],
    reached: dict[str, list[tuple[Change, Impact]]],
) -> Cause:
    first = sorted(
        (change for change in members if root_of[change.id] == change.id),
        key=lambda root: _gravity(root, reached.get(root.id, [])),
    )
    return Cause(
        root=first[0],
        others=tuple(first[1:]),
        follows=tuple(change for change in members if root_of[change.id] != change.id),
        impacts=tuple(one for root in first for one in reached.get(root.id, ())),
        origin=origins.get(first[0].id),
    )


def _origins(found: Sequence[Change]) -> dict[str, Origin]:
    """Choose one origin for each root: of several that are possible the one that most roots may come from."""
    counted = Counter(origin.identity for root in found for origin in root.origins)
    return {
        root.id: min(root.origins, key=lambda origin: -counted[origin.identity])
        for root in found
        if root.origins
    }


def _gravity(root: Change, reached: Sequence[tuple[Change, Impact]]) -> tuple[object, ...]:
    effects = [impact.effect.rank for _, impact in reached]
    return (
        min(effects, default=len(Effect)),
        root.change_class.rank,
        list(Kind).index(root.kind),
        -len(reached),
        root.witness is None,
    )


def _root(change: str, parents: dict[str, str | None]) -> str:
    trail = [change]
    while (parent := parents[trail[-1]]) is not None and parent in parents:
        if parent in trail:
            return min(trail[trail.index(parent) :])
        trail.append(parent)
    return trail[-1]
