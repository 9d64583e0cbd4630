"""Column lineage: where each output's value comes from, and apart from that what decides the rows.

A fold over the bound query, children first, each query once: a CTE read many times costs one visit. What a text
reads at which line is not told here but by the binder (`algebra.Read`).
"""

from collections.abc import Iterable
from typing import assert_never

from contract_gate.core.deadline import checkpoint
from contract_gate.core.relation import RelationName
from contract_gate.core.values import dataclass
from contract_gate.sql.algebra import (
    RESULT,
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
from contract_gate.sql.functions import set_returning
from contract_gate.sql.walk import (
    Relation,
    children_first,
    nested,
    own_terms,
    parts,
    reference,
    relation_terms,
    row_terms,
    sources_of,
    subqueries,
)

Upstream = frozenset[tuple[RelationName, str]]
RowsUpstream = frozenset[tuple[RelationName, str | None]]
_NOTHING: Upstream = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnLineage:
    """An output and the stored columns that its value comes from; `*` is a column of an open relation's star."""

    name: str
    upstream: Upstream


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryLineage:
    """All outputs in order; what decides the rows (`None` for a relation: its rows); the stored relations read."""

    columns: tuple[ColumnLineage, ...]
    rows: RowsUpstream
    sources: frozenset[RelationName]


def trace(query: Query, *, guess: bool = True) -> QueryLineage:
    """Tell for each output of a query where its value comes from, and what decides the rows.

    A name that several open relations may have comes from each of them, or without `guess` from none.
    """
    tracer = _Tracer(query, guess=guess)
    columns, rows = tracer.found[id(query)]
    return QueryLineage(
        columns=tuple(
            ColumnLineage(name=output.name, upstream=upstream)
            for output, upstream in zip(query.outputs, columns, strict=True)
        ),
        rows=rows,
        sources=frozenset(relation for relation, column in rows if column is None),
    )


def trace_term(term: Term, query: Query) -> Upstream:
    """Tell what the value of a term over the query's sources comes from (an UPDATE's or MERGE's assignment)."""
    return _Tracer(query, *subqueries([term]), guess=False).value([term])


_Found = tuple[tuple[Upstream, ...], RowsUpstream]


class _Tracer:
    """Holds what is known of each query (`found`, by identity) and of each source (by its number)."""

    def __init__(self, *roots: Query, guess: bool) -> None:
        self.found: dict[int, _Found] = {}
        self._guesses = guess
        self._positions: dict[int, dict[str, int]] = {}
        self._ordered = children_first(*roots)
        self._sources: dict[int, Source] = {s.id: s for query in self._ordered for s in sources_of(query)}
        self._recursions: dict[int, Recursive] = {}
        self._guess: dict[int, _Found] = {}
        self._pending = self._find_self_references()
        for query in self._ordered:
            self.found[id(query)] = self._trace(query)

    def _find_self_references(self) -> dict[int, set[int]]:
        """Tell by query which recursive queries around it it reads: those must be traced again and again."""
        pending: dict[int, set[int]] = {}
        for query in self._ordered:
            ids = {s.relation.id for s in sources_of(query) if isinstance(s.relation, SelfReference)}
            ids.update(*(pending[id(inner)] for inner in nested(query)))
            if isinstance(query, Recursive):
                self._recursions[query.id] = query
                ids.discard(query.id)
            pending[id(query)] = ids
        return pending

    def _trace(self, query: Query) -> _Found:
        checkpoint()
        match query:
            case Select():
                return self._trace_select(query)
            case SetOperation():
                return self._trace_set_operation(query)
            case Recursive():
                return self._trace_recursive(query)
            case _:
                assert_never(query)

    def _trace_select(self, query: Select) -> _Found:
        columns = tuple(self.value([output.term]) for output in query.outputs)
        deciding = [term for source in query.sources for term in relation_terms(source.relation)]
        deciding.extend(self._deciding_terms(query))
        rows: set[tuple[RelationName, str | None]] = set(self.value(deciding))
        for source in query.sources:
            rows |= self._rows_of(source.relation)
        for inner in subqueries(own_terms(query)):
            rows |= self._known(inner)[1]
        if query.distinct == ():
            rows.update(*columns)
        return columns, frozenset(rows)

    def _deciding_terms(self, query: Select) -> Iterable[Term]:
        limited = query.limit is not None or query.offset is not None or query.distinct is not None
        ordering = set(map(id, query.order)) if not limited else set()
        yield from (term for term in row_terms(query) if id(term) not in ordering)
        for output in query.outputs:
            yield from set_returning(output.term)

    def _trace_set_operation(self, query: SetOperation) -> _Found:
        (left, left_rows), (right, right_rows) = self.found[id(query.left)], self.found[id(query.right)]
        values_of_both = query.kind != "except"
        columns = []
        for one, other in positions(query):
            upstream = left[one] if one is not None and one < len(left) else _NOTHING
            if values_of_both and other is not None and other < len(right):
                upstream |= right[other]
            columns.append(upstream)
        rows: set[tuple[RelationName, str | None]] = set(left_rows | right_rows)
        if not query.all or query.kind != "union":
            rows.update(*left, *right)
        if query.limit is not None or query.offset is not None:
            rows.update(*(columns[i] for i in ordered_positions(query)))
        return tuple(columns), frozenset(rows)

    def _trace_recursive(self, query: Recursive) -> _Found:
        inside = [inner for inner in children_first(query.query) if query.id in self._pending[id(inner)]]
        guess: _Found = (tuple(_NOTHING for _ in query.outputs), frozenset())
        while True:
            self._guess[query.id] = guess
            for inner in inside:
                self.found[id(inner)] = self._trace(inner)
            columns, rows = self.found[id(query.query)]
            known = columns + (_NOTHING,) * (len(query.outputs) - len(columns))
            if (known, rows) == guess:
                return guess
            guess = (known, rows)

    def value(self, terms: Iterable[Term]) -> Upstream:
        """Give the stored columns that the value of these terms comes from."""
        upstream: set[tuple[RelationName, str]] = set()
        for term in parts(terms) if self._guesses else _sure_parts(terms):
            read = reference(term)
            if read is not None and read[0] in self._sources:
                upstream |= self._column(self._sources[read[0]].relation, read[1])
            if term.routine is not None:
                upstream.add((term.routine, RESULT))
            if term.query is not None:
                columns, rows = self._known(term.query)
                upstream.update(*columns)
                if term.op != "scalar":
                    upstream.update((name, column) for name, column in rows if column is not None)
        return frozenset(upstream)

    def _known(self, query: Query) -> _Found:
        """A subquery of one FROM item may read another item, whose subqueries come later in the order."""
        if id(query) not in self.found:
            self.found[id(query)] = self._trace(query)
        return self.found[id(query)]

    def _column(self, relation: Relation, name: str) -> Upstream:
        """Give the upstream of a source's column; goes down through open stars by loop, not by recursion."""
        found: Upstream = frozenset()
        waiting = [(relation, name)]
        seen: set[tuple[int, str]] = set()
        while waiting:
            relation, name = waiting.pop()
            if (id(relation), name) in seen:
                continue
            seen.add((id(relation), name))
            match relation:
                case Scan():
                    found |= {(relation.name, name)}
                case TableFunction():
                    found |= self.value([relation.term])
                case Reshape():
                    origin = relation.origin(name)
                    if isinstance(origin, str):
                        waiting.append((relation.input.relation, origin))
                    else:
                        found |= self.value([origin or relation.term])
                case SelfReference() | Select() | SetOperation() | Recursive():
                    below = self._behind_stars(relation, name)
                    waiting += ((each, name) for each in below)
                    found |= _NOTHING if below else self._named(relation, name)
                case _:
                    assert_never(relation)
        return found

    def _behind_stars(self, relation: SelfReference | Query, name: str) -> list[Relation]:
        """Give what an open star brings a column from that the query does not name: of a block's stars, if there is just one."""
        query = self._recursions[relation.id] if isinstance(relation, SelfReference) else relation
        if name == "*" or any(output.name == name for output in query.outputs):
            return []
        stars = [output.term.source for output in query.outputs if output.term.op == "star"]
        match query:
            case Recursive() if stars:
                return [query.query]
            case SetOperation() if stars:
                return [query.left] if query.kind == "except" else [query.left, query.right]
            case Select() if len(stars) == 1 and stars[0] in self._sources:
                return [self._sources[stars[0]].relation]
            case _:
                return []

    def _named(self, relation: SelfReference | Query, name: str) -> Upstream:
        if isinstance(relation, SelfReference):
            outputs = self._recursions[relation.id].outputs
            columns = self._guess.get(relation.id, ((), frozenset()))[0]
        else:
            outputs, columns = relation.outputs, self.found[id(relation)][0]
        if name == "*":
            return frozenset().union(*columns)
        if id(outputs) not in self._positions:
            backwards = reversed(list(enumerate(outputs)))
            self._positions[id(outputs)] = {output.name: position for position, output in backwards}
        position = self._positions[id(outputs)].get(name)
        if position is None:
            # What a star is made of, where it is no source's: a struct's fields, the rest of a branch.
            made = (
                each for o, each in zip(outputs, columns, strict=False) if o.term.op == "star" and o.term.args
            )
            return frozenset[tuple[RelationName, str]]().union(*made)
        return columns[position] if position < len(columns) else _NOTHING

    def _rows_of(self, relation: Relation) -> RowsUpstream:
        match relation:
            case Scan():
                return frozenset({(relation.name, None)})
            case TableFunction():
                return frozenset()
            case Reshape():
                return self._rows_of(relation.input.relation) | self.value([relation.term])
            case SelfReference():
                return self._guess.get(relation.id, ((), frozenset()))[1]
            case Select() | SetOperation() | Recursive():
                return self.found[id(relation)][1]
            case _:
                assert_never(relation)


def _sure_parts(terms: Iterable[Term]) -> Iterable[Term]:
    found = list(parts(terms))
    guessed = {id(argument) for term in found if term.op == "any_column" for argument in term.args}
    return (term for term in found if id(term) not in guessed)


def positions(query: SetOperation) -> tuple[tuple[int | None, int | None], ...]:
    """Give for each output of a set operation its position in the left and in the right branch."""
    if query.by_name:
        return query.columns
    return tuple((index, index) for index in range(len(query.outputs)))


def ordered_positions(query: SetOperation) -> Iterable[int]:
    """Give the positions of a set operation's outputs that its ORDER BY reads."""
    for term in parts(query.order):
        if term.op == "column" and not term.source and term.value.isdigit():
            yield int(term.value)
