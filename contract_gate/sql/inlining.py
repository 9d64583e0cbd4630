"""A query with stored relations replaced by the queries that make them: what a model gives, seen from farther up."""

from collections.abc import Mapping

from contract_gate.core.relation import RelationName
from contract_gate.core.values import dataclass, field, replace
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
from contract_gate.sql.walk import Relation, children_first, own_terms, parts, sources_of, with_parts


class NotInlinedError(Exception):
    """A relation can't be replaced by its query: rows are picked of it as it is stored."""


@dataclass(slots=True)
class Numbers:
    """Hands out ranges of numbers for the sources of queries that were bound apart, so that no two share one."""

    last: int = 0

    def past(self, query: Query) -> int:
        """Give what to add to the numbers of a query."""
        offset = self.last
        own = [source.id for inner in children_first(query) for source in sources_of(inner)]
        own += [inner.id for inner in children_first(query) if isinstance(inner, Recursive)]
        self.last += max(own, default=0)
        return offset


def inlined(query: Query, makers: Mapping[RelationName, Query], numbers: Numbers) -> Query:
    """Put the makers' queries, numbered apart already, in the place of their relations. Shared parts stay shared.

    Raises NotInlinedError where a sample or an earlier state of such a relation is read, or a column it has not.
    """
    return _Inlining(makers, numbers.past(query)).query(query)


@dataclass(slots=True)
class _Inlining:
    makers: Mapping[RelationName, Query]
    offset: int
    _queries: dict[int, Query] = field(default_factory=dict)
    _terms: dict[int, Term] = field(default_factory=dict)
    _kept: list[Query | Term] = field(default_factory=list)

    def query(self, query: Query) -> Query:
        for inner in children_first(query):
            self._queries[id(inner)] = self._rebuilt(inner)
            self._kept.append(inner)
        return self._queries[id(query)]

    def _rebuilt(self, query: Query) -> Query:
        match query:
            case Select():
                self._check(query)
                return with_parts(query, self._term, self._source)
            case SetOperation():
                sides = self._queries[id(query.left)], self._queries[id(query.right)]
                return replace(query, left=sides[0], right=sides[1])
            case Recursive():
                return replace(query, id=query.id + self.offset, query=self._queries[id(query.query)])

    def _check(self, query: Select) -> None:
        """A whole row or a star may be more than the columns that the maker lists."""
        made = {s.id: s.relation.name for s in query.sources if isinstance(s.relation, Scan)}
        whole = [p for p in parts(own_terms(query)) if p.op in ("star", "row", "any_column", "unresolved")]
        if any(part.source in made and made[part.source] in self.makers for part in whole):
            raise NotInlinedError

    def _source(self, source: Source) -> Source:
        relation = self._relation(source.relation)
        on = None if source.on is None else self._term(source.on)
        return replace(source, id=source.id + self.offset, relation=relation, on=on)

    def _relation(self, relation: Relation) -> Relation:
        match relation:
            case Scan():
                maker = self.makers.get(relation.name)
                if maker is None:
                    return replace(relation, modifiers=self._all(relation.modifiers))
                if relation.modifiers:
                    raise NotInlinedError
                return maker
            case TableFunction():
                return replace(relation, term=self._term(relation.term))
            case Reshape():
                return replace(relation, input=self._source(relation.input), term=self._term(relation.term))
            case SelfReference():
                return replace(relation, id=relation.id + self.offset)
            case Select() | SetOperation() | Recursive():
                return self._queries[id(relation)]

    def _term(self, term: Term) -> Term:
        done = self._terms.get(id(term))
        if done is None:
            query = None if term.query is None else self._queries[id(term.query)]
            source = term.source + self.offset if term.source else 0
            done = replace(term, args=self._all(term.args), source=source, query=query)
            self._terms[id(term)] = done
            self._kept.append(term)
        return done

    def _all(self, terms: tuple[Term, ...]) -> tuple[Term, ...]:
        return tuple(map(self._term, terms))
