"""The Jinja environment with dbt's tags and filters: a sandbox without a loader.

dbt's own is https://github.com/dbt-labs/dbt-common/blob/main/dbt_common/clients/jinja.py. What templates may call
is left to `context`.
"""

from collections.abc import Callable, Iterable
from functools import partial

from jinja2 import Undefined, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment

from contract_gate.core.world import HoleKind
from contract_gate.workspace.jinja import tracing
from contract_gate.workspace.jinja.deployment import AssumedValues
from contract_gate.workspace.jinja.holes import Holes, UnknownValue

SNAPSHOT = "__snapshot__"
MACRO_PREFIX = "dbt_macro__"


class SkippedBlocks(Extension):
    """Read `{% materialization %}`, `{% docs %}` and their like, and keep nothing of them."""

    tags = {"materialization", "docs", "udf"}  # noqa: RUF012 - Jinja declares it so

    def parse(self, parser: Parser) -> list[nodes.Node]:
        tag = next(parser.stream).value
        _skip_to_block_end(parser)
        parser.parse_statements((f"name:end{tag}",), drop_needle=True)
        return []


class TestBlock(Extension):
    """Read `{% test name(model, …) %}` as the macro `test_name`."""

    tags = {"test", "data_test"}  # noqa: RUF012 - Jinja declares it so

    def parse(self, parser: Parser) -> nodes.Node:
        lineno = parser.stream.current.lineno
        tag = next(parser.stream).value
        node = nodes.Macro(lineno=lineno)
        node.name = "test_" + parser.parse_assign_target(name_only=True).name
        parser.parse_signature(node)
        node.body = parser.parse_statements((f"name:end{tag}",), drop_needle=True)
        return node


class SnapshotBlock(Extension):
    """Read `{% snapshot name %}` as its body where the snapshot of this name is rendered."""

    tags = {"snapshot"}  # noqa: RUF012 - Jinja declares it so

    def parse(self, parser: Parser) -> nodes.Node:
        lineno = next(parser.stream).lineno
        name = parser.stream.expect("name").value
        _skip_to_block_end(parser)
        body = parser.parse_statements(("name:endsnapshot",), drop_needle=True)
        wanted = nodes.Compare(nodes.Name(SNAPSHOT, "load"), [nodes.Operand("eq", nodes.Const(name))])
        return nodes.If(wanted, body, [], [], lineno=lineno)


class Environment(SandboxedEnvironment):
    """dbt's environment; `holes` and `assumed` belong to the rendering under way."""

    intercepted_binops = tracing.ARITHMETIC

    def __init__(self) -> None:
        super().__init__(
            extensions=[
                "jinja2.ext.do",
                "jinja2.ext.loopcontrols",
                SkippedBlocks,
                TestBlock,
                SnapshotBlock,
            ],
            cache_size=0,
        )
        self.holes = Holes()
        self.assumed = AssumedValues()
        self.undefined = _missing_class(lambda: self.holes)
        self.globals.pop("lipsum", None)
        # In SQL they change nothing; in YAML what they say is read from the text (`settings.is_true`).
        self.filters |= dict.fromkeys(("as_text", "as_bool", "as_native", "as_number"), _itself)
        self.filters |= {name: tracing.traced(name, self.filters[name]) for name in self.filters}
        self.tests |= {name: tracing.traced(name, self.tests[name]) for name in tracing.TESTS}
        self.filters |= tracing.FILTERS | {_PARTS: _parts, _PARTS_OF_EACH: _parts_of_each}
        self.filters[tracing.BLOCK] = lambda text, name: self.assumed.written(lambda: name, text)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        """A hole is taken apart into as many holes as names are set to it."""
        tree = super()._parse(source, name, filename)
        for assigned in tree.find_all(nodes.Assign):
            if isinstance(assigned.target, nodes.Tuple):
                assigned.node = _filtered(assigned.node, _PARTS, assigned.target)
        for loop in tree.find_all(nodes.For):
            if isinstance(loop.target, nodes.Tuple):
                loop.iter = _filtered(loop.iter, _PARTS_OF_EACH, loop.target)
        tracing.rewrite(tree, has_joins="~" in source)
        return tree

    def call(__self, __context: Context, __obj: object, *args: object, **kwargs: object) -> object:  # noqa: N805
        """Call as the sandbox does."""
        call = partial(super().call, __context)
        return tracing.called(__self.assumed, __obj, call, args, kwargs)

    def call_binop(self, context: Context, operator: str, left: object, right: object) -> object:
        return tracing.follow(operator, partial(super().call_binop, context, operator), (left, right), {})

    def getitem(self, obj: object, argument: object) -> object:
        tracing.found(obj, argument)
        return super().getitem(obj, argument)

    def is_safe_callable(self, obj: object) -> bool:
        return True if isinstance(obj, UnknownValue) else super().is_safe_callable(obj)

    def macros_of(self, source: str) -> Iterable[nodes.Macro]:
        """Give the macros that a file defines. Raises jinja2.TemplateSyntaxError."""
        return [node for node in self.parse(source).body if isinstance(node, nodes.Macro)]


