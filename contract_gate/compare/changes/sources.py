"""Declared sources between two worlds: what the repository reads and does not make.

Another name in YAML moves no table: its readers take their rows from elsewhere. A column that is not declared any more
may still be there: who reads it can't be proven to break.
"""

from dataclasses import replace

from contract_gate.compare.bound import BoundModel
from contract_gate.compare.changes.change import Certainty, Change, Kind
from contract_gate.compare.changes.construction import change_of


def source_changes(before: BoundModel | None, after: BoundModel | None) -> tuple[Change, ...]:
    """Compare a source's declaration at base and head, either of which may be missing; new ones change nothing."""
    if before is None or after is None:
        return (
            (_of(before, Kind.RELATION_REMOVED, f"source `{before.model.name}` is no longer declared"),)
            if before
            else ()
        )
    old, new = before.model.relation, after.model.relation
    found = []
    if old != new and before.placement != after.placement:
        text = f"source `{after.model.name}` is read from `{new}` instead of `{old}`"
        moved = _of(after, Kind.ROWS_SOURCE_CHANGED, text, before=str(old), after=str(new))
        # Readers are compared by the names of the base.
        found.append(_named(moved, before))
    return (*found, *_undeclared(before, after))


def _undeclared(before: BoundModel, after: BoundModel) -> tuple[Change, ...]:
    """Give the columns that are not declared any more, where others still are: else it is the documentation that went."""
    left = {column.name for column in after.model.columns}
    gone = [column.name for column in before.model.columns if left and column.name not in left]
    return tuple(
        _named(
            _of(
                after,
                Kind.COLUMN_REMOVED,
                f"column {name} of source `{after.model.name}` is no longer declared; whether the table still has it "
                "is not known",
                column=name,
                before=name,
                certainty=Certainty.UNDECIDED,
            ),
            before,
        )
        for name in gone
    )


def _of(
    bound: BoundModel,
    kind: Kind,
    message: str,
    *,
    column: str | None = None,
    before: str | None = None,
    after: str | None = None,
    certainty: Certainty = Certainty.PROVEN,
) -> Change:
    change = change_of(bound.model, kind, message, column=column, before=before, after=after)
    return replace(change, certainty=certainty, foreign=True)


def _named(change: Change, before: BoundModel) -> Change:
    return replace(change, relation=before.model.relation)
