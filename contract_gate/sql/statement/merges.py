"""MERGE: what each of its branches writes, and of which rows."""

import re
from collections.abc import Iterator
from dataclasses import replace

from sqlglot import exp

from contract_gate.sql.algebra import Output, Select, Term
from contract_gate.sql.families import SPARK
from contract_gate.sql.query.binding import Binding
from contract_gate.sql.query.place import Place
from contract_gate.sql.query.queries import bind_ctes
from contract_gate.sql.query.scope import Scope, Visible
from contract_gate.sql.query.sources import add_source
from contract_gate.sql.query.terms import to_term
from contract_gate.sql.script import BoundStatement
from contract_gate.sql.statement.returning import read_returned
from contract_gate.sql.statement.rowchanges import (
    add_target,
    assignments,
    binding_target,
    check_assigned,
)
from contract_gate.sql.statement.widths import check_count


def bind_merge(binding: Binding, node: exp.Merge) -> Iterator[BoundStatement]:
    """Bind a MERGE: `assigns` are what its branches write, in their order; their conditions are modifiers."""
    table = node.this
    if not isinstance(table, exp.Table):
        binding.report("unsupported", "this MERGE names no table", node)
        yield BoundStatement(kind="other")
        return
    place = Place(binding, bind_ctes(binding, node, {}, None), Scope(binding.dialect))
    add_target(table, place)
    add_source(node.args["using"], "merge", place)
    condition = node.args.get("on") or _same_names(node, table)
    on = to_term(condition, place.within("on")) if isinstance(condition, exp.Expr) else None
    assigns: list[Output] = []
    guards: list[Term] = []
    branches: list[int] = []
    for when in node.args["whens"].expressions:
        given = tuple(_when(when, place, guards))
        assigns.extend(given)
        branches += [len(guards)] * len(given)
    last = place.scope.sources[-1]
    last.source = replace(last.source, on=on)
    target = binding_target(place) or binding.relation(table)
    read_returned(node, place)
    sources = tuple(visible.source for visible in place.scope.sources)
    query = Select(sources=sources, outputs=_of_branches(assigns, branches), modifiers=tuple(guards))
    yield BoundStatement(kind="merge", targets=(target,), query=query, assigns=tuple(assigns))


def _same_names(node: exp.Merge, target: exp.Table) -> exp.Expr | None:
    """DuckDB: `MERGE INTO t USING s USING (a)` matches what both have."""
    sides = (target.alias_or_name, node.args["using"].alias_or_name)
    names = [name for name in node.args.get("using_cond") or () if isinstance(name, exp.Identifier)]
    pairs = [[exp.column(name.copy(), table=side or None) for side in sides] for name in names]
    return exp.and_(*(exp.EQ(this=one, expression=other) for one, other in pairs)) if pairs else None


def _of_branches(assigns: list[Output], branches: list[int]) -> tuple[Output, ...]:
    """Say with each value in which WHEN it is written: the same assignment elsewhere is of other rows."""
    return tuple(
        output
        if output.term.op == "star"
        else replace(output, term=Term("assigned", (output.term,), ("this",), str(branch)))
        for output, branch in zip(assigns, branches, strict=True)
    )


def _when(when: exp.Expr, place: Place, guards: list[Term]) -> Iterator[Output]:
    condition, then = when.args.get("condition"), when.args.get("then")
    matched = "matched" if when.args.get("matched") else "not matched"
    seen = place
    if when.args.get("source"):
        matched += " by source"
        seen = _seeing(place, place.scope.sources[0])
    elif matched == "not matched":
        seen = _seeing(place, place.scope.sources[-1])
    args = (to_term(condition, seen),) if isinstance(condition, exp.Expr) else ()
    action = then.key if isinstance(then, exp.Expr) else str(then)
    action = then.name.lower() if isinstance(then, exp.Var) else action
    guards.append(Term("when", args, ("condition",) * len(args), f"{matched} {action} {len(guards) + 1}"))
    if isinstance(then, exp.Update):
        starred = isinstance(then.args.get("expressions"), exp.Star) or any(
            isinstance(item, exp.Star) for item in then.expressions
        )
        if starred:
            yield from _all_by_name(place, when)
        else:
            yield from assignments(then.expressions, seen, place.scope.sources[0])
    elif isinstance(then, exp.Insert):
        yield from _merge_insert(then, place, seen)


