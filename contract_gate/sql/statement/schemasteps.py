"""DROP SCHEMA and ALTER SCHEMA … RENAME: what becomes of all that is in it."""

import re

from sqlglot import exp

from contract_gate.core.relation import RelationName
from contract_gate.core.values import dataclass
from contract_gate.sql.families import POSTGRES, SPARK, TRINO, TSQL
from contract_gate.sql.names import DEFAULT_SCHEMA, ONE_LEVEL, PART, fold_table, read_relation_name


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaStep:
    """A schema that goes, or gets another name. `cascades`: what is in it goes too; without, the engine refuses if there is any."""

    schema: RelationName
    renamed_to: RelationName | None = None
    cascades: bool = False
    dialect: str = ""

    def holds(self, name: RelationName) -> bool:
        """Tell whether a relation is in the schema: one that is called without, in the one that its engine uses."""
        is_usual = self.schema.name == DEFAULT_SCHEMA.get(self.dialect)
        return (is_usual and len(name.parts) == 1) or (
            len(name.parts) > len(self.schema.parts)
            and name.parts[:-1][-len(self.schema.parts) :] == self.schema.parts
        )

    def moved(self, name: RelationName) -> RelationName:
        """Give the new name of a relation that is in the schema."""
        new = self.renamed_to.parts if self.renamed_to is not None else self.schema.parts
        return RelationName((*name.parts[: -1 - len(self.schema.parts)], *new, name.name))


def schema_step(node: exp.Expr, dialect: str) -> SchemaStep | None:
    """Read a statement; None where it is about no schema."""
    kind = str(node.args.get("kind") or "").upper()
    if isinstance(node, exp.Drop) and (kind == "SCHEMA" or (kind == "DATABASE" and dialect in ONE_LEVEL)):
        table = next(iter(node.args.get("tables") or ()), None)
        written = table.find_all(exp.Identifier) if isinstance(table, exp.Table) else ()
        parts = [fold_table(part.name, bool(part.args.get("quoted")), dialect) for part in written]
        if not parts:
            return None
        cascades = bool(node.args.get("cascade")) or dialect not in _HELD
        name = RelationName(tuple(reversed(parts)))
        return SchemaStep(schema=name, cascades=cascades, dialect=dialect)
    if not isinstance(node, exp.Command):
        return None
    found = _RENAMED.fullmatch(" ".join(node.sql(dialect=dialect or None).split()).rstrip("; "))
    names = [read_relation_name(name, dialect) for name in found.groups()] if found is not None else []
    if len(names) != 2 or names[0] is None or names[1] is None:
        return None
    return SchemaStep(schema=names[0], renamed_to=names[1], dialect=dialect)


_HELD = POSTGRES | SPARK | TRINO | TSQL | {"duckdb", "bigquery", "oracle"}
"""Where a schema with something in it goes only with CASCADE, or not at all (T-SQL)."""
_RENAMED = re.compile(
    rf"alter\s+(?:schema|database)\s+(?:if\s+exists\s+)?({PART}(?:\.{PART})?)\s+rename\s+to\s+({PART})",
    re.IGNORECASE,
)
