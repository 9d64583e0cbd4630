"""Whether an equality compares values as they are stored: a key of texts says nothing of the numbers they make."""

from collections.abc import Iterable

from contract_gate.sql.algebra import Scan, Select, Source, Term
from contract_gate.sql.types import type_class


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


def _class_of(term: Term, sources: tuple[Source, ...]) -> str | None:
    match term.op:
        case "number":
            return "number"
        case "cast":
            return type_class(term.value)
        case "column":
            relation = next((source.relation for source in sources if source.id == term.source), None)
        case _:
            return None
    if isinstance(relation, Scan):
        return next((type_class(column.type) for column in relation.known if column.name == term.value), None)
    if isinstance(relation, Select):
        output = next((output for output in relation.outputs if output.name == term.value), None)
        return _class_of(output.term, relation.sources) if output is not None else None
    return None
