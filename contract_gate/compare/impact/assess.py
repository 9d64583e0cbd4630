"""Walk from what changed to who feels it: two bound worlds in, changes (own and following) and impacts out.

Each affected model is looked at once, after everything it reads. A reader that no longer binds breaks; one whose
output differs carries changes of its own (`caused_by`) to its readers; one that can't be bound is unknown; all others
are left in peace. Consumers that only the catalog knows are added by the gate, not here.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from contract_gate.compare.bound import MODEL_SECONDS, BoundWorld
from contract_gate.compare.changes.change import Certainty, Change, ChangeClass
from contract_gate.compare.changes.composing import Composer
from contract_gate.compare.changes.construction import place_in
from contract_gate.compare.changes.deployments import of_deployments
from contract_gate.compare.changes.editing import edited, edits_between
from contract_gate.compare.changes.head import HeadWorld
from contract_gate.compare.changes.kinds import Trait, has
from contract_gate.compare.changes.origin import HiddenEdit
from contract_gate.compare.changes.relations import Pairing, not_analysed, relation_changes
from contract_gate.compare.impact.failing import Failing
from contract_gate.compare.impact.following import exact_cause, explains, is_from_upstream
from contract_gate.compare.impact.history import still_unread
from contract_gate.compare.impact.impact import Effect, Impact
from contract_gate.compare.impact.ledger import Ledger
from contract_gate.compare.impact.order import ordered
from contract_gate.compare.impact.outside import hidden
from contract_gate.compare.impact.propagation import (
    Arrival,
    Stopped,
    is_untouched,
    lineage_of,
    shown,
)
from contract_gate.compare.impact.reacting import Reacting, in_time, is_of_rows
from contract_gate.compare.impact.reads import Reads
from contract_gate.compare.impact.semantic import own_changes
from contract_gate.compare.impact.uncompared import Uncompared
from contract_gate.core import progress
from contract_gate.core.deadline import OutOfTimeError, apart, checkpoint, current
from contract_gate.core.faults import BEYOND_A_FILE, told
from contract_gate.core.model_keys import is_migrated
from contract_gate.core.relation import Location
from contract_gate.core.values import dataclass, replace
from contract_gate.core.world import ModelKind, RefusedDeclaration
from contract_gate.sql.statement.opaque import naming

_WORD = re.compile(r"\w+")
_NOT_UNDERSTOOD = "a statement that is not understood names it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What changed and who feels it. `stopped`: the relations that no longer build, each with the root change's id
    and the path there: their readers beyond the repository feel it too. `undone`: the keys of models whose own edit only
    undoes what one upstream did to them: they give what they gave.
    """

    changes: tuple[Change, ...]
    impacts: tuple[Impact, ...]
    stopped: tuple[Stopped, ...] = ()
    undone: frozenset[str] = frozenset()


def assess(
    base: BoundWorld, head: HeadWorld, pairing: Pairing, also: Mapping[str, Sequence[Change]] | None = None
) -> Assessment:
    """Compare the paired models and follow every change to its readers, nearest first.

    `also`: changes of a model (by its key at the head) that are known from elsewhere, such as from a witness.
    """
    known = {key: list(changes) for key, changes in (also or {}).items()}
    for key, change in pairing.written:
        known.setdefault(key, []).append(change)
    walk = _Walk(base, head, pairing, known)
    reached = walk.reached()
    left = set(reached)
    for key in walk.in_order(reached):
        if current().is_over:
            walk.uncompared.leave(left, walk.parents, walk.arrivals, current().reason)
            break
        progress.step("comparing models and their readers", len(reached) - len(left) + 1, len(reached))
        walk.visit(key)
        left.discard(key)
    walk.hear_nameless()
    for edit in pairing.hidden:
        walk.hide(edit)
    walk.leave_open()
    for declaration in (*pairing.refused, *walk.circles()):
        walk.ledger.refused(declaration)
    return Assessment(
        changes=tuple(walk.ledger.changes),
        impacts=walk.ledger.impacts,
        stopped=tuple(walk.ledger.stopped.values()),
        undone=frozenset(walk.undone),
    )


