"""ALTER FUNCTION … RENAME TO and SET SCHEMA, which sqlglot keeps as text: a function that is there goes by another name."""

import re

from sqlglot import exp

from contract_gate.core.relation import RelationName
from contract_gate.sql.names import PART, parse_relation_name

_RENAMED = re.compile(
    rf"alter\s+(?:function|routine|aggregate|procedure)\s+(?:if\s+exists\s+)?(?P<old>{PART}(?:\s*\.\s*{PART})*)"
    rf"\s*(?:\([^()]*(?:\([^()]*\)[^()]*)*\))?\s*(?:rename\s+to\s+(?P<new>[\w$.\"]+)|set\s+schema\s+(?P<schema>{PART}))\s*;?\s*",
    re.IGNORECASE,
)
"""https://www.postgresql.org/docs/current/sql-alterfunction.html"""


def routine_rename(node: exp.Expr, dialect: str) -> tuple[RelationName, RelationName] | None:
    """Give the name that a function had and the one that it gets; None for any other statement."""
    if not isinstance(node, exp.Command) or node.name.upper() != "ALTER":
        return None
    found = _RENAMED.fullmatch(node.sql())
    if found is None:
        return None
    old = parse_relation_name(found["old"], dialect)
    if found["schema"] is not None:
        schema = parse_relation_name(found["schema"], dialect)
        return old, RelationName((*old.parts[:-2], schema.name, old.name))
    new = parse_relation_name(found["new"], dialect)
    return old, new if len(new.parts) > 1 else RelationName((*old.parts[:-1], new.name))
