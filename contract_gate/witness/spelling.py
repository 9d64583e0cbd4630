"""A bound side written as DuckDB SQL, with what sqlglot's generator leaves in the source's dialect mended."""

from collections.abc import Container

from sqlglot import ErrorLevel, exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.schema import MappingSchema

from contract_gate.witness.engines import never_empty
from contract_gate.witness.question import ResultShape
from contract_gate.witness.refusal import Refusal
from contract_gate.witness.values import first_line, quoted

ELEMENTS = {"jsonb_array_elements": "JSON", "json_array_elements": "JSON",
             "jsonb_array_elements_text": "VARCHAR", "json_array_elements_text": "VARCHAR"}  # fmt: skip


def spell(
    side: exp.Query, shapes: tuple[ResultShape, ...], dialect: str, reserved: Container[str] = ()
) -> str:
    """Write a query for DuckDB over tables of these shapes. Raises `Refusal` where DuckDB has no such thing."""
    query = side.copy()
    for identifier in query.find_all(exp.Identifier):
        if identifier.name in reserved:
            identifier.set("quoted", True)
    schema = MappingSchema(
        {shape.name: dict(shape.columns) for shape in shapes}, dialect="duckdb", normalize=False
    )
    try:
        typed = annotate_types(query, schema=schema, dialect=dialect or None)
        return typed.transform(_mended).sql(
            "duckdb", unsupported_level=ErrorLevel.RAISE, pretty=True, comments=False
        )
    except (SqlglotError, RecursionError) as error:
        raise Refusal(f"it has no equal in DuckDB: {first_line(error)}") from error


def readable(sql: str, shape: ResultShape) -> str:
    """Wrap a query so that each column comes out as a value that Python can hold without a time zone database."""
    zoned = [name for name, kind in shape.columns if "TIME ZONE" in kind]
    if not zoned:
        return sql
    replaced = ", ".join(f"CAST({quoted(name)} AS VARCHAR) AS {quoted(name)}" for name in zoned)
    return f"SELECT * REPLACE ({replaced}) FROM ({sql}) AS zoned"  # noqa: S608 - the query itself


def _mended(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Anonymous) and node.name.lower() in ELEMENTS:
        kind = ELEMENTS[node.name.lower()]
        listed = exp.func("from_json", node.expressions[0].copy(), exp.Literal.string(f'["{kind}"]'))
        return exp.func("unnest", listed)
    if isinstance(node, exp.CountIf):  # DuckDB's own gives NULL where every input is NULL
        return exp.Count(this=exp.case().when(node.this.copy(), exp.Literal.number(1)))
    if isinstance(node, exp.ExplodeOuter):
        return exp.func("unnest", never_empty(node.this))
    return node
