"""What the names in Python stand for, as its own scopes decide: the one expression that a name is bound to where it is read."""

import ast
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import cache

from contract_gate.core.deadline import checkpoint
from contract_gate.core.values import dataclass, field
from contract_gate.workspace.readers.imports import below

_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_Assignment = ast.Assign | ast.AnnAssign | ast.NamedExpr
_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


@dataclass(slots=True)
class _Scope:
    """A block with names of its own, which hold None where they are bound twice or to nothing that is written there."""

    outer: "_Scope | None" = None
    is_class: bool = False
    bound: dict[str, ast.expr | None] = field(default_factory=dict)

    def bind(self, name: str, value: ast.expr | None) -> None:
        is_other = name in self.bound and _dumped(self.bound[name]) != _dumped(value)
        self.bound[name] = None if is_other else value

    def value(self, name: str) -> ast.expr | None:
        """Give what a name stands for that is read here. A class shows its names to nobody within its functions."""
        scope: _Scope | None = self
        while scope is not None:
            if name in scope.bound and (scope is self or not scope.is_class):
                return scope.bound[name]
            scope = scope.outer
        return None


_IsGiven = Callable[[str, str, int | None], bool]
"""Tells whether each call of a function gives something for a parameter, by its name and place."""


def bindings(tree: ast.AST) -> Mapping[int, ast.expr]:
    """Give, by the `id` of its node, the expression that each name which is read stands for.

    A parameter stands for its default, unless each call of its function in the tree gives it something.
    """
    is_given = _given_by_all(tree)
    assigned: dict[int, ast.expr] = {}
    reads: list[tuple[ast.Name, _Scope]] = []
    pending: list[tuple[ast.AST, _Scope]] = [(tree, _Scope())]
    while pending:
        checkpoint()
        node, scope = pending.pop()
        if isinstance(node, _Assignment):
            assigned |= {id(target): value for target, value in _assigned(node)}
        match node:
            case ast.Name(ctx=ast.Load()):
                reads.append((node, scope))
            case ast.Name(id=name):
                scope.bind(name, assigned.get(id(node)))
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                _forget(scope, names)
            case ast.Import() | ast.ImportFrom():
                for name, value in imported_names(node):
                    scope.bind(name, value)
            case _:
                pass
        if isinstance(node, _Function | ast.ClassDef | _Comprehension):
            pending.extend(reversed([*_parts(node, scope, is_given)]))
        else:
            pending.extend(reversed([(each, scope) for each in ast.iter_child_nodes(node)]))
    found = ((id(node), scope.value(node.id)) for node, scope in reads)
    return {key: value for key, value in found if value is not None}


def imported_names(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, ast.expr]]:
    """Give the names that an import binds, each with an expression that means the same: `__import__("a.b").c`."""
    for each in node.names:
        if isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield (
                each.asname or each.name,
                ast.Attribute(value=_module(module), attr=each.name, ctx=ast.Load()),
            )
        else:
            first = each.name.partition(".")[0]
            yield each.asname or first, _module(each.name if each.asname else first)


def constants_of(tree: ast.Module) -> Mapping[tuple[str, str], ast.expr]:
    """Give what a module sets once outside of functions, by "" and its name; what its classes do, by the names of class and attribute."""
    found: dict[tuple[str, str], list[ast.expr | None]] = defaultdict(list)
    pending: list[tuple[str, ast.AST]] = [("", tree)]
    while pending:
        owner, node = pending.pop()
        match node:
            case ast.Assign() | ast.AnnAssign():
                for target, value in _assigned(node):
                    if isinstance(target, ast.Name):
                        found[owner, target.id].append(value)
            case ast.AugAssign(target=ast.Name(id=name)):
                found[owner, name].append(None)
            case ast.Import() | ast.ImportFrom():
                for name, value in imported_names(node):
                    found[owner, name].append(value)
            case ast.ClassDef(name=name) if not owner:
                pending += [(name, each) for each in node.body]
            case ast.Module() | ast.If() | ast.Try() | ast.ExceptHandler() | ast.With():
                pending += [(owner, each) for each in ast.iter_child_nodes(node)]
            case _:
                pass
    return {key: values[0] for key, values in found.items() if len(values) == 1 and values[0] is not None}


def stars_of(tree: ast.Module) -> tuple[str, ...]:
    """Give the modules all of whose names are imported, the one first whose names hide the others'."""
    found = (node for node in tree.body if isinstance(node, ast.ImportFrom))
    names = ["." * node.level + (node.module or "") for node in found if node.names[0].name == "*"]
    return tuple(reversed(names))


