"""Which node a `ref` or `source` means: by package, then the root project, then anywhere; by version, then the latest."""

from collections.abc import Iterable
from typing import TypeVar

from contract_gate.core.world import ModelKind
from contract_gate.workspace.dbt.nodes import Node
from contract_gate.workspace.dbt.references import Reference
from contract_gate.workspace.dbt.sources import PlainSource

AnyNode = TypeVar("AnyNode", Node, Node | PlainSource)
REFERABLE = (ModelKind.MODEL, ModelKind.SEED, ModelKind.SNAPSHOT)


class Resolver:
    """The nodes by the names that templates use."""

    def __init__(self, nodes: Iterable[Node], root: str, plain: Iterable[PlainSource] = ()) -> None:
        self._root = root
        self.refs: dict[str, list[Node]] = {}
        self.sources: dict[str, list[Node | PlainSource]] = {}
        self.functions: dict[str, list[Node]] = {}
        self._siblings: dict[tuple[str, str], list[Node]] = {}
        for table in plain:
            self.sources.setdefault(table.called, []).append(table)
        for node in nodes:
            if node.kind in REFERABLE:
                self.refs.setdefault(node.name, []).append(node)
            elif node.kind is ModelKind.FUNCTION:
                self.functions.setdefault(node.name, []).append(node)
            elif node.kind is ModelKind.SOURCE:
                self.sources.setdefault(f"{node.source}.{node.name}", []).append(node)

    def apart(self) -> "Resolver":
        """Give the same names without siblings, so that others may be added."""
        other = Resolver((), self._root)
        other.refs, other.sources, other.functions = self.refs, self.sources, self.functions
        return other

    def add_sibling(self, node: Node) -> None:
        """Let references with the name of another project of the repository mean its node."""
        self._siblings.setdefault((node.package, node.name), []).append(node)

    def resolve(self, reference: Reference, package: str) -> Node | None:
        """Give the node that a reference in this package names, None where there is none."""
        if reference.function == "source":
            # A project may override source() with more arguments: the first two are the names.
            found = self._nearest(self.sources.get(".".join(reference.args[:2]), []), package, None)
            return found.node() if isinstance(found, PlainSource) else found
        if reference.function == "function":
            named = reference.args[0] if len(reference.args) > 1 else None
            return self._nearest(self.functions.get(reference.args[-1], []), package, named)
        named = reference.args[0] if len(reference.args) > 1 else None
        name = reference.args[-1]
        model = self._nearest(_of_version(self.refs.get(name, []), reference), package, named)
        if model is None and named is not None:
            model = self._nearest(_of_version(self._siblings.get((named, name), []), reference), named, named)
        return model

    def _nearest(self, nodes: list[AnyNode], package: str, named: str | None) -> AnyNode | None:
        for wanted in (named,) if named else (package, self._root):
            for node in nodes:
                if node.package == wanted:
                    return node
        return None if named or not nodes else nodes[0]


def _of_version(nodes: list[Node], reference: Reference) -> list[Node]:
    if reference.version is not None:
        return [node for node in nodes if node.version == reference.version]
    return [node for node in nodes if node.version in (None, node.latest)] or nodes
