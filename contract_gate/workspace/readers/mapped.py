"""Tables that Python maps to objects: SQLAlchemy's `Table(…)` and classes with `__tablename__`, Django's with `db_table`.

Every object that such a class loads names all of its columns. https://docs.sqlalchemy.org/en/20/orm/declarative_tables.html,
https://docs.djangoproject.com/en/stable/ref/models/options/#db-table.
"""

import ast
from collections.abc import Sequence

from contract_gate.workspace.python_syntax import called, keywords_of, named_once, pairs_of, text_of
from contract_gate.workspace.readers.queries import of_columns, quoted, relation
from contract_gate.workspace.readers.values import ReaderQuery

_COLUMNS = frozenset({"Column", "mapped_column"})
_NO_COLUMNS = frozenset({"ManyToManyField", "relationship", "Relationship"})
_TO_ONE = frozenset({"ForeignKey", "OneToOneField"})
_ASKS = frozenset({"autoload_with", "autoload"})
"""The columns are what the database has when it is asked."""
_DESCRIBES = frozenset({"schema", *_ASKS})


def schema_of(tree: ast.AST) -> str | None:
    """Give the schema that a module's `MetaData(schema="s")` gives to all tables without one; None where several do."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and called(node) == "MetaData")
    found = {text_of(each.value) for call in calls for each in call.keywords if each.arg == "schema"}
    return found.pop() if len(found) == 1 else None


def of_class(node: ast.ClassDef, schema: str | None) -> ReaderQuery | None:
    """Give what the table of a mapped class is read for; None where the class maps none, or its name is computed.

    `schema` is that of tables without one.
    """
    set_here = _assigned(node)
    name = text_of(set_here.get("__tablename__"))
    if name is not None:
        # https://sqlmodel.tiangolo.com: every attribute of a model that is a table is a column.
        is_whole = any(each.arg == "table" for each in node.keywords)
        own = [found for each in node.body if (found := _sqlalchemy_field(each, is_whole)) is not None]
        return _query(_schema(set_here.get("__table_args__")) or schema, name, own, node.lineno)
    meta = next((each for each in node.body if isinstance(each, ast.ClassDef) and each.name == "Meta"), None)
    name = text_of(_assigned(meta).get("db_table")) if meta is not None else None
    if name is None:
        return None
    own = [found for each in node.body if (found := _django_field(each)) is not None]
    return _query(None, name.replace('"', ""), own, node.lineno)


def of_table(node: ast.Call, schema: str | None) -> ReaderQuery | None:
    """Give what `Table("name", metadata, Column("a", …), schema="s")` reads; None for a table of another library."""
    if called(node) != "Table" or not node.args or (name := text_of(node.args[0])) is None:
        return None
    columns = [each for each in node.args if isinstance(each, ast.Call) and called(each) == "Column"]
    said = keywords_of(node)
    if not columns and not _DESCRIBES & said.keys():
        return None
    named = [(found, each.lineno) for each in columns if each.args and (found := text_of(each.args[0]))]
    if not columns and _ASKS & said.keys():
        named = [("*", node.lineno)]
    return _query(text_of(said.get("schema")) or schema, name, named, node.lineno)


def _query(schema: str | None, name: str, columns: Sequence[tuple[str, int]], line: int) -> ReaderQuery:
    parts = (schema, name) if schema and "." not in name else name.split(".")
    written = relation(*parts) if len(parts) > 1 else quoted(name)
    return of_columns(
        written, [(column if column == "*" else quoted(column), at) for column, at in columns], line
    )


def _sqlalchemy_field(statement: ast.stmt, is_whole: bool) -> tuple[str, int] | None:
    """A column is called as its first argument says, or else as the attribute; `Mapped[…]` alone is one too, a relationship is none."""
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name), value=value) if is_whole:
            made = value if isinstance(value, ast.Call) else None
            said = keywords_of(made) if made is not None else {}
            column = said.get("sa_column")
            own = (_first_text(column) if isinstance(column, ast.Call) else None) or name
            is_none = made is not None and called(made) in _NO_COLUMNS
            return None if is_none or name.startswith("__") else (own, statement.lineno)
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call)
            | ast.AnnAssign(target=ast.Name(id=name), value=ast.Call() as call)
        ) if called(call) in _COLUMNS:
            return (_first_text(call) or name), statement.lineno
        case ast.AnnAssign(target=ast.Name(id=name), annotation=ast.Subscript(value=said), value=None):
            is_mapped = ast.unparse(said).rpartition(".")[2] == "Mapped"
            return (name, statement.lineno) if is_mapped else None
        case _:
            return None


def _django_field(statement: ast.stmt) -> tuple[str, int] | None:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call):
            field = called(call)
            if field in _NO_COLUMNS or not (field.endswith("Field") or field in _TO_ONE):
                return None
            said = text_of(keywords_of(call).get("db_column"))
            return (said or (f"{name}_id" if field in _TO_ONE else name)), statement.lineno
        case _:
            return None


def _assigned(node: ast.ClassDef) -> dict[str, ast.expr]:
    return dict(found for each in node.body if (found := named_once(each)) is not None)


def _schema(arguments: ast.expr | None) -> str | None:
    """`__table_args__` is a dictionary, or a tuple whose last is one."""
    last = arguments.elts[-1] if isinstance(arguments, ast.Tuple) and arguments.elts else arguments
    return next((text_of(value) for key, value in pairs_of(last) if key == "schema"), None)


def _first_text(call: ast.Call) -> str | None:
    return text_of(keywords_of(call).get("name")) or (text_of(call.args[0]) if call.args else None)
