"""The canonical form of a query: what it means, with what does not matter taken away.

`Canonical` holds the normal form and, when asked, its names (`digest`) and its facts. Two queries whose names are
equal give the same bag of rows under every content of their tables; where names differ, `facts` tell what changed.
"""

from collections.abc import Callable, Iterable
from functools import cached_property

from contract_gate.core.relation import Fields
from contract_gate.core.values import dataclass, replace
from contract_gate.sql.algebra import Output, Query, Reshape, Select, SetOperation, Term
from contract_gate.sql.canonical.blocks import keeps_copies, read_through
from contract_gate.sql.canonical.digest import Digester
from contract_gate.sql.canonical.facts import Fact, facts_of
from contract_gate.sql.canonical.grouping import with_common_filter
from contract_gate.sql.canonical.longhand import lists_rows
from contract_gate.sql.canonical.naming import Digest, SourceDetail
from contract_gate.sql.canonical.normal import normalise
from contract_gate.sql.canonical.projection import project
from contract_gate.sql.canonical.structs import with_fields
from contract_gate.sql.canonical.substitute import References
from contract_gate.sql.text import names_in, term_text
from contract_gate.sql.walk import children_first, own_terms, parts, sources_of

__all__ = ["Canonical", "Digest", "Fact", "SourceDetail", "canonical", "canonical_pair"]


_PASSES = 3
"""One more was enough for every query that `bench/collisions.py` drew. A form that still moves is only less alike."""


@dataclass(frozen=True, eq=False)
class Canonical:
    """A query in normal form. Made by `canonical`; everything else is computed when first asked for."""

    query: Query
    dialect: str

    @property
    def outputs(self) -> tuple[Output, ...]:
        """Give the columns in their order; an open star is one, with the name `*`."""
        return self.query.outputs

    @cached_property
    def _references(self) -> References:
        return References()

    @cached_property
    def _digests(self) -> dict[SourceDetail, Digest]:
        return {}

    def digest(self, detail: SourceDetail = SourceDetail.EXACT) -> Digest:
        """Name the rows and each column's value."""
        if detail not in self._digests:
            self._digests[detail] = Digester(self.dialect, self._references, detail).query(self.query)
        return self._digests[detail]

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """List what decides the rows."""
        coarse = Digester(self.dialect, self._references, SourceDetail.COARSE)
        return facts_of(self.query, self._references, coarse)

    def restricted(self, names: Iterable[str | int], renamed: Iterable[str] = ()) -> "Canonical | None":
        """Keep these columns (by position, or by name through an open star), called by the other names.

        Nothing else is computed any more. None where a column can't be read.
        """
        query = self.query
        indexes: list[int | None] = []
        for name in names:
            index = name if isinstance(name, int) else None
            if isinstance(name, str):
                term = read_through(Term("column", value=name), query)
                if term is None or not isinstance(query, Select):
                    return None
                query = replace(query, outputs=(*query.outputs, Output(name=name, term=term)))
                index = len(query.outputs) - 1
            indexes.append(index)
        kept = project(query, tuple(indexes), tuple(renamed))
        if indexes == list(range(len(self.outputs))):
            # Nothing is left out, and under other names the form is the same.
            return Canonical(kept, self.dialect)
        return Canonical(normalise(kept, self.dialect), self.dialect)

    def without_cast(self, index: int) -> "Canonical":
        """Give the query with the outermost cast of a column taken off, in every branch."""
        return self._changed(index, lambda term: term.args[0] if term.op == "cast" else term)

    def with_fields(self, index: int, kept: Fields) -> "Canonical":
        """Give the query with those fields alone in a struct that a column makes, where it makes it itself, in every branch."""
        return self._changed(index, lambda term: with_fields(term, kept))

    def _changed(self, index: int, change: Callable[[Term], Term]) -> "Canonical":
        return Canonical(normalise(_with_column(self.query, index, change), self.dialect), self.dialect)

    def settled(self) -> "Canonical":
        """Normalise until the name stays: a late step can make room for an early one."""
        form = self
        for _ in range(_PASSES):
            again = canonical(form.query, form.dialect)
            if again.digest() == form.digest():
                break
            form = again
        return form

    def equated(self) -> "Canonical":
        """Give the form in which one of the columns is read that joins make equal."""
        form = Canonical(normalise(self.query, self.dialect, equates=True), self.dialect)
        return self if form.digest() == self.digest() else form.settled()

    def longhand(self) -> "Canonical":
        """Give the form in which EXCEPT, INTERSECT, grouping sets, PIVOT and what all aggregates filter by are written out."""
        return Canonical(normalise(self.query, self.dialect, longhand=True), self.dialect).settled()

    @property
    def has_shorthand(self) -> bool:
        """Tell whether a set operation, grouping sets or a PIVOT could be written out."""
        queries = children_first(self.query)
        sets = any(isinstance(q, SetOperation) and q.kind in ("except", "intersect") for q in queries)
        blocks = [q for q in queries if isinstance(q, Select)]
        pivots = (
            isinstance(s.relation, Reshape) and s.relation.term.op == "pivot"
            for q in blocks
            for s in q.sources
        )
        filters = (with_common_filter(q, self.dialect) is not q for q in blocks)
        return sets or self.mentions("groupingsets") or any(pivots) or any(filters)

    @property
    def lists_rows(self) -> bool:
        """Tell whether a VALUES could be written out."""
        return any(lists_rows(s.relation) for q in children_first(self.query) for s in sources_of(q))

    def text(self, index: int) -> str:
        """Write a column's term for people."""
        return _text(self.query, index)

    def branches(self, index: int, detail: SourceDetail) -> frozenset[str]:
        """Name what a column's value is in each branch of the set operations that it passes."""
        digester = Digester(self.dialect, self._references, detail)
        return frozenset(_variants(self.query, index, digester))

    def mentions(self, *operators: str) -> bool:
        """Tell whether a term of this kind stands anywhere in the query."""
        return any(part.op in operators for q in children_first(self.query) for part in parts(own_terms(q)))


