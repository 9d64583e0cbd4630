"""Names of relations: the project's own naming macros where it has any, else dbt's defaults.

https://docs.getdbt.com/docs/build/custom-schemas, https://docs.getdbt.com/docs/build/custom-aliases
"""

from dataclasses import replace

from contract_gate.core.relation import RelationName
from contract_gate.core.world import ModelKind
from contract_gate.sql.names import fold_table
from contract_gate.workspace.dbt.adapters import Target
from contract_gate.workspace.dbt.messages import identity
from contract_gate.workspace.dbt.nodes import Node
from contract_gate.workspace.dbt.settings import as_text
from contract_gate.workspace.dbt.sources import source_quoting
from contract_gate.workspace.jinja.engine import Engine, holes_of, problem_of
from contract_gate.workspace.jinja.resolution import alias_name, database_name, schema_name
from contract_gate.workspace.jinja.wire import Message, rows

_CHUNK = 100
_DATABASE_KEYS = ("database", "project", "catalog")
NOT_NAMED = (ModelKind.SOURCE, ModelKind.TEST)
"""What no macro names."""


def name_nodes(
    nodes: list[Node], target: Target, engine: Engine, has_macros: bool, problems: dict[str, str]
) -> list[Node]:
    """Give every node its database, schema and identifier."""
    settled = [node for node in nodes if node.kind in NOT_NAMED]
    pending = [node for node in nodes if node.kind not in NOT_NAMED]
    done = [with_source_defaults(node, target) for node in settled]
    if not has_macros:
        return [*done, *(_with_defaults(node, target) for node in pending)]
    for start in range(0, len(pending), _CHUNK):
        part = pending[start : start + _CHUNK]
        reply = engine.request({"op": "names", "items": [_item(node) for node in part]})
        made = rows(reply, "names")
        reason = problem_of(reply)
        for index, node in enumerate(part):
            answer: Message = made[index] if index < len(made) else {"problem": reason or "no answer"}
            if problem := problem_of(answer):
                problems[node.path] = (
                    f"its relation's name is dbt's default, the project's macro failed: {problem}"
                )
                done.append(_with_defaults(node, target))
            else:
                done.append(_with_legacy_target(_with_parts(node, answer), target))
    return done


def is_named_alike(node: Node, other: Node) -> bool:
    """Tell whether a node gets the names of another side's by the same macros and target."""
    is_asked = node.kind not in NOT_NAMED and not other.holes
    return is_asked and node.snapshot == other.snapshot and _item(node) == _item(other)


def named_like(node: Node, other: Node) -> Node:
    """Give a node the names of another."""
    return replace(node, database=other.database, schema=other.schema, identifier=other.identifier)


def relation_of(node: Node, target: Target) -> RelationName | None:
    """Give the relation's canonical name as templates print it."""
    parts = _parts(node, target)
    return RelationName(tuple(fold_table(*part, target.dialect) for part in parts)) if parts else None


def written(node: Node, target: Target) -> str | None:
    """Give the relation's name as templates print it, None for what makes none."""
    mark = target.quoting.character
    parts = (f"{mark}{text}{mark}" if quoted else text for text, quoted in _parts(node, target))
    return ".".join(parts) or None


def _parts(node: Node, target: Target) -> list[tuple[str, bool]]:
    """Give the parts of the relation's name, each with whether it is quoted; none for what makes no relation."""
    if node.identifier is None or node.kind is ModelKind.TEST:
        return []
    quoting, own = target.quoting, node.quoting or {}
    parts = (
        (node.database if quoting.has_database else None, own.get("database", quoting.database)),
        (node.schema, own.get("schema", quoting.schema)),
        (node.identifier, own.get("identifier", quoting.identifier)),
    )
    return [(text, quoted) for text, quoted in parts if text]


def _said(node: Node) -> tuple[str | None, str | None, str | None]:
    """Give the database, the schema and the alias that its settings ask for."""
    config = node.config
    database = next((config[key] for key in _DATABASE_KEYS if config.get(key)), None)
    schema = config.get("schema") or config.get("dataset")
    return as_text(database), as_text(schema), as_text(config.get("alias"))


def _item(node: Node) -> Message:
    return {
        **dict(zip(("database", "schema", "alias"), _said(node), strict=True)),
        "config": dict(node.config),
        "node": identity(node),
    }


def _with_parts(node: Node, answer: Message) -> Node:
    parts = answer.get("parts")
    values = [part if isinstance(part, str) else None for part in parts] if isinstance(parts, list) else []
    database, schema, identifier = (*values, None, None, None)[:3]
    return replace(
        node,
        database=database or None,
        schema=schema or None,
        identifier=identifier or node.name,
        holes=(*node.holes, *holes_of(answer)),
    )


def _with_defaults(node: Node, target: Target) -> Node:
    database, schema, alias = _said(node)
    named = replace(
        node,
        database=database_name(database, target.database),
        schema=schema_name(schema, target.schema),
        identifier=alias_name(alias, node.name, node.version),
    )
    return _with_legacy_target(named, target)


def _with_legacy_target(node: Node, target: Target) -> Node:
    """A snapshot's `target_schema` is used as it is: https://docs.getdbt.com/reference/resource-configs/target_schema"""
    if node.kind is not ModelKind.SNAPSHOT and node.database:
        return node
    schema = as_text(node.config.get("target_schema")) if node.kind is ModelKind.SNAPSHOT else None
    database = as_text(node.config.get("target_database")) if node.kind is ModelKind.SNAPSHOT else None
    return replace(node, schema=schema or node.schema, database=database or node.database or target.database)


def with_source_defaults(node: Node, target: Target) -> Node:
    """Give a source, or what makes no relation, what the target says of it."""
    if node.kind is not ModelKind.SOURCE:
        return node if node.database else replace(node, database=target.database)
    quoting = source_quoting(target) | dict(node.quoting or {})
    return replace(node, database=node.database or target.database, quoting=quoting)
