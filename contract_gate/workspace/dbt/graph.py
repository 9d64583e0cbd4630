"""Who names whom, from the text of models and macros, without rendering what need not be.

A reference that is literal in a model's own text, or in a macro that it reaches, is resolved exactly. Where a
reference is computed, the model is rendered and asked. Where it does not render, it may read anything.
"""

import re
from collections.abc import Callable, Collection, Iterator
from functools import cached_property

from contract_gate.workspace.dbt import spelling
from contract_gate.workspace.dbt.assembly import Assembly
from contract_gate.workspace.dbt.hardcoded import named_relations
from contract_gate.workspace.dbt.hooks import HOOKS, hook_texts
from contract_gate.workspace.dbt.macros import MacroGraph
from contract_gate.workspace.dbt.nodes import Node
from contract_gate.workspace.dbt.python_models import read_python
from contract_gate.workspace.dbt.references import Reference, ReferenceScan, scan

Reads = Callable[[str], frozenset[str] | None]


class NodeGraph:
    """The readers of nodes."""

    def __init__(
        self,
        assembly: Assembly,
        macros: MacroGraph,
        variables: Collection[str],
        reads: Reads,
    ) -> None:
        self._assembly, self._reads, self.macros = assembly, reads, macros
        self._direct: dict[str, set[str]] | None = None
        self._computed: set[str] = set()
        self._declared: dict[str, set[str]] = {}
        self._written: dict[str, set[str]] = {}
        self._variables = tuple(variables)

    def readers(self, keys: Collection[str]) -> set[str]:
        """Give the keys that name any of these: literally, through macros, by computed names, written out, in YAML."""
        if not keys:
            return set()
        wanted = {name for key in keys for name in (key, *self._lost_name(key))}
        direct = self._index()
        found = {reader for key in wanted for reader in direct.get(key, ())}
        found |= {reader for key in wanted for reader in self._declared.get(key, ())}
        found |= {reader for key in keys for reader in self._writing(key) if reader != key}
        found |= {reader for key in keys for reader in self._calling(key)}
        for key in self._perhaps_naming(wanted) - found:
            reads = self._reads(key)
            if reads is None or reads & wanted:
                found.add(key)
        return found

    def users(self, macros: Collection[str], words: Collection[str]) -> set[str]:
        """Give the keys whose text, or a macro that it reaches, is one of the macros or uses one of the words."""
        if not macros and not words:
            return set()
        wanted, used = set(macros), set(words)
        found = set()
        for node in self._assembly.nodes.values():
            if node.text is not None and not node.is_python:
                reached = self.macros.reached(scan(node.text))
                texts = self._texts(node)
                # A macro that is gone is not reached any more, though the text still names it.
                if reached & wanted or any(text.names & used or text.names & wanted for text in texts):
                    found.add(node.key)
        return found

    def texts(self, key: str) -> list[ReferenceScan]:
        """Give what the template of a node names, and what each macro that it reaches names."""
        node = self._assembly.nodes.get(key)
        return self._texts(node) if node is not None and node.text is not None and not node.is_python else []

    def reached_texts(self, key: str) -> set[str]:
        """Give the texts of the macros that the template of a node reaches."""
        node = self._assembly.nodes.get(key)
        if node is None or node.text is None or node.is_python:
            return set()
        return {found.text for found in self.macros.definitions(self.macros.reached(scan(node.text)))}

    def _perhaps_naming(self, wanted: Collection[str]) -> set[str]:
        """Give the templates that compute names, and could compute one of these."""
        spellers, clever = self._spelling
        found = set(clever)
        for key in wanted:
            found |= frozenset.intersection(*(spellers.of(part) for part in self._parts(key)))
        return found

    @cached_property
    def _spelling(self) -> tuple[spelling.Spellers, frozenset[str]]:
        """Give what the templates that compute names could spell, and those that could spell anything."""
        self._index()
        pieces: dict[str, frozenset[str]] = {}
        for key in self._computed:
            node = self._assembly.nodes[key]
            texts = self._rendered_texts(node)
            if not node.is_python and not spelling.is_clever(texts):
                own = (*self._variables, node.name, *node.fqn, node.schema or "", node.identifier or "")
                pieces[key] = spelling.pieces(texts, own)
        return spelling.Spellers(pieces), frozenset(self._computed - pieces.keys())

    def _parts(self, key: str) -> tuple[str, ...]:
        """Give the texts that a template must spell to name a key."""
        node = self._assembly.nodes.get(key)
        if node is not None:
            return (node.source, node.name) if node.source else (node.name,)
        return tuple(key.lstrip("?").split("."))[-2:] if key.startswith("?") else (key.split(".")[-1],)

    def _texts(self, node: Node) -> list[ReferenceScan]:
        hooks = (text for name in HOOKS for text in hook_texts(node.config, name))
        others = (f"{{{{ {constraint.to} }}}}" for constraint in node.constraints if constraint.to)
        return self._reached([scan(text) for text in (node.text or "", *hooks, *others)])

    def _rendered_texts(self, node: Node) -> list[ReferenceScan]:
        """Give the texts that run when the template is rendered: its hooks run apart, and tell nothing of what it names."""
        return self._reached([scan(node.text or "")])

    def _reached(self, own: list[ReferenceScan]) -> list[ReferenceScan]:
        reached = set().union(*(self.macros.reached(text) for text in own))
        return [*own, *self.macros.scans(reached)]

    def _lost_name(self, key: str) -> tuple[str, ...]:
        """Give the word that finds references to a model which is not in this revision."""
        parts = key.split(".")
        if key in self._assembly.nodes or len(parts) < 3:
            return ()
        return (missing(".".join(parts[2:4]) if parts[0] == "source" else _without_version(parts[2:])),)

    def _writing(self, key: str) -> Collection[str]:
        """Give the keys whose SQL may name the relation of this one without a `ref`."""
        model = self._assembly.models.get(key)
        if model is None or model.relation is None:
            return ()
        return self._written.get(model.relation.name.strip('"').lower(), ())

    def _calling(self, key: str) -> Iterator[str]:
        """Give the keys whose text, or a macro that it reaches, calls a function that a hook makes."""
        made = self._assembly.routines.get(key)
        if made is None or made.model.relation is None:
            return
        name = made.model.relation.name.strip('`"')
        call = re.compile(rf"\b{re.escape(name)}\b", re.IGNORECASE)
        for node in self._assembly.nodes.values():
            texts = {node.text, *self.reached_texts(node.key)} if node.text is not None else ()
            if any(call.search(text) for text in texts if text is not None):
                yield node.key

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
            name = ".".join(reference.args[:2]) if reference.function == "source" else reference.args[-1]
            direct.setdefault(target.key if target else missing(name), set()).add(node.key)
        if not node.is_python:
            for name in self._relations_in(node):
                self._written.setdefault(name, set()).add(node.key)

    def _relations_in(self, node: Node) -> set[str]:
        found = set(named_relations(node.text or ""))
        for definition in self.macros.definitions(self.macros.reached(scan(node.text or ""))):
            found |= named_relations(definition.text)
        return found

    def _references(self, node: Node) -> tuple[list[Reference], bool]:
        if node.is_python:
            read = read_python(node.text or "")
            return list(read.references), read.is_dynamic
        references = [reference for text in self._texts(node) for reference in text.references]
        texts = self._rendered_texts(node)
        return references, any(text.is_dynamic or "graph" in text.names for text in texts)


def missing(name: str) -> str:
    """Give the word that stands for a reference which names nothing."""
    return f"?{name}"


def _without_version(parts: list[str]) -> str:
    is_versioned = len(parts) > 1 and re.fullmatch(r"v[\w.]*\d[\w.]*", parts[-1])
    return ".".join(parts[:-1] if is_versioned else parts)
