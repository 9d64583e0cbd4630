"""Walks over bound queries: what is nested in what, and which columns of which sources are read.

Queries and terms are graphs (a CTE used twice is one object, a term inlined twice is too), so every walk visits
an object once, by identity, and keeps its own stack: neither sharing nor depth can hurt.
"""

from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import replace
from itertools import count

from contract_gate.core.deadline import checkpoint
from contract_gate.sql.algebra import (
    Output,
    Query,
    Recursive,
    Reshape,
    Scan,
    Select,
    SelfReference,
    SetOperation,
    Source,
    TableFunction,
    Term,
)

Relation = Scan | TableFunction | Reshape | SelfReference | Query
Reference = tuple[int, str]
"""A source's number and a column's name (`*`: all of its columns)."""


def parts(terms: Iterable[Term]) -> Iterator[Term]:
    """Yield these terms and all below them, each object once, without entering subqueries."""
    stack = list(terms)
    seen: set[int] = set()
    while stack:
        term = stack.pop()
        if id(term) in seen:
            continue
        seen.add(id(term))
        yield term
        if term.args:
            stack.extend(term.args)


def replacing(change: Callable[[Term], Term | None]) -> Callable[[Term], Term]:
    """Give what puts other terms in the place of those that `change` gives one for, outermost first, without entering subqueries.

    Each object is looked at once, for as long as the terms that it is asked of are held: what is shared stays so.
    """
    done: dict[int, Term] = {}

    def changed(term: Term) -> Term:
        if id(term) not in done:
            done[id(term)] = change(term) or term.over(tuple(map(changed, term.args)))
        return done[id(term)]

    return changed


def with_parts(query: Select, change: Callable[[Term], Term], source: Callable[[Source], Source]) -> Select:
    """Put other terms and other sources in the place of all that a block holds itself."""

    def one(term: Term | None) -> Term | None:
        return None if term is None else change(term)

    return replace(
        query, sources=tuple(map(source, query.sources)),
        outputs=tuple(replace(output, term=change(output.term)) for output in query.outputs),
        where=one(query.where), grouping=one(query.grouping), having=one(query.having), qualify=one(query.qualify),
        limit=one(query.limit), offset=one(query.offset),
        group=None if query.group is None else tuple(map(change, query.group)),
        distinct=None if query.distinct is None else tuple(map(change, query.distinct)),
        order=tuple(map(change, query.order)), modifiers=tuple(map(change, query.modifiers)),
    )  # fmt: skip


def is_made_of(terms: Iterable[Term], told: Callable[[Term], bool | None]) -> bool:
    """Tell whether all that terms are made of holds: `told` says whether a part does, None where its arguments are asked.

    Each object is asked once.
    """
    stack, seen = list(terms), set[int]()
    while stack:
        part = stack.pop()
        holds = True if id(part) in seen else told(part)
        if holds is False:
            return False
        if holds is None:
            stack.extend(part.args)
        seen.add(id(part))
    return True


def own_terms(query: Query) -> Iterator[Term]:
    """Yield the terms that the query itself holds, those of its sources among them."""
    match query:
        case Select():
            for output in query.outputs:
                yield output.term
            yield from row_terms(query)
        case SetOperation():
            yield from query.order
            yield from (term for term in (query.limit, query.offset) if term is not None)
        case Recursive():
            return


def row_terms(query: Select) -> Iterator[Term]:
    """Yield the terms of a SELECT block that are not outputs."""
    for source in query.sources:
        yield from source_terms(source)
    for single in (query.where, query.grouping, query.having, query.qualify, query.limit, query.offset):
        if single is not None:
            yield single
    for several in (query.group, query.distinct, query.order, query.modifiers):
        yield from several or ()


def source_terms(source: Source) -> Iterator[Term]:
    """Yield a source's ON condition and the terms of its relation (a query's own terms are not among them)."""
    if source.on is not None:
        yield source.on
    yield from relation_terms(source.relation)


def relation_terms(relation: Relation) -> Iterator[Term]:
    """Yield the terms that a relation in FROM holds."""
    match relation:
        case Scan():
            yield from relation.modifiers
        case TableFunction():
            yield relation.term
        case Reshape():
            yield relation.term
            yield from source_terms(relation.input)
        case SelfReference() | Select() | SetOperation() | Recursive():
            return


def nested(query: Query) -> Iterator[Query]:
    """Yield the queries directly inside: derived sources, branches, subqueries in terms."""
    match query:
        case Select():
            for source in query.sources:
                yield from relation_queries(source.relation)
        case SetOperation():
            yield query.left
            yield query.right
        case Recursive():
            yield query.query
    yield from subqueries(own_terms(query))


