"""The head's world as it is compared: relations and columns go by the names that they had at the base.

A reader that was mended to a new name then reads what it read before, whichever of the two is looked at first.
"""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace

from contract_gate.compare.bound import AS_NAMED, BoundModel, BoundWorld, FormerColumns
from contract_gate.compare.changes.change import Certainty, Change, Kind
from contract_gate.compare.changes.kinds import Trait, has
from contract_gate.compare.changes.relations import Pairing, relation_changes
from contract_gate.compare.changes.twins import Meaning, twins
from contract_gate.compare.outputs import Outputs, outputs_of
from contract_gate.core.faults import contained
from contract_gate.core.world import Rendered, World
from contract_gate.sql.families import ONE_NAME
from contract_gate.sql.statement.definition import Definition


class HeadWorld(BoundWorld):
    """Bind the models of the head beside those of the base that they are compared with."""

    def __init__(self, world: World, base: BoundWorld, pairing: Pairing) -> None:
        super().__init__(world, pairing.known_as(base.world, world))
        self._base = base
        self._before = {after: before for before, after in pairing.same}
        self._changes: dict[str, tuple[Change, ...] | None] = {}
        self._former: dict[str, FormerColumns] = {}
        self._reached: Collection[str] | None = None

    def paired(self, pairing: Pairing, found: Collection[str]) -> "HeadWorld":
        """Give the same side under a pairing in which these were `found` as well: only they and their readers mean something else."""
        other = HeadWorld(self.world, self._base, pairing)
        for key, bound in self._bound.items():
            if key not in found and not _names_any(bound, found):
                other._bound[key] = bound
        other.cycles = set(self.cycles)
        return other

    def share(self, reached: Collection[str]) -> None:
        """Take the meaning of what says the same at the base from there, but for what a difference may reach.

        `reached` must hold all that may read, through others too, what differs between the sides.
        """
        self._reached = reached

    def outputs(self, key: str) -> Outputs | None:
        """Give what readers can know of what a model's SQL gives: what the base knows, where it says the same there."""
        if key not in self._bound and self._says_the_same(key):
            found = self._base.outputs(key)
            if found is not None and not self._base.cycles:
                return found
        definition = self.bound(key).definition
        return outputs_of(definition) if definition is not None else None

    def _shared(self, key: str) -> BoundModel | None:
        if not self._says_the_same(key):
            return None
        meant = self._base.bound(key)
        # Each side tells its own circles.
        if meant.is_cut or self._base.cycles:
            return None
        self._worded.pop(key, None)
        return replace(meant, model=self.world.models[key])

    def _says_the_same(self, key: str) -> bool:
        base = self._base
        if not self._is_beyond_reach(key) or base.world.models.get(key) != self.world.models[key]:
            return False
        own, other = self.worded(key), base.worded(key)
        return own.rendered == other.rendered and _increment(own) == _increment(other)

    def _is_beyond_reach(self, key: str) -> bool:
        return self._reached is not None and key not in self._reached

    def changes(self, key: str) -> tuple[Change, ...]:
        """Compare a model with the one that it was at the base; KeyError where it was not there."""
        found = self._changes.get(key)
        if found is None:
            self._changes[key] = None
            sides = self._base.bound(self._before.get(key, key)), self.bound(key)
            found = self._changes[key] = relation_changes(*sides)
        return found

    def former_columns(self, key: str) -> FormerColumns:
        """Compare the model where a column of the base may be there no longer under its name.

        What could not be compared, which is told where the model itself is looked at, has no former names.
        """
        if key not in self._former:
            self._former[key] = AS_NAMED
            is_told = key in self._changes and self._changes[key] is None
            if not is_told and self._may_miss_columns(key):
                with contained({}, self.world.models[key].path):
                    self._former[key] = _former(self.bound(key), self.changes(key))
        return self._former[key]

    def _may_miss_columns(self, key: str) -> bool:
        before = self._before.get(key, key)
        if before not in self._base.world.models or self._is_beyond_reach(key):
            return False
        old, new = self._base.bound(before), self.bound(key)
        if old.definition is None or new.definition is None:
            return False
        is_listed = new.definition.is_closed or old.rendered.sql == new.rendered.sql
        return not (is_listed and _names(old.definition) <= _names(new.definition))


def _names(definition: Definition) -> set[str]:
    return {output.name for output in definition.outputs}


def matched_by_meaning(
    base: BoundWorld, head: HeadWorld, pairing: Pairing, watch: Callable[[HeadWorld], None]
) -> tuple[HeadWorld, Pairing]:
    """Match removed and added models whose meaning is the same: a renamed one is one thing, not two.

    Readers of what was found are looked at once more: by its former name they may be known again themselves. `watch` is told
    of each side that is made for that.
    """
    fresh: dict[str, Meaning] = {}
    gone = {key: _meaning(base.bound(key)) for key in pairing.removed if pairing.added}
    while gone:
        fresh = {key: fresh.get(key) or _meaning(head.bound(key)) for key in pairing.added}
        found = twins(gone, fresh)
        if not found:
            break
        pairing = replace(
            pairing, same=(*pairing.same, *found.items()),
            removed=tuple(key for key in pairing.removed if key not in found),
            added=tuple(key for key in pairing.added if key not in found.values()),
        )  # fmt: skip
        gone = {key: gone[key] for key in pairing.removed}
        known = frozenset(found.values())
        fresh = {key: fresh[key] for key in pairing.added if not _names_any(head.bound(key), known)}
        head = head.paired(pairing, known)
        watch(head)
    return head, pairing


def _names_any(bound: BoundModel, keys: Collection[str]) -> bool:
    return not (bound.uses | bound.refers).isdisjoint(keys)


def _meaning(bound: BoundModel) -> Meaning:
    model = bound.model
    renames = [
        each for each in bound.script.statements if each.kind == "rename" and each.renamed_to is not None
    ]
    return Meaning(
        definition=bound.definition,
        name=model.relation,
        formerly=frozenset(name for each in renames for name in each.targets if name != model.relation),
        kind=model.kind,
        sql=bound.rendered.sql,
        path=model.path,
    )


def _increment(bound: BoundModel) -> Rendered | None:
    return bound.increment.rendered if bound.increment is not None else None


def _former(after: BoundModel, changes: Iterable[Change]) -> FormerColumns:
    gone = [change for change in changes if has(change.kind, Trait.GONE_COLUMN)]
    renamed = [change for change in gone if change.kind is Kind.COLUMN_RENAMED]
    return FormerColumns(
        known_as={c.after: c.before for c in renamed if c.after and c.before},
        lost=frozenset(_surely_lost(after, gone)),
    )


def _surely_lost(after: BoundModel, gone: Collection[Change]) -> Iterable[str]:
    """Give the columns that the model listed beside `*` and lists no more: the star does not bring them.

    It did not at the base, since a relation can't have two columns of one name. A column that was NULL may have stood
    in for one that the table has by now; engines that number the second of two (`a`, `a_1`) prove nothing.
    """
    if after.model.dialect not in ONE_NAME:
        return
    for change in gone:
        name = change.column_at_base
        if name and change.certainty is Certainty.PROVEN and not change.foreign and not _is_null(change):
            yield name


def _is_null(change: Change) -> bool:
    return (
        change.kind is Kind.COLUMN_REMOVED and re.match(r"(CAST\()?NULL\b", change.before or "") is not None
    )
