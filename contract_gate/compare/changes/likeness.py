"""Two definitions that differ in nothing but columns of stored relations that neither reads, told without their canonical forms."""

from collections.abc import Collection, Iterator

from contract_gate.core.relation import Column
from contract_gate.core.remembering import spelled
from contract_gate.sql.algebra import Query, Reshape, Scan, SelfReference, TableFunction
from contract_gate.sql.statement.definition import Definition
from contract_gate.sql.walk import Relation, children_first, own_terms, parts, sources_of

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
    return spelled(before, _OF_RELATIONS) == spelled(after, _OF_RELATIONS)


def _names_read(query: Query) -> frozenset[str] | None:
    """Give the columns' names that a query writes anywhere, of whichever relation; None where it reads what it does not name."""
    names: set[str] = set()
    for inner in children_first(query):
        for term in parts(own_terms(inner)):
            if term.source and term.op not in ("column", "unresolved", "any_column"):
                return None
            names.add(term.value)
    return frozenset(names)


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
