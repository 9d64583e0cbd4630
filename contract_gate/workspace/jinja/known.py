"""The columns of relations, asked from the parent: what the gate knows without a warehouse."""

from contract_gate.core.world import HoleKind
from contract_gate.workspace.jinja.holes import UnknownValue
from contract_gate.workspace.jinja.relation import TemplateColumn, TemplateRelation
from contract_gate.workspace.jinja.rendering import Rendering
from contract_gate.workspace.jinja.wire import rows, text


def known_columns(rendering: Rendering, relation: object) -> object:
    """Give a relation's columns as the gate knows them; a hole where it does not."""
    if not rendering.execute:
        return []
    columns = columns_of(rendering, relation)
    if columns is not None:
        return columns
    rendering.holes.note(
        HoleKind.QUERY, f"the columns of {relation} are not known while the template renders", str(relation)
    )
    return UnknownValue(rendering.holes, "column")


def columns_of(rendering: Rendering, relation: object) -> list[TemplateColumn] | None:
    """Ask the parent for the columns of a relation; None where they are not known, as when dbt parses."""
    if not rendering.execute or not isinstance(relation, TemplateRelation):
        return None
    key = relation.key or _key(rendering, relation)
    if key is None:
        return None
    answer = rendering.ask({"ask": "columns", "key": key})
    if not answer.get("known"):
        return None
    mark = rendering.project.quoting.character
    return [TemplateColumn(text(row, "name"), text(row, "type"), mark) for row in rows(answer, "columns")]


def _key(rendering: Rendering, relation: TemplateRelation) -> str | None:
    parts = (relation.database, relation.schema, relation.identifier)
    wanted = tuple((part or "").lower() for part in parts)
    for key, node in rendering.project.nodes.items():
        own = tuple(text(node, part).lower() for part in ("database", "schema", "identifier"))
        if own == wanted:
            return key
    return None
