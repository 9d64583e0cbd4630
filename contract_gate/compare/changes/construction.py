"""Make a change of a whole model: of its relation, its declared columns, or its rows."""

from dataclasses import replace
from typing import assert_never

from contract_gate.compare.bound import BoundModel
from contract_gate.compare.changes.change import Certainty, Change, ChangeClass, Kind
from contract_gate.compare.changes.kinds import bounded, class_of
from contract_gate.core.relation import Location
from contract_gate.core.world import Model


def change_of(
    model: Model,
    kind: Kind,
    message: str,
    *,
    column: str | None = None,
    before: str | None = None,
    after: str | None = None,
    line: int | None = None,
) -> Change:
    """Place a change at the model's declaration (or `line` of its file); how sure it is follows from its class."""
    change_class = class_of(kind)
    return Change(
        kind=kind,
        change_class=change_class,
        certainty=_certainty(change_class),
        message=message,
        relation=model.relation,
        column=column,
        before=bounded(before),
        after=bounded(after),
        location=Location(path=model.path, line=line or model.line),
    )


def undecided(model: Model, reason: str) -> Change:
    """Say that what an edit does to a part of the model can't be known."""
    return change_of(model, Kind.UNDECIDED, f"`{model.name}` is only partly analysed: {reason}")


def _certainty(change_class: ChangeClass) -> Certainty:
    match change_class:
        case ChangeClass.SCHEMA | ChangeClass.ADDITIVE | ChangeClass.NONE:
            return Certainty.PROVEN
        case ChangeClass.ROWS | ChangeClass.VALUES:
            return Certainty.POSSIBLE
        case ChangeClass.UNDECIDED:
            return Certainty.UNDECIDED
        case _:
            assert_never(change_class)


def at_most_possible(change: Change) -> Certainty:
    """Give how sure a change is where it may never come about."""
    return Certainty.POSSIBLE if change.certainty is Certainty.PROVEN else change.certainty


def placed(change: Change, before: BoundModel, after: BoundModel) -> Change:
    """Put a change at the line of the model's file, and name its relation."""
    gone = change.kind is Kind.COLUMN_REMOVED and change.after is None and change.before is not None
    side = before if gone else after
    location = change.location or Location(line=1)
    place = place_in(side, location.line, location.column)
    return replace(change, relation=after.model.relation, location=place)


def place_in(bound: BoundModel, line: int, column: int) -> Location:
    """Translate a place in the rendered SQL to the file that it is from; a template keeps lines, not columns."""
    other = bound.rendered.from_elsewhere(line)
    if other is not None:
        return Location(path=other[0], line=other[1])
    exact = not bound.rendered.lines
    return Location(
        path=bound.model.path, line=bound.rendered.source_line(line), column=column if exact else 1
    )
