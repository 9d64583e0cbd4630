"""The routes that change what people wrote about tables and columns: the fields that are given, and no other."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contract_gate.emulator.context import RouteContext, body_of, texts_of
from contract_gate.emulator.values import Entity, EntityType
from contract_gate.emulator.wire import ApiError, Json

_CHANGED = {"table/tables": EntityType.TABLE, "table/columns": EntityType.COLUMN}


def documentation_routes(context: RouteContext) -> list[Route]:
    """Make the routes, each with its last slash and without `/api/v1`."""
    return [
        Route(f"/{path}/{{id}}/", _changed(context, kind), methods=["PATCH"])
        for path, kind in _CHANGED.items()
    ]


def _changed(context: RouteContext, kind: EntityType) -> Callable[[Request], object]:
    async def changed(request: Request) -> Response:
        found = context.find(request, request.path_params["id"])
        if found is None or found.entity_type is not kind:
            raise ApiError(404, "Not found.")
        context.store.entities[found.id] = _with(found, await body_of(request), context)
        return context.answer(dict(context.row(context.store.entities[found.id])))

    return changed


def _with(entity: Entity, body: Mapping[str, Json], context: RouteContext) -> Entity:
    owners = texts_of(body, "owners", entity.owners)
    unknown = [owner for owner in owners if owner not in context.store.users]
    if unknown:
        raise ApiError(400, f"there is no user {unknown[0]}.")
    return replace(
        entity,
        description=_text(body, "description", entity.description),
        definition=_text(body, "definition", entity.definition),
        owners=owners,
        tags=texts_of(body, "tags", entity.tags),
        pii=_flag(body, "pii", entity.pii),
    )


def _text(body: Mapping[str, Json], name: str, now: str | None) -> str | None:
    value = body.get(name, now)
    if value is not None and not isinstance(value, str):
        raise ApiError(400, f"{name} is not a text.")
    return value


def _flag(body: Mapping[str, Json], name: str, now: bool) -> bool:
    value = body.get(name, now)
    if not isinstance(value, bool):
        raise ApiError(400, f"{name} is neither true nor false.")
    return value
