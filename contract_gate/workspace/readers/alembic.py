"""Migrations of Alembic: what `upgrade` takes from tables, as the statements that it runs. What `downgrade` does undoes it, and never runs forward.

https://alembic.sqlalchemy.org/en/latest/ops.html. Columns that are added and types that change are not read.
"""

import ast
from collections.abc import Iterator

from contract_gate.workspace.python_syntax import called, keywords_of, named_once
from contract_gate.workspace.readers import calls
from contract_gate.workspace.readers.queries import quoted
from contract_gate.workspace.readers.values import ReaderQuery

_UNDOES = "downgrade"
_STEPS = {
    "drop_column": ("table_name", "column_name"),
    "alter_column": ("table_name", "column_name"),
    "rename_table": ("old_table_name", "new_table_name"),
    "drop_table": ("table_name",),
}
"""Operations, with their first arguments."""
_BATCH = "batch_alter_table"


def is_migration(tree: ast.Module) -> bool:
    """Tell whether a module is a migration: it imports Alembic and has a revision."""
    imports = (node for node in tree.body if isinstance(node, ast.ImportFrom))
    named = (found[0] for node in tree.body if (found := named_once(node)) is not None)
    return any(node.module == "alembic" for node in imports) and "revision" in named


def is_undone(node: ast.AST) -> bool:
    """Tell whether a node is what undoes a migration."""
    return isinstance(node, ast.FunctionDef) and node.name == _UNDOES


def of_migration(tree: ast.Module, known: calls.Known) -> Iterator[ReaderQuery]:
    """Give the statements that drop or rename something, in their order."""
    pending: list[tuple[ast.AST, list[ast.expr], ast.expr | None]] = [(tree, [], None)]
    while pending:
        node, batch, schema = pending.pop()
        if is_undone(node):
            continue
        for item in node.items if isinstance(node, ast.With) else ():
            call = item.context_expr
            if isinstance(call, ast.Call) and called(call) == _BATCH and call.args:
                batch, schema = call.args[:1], keywords_of(call).get("schema")
        if isinstance(node, ast.Call):
            yield from _of_step(node, batch, schema, known)
        pending.extend((each, batch, schema) for each in reversed([*ast.iter_child_nodes(node)]))


def _of_step(
    call: ast.Call, batch: list[ast.expr], schema: ast.expr | None, known: calls.Known
) -> Iterator[ReaderQuery]:
    names = _STEPS.get(called(call))
    if names is None or not isinstance(call.func, ast.Attribute):
        return
    said = keywords_of(call)
    is_own = isinstance(call.func.value, ast.Name) and call.func.value.id == "op"
    given = dict(zip(names, [*([] if is_own else batch), *call.args], strict=False)) | said
    place = known(given["schema"]) if "schema" in given else known(schema) if schema is not None else None
    texts = {
        key: quoted(made.text)
        for key, value in given.items()
        if key in (*names, "new_column_name") and (made := known(value)) is not None
    }
    table = texts.get(names[0])
    if table is None or not all(name in texts for name in names):
        return
    relation = f"{quoted(place.text)}.{table}" if place is not None else table
    match called(call):
        case "drop_table":
            sql = f"DROP TABLE {relation}"
        case "drop_column":
            sql = f"ALTER TABLE {relation} DROP COLUMN {texts['column_name']}"
        case "rename_table":
            sql = f"ALTER TABLE {relation} RENAME TO {texts['new_table_name']}"
        case _ if "new_column_name" in texts:
            sql = f"ALTER TABLE {relation} RENAME COLUMN {texts['column_name']} TO {texts['new_column_name']}"
        case _:
            return
    yield ReaderQuery(sql=sql, line=call.lineno)
