"""SQL in Python: what is handed to something that runs it, and texts that are queries. Read by its own `ast`, never run.

What Python fills in (`f"{x}"`, `.format`, `%`, `+`, a Template) is what the name is bound to once where it stands, a parameter's default too; else a placeholder.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from contract_gate.sql.comments import on_one_line
from contract_gate.workspace.files import Files
from contract_gate.workspace.readers import mapped
from contract_gate.workspace.readers.bindings import bindings
from contract_gate.workspace.readers.literals import Pieced, as_queries, filled_in, reading, word_of
from contract_gate.workspace.readers.queries import quoted
from contract_gate.workspace.readers.shell import queries_of_command
from contract_gate.workspace.readers.values import FileReader, ReaderQuery, UnreadableReaderError, script

_RUNS = frozenset({
    "execute", "executemany", "execute_query", "execute_sql", "executescript", "fetch", "fetch_all", "fetch_df", "fetch_one",
    "fetchall", "fetchrow", "fetchval", "get_first", "get_pandas_df", "get_records", "query", "raw", "read_gbq",
    "read_sql", "read_sql_query", "run_query", "run_sql", "sql", "text", "to_dataframe", "from_query",
})  # fmt: skip
"""Functions and methods that take SQL as their first argument: of drivers, pandas, Spark, SQLAlchemy, Airflow's hooks."""
_KEYWORDS = frozenset({
    "bql", "custom_query", "hql", "postoperator", "preoperator", "query", "select_query", "select_statement", "sql", "statement",
})  # fmt: skip
"""Arguments that hold SQL whatever is called: operators of Airflow, Dagster and Prefect."""
_TABLES = frozenset({"table", "read_sql_table", "read_table", "get_table"})
"""Methods that read a relation by its name."""
_PLACES = frozenset({"dataset", "dataset_id", "dataset_name", "schema", "schema_name"})
_NAMES = frozenset({"table", "table_id", "table_name"})
_CHECKS = ("column_mapping", "checks")
"""Arguments of Airflow's `SQLColumnCheckOperator` and `SQLTableCheckOperator`, and of BigQuery's."""
_LISTS = ("columns", "select_columns", "selected_fields")
"""Arguments that name a relation together, and its columns: of Airflow's operators and of those that a project writes for itself."""
"""One of these stands in a file that reads a relation without SQL."""
_RELATION = re.compile(r"\w+(?:\.\w+){0,2}")
_FILLED_IN = re.compile(r"\b(?:from|join)\s+([^\s,;()]*?)\$\{\w*\}([\"`\]]?)(?=[\s,;)]|$)", re.IGNORECASE)
_TEMPLATE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")
_PLACE = re.compile(r"\$\{(\w+)\}")
_PERCENT = re.compile(r"%%|%\((\w+)\)[sdrf]|%[sdrf]")
_FIELD = re.compile(r"\{\{|\}\}|\{([^{}:!]*)[^{}]*\}")


def read(path: str, text: str, _files: Files) -> tuple[FileReader, ...]:
    """Give the readers of a file."""
    return script(path, queries_of(text))


