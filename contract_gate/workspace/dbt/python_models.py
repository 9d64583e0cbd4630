"""Python models: their refs, sources and literal settings, read from the syntax tree. Nothing is ever executed."""

import ast
from collections.abc import Callable

from contract_gate.core.values import dataclass
from contract_gate.workspace.dbt.references import Reference
from contract_gate.workspace.documents import Plain
from contract_gate.workspace.frames import FrameRead, frame_reads
from contract_gate.workspace.python_syntax import keywords_of, parse_python


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonModel:
    """What a Python model names. `is_dynamic`: a ref whose name is computed."""

    references: tuple[Reference, ...] = ()
    config: tuple[tuple[str, Plain], ...] = ()
    is_dynamic: bool = False
    problem: str | None = None


def read_python(text: str) -> PythonModel:
    """Read the calls of `dbt.ref`, `dbt.source` and `dbt.config`."""
    tree = parse_python(text)
    if isinstance(tree, str):
        return PythonModel(problem=f"the Python can't be parsed: {tree}", is_dynamic=True)
    references: list[Reference] = []
    config: dict[str, Plain] = {}
    is_dynamic = False
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        match node.func.attr:
            case "ref" | "source" as function:
                reference = _reference(function, node)
                is_dynamic = is_dynamic or reference is None
                references += [reference] if reference else []
            case "config":
                config |= {name: _literal(value) for name, value in keywords_of(node).items()}
            case _:
                pass
    return PythonModel(references=tuple(references), config=tuple(config.items()), is_dynamic=is_dynamic)


def python_reads(text: str, written: Callable[[Reference], str | None]) -> tuple[FrameRead, ...]:
    """Give what the code of a Python model reads of what it refers to; `written`: how SQL writes what a reference means."""
    tree = parse_python(text)
    if isinstance(tree, str):
        return ()

    def source_of(node: ast.expr) -> str | None:
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            return None
        reference = _reference(node.func.attr, node) if node.func.attr in ("ref", "source") else None
        return written(reference) if reference is not None else None

    return frame_reads(tree, source_of)


def _reference(function: str, call: ast.Call) -> Reference | None:
    args = [_literal(arg) for arg in call.args]
    words = {name: _literal(value) for name, value in keywords_of(call).items()}
    version = words.get("v", words.get("version"))
    names = [arg for arg in args if isinstance(arg, str)]
    if not names or len(names) != len(args):
        return None
    return Reference(function, tuple(names), None if version is None else str(version), call.lineno)


def _literal(node: ast.expr) -> Plain:
    match node:
        case ast.Constant(value=bool() | int() | float() | str() | None as value):
            return value
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return [_literal(item) for item in items]
        case _:
            return None
