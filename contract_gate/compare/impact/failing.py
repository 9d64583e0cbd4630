"""A model that fails by its own edit: its text, what stands beside it, its next run, its migration's steps."""

import re
from collections.abc import Iterator
from dataclasses import replace

from contract_gate.compare.bound import BoundModel, is_declared
from contract_gate.compare.changes.change import Certainty
from contract_gate.compare.changes.construction import place_in
from contract_gate.compare.changes.kinds import Trait, has
from contract_gate.compare.impact.breaking import (
    cause_of,
    cause_of_need,
    lost_macros,
    lost_needs,
    new_problems,
    renderings,
    unmade,
)
from contract_gate.compare.impact.companions import Failure, failures, meaning_another, perhaps_lost
from contract_gate.compare.impact.declared import of_own_declaration
from contract_gate.compare.impact.history import has_run
from contract_gate.compare.impact.impact import Effect
from contract_gate.compare.impact.increments import never_added, next_run
from contract_gate.compare.impact.ledger import Ledger
from contract_gate.compare.impact.propagation import Arrival, is_untouched
from contract_gate.core.model_keys import is_migrated, is_migrated_function
from contract_gate.core.relation import Location
from contract_gate.sql.algebra import Problem
from contract_gate.sql.script import BoundStatement


class Failing:
    """Find what fails in a model by itself, and note it. `rekeyed`: who names a table to which an edited file adds keys or indexes."""

    def __init__(self, ledger: Ledger, added: set[str]) -> None:
        self.base, self.head = ledger.base, ledger.head
        self._ledger, self._edited, self._added = ledger, ledger.edited, added
        self.rekeyed: set[str] = set()

    def failures(self, key: str, arriving: list[Arrival]) -> Iterator[Arrival]:
        """Give what fails at once in a model that was edited, or that reads what its parent never gets."""
        own = list(self._own_failures(key, arriving))
        # What is not built runs nothing beside it: one cause is told once.
        yield from own or self._without_needs(key, arriving) or self._failing_companions(key, arriving)
        yield from self._without_new_columns(key, arriving)

    def _without_needs(self, key: str, arriving: list[Arrival]) -> list[Arrival]:
        """Give a statement that asks of a table what this has no longer, and no change that arrives says so."""
        old = self._edited.get(key, key)
        if old not in self.base.world.models or is_declared(self.head.world.models[key]):
            return []
        asking = _ASKING_KEYS if key in self.rekeyed else _ASKING
        is_asking = asking.search(self.head.worded(key).rendered.sql or "") is not None
        if not is_asking and (key not in self._edited or self.stands_alike(key, old)):
            return []
        after = self.head.bound(key)
        for need in lost_needs(self._ledger.additions, self.base.bound(old), after):
            if cause_of_need(need, arriving) is None:
                arrival = self._ledger.failed(key, after, str(need), place_in(after, need.line, need.column))
                return [self._ledger.stop(key, after, arrival, arrival.path)]
        return []

    def stands_alike(self, key: str, before: str) -> bool:
        """Tell whether a model and what stands beside it say what they said. Binds nothing."""
        if not is_untouched(self.base.worded(before), self.head.worded(key)):
            return False
        sides = (self.base.world.companions(before), self.head.world.companions(key))
        old, new = (tuple(replace(each, path="", line=1) for each in side) for side in sides)
        return old == new

    def _own_failures(self, key: str, arriving: list[Arrival]) -> Iterator[Arrival]:
        """A text that was edited or added and does not bind, for a reason that is its own."""
        before_key = self._edited.get(key) or self._asking_for_more(key)
        if is_declared(self.head.world.models[key]):
            yield from self._dangling(key, arriving)
            return
        if before_key is None and key not in self._added:
            return
        if before_key is not None and is_untouched(self.base.worded(before_key), self.head.worded(key)):
            return
        after = self.head.bound(key)
        before = self.base.bound(before_key) if before_key is not None else None
        for old, new in renderings(before, after):
            own = [
                problem for problem in new_problems(old, new) if cause_of(problem, old, new, arriving) is None
            ]
            lost = self.lost_models(key, arriving)
            declared = [*of_own_declaration(old, new, arriving), *self._lost_macros(key, old, new)]
            told: set[str | None] = set()
            for text, place in (*_failures(own, new), *unmade(old, new, lost), *declared):
                if place.path not in told:
                    arrival = self._ledger.failed(key, after, text, place)
                    if not told:
                        yield self._ledger.stop(key, after, arrival, arrival.path)
                    told.add(place.path)
            if told:
                return

    def _dangling(self, key: str, arriving: list[Arrival]) -> Iterator[Arrival]:
        """A declaration that refers to a model which has another name by now, though its relation may have the old one."""
        old = self._edited.get(key, key)
        if old not in self.base.world.models or any(
            has(each.change.kind, Trait.GONE_RELATION) for each in arriving
        ):
            return
        after = self.head.bound(key)
        lost = [
            f"there is no model `{name.rpartition('.')[2]}` to refer to"
            for name in after.model.depends_on
            if name in self.base.world.models and name not in self.head.world.models
        ]
        lost += [each.text for each in self._companion_failures(key, arriving) if each.cause is None]
        for text in lost[:1]:
            place = Location(path=after.model.path, line=after.model.line)
            arrival = self._ledger.failed(key, after, text, place)
            yield self._ledger.stop(key, after, arrival, arrival.path)

    def _failing_companions(self, key: str, arriving: list[Arrival]) -> Iterator[Arrival]:
        """What stands beside an edited model's query and names what the model gives no longer, by its own edit."""
        model = self.head.world.models[key]
        if model.relation is None or (key not in self._edited and key not in self._added):
            return
        if not arriving and key in self._edited and self.stands_alike(key, self._edited[key]):
            return
        for failure in self._companion_failures(key, arriving):
            if failure.cause is None:
                arrival = self._ledger.failed(key, self.head.bound(key), failure.text, failure.place)
                yield self._ledger.stop(key, self.head.bound(key), arrival, arrival.path)
                return

    def _without_new_columns(self, key: str, arriving: list[Arrival]) -> Iterator[Arrival]:
        """A reader of a new column that the stored table of an incremental model does not get."""
        if not arriving or is_declared(self.head.world.models[key]):
            return
        after = self.head.bound(key)
        for arrival in arriving:
            if not arrival.stopped and self._ignores_columns(arrival.key):
                for _, text in renderings(None, after):
                    found = never_added(arrival.change, self.head.relation(arrival.key), text)
                    if found is not None:
                        failed = self._ledger.failed(key, after, *found)
                        yield self._ledger.stop(key, after, failed, failed.path)
                        return

    def _ignores_columns(self, key: str) -> bool:
        kept = self._ledger.kept(key)
        return kept is not None and kept[1].on_schema_change == "ignore"

    def fail_next_run(self, key: str, arrivals: list[Arrival]) -> None:
        """Say of an incremental model that its next run fails; readers are left in peace, a full refresh mends it."""
        kept = self._ledger.kept(key)
        if arrivals and kept is not None:
            bounds = self.base.bound(kept[0].key), self.head.bound(key)
            found = next_run(*bounds, arrivals)
            if found is not None:
                self._ledger.failed(key, bounds[1], *found)

    def refuse_steps(self, key: str) -> None:
        """Say of a migration that its engine refuses a step which the base had not, or took."""
        if not is_migrated(key) and not is_migrated_function(key):
            return
        old = self._edited.get(key, key)
        known = self.base.world.refused_steps(old) if old in self.base.world.models else ()
        told = {(step.path, step.message) for step in known}
        broken_by = [change.relation for change in self._ledger.breaking(key) if change.relation]
        for step in self.head.world.refused_steps(key):
            # What breaks the relation for a change of another that the step names is that step's refusal.
            is_broken = any(about.matches(name) for about in step.relations for name in broken_by)
            if (step.path, step.message) not in told and not is_broken:
                place = Location(path=step.path, line=step.line)
                self._ledger.failed(key, self.head.bound(key), step.message, place)
                return

    def broken_companions(self, key: str, after: BoundModel, arriving: list[Arrival]) -> Iterator[Arrival]:
        """Give what changes upstream break beside the query of a model."""
        for failure in self._companion_failures(key, arriving):
            if failure.cause is not None:
                yield self._ledger.broken(key, after, failure.cause, failure.place, failure.text)

    def perhaps_in_companions(self, key: str, arrivals: list[Arrival]) -> None:
        """Note what stands beside the query and may name a lost column."""
        gone = [each for each in arrivals if has(each.change.kind, Trait.GONE_COLUMN) and not each.stopped]
        companions = self.head.companions(key) if gone else ()
        if not companions:
            return
        old = self._edited.get(key, key)
        before = self.base.companions(old) if old in self.base.world.models else ()
        told = set()
        for each, text, place in meaning_another(gone, (before, companions)):
            told.add(each.root)
            self._ledger.impact(key, each, Effect.BREAKS, Certainty.POSSIBLE, place, reason=text)
        for each in gone:
            if each.root in told:
                continue
            for text, place in perhaps_lost(each.change, (before, companions)):
                self._ledger.impact(key, each, Effect.UNKNOWN, Certainty.UNDECIDED, place, reason=text)

    def perhaps_shifted(self, key: str, own: list[Arrival]) -> None:
        """Note files that are copied into the columns by their places, where these are others now: nobody sees the files."""
        moved = [each for each in own if has(each.change.kind, Trait.SHIFTS_COLUMNS) and not each.stopped]
        before = self._ledger.bound_at_base(key) if moved else None
        if before is None:
            return
        after = self.head.bound(key)
        known = {statement.mode for statement in before.script.statements if _is_by_place(statement)}
        for statement in after.script.statements:
            if (
                _is_by_place(statement)
                and statement.mode in known
                and not has_run(statement.line, before, after)
            ):
                place = place_in(after, statement.line, statement.column)
                for each in moved:
                    self._ledger.impact(
                        key, each, Effect.UNKNOWN, Certainty.UNDECIDED, place, reason=_BY_PLACE
                    )
                return

    def _companion_failures(self, key: str, arriving: list[Arrival]) -> Iterator[Failure]:
        companions = self.head.companions(key)
        if companions:
            old = self._edited.get(key, key)
            models = (self._ledger.bound_at_base(key), self.head.bound(key))
            before = self.base.companions(old) if models[0] is not None else ()
            yield from failures(
                models,
                (before, companions),
                arriving,
                lambda hole: self.base.world.defines(old, self.head.world.models[key].path, hole),
            )

    def _asking_for_more(self, key: str) -> str | None:
        """Give the key where the same text asks for what is there no more: what went need not have made a relation."""
        if key not in self.base.world.models or is_declared(self.head.world.models[key]):
            return None
        sides = (self.base.worded(key).rendered.missing, self.head.worded(key).rendered.missing)
        return key if set(sides[1]) - set(sides[0]) else None

    def lost_models(self, key: str, arriving: list[Arrival]) -> set[str]:
        """Give the names of models that this one refers to and that the pull request took away."""
        if not arriving or is_declared(self.head.world.models[key]):
            return set()
        gone = {
            name
            for arrival in arriving
            if has(arrival.change.kind, Trait.GONE_RELATION)
            for name in self._ledger.names_at_base(arrival.key)
        }
        return gone & set(self.head.bound(key).rendered.missing) if gone else set()

    def _lost_macros(
        self, key: str, old: BoundModel | None, new: BoundModel
    ) -> Iterator[tuple[str, Location]]:
        before = self._edited.get(key, key)
        yield from lost_macros(old, new, lambda hole: self.base.world.defines(before, new.model.path, hole))


_ASKING_KEYS = re.compile(r"\b(?:index|indexed|partition|conflict|group)\b", re.IGNORECASE)
_ASKING = re.compile(r"\b(?:index|indexed|partition)\b", re.IGNORECASE)
"""What may ask for an index, whose end is no change of the table's rows and arrives nowhere."""
_BY_PLACE = "files are copied here into the columns by their places, and these are others now"


def _is_by_place(statement: BoundStatement) -> bool:
    return statement.kind == "copy" and statement.query is None and not statement.by_name


def _failures(problems: list[Problem], bound: BoundModel) -> Iterator[tuple[str, Location]]:
    for problem in problems:
        yield problem.message, place_in(bound, problem.line, problem.column)