class _Walk:
    def __init__(
        self, base: BoundWorld, head: HeadWorld, pairing: Pairing, also: Mapping[str, Sequence[Change]]
    ) -> None:
        self.base, self.head = base, head
        self._also = also
        self._added = set(pairing.added)
        self.ledger = Ledger(base, head, pairing)
        self._failing = Failing(self.ledger, self._added)
        self._reacting = Reacting(self.ledger, self._failing, self._gives_the_same)
        self._edited = self.ledger.edited
        self._unread = dict(pairing.unread)
        self._removed = {*pairing.removed, *self._unread}
        self.arrivals: dict[str, list[Arrival]] = {}
        self.uncompared = Uncompared(self.ledger, self._edited.keys() | self._added | self._removed)
        self._reads = Reads(base, head, self._edited)
        self._start: frozenset[str] = frozenset()
        self.parents: dict[str, set[str]] = {}
        self.undone: set[str] = set()
        self._composer: Composer | None = None

    def reached(self) -> set[str]:
        """Give what changed and all that may read it, by name."""
        self._start = frozenset(self._begun())
        queue, seen = sorted(self._start), set(self._start)
        while queue:
            key = queue.pop()
            for reader in sorted(self._readers(key)):
                if reader != key:
                    self.parents.setdefault(reader, set()).add(key)
                if reader not in seen:
                    seen.add(reader)
                    queue.append(reader)
        self.head.share(frozenset(seen))
        self._composer = Composer(self.base, self.head, ({self._edited.get(key, key) for key in seen}, seen))
        return seen

    def _begun(self) -> Iterator[str]:
        """Give what the walk begins with: what is gone, new, or says something else. Nothing is bound to tell."""
        yield from self._added
        yield from self._removed
        for key, before in self._edited.items():
            # What a step of a migration is refused for may stand in another file.
            if key in self._also or is_migrated(key) or not self._says_the_same(key, before):
                yield key

    def _says_the_same(self, key: str, before: str) -> bool:
        try:
            return self._failing.stands_alike(key, before)
        except BEYOND_A_FILE:
            return False
        except Exception:  # noqa: BLE001 - the look at the model meets the fault again, and tells it
            return False

    def in_order(self, keys: Collection[str]) -> Iterator[str]:
        """Give the keys, each after what it reads. What it reads is looked up as late as it matters."""
        return ordered(keys, self.parents, self._read_within)

    def _read_within(self, circle: Collection[str]) -> Mapping[str, Collection[str]]:
        """Where nothing arrives, nothing has to come first."""
        live = any(key in self._start or self.parents[key] & self.arrivals.keys() for key in circle)
        try:
            return self._reads.within(circle) if live else {}
        except OutOfTimeError:
            return {}

    def visit(self, key: str) -> None:
        """Look at a model; where there is no time for it, or a fault, say that nobody knows what becomes of it."""
        try:
            checkpoint()
            with apart(MODEL_SECONDS, f"it was not compared within {MODEL_SECONDS} seconds"):
                self._look(key)
        except OutOfTimeError as error:
            self._cut(key, str(error))
        except BEYOND_A_FILE:
            raise
        except Exception as error:  # noqa: BLE001 - a fault in one model spares the others, and is told
            self._cut(key, told(error))

    def _cut(self, key: str, reason: str) -> None:
        """What changed in a model that was not compared is undecided, and what its upstream does to it unknown."""
        there = key in self.head.world.models
        arrivals = {each.root: each for each in self.uncompared.own(key, reason)}
        for other in sorted(self.parents.get(key, ())) if there else ():
            for each in self.arrivals.get(other, ()):
                # Once by each root: ways through a project are more than anyone can go.
                if each.root not in arrivals:
                    arrivals[each.root] = self.uncompared.reached(key, each, reason)
        if arrivals:
            self.arrivals[key] = list(arrivals.values())

    def _look(self, key: str) -> None:
        """Find what this model's own text changed, then what its upstream does to it."""
        there = key in self.head.world.models
        arriving = list(self._arriving(key)) if there else []
        if there:
            self._perhaps(key, arriving)
        failed = list(self._failing.failures(key, arriving)) if there else []
        # What does not build is told once: its rows and values are nobody's concern until it does.
        own = (
            []
            if failed or self._failing.lost_models(key, arriving)
            else list(self._own_changes(key, arriving))
        )
        arrivals = [*failed, *own]
        if arriving:
            arrivals = arrivals + self._reacting.react(key, arriving, [each.change for each in own])
        if there:
            parents = self.parents.get(key, ())
            self._perhaps_named(key, [other for other in parents if other in self.arrivals and other != key])
            self._named_by_its_own(key, own)
            self._failing.perhaps_in_companions(key, [*own, *arriving])
            self._failing.perhaps_shifted(key, own)
            self._failing.fail_next_run(key, arrivals)
            self._failing.refuse_steps(key)
        if arrivals:
            self.arrivals[key] = arrivals

    def hide(self, edit: HiddenEdit) -> None:
        """Say of an edit that a package feels whose files are not here that nobody can tell what it does."""
        change = self.ledger.numbered(hidden(edit))
        arrival = Arrival(change, change.id, (edit.origin.title,), "")
        for key in edit.keys:
            model = self.head.world.models[key]
            place = Location(path=model.path, line=model.line)
            self.ledger.impact(key, arrival, Effect.UNKNOWN, Certainty.UNDECIDED, place)

    def circles(self) -> Iterator[RefusedDeclaration]:
        """Give the circles that came about, where nobody can build any of theirs: each at a model that was edited."""
        known = {frozenset(circle) for circle in self.base.cycles}
        for circle in sorted(self.head.cycles):
            edited = [key for key in circle if key in self._edited or key in self._added]
            is_new = {self._edited.get(key, key) for key in circle} not in known
            if len(circle) > 2 and is_new and edited and self.head.world.knows_reads(circle):
                model = self.head.world.models[edited[0]]
                names = " → ".join(self.head.world.models[key].name for key in circle)
                yield RefusedDeclaration(
                    path=model.path,
                    line=model.line,
                    message=f"models read each other in a circle: {names}",
                    key=edited[0],
                )

    def leave_open(self) -> None:
        """Tell what lies behind readers that can't be read: the catalog is asked for it, and exposures feel it."""
        for (root, key), arrival in list(self._reacting.unread_by.items()):
            paths = {key: arrival.path}
            queue = [key]
            for one in queue:
                model = self.head.world.models[one]
                if model.kind is ModelKind.EXPOSURE:
                    place = Location(path=model.path, line=model.line)
                    arrived = replace(arrival, path=paths[one])
                    self.ledger.impact(one, arrived, Effect.UNKNOWN, Certainty.UNDECIDED, place)
                if model.relation is None:
                    continue
                path = (*paths[one], str(model.relation))
                behind = Stopped(relation=model.relation, change=root, path=path, unread=True)
                self.ledger.stopped.setdefault((root, one), behind)
                for reader in sorted(self._readers(one) - set(paths)):
                    if one in self._reads.of(reader, [one]):
                        paths[reader] = path
                        queue.append(reader)

    def _readers(self, key: str) -> set[str]:
        found: set[str] = set()
        names = (self._edited.get(key, key), key)
        for side, added, name in zip((self.base, self.head), self.ledger.additions, names, strict=True):
            namers = added.namers(name)
            self._failing.rekeyed |= namers
            found |= side.world.readers((name,)) | namers
        before, now = self.base.world.models.get(self._edited.get(key, key)), self.head.world.models.get(key)
        old = before.relation if before is not None else None
        if old is not None and (now is None or now.relation != old):
            # The head knows the old name no more, but who is new there may read it.
            found |= self.head.world.naming(old)
        return {reader for reader in found if reader in self.head.world.models}

    def _own_changes(self, key: str, arriving: list[Arrival]) -> Iterator[Arrival]:
        """Compare the model with itself; what upstream explains is told as following from it."""
        before = self._edited.get(key, key if key in self._removed else None)
        after = key if key in self.head.world.models and key not in self._removed else None
        if before is None and key not in self._added:
            return
        is_told = key in self._also
        if (
            before
            and after
            and not is_told
            and is_untouched(self.base.worded(before), self.head.worded(after))
        ):
            yield from self._told_elsewhere(key, before, after, ())
            return
        old = self.base.bound(before) if before is not None else None
        new = self.head.bound(after) if after is not None else None
        in_time(old, new)
        if key in self._unread and old is not None:
            numbered = self.ledger.numbered(not_analysed(old.model, self._unread[key]))
            yield Arrival(numbered, numbered.id, (shown(numbered, key),), key)
            return
        if old is not None and old.model.kind is ModelKind.METRIC:
            for change, gone in own_changes(old.model, new.model if new is not None else None):
                numbered = self.ledger.numbered(change, key=key)
                yield Arrival(numbered, numbered.id, (shown(change, key),), key, stopped=gone, declared=True)
            return
        compared = self.head.changes(after) if before and after else relation_changes(old, new)
        changes = (*compared, *self._also.get(key, ()))
        if any(map(is_of_rows, changes)) and self._gives_the_same(key, arriving):
            changes = tuple(change for change in changes if not is_of_rows(change))
            self.undone.add(key)
        found = edits_between(old, new) if changes else ()
        for change in changes:
            cause = None
            if old is not None and new is not None and arriving:
                cause = exact_cause(change, lineage_of(new), lineage_of(old), arriving)
                if cause is None and is_from_upstream(change, old, new):
                    cause = explains(change, lineage_of(new), lineage_of(old), arriving)
            if cause is None or new is None:
                numbered = self.ledger.numbered(edited(change, found), key=key)
                yield Arrival(numbered, numbered.id, (shown(change, key),), key)
            else:
                rewritten = old is not None and old.rendered.sql != new.rendered.sql
                yield self.ledger.carried(
                    key, new, change, cause, self.ledger.origins.get(key) if rewritten else None
                )
        if before and after:
            yield from self._told_elsewhere(key, before, after, changes)

    def _told_elsewhere(self, key: str, before: str, after: str, told: Sequence[Change]) -> Iterator[Arrival]:
        """Tell what an edit does to the texts by which the model is built under other settings."""
        texts = (self.base.companions(before), self.head.companions(after))
        if any(each.builds for side in texts for each in side):
            sides = (self.base.bound(before), self.head.bound(after))
            for change in of_deployments(sides, texts, told):
                numbered = self.ledger.numbered(change, key=key)
                yield Arrival(numbered, numbered.id, (shown(numbered, key),), key)

    def _arriving(self, key: str) -> Iterator[Arrival]:
        """Give the changes of everything that this model reads, at either revision.

        Nothing is bound for a model none of whose possible parents changed.
        """
        live = sorted(other for other in self.parents.get(key, ()) if other in self.arrivals and other != key)
        if not live:
            return
        for other in self._reads.of(key, live):
            yield from self.arrivals[other]

    def _perhaps(self, key: str, arriving: list[Arrival]) -> None:
        """A name that several relations have was taken for one of them: what happened to the others may matter too."""
        live = [other for other in self.parents.get(key, ()) if other in self.arrivals and other != key]
        already = {arrival.key for arrival in arriving}
        for other in sorted(self._reads.perhaps(key, live) - already) if live else ():
            for arrival in self.arrivals[other]:
                model = self.head.world.models[key]
                if self._reads.is_from_elsewhere(key, other) and not self._reads.names(
                    key, other, arrival.change
                ):
                    continue
                reason = f"a name in it may mean `{shown(arrival.change, other)}`"
                place = Location(path=model.path, line=model.line)
                self.ledger.impact(key, arrival, Effect.UNKNOWN, Certainty.UNDECIDED, place, reason=reason)

    def hear_nameless(self) -> None:
        """A text that works out which table it reads may read any that lost a column which it names. It passes nothing on."""
        lost = [
            key
            for key, arrivals in self.arrivals.items()
            if any(has(arrival.change.kind, Trait.GONE_COLUMN) for arrival in arrivals)
        ]
        for key in sorted(self.head.world.nameless()) if lost else ():
            self._perhaps_named(key, [other for other in lost if other != key])

    def _perhaps_named(self, key: str, live: Sequence[str]) -> None:
        """A statement that is not understood and names what changed may read it: that is said, with its line."""
        known = self._edited.get(key, key)
        old = self.base.bound(known) if live and known in self.base.world.models else None
        unread = still_unread(old, self.head.bound(key)) if live else ()
        for arrival in (arrival for other in sorted(live) if unread for arrival in self.arrivals[other]):
            change, follows = (
                arrival.change,
                self._reacting.follows_rename(arrival, old, self.head.bound(key)),
            )
            is_told = self.ledger.is_told(arrival.root, key) or change.change_class is ChangeClass.ADDITIVE
            if is_told or follows or change.relation is None or has(change.kind, Trait.HARMLESS):
                continue
            gone = (
                has(change.kind, Trait.GONE_RELATION)
                or has(change.kind, Trait.GONE_COLUMN)
                or arrival.stopped
            )
            column = None if arrival.stopped else change.column_at_base
            line = naming(unread, change.relation, column, gone)
            if line is not None:
                place = place_in(self.head.bound(key), line, 1)
                self.ledger.impact(
                    key, arrival, Effect.UNKNOWN, Certainty.UNDECIDED, place, reason=_NOT_UNDERSTOOD
                )

    def _named_by_its_own(self, key: str, own: Sequence[Arrival]) -> None:
        """A statement behind those that make a table may still name a column that it has no longer: a comment, a grant."""
        lost = [each for each in own if has(each.change.kind, Trait.GONE_COLUMN) and not each.stopped]
        bound = self.head.bound(key) if lost else None
        relation = bound.model.relation if bound is not None else None
        if bound is None or relation is None:
            return
        statements = [each for each in bound.script.statements if each.kind in ("create", "alter", "rename")]
        last = max(
            (each.line for each in statements if relation.name in {t.name for t in each.targets}), default=0
        )
        behind = [each for each in bound.script.opaque if each.line > last > 0]
        for arrival in lost:
            line = naming(behind, relation, arrival.change.column_at_base, True)
            if line is not None and not self.ledger.is_told(arrival.root, key):
                place = place_in(bound, line, 1)
                self.ledger.impact(
                    key, arrival, Effect.UNKNOWN, Certainty.UNDECIDED, place, reason=_NOT_UNDERSTOOD
                )

    def _gives_the_same(self, key: str, arriving: list[Arrival]) -> bool:
        """Tell whether edits on the way to a model, its own among them, cancel out. One alone has nothing to undo it."""
        before = self._edited.get(key, key)
        if not arriving or before not in self.base.world.models or key not in self.head.world.models:
            return False
        above, queue = {key}, [key]
        for one in queue:
            queue += sorted(self.parents.get(one, set()) - above)
            above |= self.parents.get(one, set())
        edits = above & {*self._edited, *self._added, *self._removed}
        return len(edits) > 1 and self._composer is not None and self._composer.gives_the_same(before, key)
