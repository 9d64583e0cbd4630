"""Tables that Python maps to objects: SQLAlchemy's `Table(…)` and classes with `__tablename__`, Django's with `db_table`.

Every object that such a class loads names all of its columns. https://docs.sqlalchemy.org/en/20/orm/declarative_tables.html,
https://docs.djangoproject.com/en/stable/ref/models/options/#db-table.
"""

import ast
from collections.abc import Iterator, Sequence

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
    found = {_text(each.value) for call in calls for each in call.keywords if each.arg == "schema"}
    return found.pop() if len(found) == 1 else None


def of_class(node: ast.ClassDef, schema: str | None) -> ReaderQuery | None:
    """Give what the table of a mapped class is read for; None where the class maps none, or its name is computed.

    `schema` is that of tables without one.
    """
    set_here = dict(_assigned(node))
    name = _text(set_here.get("__tablename__"))
    if name is not None:
        # https://sqlmodel.tiangolo.com: every attribute of a model that is a table is a column.
        is_whole = any(each.arg == "table" for each in node.keywords)
        own = [found for each in node.body if (found := _sqlalchemy_field(each, is_whole)) is not None]
        return _query(_schema(set_here.get("__table_args__")) or schema, name, own, node.lineno)
    meta = next((each for each in node.body if isinstance(each, ast.ClassDef) and each.name == "Meta"), None)
    name = _text(dict(_assigned(meta)).get("db_table")) if meta is not None else None
    if name is None:
        return None
    own = [found for each in node.body if (found := _django_field(each)) is not None]
    return _query(None, name.replace('"', ""), own, node.lineno)


def of_table(node: ast.Call, schema: str | None) -> ReaderQuery | None:
    """Give what `Table("name", metadata, Column("a", …), schema="s")` reads; None for a table of another library."""
    if called(node) != "Table" or not node.args or (name := _text(node.args[0])) is None:
        return None
    columns = [each for each in node.args if isinstance(each, ast.Call) and called(each) == "Column"]
    said = {each.arg: each.value for each in node.keywords}
    if not columns and not _DESCRIBES & said.keys():
        return None
    named = [(found, each.lineno) for each in columns if each.args and (found := _text(each.args[0]))]
    if not columns and _ASKS & said.keys():
        named = [("*", node.lineno)]
    return _query(_text(said.get("schema")) or schema, name, named, node.lineno)


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
            said = {each.arg: each.value for each in made.keywords} if made is not None else {}
            column = said.get("sa_column")
            own = (_first_text(column) if isinstance(column, ast.Call) else None) or name
            is_none = made is not None and called(made) in _NO_COLUMNS
            return None if is_none or name.startswith("__") else (own, statement.lineno)
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call) if called(call) in _COLUMNS:
            return (_first_text(call) or name), statement.lineno
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.Call() as call) if called(call) in _COLUMNS:
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
            said = _text(next((each.value for each in call.keywords if each.arg == "db_column"), None))
            return (said or (f"{name}_id" if field in _TO_ONE else name)), statement.lineno
        case _:
            return None


def _assigned(node: ast.ClassDef) -> Iterator[tuple[str, ast.expr]]:
    for each in node.body:
        match each:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                yield name, value
            case _:
                pass


def _schema(arguments: ast.expr | None) -> str | None:
    """`__table_args__` is a dictionary, or a tuple whose last is one."""
    last = arguments.elts[-1] if isinstance(arguments, ast.Tuple) and arguments.elts else arguments
    if not isinstance(last, ast.Dict):
        return None
    pairs = zip(last.keys, last.values, strict=True)
    return next((_text(value) for key, value in pairs if _text(key) == "schema"), None)


def _first_text(call: ast.Call) -> str | None:
    said = next((each.value for each in call.keywords if each.arg == "name"), None)
    return _text(said) or (_text(call.args[0]) if call.args else None)


def called(call: ast.Call) -> str:
    """Give the last name of what is called, "" where it has none."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _text(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
