"""SQLMesh models and macros written in Python, read with `ast` and never run."""

import ast
import hashlib
import re
from collections.abc import Iterator

from contract_gate.core.values import dataclass, replace
from contract_gate.workspace.frames import FrameRead, frame_reads
from contract_gate.workspace.python_syntax import (
    Constants,
    called,
    constants_in,
    keywords_of,
    meant_by,
    pairs_of,
    parse_python,
    text_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDecorator:
    """What a `@model(…)` decorator says: its name, columns (name, type) in order, and the names that it reads."""

    name: str
    line: int
    columns: tuple[tuple[str, str], ...] = ()
    kind: str | None = None
    reads: tuple[str, ...] = ()
    enabled: bool = True


def python_models(text: str) -> tuple[ModelDecorator, ...] | str:
    """Read every decorated model of a file; a `str` is the reason why it can't be read."""
    if "@model" not in text:
        return ()
    tree = parse_python(text)
    if isinstance(tree, str):
        return "it is no Python that can be read"
    constants = constants_in(tree.body)
    return tuple(
        made
        for node in tree.body
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        for call in node.decorator_list
        if isinstance(call, ast.Call) and called(call) == "model"
        for made in _models(call, node, constants)
    )


def macro_marks(text: str) -> dict[str, str]:
    """Give a mark for each `@macro()` of a file: another mark when its code, or the file around it, is another."""
    if "macro" not in text:
        return {}
    tree = parse_python(text)
    if isinstance(tree, str):
        return {}
    rest = "".join(
        ast.dump(node)
        for node in tree.body
        if not isinstance(node, (ast.FunctionDef, ast.Import, ast.ImportFrom))
    )
    plain = "".join(
        ast.dump(node) for node in tree.body if isinstance(node, ast.FunctionDef) and not _is_macro(node)
    )
    return {
        name: "__" + hashlib.sha256((ast.dump(node) + rest + plain).encode()).hexdigest()[:6]
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and _is_macro(node)
        for name in {node.name.lower(), *_aliases(node)}
    }


def _is_macro(node: ast.FunctionDef) -> bool:
    return any(called(item) == "macro" for item in node.decorator_list)


def _aliases(node: ast.FunctionDef) -> set[str]:
    return {
        text.lower()
        for call in node.decorator_list
        if isinstance(call, ast.Call)
        for argument in call.args
        if (text := text_of(argument)) is not None
    }


def _models(
    call: ast.Call, node: ast.FunctionDef | ast.AsyncFunctionDef, constants: Constants
) -> Iterator[ModelDecorator]:
    given = keywords_of(call)
    named = call.args[0] if call.args else given.get("name")
    name = text_of(named, constants)
    if name is None:
        return
    enabled = given.get("enabled")
    is_off = isinstance(enabled, ast.Constant) and enabled.value is False
    depends = given.get("depends_on")
    reads = [*(text_of(item, constants) for item in _items(depends)), *_read_in(node)]
    base = ModelDecorator(
        name=name, line=call.lineno, columns=_columns(given.get("columns"), constants), enabled=not is_off,
        kind=_kind(given.get("kind")), reads=tuple(dict.fromkeys(read for read in reads if read)),
    )  # fmt: skip
    blueprints = _items(given.get("blueprints"))
    if "@" not in name or not blueprints:
        yield base
        return
    for blueprint in blueprints:
        values = _strings(blueprint, constants)
        yield replace(base, name=_filled(name, values))


def _filled(name: str, values: dict[str, str]) -> str:
    return re.sub(r"@\{?(\w+)\}?", lambda found: values.get(found[1], found[0]), name)


def _strings(node: ast.expr, constants: Constants) -> dict[str, str]:
    texts = ((key, text_of(value, constants)) for key, value in pairs_of(node))
    return {key: text for key, text in texts if key is not None and text is not None}


def _items(node: ast.expr | None) -> list[ast.expr]:
    return list(node.elts) if isinstance(node, (ast.List, ast.Tuple, ast.Set)) else []


def _columns(node: ast.expr | None, constants: Constants) -> tuple[tuple[str, str], ...]:
    node = meant_by(node, constants)
    if not isinstance(node, ast.Dict):
        return ()
    columns = []
    for key, value in zip(node.keys, node.values, strict=True):
        name = text_of(key, constants)
        if name is None:
            return ()
        columns.append((name, text_of(value, constants) or ""))
    return tuple(columns)


def _kind(node: ast.expr | None) -> str | None:
    if isinstance(node, ast.Call):
        node = keywords_of(node).get("name")
    elif isinstance(node, ast.Dict):
        node = next((value for key, value in pairs_of(node) if key == "name"), None)
    return node.attr if isinstance(node, ast.Attribute) else text_of(node)


def model_reads(text: str) -> tuple[FrameRead, ...]:
    """Give what the code of a file of models reads of the tables that it asks its context for, and by its own SQL."""
    tree = parse_python(text)
    return frame_reads(tree, _table_of) if not isinstance(tree, str) else ()


def _table_of(node: ast.expr) -> str | None:
    """Give the name in `context.resolve_table("x")`, `context.table("x")` and `context.spark.table("x")`."""
    if isinstance(node, ast.Call) and called(node) in _READERS and node.args:
        return text_of(node.args[0])
    return None


_READERS = frozenset({"resolve_table", "table"})
_FROM = re.compile(r"\b(?:from|join)\s+(\w+(?:\.\w+)+)\b", re.IGNORECASE)


def _read_in(node: ast.AST) -> Iterator[str]:
    """Yield the names that the code asks its context for, and those in its own SQL."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call) and called(inner) in _READERS and inner.args:
            if (first := text_of(inner.args[0])) is not None:
                yield first
        elif (text := text_of(inner)) is not None:
            yield from _FROM.findall(text)
