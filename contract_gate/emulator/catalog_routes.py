"""The routes that only read: health, people, integrations, the catalog and the typed lists."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contract_gate.emulator.context import RouteContext
from contract_gate.emulator.filters import matches, ordered, read_json
from contract_gate.emulator.rows import integration_row, user_row
from contract_gate.emulator.switches import Filters
from contract_gate.emulator.values import Entity, EntityType
from contract_gate.emulator.wire import ApiError, Json

TYPED_LISTS = {
    "table/tables": EntityType.TABLE,
    "table/columns": EntityType.COLUMN,
    "database/schemas": EntityType.SCHEMA,
    "database/databases": EntityType.DATABASE,
    "dashboard/dashboards": EntityType.DASHBOARD,
    "dashboard/charts": EntityType.CHART,
}
"""Deprecated, and alive: the path of each list and what it lists."""


def catalog_routes(context: RouteContext) -> list[Route]:
    """Make the routes, each with its last slash and without `/api/v1`."""

    async def health(_: Request) -> Response:
        return context.answer({"status": "OK"})

    async def users(request: Request) -> Response:
        return context.page(
            request,
            [user_row(context.store, user, context.switches) for user in context.store.users.values()],
        )

    async def user(request: Request) -> Response:
        found = context.store.users.get(request.path_params["id"])
        if found is None:
            raise ApiError(404, "Not found.")
        return context.answer(user_row(context.store, found, context.switches))

    async def integrations(request: Request) -> Response:
        rows = [integration_row(context.store, one) for one in context.store.integrations.values()]
        return context.page(request, rows)

    async def catalog(request: Request) -> Response:
        return context.page(request, _catalog(context, request), context.switches.catalog_limit)

    async def entity(request: Request) -> Response:
        found = context.find(request, request.path_params["id"])
        if found is None:
            raise ApiError(404, "Not found.")
        return context.answer(dict(context.row(found)))

    return [
        Route("/healthcheck/", health, methods=["GET"]),
        Route("/user/", users, methods=["GET"]),
        Route("/user/{id}/", user, methods=["GET"]),
        Route("/integration/integrations/", integrations, methods=["GET"]),
        Route("/resource/catalog/", catalog, methods=["GET"]),
        Route("/resource/all/{id}/", entity, methods=["GET"]),
        *(Route(f"/{path}/", _typed(context, kind), methods=["GET"]) for path, kind in TYPED_LISTS.items()),
    ]


def _catalog(context: RouteContext, request: Request) -> list[dict[str, Json]]:
    query = request.query_params
    rows = [context.row(entity) for entity in context.visible(request)]
    sort = read_json(query["sort"], "sort") if query.get("sort") else None
    condition = read_json(query["filter"], "filter") if query.get("filter") else None
    if context.switches.filters is not Filters.IGNORED:
        if condition is not None:
            rows = [row for row in rows if matches(row, condition, context.switches.unknown_field)]
        if wanted := query.get("entity_type"):
            rows = [row for row in rows if row["entity_type"] == wanted]
        if term := query.get("search_term", "").lower():
            rows = [row for row in rows if _mentions(row, term)]
        if team := query.get("teams"):
            rows = [row for row in rows if isinstance(teams := row["teams"], list) and team in teams]
    return ordered(rows, sort)


def _mentions(row: dict[str, Json], term: str) -> bool:
    return any(term in str(row[field] or "").lower() for field in ("title", "title_full", "description"))


def _typed(context: RouteContext, kind: EntityType) -> Callable[[Request], object]:
    async def listed(request: Request) -> Response:
        if not context.switches.typed_lists:
            raise ApiError(404, "Not found.")
        found = [entity for entity in context.visible(request) if entity.entity_type is kind]
        if context.switches.filters is not Filters.IGNORED:
            found = [entity for entity in found if _asked(context, entity, request)]
        return context.page(request, [context.row(entity) for entity in found])

    return listed


def _asked(context: RouteContext, entity: Entity, request: Request) -> bool:
    """Tell whether the documented filters choose the entity; any other parameter is ignored."""
    values = {"title": entity.title, "integration_id": entity.integration_id, "parent_id": entity.parent_id}
    if entity.entity_type is EntityType.COLUMN:
        values["table_title"] = entity.key[-2]
    if entity.entity_type is EntityType.TABLE and context.switches.table_name_filters:
        database, schema = entity.key[:2]
        values |= {"schema": schema, "schema_name": schema, "database": database, "database_name": database}
    query = request.query_params
    return all(query[name].lower() == value for name, value in values.items() if query.get(name))
