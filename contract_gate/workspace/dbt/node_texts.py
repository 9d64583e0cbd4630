"""What the templates of a project name and could spell, and the macros that they reach: each node's worked out once."""

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property

from contract_gate.workspace.dbt import spelling
from contract_gate.workspace.dbt.hardcoded import PRINTED, RELATIONS
from contract_gate.workspace.dbt.hooks import hook_texts
from contract_gate.workspace.dbt.macros import MacroGraph
from contract_gate.workspace.dbt.nodes import Node
from contract_gate.workspace.dbt.python_models import read_python
from contract_gate.workspace.dbt.references import Reference, ReferenceScan, scan
from contract_gate.workspace.dbt.settings import HOOKS

_TAGS = re.compile(r"\{%.*?%\}", re.DOTALL)
_WHEN_RUN = frozenset(
    {"execute", "graph", "run_query", "statement", "load_result", "load_relation", "get_relation",
     "get_columns_in_relation", "get_filtered_columns_in_relation", "get_column_values", "get_columns_in_query",
     "get_relations_by_pattern", "get_relations_by_prefix", "get_query_results_as_dict", "get_single_value", "star"}
)  # fmt: skip
"""Words with which a template sees more when it runs."""


class NodeTexts:
    """The texts of nodes. `variables`: every text among the values of the project's variables."""

    def __init__(self, nodes: Mapping[str, Node], macros: MacroGraph, variables: Collection[str]) -> None:
        self.macros = macros
        self._nodes, self._variables = nodes, tuple(variables)
        self._elder: NodeTexts | None = None
        self._edited: frozenset[str] = frozenset(nodes)

    def with_nodes(self, nodes: Mapping[str, Node], edited: Collection[str]) -> "NodeTexts":
        """Give the same for another side, which differs in the edited nodes alone."""
        other = NodeTexts(nodes, self.macros, self._variables)
        other._elder, other._edited = self, frozenset(edited)
        return other

    @cached_property
    def references(self) -> Mapping[str, tuple[Reference, ...]]:
        """Give the literal references of every node with a text: its own, its hooks' and its macros'."""
        own = {key: self._references(node) for key, node in self._own.items()}
        return own if self._elder is None else {**self._elder.references, **own}

    @property
    def _own(self) -> Mapping[str, Node]:
        """Give the nodes with a text that the elder does not have."""
        nodes = ((key, self._nodes[key]) for key in self._nodes if key in self._edited)
        return {key: node for key, node in nodes if node.text is not None}

    @cached_property
    def computed(self) -> frozenset[str]:
        """Give the keys of the nodes whose text computes what it names."""
        own = frozenset(key for key, node in self._own.items() if self._is_computed(node))
        return own if self._elder is None else own | (self._elder.computed - self._edited)

    @cached_property
    def searching(self) -> frozenset[str]:
        """Give the keys among the computed ones whose text does more when it runs than when dbt parses it."""
        if (alike := self._alike) is not None:
            return alike.searching
        return frozenset(
            key
            for key in self.computed
            if any(not _WHEN_RUN.isdisjoint(text.names) for text in self.rendered(self._nodes[key]))
        )

    @cached_property
    def relations(self) -> Mapping[str, Collection[str]]:
        """Give the keys of the nodes that may write out a relation without a `ref`, by its name."""
        before = self._elder.relations if self._elder is not None else {}
        found = {name: set(keys) - self._edited for name, keys in before.items()}
        for key, node in self._own.items():
            if node.text is not None and not node.is_python:
                for text in (node.text, *_hooks(node)):
                    for name in self.relations_in(text):
                        found.setdefault(name, set()).add(key)
        return found

    @cached_property
    def printing(self) -> spelling.Spellers:
        """Give the nodes that print a relation's name where no reference stands, by the texts which that may be joined of.

        One that is made otherwise (`replace`, a query's answer) is not found by them.
        """
        return spelling.Spellers(self._printed)

    @cached_property
    def _printed(self) -> Mapping[str, frozenset[str]]:
        before = self._elder._printed if self._elder is not None else {}
        found = {key: pieces for key, pieces in before.items() if key not in self._edited}
        # A name that holds this word is one that a template prints.
        open_ones = {key for name, keys in self.relations.items() if PRINTED in name for key in keys}
        for key, node in self._own.items():
            if key in open_ones:
                texts = self.rendered(node)
                known = self._variables if any("var" in text.names for text in texts) else ()
                literals = (word for text in texts for word in text.literals)
                found[key] = spelling.last_parts((*known, *literals, *self._bodies(node.text or "")))
        return found

    def _bodies(self, text: str) -> Iterator[str]:
        """Give the macros that a text reaches, if they give a name and nothing else."""
        for each in self.macros.definitions(self.macros.reached(scan(text))):
            yield _TAGS.sub("", each.text).strip()

    @cached_property
    def spelling(self) -> tuple[spelling.Spellers, frozenset[str]]:
        """Give what the templates that compute names could spell, and those that could spell anything."""
        if (alike := self._alike) is not None:
            return alike.spelling
        pieces: dict[str, frozenset[str]] = {}
        for key in self.computed:
            node = self._nodes[key]
            texts = self.rendered(node)
            if not node.is_python and not spelling.computes_names(texts):
                own = (*self._variables, node.name, *node.fqn, node.schema or "", node.identifier or "")
                pieces[key] = spelling.pieces(texts, own)
        return spelling.Spellers(pieces), frozenset(self.computed - pieces.keys())

    @property
    def _alike(self) -> "NodeTexts | None":
        """Give the elder where no edited template computes names, or did."""
        elder = self._elder
        is_alike = elder is not None and self._edited.isdisjoint(self.computed | elder.computed)
        return elder if is_alike else None

    def all(self, node: Node) -> list[ReferenceScan]:
        """Give what a node's template, hooks and constraints name, and what each macro that they reach names."""
        others = (f"{{{{ {constraint.to} }}}}" for constraint in node.constraints if constraint.to)
        return self._reached([scan(text) for text in (node.text or "", *_hooks(node), *others)])

    def rendered(self, node: Node) -> list[ReferenceScan]:
        """Give the texts that run when the template is rendered: its hooks run apart, and tell nothing of what it names."""
        return self._reached([scan(node.text or "")])

    def _reached(self, own: list[ReferenceScan]) -> list[ReferenceScan]:
        reached = frozenset[str]().union(*(self.macros.reached(text) for text in own))
        return [*own, *self.macros.scans(reached)]

    def _references(self, node: Node) -> tuple[Reference, ...]:
        if node.is_python:
            return tuple(read_python(node.text or "").references)
        return tuple(reference for text in self.all(node) for reference in text.references)

    def _is_computed(self, node: Node) -> bool:
        if node.is_python:
            return read_python(node.text or "").is_dynamic
        return any(text.is_dynamic or "graph" in text.names for text in self.rendered(node))

    def relations_in(self, text: str) -> frozenset[str]:
        """Give the last parts of the names that a text, or a macro that it reaches, may write out without a `ref`."""
        definitions = self.macros.definitions(self.macros.reached(scan(text)))
        return RELATIONS(text).union(*(RELATIONS(each.text) for each in definitions))


def _hooks(node: Node) -> list[str]:
    return [text for name in HOOKS for text in hook_texts(node.config, name)]
