"""Queries that Python builds of objects: pypika's, and SQLAlchemy's core with tables that are only named.

https://pypika.readthedocs.io/en/latest/2_tutorial.html, https://docs.sqlalchemy.org/en/20/core/selectable.html#sqlalchemy.sql.expression.table.
What of a table is named nowhere is what the call itself can't say (`select(*columns)`): then the whole table is read.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping

from contract_gate.workspace.python_syntax import called, keywords_of, text_of
from contract_gate.workspace.readers import calls
from contract_gate.workspace.readers.literals import RELATION
from contract_gate.workspace.readers.queries import of_columns, quoted
from contract_gate.workspace.readers.values import ReaderQuery

_LIBRARIES = frozenset({"pypika", "sqlalchemy"})
_FROM = frozenset({"from_", "select_from", "into", "update"})
_TAKES = frozenset({"select", "groupby", "group_by", "orderby", "order_by", "distinct", "columns"})
"""Methods whose texts are columns of the first table."""
_COLUMNS = frozenset({"column", "literal_column", "Field"})
_OF_TABLE = frozenset({
    "alias", "as_", "c", "columns", "delete", "exported_columns", "field", "for_", "for_portion", "get_sql", "insert", "is_clone_of", "join",
    "name", "outerjoin", "primary_key", "schema", "select", "star", "tablesample", "update", "get_table_name",
})  # fmt: skip
"""What a table of either library has of its own: a column of such a name is reached by a text."""


def builds_queries(tree: ast.Module) -> bool:
    """Tell whether a module imports one of the libraries."""
    return any(_imports(node) & _LIBRARIES for node in ast.walk(tree))


def of_tables(tree: ast.Module, bound: Mapping[int, ast.expr], known: calls.Known) -> Iterator[ReaderQuery]:
    """Give what is read of each table that the module makes an object of: the columns that its code names, else whatever there is."""
    found = _BuiltTables(bound, known)
    for node in ast.walk(tree):
        if isinstance(node, ast.expr):
            found.take(node)
    for (relation, line), columns in found.columns.items():
        named = sorted(
            {pair for pair in columns if not pair[0].startswith(("(", "*"))}, key=lambda pair: pair[::-1]
        )
        if named:
            yield of_columns(relation, named, line)
        yield from (calls.relation_read(relation, [name], at) for name, at in columns if name.startswith("("))
        if not columns or any(name == "*" for name, _ in columns):
            yield calls.relation_read(relation, None, line)


class _BuiltTables:
    """The tables of a module by name and line, with the columns that are named of each and where (`*`: nobody knows which)."""

    def __init__(self, bound: Mapping[int, ast.expr], known: calls.Known) -> None:
        self._bound, self._known = bound, known
        self.columns: dict[tuple[str, int], list[tuple[str, int]]] = defaultdict(list)

    def take(self, node: ast.expr) -> None:
        """Take in what one expression makes or names."""
        if (table := self._made(node)) is not None:
            self.columns[table] += _column_calls(node)
        if (named := _column_of(node)) is not None:
            self._name(*named, node.lineno)
        if not isinstance(node, ast.Call):
            return
        if called(node) == "Tables":
            for table in filter(None, map(self._source, node.args)):
                self.columns.setdefault(table, [])
        elif isinstance(node.func, ast.Attribute):
            self._chain(node, node.func.attr)

    def _name(self, owner: ast.expr, column: str, line: int) -> None:
        table = self._table(owner)
        if table is not None and not self._is_schema(owner):
            self.columns[table].append((quoted(column), line))

    def _chain(self, call: ast.Call, method: str) -> None:
        """Take in the columns that a chain of calls names by texts: `Query.from_(t).select("a")`, `select(column("a")).select_from(t)`."""
        chain = [*_chained(call)]
        sources = [arg for each in chain if called(each) in _FROM for arg in each.args[:1]]
        table = self._source(sources[-1]) if sources else None
        if table is None:
            return
        for each in chain if method in _FROM else [call]:
            for arg in each.args:
                self.columns[table] += _column_calls(arg)
                if called(each) in _TAKES and isinstance(arg, ast.Starred):
                    self.columns[table].append(("*", arg.lineno))
                elif called(each) in _TAKES and (name := text_of(arg)) is not None:
                    self.columns[table].append((name if name == "*" else quoted(name), arg.lineno))

    def _source(self, node: ast.expr) -> tuple[str, int] | None:
        """Give the table that a chain is from, by an object or a text."""
        if isinstance(node, ast.Call) and called(node) == "text" and node.args:
            node = node.args[0]
        made = self._known(node) if not isinstance(node, ast.Name) else None
        if made is not None and RELATION.fullmatch(made.text):
            return made.text, node.lineno
        return self._table(node)

    def _table(self, node: ast.expr) -> tuple[str, int] | None:
        """Give the table that an expression means, a name's too."""
        followed: set[int] = set()
        while isinstance(node, ast.Name) and id(node) in self._bound and id(node) not in followed:
            followed.add(id(node))
            node = self._bound[id(node)]
        if isinstance(node, ast.Call) and called(node) in ("as_", "alias"):
            return self._table(node.func.value) if isinstance(node.func, ast.Attribute) else None
        return self._made(node)

    def _made(self, node: ast.expr) -> tuple[str, int] | None:
        """Give the table that an expression itself makes: `Table("t", schema="s")`, `table("t")`, `Schema("s").t`."""
        if isinstance(node, ast.Attribute) and self._is_schema(node.value):
            schema = self._schema(node.value)
            return f"{schema}.{quoted(node.attr)}", node.lineno
        if not isinstance(node, ast.Call) or not node.args or not is_named_table(node, self._bound):
            return None
        name = self._known(node.args[0])
        if name is None or RELATION.fullmatch(name.text) is None:
            return None
        said = keywords_of(node)
        schema = self._schema(said["schema"]) if "schema" in said else ""
        return (f"{schema}.{name.text}" if schema else name.text), node.lineno

    def _is_schema(self, node: ast.expr) -> bool:
        node = self._bound.get(id(node), node)
        return isinstance(node, ast.Call) and called(node) in ("Schema", "Database")

    def _schema(self, node: ast.expr) -> str:
        node = self._bound.get(id(node), node)
        if isinstance(node, ast.Call) and node.args and self._is_schema(node):
            node = node.args[0]
        made = self._known(node)
        return made.text if made is not None and RELATION.fullmatch(made.text) else "${schema}"


