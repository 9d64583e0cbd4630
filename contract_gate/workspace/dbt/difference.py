"""A side of a project that has other SQL in some of its models and is the other side in all else: put together by the difference.

Whatever a file may decide beside its model's own SQL (settings, names, macros, tests, files that come or go) keeps it from being one;
then the project is put together from its files.
"""

from collections.abc import Mapping
from dataclasses import replace

from contract_gate.core.models import Models
from contract_gate.core.world import ModelKind
from contract_gate.workspace.dbt.assembly import Assembly
from contract_gate.workspace.dbt.declarations import DeclarationMaker
from contract_gate.workspace.dbt.nodes import Node
from contract_gate.workspace.dbt.reading import TextReader
from contract_gate.workspace.dbt.references import scan
from contract_gate.workspace.dbt.settled import Settled
from contract_gate.workspace.dbt.siblings import named_projects
from contract_gate.workspace.dbt.sources import Nodes


def with_texts(
    elder: Settled, texts: Mapping[str, str], setup: TextReader, files: TextReader
) -> Settled | None:
    """Give the project with other texts at these paths; None where more than the SQL of models may differ.

    `setup` and `files` have read the side as `elder`'s have read the other.
    """
    edited = {path: node for path, text in texts.items() if (node := _edited(elder, path, text)) is not None}
    before = named_projects((path, node.text or "") for path, node in edited.items())
    named = named_projects(texts.items())
    if len(edited) < len(texts) or elder.named is None or named is None or before:
        return None
    built = {
        node.key: replace(elder.assembly.nodes.built[node.key], text=texts[path])
        for path, node in edited.items()
    }
    nodes = [
        replace(node, text=texts[node.path]) if edited.get(node.path) is node else node
        for node in elder.found.nodes
    ]
    assembly = _with_nodes(elder, built)
    return replace(
        elder, setup=setup, files=files, assembly=assembly, texts=elder.texts.with_nodes(assembly.nodes.built, built.keys()),
        found=replace(elder.found, nodes=nodes), named=elder.named | named,
    )  # fmt: skip


def _edited(elder: Settled, path: str, text: str) -> Node | None:
    """Give the node whose SQL alone differs where a file has this text; None where that can't be told."""
    found, macros = elder.found, elder.texts.macros
    here = [node for node in found.nodes if node.path == path]
    beside = {*found.problems, *elder.assembly.problems, *(macro for _, macro, _ in found.macros)}
    beside.update(fixture.path for fixture in found.fixtures.values())
    if len(here) != 1 or path in beside:
        return None
    node, old, new = here[0], scan(here[0].text or ""), scan(text)
    is_plain = node.kind is ModelKind.MODEL and node.text and not node.is_python and not node.holes
    is_settled = old.config == new.config and not (old.is_config_dynamic or new.is_config_dynamic)
    is_settled &= not (macros.configures(old) or macros.configures(new))
    return node if text and is_plain and is_settled and node.key in elder.assembly.nodes.built else None


def _with_nodes(elder: Settled, edited: Mapping[str, Node]) -> Assembly:
    """Put nodes in the place of those with the same keys, and what is made of them."""
    old = elder.assembly
    nodes = Nodes({**old.nodes.built, **edited}, old.nodes.plain)
    maker = DeclarationMaker(elder.target, elder.found.other)
    maker.resolver = resolver = old.resolver.with_nodes(edited)
    made = {key: model for key, node in edited.items() if (model := maker.model(node)) != old.models[key]}
    tests = {
        key: replace(test, node=edited[test.node.key]) if test.node.key in edited else test
        for key, test in old.tests.items()
    }
    assembly = replace(old.apart(), nodes=nodes, resolver=resolver, tests=tests)
    if made:
        assembly.declare(Models(made))
    return assembly