def _seeing(place: Place, visible: Visible) -> Place:
    """Where there is no row on the other side, a bare name can mean this side only."""
    return replace(place, scope=Scope(place.scope.dialect, parent=place.scope, sources=[visible]))


def _merge_insert(then: exp.Insert, place: Place, seen: Place) -> Iterator[Output]:
    names, values = then.this, then.args.get("expression")
    if isinstance(names, exp.Star) or (names is None and values is None) or _is_row(names, values):
        if _is_row(names, values):
            _check_row(place, then)
        yield from _all_by_name(place, then)
        return
    given = values.expressions if isinstance(values, exp.Tuple) else []
    targets = names.expressions if isinstance(names, exp.Tuple) else []
    target = place.scope.sources[0]
    if not given and len(targets) == 1 and targets[0].name.upper() == "VALUES":
        targets, given = (
            [],
            targets[0].expressions,
        )  # the parser takes `INSERT VALUES (…)` for a list of columns
    if targets and len(targets) != len(given):
        text = f"{len(targets)} columns to insert into, {len(given)} given"
        place.binding.report("column-count", text, then, True)
    elif not targets and target.stored is not None and target.closed:
        check_count(place.binding, len(given), target.stored.name, target.columns.values(), then)
    for index, value in enumerate(given):
        term = to_term(value, seen)
        if index < len(targets):
            part = targets[index].parts[-1] if isinstance(targets[index], exp.Column) else targets[index]
            name = place.binding.name(part)
            check_assigned(name, part, target, place, value)
            line, column = place.binding.position(part)
            yield Output(name=name, term=term, line=line, column=column)
        else:
            known = list(target.columns)
            yield Output(name=known[index] if index < len(known) else f"_{index + 1}", term=term)


_EVOLVING = re.compile(r"schema\s+evolution|automerge", re.IGNORECASE)
"""Databricks leaves out what the source lacks where the schema may evolve.
https://docs.databricks.com/aws/en/sql/language-manual/delta-merge-into"""


def _check_row(place: Place, node: exp.Expr) -> None:
    """BigQuery's `INSERT ROW` gives the source's columns by position."""
    source, target = place.scope.sources[-1], place.scope.sources[0]
    is_known = source.closed and target.closed
    if target.stored is not None and is_known and len(source.columns) != len(target.columns):
        name = target.stored.name
        text = f"`{name}` has {len(target.columns)} columns, a row of {len(source.columns)} is inserted"
        place.binding.report("column-count", text, _source_of(node), True, "insert row", (name,))


def _is_row(names: exp.Expr | None, values: exp.Expr | None) -> bool:
    """BigQuery's `INSERT ROW`."""
    return any(isinstance(part, exp.Expr) and part.name.upper() == "ROW" for part in (names, values))


def _source_of(node: exp.Expr) -> exp.Expr | None:
    merge = node.find_ancestor(exp.Merge)
    return merge.args.get("using") if merge is not None else None


def _all_by_name(place: Place, node: exp.Expr) -> Iterator[Output]:
    """UPDATE SET * and INSERT *: the source's columns by name, which must be all of the target's."""
    source, target = place.scope.sources[-1], place.scope.sources[0]
    is_fixed = place.binding.dialect in SPARK and _EVOLVING.search(place.binding.text) is None
    if (
        is_fixed
        and source.closed
        and source.stored is not None
        and target.stored is not None
        and target.closed
    ):
        for name in target.columns.keys() - source.columns.keys():
            text = f"`{name}` of `{target.stored.name}` is not a column of `{source.stored.name}`"
            place.binding.report("unknown-column", text, _source_of(node), True, name, (source.stored.name,))
    if source.stored is not None:
        place.binding.read(source.stored.name, None, None, star=True)
    for name in source.columns if source.closed else ():
        yield Output(name=name, term=source.reference(name))
    if not source.closed:
        yield Output(name="*", term=Term("star", source=source.id))
