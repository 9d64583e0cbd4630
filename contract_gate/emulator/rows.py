"""How stored values look on the wire, by the fields of Secoda's API reference (https://docs.secoda.co)."""

from contract_gate.emulator.preview import PreviewResult
from contract_gate.emulator.store import Store
from contract_gate.emulator.switches import AcceptedAnswer, RowShape, Switches, UnknownTarget
from contract_gate.emulator.values import (
    Entity,
    EntityType,
    Group,
    Integration,
    LineageRow,
    QuestionReply,
    Team,
    User,
    stable_id,
)
from contract_gate.emulator.wire import Json


def entity_row(store: Store, entity: Entity) -> dict[str, Json]:
    """Write an entity as the catalog and the typed lists do: `title` in lower case, `title_full` as it is."""
    row: dict[str, Json] = {
        "id": entity.id,
        "created_at": entity.created_at,
        "updated_at": entity.created_at,
        "entity_type": entity.entity_type.value,
        "native_type": entity.native_type,
        "title": entity.title,
        "title_full": ".".join(entity.path),
        "title_cased": entity.path[-1],
        "description": entity.description,
        "definition": entity.definition,
        "url": entity.url or f"https://app.secoda.co/workspace/{entity.entity_type}/{entity.id}",
        "integration": entity.integration_id,
        "integration_id": entity.integration_id,
        "parent": entity.parent_id,
        "parent_id": entity.parent_id,
        "owners": list(entity.owners),
        "tags": list(entity.tags),
        "teams": list(entity.teams),
        "verified": entity.verified,
        "pii": entity.pii,
        "archived": entity.archived,
        "stale": entity.stale,
        "external_usage": entity.external_usage,
        "internal_usage": entity.internal_usage,
        "external_users": list(entity.external_users),
        "internal_users": list(entity.internal_users),
        "external_updated_at": entity.created_at if entity.changed_at == "" else entity.changed_at,
        "search_metadata": _search_metadata(entity),
        "workspace_id": store.workspace_id,
    }
    if entity.type is not None:
        row["type"] = entity.type
    return row


def _search_metadata(entity: Entity) -> dict[str, Json]:
    names = {
        EntityType.SCHEMA: ("database",),
        EntityType.TABLE: ("database", "schema"),
        EntityType.COLUMN: ("database", "schema", "table"),
        EntityType.CHART: ("dashboard",),
    }.get(entity.entity_type, ())
    found: dict[str, Json] = dict(zip(names, entity.path, strict=False))
    return found if entity.unique_id is None else found | {"unique_id": entity.unique_id}


def user_row(store: Store, user: User, switches: Switches) -> dict[str, Json]:
    """Write a person. The key is not among the fields."""
    row: dict[str, Json] = {
        "id": user.id,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email,
        "role": user.role.value,
        "workspace_id": store.workspace_id,
        "teams": list(user.teams),
        "is_service_account": False,
        "last_login": None,
        "disabled": user.disabled,
    }
    if switches.user_groups:
        row["user_groups"] = [group.id for group in store.groups.values() if user.id in group.users]
    return row


def group_row(store: Store, group: Group) -> dict[str, Json]:
    return {
        "id": group.id,
        "name": group.name,
        "users": list(group.users),
        "description": "",
        "icon": None,
        "workspace_id": store.workspace_id,
        "snowflake_role": None,
    }


def team_row(store: Store, team: Team) -> dict[str, Json]:
    return {
        "id": team.id,
        "name": team.name,
        "type": "OPEN",
        "description": None,
        "archived": False,
        "is_default_team": False,
        "workspace_id": store.workspace_id,
    }


def reply_row(store: Store, reply: QuestionReply, switches: Switches) -> dict[str, Json]:
    """Write an answer to a question; how it says that it is the accepted one is a switch."""
    accepted: Json
    match switches.accepted_answer:
        case AcceptedAnswer.FLAG:
            accepted = reply.accepted
        case AcceptedAnswer.TEXT:
            accepted = str(reply.accepted)
        case AcceptedAnswer.ID:
            chosen = (
                one for one in store.replies.values() if one.question == reply.question and one.accepted
            )
            accepted = next((one.id for one in chosen), None)
    return {
        "id": reply.id,
        "created_at": reply.created_at,
        "updated_at": reply.created_at,
        "title": reply.text,
        "parent": stable_id("question", reply.question),
        "owners": list(reply.owners),
        "accepted_answer": accepted,
        "url": f"https://app.secoda.co/workspace/question/{stable_id('question', reply.question)}",
        "workspace_id": store.workspace_id,
    }


def integration_row(store: Store, integration: Integration) -> dict[str, Json]:
    """Write an integration, with its (fake) credentials, as the real one does."""
    return {
        "id": integration.id,
        "name": integration.name,
        "type": integration.type,
        "created_at": integration.last_run,
        "updated_at": integration.last_run,
        "scheduled_extractions_last_run": integration.last_run,
        "credentials": dict(integration.credentials),
        "workspace_id": store.workspace_id,
    }


def lineage_row(store: Store, row: LineageRow, switches: Switches) -> dict[str, Json]:
    """Write a lineage row in the shape of newer or older deployments."""
    ends: dict[str, Json]
    if switches.row_shape is RowShape.NEW:
        ends = {"from_entity_id": row.from_id, "to_entity_id": row.to_id, "workspace_id": store.workspace_id}
    else:
        ends = {"from_entity": row.from_id, "to_entity": row.to_id}
    return {
        "id": row.id,
        "created_at": row.created_at,
        "updated_at": row.created_at,
        **ends,
        "direction": row.direction.value,
        "is_manual": row.is_manual,
    }


def preview_row(store: Store, sql: str, found: PreviewResult, switches: Switches) -> dict[str, Json]:
    """Write what `lineage_from_query` answers."""
    row: dict[str, Json] = {
        "sql": sql,
        "source_tables": [_named(store, table) for table in found.sources],
        "column_lineages": [
            {"from_column": _named(store, start), "to_column": _named(store, end)}
            for start, end in found.columns
        ],
    }
    if found.target is not None:
        row["target_table"] = _named(store, found.target)
    elif switches.unknown_target is UnknownTarget.NULL:
        row["target_table"] = None
    return row


def _named(store: Store, entity: Entity) -> dict[str, Json]:
    """Write a Table or a Column of a preview: a column does not say which table it is in."""
    integration = store.integrations.get(entity.integration_id or "")
    database, schema = (*entity.path, "", "")[:2]
    row: dict[str, Json] = {
        "id": entity.id,
        "created_at": entity.created_at,
        "updated_at": entity.created_at,
        "title": entity.title,
        "schema_name": schema,
        "database_name": database,
        "native_type": entity.native_type,
        "integration_id": entity.integration_id,
        "integration_title": integration.name if integration else None,
        "integration_type": integration.type if integration else None,
    }
    if entity.entity_type is EntityType.COLUMN:
        row |= {"entity_type": "column", "type": entity.type}
    return row
