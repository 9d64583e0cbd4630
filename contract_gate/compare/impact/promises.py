"""What a data contract promises of a column beyond its being there: its type, that it is never NULL, that a value occurs once."""

import re

from contract_gate.compare.changes.change import Certainty, Change, ChangeClass, Kind
from contract_gate.compare.changes.kinds import Trait, has
from contract_gate.core.relation import caseless
from contract_gate.core.world import HeldColumn, Model
from contract_gate.sql.statement.definition import Definition
from contract_gate.sql.types import is_same_type, type_class

_WORD = re.compile(r"\w+")
_OF_TIME = re.compile(r"timestamp|datetime", re.IGNORECASE)
_UNIQUE = re.compile(r"unique|primary", re.IGNORECASE)


def broken_promise(
    model: Model, change: Change, sides: tuple[Definition | None, Definition | None]
) -> tuple[str, HeldColumn, Certainty] | None:
    """Say which promise of a reader a change of what it reads breaks, and how sure that is; None where it breaks none.

    `sides` are what the relation is at base and head.
    """
    promised = {caseless(column.name): column for column in model.held_to}
    column = promised.get(caseless(change.column or ""))
    is_retyped = column is not None and has(change.kind, Trait.RETYPED)
    if column is not None and is_retyped and is_another_type(column, change.after, model.dialect):
        return (
            f"it promises `{column.name}` as {column.type}, and gets {change.after}",
            column,
            change.certainty,
        )
    for name, each in promised.items():
        is_meant = each is column or (column is None and change.change_class is ChangeClass.ROWS)
        if each.required and is_meant and _may_be_null_now(name, change, sides):
            return f"it promises that `{each.name}` is never NULL", each, change.certainty
    of_grain = change.kind is Kind.GRAIN_CHANGED
    if of_grain or (change.kind is Kind.CONSTRAINT_REMOVED and _UNIQUE.match(change.before or "")):
        lost = set(_WORD.findall((change.before or "").lower()))
        unique = [each for name, each in promised.items() if each.unique and (of_grain or name in lost)]
        if unique:
            return (
                f"it promises that a value of `{unique[0].name}` occurs once",
                unique[0],
                Certainty.POSSIBLE,
            )
    return None


def _may_be_null_now(name: str, change: Change, sides: tuple[Definition | None, Definition | None]) -> bool:
    if change.kind is Kind.COLUMN_NULLABLE:
        return True
    known = [
        output.nullable
        for side in sides
        for output in (side.outputs if side is not None else ())
        if caseless(output.name) == name
    ]
    return len(known) == len(sides) and known[0] is not True and known[1] is True


def is_another_type(column: HeldColumn, after: str | None, dialect: str) -> bool:
    """An engine's type is held as the engine keeps it, a contract's own by its class."""
    if column.type is None or after is None:
        return False
    promised, given = type_class(column.type.upper()), type_class(after)
    if column.is_logical:
        loses_time = _OF_TIME.match(column.type) is not None and after.upper() == "DATE"
        return (promised is not None and given is not None and promised != given) or loses_time
    return not is_same_type(column.type.upper(), after, dialect)
