"""Keeping some of a query's outputs, in any order, under any names."""

from collections.abc import Callable
from dataclasses import replace

from contract_gate.sql.algebra import Output, Query, Select, Source, Term
from contract_gate.sql.canonical.blocks import keeps_copies
from contract_gate.sql.canonical.conditions import NULL
from contract_gate.sql.functions import set_returning
from contract_gate.sql.walk import children_first, passed_on, sources_of


def project(
    query: Query,
    indexes: tuple[int | None, ...],
    names: tuple[str, ...] = (),
    next_id: Callable[[], int] | None = None,
) -> Query:
    """Keep these outputs, in this order; None is a column of NULLs. `next_id` numbers the sources of a nested query."""
    if isinstance(query, Select) and query.distinct != ():
        outputs = tuple(_null_output() if index is None else query.outputs[index] for index in indexes)
        dropped = [o.term for i, o in enumerate(query.outputs) if i not in indexes]
        rows = tuple(Term("set_returning", (t,), ("this",)) for term in dropped for t in set_returning(term))
        return replace(query, outputs=renamed(outputs, names), modifiers=query.modifiers + rows)
    if keeps_copies(query) and not query.by_name and None not in indexes:
        outputs = tuple(query.outputs[index] for index in indexes if index is not None)
        left, right = (project(branch, indexes, (), next_id) for branch in (query.left, query.right))
        return replace(query, left=left, right=right, outputs=renamed(outputs, names))
    return over(query, indexes, names, next_id() if next_id is not None else _highest_id(query) + 1)


def over(query: Query, indexes: tuple[int | None, ...], names: tuple[str, ...], number: int) -> Select:
    """Project a query that keeps all of its outputs: a block over it, whose source has this number."""
    source, passed = named_apart(query, number)
    outputs = tuple(
        _null_output() if i is None else replace(query.outputs[i], term=passed[i]) for i in indexes
    )
    return Select(sources=(source,), outputs=renamed(outputs, names))


def named_apart(query: Query, number: int) -> tuple[Source, tuple[Term, ...]]:
    """Give a source with this number in which each output has a name of its own, and the terms that read them."""
    named = with_names(query, unique_names(query))
    terms = tuple(output.term for output in passed_on(named, number))
    return Source(id=number, relation=named, join="inner"), terms


def _highest_id(query: Query) -> int:
    return max((source.id for inner in children_first(query) for source in sources_of(inner)), default=0)


def numbered(outputs: tuple[Output, ...]) -> tuple[Output, ...]:
    """Give the outputs of a set operation: each is that of its place in the branches."""
    return tuple(replace(o, term=Term("column", value=str(index))) for index, o in enumerate(outputs))


def _null_output() -> Output:
    return Output(name="", term=NULL)


def renamed(outputs: tuple[Output, ...], names: tuple[str, ...]) -> tuple[Output, ...]:
    """Give the outputs these names; no names: their own."""
    if not names:
        return outputs
    return tuple(replace(output, name=name) for output, name in zip(outputs, names, strict=True))


def unique_names(query: Query) -> tuple[str, ...]:
    """Give a name for each output that no other has, so that a reference by name is one by position."""
    return tuple("*" if o.term.op == "star" else f"@{index}" for index, o in enumerate(query.outputs))


def with_names(query: Query, names: tuple[str, ...]) -> Query:
    """Give the query's outputs these names."""
    return replace(query, outputs=renamed(query.outputs, names))
