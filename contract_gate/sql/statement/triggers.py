"""CREATE TRIGGER, bound: the columns that it and its function name of the row that fires it."""

import re
from collections.abc import Iterator

from sqlglot import exp

from contract_gate.sql.comments import without_noise
from contract_gate.sql.names import fold_column
from contract_gate.sql.query.binding import Binding
from contract_gate.sql.query.calls import called_name, find_routine
from contract_gate.sql.query.place import Place
from contract_gate.sql.query.scope import Scope, Visible
from contract_gate.sql.query.sources import add_source
from contract_gate.sql.query.terms import to_term
from contract_gate.sql.script import BoundStatement

TRIGGERS = frozenset({"TRIGGER", "CONSTRAINT TRIGGER"})
_OF_ROW = re.compile(r"(?<![\w.\"])(?:new|old)\s*\.\s*(?:\"([^\"]+)\"|(\w+))", re.IGNORECASE)


def bind_trigger(binding: Binding, node: exp.Create) -> Iterator[BoundStatement]:
    """Bind a trigger: its function fails with a column of the row that it names and the table does not have."""
    for given in node.find_all(exp.TriggerProperties):
        place = Place(binding, {}, Scope(binding.dialect))
        add_source(given.args["table"], "from", place)
        binding.scanned.clear()  # it reads no rows that a lineage could show
        row = place.scope.sources[0]
        row.qualifiers += (("new",), ("old",))
        for event in given.args.get("events") or ():
            for column in event.args.get("columns") or ():
                to_term(column, place)
        if isinstance(given.args.get("when"), exp.Expr):
            to_term(given.args["when"], place)
        _check_function(binding, given.args["execute"].this, row, given.args["table"])
    yield BoundStatement(kind="other")


def row_names(binding: Binding, node: exp.Create, returns: exp.Expr | None) -> frozenset[str]:
    """Give the columns that the body of a trigger's function names by NEW and OLD."""
    body = node.args.get("expression")
    if returns is None or returns.sql().lower() != "trigger" or not isinstance(body, exp.Expr):
        return frozenset()
    found = _OF_ROW.findall(without_noise(body.name))
    return frozenset(fold_column(quoted or bare, bool(quoted), binding.dialect) for quoted, bare in found)


def _check_function(binding: Binding, call: exp.Expr, row: Visible, table: exp.Table) -> None:
    name = called_name(call, binding)
    bare = call.copy()
    bare.set("expressions", [])  # what a trigger gives its function are no arguments of it
    bare.parent = call.parent
    routine = find_routine(name, bare, binding) if name is not None else None
    if routine is None or row.stored is None:
        return
    named = frozenset[str]().union(*(signature.of_row for signature in routine.signatures))
    for column in sorted(named):
        if row.may_have(column):
            binding.read(row.stored.name, column, table)
        else:
            message = f"`{routine.name}` names `{column}` of the row, which `{row.stored.name}` does not have"
            binding.report("unknown-column", message, table, True, column, (row.stored.name,))
