"""SQL in Python: what is handed to something that runs it, and texts that are queries. Read by its own `ast`, never run.

What Python fills in (`f"{x}"`, `.format`, `%`, `+`, a Template) is what the name is bound to once where it stands, a parameter's default
and a constant of another module of the repository too; else a placeholder.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from contract_gate.workspace.files import Files, decode
from contract_gate.workspace.python_syntax import (
    called,
    keywords_of,
    pairs_of,
    parse_python,
    text_of,
    texts_of,
)
from contract_gate.workspace.readers import alembic, builders, calls, mapped
from contract_gate.workspace.readers.bindings import (
    accessed,
    assigned_names,
    bindings,
    constants_of,
    named_modules,
    stars_of,
)
from contract_gate.workspace.readers.imports import below, module_files
from contract_gate.workspace.readers.literals import (
    LONGEST,
    RELATION,
    Pieced,
    as_queries,
    filled_in,
    possible,
    queries_of_connectors,
    word_of,
)
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
_MOST_MODULES = 20  # that hand on a constant to each other; beyond, it is not known
_TEMPLATE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")
_PLACE = re.compile(r"\$\{(\w+)\}")
_PERCENT = re.compile(r"%%|%\((\w+)\)[sdrf]|%[sdrf]")
_FIELD = re.compile(r"\{\{|\}\}|\{([^{}:!]*)[^{}]*\}")


def read(path: str, text: str, files: Files) -> tuple[FileReader, ...]:
    """Give the readers of a file."""
    module = _module(text, path, files)
    found = script(path, (*module.queries(), *queries_of_connectors(text)))
    return tuple(replace(each, runs_once=module.migrates) for each in found)


def queries_of(text: str, path: str = "", files: Files | None = None) -> Iterator[ReaderQuery]:
    """Give the queries in the Python of a file, which may take constants of other `files`. UnreadableReaderError where it is none."""
    yield from _module(text, path, files).queries()


def _module(text: str, path: str, files: Files | None) -> "_Module":
    tree = parse_python(text)
    if isinstance(tree, str):
        raise UnreadableReaderError(f"it is no Python that this version reads: {tree}")
    return _Module(tree, path, _Modules(files))


class _Modules:
    """The other modules of the repository, each read when something is taken from it."""

    def __init__(self, files: Files | None) -> None:
        self._files = files
        self._read: dict[str, _Module | None] = {}
        self.taking: set[tuple[str, ...]] = set()
        """What is being taken from where: modules may take from each other in a circle."""

    def find(self, importer: str, name: str) -> "_Module | None":
        """Give the module that a file means by a name; None where it is none of the repository's, or no Python."""
        path = module_files(self._files.paths()).path(importer, name) if self._files is not None else None
        if path is None:
            return None
        if path not in self._read:
            self._read[path] = self._parsed(path)
        return self._read[path]

    def _parsed(self, path: str) -> "_Module | None":
        content = self._files.read([path])[path] if self._files is not None else ""
        tree = parse_python(decode(content).text) if isinstance(content, bytes) else content
        # One that is none is told as unreadable where it is read itself.
        return _Module(tree, path, self) if not isinstance(tree, str) else None


