"""Walk from what changed to who feels it: two bound worlds in, changes (own and following) and impacts out.

Each affected model is looked at once, after everything it reads. A reader that no longer binds breaks; one whose
output differs carries changes of its own (`caused_by`) to its readers; one that can't be bound is unknown; all others
are left in peace. Consumers that only the catalog knows are added by the gate, not here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from contract_gate import progress
from contract_gate.bound import MODEL_SECONDS, BoundModel, BoundWorld, is_declared
from contract_gate.changes.change import Certainty, Change, ChangeClass, Kind
from contract_gate.changes.compare import compare
from contract_gate.changes.composing import Composer
from contract_gate.changes.editing import edited, edits_between
from contract_gate.changes.increments import is_kept
from contract_gate.changes.kinds import Trait, class_of, describe, has
from contract_gate.changes.making import placed
from contract_gate.changes.origin import HiddenEdit, Origins
from contract_gate.changes.relations import Pairing, not_analysed, relation_changes
from contract_gate.deadline import OutOfTimeError, apart, checkpoint
from contract_gate.faults import BEYOND_A_FILE, told
from contract_gate.impact.breaking import (
    cause_of,
    lost_macros,
    lost_reads,
    lost_references,
    lost_row_numbers,
    lost_words,
    new_problems,
    place_of_read,
    renderings,
    retyped_arguments,
    sees_outer_columns,
    still_read,
    surely_lost,
    undeclared_reads,
    unmade,
)
from contract_gate.impact.companions import Failure, failures, perhaps_lost
from contract_gate.impact.declared import by_declarations, of_own_declaration
from contract_gate.impact.felt import (
    Felt,
    Stopped,
    aspect,
    consumer_of,
    is_untouched,
    lineage_of,
    name_of,
    place_in,
    shown,
)
from contract_gate.impact.following import derived, exact_cause, explains, is_from_upstream, through_star
from contract_gate.impact.history import has_run, is_longer, is_view, reads_in_the_past
from contract_gate.impact.impact import Effect, Impact, KnownBy
from contract_gate.impact.increments import never_added, next_run
from contract_gate.impact.order import ordered
from contract_gate.impact.outside import hidden, origins_of
from contract_gate.impact.reads import Reads
from contract_gate.impact.semantic import feels, own_changes, passes_on
from contract_gate.impact.typing import refused_use
from contract_gate.relation import Location
from contract_gate.sql.algebra import Problem
from contract_gate.sql.opaque import naming
from contract_gate.sql.steps import FOLLOWING
from contract_gate.world import PLACEHOLDER, HoleKind, Model, ModelKind


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
    base: BoundWorld, head: BoundWorld, pairing: Pairing, also: Mapping[str, Sequence[Change]] | None = None
) -> Assessment:
    """Compare the paired models and follow every change to its readers, nearest first.

    `also`: changes of a model (by its key at the head) that are known from elsewhere, such as from a witness.
    """
    walk = _Walk(base, head, pairing, also or {})
    order = walk.in_order()
    for done, key in enumerate(order, 1):
        progress.step("comparing models and their readers", done, len(order))
        walk.visit(key)
    for edit in pairing.hidden:
        walk.hide(edit)
    walk.leave_open()
    return Assessment(
        changes=tuple(walk.changes),
        impacts=tuple(walk.impacts.values()),
        stopped=tuple(walk.stopped.values()),
        undone=frozenset(walk.undone),
    )


class _Walk:
    def __init__(
        self, base: BoundWorld, head: BoundWorld, pairing: Pairing, also: Mapping[str, Sequence[Change]]
    ) -> None:
        self.base, self.head = base, head
        self._also = also
        self.changes: list[Change] = []
        self.impacts: dict[tuple[str, str], Impact] = {}
        self.stopped: dict[tuple[str, str], Stopped] = {}
        self._unread_by: dict[tuple[str, str], Felt] = {}
        self._edited: dict[str, str] = {after: before for before, after in pairing.same}
        self._added = set(pairing.added)
        self._unread = dict(pairing.unread)
        self._removed = {*pairing.removed, *self._unread}
        self._origins = dict(pairing.origins)
        self._felt: dict[str, list[Felt]] = {}
        self._reads = Reads(base, head, self._edited)
        self._parents: dict[str, set[str]] = {}
        self.undone: set[str] = set()
        self._composer: Composer | None = None

    def in_order(self) -> list[str]:
        """Give what changed and all that reads it, each after what it reads."""
        start = {*self._edited, *self._added, *self._removed}
        queue, seen = sorted(start), set(start)
        while queue:
            key = queue.pop()
            for reader in sorted(self._readers(key)):
                if reader != key:
                    self._parents.setdefault(reader, set()).add(key)
                if reader not in seen:
                    seen.add(reader)
                    queue.append(reader)
        self._composer = Composer(self.base, self.head, ({self._edited.get(key, key) for key in seen}, seen))
        return ordered(seen, self._parents, self._reads.within)

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
        head, there = self.head.world.models, key in self.head.world.models
        felt: list[Felt] = []
        if key in self._added or key in self._removed or key in self._edited:
            model = head[key] if there else self.base.world.models[self._edited.get(key, key)]
            numbered = self._numbered(not_analysed(model, reason))
            felt.append(Felt(numbered, numbered.id, (shown(numbered, key),), key))
        for other in sorted(self._parents.get(key, ())) if there else ():
            for each in self._felt.get(other, ()):
                place = Location(path=head[key].path, line=head[key].line)
                self._impact(key, each, Effect.UNKNOWN, Certainty.UNDECIDED, place, reason=reason)
                felt.append(replace(each, key=key, path=(*each.path, head[key].name)))
        if felt:
            self._felt[key] = felt

    def _look(self, key: str) -> None:
        """Find what this model's own text changed, then what its upstream does to it."""
        there = key in self.head.world.models
        arriving = list(self._arriving(key)) if there else []
        if there:
            self._perhaps(key, arriving)
        failed = list(self._failures(key, arriving)) if there else []
        # What does not build is told once: its rows and values are nobody's concern until it does.
        own = [] if failed or self._lost_models(key, arriving) else list(self._own_changes(key, arriving))
        self._remember_renames(key, own)
        felt = [*failed, *own]
        if arriving:
            felt = felt + self._react(key, arriving, [felt.change for felt in own])
        if there:
            self._perhaps_named(key)
            self._perhaps_in_companions(key, [*own, *arriving])
            self._fail_next_run(key, felt)
            self._refuse_steps(key)
        if felt:
            self._felt[key] = felt
            if there and not is_declared(self.head.world.models[key]):
                self.head.lose_columns(key, surely_lost(self.head.bound(key), felt))

    def hide(self, edit: HiddenEdit) -> None:
        """Say of an edit that a package feels whose files are not here that nobody can tell what it does."""
        change = self._numbered(hidden(edit))
        felt = Felt(change, change.id, (edit.origin.title,), "")
        for key in edit.keys:
            model = self.head.world.models[key]
            place = Location(path=model.path, line=model.line)
            self._impact(key, felt, Effect.UNKNOWN, Certainty.UNDECIDED, place)

    def leave_open(self) -> None:
        """Tell what lies behind readers that can't be read: the catalog is asked for it, and exposures feel it."""
        for (root, key), felt in list(self._unread_by.items()):
            paths = {key: felt.path}
            queue = [key]
            for one in queue:
                model = self.head.world.models[one]
                if model.kind is ModelKind.EXPOSURE:
                    place = Location(path=model.path, line=model.line)
                    arrived = replace(felt, path=paths[one])
                    self._impact(one, arrived, Effect.UNKNOWN, Certainty.UNDECIDED, place)
                if model.relation is None:
                    continue
                path = (*paths[one], str(model.relation))
                behind = Stopped(relation=model.relation, change=root, path=path, unread=True)
                self.stopped.setdefault((root, one), behind)
                for reader in sorted(self._readers(one) - set(paths)):
                    if one in self._reads.of(reader, [one]):
                        paths[reader] = path
                        queue.append(reader)

    def _remember_renames(self, key: str, own: list[Felt]) -> None:
        """A reader that was mended to the new name reads what it read before."""
        renames = [felt.change for felt in own if felt.change.kind is Kind.COLUMN_RENAMED]
        known_as = {change.after: change.before for change in renames if change.after and change.before}
        if known_as:
            self.head.rename_columns(key, known_as)

    def _readers(self, key: str) -> set[str]:
        found: set[str] = set()
        for world, name in ((self.base.world, self._edited.get(key, key)), (self.head.world, key)):
            found |= world.readers((name,))
        return {reader for reader in found if reader in self.head.world.models}

    def _own_changes(self, key: str, arriving: list[Felt]) -> Iterator[Felt]:
        """Compare the model with itself; what upstream explains is told as following from it."""
        before = self._edited.get(key, key if key in self._removed else None)
        after = key if key in self.head.world.models and key not in self._removed else None
        if before is None and key not in self._added:
            return
        old = self.base.bound(before) if before is not None else None
        new = self.head.bound(after) if after is not None else None
        _in_time(old, new)
        if old is not None and new is not None and is_untouched(old, new):
            return
        if key in self._unread and old is not None:
            numbered = self._numbered(not_analysed(old.model, self._unread[key]))
            yield Felt(numbered, numbered.id, (shown(numbered, key),), key)
            return
        if old is not None and old.model.kind is ModelKind.METRIC:
            for change, gone in own_changes(old.model, new.model if new is not None else None):
                numbered = self._numbered(change, key=key)
                yield Felt(numbered, numbered.id, (shown(change, key),), key, stopped=gone, declared=True)
            return
        changes = (*relation_changes(old, new), *self._also.get(key, ()))
        if any(map(_is_of_rows, changes)) and self._gives_the_same(key, arriving):
            changes = tuple(change for change in changes if not _is_of_rows(change))
            self.undone.add(key)
        found = edits_between(old, new) if changes else ()
        for change in changes:
            cause = None
            if old is not None and new is not None and arriving:
                cause = exact_cause(change, lineage_of(new), lineage_of(old), arriving)
                if cause is None and is_from_upstream(change, old, new):
                    cause = explains(change, lineage_of(new), lineage_of(old), arriving)
            if cause is None or new is None:
                numbered = self._numbered(edited(change, found), key=key)
                yield Felt(numbered, numbered.id, (shown(change, key),), key)
            else:
                rewritten = old is not None and old.rendered.sql != new.rendered.sql
                yield self._carried(key, new, change, cause, self._origins.get(key) if rewritten else None)

    def _numbered(self, change: Change, caused_by: str | None = None, key: str = "") -> Change:
        origins = change.origins if key not in self._origins else origins_of(change, self._origins[key])
        numbered = replace(change, id=f"c{len(self.changes) + 1}", caused_by=caused_by, origins=origins)
        self.changes.append(numbered)
        return numbered

    def _arriving(self, key: str) -> Iterator[Felt]:
        """Give the changes of everything that this model reads, at either revision.

        Nothing is bound for a model none of whose possible parents changed.
        """
        live = sorted(other for other in self._parents.get(key, ()) if other in self._felt and other != key)
        if not live:
            return
        for other in self._reads.of(key, live):
            yield from self._felt[other]

    def _perhaps(self, key: str, arriving: list[Felt]) -> None:
        """A name that several relations have was taken for one of them: what happened to the others may matter too."""
        live = [other for other in self._parents.get(key, ()) if other in self._felt and other != key]
        felt_already = {felt.key for felt in arriving}
        for other in sorted(self._reads.perhaps(key, live) - felt_already) if live else ():
            for felt in self._felt[other]:
                model = self.head.world.models[key]
                reason = f"a name in it may mean `{shown(felt.change, other)}`"
                place = Location(path=model.path, line=model.line)
                self._impact(key, felt, Effect.UNKNOWN, Certainty.UNDECIDED, place, reason=reason)

    def _perhaps_named(self, key: str) -> None:
        """A statement that is not understood and names what changed may read it: that is said, with its line."""
        live = sorted(other for other in self._parents.get(key, ()) if other in self._felt and other != key)
        unread = self.head.bound(key).script.opaque if live else ()
        for felt in (felt for other in live if unread for felt in self._felt[other]):
            change = felt.change
            known = (felt.root, key) in self.impacts or change.change_class is ChangeClass.ADDITIVE
            if known or change.relation is None or has(change.kind, Trait.HARMLESS):
                continue
            gone = (
                has(change.kind, Trait.GONE_RELATION) or has(change.kind, Trait.GONE_COLUMN) or felt.stopped
            )
            column = None if felt.stopped else change.column_at_base
            line = naming(unread, change.relation, column, gone)
            if line is not None:
                place = place_in(self.head.bound(key), line, 1)
                self._impact(key, felt, Effect.UNKNOWN, Certainty.UNDECIDED, place, reason=_NOT_UNDERSTOOD)

    def _react(self, key: str, arriving: list[Felt], own: list[Change]) -> list[Felt]:
        after = self.head.bound(key)
        before_key = self._edited.get(key, key)
        before = self.base.bound(before_key) if before_key in self.base.world.models else None
        _in_time(before, after)
        for felt, read in lost_row_numbers(after, arriving):
            line_read = place_in(after, read.line, read.column)
            return [self._broken(key, after, felt, line_read, f"a view has no `{read.column_name}`")]
        arriving = [felt for felt in arriving if not has(felt.change.kind, Trait.HARMLESS)]
        arriving = [felt for felt in arriving if not self._follows_rename(felt, before, after)]
        if not arriving:
            return []
        if is_declared(after.model):
            return list(self._react_declared(after, arriving))
        if after.definition is None:
            self._unknown(key, after, arriving)
            return []
        for felt, place in undeclared_reads(after, arriving):
            self._impact(key, felt, Effect.UNKNOWN, Certainty.UNDECIDED, place)
        self._through_holes(key, after, arriving)
        broken = {felt.root: felt for felt in reversed(list(self._breaks(key, before, after, arriving)))}
        for felt, place, text in self._lost_reads(before, after, arriving):
            if felt.root not in broken:
                # It may run, and does not do what it did.
                self._impact(key, felt, Effect.BREAKS, Certainty.POSSIBLE, place, reason=text)
        for felt in arriving:
            if felt.change.kind is Kind.ARGUMENTS_CHANGED and felt.root not in broken:
                self._perhaps_called(key, after, felt)
        if broken:
            return list(broken.values())
        if after.model.kind is ModelKind.SCRIPT:
            self._change_script(key, after, arriving)
            return []
        if any(_is_of_rows(felt.change) for felt in arriving) and self._gives_the_same(key, arriving):
            arriving = [felt for felt in arriving if not _is_of_rows(felt.change)]
        return list(self._follows(key, before, after, arriving, own))

    def _gives_the_same(self, key: str, arriving: list[Felt]) -> bool:
        """Tell whether edits on the way to a model, its own among them, cancel out. One alone has nothing to undo it."""
        before = self._edited.get(key, key)
        if not arriving or before not in self.base.world.models or key not in self.head.world.models:
            return False
        above, queue = {key}, [key]
        for one in queue:
            queue += sorted(self._parents.get(one, set()) - above)
            above |= self._parents.get(one, set())
        edits = above & {*self._edited, *self._added, *self._removed}
        return len(edits) > 1 and self._composer is not None and self._composer.gives_the_same(before, key)

    def _change_script(self, key: str, after: BoundModel, arriving: list[Felt]) -> None:
        """Statements that make no relation carry nothing on: that they read other rows or values ends here."""
        lineage = lineage_of(after)
        for felt in arriving:
            for change in derived(felt.change, after, lineage):
                self._note(key, after, change, felt)

    def _follows_rename(self, felt: Felt, before: BoundModel | None, after: BoundModel) -> bool:
        """Tell whether a view reads what a later migration renamed, in an engine that keeps views by what they read."""
        sequence, here = after.model.key.partition("#")[0], felt.key.partition("#")[0]
        is_rename = felt.change.kind in (Kind.COLUMN_RENAMED, Kind.RELATION_RENAMED, Kind.RELATION_MOVED)
        return (
            is_rename and not felt.stopped and sequence == here and sequence.startswith("migrations:")
            and after.model.dialect in FOLLOWING and before is not None
            and before.rendered.sql == after.rendered.sql and is_view(after) and self._is_longer(felt.key)
        )  # fmt: skip

    def _perhaps_called(self, key: str, after: BoundModel, felt: Felt) -> None:
        """A function takes arguments of other types: its engine may convert what the caller gives, or refuse it."""
        old = self._edited.get(felt.key, felt.key)
        if old in self.base.world.models and felt.key in self.head.world.models:
            place = retyped_arguments(self.base.bound(old), self.head.bound(felt.key), after)
            if place is not None:
                self._impact(
                    key, felt, Effect.UNKNOWN, Certainty.UNDECIDED, place, reason=felt.change.message
                )

    def _unknown(self, key: str, after: BoundModel, arriving: list[Felt]) -> None:
        for felt in arriving:
            if felt.change.change_class is not ChangeClass.ADDITIVE:
                place = Location(path=after.model.path, line=after.line or after.model.line)
                self._impact(key, felt, Effect.UNKNOWN, Certainty.UNDECIDED, place, reason=after.reason)
                self._unread_by[felt.root, key] = felt

    def _through_holes(self, key: str, after: BoundModel, arriving: list[Felt]) -> None:
        """What a template could not fill in may read any column of what the rest of the query reads."""
        holes = [hole for hole in after.rendered.holes if hole.kind in (HoleKind.MACRO, HoleKind.QUERY)]
        if not holes or PLACEHOLDER not in (after.rendered.sql or ""):
            return
        for felt in arriving:
            if felt.change.column is not None and has(felt.change.kind, Trait.NEEDS_READERS):
                place = Location(path=after.model.path, line=after.model.line)
                self._impact(key, felt, Effect.UNKNOWN, Certainty.UNDECIDED, place, reason=holes[0].told)
                self._unread_by[felt.root, key] = felt

    def _react_declared(self, after: BoundModel, arriving: list[Felt]) -> Iterator[Felt]:
        """Exposures, tests and metrics: what they name in YAML is gone, or may differ."""
        for felt in arriving:
            if felt.change.change_class is ChangeClass.ADDITIVE:
                continue
            felt_as = feels(after.model, felt)
            if felt_as is not None:
                self._impact(after.model.key, felt, *felt_as, by=KnownBy.DECLARED)
            yield from passes_on(after.model, felt)
        yield from self._broken_companions(after.model.key, after, arriving)

    def _breaks(
        self, key: str, before: BoundModel | None, after: BoundModel, arriving: list[Felt]
    ) -> Iterator[Felt]:
        for old, new in renderings(before, after):
            for problem, felt in lost_words(new, arriving):
                place = place_in(new, problem.line, problem.column)
                yield self._broken(key, after, felt, place, problem.message)
            for problem in new_problems(old, new):
                cause = cause_of(problem, old, new, arriving)
                if cause is not None and not (has_run(problem.line, old, new) and self._is_longer(cause.key)):
                    place = place_in(new, problem.line, problem.column)
                    yield self._broken(key, after, cause, place, problem.message)
        for felt in arriving:
            if felt.stopped:
                place = place_of_read(felt.change, after) or place_in(after, 1, 1)
                yield self._broken(key, after, felt, place, _NOT_BUILT)
            elif has(felt.change.kind, Trait.GONE_RELATION):
                was_read = before is not None and self._edited.get(felt.key, felt.key) in before.uses
                place_gone = still_read(felt.change, self._names_at_base(felt.key), after, was_read)
                if place_gone is not None and not self._was_dropped(felt, before, after):
                    text = f"`{felt.change.before or felt.change.relation}` is read here and no longer made"
                    yield self._broken(key, after, felt, place_gone, text)
            elif felt.change.kind is Kind.COLUMN_TYPE_CHANGED:
                refusal = refused_use(felt.change, after)
                if refusal is not None:
                    place = place_of_read(felt.change, after) or place_in(after, 1, 1)
                    yield self._broken(
                        key, after, felt, place, f"`{felt.change.column}` is of another type: {refusal}"
                    )
        if not sees_outer_columns(after):
            for felt, place, text in self._lost_reads(before, after, arriving):
                yield self._broken(key, after, felt, place, text)
        for felt, read, text in lost_references(after, arriving):
            yield self._broken(key, after, felt, place_in(after, read.line, read.column), text)
        for felt, place, text in by_declarations(before, after, arriving):
            yield self._broken(key, after, felt, place, text)
        yield from self._broken_companions(key, after, arriving)

    def _broken_companions(self, key: str, after: BoundModel, arriving: list[Felt]) -> Iterator[Felt]:
        for failure in self._companion_failures(key, arriving):
            if failure.cause is not None:
                yield self._broken(key, after, failure.cause, failure.place, failure.text)

    def _lost_reads(
        self, before: BoundModel | None, after: BoundModel, arriving: list[Felt]
    ) -> Iterator[tuple[Felt, Location, str]]:
        for felt, read, text in lost_reads(before, after, arriving):
            if not (has_run(read.line, before, after) and self._is_longer(felt.key)):
                yield felt, place_in(after, read.line, read.column), text

    def _is_longer(self, key: str) -> bool:
        """Tell whether later migrations alone changed a model."""
        old, new = self._edited.get(key, key), key
        is_there = old in self.base.world.models and new in self.head.world.models
        return is_there and is_longer(self.base.bound(old), self.head.bound(new))

    def _was_dropped(self, felt: Felt, before: BoundModel | None, after: BoundModel) -> bool:
        """Tell whether a later migration dropped what only statements of the past read here."""
        gone = self.base.world.models.get(felt.key)
        if gone is None or gone.relation is None or not self.head.world.has_file(gone.path):
            return False
        return reads_in_the_past(gone.relation.name.lower(), before, after)

    def _broken(self, key: str, after: BoundModel, felt: Felt, place: Location, text: str) -> Felt:
        # A macro is read when it is called: it stays, and its callers fail.
        stays = after.model.kind is ModelKind.FUNCTION and after.model.dialect == "duckdb"
        effect, certainty = (
            (Effect.CHANGES, Certainty.POSSIBLE) if stays else (Effect.BREAKS, Certainty.PROVEN)
        )
        self._impact(key, felt, effect, certainty, place, reason=text)
        return self._stop(key, after, felt, (*felt.path, name_of(after)))

    def _stop(self, key: str, after: BoundModel, felt: Felt, path: tuple[str, ...]) -> Felt:
        """The model does not build: its readers don't either, and beyond the repository its rows stay as they were."""
        if after.model.relation is not None:
            self.stopped[felt.root, key] = Stopped(relation=after.model.relation, change=felt.root, path=path)
        change = replace(felt.change, relation=after.model.relation)
        return Felt(change, felt.root, path, key, stopped=True)

    def _own_failures(self, key: str, arriving: list[Felt]) -> Iterator[Felt]:
        """A text that was edited or added and does not bind, for a reason that is its own."""
        before_key = self._edited.get(key)
        if (before_key is None and key not in self._added) or is_declared(self.head.world.models[key]):
            return
        after = self.head.bound(key)
        before = self.base.bound(before_key) if before_key is not None else None
        if before is not None and is_untouched(before, after):
            return
        for old, new in renderings(before, after):
            own = [
                problem for problem in new_problems(old, new) if cause_of(problem, old, new, arriving) is None
            ]
            lost = self._lost_models(key, arriving)
            declared = [*of_own_declaration(old, new, arriving), *self._lost_macros(key, old, new)]
            for text, place in (*_failures(own, new), *unmade(old, new, lost), *declared):
                felt = self._failed(key, after, text, place)
                yield self._stop(key, after, felt, felt.path)
                return

    def _failures(self, key: str, arriving: list[Felt]) -> Iterator[Felt]:
        yield from self._own_failures(key, arriving)
        yield from self._failing_companions(key, arriving)
        yield from self._without_new_columns(key, arriving)

    def _without_new_columns(self, key: str, arriving: list[Felt]) -> Iterator[Felt]:
        """A reader of a new column that the stored table of an incremental model does not get."""
        if is_declared(self.head.world.models[key]):
            return
        after = self.head.bound(key)
        for felt in arriving:
            if not felt.stopped and self._ignores_columns(felt.key):
                for _, text in renderings(None, after):
                    found = never_added(felt.change, self.head.relation(felt.key), text)
                    if found is not None:
                        failed = self._failed(key, after, *found)
                        yield self._stop(key, after, failed, failed.path)
                        return

    def _ignores_columns(self, key: str) -> bool:
        old, new = self._model_at_base(key), self.head.world.models.get(key)
        return old is not None and new is not None and new.on_schema_change == "ignore" and is_kept(old, new)

    def _fail_next_run(self, key: str, felt: list[Felt]) -> None:
        """Say of an incremental model that its next run fails; readers are left in peace, a full refresh mends it."""
        old, new = self._model_at_base(key), self.head.world.models[key]
        if felt and old is not None and is_kept(old, new):
            bounds = self.base.bound(old.key), self.head.bound(key)
            found = next_run(*bounds, felt)
            if found is not None:
                self._failed(key, bounds[1], *found)

    def _refuse_steps(self, key: str) -> None:
        """Say of a migration that its engine refuses a step which the base had not, or took."""
        if self.head.world.models[key].kind is not ModelKind.MODEL or not key.startswith("migrations:"):
            return
        old = self._edited.get(key, key)
        known = self.base.world.refused_steps(old) if old in self.base.world.models else ()
        told = {(step.path, step.message) for step in known}
        for step in self.head.world.refused_steps(key):
            if (step.path, step.message) not in told:
                place = Location(path=step.path, line=step.line)
                self._failed(key, self.head.bound(key), step.message, place)
                return

    def _failing_companions(self, key: str, arriving: list[Felt]) -> Iterator[Felt]:
        """What stands beside an edited model's query and names what the model gives no longer, by its own edit."""
        model = self.head.world.models[key]
        if model.relation is None or (key not in self._edited and key not in self._added):
            return
        for failure in self._companion_failures(key, arriving):
            if failure.cause is None:
                felt = self._failed(key, self.head.bound(key), failure.text, failure.place)
                yield self._stop(key, self.head.bound(key), felt, felt.path)
                return

    def _companion_failures(self, key: str, arriving: list[Felt]) -> Iterator[Failure]:
        companions = self.head.companions(key)
        if companions:
            old = self._edited.get(key, key)
            is_there = old in self.base.world.models
            models = (self.base.bound(old) if is_there else None, self.head.bound(key))
            before = self.base.companions(old) if is_there else ()
            yield from failures(
                models, (before, companions), arriving, lambda name: self.base.world.defines_macro(old, name)
            )

    def _perhaps_in_companions(self, key: str, felt: list[Felt]) -> None:
        gone = [each for each in felt if has(each.change.kind, Trait.GONE_COLUMN) and not each.stopped]
        companions = self.head.companions(key) if gone else ()
        if not companions:
            return
        old = self._edited.get(key, key)
        before = self.base.companions(old) if old in self.base.world.models else ()
        for each in gone:
            for text, place in perhaps_lost(each.change, (before, companions)):
                self._impact(key, each, Effect.UNKNOWN, Certainty.UNDECIDED, place, reason=text)

    def _lost_macros(
        self, key: str, old: BoundModel | None, new: BoundModel
    ) -> Iterator[tuple[str, Location]]:
        before = self._edited.get(key, key)
        yield from lost_macros(old, new, lambda name: self.base.world.defines_macro(before, name))

    def _lost_models(self, key: str, arriving: list[Felt]) -> set[str]:
        """Give the names of models that this one refers to and that the pull request took away."""
        if not arriving or is_declared(self.head.world.models[key]):
            return set()
        gone = {
            name
            for felt in arriving
            if has(felt.change.kind, Trait.GONE_RELATION)
            for name in self._names_at_base(felt.key)
        }
        return gone & set(self.head.bound(key).rendered.missing) if gone else set()

    def _failed(self, key: str, after: BoundModel, text: str, place: Location) -> Felt:
        change = self._numbered(
            Change(
                kind=Kind.DOES_NOT_BIND,
                change_class=class_of(Kind.DOES_NOT_BIND),
                certainty=Certainty.PROVEN,
                message=describe(
                    Kind.DOES_NOT_BIND, relation=after.model.relation or after.model.name, reason=text
                ),
                relation=after.model.relation,
                after=text,
                location=place,
            ),
            key=key,
        )
        felt = Felt(change, change.id, (name_of(after),), key)
        impact = Impact(
            change=change.id, consumer=consumer_of(after.model), effect=Effect.BREAKS, certainty=Certainty.PROVEN,
            location=place, reason=text,
        )  # fmt: skip
        self.impacts[change.id, key] = impact
        return felt

    def _names_at_base(self, key: str) -> tuple[str, ...]:
        model = self._model_at_base(key)
        return (model.name,) if model is not None else ()

    def _model_at_base(self, key: str) -> Model | None:
        return self.base.world.models.get(self._edited.get(key, key))

    def _follows(
        self, key: str, before: BoundModel | None, after: BoundModel, arriving: list[Felt], own: list[Change]
    ) -> Iterator[Felt]:
        """Tell what upstream changes in the output of a reader that still binds; each thing of it once."""
        lineage = lineage_of(after)
        told = {aspect(change) for change in own}
        shaped = any(has(felt.change.kind, Trait.RESHAPES) for felt in arriving)
        old = before.definition if before is not None else None
        if shaped and not own and before is not None and old is not None and after.definition is not None:
            for change in compare(old, after.definition):
                if _is_of_rows(change) and self._gives_the_same(key, arriving):
                    continue
                cause = explains(change, lineage, lineage_of(before), arriving)
                told.add(aspect(change))
                yield self._carried(key, after, placed(change, before, after), cause)
        for felt in arriving:
            starred = through_star(felt.change, before, after) if before is not None else None
            if starred is not None and aspect(starred) not in told:
                told.add(aspect(starred))
                yield self._carried(key, after, starred, felt)
            for change in derived(felt.change, after, lineage):
                if aspect(change) in told:
                    self._note(key, after, change, felt)
                else:
                    told.add(aspect(change))
                    yield self._carried(key, after, change, felt)

    def _carried(
        self, key: str, after: BoundModel, change: Change, cause: Felt, origins: Origins | None = None
    ) -> Felt:
        """Let a change follow from one upstream; `origins`: what was edited that changes the model as well."""
        own = replace(change, origins=origins_of(change, origins)) if origins is not None else change
        numbered = self._numbered(own, cause.change.id)
        self._note(key, after, change, cause)
        return Felt(numbered, cause.root, (*cause.path, name_of(after)), key)

    def _note(self, key: str, after: BoundModel, change: Change, cause: Felt) -> None:
        if change.change_class is ChangeClass.ADDITIVE:
            return
        unknown = change.kind is Kind.UNDECIDED
        effect = Effect.UNKNOWN if unknown else Effect.CHANGES
        certainty = Certainty.UNDECIDED if unknown else Certainty.POSSIBLE
        place = place_of_read(cause.change, after) or change.location
        reason = change.message if unknown else None
        self._impact(key, cause, effect, certainty, place, column=change.column, reason=reason)

    def _impact(
        self,
        key: str,
        felt: Felt,
        effect: Effect,
        certainty: Certainty,
        place: Location | None,
        *,
        column: str | None = None,
        reason: str | None = None,
        by: KnownBy = KnownBy.BINDING,
    ) -> None:
        """Note what a model of the head feels; the worst that one change does to it stands."""
        consumer = consumer_of(self.head.world.models[key])
        impact = Impact(
            change=felt.root, consumer=consumer, effect=effect, certainty=certainty, column=column,
            via=felt.path, distance=len(felt.path), location=place, by=by, reason=reason,
        )  # fmt: skip
        known = self.impacts.get((felt.root, key))
        if known is None or effect.rank < known.effect.rank:
            self.impacts[felt.root, key] = impact


def _is_of_rows(change: Change) -> bool:
    """Tell whether a change is of rows or values alone, as a query gives them."""
    beside = has(change.kind, Trait.NOT_OF_THE_SQL) or has(change.kind, Trait.BESIDE_THE_QUERY)
    return not beside and (
        change.change_class is ChangeClass.ROWS or change.kind is Kind.COLUMN_VALUES_CHANGED
    )


def _in_time(*sides: BoundModel | None) -> None:
    """Raise OutOfTimeError where one of these could not be bound in time."""
    for side in sides:
        if side is not None and side.is_cut:
            raise OutOfTimeError(side.reason)


_NOT_UNDERSTOOD = "a statement that is not understood names it"
_NOT_BUILT = "it reads a relation that does not build"


def _failures(problems: list[Problem], bound: BoundModel) -> Iterator[tuple[str, Location]]:
    for problem in problems:
        yield problem.message, place_in(bound, problem.line, problem.column)
