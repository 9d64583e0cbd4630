"""What a reader of changed models does: it breaks, carries changes on, can't be read, or stays as it was."""

from collections.abc import Callable, Iterable, Iterator

from contract_gate.compare.bound import BoundModel, is_declared
from contract_gate.compare.changes.change import Certainty, Change, ChangeClass, Kind
from contract_gate.compare.changes.compare import compare
from contract_gate.compare.changes.construction import place_in, placed
from contract_gate.compare.changes.increments import stored
from contract_gate.compare.changes.kinds import Trait, has
from contract_gate.compare.changes.relations import EPHEMERAL
from contract_gate.compare.impact.breaking import (
    called_instead,
    cause_of,
    cause_of_need,
    is_of_another_form,
    lost_keys,
    lost_needs,
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
    undeclared_reads,
)
from contract_gate.compare.impact.declared import by_declarations
from contract_gate.compare.impact.failing import Failing
from contract_gate.compare.impact.following import derived, explains, through_star
from contract_gate.compare.impact.history import (
    follows_steps_of,
    has_run,
    is_held,
    reads_in_the_past,
)
from contract_gate.compare.impact.impact import Effect, KnownBy
from contract_gate.compare.impact.ledger import Ledger
from contract_gate.compare.impact.moving import tell_bare_names
from contract_gate.compare.impact.promises import broken_promise
from contract_gate.compare.impact.propagation import Arrival, aspect, lineage_of
from contract_gate.compare.impact.reads import naming_makers, sources_of
from contract_gate.compare.impact.semantic import effect_on, passes_on
from contract_gate.compare.impact.typing import refused_uses
from contract_gate.core.deadline import OutOfTimeError
from contract_gate.core.model_keys import is_migrated, is_of_file
from contract_gate.core.relation import Location, caseless
from contract_gate.core.world import PLACEHOLDER, HoleKind, Model, ModelKind
from contract_gate.sql.families import MYSQL
from contract_gate.sql.keys import NeedKind
from contract_gate.sql.parsing.wording import is_code
from contract_gate.sql.statement.definition import Definition

_NOT_BUILT = "it reads a relation that does not build"
_STALE = "what it reads is not built any more: it finds the rows of the last run"
_INSTEAD = "nothing here makes the function any more: the engine's own is called, if it has any of this name"
_NO_MODEL = "it refers to a model that has another name by now"
_TWIN = "several files make what it reads, and one of them does not build"


