"""Rows as people and JSON see them."""

from contract_gate.witness.comparison import Result
from contract_gate.witness.question import ResultShape
from contract_gate.witness.values import plain


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
