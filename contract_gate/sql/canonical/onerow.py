"""Joins with a query that has one row, whatever its tables hold: each of its columns is a value that a subquery gives."""

from collections.abc import Callable
from dataclasses import replace

from contract_gate.sql.algebra import Query, Select, Source, Term
from contract_gate.sql.canonical.shape import has_one_row, reads_whole, without_source
from contract_gate.sql.canonical.substitute import References, Substitution
from contract_gate.sql.functions import is_volatile
from contract_gate.sql.walk import children_first, own_terms, parts


def as_values(block: Select, references: References, finished: Callable[[Select], Query]) -> Select:
    """`FROM t CROSS JOIN (SELECT AVG(x) AS m FROM u) a` with `a.m` is `(SELECT AVG(x) FROM u)` over t: it adds no row."""
    single = [source for source in block.sources if _is_single(source, block, references)]
    if not single or len(single) == len(block.sources):
        return block
    source = single[0]
    relation = source.relation
    assert isinstance(relation, Select)  # noqa: S101 - `_is_single` has seen to it
    values = {
        output.name: Term("scalar", query=finished(replace(relation, outputs=(output,), order=())))
        for output in relation.outputs
    }
    by_name = Substitution(lambda term: values.get(term.value), frozenset({source.id}), references)
    return by_name.select(without_source(block, source))


def _is_single(source: Source, block: Select, references: References) -> bool:
    relation = source.relation
    if (
        source.join != "inner"
        or source.lateral
        or not isinstance(relation, Select)
        or not has_one_row(relation)
    ):
        return False
    if references.free(relation) or any(is_volatile(parts(own_terms(q))) for q in children_first(relation)):
        return False
    names = [output.name for output in relation.outputs]
    return len(set(names)) == len(names) and not reads_whole(block, source)