def relation_queries(relation: Relation) -> Iterator[Query]:
    """Yield the query that a relation in FROM is, or is made of."""
    match relation:
        case Select() | SetOperation() | Recursive():
            yield relation
        case Reshape():
            yield from relation_queries(relation.input.relation)
        case Scan() | TableFunction() | SelfReference():
            return


def subqueries(terms: Iterable[Term]) -> Iterator[Query]:
    """Yield the subqueries directly in these terms."""
    for term in parts(terms):
        if term.query is not None:
            yield term.query


def children_first(
    *roots: Query, known: Container[int] = (), within: Callable[[Query], Iterable[Query]] = nested
) -> list[Query]:
    """List the queries reachable from the roots, each once, what is inside before what it is inside of.

    Those whose identity is among `known`, and what only they hold, are left out. `within` tells what is right inside of one.
    What is in FROM comes before the subqueries of the same block: those may read its columns.
    """
    checkpoint()
    ordered: list[Query] = []
    seen: set[int] = set()
    stack: list[tuple[Query, bool]] = [(root, False) for root in reversed(roots)]
    while stack:
        query, entered = stack.pop()
        if entered:
            ordered.append(query)
        elif id(query) not in seen and id(query) not in known:
            seen.add(id(query))
            stack.append((query, True))
            inside = [
                (inner, False) for inner in within(query) if id(inner) not in seen and id(inner) not in known
            ]
            stack.extend(reversed(inside))
    return ordered


class StoredNames:
    """The names of the stored relations that queries read at any depth, remembered by query."""

    def __init__(self) -> None:
        self._names: dict[int, tuple[str, ...]] = {}
        self._kept: list[Query] = []

    def of(self, query: Query) -> tuple[str, ...]:
        """Give the names, each once, those of what is inside first."""
        if id(query) not in self._names:
            for inner in children_first(query, known=self._names):
                found: dict[str, None] = {}
                for part in nested(inner):
                    found.update(dict.fromkeys(self._names[id(part)]))
                scans = (source.relation for source in sources_of(inner))
                found.update((str(scan.name), None) for scan in scans if isinstance(scan, Scan))
                self._names[id(inner)] = tuple(found)
                self._kept.append(inner)
        return self._names[id(query)]


def reference(term: Term) -> Reference | None:
    """Give what a single term reads, if it is a column or the star of a source."""
    if term.op == "column":
        return term.source, term.value
    if term.op in ("star", "row") and term.source:
        return term.source, "*"
    if term.op == "unresolved" and term.source:
        return term.source, term.value
    return None


def own_references(terms: Iterable[Term]) -> set[Reference]:
    """Give what these terms read, without what subqueries in them read."""
    return {read for term in parts(terms) if (read := reference(term)) is not None}


def sources_of(query: Query) -> Iterator[Source]:
    """Yield the sources of a SELECT block, the inputs of reshapes among them."""
    if isinstance(query, Select):
        for source in query.sources:
            yield source
            relation = source.relation
            while isinstance(relation, Reshape):
                yield relation.input
                relation = relation.input.relation


def passed_on(query: Query, source: int) -> tuple[Output, ...]:
    """Give the outputs of a query as a block over it passes them on: columns by their names, an open star as one."""
    star = Term("star", source=source)
    return tuple(
        replace(o, term=star if o.term.op == "star" else Term("column", value=o.name, source=source))
        for o in query.outputs
    )


_COMPARED = count(1)
_BETWEEN_LOOKS = 1024


def is_same(one: Term, other: Term) -> bool:
    """Tell whether two terms are written alike, over the same sources; subqueries must be the same object.

    Lists of terms are held against each other pair by pair, however long a stranger makes them: now and then it looks at the time.
    """
    if not next(_COMPARED) % _BETWEEN_LOOKS:
        checkpoint()
    if one is other:
        return True
    if _differs(one, other):
        return False
    stack = [*zip(one.args, other.args, strict=True)]
    seen: set[tuple[int, int]] = set()
    while stack:
        first, second = stack.pop()
        if first is second or (id(first), id(second)) in seen:
            continue
        seen.add((id(first), id(second)))
        if _differs(first, second):
            return False
        stack.extend(zip(first.args, second.args, strict=True))
    return True


def _differs(one: Term, other: Term) -> bool:
    """Tell whether two terms differ in themselves, whatever their arguments are."""
    return (
        one.op != other.op or one.value != other.value or one.source != other.source
        or one.slots != other.slots or one.query is not other.query
    )  # fmt: skip
