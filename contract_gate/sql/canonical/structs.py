"""Structs that an expression makes on the spot: which of their fields are left when only some are asked for."""

from dataclasses import replace

from contract_gate.core.relation import Fields
from contract_gate.sql.algebra import Select, Term

_WRAPPING = frozenset({"array", "arrayagg", "order", "limit", "anyvalue", "bracket", "ignorenulls"})


def with_fields(term: Term, kept: Fields) -> Term:
    """Leave out all other fields of a struct, also of one in an array that is made on the spot."""
    names = {column.name: column for column in kept.columns}
    if term.op == "struct":
        pairs = [
            (_narrowed(arg, names[arg.value].fields), slot)
            for arg, slot in term.slotted()
            if arg.value in names
        ]
        return term.of_slotted(pairs)
    if term.op in _WRAPPING and term.args:
        return replace(term, args=(with_fields(term.args[0], kept), *term.args[1:]))
    if term.op == "scalar" and isinstance(term.query, Select):
        outputs = tuple(output for output in term.query.outputs if output.name in names)
        return replace(term, query=replace(term.query, outputs=outputs))
    return term


def _narrowed(arg: Term, kept: Fields | None) -> Term:
    if kept is None or arg.op != "named":
        return arg
    return replace(arg, args=(with_fields(arg.args[0], kept),))
