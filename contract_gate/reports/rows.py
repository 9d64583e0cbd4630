"""A witness's rows as tables of texts, and as JSON values."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from contract_gate.compare.changes.change import Change, Witness
from contract_gate.core.values import dataclass, replace
from contract_gate.reports.basis import count

JsonValue: TypeAlias = bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"] | None

ROWS = 5
"""How many rows of a table the readable formats show; the JSON report has them all."""
_EXACT = 2**53
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A small table. `more` counts the rows that are left out, `hidden` the columns; `telling` ones go last."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    more: int
    hidden: int = 0
    telling: frozenset[str] = frozenset()

    @property
    def rest(self) -> str:
        """Count what is left out: `+2 more rows, +7 more columns`; empty where nothing is."""
        counts = ((self.more, "row"), (self.hidden, "column"))
        return ", ".join(f"+{number} more {noun}{'s' * (number > 1)}" for number, noun in counts if number)

    def narrowed(self, fits: Callable[["Table"], bool]) -> "Table":
        """Leave whole columns out, the last first and the telling ones at the end, until it fits."""
        table = self
        while len(table.columns) > 1 and not fits(table):
            places = range(len(table.columns))
            plain = [place for place in places if table.columns[place] not in table.telling]
            table = table._without(max(plain or places))
        return table

    def _without(self, place: int) -> "Table":
        return replace(
            self,
            columns=self.columns[:place] + self.columns[place + 1 :],
            rows=tuple(row[:place] + row[place + 1 :] for row in self.rows),
            hidden=self.hidden + 1,
        )


def claim(change: Change, witness: Witness) -> str:
    """Say what the rows show: "with these 2 orders, `fct_orders` goes from 3 rows to 2"."""
    name = f"`{change.relation.name}`" if change.relation is not None else "the result"
    before, after = len(witness.before), len(witness.after)
    given = _given(witness)
    if before != after:
        return f"{given}, {name} goes from {_rows(before)} to {after or 'none'}"
    if change.column is None:
        return f"{given}, {name} has other rows"
    whose = f"`{change.relation.name}.{change.column}`" if change.relation else f"`{change.column}`"
    if before == 1:
        old, new = (_cell(rows[0], change.column) for rows in (witness.before, witness.after))
        return f"{given}, {whose} goes from {old} to {new}"
    return f"{given}, {whose} has other values"


def assumption(witness: Witness) -> str:
    """Say what the difference needs that nobody declared, empty where it needs nothing."""
    return f"the same unless {', and '.join(witness.assumes)}" if witness.assumes else ""


def tables(witness: Witness, change: Change | None = None) -> tuple[Table, ...]:
    """Give the input tables, then the result before and after, as texts.

    A column tells something where the two results differ in it, or the change's text names it.
    """
    before, after = _table("before", witness.before), _table("after", witness.after)
    shown = (*(_table(f"with {name}", rows) for name, rows in witness.tables), before, after)
    named = {change.column, *_WORD.findall(f"{change.before} {change.after}")} if change else set()
    differing = {
        name for name in (*before.columns, *after.columns) if _values(before, name) != _values(after, name)
    }
    told = differing if len(witness.before) == len(witness.after) else set()
    return tuple(
        replace(table, telling=frozenset(name for name in table.columns if name in named | told))
        for table in shown
    )


def difference(witness: Witness, change: Change, columns: int = 5) -> Table:
    """Give one small table of what the rows show: the columns that differ, or that tell which row is meant.

    Where both sides have as many rows, a cell that differs shows both values; else `-` is a row that is gone, `+` a new one.
    """
    *_, before, after = tables(witness, change)
    names = tuple(dict.fromkeys((*before.columns, *after.columns)))
    if len(witness.before) == len(witness.after):
        pairs = zip(witness.before, witness.after, strict=True)
        rows = tuple(tuple(_both(*pair, name) for name in names) for pair in pairs if pair[0] != pair[1])
    else:
        gone, new = _only(witness.before, witness.after), _only(witness.after, witness.before)
        names = ("", *names)
        signed = [("-", row) for row in gone] + [("+", row) for row in new]
        rows = tuple((sign, *(_cell(row, name) for name in names[1:])) for sign, row in signed)
    table = Table(
        title="difference",
        columns=names,
        rows=rows[:ROWS],
        more=max(0, len(rows) - ROWS),
        telling=before.telling | after.telling | {""},
    )
    return table.narrowed(lambda one: len(one.columns) <= columns)


def _both(before: Mapping[str, object], after: Mapping[str, object], name: str) -> str:
    old, new = _cell(before, name), _cell(after, name)
    return old if old == new else f"{old or '(none)'} → {new or '(none)'}"


def _only(
    rows: Sequence[Mapping[str, object]], others: Sequence[Mapping[str, object]]
) -> list[Mapping[str, object]]:
    """Give the rows that the other side has not, each as often as it is more there."""
    left = list(others)
    found = []
    for row in rows:
        if row in left:
            left.remove(row)
        else:
            found.append(row)
    return found


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


def _given(witness: Witness) -> str:
    held = [(name, len(rows)) for name, rows in witness.tables if rows]
    if not held:
        return "without any row"
    if len(held) == 1:
        name, number = held[0]
        return (
            f"with these {number} {name}"
            if number > 1 and name.endswith("s")
            else f"with {_rows(number)} of {name}"
        )
    counted = [
        f"{number} of {name}" if place else f"{_rows(number)} of {name}"
        for place, (name, number) in enumerate(held)
    ]
    return f"with {', '.join(counted[:-1])} and {counted[-1]}"


def _rows(number: int) -> str:
    return count(number, "row") if number else "no rows"


def _table(title: str, rows: Sequence[Mapping[str, object]]) -> Table:
    columns = tuple(dict.fromkeys(name for row in rows for name in row))
    shown = tuple(tuple(_cell(row, column) for column in columns) for row in rows[:ROWS])
    return Table(title=title, columns=columns, rows=shown, more=max(0, len(rows) - ROWS))


def _values(table: Table, name: str) -> list[str]:
    if name not in table.columns:
        return []
    place = table.columns.index(name)
    return [row[place] for row in table.rows]


def _cell(row: Mapping[str, object], column: str) -> str:
    value = row.get(column)
    if value is None:
        return "NULL" if column in row else ""
    return f"'{value}'" if isinstance(value, str) else str(value)
