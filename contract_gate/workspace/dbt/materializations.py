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


_BUILDING = re.compile(
    r"\{%-?\s*(?:materialization\s+(?P<way>view|table|incremental|snapshot|seed|materialized_view)\b|macro\s+(?P<macro>(?:[a-z]+__)?(?:"
    r"(?:get_)?create_(?:or_replace_)?(?:view|table|materialized_view|csv_table)(?:_as)?(?:_sql)?|get_create_(?:sql|backup_sql|intermediate_sql)|get_replace_\w*sql"
    r"|get_(?:merge|delete_insert_merge|insert_overwrite_merge|incremental_\w+|insert_into)_sql|run_hooks|statement|load_csv_rows"
    r"|snapshot_(?:staging_table|merge_sql|\w+_strategy)|get_select_subquery|get_assert_columns_equivalent))\s*\()"
)
"""What dbt itself builds relations by: https://github.com/dbt-labs/dbt-adapters/tree/main/dbt-adapters/src/dbt/include/global_project/macros"""


def building(text: str) -> Mapping[str, str]:
    """Give the macros and ways to build of a text that stand in the place of dbt's own: what each says, up to the next of them."""
    plain = without_template_comments(text)
    found = [*_BUILDING.finditer(plain)]
    ends = [*(each.start() for each in found), len(plain)][1:]
    return {
        each["way"] or each["macro"]: plain[each.start() : end].strip()
        for each, end in zip(found, ends, strict=True)
    }


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
