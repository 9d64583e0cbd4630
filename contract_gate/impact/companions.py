"""Columns that are named beside a query: in hooks, keys, audits and the expressions of tests. What of them binds no more.

A companion runs when the relation of its model is there: it fails with a column that the model gives no longer, whether the
model's own edit took it or a change upstream of it.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from contract_gate.bound import BoundCompanion, BoundModel
from contract_gate.changes.change import Change
from contract_gate.impact.breaking import cause_of, new_problems, place_of_read
from contract_gate.impact.felt import Felt, place_in
from contract_gate.relation import Location

Companions = Sequence[BoundCompanion]
_STRING = re.compile(r"'(?:[^']|'')*'")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A companion that fails: why, where, and which change upstream is the cause (None: the model's own edit)."""

    text: str
    place: Location
    cause: Felt | None


def failures(
    models: tuple[BoundModel | None, BoundModel],
    companions: tuple[Companions, Companions],
    arriving: Collection[Felt],
) -> Iterator[Failure]:
    """Give the companions of the head that do not bind and did at the base. `models` are those that they belong to."""
    for old, new in _paired(companions):
        before = old.bound if old is not None else None
        if not new.runs:
            continue
        for problem in new_problems(before, new.bound):
            cause = cause_of(problem, *models, arriving)
            text = f"{new.what} fails: {problem.message}"
            yield Failure(text=text, place=place_in(new.bound, problem.line, problem.column), cause=cause)


def perhaps_lost(change: Change, companions: tuple[Companions, Companions]) -> Iterator[tuple[str, Location]]:
    """Say which companions may read a column that goes, though nobody can prove it: a star may bring it, or the
    statement names it in a way that is not followed.
    """
    name = change.column_at_base
    if name is None or change.relation is None:
        return
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
    return any(problem.kind == "unsupported" for problem in (*bound.script.problems, *bound.problems)) or any(
        statement.query is None and not statement.reads for statement in statements
    )


def _names(bound: BoundModel, column: str, relation: str) -> bool:
    words = set(_WORD.findall(_STRING.sub("", bound.rendered.sql or "").lower()))
    return {column.strip('"`').lower(), relation.strip('"`').lower()} <= words
