"""Owners as people know them: e-mail addresses, or names where Secoda gives no address; and groups by their names."""

import asyncio
from collections.abc import Iterable, Mapping
from urllib.parse import quote

from contract_gate.catalogs.graph import key_of
from contract_gate.catalogs.secoda.errors import Refused, SecodaError
from contract_gate.catalogs.secoda.fields import Owner
from contract_gate.catalogs.secoda.paging import read_list
from contract_gate.catalogs.secoda.transport import Transport
from contract_gate.catalogs.secoda.wire import named, user

GROUPS = "/auth/group/"


class People:
    """Looks people up, each once."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._shown: dict[str, str] = {}
        self._groups: dict[str, str] | None = None
        self._listing = asyncio.Lock()

    async def names(self, owners: Iterable[Owner]) -> Mapping[str, str]:
        """Give what to call each owner, by id. Someone who can't be looked up stays in, as `user ID`."""
        wanted = dict.fromkeys(owners)
        self._shown.update({owner.id: owner.shown for owner in wanted if owner.shown is not None})
        unknown = [owner.id for owner in wanted if owner.id not in self._shown]
        for identity, shown in zip(unknown, await asyncio.gather(*map(self._ask, unknown)), strict=True):
            self._shown[identity] = shown
        return {owner.id: self._shown[owner.id] for owner in wanted}

    async def _ask(self, identity: str) -> str:
        try:
            return user(await self._transport.get(f"/user/{quote(identity, safe='')}/")).shown
        except Refused as error:
            group = (await self._known_groups()).get(key_of(identity)) if error.status == 404 else None
            return group or f"user {identity}"
        except SecodaError:
            return f"user {identity}"

    async def _known_groups(self) -> dict[str, str]:
        """Give the names of groups by their ids: what is owned by no person may be owned by one. Without a name where they can't be listed."""
        async with self._listing:
            if self._groups is None:
                try:
                    rows = map(named, (await read_list(self._transport, GROUPS)).rows)
                    self._groups = {key_of(row.id): row.name for row in rows}
                except SecodaError:
                    self._groups = {}
            return self._groups
