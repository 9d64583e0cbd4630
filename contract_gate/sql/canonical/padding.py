"""Outer joins whose padded rows decide nothing: a condition drops them, or aggregates skip them."""

from dataclasses import replace

from contract_gate.sql.algebra import Select, Source, Term
from contract_gate.sql.canonical.aggregates import value_of
from contract_gate.sql.canonical.blocks import is_computed_of
from contract_gate.sql.canonical.conditions import conjunction, conjuncts
from contract_gate.sql.canonical.joins import pads_with_nulls, rejects_null, strict_in
from contract_gate.sql.canonical.shape import is_set
from contract_gate.sql.canonical.terms import Simplifier
from contract_gate.sql.functions import NULL_OF_NO_ROWS, SKIPS_NULL, is_volatile
from contract_gate.sql.walk import is_same, own_references, parts


def without_needless_padding(
    sources: tuple[Source, ...], conditions: tuple[Term, ...], simplifier: Simplifier
) -> tuple[tuple[Source, ...], tuple[Term, ...]]:
    """Make a left join inner where a condition can't be true of the rows that it pads with NULLs.

    A condition that compares a strict term of the padded source is NULL for those rows, so they never pass. The ON
    becomes a condition, which may show the same of the next join.
    """
    while pads_with_nulls(simplifier.dialect) and any(source.join == "left" for source in sources):
        rejected: set[int] = set().union(*(rejects_null(condition) for condition in conditions))
        needless = {source.id for source in sources if source.join == "left" and source.id in rejected}
        if not needless or not is_set(sources):
            return sources, conditions
        for source in sources:
            if source.id in needless:
                conditions += simplifier.conjuncts(source.on)
        sources = tuple(replace(s, join="inner", on=None) if s.id in needless else s for s in sources)
    return sources, conditions


def without_padded_groups(block: Select, simplifier: Simplifier) -> Select:
    """Make a left join inner where HAVING can't be true of a group of rows that it pads.

    Either a group has padded rows alone or none, as all that the ON reads of the other sources is among the keys; or
    every aggregate skips the padded rows.
    """
    if not block.group or block.grouping is not None or block.having is None or not is_set(block.sources):
        return block
    if not pads_with_nulls(simplifier.dialect):
        return block
    dropped = _of_dropped_groups(block.having)
    for source in block.sources:
        on = simplifier.conjuncts(source.on)
        if source.join != "left" or source.id not in dropped or not on or source.lateral:
            continue
        if any(part.query is not None for part in parts(on)) or is_volatile(parts(on)):
            continue
        read = [(number, name) for number, name in own_references(on) if number != source.id]
        keys = {(key.source, key.value) for key in block.group if key.op == "column"}
        if set(read) <= keys or _skips(block, source.id):
            sources = tuple(replace(s, join="inner", on=None) if s is source else s for s in block.sources)
            where = conjunction((*simplifier.conjuncts(block.where), *on))
            return without_padded_groups(replace(block, sources=sources, where=where), simplifier)
    return block


def _of_dropped_groups(having: Term) -> set[int]:
    """Give the sources that HAVING is not true of when all of their columns are NULL in all rows of a group."""
    found: set[int] = set()
    for condition in conjuncts(having):
        found |= rejects_null(condition, NULL_OF_NO_ROWS) | _counted(condition)
    return found


def _counted(condition: Term) -> set[int]:
    """`COUNT(x) > 0`, or more, or exactly so many."""
    if condition.op not in ("lt", "lte", "eq", "neq") or len(condition.args) != 2:
        return set()
    pairs = [condition.args] if condition.op in ("lt", "lte") else [condition.args, condition.args[::-1]]
    for number, count in pairs:
        if number.op != "number" or not number.value.isdigit() or count.op != "count":
            continue
        if (condition.op in ("lte", "eq")) == (int(number.value) > 0) or condition.op == "lt":
            return _skipped_by(count)
    return set()


def _skipped_by(aggregate: Term) -> set[int]:
    """Give the sources whose rows an aggregate skips when all of their columns are NULL."""
    value = value_of(aggregate)
    return set() if value is None else _missing_with(value)


def _missing_with(term: Term) -> set[int]:
    if term.op != "case":
        return strict_in(term)
    results = [term.argument("default"), *term.arguments("then")]
    given = [_missing_with(result) for result in results if result is not None and result.op != "null"]
    return set.intersection(*given) if given else set()


def _skips(block: Select, source: int) -> bool:
    """Tell whether all that the block makes of a group is its keys, and aggregates that skip the rows without this source."""
    terms = [output.term for output in block.outputs]
    terms += [*conjuncts(block.having), *conjuncts(block.qualify), *block.order, *(block.distinct or ())]

    def given(term: Term) -> bool:
        is_key = any(is_same(term, key) for key in block.group or ())
        return is_key or (term.op in SKIPS_NULL and source in _skipped_by(term))

    return is_computed_of(terms, frozenset(s.id for s in block.sources), given)
