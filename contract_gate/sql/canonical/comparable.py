"""Whether an equality compares values as they are stored: a key of texts says nothing of the numbers they make."""

from collections.abc import Iterable

from contract_gate.sql.algebra import Scan, Select, Source, Term
from contract_gate.sql.families import SPARK, TRINO
from contract_gate.sql.types import is_exact, is_plain_text, is_same_type, type_class


def keeps_apart(key: Term, other: Term, sources: Iterable[Source]) -> bool:
    """Tell whether values that differ in a key meet different values of the other side.

    '1' and '01' are two texts and one number: not where both classes of types are known and differ. A text that is
    written out is read as the key's own type.
    """
    if other.op == "string":
        return True
    around = tuple(sources)
    classes = {_class_of(key, around), _class_of(other, around)} - {None}
    return len(classes) < 2


def is_one_value(one: Term, other: Term, sources: Iterable[Source], dialect: str) -> bool:
    """Tell whether two columns that are equal hold one and the same value: of one type, in which nothing else is equal.

    Not fractions (0.0 is -0.0, 1.0 is 1.00), nor texts where case or blanks may say nothing.
    """
    around = tuple(sources)
    kinds = [type_of(term, around) for term in (one, other)]
    if kinds[0] is None or kinds[1] is None or not is_same_type(kinds[0], kinds[1]) or dialect in _LOOSE:
        return False
    return is_exact(kinds[0]) or (dialect in _COMPARES_BYTES and is_plain_text(kinds[0]))


_LOOSE = frozenset({"", "sqlite"})
"""A column of whole numbers may hold a text there."""
_COMPARES_BYTES = SPARK | TRINO | {"duckdb", "postgres", "bigquery", "snowflake", "clickhouse"}


def _class_of(term: Term, sources: tuple[Source, ...]) -> str | None:
    return "number" if term.op == "number" else type_class(type_of(term, sources))


def type_of(term: Term, sources: tuple[Source, ...]) -> str | None:
    match term.op:
        case "cast":
            return term.value
        case "column":
            relation = next((source.relation for source in sources if source.id == term.source), None)
        case _:
            return None
    if isinstance(relation, Scan):
        return next((column.type for column in relation.known if column.name == term.value), None)
    if isinstance(relation, Select):
        output = next((output for output in relation.outputs if output.name == term.value), None)
        return type_of(output.term, relation.sources) if output is not None else None
    return None
