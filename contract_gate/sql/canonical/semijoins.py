"""Joins that only ask whether there is a match: as the condition EXISTS, however they are spelled."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from contract_gate.sql.algebra import Query, Select, Source, Term
from contract_gate.sql.canonical.conditions import (
    conjunction,
    conjuncts,
    is_null_test,
    rejects,
    with_plain_equalities,
)
from contract_gate.sql.canonical.grouping import ignores_copies
from contract_gate.sql.canonical.joins import equal_columns, keys_of
from contract_gate.sql.canonical.labels import base_label
from contract_gate.sql.canonical.shape import without_source
from contract_gate.sql.canonical.substitute import References
from contract_gate.sql.functions import is_never_null, is_volatile
from contract_gate.sql.walk import StoredNames, own_terms, parts

Finished = Callable[[Select], Query]
"""Brings a block into normal form."""


def anti_joined(block: Select, references: References, finished: Finished) -> Select:
    """`a LEFT JOIN b ON c … WHERE b.k IS NULL` keeps the rows of a without a match: `NOT EXISTS (… b WHERE c)`.

    Only where k is NULL in no match; nothing else may read b.
    """
    for source in block.sources:
        if source.join != "left" or source.on is None or source.lateral:
            continue
        tests = [c for c in conjuncts(block.where) if is_null_test(c) and _is_column_of(c.args[0], source)]
        if not any(is_null_without_match(source, test.args[0]) for test in tests):
            continue
        rest = [c for c in conjuncts(block.where) if not any(c is test for test in tests)]
        others = _without(block, source, rest)
        if not reads(others, source, references):
            matches = Select(sources=(replace(source, join="inner", on=None),), outputs=(), where=source.on)
            there = Term("exists", query=finished(matches))
            return replace(others, where=conjunction([*rest, Term("not", (there,), ("this",))]))
    return block


def is_null_without_match(source: Source, column: Term) -> bool:
    """Tell whether a column of a left join is NULL in no match: its condition is not true of a NULL there, or the query never gives one."""
    if source.on is not None and rejects(source.on, column):
        return True
    outputs = source.relation.outputs if isinstance(source.relation, Select) else ()
    given = next((output.term for output in outputs if output.name == column.value), None)
    # Oracle's '' is NULL.
    return given is not None and is_never_null(given) and (given.op, given.value) != ("string", "")


def semi_joined(block: Select, references: References, finished: Finished) -> Select:
    """An inner join on a key of what it joins, of which nothing else is read, keeps the rows that have a match: EXISTS."""
    if len(block.sources) < 2:
        return block
    asked = [found for source in block.sources if (found := _asked(block, source, references)) is not None]
    if not asked:
        return block
    stored = StoredNames()
    source, own, others = min(asked, key=lambda found: base_label(found[0].relation, stored))
    there = Term("exists", query=finished(Select(sources=(source,), outputs=(), where=conjunction(own))))
    return replace(others, where=conjunction([*conjuncts(others.where), there]))


def _asked(block: Select, source: Source, references: References) -> tuple[Source, list[Term], Select] | None:
    """Give the source with its conditions and the block without both, if it only asks for a match."""
    if source.join != "inner" or source.lateral:
        return None
    held = conjuncts(block.where)
    own = [c for c in held if any(number == source.id for number, _ in references.of([c]))]
    if is_volatile(parts(own)) or not (meets_one(source, own, block.sources) or ignores_copies(block)):
        return None
    others = _without(block, source, [c for c in held if not any(c is one for one in own)])
    alone = not any(other.join == "inner" for other in others.sources)
    return None if alone or reads(others, source, references) else (source, own, others)


def meets_one(source: Source, conditions: list[Term], sources: tuple[Source, ...]) -> bool:
    """Tell whether at most one row meets the conditions: an equality for every column of a key."""
    equal = equal_columns(source, conditions, sources)
    return any(key and key <= equal for key in keys_of(source.relation))


def reads(block: Select, source: Source, references: References) -> bool:
    """Tell whether the block reads a source that is none of its own (any more)."""
    found = references.of_block(own_terms(block), block.sources)
    return any(number == source.id for number, _ in found)


def _without(block: Select, source: Source, conditions: list[Term]) -> Select:
    return replace(without_source(block, source), where=conjunction(conditions))


def _is_column_of(term: Term, source: Source) -> bool:
    return term.op == "column" and term.source == source.id


def matched_plainly(block: Select) -> Select:
    """What a match is asked with is a plain equality where one of the two is surely not NULL."""
    held = conjuncts(block.where)
    changed = with_plain_equalities(held)
    return _filtered_by(block, [_matched_plainly(c, changed) for c in changed])


def _matched_plainly(condition: Term, beside: Sequence[Term]) -> Term:
    inner = condition.args[0] if condition.op == "not" else condition
    if inner.op != "exists" or not isinstance(inner.query, Select):
        return condition
    held = conjuncts(inner.query.where)
    filtered = _filtered_by(inner.query, with_plain_equalities(held, beside))
    if filtered is inner.query:
        return condition
    there = replace(inner, query=filtered)
    return there if inner is condition else replace(condition, args=(there,))


def _filtered_by(block: Select, conditions: Sequence[Term]) -> Select:
    """Put other conditions in the place of a block's own; the very same block where they are these."""
    if all(new is old for new, old in zip(conditions, conjuncts(block.where), strict=True)):
        return block
    return replace(block, where=conjunction(conditions))


def not_in_as_exists(block: Select) -> Select:
    """`x NOT IN (SELECT y …)` is `NOT EXISTS (SELECT … WHERE y = x)` where neither x nor y is NULL."""
    held = conjuncts(block.where)
    return _filtered_by(block, [_not_in(c, held) for c in held])


def _not_in(condition: Term, beside: Sequence[Term]) -> Term:
    inner = condition.args[0] if condition.op == "not" else condition
    query = inner.query
    if condition is inner or inner.op != "in_query" or len(inner.args) != 1 or not isinstance(query, Select):
        return condition
    tested, member = inner.args[0], query.outputs[0].term
    plain = replace(query, sources=query.sources, outputs=(), where=None, order=())
    if plain != Select(sources=query.sources, outputs=()) or is_volatile(parts([tested, member])):
        return condition
    there = any(rejects(other, tested) for other in beside)
    if not there or not any(rejects(c, member) for c in conjuncts(query.where)):
        return condition
    equal = Term("eq", (member, tested), ("this", "expression"))
    matches = replace(query, outputs=(), where=conjunction([*conjuncts(query.where), equal]))
    return Term("not", (Term("exists", query=matches),), ("this",))