class Reacting:
    """Follow what arrives at a reader. `unread_by`: what arrived, by its root, at a reader that can't be read."""

    def __init__(
        self, ledger: Ledger, failing: Failing, gives_the_same: Callable[[str, list[Arrival]], bool]
    ) -> None:
        self.base, self.head = ledger.base, ledger.head
        self._ledger, self._failing, self._edited = ledger, failing, ledger.edited
        self._gives_the_same = gives_the_same
        self.unread_by: dict[tuple[str, str], Arrival] = {}

    def react(self, key: str, arriving: list[Arrival], own: list[Change]) -> list[Arrival]:
        """Note what arrives at a reader, and give what it passes on."""
        after = self.head.bound(key)
        before = self._ledger.bound_at_base(key)
        in_time(before, after)
        arriving = [
            each
            for each in arriving
            if not each.change.of_routine
            or not is_of_another_form(each.change, self._sides_of(each.key), before, after)
        ]
        if not _is_outside(after.model):  # its project's own references go on
            arriving = [each for each in arriving if not self._is_written_into(after.model, each)]
        if lost := list(self._lost_with_the_table(key, before, after, arriving)):
            return lost
        self._break_promises(key, after, arriving)
        arriving = [arrival for arrival in arriving if not has(arrival.change.kind, Trait.HARMLESS)]
        arriving = [arrival for arrival in arriving if not self.follows_rename(arrival, before, after)]
        if not arriving:
            return []
        tell_bare_names(self._ledger, key, before, after, arriving)
        if is_declared(after.model):
            return list(self._react_declared(after, arriving))
        if after.definition is None:
            failed = _by_root(self._failing.broken_companions(key, after, arriving))
            self._unknown(key, after, [each for each in arriving if each.root not in failed])
            return list(failed.values())
        broken = self._broken(key, before, after, arriving)
        if broken:
            return broken
        if after.model.makes_nothing:
            others = [each for each in arriving if not _is_written_by(after, each.change)]
            self._change_script(key, before, after, others)
            return []
        if any(is_of_rows(arrival.change) for arrival in arriving) and self._gives_the_same(key, arriving):
            arriving = [arrival for arrival in arriving if not is_of_rows(arrival.change)]
        return list(self._follows(key, before, after, arriving, own))

    def _lost_with_the_table(
        self, key: str, before: BoundModel | None, after: BoundModel, arriving: list[Arrival]
    ) -> Iterator[Arrival]:
        """Give what a reader can't run without: a table's row numbers, or else the keys that its constraints and statements hang on."""
        for arrival, read in lost_row_numbers(after, arriving):
            place = place_in(after, read.line, read.column)
            yield self._ledger.broken(key, after, arrival, place, f"a view has no `{read.column_name}`")
            return
        for arrival, read, text in list(lost_keys(after, arriving, self.head.bound)):
            yield self._ledger.broken(key, after, arrival, place_in(after, read.line, read.column), text)
        for need in lost_needs(self._ledger.additions, before, after):
            cause = cause_of_need(need, arriving)
            place = place_in(after, need.line, need.column)
            if cause is not None and need.kind is NeedKind.GROUP and after.model.dialect in MYSQL:
                # A mode of the server decides, and a condition may stand in for the key.
                self._ledger.impact(key, cause, Effect.BREAKS, Certainty.POSSIBLE, place, reason=str(need))
            elif cause is not None:
                yield self._ledger.broken(key, after, cause, place, str(need))

    def _broken(
        self, key: str, before: BoundModel | None, after: BoundModel, arriving: list[Arrival]
    ) -> list[Arrival]:
        """Give what breaks the reader, each root once; what perhaps does is noted."""
        for arrival, place in undeclared_reads(after, arriving):
            self._ledger.impact(key, arrival, Effect.UNKNOWN, Certainty.UNDECIDED, place)
        self._through_holes(key, after, arriving)
        broken = _by_root(self._breaks(key, before, after, arriving))
        for arrival, place, text in self._lost_reads(before, after, arriving):
            if arrival.root not in broken:
                # It may run, and does not do what it did.
                self._ledger.impact(key, arrival, Effect.BREAKS, Certainty.POSSIBLE, place, reason=text)
        for arrival in arriving:
            if arrival.change.kind is Kind.ARGUMENTS_CHANGED and arrival.root not in broken:
                self._perhaps_called(key, after, arrival)
        return list(broken.values())

    def _break_promises(self, key: str, after: BoundModel, arriving: list[Arrival]) -> None:
        """A data contract breaks by more than a column that goes."""
        for arrival in arriving if after.model.held_to else ():
            broken = broken_promise(after.model, arrival.change, self._sides_of(arrival.key))
            if broken is not None:
                text, column, certainty = broken
                place = Location(path=after.model.path, line=column.line)
                self._ledger.impact(key, arrival, Effect.BREAKS, certainty, place, reason=text)

    def _sides_of(self, key: str) -> tuple[Definition | None, Definition | None]:
        before = self._ledger.bound_at_base(key)
        now = self.head.bound(key).definition if key in self.head.world.models else None
        return before.definition if before is not None else None, now

    def _change_script(
        self, key: str, before: BoundModel | None, after: BoundModel, arriving: list[Arrival]
    ) -> None:
        """Statements that make no relation carry nothing on: that they give other columns, rows or values ends here."""
        lineage = lineage_of(after)
        lost = given(before) - given(after) if before is not None else frozenset[str]()
        # What its own edit takes out is the author's word; a star says nothing, and loses it.
        by_star = {read.relation for read in after.reads if read.star}
        for arrival in arriving:
            name = arrival.change.column_at_base
            is_lost = name in lost and arrival.change.relation in by_star
            if has(arrival.change.kind, Trait.GONE_COLUMN) and name is not None and is_lost:
                place = place_of_read(arrival.change, after)
                told: tuple[Effect, Certainty] = (Effect.CHANGES, Certainty.POSSIBLE)
                reason = None
                if name.lower() in after.rendered.beside:
                    told = (Effect.UNKNOWN, Certainty.UNDECIDED)
                    reason = f"it reads all columns by `*`, and the code beside it names `{name}`"
                self._ledger.impact(key, arrival, *told, place, column=name, reason=reason)
            for change in derived(arrival.change, after, lineage):
                self._ledger.note(key, after, change, arrival)

    def _is_written_into(self, reader: Model, arrival: Arrival) -> bool:
        """Tell whether a reader has the query of what is not built any more: by a reference, not where it writes the name out."""
        is_model = reader.kind is ModelKind.MODEL
        return self._is_inlined(arrival) and (
            not is_model or self.head.world.knows_reads((reader.key, arrival.key))
        )

    def _is_inlined(self, arrival: Arrival) -> bool:
        """Tell whether a model is not built any more, but written into who refers to it."""
        model = self.head.world.models.get(arrival.key)
        return (
            arrival.change.kind is Kind.RELATION_REMOVED
            and model is not None
            and model.materialization == EPHEMERAL
        )

    def follows_rename(self, arrival: Arrival, before: BoundModel | None, after: BoundModel) -> bool:
        """Tell whether a view, or a rule or the like, reads what a later migration renamed, in an engine that keeps it by what it reads."""
        return (
            not arrival.stopped and follows_steps_of(after, arrival.key)
            and before is not None and before.rendered.sql == after.rendered.sql
            and ((has(arrival.change.kind, Trait.RENAMES) and self._ledger.is_longer(arrival.key)) or self._ledger.goes_on_elsewhere(arrival.key))
        )  # fmt: skip

    def _perhaps_called(self, key: str, after: BoundModel, arrival: Arrival) -> None:
        """A function takes arguments of other types: its engine may convert what the caller gives, or refuse it."""
        old = self._edited.get(arrival.key, arrival.key)
        place = retyped_arguments(self.base.bound(old), self.head.bound(arrival.key), after)
        if place is not None:
            self._ledger.impact(
                key, arrival, Effect.UNKNOWN, Certainty.UNDECIDED, place, reason=arrival.change.message
            )

    def _unknown(self, key: str, after: BoundModel, arriving: list[Arrival]) -> None:
        for arrival in arriving:
            if arrival.change.change_class is not ChangeClass.ADDITIVE:
                place = Location(path=after.model.path, line=after.line or after.model.line)
                self._ledger.impact(
                    key, arrival, Effect.UNKNOWN, Certainty.UNDECIDED, place, reason=after.reason
                )
                self.unread_by[arrival.root, key] = arrival

    def _through_holes(self, key: str, after: BoundModel, arriving: list[Arrival]) -> None:
        """What a template could not fill in may read any column of what the rest of the query reads, but for a part of a text.

        Code that is here and not run may write those that it names; what a script fills in is one of those.
        """
        is_script = after.model.kind is ModelKind.READER
        filled_in = [hole for hole in after.rendered.holes if hole.reads_any]
        made = [hole for hole in after.rendered.holes if hole.kind in (HoleKind.MACRO, HoleKind.QUERY)]
        reads_any = [] if is_script else filled_in
        if not reads_any and made and is_code(PLACEHOLDER, after.rendered.sql or "", after.model.dialect):
            reads_any = made
        writes = filled_in if is_script else made if after.model.kind is ModelKind.MODEL else []
        place = Location(path=after.model.path, line=after.model.line)
        for arrival in arriving if reads_any or writes else ():
            column, relation = arrival.change.column_at_base, arrival.change.relation
            if column is None or relation is None or not has(arrival.change.kind, Trait.NEEDS_READERS):
                continue
            name = caseless(relation.name)
            meant = [hole for hole in writes if not is_script or name in hole.name.split()]
            if reads_any or (meant and caseless(column) in after.rendered.beside):
                reason = (reads_any or meant)[0].told
                self._ledger.impact(key, arrival, Effect.UNKNOWN, Certainty.UNDECIDED, place, reason=reason)
                self.unread_by[arrival.root, key] = arrival

    def _react_declared(self, after: BoundModel, arriving: list[Arrival]) -> Iterator[Arrival]:
        """Exposures, tests and metrics: what they name in YAML is gone, or may differ."""
        model = naming_makers((self.head.world, self.base.world), after.model)
        for arrival in arriving:
            if arrival.change.change_class is ChangeClass.ADDITIVE:
                continue
            if self._refers_to_nothing(after.model, arrival):
                yield self._ledger.broken(
                    model.key, after, arrival, Location(path=model.path, line=model.line), _NO_MODEL
                )
                continue
            effect = effect_on(model, arrival)
            if effect is not None:
                self._ledger.impact(model.key, arrival, *effect, by=KnownBy.DECLARED)
            yield from passes_on(model, arrival)
        yield from self._failing.broken_companions(after.model.key, after, arriving)

    def _refers_to_nothing(self, declared: Model, arrival: Arrival) -> bool:
        """Tell whether a declaration refers to a model by the name that it had."""
        old = self._edited.get(arrival.key, arrival.key)
        return (
            has(arrival.change.kind, Trait.RENAMES)
            and old not in self.head.world.models
            and arrival.key not in declared.depends_on
        )

    def _breaks(
        self, key: str, before: BoundModel | None, after: BoundModel, arriving: list[Arrival]
    ) -> Iterator[Arrival]:
        for old, new in renderings(before, after):
            for problem, arrival in lost_words(new, arriving):
                place = place_in(new, problem.line, problem.column)
                yield self._ledger.broken(key, after, arrival, place, problem.message)
            for problem in new_problems(old, new):
                cause = cause_of(problem, old, new, arriving)
                if cause is not None and not (
                    has_run(problem.line, old, new) and self._ledger.is_longer(cause.key)
                ):
                    place = place_in(new, problem.line, problem.column)
                    yield self._ledger.broken(key, after, cause, place, problem.message)
        for arrival in arriving:
            if arrival.stopped and _is_twin(arrival.key, before, after):
                self._ledger.impact(
                    key, arrival, Effect.UNKNOWN, Certainty.UNDECIDED, place_in(after, 1, 1), reason=_TWIN
                )
            elif arrival.stopped:
                place = place_of_read(arrival.change, after) or place_in(after, 1, 1)
                if self._finds_stored_rows(arrival.key, before, after):
                    told = (Effect.CHANGES, Certainty.POSSIBLE)
                    self._ledger.impact(key, arrival, *told, place, reason=_STALE)
                else:
                    yield self._ledger.broken(key, after, arrival, place, _NOT_BUILT)
            elif has(arrival.change.kind, Trait.GONE_RELATION):
                yield from self._without(key, before, after, arrival)
            elif arrival.change.kind is Kind.COLUMN_TYPE_CHANGED:
                for place_used, use in refused_uses(arrival.change, after):
                    text = f"`{arrival.change.column}` is of another type: {use}"
                    yield self._ledger.broken(key, after, arrival, place_used, text)
        if not sees_outer_columns(after):
            for arrival, place, text in self._lost_reads(before, after, arriving):
                yield self._ledger.broken(key, after, arrival, place, text)
        for arrival, read, text in lost_references(after, arriving):
            yield self._ledger.broken(key, after, arrival, place_in(after, read.line, read.column), text)
        for arrival, place, text in by_declarations(before, after, arriving):
            yield self._ledger.broken(key, after, arrival, place, text)
        yield from self._failing.broken_companions(key, after, arriving)

    def _without(
        self, key: str, before: BoundModel | None, after: BoundModel, gone: Arrival
    ) -> Iterator[Arrival]:
        """Give a reader of what nothing makes any more."""
        made = self._edited.get(gone.key, gone.key)
        was_read = before is not None and made in before.uses
        if self._was_dropped(gone, before, after) or self._is_undeclared(gone, after):
            return
        text = f"`{gone.change.before or gone.change.relation}` is read here and no longer made"
        if self._is_inlined(gone):
            place = place_of_read(gone.change, after) or place_in(after, 1, 1)
            yield self._ledger.broken(key, after, gone, place, text)
        names, sources = self._ledger.names_at_base(gone.key), sources_of(self.base.world, made, after)
        for place in still_read(gone, names, after, was_read, sources):
            yield self._ledger.broken(key, after, gone, place, text)
        if (instead := called_instead(gone.change, before, after)) is not None:
            self._ledger.impact(key, gone, Effect.UNKNOWN, Certainty.UNDECIDED, instead, reason=_INSTEAD)

    def _finds_stored_rows(self, key: str, before: BoundModel | None, after: BoundModel) -> bool:
        """Tell whether a reader in another file finds all columns that it reads in the table of an incremental model's earlier runs."""
        kept = self._ledger.kept(key)
        if after.model.kind is not ModelKind.READER or kept is None:
            return False
        if before is not None and before.rendered.sql == after.rendered.sql:
            return True
        definition, name = self.base.bound(kept[0].key).definition, self.head.relation(key)
        read = {each.column_name for each in after.reads if each.relation == name and each.column_name}
        return definition is not None and read <= {column.name for column in definition.columns}

    def _lost_reads(
        self, before: BoundModel | None, after: BoundModel, arriving: list[Arrival]
    ) -> Iterator[tuple[Arrival, Location, str]]:
        for arrival, read, text in lost_reads(before, after, arriving):
            if not (has_run(read.line, before, after) and self._ledger.is_longer(arrival.key)):
                yield arrival, place_in(after, read.line, read.column), text

    def _is_undeclared(self, arrival: Arrival, after: BoundModel) -> bool:
        """Tell whether only the declaration of a source goes: who reads its table by its own name feels nothing."""
        gone = self.base.world.models.get(arrival.key)
        return gone is not None and gone.kind is ModelKind.SOURCE and after.model.kind is ModelKind.READER

    def _was_dropped(self, arrival: Arrival, before: BoundModel | None, after: BoundModel) -> bool:
        """Tell whether a later migration dropped what only statements of the past read here."""
        gone = self.base.world.models.get(arrival.key)
        if gone is None or gone.relation is None or not self.head.world.has_file(gone.path):
            return False
        if is_migrated(after.model.key) and is_held(self.base.bound(arrival.key)):
            return True  # the engine drops no type that a column has, and no function that it calls: see `refused_steps`
        return reads_in_the_past(gone.relation.name.lower(), before, after)

    def _follows(
        self,
        key: str,
        before: BoundModel | None,
        after: BoundModel,
        arriving: list[Arrival],
        own: list[Change],
    ) -> Iterator[Arrival]:
        """Tell what upstream changes in the output of a reader that still binds; each thing of it once."""
        lineage = lineage_of(after)
        told = {aspect(change) for change in own}
        shaped = any(has(arrival.change.kind, Trait.RESHAPES) for arrival in arriving)
        old = before.definition if before is not None else None
        if shaped and not own and before is not None and old is not None and after.definition is not None:
            for change in compare(old, after.definition):
                if is_of_rows(change) and self._gives_the_same(key, arriving):
                    continue
                cause = explains(change, lineage, lineage_of(before), arriving)
                told.add(aspect(change))
                change = stored(placed(change, before, after), before.model, after.model)
                yield self._ledger.carried(key, after, change, cause)
        for arrival in arriving:
            starred = through_star(arrival.change, before, after) if before is not None else None
            if before is not None and starred is not None and aspect(starred) not in told:
                told.add(aspect(starred))
                change = stored(starred, before.model, after.model)
                yield self._ledger.carried(key, after, change, arrival)
            for change in derived(arrival.change, after, lineage, self._ledger.taken(arrival.key)):
                if aspect(change) in told:
                    self._ledger.note(key, after, change, arrival)
                else:
                    told.add(aspect(change))
                    yield self._ledger.carried(key, after, change, arrival)


