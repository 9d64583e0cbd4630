"""A witness's rows as tables of texts, and as JSON values."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from contract_gate.changes.change import Witness

JsonValue: TypeAlias = bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"] | None

ROWS = 5
"""How many rows of a table the readable formats show; the JSON report has them all."""
_EXACT = 2**53


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A small table. `more` counts the rows that are left out."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    more: int


def tables(witness: Witness) -> tuple[Table, ...]:
    """Give the input tables, then the result before and after, as texts."""
    inputs = [_table(f"with {name}", rows) for name, rows in witness.tables]
    return (*inputs, _table("before", witness.before), _table("after", witness.after))


def json_value(value: object) -> JsonValue:
    """Turn a database's value into JSON without losing digits: what JSON can't hold becomes text."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if abs(value) < _EXACT else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {str(key): json_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [json_value(item) for item in value]
    return value.hex() if isinstance(value, bytes) else str(value)


def _table(title: str, rows: Sequence[Mapping[str, object]]) -> Table:
    columns = tuple(_distinct(name for row in rows for name in row))
    shown = tuple(tuple(_cell(row, column) for column in columns) for row in rows[:ROWS])
    return Table(title=title, columns=columns, rows=shown, more=max(0, len(rows) - ROWS))


def _distinct(names: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys(names)


def _cell(row: Mapping[str, object], column: str) -> str:
    value = row.get(column)
    if value is None:
        return "NULL" if column in row else ""
    return f"'{value}'" if isinstance(value, str) else str(value)
