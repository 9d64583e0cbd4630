"""Which columns a bound query gives and lacks, as far as they are known: through stars of relations that nobody lists too."""

from contract_gate.core.relation import Column
from contract_gate.sql.algebra import Query, Scan, Select, SetOperation


def is_closed(query: Query) -> bool:
    """Tell whether all output columns of the query are known by name."""
    return not any(output.term.op == "star" for output in query.outputs)


def lacking_columns(relation: object) -> frozenset[str]:
    """Give the names that the open stars of a query do not bring, and that it has no other column of."""
    match relation:
        case Scan():
            return relation.lacking
        case SetOperation() if not relation.by_name:
            return lacking_columns(relation.left)
        case Select():
            below = {source.id: source.relation for source in relation.sources}
            stars = [
                lacking_columns(below.get(term.source)) | frozenset(term.value.split(","))
                for term in (output.term for output in relation.outputs)
                if term.op == "star"
            ]
            named = {output.name for output in relation.outputs}
            return frozenset.intersection(*stars) - named - {"", "?"} if stars else frozenset()
        case _:
            return frozenset()


def columns_behind(relation: object) -> frozenset[str]:
    """Give the names of which it is known that the open stars of a query bring them."""
    match relation:
        case SetOperation() if not relation.by_name:
            return columns_behind(relation.left)
        case Select():
            below = {source.id: source.relation for source in relation.sources}
            found: set[str] = set()
            for term in (output.term for output in relation.outputs if output.term.op == "star"):
                found |= _known_in(below.get(term.source)) - set(term.value.split(","))
            return frozenset(found)
        case _:
            return frozenset()


def _known_in(relation: object) -> frozenset[str]:
    if isinstance(relation, Scan):
        return frozenset(column.name for column in relation.known)
    known = output_columns(relation) if isinstance(relation, (Select, SetOperation)) else ()
    return frozenset(known) | columns_behind(relation)


def output_columns(query: Query) -> dict[str, Column]:
    """Give the output columns by name; the first of two with the same name."""
    columns: dict[str, Column] = {}
    for output in query.outputs:
        if output.term.op != "star":
            columns.setdefault(
                output.name,
                Column(name=output.name, type=output.type, nullable=output.nullable, fields=output.fields),
            )
    return columns


def behind_stars(relation: object, name: str) -> Column | None:
    """Look for a column below the open stars of a block; None where two of them may have it."""
    if not isinstance(relation, Select):
        return None
    sources = {source.id: source.relation for source in relation.sources}
    stars = [output.term for output in relation.outputs if output.term.op == "star"]
    if len(stars) != 1 or stars[0].source not in sources or name in stars[0].value.split(","):
        return None
    below = sources[stars[0].source]
    if isinstance(below, Scan):
        return next((column for column in below.known if column.name == name), None)
    if isinstance(below, Select):
        return output_columns(below).get(name) or behind_stars(below, name)
    return None
