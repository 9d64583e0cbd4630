"""The lineage routes: rows listed, made and deleted, and lineage from a query (previewed, added, replaced)."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contract_gate.emulator.context import RouteContext, asker, body_of, text_of
from contract_gate.emulator.preview import PreviewRequest, PreviewResult, preview
from contract_gate.emulator.reading.tokens import UnreadableSqlError
from contract_gate.emulator.rows import lineage_row, preview_row
from contract_gate.emulator.switches import CreateRoutes, Filters, InList
from contract_gate.emulator.values import Direction, EntityType, LineageRow
from contract_gate.emulator.wire import ApiError, Json


def lineage_routes(context: RouteContext) -> list[Route]:
    """Make the routes, each with its last slash and without `/api/v1`."""

    async def listed(request: Request) -> Response:
        rows = [lineage_row(context.store, row, context.switches) for row in _chosen(context, request)]
        return context.page(request, rows)

    async def one(request: Request) -> Response:
        row = _row(context, request)
        return context.answer(lineage_row(context.store, row, context.switches))

    async def delete(request: Request) -> Response:
        context.store.unlink(_row(context, request), with_mirror=context.switches.delete_mirror)
        return Response(status_code=204)

    async def create(request: Request) -> Response:
        _check_route(context, request)
        row = _create(context, request, await body_of(request))
        return context.answer(lineage_row(context.store, row, context.switches), 201)

    async def shown(request: Request) -> Response:
        _check_length(context, request)
        question = _question(context, request, dict(request.query_params))
        found = _preview(context, request, question)
        return context.answer(preview_row(context.store, question.sql, found, context.switches))

    async def added(request: Request) -> Response:
        question = _question(context, request, await body_of(request))
        return _write(context, _preview(context, request, question), replaces=False)

    async def replaced(request: Request) -> Response:
        question = _question(context, request, await body_of(request))
        return _write(context, _preview(context, request, question), replaces=True)

    return [
        Route("/lineage/manual/", listed, methods=["GET"]),
        Route("/lineage/manual/", create, methods=["POST"]),
        Route("/lineage/manual/{id}/", one, methods=["GET"]),
        Route("/lineage/manual/{id}/", delete, methods=["DELETE"]),
        Route("/lineage/", create, methods=["POST"]),
        Route("/lineage/lineage_from_query/", shown, methods=["GET"]),
        Route("/lineage/lineage_from_query/", added, methods=["POST"]),
        Route("/lineage/lineage_from_query/", replaced, methods=["PATCH"]),
    ]


def _chosen(context: RouteContext, request: Request) -> list[LineageRow]:
    from_ids = _ids(context, request, "from_entity")
    to_ids = _ids(context, request, "to_entity")
    asked = from_ids if from_ids is not None else to_ids
    rows = context.store.lineage(mirrored=context.switches.mirrored_rows, touching=asked)
    return [
        row
        for row in rows
        if (from_ids is None or row.from_id in from_ids)
        and (to_ids is None or row.to_id in to_ids)
        and _shown(context, request, row)
        and _of_integration(context, request, row)
    ]


def _ids(context: RouteContext, request: Request, end: str) -> set[str] | None:
    """Give the ids that a filter names, lower-cased as they are stored; None where no filter holds."""
    if context.switches.filters is Filters.IGNORED:
        return None
    sets: list[set[str]] = []
    if many := request.query_params.get(f"{end}__in"):
        sets.append(_many(many, context.switches.in_list))
    if context.switches.filters is Filters.KNOWN:
        single = (request.query_params.get(name) for name in (end, f"{end}_id"))
        sets.extend({value.lower()} for value in single if value)
    return set.intersection(*sets) if sets else None


def _many(text: str, rule: InList) -> set[str]:
    if rule is InList.REFUSED and "," in text:
        raise ApiError(400, f"“{text[:60]}” is not a valid UUID.")
    return {part.strip().lower() for part in text.split(",")} if rule is InList.COMMA else {text.lower()}


def _shown(context: RouteContext, request: Request, row: LineageRow) -> bool:
    """Tell whether both ends may be seen (and are no columns, where those have no rows of their own)."""
    ends = (context.find(request, row.from_id), context.find(request, row.to_id))
    if context.switches.column_rows:
        return None not in ends
    return all(end is not None and end.entity_type is not EntityType.COLUMN for end in ends)


def _of_integration(context: RouteContext, request: Request, row: LineageRow) -> bool:
    query = request.query_params
    wanted = query.get("integration_type") or query.get("integration__type")
    if not wanted or context.switches.filters is not Filters.KNOWN:
        return True
    ends = (context.store.entities[row.from_id], context.store.entities[row.to_id])
    integrations = (context.store.integrations.get(end.integration_id or "") for end in ends)
    return any(one is not None and one.type == wanted for one in integrations)


def _row(context: RouteContext, request: Request) -> LineageRow:
    row = context.store.lineage_row(request.path_params["id"])
    if row is None or not _shown(context, request, row):
        raise ApiError(404, "Not found.")
    return row


def _check_route(context: RouteContext, request: Request) -> None:
    old = request.url.path.strip("/").endswith("manual")
    if context.switches.create_routes is (CreateRoutes.NEW if old else CreateRoutes.OLD):
        raise ApiError(405 if old else 404, "Not found.")


def _create(context: RouteContext, request: Request, body: Mapping[str, Json]) -> LineageRow:
    from_id = text_of(body, "from_entity", "from_entity_id")
    to_id = text_of(body, "to_entity", "to_entity_id")
    direction = (text_of(body, "direction") or "").upper()
    if not from_id or not to_id or direction not in tuple(Direction):
        raise ApiError(400, "from_entity, to_entity and direction (UPSTREAM or DOWNSTREAM) are required.")
    for end in (from_id, to_id):
        if context.find(request, end) is None:
            raise ApiError(400, f"there is no entity {end}.")
    # The older reference's sample sends the text "true".
    is_manual = str(body.get("is_manual", True)).lower() != "false"
    return context.store.link(from_id, to_id, Direction(direction), is_manual=is_manual)


def _check_length(context: RouteContext, request: Request) -> None:
    """Refuse a request line that common servers would cut."""
    target = len(request.scope["raw_path"]) + 1 + len(request.scope["query_string"])
    if target > context.switches.preview_limit:
        raise ApiError(context.switches.preview_refusal, "the request line is too long.")


def _question(context: RouteContext, request: Request, body: Mapping[str, Json]) -> PreviewRequest:
    sql, dialect, table_id = text_of(body, "sql"), text_of(body, "dialect"), text_of(body, "table_id")
    if not sql or not dialect:
        raise ApiError(400, "sql and dialect are required.")
    if dialect.lower() not in context.switches.dialects:
        raise ApiError(400, f"the dialect {dialect!r} is not supported.")
    if table_id is not None:
        table = context.find(request, table_id)
        if table is None or table.entity_type is not EntityType.TABLE:
            raise ApiError(context.switches.unknown_table_status, "Provided table ID does not exist")
    return PreviewRequest(
        sql=sql,
        dialect=dialect.lower(),
        table_id=table_id,
        default_database=text_of(body, "default_database"),
        default_schema=text_of(body, "default_schema"),
    )


def _preview(context: RouteContext, request: Request, question: PreviewRequest) -> PreviewResult:
    """Read the SQL, and leave out what the person who asks may not see."""
    try:
        found = preview(context.store, question)
    except UnreadableSqlError as error:
        raise ApiError(400, f"the query could not be parsed: {error}") from error
    user = asker(request)
    target = found.target if found.target is not None and context.store.visible(found.target, user) else None
    return PreviewResult(
        target=target,
        sources=tuple(table for table in found.sources if context.store.visible(table, user)),
        columns=tuple(
            pair for pair in found.columns if all(context.store.visible(end, user) for end in pair)
        ),
    )


def _write(context: RouteContext, found: PreviewResult, *, replaces: bool) -> Response:
    """Add the lineage; `replaces` first drops what nobody made by hand into the table and its columns."""
    if found.target is None:
        raise ApiError(400, "the target table could not be determined.")
    if replaces:
        if not found.sources and not context.switches.empty_patch_wipes:
            raise ApiError(400, "the query has no source table in the catalog.")
        columns = context.store.children(found.target.id)
        context.store.drop_upstream([found.target.id, *(column.id for column in columns)])
    for table in found.sources:
        context.store.link(table.id, found.target.id)
    for start, end in found.columns:
        context.store.link(start.id, end.id)
    return Response(status_code=context.switches.write_status)
