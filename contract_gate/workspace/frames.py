"""What Python code names of the relations that it is given as data frames: columns, and queries of its own.

Read with `ast`, never run. Only what surely is a column of the relation counts: what the code adds or renames is its own,
and where it may be, a frame is not followed any more. pandas, Spark and Snowpark raise for a column that is not there.
"""

import ast
import re
from collections.abc import Callable, Iterator

from contract_gate.core.values import dataclass, field, replace
from contract_gate.workspace.python_syntax import called

SourceOf = Callable[[ast.expr], str | None]
"""Gives the relation, as SQL writes it, that an expression of the project's own (`dbt.ref("x")`) stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameRead:
    """Something that code reads: a query, and what it is called by. `line` is where it stands in the file."""

    what: str
    sql: str
    line: int


def frame_reads(code: ast.AST, source_of: SourceOf) -> tuple[FrameRead, ...]:
    """Give what the functions of some code read of the relations that they ask for, each thing once."""
    found: dict[str, FrameRead] = {}
    for function in ast.walk(code):
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for read in _Code(source_of).of(function.body):
                found.setdefault(read.what, read)
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class _Frame:
    """A relation's rows with all of its columns, and with those that the code has added."""

    source: str
    added: frozenset[str] = frozenset()


_KEEPING = frozenset({
    "filter", "where", "copy", "sort_values", "sort", "orderBy", "order_by", "limit", "head", "tail", "dropna", "distinct",
    "drop_duplicates", "dropDuplicates", "sample", "cache", "persist", "alias", "repartition", "coalesce", "to_pandas", "toPandas",
    "pandas_api", "query", "na", "checkpoint",
})  # fmt: skip
"""Methods that give rows of the same columns."""
_NAMING = frozenset({
    "select", "groupby", "groupBy", "group_by", "sort_values", "sort", "orderBy", "order_by", "drop_duplicates", "dropDuplicates",
    "set_index", "partitionBy", "partition_by", "filter", "where", "agg", "withColumn", "with_column", "dropna",
})  # fmt: skip
"""Methods whose texts are names of columns, or of expressions that hold them in `col("x")`."""
_NAMING_WORDS = frozenset({"by", "subset", "keys", "cols"})
_OWN = frozenset({
    "columns", "shape", "index", "dtypes", "schema", "values", "empty", "loc", "iloc", "at", "iat", "T", "size", "str", "dt", "rdd",
    "write", "stat", "na", "plot", "style", "attrs", "axes", "ndim", "sparkSession", "storageLevel", "isStreaming", "session",
})  # fmt: skip
_NAME = re.compile(r"[A-Za-z_]\w*\Z")
_WHOLE = re.compile(r"\s*select\s+\*\s+from\s+(\S+?)\s*;?\s*\Z", re.IGNORECASE)
_QUERY = re.compile(r"\s*(?:select|with)\b", re.IGNORECASE)


