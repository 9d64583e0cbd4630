"""Owners as people know them: e-mail addresses, or names where Secoda gives no address."""

import asyncio
from collections.abc import Iterable, Mapping

from contract_gate.catalogs.secoda.errors import SecodaError
from contract_gate.catalogs.secoda.fields import Owner
from contract_gate.catalogs.secoda.transport import Transport
from contract_gate.catalogs.secoda.wire import user


class People:
    """Looks people up, each once."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._shown: dict[str, str] = {}

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
            return user(await self._transport.get(f"/user/{identity}/")).shown
        except SecodaError:
            return f"user {identity}"
