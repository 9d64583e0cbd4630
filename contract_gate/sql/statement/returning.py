"""What INSERT, UPDATE, DELETE and MERGE name beside their rows: the key that knows a row again, and what they give back."""

from collections.abc import Iterable
from dataclasses import replace

from sqlglot import exp

from contract_gate.sql.keys import NeedKind
from contract_gate.sql.query.place import Place
from contract_gate.sql.query.scope import Scope
from contract_gate.sql.statement.indexing import part_of_key, read_expressions


def read_conflict_key(conflict: exp.OnConflict, place: Place) -> None:
    """Hold `ON CONFLICT (key) WHERE predicate` against the target, which is in sight."""
    _read([part_of_key(key) for key in conflict.args.get("conflict_keys") or ()], place)
    predicate = conflict.args.get("index_predicate")
    _read([predicate.this] if isinstance(predicate, exp.Where) else [], place)
    shape = place.scope.sources[0].stored if place.scope.sources else None
    named = conflict.args.get("constraint")
    keys = [
        *(conflict.args.get("conflict_keys") or ()),
        *([predicate] if isinstance(predicate, exp.Where) else []),
    ]
    columns = {place.binding.name(part) for key in keys for part in part_of_key(key).find_all(exp.Identifier)}
    name = place.binding.name(named) if isinstance(named, exp.Identifier) else ""
    if shape is not None and (columns or name):
        place.binding.ask(NeedKind.CONFLICT, shape.name, conflict, columns=columns, name=name)


def read_returned(node: exp.Expr, place: Place) -> None:
    """Hold RETURNING and OUTPUT against the target, the first in sight, as it was (`old`, `deleted`) or is."""
    returning = node.args.get("returning")
    if not isinstance(returning, exp.Returning) or not place.scope.sources:
        return
    target = place.scope.sources[0]
    target.qualifiers += (("inserted",), ("deleted",), ("old",), ("new",))
    if place.binding.dialect == "duckdb":
        # Only the target is in sight (run in DuckDB).
        place = replace(place, scope=Scope(place.scope.dialect, sources=[target]))
    _read([each for each in returning.expressions if not each.is_star], place)


def _read(items: Iterable[exp.Expr], place: Place) -> None:
    """Read expressions for the names in them; what is not understood of them decides no row."""
    problems = place.binding.problems
    known = len(problems)
    read_expressions(items, place)
    problems[known:] = [each for each in problems[known:] if each.name]
