"""The values of generated rows: how they are written as DuckDB literals and how they are shown to people."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite

from contract_gate.core.values import dataclass


@dataclass(frozen=True, slots=True)
class Json:
    """A JSON document as text, apart from a string."""

    text: str


Value = (
    None | bool | int | float | str | Decimal | date | datetime | Json | list["Value"] | dict[str, "Value"]
)


def literal(value: object, kind: str) -> str:
    """Write a value as a DuckDB literal of the type; `value` may also be what `plain` made of one."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Json):
        return f"CAST({_quoted(value.text)} AS JSON)"
    if isinstance(value, list):
        items = ", ".join(literal(item, kind[:-2] if kind.endswith("[]") else "") for item in value)
        return f"CAST([{items}] AS {kind})" if kind else f"[{items}]"
    if isinstance(value, dict):
        fields = ", ".join(f"{_quoted(key)}: {literal(item, '')}" for key, item in value.items())
        return f"CAST({{{fields}}} AS {kind})" if kind else f"{{{fields}}}"
    if isinstance(value, int) and not kind.startswith("DOUBLE"):
        return str(value)
    text = str(value)
    if isinstance(value, str) and kind in ("VARCHAR", ""):
        return _quoted(text)
    if kind == "DATE":
        return f"DATE {_quoted(text[:10])}"
    return f"CAST({_quoted(text)} AS {kind})" if kind else _quoted(text)


def plain(value: object) -> object:
    """Turn a value of DuckDB or of a generated row into what JSON can hold: times as ISO 8601 text."""
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Decimal):
        return _plain_decimal(value)
    if isinstance(value, Json):
        return value.text
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [plain(item) for item in value]
    return value.hex() if isinstance(value, bytes) else str(value)


def comparable(value: object) -> object:
    """Turn a value of a result into one that equals another exactly when both mean the same.

    Floats keep nine digits, because sums depend on the order of rows; midnight equals its date, because a change
    of type alone is told by the schema.
    """
    if isinstance(value, bool) or value is None:
        return ("truth", value)
    if isinstance(value, int) and abs(value) >= 10**9:
        return ("number", str(value))
    if isinstance(value, int | float | Decimal):
        return ("number", f"{float(value) + 0.0:.9g}")
    if isinstance(value, datetime):
        return ("moment", value.isoformat())
    if isinstance(value, date):
        return ("moment", f"{value.isoformat()}T00:00:00")
    if isinstance(value, Mapping):
        return ("struct", tuple((str(key), comparable(item)) for key, item in value.items()))
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return ("list", tuple(comparable(item) for item in value))
    return (type(value).__name__, value if not isinstance(value, timedelta) else value.total_seconds())


def _plain_decimal(value: Decimal) -> object:
    if value == value.to_integral_value() and abs(value) < 2**53:
        return int(value)
    near = float(value)
    return near if Decimal(repr(near)) == value else str(value)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """Quote an identifier."""
    return '"' + name.replace('"', '""') + '"'


def first_line(error: Exception) -> str:
    """Give what an engine says first of an error, short enough for a report."""
    text = str(error).strip().splitlines()
    return text[0][:240] if text else type(error).__name__
