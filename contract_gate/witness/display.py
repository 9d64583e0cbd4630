"""Rows as people and JSON see them."""

from contract_gate.compare.changes.change import Witness
from contract_gate.witness.comparison import Result
from contract_gate.witness.question import ResultShape
from contract_gate.witness.rules import Rows
from contract_gate.witness.values import plain


def shown_witness(
    rows: Rows,
    inputs: tuple[ResultShape, ...],
    results: tuple[Result, Result],
    outputs: tuple[ResultShape, ResultShape],
    assumes: tuple[str, ...] = (),
) -> Witness:
    """Show the rows of the tables, and what both sides make of them."""
    before, after = map(shown_rows, results, outputs)
    tables = tuple((shape.name, tuple(shown(row, shape) for row in rows[shape.name])) for shape in inputs)
    return Witness(tables=tables, before=before, after=after, assumes=assumes)


def shown_rows(rows: Result, shape: ResultShape) -> tuple[dict[str, object], ...]:
    """Show a result in an order that doesn't depend on the engine."""
    return tuple(sorted((shown(row, shape) for row in rows), key=repr))


def shown(row: tuple[object, ...], shape: ResultShape) -> dict[str, object]:
    """Show a row as column → value that JSON can hold; a name that repeats gets a number."""
    shown: dict[str, object] = {}
    for (name, _), value in zip(shape.columns, row, strict=True):
        key, number = name, 1
        while key in shown:
            number += 1
            key = f"{name}_{number}"
        shown[key] = plain(value)
    return shown
