"""Columns that are named beside a query: in hooks, keys, audits and the expressions of tests. What of them binds no more.

A companion runs when the relation of its model is there: it fails with a column that the model gives no longer, whether the
model's own edit took it or a change upstream of it.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence

from contract_gate.compare.bound import BoundCompanion, BoundModel
from contract_gate.compare.changes.change import Change, Kind
from contract_gate.compare.changes.construction import place_in
from contract_gate.compare.changes.kinds import Trait, has
from contract_gate.compare.impact.breaking import (
    cause_of,
    lost_macros,
    lost_reads,
    new_problems,
    place_of_read,
    still_read,
)
from contract_gate.compare.impact.propagation import Arrival
from contract_gate.core.relation import Location, caseless
from contract_gate.core.values import dataclass
from contract_gate.core.world import Hole

Companions = Sequence[BoundCompanion]
_STRING = re.compile(r"'(?:[^']|'')*'")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A companion that fails: why, where, and which change upstream is the cause (None: the model's own edit)."""

    text: str
    place: Location
    cause: Arrival | None


def failures(
    models: tuple[BoundModel | None, BoundModel],
    companions: tuple[Companions, Companions],
    arriving: Collection[Arrival],
    is_defined: Callable[[Hole], bool],
) -> Iterator[Failure]:
    """Give the companions of the head that do not bind and did at the base. `models` are those that they belong to.

    `is_defined` tells of a hole whether the base had what fills it.
    """
    for old, new in _paired(companions):
        if new.runs:
            before = old.bound if old is not None else None
            yield from _unmade(before, new, arriving, is_defined)
            yield from _without(new, arriving)
            for problem in new_problems(before, new.bound):
                yield Failure(
                    text=f"{new.what} fails: {problem.message}",
                    place=place_in(new.bound, problem.line, problem.column),
                    cause=cause_of(problem, *models, arriving),
                )


def _unmade(
    before: BoundModel | None,
    new: BoundCompanion,
    arriving: Collection[Arrival],
    is_defined: Callable[[Hole], bool],
) -> Iterator[Failure]:
    """A model or macro that a companion names and nothing makes any more."""
    place = place_in(new.bound, 1, 1)
    known = set(before.rendered.missing) if before is not None else set()
    for name in new.bound.rendered.missing:
        if name not in known:
            gone = (arrival for arrival in arriving if arrival.change.kind is Kind.RELATION_REMOVED)
            cause = next(
                (arrival for arrival in gone if arrival.change.before == name.rpartition(".")[2]), None
            )
            yield Failure(
                text=f"{new.what} fails: there is no model `{name}` to refer to", place=place, cause=cause
            )
    for text, _ in lost_macros(before, new.bound, is_defined):
        yield Failure(text=f"{new.what} fails: {text}", place=place, cause=None)


def _without(new: BoundCompanion, arriving: Collection[Arrival]) -> Iterator[Failure]:
    """A relation that a companion writes out, without a reference, and nothing makes any more."""
    for arrival in arriving:
        if has(arrival.change.kind, Trait.GONE_RELATION) and not arrival.stopped:
            text = f"{new.what} fails: `{arrival.change.before or arrival.change.relation}` is no longer made"
            for place in still_read(arrival, (), new.bound, was_read=False):
                yield Failure(text=text, place=place, cause=arrival)


def meaning_another(
    arriving: Collection[Arrival], companions: tuple[Companions, Companions]
) -> Iterator[tuple[Arrival, str, Location]]:
    """Say which companions still run though a column that they read went: its name means another's by now."""
    for old, new in _paired(companions):
        if old is not None and new.runs:
            for arrival, loose, text in lost_reads(old.bound, new.bound, arriving):
                place = place_in(new.bound, loose.line, loose.column)
                yield arrival, f"{new.what} does not do what it did: {text}", place


def perhaps_lost(change: Change, companions: tuple[Companions, Companions]) -> Iterator[tuple[str, Location]]:
    """Say which companions may read a column that goes, though nobody can prove it: a star may bring it, or the
    statement names it in a way that is not followed.
    """
    name = change.column_at_base
    assert name is not None and change.relation is not None  # noqa: S101, PT018 - a column of a relation goes
    for old, new in _paired(companions):
        bound = new.bound
        failing = new_problems(old.bound if old is not None else None, bound)
        if failing and new.runs:
            continue
        lost = any(problem.name == name for problem in failing)
        read = lost or any(
            read.relation == change.relation and read.column_name == name for read in bound.reads
        )
        if read or (_is_unread(bound) and _names(bound, name, change.relation.name)):
            place = place_of_read(change, bound) or Location(path=bound.model.path, line=bound.model.line)
            yield f"{new.what} names `{name}`", place


def _paired(
    companions: tuple[Companions, Companions],
) -> Iterator[tuple[BoundCompanion | None, BoundCompanion]]:
    before = {companion.what: companion for companion in companions[0]}
    for new in companions[1]:
        yield before.get(new.what), new


def _is_unread(bound: BoundModel) -> bool:
    """Tell whether a statement reads something that the binder does not follow."""
    statements = bound.script.statements
    is_unread = any(problem.is_unread for problem in (*bound.script.problems, *bound.problems))
    return is_unread or any(statement.query is None and not statement.reads for statement in statements)


def _names(bound: BoundModel, column: str, relation: str) -> bool:
    words = set(_WORD.findall(_STRING.sub("", bound.rendered.sql or "").lower()))
    return {caseless(column), caseless(relation)} <= words
