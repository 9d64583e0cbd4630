"""Python as its own parser reads it, never run: what everybody who looks at it asks of a node."""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

Constants = Mapping[str, ast.expr]
"""What names are set to, once."""


def parse_python(text: str) -> ast.Module | str:
    """Parse a text; a `str` is the reason why it is no Python that this version reads."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return str(error)


def called(node: ast.expr) -> str:
    """Give the last name of what is called, or of a name itself (a decorator without brackets); "" where it has none."""
    function = node.func if isinstance(node, ast.Call) else node
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def keywords_of(node: ast.Call) -> dict[str, ast.expr]:
    """Give what a call says by name."""
    return {each.arg: each.value for each in node.keywords if each.arg}


def pairs_of(node: ast.expr | None) -> Iterator[tuple[str | None, ast.expr]]:
    """Give what a dictionary holds, by its keys that are texts; nothing of anything else."""
    pairs = zip(node.keys, node.values, strict=True) if isinstance(node, ast.Dict) else ()
    return ((text_of(key), value) for key, value in pairs)


def constants_in(nodes: Iterable[ast.AST]) -> Constants:
    """Give what statements set names to, by name."""
    return dict(found for node in nodes if (found := named_once(node)) is not None)


def meant_by(node: ast.expr | None, constants: Constants) -> ast.expr | None:
    """Give what a name is set to, and anything else as it is."""
    return constants.get(node.id, node) if isinstance(node, ast.Name) else node


def text_of(node: ast.AST | None, constants: Constants = MappingProxyType({})) -> str | None:
    """Give a text that is written as such, or by a name that is set to one; None for anything else."""
    node = meant_by(node, constants) if isinstance(node, ast.expr) else node
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def texts_of(nodes: Sequence[ast.expr]) -> list[str] | None:
    """Give texts that are all written as such; None where one is not, or none is there."""
    found = [text for node in nodes if (text := text_of(node)) is not None]
    return found if found and len(found) == len(nodes) else None


def named_once(statement: ast.AST) -> tuple[str, ast.expr] | None:
    """Give the one name that a statement sets, and to what; None for anything else."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return name, value
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            return name, value
        case _:
            return None
