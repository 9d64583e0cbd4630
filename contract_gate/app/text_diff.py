"""One pair of texts: what changed between them, and rows that show it where DuckDB is installed.

`contract_gate.compare.changes` compares; here its answer meets the witness. Rows that differ overrule "no change"; rows that
were not found prove nothing.
"""

from dataclasses import replace

from contract_gate.app.confirmation.marking import explained
from contract_gate.compare.changes.api import Difference
from contract_gate.compare.changes.api import diff as compare
from contract_gate.compare.changes.change import Certainty, Change, ChangeClass, Kind, Witness
from contract_gate.compare.changes.kinds import class_of, describe
from contract_gate.reports.rows import json_value
from contract_gate.sql.declared import Schema, shapes_of
from contract_gate.witness import Budget, Found, RowQuestion, TableShape, search

BUDGET = Budget(seconds=2.0, trials=200)
"""What a pair may cost: a person waits for it."""
_WITHOUT_ROWS = frozenset({ChangeClass.SCHEMA})
_UNTOLD = "rows were found on which the two differ"


def diff(
    before: str,
    after: str,
    dialect: str | None = None,
    schema: Schema | None = None,
    *,
    witness: bool = True,
    budget: Budget = BUDGET,
) -> Difference:
    """Compare two texts; see `contract_gate.diff`. Raises ValueError for a dialect that sqlglot does not know."""
    found = compare(before, after, dialect, schema)
    classes = {change.change_class for change in found.changes}
    if not witness or before == after or (classes and classes <= _WITHOUT_ROWS):
        return found
    name = dialect or ""
    answer = search(
        RowQuestion(before=before, after=after, dialect=name, tables=_shapes(schema or {}, name)), budget
    )
    return witnessed(found, answer) if isinstance(answer, Found) else found


def witnessed(difference: Difference, found: Found) -> Difference:
    """Put the rows where they belong: on what changes the rows, else on the columns whose values differ.

    Where nothing told so far explains them, they are a change of their own.
    """
    shown = _plain(found.witness)
    decided = [change for change in difference.changes if change.change_class is not ChangeClass.UNDECIDED]
    chosen = explained(decided, found)
    # Where the engine saw no cause for what DuckDB shows, what it could not decide, or took for the same, is decided now.
    changes = [
        replace(change, certainty=Certainty.WITNESSED, witness=shown) if change in chosen else change
        for change in (difference.changes if chosen else decided)
    ]
    changes += [] if chosen else _untold(found, shown)
    return Difference(changes=tuple(sorted(changes, key=lambda change: change.change_class.rank)))


def _untold(found: Found, shown: Witness) -> list[Change]:
    if found.rows_differ:
        return [_shown(Kind.ROWS_SOURCE_CHANGED, None, shown)]
    return [_shown(Kind.COLUMN_VALUES_CHANGED, column, shown) for column in found.columns]


def _shown(kind: Kind, column: str | None, shown: Witness) -> Change:
    return Change(
        kind=kind,
        change_class=class_of(kind),
        certainty=Certainty.WITNESSED,
        message=f"{describe(kind, column=column)}: {_UNTOLD}",
        column=column,
        witness=shown,
    )


def _shapes(schema: Schema, dialect: str) -> tuple[TableShape, ...]:
    return tuple(
        TableShape(name=shape.name, columns=shape.columns, closed=True)
        for shape in shapes_of(schema, dialect)
    )


def _plain(witness: Witness) -> Witness:
    """Turn the database's values into those that JSON has."""

    def rows(given: tuple[dict[str, object], ...]) -> tuple[dict[str, object], ...]:
        return tuple({name: json_value(value) for name, value in row.items()} for row in given)

    return replace(
        witness,
        tables=tuple((name, rows(given)) for name, given in witness.tables),
        before=rows(witness.before),
        after=rows(witness.after),
    )