def queries_of(text: str, first: int = 1) -> Iterator[ReaderQuery]:
    """Give the queries in Python's text, whose first line is line `first` of its file. UnreadableReaderError where it is none."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise UnreadableReaderError(f"it is no Python that this version reads: {error}") from error
    yield from _Module(ast.increment_lineno(tree, first - 1)).queries()


class _Module:
    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._bound = bindings(tree)
        self._classes = _constants(tree)
        self._schema = mapped.schema_of(tree)
        self._within: set[int] = set()
        self._joined_up: set[int] = set()

    def queries(self) -> Iterator[ReaderQuery]:
        """Give the queries of the module; one whose table is filled in may read each that the module names or lists."""
        written = tuple(dict.fromkeys(self._written()))
        yield from written
        asked: dict[tuple[str, str], dict[str, None]] = {}
        for query in written:
            for found in _FILLED_IN.finditer(query.sql):
                asked.setdefault((found[1], found[2]), {})[query.sql] = None
        for place, texts in asked.items():
            for name, line in dict.fromkeys(self._tables(place[0])):
                yield ReaderQuery(sql=_perhaps(texts, place, name), line=line)

    def _tables(self, before: str) -> Iterator[tuple[str, int]]:
        """Give the names of tables that may stand behind such a beginning, each with its line."""
        for node in ast.walk(self._tree):
            names: list[str] = []
            if isinstance(node, ast.List | ast.Tuple | ast.Set):
                names = _texts(node.elts) or []
                # A word alone in a list may be anything: with its schema, here or in the query, it is a table.
                is_placed = "." in before or all("." in each for each in names)
                names = names if is_placed else []
            elif not before and (text := _said(node)) is not None and "." in text:
                names = [text]
            if all(map(_RELATION.fullmatch, names)):
                yield from ((name, getattr(node, "lineno", 1)) for name in names)

    def _written(self) -> Iterator[ReaderQuery]:
        pending: list[tuple[ast.AST, bool]] = [(self._tree, False)]
        while pending:
            node, is_run = pending.pop()
            if _is_docstring(node) or id(node) in self._joined_up:
                continue
            if (whole := self._relation(node)) is not None:
                yield whole
            yield from self._grown(node)
            made = self._made(node) if isinstance(node, ast.expr) else None
            if made is not None:
                yield from self._query(made, is_run)
            else:
                pending.extend(reversed([*_below(node)]))

    def _query(self, made: Pieced, is_run: bool) -> Iterator[ReaderQuery]:
        yield from tuple(as_queries(made, is_run)) or queries_of_command(made)

    def _grown(self, node: ast.AST) -> Iterator[ReaderQuery]:
        """Give the queries that the statements of a block put together one after the other: `q = …`, `q += …`."""
        texts: dict[str, Pieced] = {}
        grown: dict[str, list[int]] = {}
        for statement in _statements(node):
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    made = self._made(value)
                    texts.pop(name, None)
                    if made is not None:
                        texts[name], grown[name] = made, [id(value)]
                case ast.AugAssign(target=ast.Name(id=name), op=ast.Add(), value=value) if name in texts:
                    texts[name] += self._made(value) or _filled(value)
                    grown[name].append(id(value))
                case _:
                    pass
        for name, made in texts.items():
            if len(grown[name]) > 1:
                self._joined_up.update(grown[name])
                yield from self._query(made, is_run=False)

    def _relation(self, node: ast.AST) -> ReaderQuery | None:
        """Give a relation that is read without SQL, by its name or as objects."""
        if isinstance(node, ast.Call):
            return (
                self._whole_relation(node)
                or self._copied(node)
                or self._checked(node)
                or mapped.of_table(node, self._schema)
            )
        return mapped.of_class(node, self._schema) if isinstance(node, ast.ClassDef) else None

    def _whole_relation(self, node: ast.Call) -> ReaderQuery | None:
        """Give a table that is read by its name (`spark.table`, `read_sql_table`) as a query, with the columns that the call itself names."""
        columns: list[str] | None = None
        if (
            isinstance(node.func, ast.Attribute)
            and node.func.attr == "select"
            and isinstance(node.func.value, ast.Call)
        ):
            columns = _columns(node.args)
            if columns:
                self._joined_up.add(id(node.func.value))
                node = node.func.value
        called = mapped.called(node)
        first = self._known(named) if (named := _table_of(node, called)) is not None else None
        if first is None or _RELATION.fullmatch(first.text) is None:
            return None
        said = {each.arg: each.value for each in node.keywords}
        schema = next((self._known(said[name]) for name in ("schema", "database") if name in said), None)
        name = f"{schema.text}.{first.text}" if schema is not None else first.text
        return _reading(name, columns or _listed(said.get("columns")), node.lineno)

    def _copied(self, node: ast.Call) -> ReaderQuery | None:
        """Give the relation that two arguments of a call name together, its place in one and itself in the other."""
        said = {each.arg: each.value for each in node.keywords if each.arg}
        place, table = (sorted(group & said.keys()) for group in (_PLACES, _NAMES))
        if len(place) != 1 or len(table) != 1:
            return None
        parts = [made.text for name in (*place, *table) if (made := self._known(said[name])) is not None]
        if len(parts) != 2 or not all(part.isidentifier() for part in parts):
            return None
        listed = next((said[name] for name in _LISTS if name in said), None)
        return _reading(".".join(parts), _listed(listed), node.lineno)

    def _checked(self, node: ast.Call) -> ReaderQuery | None:
        """Give the relation that an operator of Airflow checks or copies by its name, with what the checks read of it."""
        said = {each.arg: each.value for each in node.keywords if each.arg}
        checks = next((value for key in _CHECKS if isinstance(value := said.get(key), ast.Dict)), None)
        named = said.get("table") if checks is not None else said.get("source_project_dataset_table")
        made = self._known(named) if named is not None else None
        if made is None or _RELATION.fullmatch(made.text.replace(":", ".")) is None:
            return None
        columns = _texts([key for key in checks.keys if key is not None]) if checks is not None else None
        if checks is not None and "checks" in said:
            inner = (pair for each in checks.values if isinstance(each, ast.Dict) for pair in _pairs(each))
            columns = [
                f"({text})" for key, value in inner if key == "check_statement" and (text := _said(value))
            ]
        return _reading(made.text.replace(":", "."), columns, node.lineno)

    def _made(self, node: ast.expr) -> Pieced | None:
        """Give the string that an expression makes; None where it makes none that can be read."""
        match node:
            case ast.Constant(value=str(text)):
                return Pieced(text, _lines_of(node, text))
            case ast.JoinedStr():
                return self._joined(node)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                one, other = self._known(left), self._known(right)
                if one is None and other is None:
                    return None
                return (one or _filled(left)) + (other or _filled(right))
            case ast.BinOp(left=left, op=ast.Mod(), right=right):
                pattern = self._known(left)
                return pattern and Pieced(self._percent(pattern.text, right), pattern.lines)
            case ast.Call(func=ast.Attribute(value=value, attr="format")):
                pattern = self._known(value)
                return pattern and Pieced(self._formatted(pattern.text, node), pattern.lines)
            case ast.Call(func=ast.Attribute(value=value, attr="join"), args=[listed]):
                return self._joint(value, listed)
            case ast.Call(func=ast.Attribute(attr="SQL"), args=[first]):
                return self._made(first)
            case ast.Call(func=ast.Attribute(attr="Identifier"), args=[_, *_] as parts) if _texts(parts):
                return Pieced(".".join(map(quoted, _texts(parts) or ())), (node.lineno,))
            case ast.Call(func=ast.Name(id="Template") | ast.Attribute(attr="Template"), args=[first, *_]):
                pattern = self._made(first)
                return pattern and Pieced(_TEMPLATE.sub(r"${\1\2}", pattern.text), pattern.lines)
            case ast.Call(func=ast.Attribute(value=value, attr="substitute" | "safe_substitute")):
                pattern = self._known(value)
                return pattern and Pieced(self._substituted(pattern.text, node), pattern.lines)
            case ast.Call(
                func=ast.Attribute(value=value, attr="replace"), args=[ast.Constant(value=str(old)), new]
            ) if old:
                pattern = self._known(value)
                return pattern and Pieced(pattern.text.replace(old, self._value(new).text), pattern.lines)
            case ast.Call(
                func=ast.Attribute(value=value, attr="strip" | "lstrip" | "rstrip" | "lower" | "upper")
            ):
                return self._known(value)
            case ast.Call(func=ast.Name(id="dedent") | ast.Attribute(attr="dedent"), args=[first, *_]):
                return self._known(first)
            case _:
                return None

    def _joint(self, separator: ast.expr, listed: ast.expr) -> Pieced | None:
        between = self._made(separator)
        items = self._bound.get(id(listed)) if isinstance(listed, ast.Name) else listed
        if between is None or not isinstance(items, ast.List | ast.Tuple) or not items.elts:
            return None
        found = [self._known(each) or _filled(each) for each in items.elts]
        made = found[0]
        for each in found[1:]:
            made = made + Pieced(between.text, made.lines[-1:] * (between.text.count("\n") + 1)) + each
        return made

    def _joined(self, node: ast.JoinedStr) -> Pieced:
        found = Pieced("", (node.lineno,))
        for value in node.values:
            if isinstance(value, ast.FormattedValue):
                found += self._value(value.value)
            elif isinstance(value, ast.Constant) and isinstance(value.value, str):
                found += Pieced(value.value, _lines_of(value, value.value))
        start = _lines_of(node, found.text)
        # Before Python 3.12 what is in an f-string has the place of the whole.
        return Pieced(found.text, start)

    def _value(self, node: ast.expr) -> Pieced:
        """Give what stands for an expression that is filled in: its text where that is known and one line, else a placeholder."""
        made = self._known(node)
        if made is None or "\n" in made.text:
            return _filled(node)
        return Pieced(made.text, (node.lineno,))

    def _known(self, node: ast.expr) -> Pieced | None:
        if isinstance(node, ast.Name):
            value = self._bound.get(id(node))
        elif isinstance(node, ast.Subscript | ast.Attribute):
            value = self._part(node)
        else:
            return self._made(node)
        if value is None or id(value) in self._within:
            return None
        self._within.add(id(value))
        try:
            return self._known(value)
        finally:
            self._within.discard(id(value))

    def _part(self, node: ast.Subscript | ast.Attribute) -> ast.expr | None:
        """Give what a dictionary that is bound once has under a text, or a class of the module under a name."""
        if not isinstance(node.value, ast.Name):
            return None
        if isinstance(node, ast.Attribute):
            return self._classes.get((node.value.id, node.attr))
        known = self._bound.get(id(node.value))
        key = _said(node.slice)
        found = [value for name, value in _pairs(known) if name == key] if isinstance(known, ast.Dict) else []
        return found[0] if key is not None and len(found) == 1 else None

    def _percent(self, pattern: str, right: ast.expr) -> str:
        given = iter(right.elts if isinstance(right, ast.Tuple) else (right,))
        named: dict[str, ast.expr] = {}
        if isinstance(right, ast.Dict):
            pairs = zip(right.keys, right.values, strict=True)
            named = {str(key.value): value for key, value in pairs if isinstance(key, ast.Constant)}

        def fill(found: re.Match[str]) -> str:
            if found[0] == "%%":
                return "%"
            value = named.get(found[1]) if found[1] else next(given, None)
            return self._value(value).text if value is not None else f"${{{found[1] or 'value'}}}"

        return _PERCENT.sub(fill, pattern)

    def _substituted(self, pattern: str, call: ast.Call) -> str:
        given = {each.arg: self._known(each.value) for each in call.keywords if each.arg}

        def fill(found: re.Match[str]) -> str:
            made = given.get(found[1])
            return found[0] if made is None or "\n" in made.text else made.text

        return _PLACE.sub(fill, pattern)

    def _formatted(self, pattern: str, call: ast.Call) -> str:
        given: dict[str, ast.expr] = {str(index): each for index, each in enumerate(call.args)}
        given |= {each.arg: each.value for each in call.keywords if each.arg}
        position = iter(range(len(call.args)))

        def fill(found: re.Match[str]) -> str:
            if found[0] in ("{{", "}}"):
                return found[0][0]
            name = found[1].strip() or str(next(position, ""))
            return self._value(given[name]).text if name in given else f"${{{word_of(name)}}}"

        return _FIELD.sub(fill, pattern)


def _table_of(node: ast.Call, called: str) -> ast.expr | None:
    """Give what names a table in a call: the first argument, Spark's second of `jdbc` and of `option("dbtable", …)`."""
    match called, node.args:
        case _, [first, *_] if called in _TABLES:
            return first
        case "jdbc", [_, second, *_]:
            return second
        case "option", [ast.Constant(value="dbtable" | "table"), second]:
            return second
        case _:
            return None


