"""Ways to build that a project defines itself: https://docs.getdbt.com/guides/create-new-materializations."""

import re
from collections.abc import Iterable, Iterator, Mapping

from contract_gate.core.values import replace
from contract_gate.workspace.content import template_digest, without_template_comments
from contract_gate.workspace.dbt.macros import MacroGraph
from contract_gate.workspace.dbt.nodes import Node
from contract_gate.workspace.dbt.references import scan

_MATERIALIZATION = re.compile(
    r"\{%-?\s*materialization\s+(\w+)(?:.*?\{%-?\s*endmaterialization\b)?", re.DOTALL
)


def own_materializations(macros: Iterable[str]) -> Mapping[str, str]:
    """Give the ways to build that texts of macros define, each with all that stands under its name."""
    found: dict[str, str] = {}
    for text in macros:
        if "materialization" in text:
            for each in _MATERIALIZATION.finditer(without_template_comments(text)):
                found[each[1]] = found.get(each[1], "") + each[0]
    return found


def with_own_materializations(
    nodes: Iterable[Node], texts: Iterable[str], macros: MacroGraph
) -> Iterator[Node]:
    """Say of the nodes that are built in a way of the project's own what that is: what it does to the rows can't be bound."""
    own = own_materializations(texts)
    done: dict[str, str] = {}
    for node in nodes:
        name = node.materialized
        if name in own:
            done[name] = done.get(name) or _digest(own[name], macros)
            yield replace(node, content=(node.content or "") + done[name])
        else:
            yield node


def _digest(text: str, macros: MacroGraph) -> str:
    """Name what a way to build and the macros that it may run say."""
    reached = macros.definitions(sorted(macros.reached(scan(text))))
    return template_digest("\n".join([text, *(without_template_comments(each.text) for each in reached)]))