def is_named_table(call: ast.Call, bound: Mapping[int, ast.expr]) -> bool:
    """Tell whether a call makes an object of a table by its name and columns: a function of a module, no method (`spark.table`)."""
    if called(call) not in ("Table", "table") or not all(map(_is_column, call.args[1:])):
        return False
    if isinstance(call.func, ast.Name):
        return True
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    return isinstance(made := bound.get(id(owner)), ast.Call) and called(made) == "__import__"


def _column_of(node: ast.expr) -> tuple[ast.expr, str] | None:
    """Give what an expression takes a column of, and its name: `t.a`, `t["a"]`, `t.c.a`, `t.field("a")`."""
    match node:
        case (
            ast.Attribute(value=owner, attr=name)
            | ast.Subscript(value=owner, slice=ast.Constant(value=str(name)))
        ):
            is_all = isinstance(owner, ast.Attribute) and owner.attr in ("c", "columns")
            if isinstance(owner, ast.Attribute) and is_all:
                return owner.value, name
            is_own = isinstance(node, ast.Attribute) and name in _OF_TABLE
            return (owner, name) if isinstance(owner, ast.Name) and not is_own else None
        case ast.Call(func=ast.Attribute(value=owner, attr="field"), args=[ast.Constant(value=str(name))]):
            return owner, name
        case _:
            return None


def _is_column(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and called(node) in _COLUMNS


def _imports(node: ast.AST) -> frozenset[str]:
    match node:
        case ast.Import(names=names):
            return frozenset(each.name.partition(".")[0] for each in names)
        case ast.ImportFrom(module=str(module)):
            return frozenset((module.partition(".")[0],))
        case _:
            return frozenset()


def _chained(call: ast.Call) -> Iterator[ast.Call]:
    """Give a call and those whose results it is made on, the last first."""
    node: ast.expr = call
    while isinstance(node, ast.Call):
        yield node
        node = node.func.value if isinstance(node.func, ast.Attribute) else node.func


def _column_calls(node: ast.expr) -> list[tuple[str, int]]:
    """Give the columns, or expressions over them, that `column("a")` and its like name within an expression."""
    named: list[tuple[str, int]] = []
    for each in ast.walk(node):
        if isinstance(each, ast.Call) and _is_column(each) and each.args:
            text = text_of(each.args[0])
            is_sql = called(each) == "literal_column"
            named += [(f"({text})" if is_sql else quoted(text), each.lineno)] if text is not None else []
    return named
