"""Replacing columns by terms, correlated subqueries included, and numbering a block's sources afresh.

A query that is inlined twice must not have two sources with one number, and a term that moves into a subquery must
not be captured there: every splice numbers the sources anew, with numbers that no other source has.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from contract_gate.core.deadline import checkpoint
from contract_gate.sql.algebra import (
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
from contract_gate.sql.walk import (
    Reference,
    Relation,
    children_first,
    nested,
    own_references,
    own_terms,
    reference,
    sources_of,
    subqueries,
    with_parts,
)

Change = Callable[[Term], Term | None]
"""Gives what a column (or star, or row) is replaced by, None where it stays."""


class References:
    """What queries read of sources outside of them, remembered by query."""

    def __init__(self) -> None:
        self._free: dict[int, frozenset[Reference]] = {}
        self._kept: list[Query] = []

    def free(self, query: Query) -> frozenset[Reference]:
        """Give the columns of outer sources that a (correlated, lateral) query reads at any depth."""
        found = self._free.get(id(query))
        if found is not None:
            return found
        for inner in children_first(query, known=self._free):
            bound = {source.id for source in sources_of(inner)}
            reads = own_references(own_terms(inner)).union(*(self._free[id(q)] for q in nested(inner)))
            self._free[id(inner)] = frozenset(read for read in reads if read[0] not in bound)
            self._kept.append(inner)
        return self._free[id(query)]

    def of(self, terms: Iterable[Term]) -> set[Reference]:
        """Give the columns that terms read, through correlated subqueries too."""
        terms = list(terms)
        return own_references(terms).union(*(self.free(query) for query in subqueries(terms)))

    def of_block(self, terms: Iterable[Term], sources: Iterable[Source]) -> set[Reference]:
        """Give the columns that terms of a block read, and what its sources read of each other."""
        return self.of(terms).union(*(self.of_relation(source.relation) for source in sources))

    def of_relation(self, relation: Relation) -> set[Reference]:
        """Give the columns of other sources that a lateral source's relation reads."""
        match relation:
            case Select() | SetOperation() | Recursive():
                return set(self.free(relation))
            case TableFunction():
                return self.of([relation.term])
            case Scan():
                return self.of(relation.modifiers)
            case Reshape():
                reads = self.of([relation.term]) | self.of_relation(relation.input.relation)
                return {read for read in reads if read[0] != relation.input.id}
            case SelfReference():
                return set()


class Substitution:
    """One replacement of columns, applied to any number of terms; shared parts stay shared."""

    def __init__(self, change: Change, ids: frozenset[int], references: References) -> None:
        self._change = change
        self._ids = ids
        self._references = references
        self._terms: dict[int, Term] = {}
        self._queries: dict[int, Query] = {}
        self._kept: list[Term | Query] = []

    def term(self, term: Term) -> Term:
        """Replace the columns in a term."""
        done = self._terms.get(id(term))
        if done is None:
            done = self._replaced(term)
            self._terms[id(term)] = done
            self._kept.append(term)
        return done

    def terms(self, terms: Iterable[Term]) -> tuple[Term, ...]:
        """Replace the columns in several terms."""
        return tuple(self.term(term) for term in terms)

    def _replaced(self, term: Term) -> Term:
        if term.source in self._ids and reference(term) is not None:
            changed = self._change(term)
            return term if changed is None else changed
        args = self.terms(term.args)
        query = self.query(term.query) if term.query is not None else None
        if query is term.query and all(new is old for new, old in zip(args, term.args, strict=True)):
            return term
        return replace(term, args=args, query=query)

    def query(self, query: Query) -> Query:
        """Replace the columns of outer sources in a query; one that reads none of them stays the same object."""
        if not any(source in self._ids for source, _ in self._references.free(query)):
            return query
        done = self._queries.get(id(query))
        if done is None:
            done = self._rebuilt(query)
            self._queries[id(query)] = done
            self._kept.append(query)
        return done

    def _rebuilt(self, query: Query) -> Query:
        match query:
            case Select():
                return self.select(query)
            case SetOperation():
                return replace(query, left=self.query(query.left), right=self.query(query.right))
            case Recursive():
                return replace(query, query=self.query(query.query))

    def select(self, query: Select) -> Select:
        """Replace the columns in a whole block."""
        checkpoint()
        return with_parts(query, self.term, self.source)

    def source(self, source: Source) -> Source:
        """Replace the columns in a source's ON and in what its relation reads."""
        on = None if source.on is None else self.term(source.on)
        return replace(source, on=on, relation=self.relation(source.relation))

    def relation(self, relation: Relation) -> Relation:
        """Replace the columns that a relation reads."""
        match relation:
            case Select() | SetOperation() | Recursive():
                return self.query(relation)
            case TableFunction():
                return replace(relation, term=self.term(relation.term))
            case Scan():
                return replace(relation, modifiers=self.terms(relation.modifiers))
            case Reshape():
                return replace(relation, term=self.term(relation.term), input=self.source(relation.input))
            case SelfReference():
                return relation


def renumbered(query: Select, next_id: Callable[[], int], references: References) -> Select:
    """Give the same block with new numbers for its sources."""
    numbers = {source.id: next_id() for source in sources_of(query)}

    def change(term: Term) -> Term:
        return replace(term, source=numbers[term.source])

    substitution = Substitution(change, frozenset(numbers), references)
    changed = substitution.select(query)
    return replace(changed, sources=tuple(_renumber(source, numbers) for source in changed.sources))


def _renumber(source: Source, numbers: dict[int, int]) -> Source:
    relation = source.relation
    if isinstance(relation, Reshape):
        relation = replace(relation, input=_renumber(relation.input, numbers))
    return replace(source, id=numbers[source.id], relation=relation)
