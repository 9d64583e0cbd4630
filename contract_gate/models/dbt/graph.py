"""Who names whom, from the text of models and macros, without rendering what need not be.

A reference that is literal in a model's own text, or in a macro that it reaches, is resolved exactly. Where a
reference is computed, the model is rendered and asked. Where it does not render, it may read anything.
"""

from collections.abc import Callable, Collection

from contract_gate.models.dbt.assembly import Assembly
from contract_gate.models.dbt.nodes import Node
from contract_gate.models.dbt.python_models import read_python
from contract_gate.models.dbt.references import Definition, Reference, Scan, definitions, scan
from contract_gate.world import ModelKind

Reads = Callable[[str], frozenset[str] | None]

# Projects override these to add a database; what they name is what the caller hands them.
_PASS_THROUGH = frozenset({"ref", "source", "config", "this"})


class MacroGraph:
    """The macros of a project and what each reaches."""

    def __init__(self, macros: Collection[tuple[str, str, str]]) -> None:
        self._by_name: dict[str, list[Definition]] = {}
        self.places: dict[str, list[str]] = {}
        for _package, path, text in macros:
            for definition in definitions(text):
                for name in {definition.name, definition.name.partition("__")[2] or definition.name}:
                    self._by_name.setdefault(name, []).append(definition)
                    self.places.setdefault(name, []).append(path)
        self._reached: dict[str, frozenset[str]] = {}

    def reached(self, text: Scan) -> set[str]:
        """Give the names of all macros that a text may run, directly or through others."""
        found: set[str] = set()
        waiting = [*self._named(text)]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                for definition in self._by_name[name]:
                    waiting += [inner for inner in self._named(definition.scan) if inner not in found]
        return found

    def scans(self, names: Collection[str]) -> list[Scan]:
        return [definition.scan for name in names for definition in self._by_name[name]]

    def _named(self, text: Scan) -> set[str]:
        return {
            name for name in text.names | text.literals if name in self._by_name and name not in _PASS_THROUGH
        }


class Graph:
    """The readers of nodes."""

    def __init__(
        self, assembly: Assembly, macros: Collection[tuple[str, str, str]], root: str, reads: Reads
    ) -> None:
        self._assembly, self._root, self._reads = assembly, root, reads
        self.macros = MacroGraph(macros)
        self._direct: dict[str, set[str]] | None = None
        self._computed: set[str] = set()
        self._declared: dict[str, set[str]] = {}

    def readers(self, keys: Collection[str]) -> set[str]:
        """Give the keys that name any of these: literally, through macros, by computed names, in YAML."""
        wanted = set(keys)
        direct = self._index()
        found = {reader for key in wanted for reader in direct.get(key, ())}
        found |= {reader for key in wanted for reader in self._declared.get(key, ())}
        for key in self._computed - found:
            reads = self._reads(key)
            if reads is None or reads & wanted:
                found.add(key)
        return found

    def _index(self) -> dict[str, set[str]]:
        if self._direct is None:
            self._direct = {}
            for node in self._assembly.nodes.values():
                if node.text is not None:
                    self._add(node, self._direct)
            for model in self._assembly.models.values():
                for key in (*model.depends_on, *(read.key for read in model.reads)):
                    self._declared.setdefault(key, set()).add(model.key)
        return self._direct

    def _add(self, node: Node, direct: dict[str, set[str]]) -> None:
        references, is_computed = self._references(node)
        if is_computed:
            self._computed.add(node.key)
        for reference in references:
            target = self._assembly.resolver.resolve(reference, node.package)
            if target is not None:
                direct.setdefault(target.key, set()).add(node.key)

    def _references(self, node: Node) -> tuple[list[Reference], bool]:
        if node.is_python:
            read = read_python(node.text or "")
            return list(read.references), read.is_dynamic
        own = scan(node.text or "")
        reached = self.macros.scans(self.macros.reached(own))
        references = [reference for text in (own, *reached) for reference in text.references]
        uses_graph = any("graph" in text.names for text in (own, *reached))
        return references, uses_graph or own.is_dynamic or any(text.is_dynamic for text in reached)


def is_readable(node: Node) -> bool:
    """Tell whether a node has SQL of its own."""
    return node.text is not None and node.kind is not ModelKind.SOURCE
