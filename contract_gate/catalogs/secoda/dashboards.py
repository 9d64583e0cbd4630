"""Finding the dashboard that a repository's exposure is, by its address, or by its name and an owner."""

import asyncio
from collections.abc import Callable, Iterable, Sequence

from contract_gate.catalogs.same import address, words
from contract_gate.catalogs.secoda.errors import FilterIgnored, Refused
from contract_gate.catalogs.secoda.lookup import CATALOG, query_for
from contract_gate.catalogs.secoda.paging import read_list
from contract_gate.catalogs.secoda.people import People
from contract_gate.catalogs.secoda.reply import Json
from contract_gate.catalogs.secoda.transport import Transport
from contract_gate.catalogs.secoda.wire import EntityRow, entity
from contract_gate.core.people import in_common

_KINDS = ("dashboard", "chart")


class DashboardFinder:
    """Looks dashboards and charts up in one workspace."""

    def __init__(self, transport: Transport, people: People) -> None:
        self._transport, self._people = transport, people

    async def find(self, name: str, url: str | None, owners: Sequence[str]) -> EntityRow | str:
        """Give the one asset that is meant, or why none is surely. Raises SecodaError."""
        by_url, by_name = await asyncio.gather(self._at(url), self._called(name))
        rows = {row.id: row for row in (*by_url, *by_name) if row.kind in _KINDS and not row.archived}
        at = [row for row in rows.values() if url and row.url and address(row.url) == address(url)]
        if not at:
            at = [
                row
                for row in rows.values()
                if words(row.shown) == words(name) and await self._is_of(row, owners)
            ]
        if len(at) == 1:
            return at[0]
        if at:
            return f"{len(at)} dashboards or charts of the catalog are like it"
        if rows:
            return "what has its name in the catalog has neither its address nor one of its owners"
        return "the catalog lists no dashboard or chart of its address or name"

    async def _is_of(self, row: EntityRow, owners: Sequence[str]) -> bool:
        shown = await self._people.names(row.owners)
        return in_common(shown.values(), owners)

    async def _at(self, url: str | None) -> tuple[EntityRow, ...]:
        if url is None:
            return ()
        bare = url.rstrip("/")
        try:
            return await self._listed("url", (bare, f"{bare}/"), lambda row: row.url in (bare, f"{bare}/"))
        except (FilterIgnored, Refused):
            # Not every deployment filters by address: then the name finds it, and the address is compared here.
            return ()

    async def _called(self, name: str) -> tuple[EntityRow, ...]:
        spoken = words(name)
        titles = dict.fromkeys((name.lower(), spoken, spoken.replace(" ", "_"), spoken.replace(" ", "-")))
        return await self._listed("title", tuple(titles), lambda row: words(row.title) == spoken)

    async def _listed(
        self, field: str, values: Iterable[str], is_about: Callable[[EntityRow], bool]
    ) -> tuple[EntityRow, ...]:
        def check(row: Json) -> None:
            if not is_about(entity(row)):
                raise FilterIgnored(f"Secoda sent entities of another {field} than was asked for")

        listed = await read_list(
            self._transport, CATALOG, query_for(None, {field: tuple(values)}), check=check
        )
        return tuple(map(entity, listed.rows))
