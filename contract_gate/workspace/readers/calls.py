"""Relations that a call in Python names without SQL: its place and itself in two arguments, or what an operator of Airflow checks or copies."""

import ast
from collections.abc import Callable, Sequence
from dataclasses import replace

from contract_gate.workspace.python_syntax import called, keywords_of, pairs_of, text_of, texts_of
from contract_gate.workspace.readers.literals import RELATION, Pieced, reading
from contract_gate.workspace.readers.values import ReaderQuery

Known = Callable[[ast.expr], Pieced | None]
"""Gives the text that an expression stands for; None where nobody knows it."""
_TABLES = frozenset({"table", "read_sql_table", "read_table", "get_table"})
"""Methods that read a relation by its name."""
_PLACES = frozenset({"dataset", "dataset_id", "dataset_name", "schema", "schema_name"})
_NAMES = frozenset({"table", "table_id", "table_name"})
_CHECKS = ("column_mapping", "checks")
"""Arguments of Airflow's `SQLColumnCheckOperator` and `SQLTableCheckOperator`, and of BigQuery's."""
_LISTS = ("columns", "select_columns", "selected_fields")
"""Arguments that name a relation together, and its columns: of Airflow's operators and of those that a project writes for itself."""


def of_copy(node: ast.Call, known: Known) -> ReaderQuery | None:
    """Give the relation that two arguments of a call name together, its place in one and itself in the other."""
    said = keywords_of(node)
    place, table = (sorted(group & said.keys()) for group in (_PLACES, _NAMES))
    if len(place) != 1 or len(table) != 1:
        return None
    parts = [made.text for name in (*place, *table) if (made := known(said[name])) is not None]
    if len(parts) != 2 or not all(part.isidentifier() for part in parts):
        return None
    listed = next((said[name] for name in _LISTS if name in said), None)
    return relation_read(".".join(parts), listed_columns(listed), node.lineno)


def of_checks(node: ast.Call, known: Known) -> ReaderQuery | None:
    """Give the relation that an operator of Airflow checks or copies by its name, with what the checks read of it."""
    said = keywords_of(node)
    checks = next((value for key in _CHECKS if isinstance(value := said.get(key), ast.Dict)), None)
    named = said.get("table") if checks is not None else said.get("source_project_dataset_table")
    made = known(named) if named is not None else None
    if made is None or RELATION.fullmatch(made.text.replace(":", ".")) is None:
        return None
    columns = texts_of([key for key in checks.keys if key is not None]) if checks is not None else None
    if checks is not None and "checks" in said:
        inner = (pair for each in checks.values for pair in pairs_of(each))
        columns = [
            f"({text})" for key, value in inner if key == "check_statement" and (text := text_of(value))
        ]
    return relation_read(made.text.replace(":", "."), columns, node.lineno)


def table_of(node: ast.Call) -> ast.expr | None:
    """Give what names a table in a call: the first argument, Spark's second of `jdbc` and of `option("dbtable", …)`."""
    match called(node), node.args:
        case name, [first, *_] if name in _TABLES:
            return first
        case "jdbc", [_, second, *_]:
            return second
        case "option", [ast.Constant(value="dbtable" | "table"), second]:
            return second
        case _:
            return None


def relation_read(name: str, columns: list[str] | None, line: int) -> ReaderQuery:
    """Write a relation that is read by its name as a query, of all its columns where none are known."""
    return replace(reading(", ".join(columns or "*"), name, Pieced("", (line,))), is_sql=False)


def listed_columns(node: ast.expr | None) -> list[str] | None:
    """Give the columns that an argument lists, in a list or one text."""
    if node is None:
        return None
    return columns_of(node.elts if isinstance(node, ast.List | ast.Tuple) else [node])


def columns_of(nodes: Sequence[ast.expr]) -> list[str] | None:
    """Give the names of columns among texts, `"a, b"` counts as two; None where one is anything else."""
    found = [name.strip() for text in texts_of(nodes) or () for name in text.split(",")]
    return found if found and all(name.isidentifier() for name in found) else None
