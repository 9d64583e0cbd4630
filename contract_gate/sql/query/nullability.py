"""Whether an expression can be NULL: yes, no, or not known (None)."""

from contract_gate.sql.algebra import Term
from contract_gate.sql.functions import TOTAL, is_never_null
from contract_gate.sql.query.scope import Scope


def is_nullable(term: Term, scope: Scope) -> bool | None:
    """Tell whether the value can be NULL in this block, after its outer joins."""
    if is_never_null(term):
        return False
    if term.op == "null":
        return True
    if term.op == "column":
        return _column(term, scope)
    inner = [is_nullable(arg, scope) for arg in term.args]
    if term.op == "coalesce":
        if any(value is False for value in inner):
            return False
        return None if None in inner else True
    if term.op in TOTAL and inner:
        if True in inner:
            return True
        return None if None in inner else False
    return None


def _column(term: Term, scope: Scope) -> bool | None:
    visible = scope.source(term.source)
    if visible is not None and visible.padded_with_nulls:
        return True
    column = visible.columns.get(term.value) if visible is not None else None
    return column.nullable if column is not None else None
