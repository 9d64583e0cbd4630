"""Nested columns: which fields and elements of a column the SQL reaches into, and the type that has them all.

A place inside a column is named as a column of its own, `event.params[].key`; so evidence of types and values to try
are gathered for it as for any other.
"""

from collections.abc import Iterable
from random import Random

from sqlglot import exp

from contract_gate.core.values import dataclass, field
from contract_gate.witness.binding import Base, Bound, BoundOutput
from contract_gate.witness.values import Value

_DEEPEST = 60
_NULLS = 0.1
_FIRST = 0.6


@dataclass(slots=True)
class Nest:
    """What is reached inside a column: fields of a struct, or the elements of a list; neither for a plain one."""

    path: str
    fields: dict[str, "Nest"] = field(default_factory=dict)
    element: "Nest | None" = None
    kind: str | None = None

    def known(self) -> list[tuple[str, str]]:
        """Give the plain places whose type is declared: (path, DuckDB type)."""
        inside = [*self.fields.values(), *([self.element] if self.element else [])]
        own = [(self.path, self.kind)] if self.kind else []
        return own + [pair for inner in inside for pair in inner.known()]


def is_nested(kind: str) -> bool:
    """Tell whether a DuckDB type is a struct or a list."""
    return kind.startswith("STRUCT") or kind.endswith("]")


def declared_nest(kind: str, path: str) -> Nest:
    """Take a declared DuckDB type apart."""
    return _nest_of(exp.DataType.build(kind, dialect="duckdb", udt=True), path)


def _nest_of(data_type: exp.DataType, path: str) -> Nest:
    nest = Nest(path)
    if data_type.is_type(exp.DataType.Type.STRUCT):
        for part in data_type.expressions:
            if isinstance(part, exp.ColumnDef) and part.kind is not None:
                name = part.name.lower()
                nest.fields[name] = _nest_of(part.kind, f"{path}.{name}")
    elif data_type.is_type(exp.DataType.Type.ARRAY, exp.DataType.Type.LIST) and data_type.expressions:
        nest.element = _nest_of(data_type.expressions[0], f"{path}[]")
    if not nest.fields and nest.element is None:
        spelled = data_type.sql("duckdb").upper()
        nest.kind = {"TEXT": "VARCHAR", "INT": "INTEGER"}.get(spelled, spelled)
    return nest


def place_of(bound: Bound, node: exp.Expr | None) -> Base | None:
    """Name the place that an expression reads, through subqueries, dots, subscripts and UNNEST; None if it computes."""
    steps: list[str] = []
    for _ in range(_DEEPEST):
        if isinstance(node, exp.Paren | exp.Alias):
            node = node.this
        elif isinstance(node, exp.Dot) and isinstance(node.expression, exp.Identifier):
            steps.append(f".{node.expression.name.lower()}")
            node = node.this
        elif isinstance(node, exp.Unnest):
            steps.append("[]")
            node = node.expressions[0] if node.expressions else None
        elif isinstance(node, exp.Explode) or (isinstance(node, exp.Bracket) and not _is_key(node)):
            steps.append("[]")
            node = node.this
        elif isinstance(node, exp.Column):
            origin = bound.origins.get(id(node))
            if isinstance(origin, Base):
                return Base(origin.table, origin.column + "".join(reversed(steps)))
            node = origin.made_by[0][1] if isinstance(origin, BoundOutput) else None
        else:
            return None
    return None


def whole(column: exp.Column) -> exp.Expr:
    """Give the dotted expression that a column begins: `a` of `a.b.c` gives all of it."""
    node: exp.Expr = column
    while isinstance(node.parent, exp.Dot) and node.arg_key == "this":
        node = node.parent
    return node


def nests(bound: Bound) -> dict[Base, Nest]:
    """Give the columns that are reached into, each with what is inside."""
    found: dict[Base, Nest] = {}
    reaching = (exp.Dot, exp.Unnest, exp.Bracket, exp.Explode)
    for side in bound.sides:
        for node in side.find_all(*reaching):
            _add(found, place_of(bound, node))
        for column in side.find_all(exp.Column):
            place = place_of(bound, column)
            if place is not None and _split(place.column)[1]:
                _add(found, place)
    return found


def places(nest: Nest) -> Iterable[str]:
    """Give the paths of all plain places inside."""
    inside = [*nest.fields.values(), *([nest.element] if nest.element else [])]
    if not inside:
        yield nest.path
    for inner in inside:
        yield from places(inner)


def nested_type(nest: Nest, leaves: dict[str, str]) -> str:
    """Spell the DuckDB type that has everything that is reached; `leaves` are the types of the plain places."""
    if nest.element is not None:
        return f"{nested_type(nest.element, leaves)}[]"
    if nest.fields:
        fields = (f'"{name}" {nested_type(inner, leaves)}' for name, inner in nest.fields.items())
        return f"STRUCT({', '.join(fields)})"
    return leaves[nest.path]


def nested_values(nest: Nest, candidates: dict[str, list[Value]], count: int = 40) -> list[Value]:
    """Make values of a nested type from the candidates of its plain places, the same ones each time."""
    random = Random(nest.path)  # noqa: S311 - repeatable
    return [_nested(nest, candidates, random) for _ in range(count)]


def _nested(nest: Nest, candidates: dict[str, list[Value]], random: Random) -> Value:
    if nest.element is not None:
        return [_nested(nest.element, candidates, random) for _ in range(random.choice((1, 1, 2, 0, 3)))]
    if nest.fields:
        return {name: _nested(inner, candidates, random) for name, inner in nest.fields.items()}
    held_values = candidates.get(nest.path, [])
    if not held_values or random.random() < _NULLS:
        return None
    return random.choice(held_values[:4] if random.random() < _FIRST else held_values[:16])


def _add(found: dict[Base, Nest], place: Base | None) -> None:
    if place is None:
        return
    name, steps = _split(place.column)
    nest = found.setdefault(Base(place.table, name), Nest(name))
    for step in steps:
        if step == "[]":
            nest.element = nest.element or Nest(f"{nest.path}[]")
            nest = nest.element
        else:
            nest = nest.fields.setdefault(step, Nest(f"{nest.path}.{step}"))


def _split(path: str) -> tuple[str, list[str]]:
    """Take a path apart: its column, and each step (a field's name, or `[]`)."""
    name, *steps = path.replace("[]", ".[]").split(".")
    return name, steps


def _is_key(node: exp.Bracket) -> bool:
    return any(isinstance(key, exp.Literal) and key.is_string for key in node.expressions)