@dataclass(slots=True)
class _Code:
    """One function's statements in their order, and the frames that its names stand for."""

    source_of: SourceOf
    frames: dict[str, _Frame] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def of(self, statements: list[ast.stmt]) -> Iterator[FrameRead]:
        """Give what the statements read, in their order."""
        for statement in statements:
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                continue
            inner = [getattr(statement, slot, []) for slot in ("body", "orelse", "finalbody")]
            own = [node for node in ast.iter_child_nodes(statement) if isinstance(node, ast.expr)]
            for node in own:
                yield from self._in(node)
            self._assign(statement)
            for block in inner:
                yield from self.of(block)
            for part in (*getattr(statement, "handlers", []), *getattr(statement, "cases", [])):
                yield from self.of(part.body)

    def _in(self, node: ast.expr) -> Iterator[FrameRead]:
        called = {id(inner.func) for inner in ast.walk(node) if isinstance(inner, ast.Call)}
        for inner in ast.walk(node):
            match inner:
                case ast.Subscript(ctx=ast.Load()):
                    yield from self._columns(inner.value, _texts(inner.slice), inner.lineno)
                case ast.Attribute(ctx=ast.Load(), attr=name) if name not in _OWN and id(inner) not in called:
                    yield from self._columns(inner.value, [name], inner.lineno)
                case ast.Call():
                    yield from self._called(inner)
                case _:
                    pass

    def _called(self, call: ast.Call) -> Iterator[FrameRead]:
        text = self._text(call.args[0]) if call.args else None
        if text is not None and _QUERY.match(text) and " from " in f" {' '.join(text.lower().split())} ":
            # Named by its text: a line before it makes no other query of it.
            shown = " ".join(text.split())[:60]
            yield FrameRead(what=f"its query `{shown}`", sql=text, line=call.lineno)
        if not isinstance(call.func, ast.Attribute) or call.func.attr not in _NAMING:
            return
        is_new = call.func.attr in ("withColumn", "with_column")
        names = [] if call.func.attr in ("filter", "where") else _given(call)[is_new:]
        names += [
            name
            for argument in (*call.args, *(word.value for word in call.keywords))
            for inner in ast.walk(argument)
            if isinstance(inner, ast.Call) and called(inner) == "col"
            for name in _texts(inner.args[0] if inner.args else None)
        ]
        yield from self._columns(call.func.value, names, call.lineno)

    def _columns(self, value: ast.expr, names: list[str], line: int) -> Iterator[FrameRead]:
        frame = self._frame(value) if names else None
        for name in names if frame is not None else ():
            if frame is not None and name not in frame.added and _NAME.match(name):
                sql = f"SELECT {name} FROM {frame.source}"  # noqa: S608 - parsed, never run
                yield FrameRead(what=f"its code, which names `{name}` of {frame.source},", sql=sql, line=line)

    def _frame(self, node: ast.expr) -> _Frame | None:
        """Give the relation whose columns an expression has."""
        source = self.source_of(node)
        if source is not None:
            return _Frame(source)
        match node:
            case ast.Name(id=name):
                return self.frames.get(name)
            case ast.Subscript(value=value) if not _texts(node.slice):
                return self._frame(value)
            case ast.Call(func=ast.Attribute(value=value, attr=method)):
                return self._after(self._frame(value), method, node)
            case _:
                return None

    def _after(self, frame: _Frame | None, method: str, call: ast.Call) -> _Frame | None:
        whole = _WHOLE.match(self._text(call.args[0]) or "") if call.args else None
        if frame is None:
            return _Frame(whole[1]) if whole is not None else None
        if method in ("withColumn", "with_column") and call.args:
            return replace(frame, added=frame.added.union(_texts(call.args[0])))
        if method == "assign":
            return replace(frame, added=frame.added.union(word.arg for word in call.keywords if word.arg))
        return frame if method in _KEEPING else None

    def _assign(self, statement: ast.stmt) -> None:
        targets: list[ast.expr] = []
        value: ast.expr | None = None
        match statement:
            case ast.Assign():
                targets, value = statement.targets, statement.value
            case ast.AnnAssign() | ast.AugAssign():
                targets, value = [statement.target], statement.value
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name)))):
                # df.rename(…, inplace=True), df.insert(…): nobody follows what it is then.
                if not isinstance(statement.value, ast.Call) or _changes(statement.value):
                    self.frames.pop(name, None)
            case ast.For() | ast.AsyncFor():
                targets = [statement.target]
            case ast.With() | ast.AsyncWith():
                targets = [item.optional_vars for item in statement.items if item.optional_vars is not None]
            case ast.Delete():
                targets = [target.value for target in statement.targets if isinstance(target, ast.Subscript)]
            case _:
                pass
        for target in targets:
            self._bind(target, value)

    def _bind(self, target: ast.expr, value: ast.expr | None) -> None:
        match target:
            case ast.Name(id=name):
                frame = self._frame(value) if value is not None else None
                named = self.source_of(value) if value is not None else None
                for known in (self.frames, self.names):
                    known.pop(name, None)
                if frame is not None:
                    self.frames[name] = frame
                if named is not None:
                    self.names[name] = named
            case ast.Subscript(value=ast.Name(id=name)) if name in self.frames:
                frame = self.frames[name]
                self.frames[name] = replace(frame, added=frame.added.union(_texts(target.slice)))
            case ast.Attribute(value=ast.Name(id=name)):
                self.frames.pop(name, None)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for part in parts:
                    self._bind(part, None)
            case _:
                pass

    def _text(self, node: ast.expr) -> str | None:
        """Give a text with the relations that it is put together with; other values stand in it as a number."""
        match node:
            case ast.Constant(value=str() as text):
                return text
            case ast.JoinedStr(values=parts):
                return "".join(self._part(part) for part in parts)
            case _:
                return None

    def _part(self, part: ast.expr) -> str:
        match part:
            case ast.Constant(value=text):
                return str(text)
            case ast.FormattedValue(value=ast.Name(id=name)) if name in self.names:
                return self.names[name]
            case ast.FormattedValue(value=value):
                return self.source_of(value) or "1"
            case _:
                return "1"


def _texts(node: ast.expr | None) -> list[str]:
    """Give the text that an expression is, or those of a list of nothing but texts."""
    match node:
        case ast.Constant(value=str() as text):
            return [text]
        case ast.List(elts=items) | ast.Tuple(elts=items):
            found = [item.value for item in items if isinstance(item, ast.Constant)]
            return [text for text in found if isinstance(text, str)] if len(found) == len(items) else []
        case _:
            return []


def _given(call: ast.Call) -> list[str]:
    named = [word.value for word in call.keywords if word.arg in _NAMING_WORDS]
    keys = [key for argument in call.args if isinstance(argument, ast.Dict) for key in argument.keys if key]
    return [text for node in (*call.args, *named, *keys) for text in _texts(node)]


def _changes(call: ast.Call) -> bool:
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    in_place = any(
        word.arg == "inplace" and not (isinstance(word.value, ast.Constant) and word.value.value is False)
        for word in call.keywords
    )
    return in_place or method in ("insert", "pop", "update", "setdefault")
