"""Declared sources between two worlds: what the repository reads and does not make.

Another name in YAML moves no table: its readers take their rows from elsewhere. A column that is not declared any more
may still be there: who reads it can't be proven to break.
"""

from collections.abc import Iterator
from dataclasses import replace

from contract_gate.compare.bound import BoundModel
from contract_gate.compare.changes.change import Certainty, Change, Kind
from contract_gate.compare.changes.construction import change_of


def source_changes(before: BoundModel | None, after: BoundModel | None) -> tuple[Change, ...]:
    """Compare a source's declaration at base and head, either of which may be missing; new ones change nothing.

    Readers are compared by the names of the base.
    """
    if before is None:
        return ()
    if after is None:
        text = f"source `{before.model.name}` is no longer declared"
        return (_foreign(change_of(before.model, Kind.RELATION_REMOVED, text), before, Certainty.PROVEN),)
    old, new = before.model.relation, after.model.relation
    found = []
    if old != new and before.placement != after.placement:
        text = f"source `{after.model.name}` is read from `{new}` instead of `{old}`"
        moved = change_of(after.model, Kind.ROWS_SOURCE_CHANGED, text, before=str(old), after=str(new))
        found.append(_foreign(moved, before, Certainty.PROVEN))
    return (*found, *_undeclared(before, after))


def _undeclared(before: BoundModel, after: BoundModel) -> Iterator[Change]:
    """Give the columns that are not declared any more, where others still are: else it is the documentation that went."""
    left = {column.name for column in after.model.columns}
    for name in (column.name for column in before.model.columns if left and column.name not in left):
        text = f"column {name} of source `{after.model.name}` is no longer declared; whether the table still has it is not known"
        gone = change_of(after.model, Kind.COLUMN_REMOVED, text, column=name, before=name)
        yield _foreign(gone, before, Certainty.UNDECIDED)


def _foreign(change: Change, before: BoundModel, certainty: Certainty) -> Change:
    return replace(change, relation=before.model.relation, certainty=certainty, foreign=True)
