"""People who are added to a workspace, with their groups and teams by name.

https://docs.secoda.co/api/examples, "Add New Users": groups of `auth/group/`, teams of `auth/teams/`, then `POST user/`. The example
and the reference (https://docs.secoda.co/api/reference/users) document different bodies; both are known here.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from enum import StrEnum

from contract_gate.catalogs.secoda.errors import Refused, SecodaError
from contract_gate.catalogs.secoda.paging import read_list
from contract_gate.catalogs.secoda.people import GROUPS
from contract_gate.catalogs.secoda.reply import Json
from contract_gate.catalogs.secoda.transport import Transport
from contract_gate.catalogs.secoda.wire import MemberRow, NamedRow, member, named
from contract_gate.core.errors import CatalogError, UsageError
from contract_gate.core.nearest import nearest
from contract_gate.core.values import dataclass

USERS = "/user/"
TEAMS = "/auth/teams/"
_OTHER_BODY = frozenset({400, 422})


class MemberRole(StrEnum):
    """What a person may do: https://docs.secoda.co/api/reference/users."""

    ADMIN = "admin"
    EDITOR = "editor"
    VIEWER = "viewer"
    GUEST = "guest"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMember:
    """A person to add, as a file names them; groups and teams by name or id."""

    email: str
    role: MemberRole
    groups: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    first_name: str = ""
    last_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedMember:
    """A person with the groups and teams that are meant. `known` is who is there already: nothing is written then."""

    member: NewMember
    groups: tuple[NamedRow, ...]
    teams: tuple[NamedRow, ...]
    known: MemberRow | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What became of one; `row` is the person as Secoda lists them, `problem` says what is not as planned."""

    planned: PlannedMember
    row: MemberRow | None
    problem: str | None


class Members:
    """The people of one workspace."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def plan(self, members: Sequence[NewMember]) -> tuple[PlannedMember, ...]:
        """Find the groups, teams and people that are meant. Raises SecodaError, and UsageError for a name of none or of several."""
        there = {one.email.lower(): one for one in await self._people()}
        groups = await self._named(GROUPS, "groups") if any(one.groups for one in members) else ()
        teams = await self._named(TEAMS, "teams") if any(one.teams for one in members) else ()
        return tuple(
            PlannedMember(
                member=one,
                groups=_meant(one.groups, groups, "group"),
                teams=_meant(one.teams, teams, "team"),
                known=there.get(one.email.lower()),
            )
            for one in members
        )

    async def add(self, planned: Iterable[PlannedMember]) -> AsyncIterator[Added]:
        """Add those who are not there, one by one, and read them back."""
        for one in planned:
            if one.known is not None:
                continue
            try:
                await self._create(one)
                row = await self._find(one.member.email)
            except SecodaError as error:
                yield Added(planned=one, row=None, problem=error.message)
                continue
            yield Added(planned=one, row=row, problem=_problem(one, row))

    async def _create(self, planned: PlannedMember) -> None:
        async def is_done() -> bool:
            return await self._find(planned.member.email) is not None

        try:
            await self._transport.post(USERS, _of_example(planned), is_done)
        except Refused as error:
            if error.status not in _OTHER_BODY:
                raise
            try:
                await self._transport.post(USERS, _of_reference(planned), is_done)
            except Refused:
                # What Secoda said of the first is what the person should read: both name the same things.
                raise error from None

    async def _find(self, email: str) -> MemberRow | None:
        return next((one for one in await self._people() if one.email.lower() == email.lower()), None)

    async def _people(self) -> tuple[MemberRow, ...]:
        listed = await read_list(self._transport, USERS)
        if listed.missing:
            raise CatalogError(f"it is not known who is there already: {listed.missing}", "try again later")
        return tuple(one for one in map(member, listed.rows) if one.email)

    async def _named(self, path: str, what: str) -> tuple[NamedRow, ...]:
        listed = await read_list(self._transport, path)
        if listed.missing:
            raise CatalogError(f"the {what} are not all known: {listed.missing}", "try again later")
        return tuple(map(named, listed.rows))


def _meant(names: Sequence[str], rows: Sequence[NamedRow], what: str) -> tuple[NamedRow, ...]:
    found: dict[str, NamedRow] = {}
    for name in names:
        alike = [row for row in rows if name in (row.name, row.id)] or [
            row for row in rows if row.name.casefold() == name.casefold()
        ]
        if len(alike) > 1:
            ids = ", ".join(row.id for row in alike)
            raise UsageError(
                f"nobody was added: {len(alike)} {what}s are called {name}: {ids}", "give the id"
            )
        if not alike:
            near = nearest(name, (row.name for row in rows), most=3)
            known = ", ".join(near or sorted(row.name for row in rows)[:10]) or "none at all"
            raise UsageError(f"nobody was added: there is no {what} {name}", f"Secoda has {known}")
        found[alike[0].id] = alike[0]
    return tuple(found.values())


def _of_example(planned: PlannedMember) -> Mapping[str, Json]:
    return {
        "emails": [planned.member.email],
        "role": planned.member.role.value,
        "groups": [one.id for one in planned.groups],
        "teams": [one.id for one in planned.teams],
    }


def _of_reference(planned: PlannedMember) -> Mapping[str, Json]:
    return {
        "email": planned.member.email,
        "first_name": planned.member.first_name,
        "last_name": planned.member.last_name,
        "role": planned.member.role.value,
        "user_groups": [one.id for one in planned.groups],
        "teams": [one.id for one in planned.teams],
    }


def _problem(planned: PlannedMember, row: MemberRow | None) -> str | None:
    """Say what is not as planned; what Secoda does not tell of a person is not known to be wrong."""
    if row is None:
        return "Secoda took it, and does not list the person"
    lacking = [] if row.groups is None else [one.name for one in planned.groups if one.id not in row.groups]
    if lacking:
        return f"the person is there without the groups {', '.join(lacking)}"
    if row.role is not None and row.role.lower() != planned.member.role:
        return f"the person is there as {row.role}, not as {planned.member.role}"
    return None
