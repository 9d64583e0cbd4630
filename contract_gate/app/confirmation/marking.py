"""Answers put on changes: which change the rows show, which stays unconfirmed, and what nobody had told. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from contract_gate.app.confirmation.questions import Subject
from contract_gate.compare.changes.change import Certainty, Change, ChangeClass, Kind
from contract_gate.compare.changes.kinds import Trait, class_of, describe, has
from contract_gate.core.relation import Location, caseless
from contract_gate.core.world import Model
from contract_gate.witness import Answer, Found, NoDifference, NotPossible

LONG = 200
"""So many trials without a difference are a long search: then a suspicion falls to a note."""


def marked(subject: Subject, answer: Answer) -> tuple[Change, ...]:
    """Give the changes of the model that the answer says something of, with what it says."""
    match answer:
        case Found():
            return tuple(_shown(change, answer) for change in explained(subject.targets, answer))
        case NoDifference() if answer.trials:
            sure = answer.trials >= LONG and not answer.notes and not subject.holes
            return tuple(
                _unconfirmed(change, answer.trials, sure=sure)
                for change in subject.targets
                if _was_looked_at(change, answer)
            )
        case NoDifference() | NotPossible():
            return ()


def open_columns(subject: Subject, answers: Sequence[Answer]) -> tuple[str, ...]:
    """Give the columns whose values are said to differ, where the last rows found show others of them alone."""
    last = answers[-1]
    if not isinstance(last, Found) or last.rows_differ or _rows(subject.targets):
        return ()
    shown = {name for answer in answers if isinstance(answer, Found) for name in answer.columns}
    columns = [change.column for change in subject.targets if change.kind is Kind.COLUMN_VALUES_CHANGED]
    left = tuple(caseless(name) for name in columns if name is not None and caseless(name) not in shown)
    return left if len(left) < len(columns) else ()


def untold(
    subject: Subject, model: Model, changes: Sequence[Change], answers: Sequence[Answer]
) -> tuple[Change, ...]:
    """Give the differences that rows show and nothing that was told of the relation explains."""
    found = next((answer for answer in answers if isinstance(answer, Found)), None)
    told = [change for change in changes if change.relation == model.relation]
    if found is None or any(
        change.change_class in (ChangeClass.ROWS, ChangeClass.UNDECIDED)
        or has(change.kind, Trait.EXPLAINS_ROWS)
        for change in told
    ):
        return ()
    if found.rows_differ:
        return (_new(Kind.ROWS_SOURCE_CHANGED, None, model, subject),)
    # A struct differs by the field that is told of it, `ship.zip`.
    known = {caseless(change.column.partition(".")[0]) for change in told if change.column is not None}
    return tuple(
        _new(Kind.COLUMN_VALUES_CHANGED, name, model, subject) for name in found.columns if name not in known
    )


def explained(targets: Sequence[Change], found: Found) -> list[Change]:
    """Choose the changes that the rows show: the first of the rows, else the columns whose values differ."""
    rows = _rows(targets)
    values = [
        change
        for change in targets
        if change.kind is Kind.COLUMN_VALUES_CHANGED and caseless(change.column or "") in found.columns
    ]
    exact = not found.rows_differ and len({change.column for change in values}) == len(found.columns)
    if rows and not exact:
        return rows[:1]
    if values and not found.rows_differ:
        return values
    return [change for change in targets if change.change_class is ChangeClass.UNDECIDED][:1]


def _rows(targets: Sequence[Change]) -> list[Change]:
    return [change for change in targets if change.change_class is ChangeClass.ROWS]


def _shown(change: Change, found: Found) -> Change:
    """What could not be decided stays so: rows differ, and what else differs is still not known."""
    if change.change_class is ChangeClass.UNDECIDED:
        return replace(
            change,
            witness=found.witness,
            message=f"{change.message.rstrip('. ')}; that it differs is shown by rows",
        )
    return replace(change, witness=found.witness, certainty=Certainty.WITNESSED)


def _was_looked_at(change: Change, answer: NoDifference) -> bool:
    if change.change_class is ChangeClass.ROWS:
        return not has(change.kind, Trait.NEEDS_MANY_ROWS)
    return change.kind is Kind.COLUMN_VALUES_CHANGED and caseless(change.column or "") in answer.columns


def _unconfirmed(change: Change, trials: int, *, sure: bool) -> Change:
    message = f"{change.message.rstrip('. ')} (not confirmed in {trials} trials)"
    return replace(change, message=message, unconfirmed=trials if sure else None)


def _new(kind: Kind, column: str | None, model: Model, subject: Subject) -> Change:
    told = describe(kind, relation=model.relation, column=column)
    when = "in incremental runs " if subject.increment else ""
    return Change(
        kind=kind,
        change_class=class_of(kind),
        certainty=Certainty.POSSIBLE,
        message=f"{when}{told.rstrip('. ')}: rows were found on which the two texts differ",
        relation=model.relation,
        column=column,
        location=Location(path=model.path, line=model.line),
        increment=subject.increment,
    )