def _perhaps(texts: Iterable[str], place: tuple[str, str], name: str) -> str:
    """Write the queries as they may be, with a name in this place: behind a bracket that nothing opened they prove nothing."""

    def named(found: re.Match[str]) -> str:
        is_meant = (found[1], found[2]) == place
        return f"{found[0].split()[0]} {place[0]}{name}{place[1]}" if is_meant else found[0]

    return ") " + " ".join(on_one_line(_FILLED_IN.sub(named, text)) for text in texts)


def _reading(name: str, columns: list[str] | None, line: int) -> ReaderQuery:
    """Write a relation that is read by its name as a query, of all its columns where none are known."""
    return replace(reading(", ".join(columns or "*"), name, Pieced("", (line,))), is_sql=False)


def _listed(node: ast.expr | None) -> list[str] | None:
    """Give the columns that an argument lists, in a list or one text."""
    if node is None:
        return None
    return _columns(node.elts if isinstance(node, ast.List | ast.Tuple) else [node])


def _statements(node: ast.AST) -> Iterator[ast.stmt]:
    """Give the statements of the blocks that a node holds, in their order."""
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        yield from block if isinstance(block, list) else ()


def _constants(tree: ast.Module) -> Mapping[tuple[str, str], ast.expr]:
    """Give what the classes of a module set once, by the names of class and attribute."""
    found: dict[tuple[str, str], list[ast.expr]] = {}
    for each in (each for each in tree.body if isinstance(each, ast.ClassDef)):
        for statement in (statement for statement in each.body if isinstance(statement, ast.Assign)):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    found.setdefault((each.name, target.id), []).append(statement.value)
    return {key: values[0] for key, values in found.items() if len(values) == 1}