class _Module:
    def __init__(self, tree: ast.Module, path: str, others: _Modules) -> None:
        self._tree, self._path, self._others = tree, path, others
        self._bound = bindings(tree)
        self._constants, self._stars = constants_of(tree), stars_of(tree)
        self._schema = mapped.schema_of(tree)
        self._builds, self.migrates = builders.builds_queries(tree), alembic.is_migration(tree)
        self._within: set[int] = set()
        self._texts: dict[int, Pieced | None] = {}
        self._joined_up: set[int] = set()

    def queries(self) -> Iterator[ReaderQuery]:
        """Give the queries of the module; one whose table is filled in may read each that the module names or lists."""
        written = tuple(dict.fromkeys(self._written()))
        yield from written
        yield from possible(written, self._tables)
        for path, module in self._lenders() if any("${" in query.sql for query in written) else ():
            yield from (replace(query, path=path) for query in possible(written, module._tables))

    def _lenders(self) -> Iterator[tuple[str, "_Module"]]:
        """Give the modules of the repository that this one imports from, by their paths."""
        names = dict.fromkeys(name for node in ast.walk(self._tree) for name in named_modules(node))
        found = (self._others.find(self._path, name) for name in names)
        yield from {each._path: each for each in found if each is not None}.items()

    def _tables(self, before: str) -> Iterator[tuple[str, int]]:
        """Give the names of tables that may stand behind such a beginning, each with its line."""
        for node in ast.walk(self._tree):
            names: list[str] = []
            if isinstance(node, ast.List | ast.Tuple | ast.Set):
                names = texts_of(node.elts) or []
                # A word alone in a list may be anything: with its schema, here or in the query, it is a table.
                is_placed = "." in before or all("." in each for each in names)
                names = names if is_placed else []
            elif not before and (text := text_of(node)) is not None and "." in text:
                names = [text]
            if all(map(RELATION.fullmatch, names)):
                yield from ((name, getattr(node, "lineno", 1)) for name in names)

    def _written(self) -> Iterator[ReaderQuery]:
        if self.migrates:
            yield from alembic.of_migration(self._tree, self._known)
        if self._builds:
            yield from builders.of_tables(self._tree, self._bound, self._known)
        pending: list[tuple[ast.AST, bool]] = [(self._tree, False)]
        while pending:
            node, is_run = pending.pop()
            if (
                _is_docstring(node)
                or id(node) in self._joined_up
                or (self.migrates and alembic.is_undone(node))
            ):
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
        if self.migrates or (
            isinstance(node, ast.Call) and self._builds and builders.is_named_table(node, self._bound)
        ):
            return None
        if isinstance(node, ast.Call):
            return (
                self._whole_relation(node)
                or calls.of_copy(node, self._known)
                or calls.of_checks(node, self._known)
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
            columns = calls.columns_of(node.args)
            if columns:
                self._joined_up.add(id(node.func.value))
                node = node.func.value
        first = self._known(named) if (named := calls.table_of(node)) is not None else None
        if first is None or RELATION.fullmatch(first.text) is None:
            return None
        said = keywords_of(node)
        schema = next((self._known(said[name]) for name in ("schema", "database") if name in said), None)
        name = f"{schema.text}.{first.text}" if schema is not None else first.text
        return calls.relation_read(name, columns or calls.listed_columns(said.get("columns")), node.lineno)

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
            case ast.Call(func=ast.Attribute(attr="Identifier"), args=[_, *_] as parts) if texts_of(parts):
                return Pieced(".".join(map(quoted, texts_of(parts) or ())), (node.lineno,))
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
            if len(found.text) > LONGEST:
                break
            if isinstance(value, ast.FormattedValue):
                found += self._value(value.value)
            elif (text := text_of(value)) is not None:
                found += Pieced(text, _lines_of(value, text))
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
        if (taken := accessed(node, self._bound)) is not None:
            made = self._taken(*taken)
            return made and Pieced(made.text, (getattr(node, "lineno", 1),) * len(made.lines))
        if isinstance(node, ast.Name):
            value = self._bound.get(id(node))
        elif isinstance(node, ast.Subscript | ast.Attribute):
            value = self._part(node)
        else:
            return self._made(node)
        if value is None and isinstance(node, ast.Name):
            return self._of_star(node)
        if value is None or id(value) in self._within:
            return None
        if id(value) not in self._texts:
            self._within.add(id(value))
            made = self._known(value)
            self._within.discard(id(value))
            self._texts[id(value)] = made if made is None or len(made.text) <= LONGEST else None
        return self._texts[id(value)]

    @cached_property
    def _assigned(self) -> frozenset[str]:
        return assigned_names(self._tree)

    def _of_star(self, node: ast.Name) -> Pieced | None:
        """Give what a name stands for that nothing binds here, of the modules whose every name is imported."""
        if not self._stars or node.id in self._assigned:
            return None
        found = next((made for star in self._stars if (made := self._taken(star, [node.id]))), None)
        return found and Pieced(found.text, (node.lineno,) * len(found.lines))

    def constant(self, names: Sequence[str]) -> Pieced | None:
        """Give the text that a constant holds: the module's own by its name, one of a class or of a dictionary by two."""
        first, *inner = names
        value = self._constants.get(("", first))
        if value is None and inner:
            value, inner = self._constants.get((first, inner[0])), inner[1:]
        while isinstance(value, ast.Dict) and inner:
            value, inner = _under(value, inner[0]), inner[1:]
        if value is None:
            return next((made for star in self._stars if (made := self._taken(star, names))), None)
        if (taken := accessed(value, self._bound)) is not None:
            return self._taken(taken[0], (*taken[1], *inner))
        return self._known(value) if inner in ([], ["value"]) else None

    def _taken(self, module: str, names: Sequence[str]) -> Pieced | None:
        """Give the text of a constant of another module, or of one below it."""
        place = (self._path, module, *names)
        if not names or place in self._others.taking or len(self._others.taking) > _MOST_MODULES:
            return None
        self._others.taking.add(place)
        try:
            found = self._others.find(self._path, module)
            made = found.constant(names) if found is not None else None
            return made or self._taken(below(module, names[0]), names[1:])
        finally:
            self._others.taking.discard(place)

    def _part(self, node: ast.Subscript | ast.Attribute) -> ast.expr | None:
        """Give what a dictionary that is bound once has under a text, or a class of the module under a name."""
        if not isinstance(node.value, ast.Name):
            return None
        if isinstance(node, ast.Attribute):
            return self._constants.get((node.value.id, node.attr))
        known = self._bound.get(id(node.value))
        key = text_of(node.slice)
        return _under(known, key) if isinstance(known, ast.Dict) and key is not None else None

    def _percent(self, pattern: str, right: ast.expr) -> str:
        given = iter(right.elts if isinstance(right, ast.Tuple) else (right,))
        named = dict(pairs_of(right))

        def fill(found: re.Match[str]) -> str:
            if found[0] == "%%":
                return "%"
            value = named.get(found[1]) if found[1] else next(given, None)
            return self._value(value).text if value is not None else f"${{{found[1] or 'value'}}}"

        return _PERCENT.sub(fill, pattern)

    def _substituted(self, pattern: str, call: ast.Call) -> str:
        given = {name: self._known(value) for name, value in keywords_of(call).items()}

        def fill(found: re.Match[str]) -> str:
            made = given.get(found[1])
            return found[0] if made is None or "\n" in made.text else made.text

        return _PLACE.sub(fill, pattern)

    def _formatted(self, pattern: str, call: ast.Call) -> str:
        given: dict[str, ast.expr] = {str(index): each for index, each in enumerate(call.args)}
        given |= keywords_of(call)
        position = iter(range(len(call.args)))

        def fill(found: re.Match[str]) -> str:
            if found[0] in ("{{", "}}"):
                return found[0][0]
            name = found[1].strip() or str(next(position, ""))
            return self._value(given[name]).text if name in given else f"${{{word_of(name)}}}"

        return _FIELD.sub(fill, pattern)


def _under(known: ast.Dict, key: str) -> ast.expr | None:
    """Give what a dictionary has under a text, where it has it once."""
    found = [value for name, value in pairs_of(known) if name == key]
    return found[0] if len(found) == 1 else None


def _statements(node: ast.AST) -> Iterator[ast.stmt]:
    """Give the statements of the blocks that a node holds, in their order."""
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        yield from block if isinstance(block, list) else ()


def _below(node: ast.AST) -> Iterator[tuple[ast.AST, bool]]:
    """Give what stands in a node, and whether it is handed to something that runs SQL."""
    if not isinstance(node, ast.Call):
        yield from ((each, False) for each in ast.iter_child_nodes(node))
        return
    name = called(node)
    yield node.func, False
    for index, each in enumerate(node.args):
        yield each, index == 0 and name in _RUNS
    for keyword in node.keywords:
        yield keyword.value, keyword.arg in _KEYWORDS


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and text_of(node.value) is not None


def _lines_of(node: ast.expr, text: str) -> tuple[int, ...]:
    """Give the file's line of each line of a string: they follow each other in one with three quotes, else it has one."""
    count, last = text.count("\n") + 1, node.end_lineno or node.lineno
    return tuple(min(node.lineno + index, last) for index in range(count))


def _filled(node: ast.expr) -> Pieced:
    """What Python puts in: a placeholder with the name that stands there."""
    return filled_in(ast.unparse(node), node.lineno)