def _missing_class(holes: Callable[[], Holes]) -> type[Undefined]:
    class UndefinedName(Undefined):
        """A name that nothing defines: prints as nothing, as in dbt; called, it is a hole."""

        def __getattr__(self, name: str) -> "UndefinedName":
            if name[:2] == "__":
                raise AttributeError(name)
            return UndefinedName(name=f"{self._undefined_name}.{name}")

        def __getitem__(self, key: object) -> "UndefinedName":  # type: ignore[override]
            return UndefinedName(name=f"{self._undefined_name}.{key}")

        def __call__(self, *args: object, **kwargs: object) -> UnknownValue:  # type: ignore[override]
            return missing_macro(holes(), str(self._undefined_name), args, kwargs)

    return UndefinedName


def missing_macro(holes: Holes, name: str, args: Iterable[object], kwargs: dict[str, object]) -> UnknownValue:
    """Give the hole that stands for a call of a macro that is not in the repository."""
    holes.note(HoleKind.MACRO, f"the macro {name} is not in the repository: its output is not known", name)
    shown = [_shown(arg) for arg in args]
    shown += [_shown(value) for key, value in kwargs.items() if key != "caller"]
    return UnknownValue(holes, name, ", ".join(shown), is_value=False)


def _shown(value: object) -> str:
    match value:
        case str():
            text = value
        case Undefined():
            text = str(getattr(value, "_undefined_name", ""))
        case UnknownValue():
            text = "?"
        case _:
            text = repr(value)
    return "'" + text[:200].replace("'", "").replace("\\", "") + "'"


def _skip_to_block_end(parser: Parser) -> None:
    while parser.stream.current.type not in ("block_end", "eof"):
        next(parser.stream)


def _itself(value: object) -> object:
    return value


_PARTS, _PARTS_OF_EACH = "contract_gate_parts", "contract_gate_parts_of_each"


_Shape = tuple["_Shape | None", ...]
"""The names that something is set to: how many, and which of them are in brackets of their own."""


def _filtered(node: nodes.Node, name: str, target: nodes.Tuple) -> nodes.Filter:
    shape = nodes.Const(_shape(target))
    return nodes.Filter(node, name, [shape], [], None, None, lineno=node.lineno)


def _shape(target: nodes.Tuple) -> _Shape:
    return tuple(_shape(item) if isinstance(item, nodes.Tuple) else None for item in target.items)


def _parts(value: object, shape: _Shape) -> object:
    if isinstance(value, UnknownValue):
        value = [next(iter(value)) for _ in shape]
    if not isinstance(value, list | tuple) or len(value) != len(shape):
        return value
    return [part if inner is None else _parts(part, inner) for part, inner in zip(value, shape, strict=True)]


def _parts_of_each(values: object, shape: _Shape) -> object:
    if not isinstance(values, UnknownValue | list | tuple):
        return values
    return [_parts(value, shape) for value in values]
