"""Two definitions that differ in nothing but columns of stored relations that neither reads, told without their canonical forms."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from contract_gate.core.relation import Column
from contract_gate.core.remembering import spelled
from contract_gate.sql.algebra import (
    Output,
    Query,
    Reshape,
    Scan,
    Select,
    SelfReference,
    SetOperation,
    TableFunction,
)
from contract_gate.sql.statement.definition import Definition
from contract_gate.sql.walk import Relation, children_first, own_terms, parts, row_terms, sources_of

_OF_RELATIONS = frozenset({"known", "keys", "lacking", "written", "primary"})
"""The fields that say what is known of a relation in FROM, held against each other as far as they are read."""

_Known = tuple[Collection[Column], Collection[frozenset[str]]]


def is_alike(before: Definition, after: Definition) -> bool:
    """Tell whether two definitions say the same of the same columns. Recurses as deep as they are nested."""
    old, new = before.query, after.query
    if old is None or new is None or before.overloads or after.overloads or before.effects or after.effects:
        return False
    read = _names_read(old)
    if read is None or len(old.outputs) != len(new.outputs) or read != _names_read(new):
        return False
    if list(_known(old, read)) != list(_known(new, read)):
        return False
    sides = (
        replace(before, query=_Narrower(read).whole(old)),
        replace(after, query=_Narrower(read).whole(new)),
    )
    return spelled(sides[0], _OF_RELATIONS) == spelled(sides[1], _OF_RELATIONS)


def _names_read(query: Query) -> frozenset[str] | None:
    """Give the columns' names that a query reads anywhere, of whichever relation; None where it reads what it does not name."""
    names: set[str] = set()
    passed: list[Output] = []
    narrowed = {id(inner) for inner in _narrowed(query)}
    for inner in children_first(query):
        terms = [*own_terms(inner)]
        if isinstance(inner, Select) and id(inner) in narrowed:
            passed += [output for output in inner.outputs if output.term.op == "column"]
            terms = [
                *row_terms(inner),
                *(output.term for output in inner.outputs if output.term.op != "column"),
            ]
        for term in parts(terms):
            if term.source and term.op not in ("column", "unresolved", "any_column"):
                return None
            names.add(term.value)
    while read := [output for output in passed if output.name in names]:
        names.update(output.term.value for output in read)
        passed = [output for output in passed if output.name not in names]
    return frozenset(names)


def _narrowed(query: Query) -> Iterator[Select]:
    """Give the blocks in FROM, at any depth, whose columns nobody has to have who does not name them."""
    stack, seen = [query], set[int]()
    while stack:
        inner = stack.pop()
        if id(inner) in seen:
            continue
        seen.add(id(inner))
        if isinstance(inner, SetOperation):
            stack += [inner.left, inner.right]
        for source in inner.sources if isinstance(inner, Select) else ():
            if isinstance(source.relation, Select | SetOperation):
                stack.append(source.relation)
            if isinstance(source.relation, Select) and source.relation.distinct != ():
                yield source.relation


class _Narrower:
    """Takes the columns out of blocks in FROM that are passed on and not read, each block once."""

    def __init__(self, read: frozenset[str]) -> None:
        self._read = read
        self._made: dict[tuple[int, bool], Query] = {}

    def whole(self, query: Query) -> Query:
        """Give the query with all of its own columns."""
        return self._remembered(query, is_whole=True)

    def _remembered(self, query: Query, *, is_whole: bool) -> Query:
        key = id(query), is_whole
        if key not in self._made:
            self._made[key] = self._make(query, is_whole=is_whole)
        return self._made[key]

    def _make(self, query: Query, *, is_whole: bool) -> Query:
        match query:
            case SetOperation():
                return replace(query, left=self.whole(query.left), right=self.whole(query.right))
            case Select():
                return replace(
                    query,
                    sources=tuple(
                        replace(each, relation=self._in_from(each.relation)) for each in query.sources
                    ),
                    outputs=query.outputs if is_whole else tuple(filter(self._is_kept, query.outputs)),
                )
            case _:
                return query

    def _in_from(self, relation: Relation) -> Relation:
        if isinstance(relation, Select | SetOperation):
            return self._remembered(
                relation, is_whole=isinstance(relation, SetOperation) or relation.distinct == ()
            )
        return relation

    def _is_kept(self, output: Output) -> bool:
        return output.term.op != "column" or output.name in self._read


def _known(query: Query, read: frozenset[str]) -> Iterator[_Known]:
    """Give what is known of each relation in FROM, as far as it has those names."""
    for inner in children_first(query):
        for source in sources_of(inner):
            yield _known_of(source.relation, read)


def _known_of(relation: Relation, read: frozenset[str]) -> _Known:
    match relation:
        case Scan():
            columns = frozenset(column for column in relation.known if column.name in read)
            return columns, frozenset(key for key in relation.keys if key <= read)
        case TableFunction() | Reshape() | SelfReference():
            return relation.known, ()
        case _:
            return (), ()
