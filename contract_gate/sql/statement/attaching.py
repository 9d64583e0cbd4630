"""ALTER TABLE … ATTACH PARTITION, which the parser keeps as text: a table that is there becomes a partition of another.

https://www.postgresql.org/docs/current/sql-altertable.html
"""

import re

from sqlglot import exp

from contract_gate.sql.keys import NeedKind
from contract_gate.sql.names import PART, parse_relation_name
from contract_gate.sql.query.binding import Binding
from contract_gate.sql.script import BoundStatement

_NAME = rf"{PART}(?:\.{PART}){{0,2}}"
_ATTACHED = re.compile(
    rf"table\s+(?:if\s+exists\s+)?(?:only\s+)?(?P<parent>{_NAME})\s+attach\s+partition\s+(?P<child>{_NAME})\s+"
    r"(?:for\s+values\s+)?(?P<bounds>from|in|with|default)\b.*",
    re.IGNORECASE | re.DOTALL,
)
_STRATEGIES = {"from": "RANGE", "in": "LIST", "with": "HASH"}


def attached_partition(binding: Binding, node: exp.Expr) -> BoundStatement | None:
    """Bind it: the parent must be partitioned so, and both must have the same columns. None where the statement is another."""
    is_alter = (
        isinstance(node, exp.Command) and node.name.upper() == "ALTER" and binding.dialect == "postgres"
    )
    found = _ATTACHED.fullmatch(node.text("expression").strip()) if is_alter else None
    if found is None:
        return None
    shapes = []
    for part in ("parent", "child"):
        name = parse_relation_name(found[part], binding.dialect)
        full = name.qualified(binding.default_database, binding.default_schema)
        shapes.append(binding.stored(full))
        binding.read(shapes[-1].name if shapes[-1] is not None else full, None, node)
    parent, child = shapes
    if parent is not None:
        strategy = _STRATEGIES.get(found["bounds"].lower(), "")
        binding.ask(NeedKind.PARTITION, parent.name, node, name=strategy)
    if parent is not None and child is not None and parent.closed and child.closed:
        for one, other in ((parent, child), (child, parent)):
            lacking = {column.name for column in one.columns} - {column.name for column in other.columns}
            for column in sorted(lacking):
                text = f"`{other.name}` has no `{column}`, which `{one.name}` has: it can't be its partition"
                binding.report("unknown-column", text, node, True, column, (other.name, one.name))
    return BoundStatement(kind="other")
