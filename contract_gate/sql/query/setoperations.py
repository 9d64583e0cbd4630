"""UNION, INTERSECT and EXCEPT, bound: which columns of the two sides meet, by position or by name."""

from sqlglot import exp

from contract_gate.core.values import replace
from contract_gate.sql.algebra import Output, Query, Select, SetOperation, Term
from contract_gate.sql.given import is_closed
from contract_gate.sql.query.binding import Binding, Cte
from contract_gate.sql.query.limits import bind_limit, bind_order
from contract_gate.sql.query.place import Place
from contract_gate.sql.query.scope import Scope
from contract_gate.sql.types import STRICT_DIALECTS, clash, type_class


def bind_set_operation(
    binding: Binding, node: exp.SetOperation, ctes: dict[str, Cte], parent: Scope | None
) -> Query:
    """Bind both sides, and say which of their columns are one."""
    # Not `node.left`: it raises where a branch is no SELECT (`TABLE a UNION …`).
    left = binding.subquery(node.args["this"], ctes, parent)
    right = binding.subquery(node.args["expression"], ctes, parent)
    return combine(binding, node, left, right, ctes, parent)


def combine(
    binding: Binding,
    node: exp.SetOperation,
    left: Query,
    right: Query,
    ctes: dict[str, Cte] | None = None,
    parent: Scope | None = None,
) -> SetOperation:
    by_name = bool(node.args.get("by_name"))
    if by_name:
        pairs = _by_name(left, right, _side(binding, node))
    else:
        pairs = _by_position(binding, node, left, right)
        right = _beside(left, right)
    outputs = tuple(
        _merged_output(left, right, pair, index, binding.dialect) for index, pair in enumerate(pairs)
    )
    _check_types(binding, node, left, right, pairs)
    scope = Scope(binding.dialect, parent=parent)
    scope.aliases = {output.name: output.term for output in outputs}
    place = Place(binding, ctes or {}, scope, "order")
    limit, offset, ties = bind_limit(node, place)
    if ties and limit is not None:
        limit = Term("limited", (limit, *ties), ("this",) * (len(ties) + 1))
    kind = {exp.Union: "union", exp.Except: "except", exp.Intersect: "intersect"}.get(type(node), node.key)
    return SetOperation(
        kind=kind, all=not node.args.get("distinct"), left=left, right=right, outputs=outputs,
        by_name=by_name, columns=tuple(pairs) if by_name else (), order=bind_order(node, outputs, place),
        limit=limit, offset=offset,
    )  # fmt: skip


def _by_position(
    binding: Binding, node: exp.SetOperation, left: Query, right: Query
) -> list[tuple[int | None, int | None]]:
    if is_closed(left) and is_closed(right) and len(left.outputs) != len(right.outputs):
        message = f"the branches of {node.key} have {len(left.outputs)} and {len(right.outputs)} columns"
        binding.report("column-count", message, node.args["expression"], True)
    return [(index, index if index < len(right.outputs) else None) for index in range(len(left.outputs))]


def _beside(left: Query, right: Query) -> Query:
    """Give the right side with as many outputs as the left. From a star of either on nobody knows which meets which: there
    all of the right stands beside each of the left, unless both are of one shape.
    """
    shapes = [[output.term.op == "star" for output in side.outputs] for side in (left, right)]
    first = min(shape.index(True) for shape in shapes if True in shape) if any(map(any, shapes)) else None
    if first is None or shapes[0] == shapes[1] or not isinstance(right, Select):
        return right
    terms = tuple(output.term for output in right.outputs[first:])
    rest = Output(name="*", term=Term("star", terms, ("this",) * len(terms)))
    return replace(right, outputs=(*right.outputs[:first], *(rest for _ in left.outputs[first:])))


def _side(binding: Binding, node: exp.SetOperation) -> str:
    """Tell which side's columns BigQuery's `LEFT UNION ALL BY NAME` and `INNER UNION ALL BY NAME` keep; "" for all."""
    if node.args.get("on"):
        binding.report("unsupported", "a set operation over some columns is not understood", node)
    side, kind = (str(node.args.get(slot) or "").lower() for slot in ("side", "kind"))
    return "inner" if kind == "inner" else side


def _by_name(left: Query, right: Query, side: str) -> list[tuple[int | None, int | None]]:
    names = [output.name for output in left.outputs]
    there = {output.name: index for index, output in enumerate(right.outputs)}
    pairs: list[tuple[int | None, int | None]] = [
        (index, there.get(name)) for index, name in enumerate(names)
    ]
    if side == "left":
        return pairs
    if side == "inner":
        return [pair for pair in pairs if pair[1] is not None]
    return pairs + [(None, index) for name, index in there.items() if name not in names]


def _merged_output(
    left: Query, right: Query, pair: tuple[int | None, int | None], position: int, dialect: str
) -> Output:
    sides = [
        query.outputs[index] for query, index in zip((left, right), pair, strict=True) if index is not None
    ]
    first, last = sides[0], sides[-1]
    op = "star" if first.term.op == "star" else "column"
    kinds = {output.type for output in sides if output.term.op != "null"}
    nullable: bool | None = None
    if any(output.nullable for output in sides) or len(sides) == 1:
        nullable = True
    elif all(output.nullable is False for output in sides):
        nullable = False
    return Output(
        name=first.name, term=Term(op, value=str(position)), type=_common_type(kinds, dialect),
        fields=first.fields if first.fields == last.fields else None, nullable=nullable, line=first.line or last.line, column=first.column or last.column,
    )  # fmt: skip


def _common_type(kinds: set[str | None], dialect: str) -> str | None:
    """Give the type that a set operation makes of its branches' types; None where it is not known."""
    if len(kinds) == 1:
        return next(iter(kinds))
    classes = {type_class(kind) for kind in kinds}
    # https://duckdb.org/docs/stable/sql/data_types/typecasting#combination-casting
    return "TEXT" if dialect == "duckdb" and "string" in classes and None not in classes else None


def _check_types(
    binding: Binding,
    node: exp.SetOperation,
    left: Query,
    right: Query,
    pairs: list[tuple[int | None, int | None]],
) -> None:
    """Strict engines refuse branches of two classes of types. Only types that are declared or cast to are sure."""
    if binding.dialect not in STRICT_DIALECTS:
        return
    for one, other in pairs:
        if one is None or other is None:
            continue
        sides = left.outputs[one], right.outputs[other]
        classes = [type_class(side.type) for side in sides if side.term.op in ("column", "cast")]
        if len(classes) == 2 and clash(*classes):
            message = f"`{sides[0].name}` is a {classes[0]} in one branch of {node.key} and a {classes[1]} in the other"
            binding.report("type-mismatch", message, node.args["expression"], True, sides[0].name)
