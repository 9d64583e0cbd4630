"""dbt's functions: a file with the body, and YAML with the arguments and what it returns. Written as dbt writes their CREATE.

https://docs.getdbt.com/docs/build/udfs, https://docs.getdbt.com/reference/function-properties
"""

from collections.abc import Iterator, Mapping

from contract_gate.workspace.dbt.nodes import Node
from contract_gate.workspace.dbt.properties import Declared
from contract_gate.workspace.documents import Plain
from contract_gate.workspace.files import stem_of

_BARE = frozenset({"duckdb"})
"""Dialects whose functions have no types."""
_RETURN = frozenset({"databricks", "spark", "mysql"})


def overloads(declared: Declared | None) -> Iterator[tuple[str, Mapping[str, Plain]]]:
    """Give the further forms of a function, each with the name of its file, without its ending.

    https://docs.getdbt.com/reference/resource-properties/overloads
    """
    listed = declared.field("overloads") if declared is not None else None
    for entry in listed if isinstance(listed, list) else ():
        if isinstance(entry, dict) and isinstance(file := entry.get("defined_in"), str):
            yield stem_of(file), entry


def creation(node: Node, written: str, body: str, dialect: str) -> str:
    """Give the statements that make a function and its overloads, its body on the lines where it is written."""
    declared = dict(node.declared.fields) if node.declared is not None else {}
    is_table = node.config.get("type") == "table"
    made = [_form(declared, written, body, dialect, is_python=node.is_python, is_table=is_table)]
    for each in node.overloads:
        form = {"returns": declared.get("returns"), **each.declared}
        made.append(_form(form, written, each.text, dialect, is_python=each.is_python, is_table=is_table))
    return ";\n".join(made)


def _form(
    declared: Mapping[str, Plain], written: str, body: str, dialect: str, *, is_python: bool, is_table: bool
) -> str:
    arguments = ", ".join(_arguments(declared.get("arguments"), dialect))
    code = body.strip().rstrip(";")
    lead = body[: len(body) - len(body.lstrip())]
    returns = _returns(declared.get("returns"))
    if is_python:
        return f"create function {written}({arguments}){returns} language python as $$ {lead}{code}\n$$"
    if dialect in _BARE:
        is_table = is_table or returns.startswith(" returns table")
        given = f"table {lead}{code}" if is_table else f"{lead}({code}\n)"
        return f"create macro {written}({arguments}) as {given}"
    head = f"create function {written}({arguments}){returns}"
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


def _arguments(listed: Plain, dialect: str) -> list[str]:
    found = []
    for item in listed if isinstance(listed, list) else ():
        if isinstance(item, dict) and item.get("name"):
            default = item.get("default_value")
            given = f" default {default}" if default is not None and dialect not in _BARE else ""
            kind = "" if dialect in _BARE else f" {item.get('data_type') or 'variant'}"
            found.append(f"{item['name']}{kind}{given}")
    return found


def _returns(declared: Plain) -> str:
    match declared:
        case {"columns": list() as columns}:
            return f" returns table ({', '.join(_column(column) for column in columns)})"
        case {"data_type": str() as kind}:
            return f" returns {kind}"
        case _:
            return ""


def _column(column: Plain) -> str:
    return f"{column.get('name')} {column.get('data_type') or 'variant'}" if isinstance(column, dict) else ""