def assigned_names(tree: ast.AST) -> frozenset[str]:
    """Give every name that something in a tree is bound to."""
    names = (
        node.id
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        else getattr(node, "arg", None)
        for node in ast.walk(tree)
    )
    return frozenset(name for name in names if name is not None)


def named_modules(node: ast.AST) -> Iterator[str]:
    """Give the modules that an import names, or may: `from a import b` means `a`, and perhaps `a.b`."""
    if isinstance(node, ast.Import):
        yield from (each.name for each in node.names)
    elif isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        yield module
        yield from (below(module, each.name) for each in node.names)


def accessed(node: ast.expr, bound: Mapping[int, ast.expr]) -> tuple[str, tuple[str, ...]] | None:
    """Give the module that an expression takes something from, and by which names: `a.T["x"]`; None where it takes from none."""
    steps: list[str] = []
    followed: set[int] = set()
    while True:
        match node:
            case (
                ast.Attribute(value=inner, attr=name)
                | ast.Subscript(value=inner, slice=ast.Constant(value=str(name)))
            ):
                steps.append(name)
                node = inner
            case ast.Name() if id(node) in bound and id(node) not in followed:
                followed.add(id(node))
                node = bound[id(node)]
            case ast.Call(func=ast.Name(id="__import__"), args=[ast.Constant(value=str(module))]):
                return module, tuple(reversed(steps))
            case _:
                return None


def _module(name: str) -> ast.expr:
    return ast.Call(
        func=ast.Name(id="__import__", ctx=ast.Load()), args=[ast.Constant(value=name)], keywords=[]
    )


def _dumped(node: ast.expr | None) -> str | None:
    return ast.dump(node) if node is not None else None


def _assigned(node: _Assignment) -> Iterator[tuple[ast.expr, ast.expr]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            yield from ((target, value) for target in targets)
        case (
            ast.AnnAssign(target=target, value=ast.expr() as value)
            | ast.NamedExpr(target=target, value=value)
        ):
            yield target, value
        case _:
            return


def _forget(scope: _Scope, names: list[str]) -> None:
    """Know nothing of names that a block binds in the blocks around it."""
    around: _Scope | None = scope
    while around is not None:
        around.bound |= dict.fromkeys(names)
        around = around.outer


def _parts(
    node: _Function | ast.ClassDef | _Comprehension, scope: _Scope, is_given: _IsGiven
) -> Iterator[tuple[ast.AST, _Scope]]:
    """Give what stands in a node that has a scope of its own, each with the scope that it is in."""
    inner = _Scope(scope, is_class=isinstance(node, ast.ClassDef))
    if isinstance(node, _Function):
        for name, default in _parameters(node, is_given):
            inner.bind(name, default)
    body = node.body if isinstance(node, _Function | ast.ClassDef) else None
    within = {id(each) for each in (body if isinstance(body, list) else [body])}
    for each in ast.iter_child_nodes(node):
        is_within = isinstance(node, _Comprehension) or id(each) in within
        yield each, inner if is_within else scope


def _parameters(node: _Function, is_given: _IsGiven) -> Iterator[tuple[str, ast.expr | None]]:
    """Give a function's parameters, each with its default where a call may leave it at that."""
    called = node.name if not isinstance(node, ast.Lambda) else ""
    placed = [*node.args.posonlyargs, *node.args.args]
    first = 1 if placed and placed[0].arg in ("self", "cls") else 0
    places: list[int | None] = [index - first for index in range(len(placed))]
    without: list[ast.expr | None] = [None] * (len(placed) - len(node.args.defaults))
    for parameter, default, place in zip(
        (*placed, *node.args.kwonlyargs),
        (*without, *node.args.defaults, *node.args.kw_defaults),
        (*places, *(None for _ in node.args.kwonlyargs)),
        strict=True,
    ):
        is_left = default is not None and not is_given(called, parameter.arg, place)
        yield parameter.arg, default if is_left else None
    yield from ((rest.arg, None) for rest in (node.args.vararg, node.args.kwarg) if rest is not None)


def _gives(call: ast.Call, name: str, index: int | None) -> bool:
    """Tell whether a call gives something for a parameter, by its name or its place; `*` and `**` may."""
    if any(each.arg in (name, None) for each in call.keywords):
        return True
    return index is not None and (
        len(call.args) > index or any(isinstance(each, ast.Starred) for each in call.args)
    )


def _given_by_all(tree: ast.AST) -> _IsGiven:
    """Look through the calls of a tree, by the last name of what they call; each parameter's once."""
    found: dict[str, list[ast.Call]] = defaultdict(list)
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
                found[name].append(node)
            case _:
                pass

    @cache
    def is_given(called: str, name: str, place: int | None) -> bool:
        calls = found.get(called, ())
        return bool(calls) and all(_gives(each, name, place) for each in calls)

    return is_given
