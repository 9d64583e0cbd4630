"""The nodes of a project by the names that templates use, and which of them a reference means."""

from collections.abc import Iterable, Mapping

from contract_gate.core.world import ModelKind
from contract_gate.workspace.dbt.nodes import Node
from contract_gate.workspace.dbt.references import Reference
from contract_gate.workspace.dbt.sources import PlainSource
from contract_gate.workspace.jinja.resolution import Address, meant

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

    def with_nodes(self, nodes: Mapping[str, Node]) -> "Resolver":
        """Give the same names with other nodes in the place of models with the same keys."""
        other = self.apart()
        names = {node.name for node in nodes.values()}
        others = {name: [nodes.get(node.key, node) for node in self.refs[name]] for name in names}
        other.refs = {**self.refs, **others}
        return other

    def add_sibling(self, node: Node) -> None:
        """Let references with the name of another project of the repository mean its node."""
        self._siblings.setdefault((node.package, node.name), []).append(node)

    def resolve(self, reference: Reference, package: str) -> Node | None:
        """Give the node that a reference in this package names, None where there is none."""
        near = package, self._root
        if reference.function == "source":
            # A project may override source() with more arguments: the first two are the names.
            found = meant(self.sources.get(".".join(reference.args[:2]), []), _of_source, near)
            return found.node() if isinstance(found, PlainSource) else found
        name, named = reference.args[-1], reference.args[0] if len(reference.args) > 1 else None
        if reference.function == "function":
            return meant(self.functions.get(name, []), _of_node, near, named)
        model = meant(self.refs.get(name, []), _of_node, near, named, reference.version)
        if model is None and named is not None:
            return meant(self._siblings.get((named, name), []), _of_node, near, named, reference.version)
        return model


def _of_node(node: Node) -> Address:
    return node.package, node.version, node.latest


def _of_source(node: Node | PlainSource) -> Address:
    return node.package, None, None