def canonical(query: Query, dialect: str) -> Canonical:
    """Bring a query into its canonical form. Recurses as deep as the query is nested: see `stack.deep_stack`."""
    return Canonical(normalise(query, dialect), dialect)


def canonical_pair(before: Query, after: Query, dialect: str) -> tuple[Canonical, Canonical]:
    """Bring two queries into their canonical forms, settled where their names differ.

    Recurses as deep as the queries are nested: see `stack.deep_stack`.
    """
    pair = canonical(before, dialect), canonical(after, dialect)
    if pair[0].digest() == pair[1].digest():
        return pair
    pair = pair[0].settled(), pair[1].settled()
    is_short = pair[0].has_shorthand != pair[1].has_shorthand or any(form.lists_rows for form in pair)
    if pair[0].digest() != pair[1].digest() and is_short:
        written = pair[0].longhand(), pair[1].longhand()
        if written[0].digest() == written[1].digest():
            return written
    equal = pair[0].equated(), pair[1].equated()
    # What tells changes apart best is what people wrote: the other form is taken where it shows that less changed.
    return equal if _agreement(equal) > _agreement(pair) else pair


def _agreement(pair: tuple[Canonical, Canonical]) -> int:
    """Count the columns, and the rows, that have one name on both sides."""
    one, other = (form.digest() for form in pair)
    return (one.rows == other.rows) + sum(a == b for a, b in zip(one.columns, other.columns, strict=False))


def _with_column(query: Query, index: int, change: Callable[[Term], Term]) -> Query:
    """Change what a column is in each branch of UNION ALL."""
    match query:
        case Select():
            output = query.outputs[index]
            new = replace(output, term=change(output.term))
            return replace(query, outputs=(*query.outputs[:index], new, *query.outputs[index + 1 :]))
        case SetOperation() if keeps_copies(query):
            left, right = (_with_column(side, index, change) for side in (query.left, query.right))
            return replace(query, left=left, right=right)
        case _:
            return query


def _text(query: Query, index: int) -> str:
    if isinstance(query, SetOperation):
        sides = dict.fromkeys(
            _text(side, index) for side in (query.left, query.right) if index < len(side.outputs)
        )
        return " / ".join(sides)
    output = query.outputs[index]
    return term_text(output.term, names_in(query)) if isinstance(query, Select) else output.name


def _variants(query: Query, index: int, digester: Digester) -> Iterable[str]:
    """A projection or grouping over a set operation passes its columns."""
    if isinstance(query, SetOperation):
        sides = (query.left,) if query.kind == "except" else (query.left, query.right)
        for side in sides:
            yield from _variants(side, index, digester)
        return
    if isinstance(query, Select) and len(query.sources) == 1 and query.outputs[index].term.op == "column":
        inner, name = query.sources[0].relation, query.outputs[index].term.value
        if isinstance(inner, SetOperation):
            found = next((i for i, output in enumerate(inner.outputs) if output.name == name), None)
            if found is not None:
                yield from _variants(inner, found, digester)
                return
    yield digester.query(query).columns[index]
