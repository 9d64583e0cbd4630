"""What decides a query's rows, as a list of small facts: the difference of two lists says what changed.

Facts explain; whether something changed at all is told by `digest` alone. A fact's `key` names sources coarsely, so
that a fact stays the same when another is added beside it.
"""

from collections.abc import Iterator
from enum import StrEnum

from contract_gate.core.deadline import checkpoint
from contract_gate.core.values import dataclass
from contract_gate.sql.algebra import (
    INNER,
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
from contract_gate.sql.canonical.conditions import conjuncts
from contract_gate.sql.canonical.deciding import branches_of, deciding_sources
from contract_gate.sql.canonical.digest import Digester
from contract_gate.sql.canonical.labels import Labels, base_label
from contract_gate.sql.canonical.shape import is_projection
from contract_gate.sql.canonical.substitute import References
from contract_gate.sql.functions import RANKING, set_returning
from contract_gate.sql.text import Names, names_in, relation_text, term_text
from contract_gate.sql.walk import parts


class FactKind(StrEnum):
    """What a fact is about."""

    SOURCE = "source"
    SET = "set"
    JOIN = "join"
    ON = "on"
    FILTER = "filter"
    GRAIN = "grain"
    LIMIT = "limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing that decides rows. `names`: the sources that it is about. `among`: how many sources its block has.

    `branch`: it stands in a branch of a set operation.
    """

    kind: FactKind
    key: str
    text: str
    names: frozenset[str] = frozenset()
    among: int = 1
    branch: bool = False


def facts_of(query: Query, references: References, coarse: Digester) -> tuple[Fact, ...]:
    """List what decides the rows of a query in normal form."""
    return tuple(_Facts(references, coarse).query(query, Labels(), False))


class _Facts:
    def __init__(self, references: References, coarse: Digester) -> None:
        self._references = references
        self._digester, self._stored_names = coarse, coarse.stored
        self._seen: set[int] = set()

    def query(self, query: Query, outer: Labels, branch: bool) -> Iterator[Fact]:
        checkpoint()
        if id(query) in self._seen:
            return
        self._seen.add(id(query))
        match query:
            case Select():
                yield from self._select(query, outer, branch)
            case SetOperation():
                yield from self._set_operation(query, outer)
            case Recursive():
                yield Fact(kind=FactKind.SET, key="recursive", text="a recursive query")
                body = query.query
                sides = (body.left, body.right) if isinstance(body, SetOperation) else (body,)
                for side in sides:
                    yield from self.query(side, outer.with_recursion(query.id), branch)

    def _set_operation(self, query: SetOperation, outer: Labels) -> Iterator[Fact]:
        branches = branches_of(query) if query.kind in ("union", "union_set") else [query.left, query.right]
        word = "UNION" if query.kind == "union_set" else f"{query.kind.upper()}{' ALL' if query.all else ''}"
        yield Fact(kind=FactKind.SET, key=word, text=word)
        for branch in branches:
            yield from self.query(branch, outer, True)

    def _select(self, query: Select, outer: Labels, branch: bool) -> Iterator[Fact]:
        labels = self._digester.labels(query, outer)
        sources = deciding_sources(query, self._references)
        names = names_in(query)
        for source in sources:
            yield from self._source(source, labels, names, len(sources), branch)
        if not is_projection(query):
            yield from self._conditions(query, labels, names)
            yield from self._grain(query, labels, names)
            yield from self._limits(query, labels, names)

    def _source(
        self, source: Source, labels: Labels, names: Names, among: int, branch: bool
    ) -> Iterator[Fact]:
        relation = source.relation
        label = base_label(relation, self._stored_names)
        mentioned = frozenset({label})
        plain = source.join in INNER
        if isinstance(relation, TableFunction):
            text = term_text(relation.term, names, stored=self._stored_names)
            key = f"{source.join} {self._digester.term(relation.term, labels)}"
            yield Fact(
                kind=FactKind.GRAIN, key=key, text=f"a row for each element of {text}", names=mentioned
            )
            return
        if isinstance(relation, Reshape):
            text = term_text(relation.term)
            yield Fact(
                kind=FactKind.GRAIN,
                key=f"reshape {self._digester.source(source, labels)}",
                text=text,
                names=mentioned,
            )
            relation = relation.input.relation
        if not plain:
            on = sorted(self._digester.term(c, labels) for c in conjuncts(source.on))
            text = f"{source.join.upper()} JOIN {relation_text(relation, self._stored_names)}"
            if source.on is not None:
                text += f" ON {term_text(source.on, names, stored=self._stored_names)}"
            yield Fact(
                kind=FactKind.JOIN, key=f"{source.join} {label} {on}", text=text, names=mentioned, among=among
            )
        if isinstance(relation, (Select, SetOperation, Recursive)):
            if plain and among > 1:
                text = f"JOIN {relation_text(relation, self._stored_names)}"
                yield Fact(kind=FactKind.JOIN, key=f"with {label}", text=text, names=mentioned, among=among)
            yield from self.query(relation, labels, branch)
        elif isinstance(relation, (Scan, SelfReference)):
            yield from self._stored(relation, plain, label, among, branch, labels)

    def _stored(
        self,
        relation: Scan | SelfReference,
        plain: bool,
        label: str,
        among: int,
        branch: bool,
        labels: Labels,
    ) -> Iterator[Fact]:
        mentioned = frozenset({label})
        text = relation_text(relation, self._stored_names)
        if plain and isinstance(relation, Scan):
            yield Fact(
                kind=FactKind.SOURCE, key=label, text=text, names=mentioned, among=among, branch=branch
            )
        for modifier in relation.modifiers if isinstance(relation, Scan) else ():
            sampled = "sample" in modifier.op or any("sample" in part.op for part in parts([modifier]))
            kind = FactKind.LIMIT if sampled else FactKind.SOURCE
            key = f"{label} {self._digester.term(modifier, labels)}"
            yield Fact(kind=kind, key=key, text=f"{text} {term_text(modifier)}", names=mentioned)

    def _conditions(self, query: Select, labels: Labels, names: Names) -> Iterator[Fact]:
        for held in (query.where, query.having):
            for condition in conjuncts(held):
                about = self._names(condition, query)
                kind = FactKind.ON if len(self._own(condition, query)) > 1 else FactKind.FILTER
                yield self._fact(kind, condition, labels, names, about)
        for condition in conjuncts(query.qualify):
            ranked = any(part.op in RANKING for part in parts([condition]))
            kind = FactKind.GRAIN if ranked else FactKind.FILTER
            yield self._fact(kind, condition, labels, names, self._names(condition, query))

    def _own(self, condition: Term, query: Select) -> set[int]:
        numbers = {source.id for source in query.sources}
        return {read[0] for read in self._references.of([condition])} & numbers

    def _names(self, term: Term, query: Select) -> frozenset[str]:
        own = self._own(term, query)
        found = {
            base_label(source.relation, self._stored_names) for source in query.sources if source.id in own
        }
        for part in parts([term]):
            if part.query is not None:
                found.update(self._stored_names.of(part.query))
        return frozenset(found)

    def _grain(self, query: Select, labels: Labels, names: Names) -> Iterator[Fact]:
        for output in query.outputs:
            for made in set_returning(output.term):
                yield self._fact(FactKind.GRAIN, made, labels, names, self._names(made, query))
        for term in query.distinct or ():
            yield self._fact(FactKind.GRAIN, term, labels, names, frozenset(), "one row per ")
        for modifier in query.modifiers:
            kind = FactKind.GRAIN if modifier.op == "set_returning" else FactKind.LIMIT
            yield self._fact(kind, modifier, labels, names, self._names(modifier, query))
        if query.group is None or _is_union(query):
            return
        if not query.group:
            yield Fact(kind=FactKind.GRAIN, key="all rows", text="one row for all")
        for key in query.group:
            yield Fact(
                kind=FactKind.GRAIN, key=f"key {self._digester.term(key, labels)}", text=term_text(key, names, stored=self._stored_names),
                names=self._names(key, query),
            )  # fmt: skip
        if query.grouping is not None:
            yield self._fact(FactKind.GRAIN, query.grouping, labels, names, frozenset())

    def _limits(self, query: Select, labels: Labels, names: Names) -> Iterator[Fact]:
        for word, term in (("LIMIT", query.limit), ("OFFSET", query.offset)):
            if term is not None:
                yield self._fact(FactKind.LIMIT, term, labels, names, frozenset(), f"{word} ")
        if query.order:
            key = "order " + " ".join(self._digester.term(term, labels) for term in query.order)
            text = "ORDER BY " + ", ".join(
                term_text(term, names, stored=self._stored_names) for term in query.order
            )
            yield Fact(kind=FactKind.LIMIT, key=key, text=text)

    def _fact(
        self, kind: FactKind, term: Term, labels: Labels, names: Names, about: frozenset[str], word: str = ""
    ) -> Fact:
        key = word + self._digester.term(term, labels)
        return Fact(
            kind=kind, key=key, text=word + term_text(term, names, stored=self._stored_names), names=about
        )


def _is_union(query: Select) -> bool:
    """Tell whether the grouping is that of UNION over its branches."""
    relation = query.sources[0].relation if len(query.sources) == 1 else None
    return isinstance(relation, SetOperation) and relation.kind == "union_set"
