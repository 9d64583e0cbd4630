"""Queries that are written alike have one digest: it is made once, however many forms and models hold them.

Two queries are written alike where nothing but the numbers of their sources differs. An edit is compared in several forms, and
with all that it reads, for each model below it: most of what is compared is the same each time.
"""

from collections.abc import Iterable
from itertools import count

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
from contract_gate.sql.canonical.naming import Digest, SourceDetail
from contract_gate.sql.canonical.substitute import References
from contract_gate.sql.functions import VOLATILE
from contract_gate.sql.walk import Relation, children_first

_MOST = 300_000
"""Parts of queries that are remembered. Then all are forgotten, and it begins anew."""


class KnownDigests:
    """Digests by how a query is written. Parts that are alike have one number, by what they are made of."""

    def __init__(self) -> None:
        self._numbers: dict[object, int] = {}
        self._digests: dict[tuple[int, str, SourceDetail], Digest] = {}
        self._fresh = count(1)

    def number(self, *made_of: object) -> int:
        """Give the number of a part."""
        return self._numbers.setdefault(made_of, next(self._fresh))

    def alone(self) -> int:
        """Give a number that nothing else has."""
        return next(self._fresh)

    def get(self, written: int, dialect: str, detail: SourceDetail) -> Digest | None:
        """Give the digest of a query that is written so, if one was made."""
        return self._digests.get((written, dialect, detail))

    def keep(self, written: int, dialect: str, detail: SourceDetail, digest: Digest) -> None:
        """Remember a digest."""
        if len(self._numbers) > _MOST:
            # Numbers are never given twice, so that those which are held elsewhere meet no other part.
            self._numbers.clear()
            self._digests.clear()
        self._digests[written, dialect, detail] = digest


class Writings:
    """Numbers the queries of one form by how they are written."""

    def __init__(self, known: KnownDigests, references: References) -> None:
        self._known = known
        self._references = references
        self._done: dict[int, int] = {}
        self._kept: list[Query] = []

    def of(self, query: Query) -> int:
        """Give the number of a query that reads nothing outside of it."""
        for inner in children_first(query, known=self._done):
            if not self._references.free(inner):
                self._done[id(inner)] = _Writing(self._known, self._done).query(inner)
                self._kept.append(inner)
        return self._done[id(query)]


class _Writing:
    """Numbers one query, its sources by the order in which they come."""

    def __init__(self, known: KnownDigests, closed: dict[int, int]) -> None:
        self._known = known
        self._closed = closed
        self._places: dict[int, int] = {}
        self._queries: dict[int, int] = {}
        self._terms: dict[int, int] = {}

    def query(self, query: Query) -> int:
        if id(query) in self._closed:
            return self._closed[id(query)]
        if id(query) not in self._queries:
            self._queries[id(query)] = self._written(query)
        return self._queries[id(query)]

    def _written(self, query: Query) -> int:
        match query:
            case Select():
                return self._select(query)
            case SetOperation():
                sides = self.query(query.left), self.query(query.right)
                names = tuple(output.name for output in query.outputs)
                own = query.kind, query.all, query.by_name, query.columns
                ends = self._all(query.order), self._one(query.limit), self._one(query.offset)
                return self._known.number("set", *sides, names, *own, *ends)
            case Recursive():
                return self._known.alone()

    def _select(self, query: Select) -> int:
        sources = tuple(map(self._source, query.sources))
        outputs = tuple((output.name, self._term(output.term)) for output in query.outputs)
        single = (query.where, query.grouping, query.having, query.qualify, query.limit, query.offset)
        several = (query.group, query.distinct, query.order, query.modifiers)
        return self._known.number(
            "select", sources, outputs, *map(self._one, single), *map(self._all, several)
        )

    def _source(self, source: Source) -> int:
        place = self._place(source.id)
        relation = self._relation(source.relation)
        return self._known.number(
            "source", place, relation, source.join, self._one(source.on), source.lateral
        )

    def _relation(self, relation: Relation) -> int:
        match relation:
            case Scan():
                declared = relation.keys, relation.primary, relation.lacking
                modifiers = self._all(relation.modifiers)
                return self._known.number(
                    "scan", relation.name, relation.known, relation.closed, *declared, modifiers
                )
            case TableFunction():
                return self._known.number(
                    "function", self._term(relation.term), relation.known, relation.closed
                )
            case Reshape():
                of = self._source(relation.input), self._term(relation.term)
                return self._known.number("reshape", *of, relation.known, relation.closed, relation.passed)
            case SelfReference():
                return self._known.alone()
            case Select() | SetOperation() | Recursive():
                return self.query(relation)

    def _place(self, source: int) -> int:
        return self._places.setdefault(source, len(self._places) + 1) if source else 0

    def _all(self, terms: Iterable[Term] | None) -> tuple[int, ...] | None:
        return None if terms is None else tuple(map(self._term, terms))

    def _one(self, term: Term | None) -> int | None:
        return None if term is None else self._term(term)

    def _term(self, term: Term) -> int:
        if id(term) not in self._terms:
            self._terms[id(term)] = self._numbered(term)
        return self._terms[id(term)]

    def _numbered(self, term: Term) -> int:
        if term.op in VOLATILE:
            return self._known.alone()
        inner = None if term.query is None else self.query(term.query)
        place = self._place(term.source)
        return self._known.number(
            "term", term.op, term.value, place, term.slots, inner, *map(self._term, term.args)
        )