def _pairs(node: ast.Dict) -> Iterator[tuple[str | None, ast.expr]]:
    """Give what a dictionary holds, by its keys that are texts."""
    return ((_said(key), value) for key, value in zip(node.keys, node.values, strict=True))


def _said(node: ast.AST | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _columns(nodes: Sequence[ast.expr]) -> list[str] | None:
    """Give the names of columns among texts, `"a, b"` counts as two; None where one is anything else."""
    found = [name.strip() for text in _texts(nodes) or () for name in text.split(",")]
    return found if found and all(name.isidentifier() for name in found) else None


def _texts(nodes: Sequence[ast.expr]) -> list[str] | None:
    """Give texts that are all written as such; None where one is not, or none is there."""
    found = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return found if found and len(found) == len(nodes) else None


def _below(node: ast.AST) -> Iterator[tuple[ast.AST, bool]]:
    """Give what stands in a node, and whether it is handed to something that runs SQL."""
    if not isinstance(node, ast.Call):
        yield from ((each, False) for each in ast.iter_child_nodes(node))
        return
    name = mapped.called(node)
    yield node.func, False
    for index, each in enumerate(node.args):
        yield each, index == 0 and name in _RUNS
    for keyword in node.keywords:
        yield keyword.value, keyword.arg in _KEYWORDS


def _is_docstring(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _lines_of(node: ast.expr, text: str) -> tuple[int, ...]:
    """Give the file's line of each line of a string: they follow each other in one with three quotes, else it has one."""
    count, last = text.count("\n") + 1, node.end_lineno or node.lineno
    return tuple(min(node.lineno + index, last) for index in range(count))


def _filled(node: ast.expr) -> Pieced:
    """What Python puts in: a placeholder with the name that stands there."""
    return filled_in(ast.unparse(node), node.lineno)
