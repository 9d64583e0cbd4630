"""Queries that are only asked whether a row is there, or which values are: how often a row is there says nothing."""

from collections.abc import Callable
from dataclasses import replace

from contract_gate.sql.algebra import Query, Select, Source, Term
from contract_gate.sql.canonical.blocks import with_terms
from contract_gate.sql.canonical.conditions import (
    conjunction,
    conjuncts,
    is_null_test,
    rejects,
    says_not_null,
)
from contract_gate.sql.canonical.joins import adds_no_row
from contract_gate.sql.canonical.predicates import asks_for_match
from contract_gate.sql.canonical.semijoins import is_null_without_match, reads
from contract_gate.sql.canonical.shape import groups_plainly, is_plain, without_source
from contract_gate.sql.canonical.substitute import References
from contract_gate.sql.functions import is_volatile
from contract_gate.sql.walk import is_same, parts, replacing

Finished = Callable[[Select], Query]


def with_outer_conditions_outside(block: Select, references: References) -> Select:
    """`WHERE EXISTS (… o WHERE c AND a.x > 1)` keeps the rows of `WHERE a.x > 1 AND EXISTS (… o WHERE c)`.

    Only as a condition of WHERE: where `a.x > 1` is NULL the one is FALSE and the other NULL.
    """
    found, moved = [], False
    for condition in conjuncts(block.where):
        inner = condition.query
        if not asks_for_match(condition) or not isinstance(inner, Select) or not is_plain(inner):
            found.append(condition)
            continue
        own = {source.id for source in inner.sources}
        held = conjuncts(inner.where)
        outer = [c for c in held if own.isdisjoint(number for number, _ in references.of([c]))]
        rest = [c for c in held if not any(c is one for one in outer)]
        moved = moved or bool(outer)
        found += (
            [*outer, replace(condition, query=replace(inner, where=conjunction(rest)))]
            if outer
            else [condition]
        )
    return replace(block, where=conjunction(found)) if moved else block


def without_needless_tests(block: Select, finished: Finished) -> Select:
    """`JOIN (SELECT k, SUM(x) FROM b WHERE k IS NOT NULL GROUP BY k) q ON q.k = a.k`: the row of NULL would meet nothing."""
    for source in block.sources:
        inner = source.relation
        if not isinstance(inner, Select) or source.lateral or not inner.group or not groups_plainly(inner):
            continue
        met = conjuncts(source.on if source.join == "left" else block.where)
        names = {
            o.name
            for o in inner.outputs
            if any(rejects(c, Term("column", value=o.name, source=source.id)) for c in met)
        }
        keys = [
            o.term
            for o in inner.outputs
            if o.name in names and any(is_same(o.term, key) for key in inner.group)
        ]
        held = conjuncts(inner.where)
        rest = [
            c for c in held if not (says_not_null(c) and any(is_same(c.args[0].args[0], key) for key in keys))
        ]
        if len(rest) < len(held):
            less = finished(replace(inner, where=conjunction(rest)))
            return replace(
                block, sources=tuple(replace(s, relation=less) if s is source else s for s in block.sources)
            )
    return block


def matched_as_flag(block: Select, references: References, finished: Finished) -> Select:
    """`a LEFT JOIN (SELECT DISTINCT k FROM b) q ON q.k = a.k` of which only `q.k IS NULL` is read is `NOT EXISTS (… b …)`.

    Only where the join adds no row, and its condition is not true of a NULL in k, so that k is NULL in no match.
    """
    for source in block.sources:
        if not adds_no_row(source, block.sources) or source.on is None or is_volatile(parts([source.on])):
            continue
        others = without_source(block, source)
        if not reads(others, source, references):
            continue
        tested = _flagged(others, source, Term("boolean", value="true"))
        if tested is not others and not reads(tested, source, references):
            inner = Select(sources=(replace(source, join="inner", on=None),), outputs=(), where=source.on)
            return _flagged(others, source, Term("exists", query=finished(inner)))
    return block


def _flagged(block: Select, source: Source, there: Term) -> Select:
    on = source.on

    def change(term: Term) -> Term | None:
        if not is_null_test(term) or on is None:
            return None
        tested = term.args[0]
        is_own = tested.op == "column" and tested.source == source.id
        return Term("not", (there,), ("this",)) if is_own and is_null_without_match(source, tested) else None

    return with_terms(block, replacing(change))
