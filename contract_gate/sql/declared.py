"""A schema as a person gives it (table → column → type): the shapes of its relations, and where a text's names are found.

`diff`, its witness and `lineage` read a schema alike: names are folded as the dialect folds them, and a table is found
by whatever parts both its names give, in any case.
"""

from collections.abc import Mapping

from contract_gate.core.relation import Column, RelationName
from contract_gate.sql.algebra import Lookup, Shape
from contract_gate.sql.names import fold_column, keeps_case, parse_relation_name

Schema = Mapping[str, Mapping[str, str]]
"""Table → column → type, the columns in their order; a table is named as a text would name it."""
_ALL_PARTS = 3
_QUOTES = {'"': '"', "`": "`", "[": "]"}


def shapes_of(
    schema: Schema, dialect: str, default_database: str | None = None, default_schema: str | None = None
) -> tuple[Shape, ...]:
    """Give the relations of a schema; each is declared completely."""
    return tuple(
        Shape(
            name=parse_relation_name(table, dialect).qualified(default_database, default_schema),
            columns=tuple(
                Column(name=_folded(column, dialect), type=str(kind).upper() if kind else None)
                for column, kind in columns.items()
            ),
            closed=True,
        )
        for table, columns in schema.items()
    )


def _folded(column: str, dialect: str) -> str:
    """Fold a column; where only a quoted name can be in mixed case, one in mixed case was quoted."""
    if len(column) > 2 and _QUOTES.get(column[0]) == column[-1]:
        return fold_column(column[1:-1], True, dialect)
    mixed = column not in (column.lower(), column.upper())
    return fold_column(column, mixed and keeps_case(dialect), dialect)


def lookup_of(shapes: tuple[Shape, ...]) -> Lookup:
    """Make a look-up of these relations; what is not among them, or may be several of them, is an open one."""
    by_name: dict[str, list[Shape]] = {}
    for shape in shapes:
        by_name.setdefault(shape.name.name.lower(), []).append(shape)

    def look_up(name: RelationName) -> Shape | None:
        candidates = [
            shape
            for shape in by_name.get(name.name.lower(), ())
            if _lowered(shape.name).matches(_lowered(name))
            and (len(name.parts) < _ALL_PARTS or len(shape.name.parts) <= len(name.parts))
        ]
        exact = [shape for shape in candidates if shape.name == name]
        if len(exact or candidates) != 1:
            return None
        found = (exact or candidates)[0]
        longer = len(found.name.parts) >= len(name.parts)
        return found if longer else Shape(name=name, columns=found.columns, closed=True)

    return look_up


def _lowered(name: RelationName) -> RelationName:
    return RelationName(tuple(part.lower() for part in name.parts))
