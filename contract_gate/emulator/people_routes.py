"""The routes about people: groups, teams, who is added, and who answers questions."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contract_gate.emulator.context import RouteContext, asker, body_of, text_of, texts_of
from contract_gate.emulator.rows import group_row, reply_row, team_row, user_row
from contract_gate.emulator.switches import UserBody
from contract_gate.emulator.values import Role, User, stable_id
from contract_gate.emulator.wire import ApiError, Json


def people_routes(context: RouteContext) -> list[Route]:
    """Make the routes, each with its last slash and without `/api/v1`."""

    async def groups(request: Request) -> Response:
        return context.page(request, [group_row(context.store, one) for one in context.store.groups.values()])

    async def teams(request: Request) -> Response:
        return context.page(request, [team_row(context.store, one) for one in context.store.teams.values()])

    async def replies(request: Request) -> Response:
        rows = [reply_row(context.store, one, context.switches) for one in context.store.replies.values()]
        return context.page(request, rows)

    async def create(request: Request) -> Response:
        if asker(request).role is not Role.ADMIN:
            raise ApiError(403, "You do not have permission to perform this action.")
        users = _created(context, await body_of(request))
        rows: list[Json] = [user_row(context.store, one, context.switches) for one in users]
        return context.answer(rows[0] if len(rows) == 1 else rows, 201)

    return [
        Route("/auth/group/", groups, methods=["GET"]),
        Route("/auth/teams/", teams, methods=["GET"]),
        Route("/question/replies/", replies, methods=["GET"]),
        Route("/user/", create, methods=["POST"]),
    ]


def _created(context: RouteContext, body: Mapping[str, Json]) -> list[User]:
    """Make the people that a body names, in the shape of the example or of the reference; all of them or nobody."""
    switch = context.switches.create_user
    if "emails" in body and switch is not UserBody.REFERENCE:
        emails, groups = texts_of(body, "emails"), texts_of(body, "groups")
    elif "email" in body and switch is not UserBody.EXAMPLE:
        emails, groups = (text_of(body, "email") or "",), texts_of(body, "user_groups")
    else:
        raise ApiError(400, "email is required.")
    role, teams = (text_of(body, "role") or Role.VIEWER).lower(), texts_of(body, "teams")
    _check(context, emails, role, groups, teams)
    made = [
        context.store.add_user(
            User(
                id=stable_id("user", email),
                email=email,
                first_name=text_of(body, "first_name") or "",
                last_name=text_of(body, "last_name") or "",
                role=Role(role),
                teams=tuple(context.store.teams[team].name for team in teams),
            )
        )
        for email in emails
    ]
    for identity in groups:
        group = context.store.groups[identity]
        members = dict.fromkeys((*group.users, *(one.id for one in made)))
        context.store.groups[identity] = replace(group, users=tuple(members))
    return made


def _check(
    context: RouteContext, emails: Sequence[str], role: str, groups: Sequence[str], teams: Sequence[str]
) -> None:
    known = {user.email.lower() for user in context.store.users.values()}
    if not emails or not all("@" in email for email in emails):
        raise ApiError(400, "Enter a valid email address.")
    if taken := [email for email in emails if email.lower() in known]:
        raise ApiError(400, f"a user with the email {taken[0]} already exists.")
    if role not in tuple(Role):
        raise ApiError(400, f"{role!r} is not a valid role.")
    if role == Role.GUEST and not teams:
        raise ApiError(400, "teams are required for guests.")
    for what, ids, there in (("group", groups, context.store.groups), ("team", teams, context.store.teams)):
        if unknown := [one for one in ids if one not in there]:
            raise ApiError(400, f"there is no {what} {unknown[0]}.")
