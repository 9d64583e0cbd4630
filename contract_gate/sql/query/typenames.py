"""Types that the repository or the script makes, put in where a column or a cast names them: a struct, a list of values, what
a domain is made of. What nobody makes stays a name.
"""

from sqlglot import exp

from contract_gate.core.relation import Column, RelationName
from contract_gate.sql.algebra import Routine
from contract_gate.sql.names import read_relation_name
from contract_gate.sql.query.binding import Binding, type_node, type_text
from contract_gate.sql.query.calls import find_named
from contract_gate.sql.types import UNSIZED_IN_CASTS


def spelled_type(binding: Binding, node: exp.DataType) -> str:
    """Spell a type in the dialect, upper case, with what is known of the types that it names."""
    return type_text(known_type(binding, node), binding.dialect)


def cast_type(binding: Binding, cast: exp.Expr, node: exp.DataType) -> str:
    """Spell the type that a cast gives, with the size that it has there where none is written."""
    text = spelled_type(binding, node)
    usual = UNSIZED_IN_CASTS.get(binding.dialect, {}).get(text)
    if usual is not None:
        cast.type = type_node(usual, binding.dialect)
    return usual or text


def known_type(binding: Binding, node: exp.DataType) -> exp.DataType:
    """Give the type with what is known of the types that it names in their place."""
    if not any(each.this is exp.DataType.Type.USERDEFINED for each in node.find_all(exp.DataType)):
        return node
    copied = node.copy()
    for each in list(copied.find_all(exp.DataType)):
        if each.this is exp.DataType.Type.USERDEFINED:
            meant = _meant(binding, each, node)
            if each is copied:
                return meant or node
            if meant is not None:
                each.replace(meant)
    return copied


def is_json(node: exp.Expr) -> bool:
    """Tell whether a value is known to be JSON."""
    node = node.unnest()
    kind = node.to if isinstance(node, exp.Cast) else node.type
    return kind is not None and kind.this in (exp.DataType.Type.JSON, exp.DataType.Type.JSONB)


def columns_of_type(binding: Binding, node: exp.DataType) -> tuple[Column, ...]:
    """Give the attributes of a type that is named, or the columns of the relation whose rows have its name."""
    name = _name(node, binding.dialect)
    routine = find_named(name, node, binding) if name is not None else None
    if routine is not None and routine.is_type:
        return routine.columns if routine.has_attributes else ()
    shape = binding.stored(name) if name is not None else None
    if shape is None or name is None:
        return ()
    binding.read(shape.name, None, node)
    return shape.columns if shape.closed else ()


def _meant(binding: Binding, node: exp.DataType, written: exp.Expr) -> exp.DataType | None:
    name = _name(node, binding.dialect)
    routine = find_named(name, written, binding) if name is not None else None
    return _node(routine, binding.dialect) if routine is not None else None


def _name(node: exp.DataType, dialect: str) -> RelationName | None:
    kind = node.args.get("kind")
    text = kind.sql(dialect=dialect or None) if isinstance(kind, exp.Expr) else str(kind or "")
    return read_relation_name(text, dialect) if text else None


def _node(routine: Routine, dialect: str) -> exp.DataType | None:
    if not routine.is_type or not routine.columns:
        return None
    if not routine.has_attributes:
        only = routine.columns[0].type
        found = type_node(only, dialect) if only is not None else None
        return found.copy() if found is not None else None
    attributes = [
        exp.ColumnDef(this=exp.to_identifier(column.name), kind=_attribute(column.type, dialect))
        for column in routine.columns
    ]
    return exp.DataType(this=exp.DataType.Type.STRUCT, expressions=attributes, nested=True)


def _attribute(text: str | None, dialect: str) -> exp.DataType:
    found = type_node(text, dialect) if text is not None else None
    return found.copy() if found is not None else exp.DataType(this=exp.DataType.Type.UNKNOWN)
