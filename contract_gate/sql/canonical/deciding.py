"""Which parts of a query decide its rows: sources that add or drop some, and the branches of a UNION ALL."""

from collections.abc import Iterable
from dataclasses import replace

from contract_gate.sql.algebra import Query, Select, SetOperation, Source, Term
from contract_gate.sql.canonical.blocks import is_union_all, keeps_copies
from contract_gate.sql.canonical.joins import adds_no_row
from contract_gate.sql.canonical.shape import is_set
from contract_gate.sql.canonical.substitute import References
from contract_gate.sql.functions import set_returning
from contract_gate.sql.walk import nested, own_terms


def deciding_sources(query: Select, references: References) -> tuple[Source, ...]:
    """Give the sources that decide the rows: all but left joins that add no row and that no condition reads."""
    if not is_set(query.sources):
        return query.sources
    found = list(query.sources)
    rows = [term for output in query.outputs for term in set_returning(output.term)]
    while True:
        idle = [
            source
            for source in found
            if adds_no_row(source, query.sources) and not _decides(source, query, found, rows, references)
        ]
        if not idle:
            return tuple(found)
        found.remove(idle[-1])


def _decides(
    source: Source, query: Select, among: list[Source], rows: list[Term], references: References
) -> bool:
    others = tuple(other for other in among if other is not source)
    outputs = query.outputs if query.distinct == () else ()
    terms = [*own_terms(replace(query, sources=others, outputs=outputs)), *rows]
    return any(read[0] == source.id for read in references.of_block(terms, others))


def branches_of(query: SetOperation) -> list[Query]:
    """Give the branches of nested UNION ALLs, left to right."""
    found: list[Query] = []
    stack: list[Query] = [query.right, query.left]
    while stack:
        branch = stack.pop()
        if keeps_copies(branch):
            stack += [branch.right, branch.left]
        else:
            found.append(branch)
    return found


def branches_or_nested(query: Query) -> Iterable[Query]:
    """Give what is right inside of a query; a chain of UNION ALL is one thing with many branches."""
    if is_union_all(query):
        return branches_of(query)
    return nested(query)