def _is_outside(reader: Model) -> bool:
    """Tell whether a reader asks for what is stored in the warehouse, by no reference of a project."""
    return reader.kind.makes_nothing or reader.kind in (ModelKind.EXPOSURE, ModelKind.METRIC)


def _is_twin(key: str, *sides: BoundModel | None) -> bool:
    """Tell whether a plain file makes a relation of the name that is read here and was taken for another file's."""
    return is_of_file(key) and not any(
        side is not None and (key in side.uses or key in side.refers) for side in sides
    )


def _is_written_by(script: BoundModel, change: Change) -> bool:
    """Tell whether a script's own edit makes the change of what it reads: an UPDATE reads the rows that it writes."""
    place = change.location.path if change.location is not None else None
    return script.model.kind is ModelKind.READER and place == script.model.path


def is_of_rows(change: Change) -> bool:
    """Tell whether a change is of rows or values alone, as a query gives them."""
    beside = has(change.kind, Trait.NOT_OF_THE_SQL) or has(change.kind, Trait.BESIDE_THE_QUERY)
    return not beside and (
        change.change_class is ChangeClass.ROWS or change.kind is Kind.COLUMN_VALUES_CHANGED
    )


def given(script: BoundModel) -> frozenset[str]:
    """Give the columns of what a script exports, as far as they are known by name."""
    exported = (s.query for s in script.script.statements if s.kind == "select" and s.query is not None)
    return frozenset(output.name for query in exported for output in query.outputs)


def in_time(*sides: BoundModel | None) -> None:
    """Raise OutOfTimeError where one of these could not be bound in time."""
    for side in sides:
        if side is not None and side.is_cut:
            raise OutOfTimeError(side.reason)


def _by_root(arrivals: Iterable[Arrival]) -> dict[str, Arrival]:
    """Give each root's first arrival, the last root first."""
    return {arrival.root: arrival for arrival in reversed(list(arrivals))}
