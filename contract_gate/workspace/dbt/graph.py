"""Who names whom, from the text of models and macros, without rendering what need not be.

A reference that is literal in a model's own text, or in a macro that it reaches, is resolved exactly. Where a
reference is computed, the model is rendered as dbt parses it and asked. Where it does not render, it may read anything.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cached_property

from contract_gate.core.relation import RelationName
from contract_gate.workspace.dbt.assembly import Assembly
from contract_gate.workspace.dbt.node_texts import NodeTexts
from contract_gate.workspace.dbt.nodes import Node
from contract_gate.workspace.dbt.reach import (
    UNNAMED,
    Reach,
    is_source,
    lost_name,
    missing,
    parts_of,
    written_word,
)
from contract_gate.workspace.dbt.references import Reference, ReferenceScan, scan

Reads = Callable[[str], frozenset[str] | None]


class NodeGraph:
    """The readers of nodes."""

    def __init__(
        self,
        assembly: Assembly,
        texts: NodeTexts,
        reads: Reads,
        parsed_reads: Reads,
    ) -> None:
        self._assembly, self._node_texts, self.macros = assembly, texts, texts.macros
        self._reads, self._parsed_reads = reads, parsed_reads
        self._direct: dict[str, set[str]] | None = None
        self._declared: dict[str, set[str]] = {}

    def readers(self, keys: Collection[str]) -> set[str]:
        """Give the keys that name any of these: literally, through macros, by computed names, written out, in YAML."""
        keys = [key for key in keys if not key.startswith(UNNAMED)]
        if not keys:
            return set()
        wanted = {name for key in keys for name in (key, *self._lost_name(key), *self._declared_as(key))}
        direct = self._index()
        found = {reader for key in wanted for reader in direct.get(key, ())}
        found |= {reader for key in wanted for reader in self._declared.get(key, ())}
        found |= {reader for key in keys for reader in self._writing(key) if reader != key}
        found |= {reader for key in keys for reader in self._calling(key)}
        found |= {key for key in self._perhaps_naming(wanted) - found if self._is_named_by(key, wanted)}
        return found

    @property
    def is_asked(self) -> bool:
        """Tell whether anybody asked for readers."""
        return self._direct is not None

    def reach(self) -> Reach:
        """Give what the texts may name of what the project does not have."""
        known, (spellers, clever) = self._assembly.models, self._node_texts.spelling
        named = {*self._index(), *self._declared}
        parsed = [self._parsed_reads(key) for key in sorted(clever)]
        return Reach(
            lost=frozenset(name for name in named if name not in known),
            pieces=spellers.pieces,
            clever=frozenset[str]().union(*(reads for reads in parsed if reads is not None)),
            is_open=any(reads is None for reads in parsed),
            searches=not clever.isdisjoint(self._node_texts.searching),
            written=frozenset(self._written),
            printed=self._node_texts.printing.pieces,
        )

    def writing(self, relation: RelationName) -> Collection[str]:
        """Give the keys whose SQL may name this relation without a `ref` or `source`, whoever makes it."""
        word = written_word(relation)
        return {*self._written.get(word, ()), *self._node_texts.printing.of(word)}

    @cached_property
    def _written(self) -> Mapping[str, Collection[str]]:
        """Give the keys that may write out a relation without a `ref`, by its name: of nodes, and of hooks of the whole run."""
        found = {name: set(keys) for name, keys in self._node_texts.relations.items()}
        for key, hook in self._assembly.operations.items():
            for name in self._node_texts.relations_in(hook.text):
                found.setdefault(name, set()).add(key)
        return found

    def _is_named_by(self, key: str, wanted: Collection[str]) -> bool:
        """Tell whether a template that computes names names one of these.

        dbt refuses a model whose run refers to what its parsing did not, and lets it read any source.
        """
        reads = None
        if key not in self._node_texts.searching or not any(map(is_source, wanted)):
            reads = self._parsed_reads(key)
        if reads is None:
            reads = self._reads(key)
        return reads is None or not reads.isdisjoint(wanted)

    def users(
        self, macros: Collection[str], words: Collection[str], variables: Collection[str] = ()
    ) -> set[str]:
        """Give the keys whose text, or a macro that it reaches, is one of the macros, uses one of the words or may ask for a variable."""
        if not macros and not words and not variables:
            return set()
        wanted, used = set(macros), set(words)
        found = set()
        for node in self._assembly.nodes.built.values():
            if node.text is not None and not node.is_python:
                reached = self.macros.reached(scan(node.text))
                texts = self._node_texts.all(node)
                # A macro that is gone is not reached any more, though the text still names it.
                if reached & wanted or any(
                    text.names & used or text.names & wanted or text.asks(variables) for text in texts
                ):
                    found.add(node.key)
        return found

    def texts(self, key: str) -> list[ReferenceScan]:
        """Give what the template of a node names, and what each macro that it reaches names."""
        node = self._assembly.nodes.get(key)
        return (
            self._node_texts.all(node)
            if node is not None and node.text is not None and not node.is_python
            else []
        )

    def reached_texts(self, key: str) -> set[str]:
        """Give the texts of the macros that the template of a node reaches."""
        node = self._assembly.nodes.get(key)
        if node is None or node.text is None or node.is_python:
            return set()
        return {found.text for found in self.macros.definitions(self.macros.reached(scan(node.text)))}

    def _perhaps_naming(self, wanted: Collection[str]) -> set[str]:
        """Give the templates that compute names, and could compute one of these."""
        spellers, clever = self._node_texts.spelling
        found = set(clever)
        for key in wanted:
            found |= frozenset.intersection(*(spellers.of(part) for part in self._parts(key)))
        return found

    def _parts(self, key: str) -> tuple[str, ...]:
        """Give the texts that a template must spell to name a key."""
        node = self._assembly.nodes.get(key)
        if node is not None:
            return (node.source, node.name) if node.source else (node.name,)
        return parts_of(key)

    def _lost_name(self, key: str) -> tuple[str, ...]:
        """Give the word that finds references to a model which is not in this revision."""
        return () if key in self._assembly.nodes else lost_name(key)

    def _writing(self, key: str) -> Collection[str]:
        model = self._assembly.models.get(key)
        return () if model is None or model.relation is None else self.writing(model.relation)

    def _declared_as(self, key: str) -> Iterator[str]:
        """Give the sources that are declared of what a model makes: who reads one of them reads the model."""
        model = self._assembly.models.get(key)
        if model is not None and model.relation is not None and not is_source(key):
            for one in self._assembly.by_name.get(model.relation.name, ()):
                if is_source(one.key) and one.relation == model.relation:
                    yield one.key

    def _calling(self, key: str) -> Iterator[str]:
        """Give the keys whose text, or a macro that it reaches, calls a function that a hook makes."""
        made = self._assembly.routines.get(key)
        if made is None or made.model.relation is None:
            return
        name = made.model.relation.name.strip('`"')
        call = re.compile(rf"\b{re.escape(name)}\b", re.IGNORECASE)
        for node in self._assembly.nodes.built.values():
            texts = {node.text, *self.reached_texts(node.key)} if node.text is not None else ()
            if any(call.search(text) for text in texts if text is not None):
                yield node.key

    def _index(self) -> dict[str, set[str]]:
        if self._direct is None:
            self._direct = {}
            for key, references in self._node_texts.references.items():
                self._add(self._assembly.nodes[key], references, self._direct)
            # No source reads anything.
            for model in self._assembly.models.made():
                for key in (*model.depends_on, *(read.key for read in model.reads)):
                    self._declared.setdefault(key, set()).add(model.key)
        return self._direct

    def _add(self, node: Node, references: Collection[Reference], direct: dict[str, set[str]]) -> None:
        for reference in references:
            target = self._assembly.resolver.resolve(reference, node.package)
            name = ".".join(reference.args[:2]) if reference.function == "source" else reference.args[-1]
            direct.setdefault(target.key if target else missing(name), set()).add(node.key)
