"""dbt's functions: a file with the body, and YAML with the arguments and what it returns. Written as dbt writes their CREATE.

https://docs.getdbt.com/docs/build/udfs, https://docs.getdbt.com/reference/function-properties
"""

from contract_gate.workspace.dbt.nodes import Node
from contract_gate.workspace.documents import Plain

_BARE = frozenset({"duckdb"})
"""Dialects whose functions have no types."""
_RETURN = frozenset({"databricks", "spark", "mysql"})


def creation(node: Node, written: str, body: str, dialect: str) -> str:
    """Give the statement that makes a function, its body on the lines where it is written."""
    arguments = ", ".join(_arguments(node, dialect))
    code = body.strip().rstrip(";")
    lead = body[: len(body) - len(body.lstrip())]
    if node.is_python:
        return (
            f"create function {written}({arguments}){_returns(node)} language python as $$ {lead}{code}\n$$"
        )
    if dialect in _BARE:
        given = f"table {lead}{code}" if _is_table(node) else f"{lead}({code}\n)"
        return f"create macro {written}({arguments}) as {given}"
    head = f"create function {written}({arguments}){_returns(node)}"
    if dialect in _RETURN:
        return f"{head} return {lead}({code}\n)"
    if dialect == "bigquery":
        return f"{head} as ({lead}{code}\n)"
    language = "" if dialect == "snowflake" else " language sql"
    return f"{head}{language} as $$ {lead}{_selected(code, dialect)}\n$$"


def _selected(code: str, dialect: str) -> str:
    """A body in PostgreSQL is a query; the others take an expression too."""
    is_query = code.split(None, 1)[:1] and code.split(None, 1)[0].lower() in ("select", "with")
    return code if is_query or dialect == "snowflake" else f"select {code}"


def _arguments(node: Node, dialect: str) -> list[str]:
    listed = node.declared.field("arguments") if node.declared is not None else None
    found = []
    for item in listed if isinstance(listed, list) else ():
        if isinstance(item, dict) and item.get("name"):
            default = item.get("default_value")
            given = f" default {default}" if default is not None and dialect not in _BARE else ""
            kind = "" if dialect in _BARE else f" {item.get('data_type') or 'variant'}"
            found.append(f"{item['name']}{kind}{given}")
    return found


def _returns(node: Node) -> str:
    declared = node.declared.field("returns") if node.declared is not None else None
    match declared:
        case {"columns": list() as columns}:
            return f" returns table ({', '.join(_column(column) for column in columns)})"
        case {"data_type": str() as kind}:
            return f" returns {kind}"
        case _:
            return ""


def _column(column: Plain) -> str:
    return f"{column.get('name')} {column.get('data_type') or 'variant'}" if isinstance(column, dict) else ""


def _is_table(node: Node) -> bool:
    declared = node.declared.field("returns") if node.declared is not None else None
    return node.config.get("type") == "table" or (isinstance(declared, dict) and "columns" in declared)
