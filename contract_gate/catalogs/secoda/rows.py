"""Rows of lineage one by one, as a person lists, makes and deletes them.

https://docs.secoda.co/secoda-api/api-reference/lineage. A row and its mirror (the ends swapped, the other direction) say
the same; both are listed as the deployment gives them.
"""

from urllib.parse import quote

from contract_gate.catalogs.graph import key_of
from contract_gate.catalogs.secoda.errors import FilterIgnored, UnexpectedReply
from contract_gate.catalogs.secoda.lineage import LINEAGE
from contract_gate.catalogs.secoda.paging import Rows, read_list
from contract_gate.catalogs.secoda.reply import Json
from contract_gate.catalogs.secoda.transport import Query, Transport
from contract_gate.catalogs.secoda.wire import SecodaDirection, SecodaLineageRow, lineage_row, page
from contract_gate.core.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFilter:
    """Which rows are meant: by the ids of their ends and by direction, None for any."""

    start: str | None = None
    end: str | None = None
    direction: SecodaDirection | None = None

    @property
    def query(self) -> Query:
        """Ask in the form that old and new deployments know: `__in`."""
        ends = (("from_entity__in", self.start), ("to_entity__in", self.end))
        return tuple((name, identity) for name, identity in ends if identity is not None)

    def check(self, row: Json) -> None:
        """Raise FilterIgnored for a row of other ends than those asked for."""
        found = lineage_row(row)
        for asked, given in ((self.start, found.from_id), (self.end, found.to_id)):
            if asked is not None and key_of(asked) != key_of(given):
                raise FilterIgnored(
                    f"Secoda sent lineage of other ends than {asked}: it ignores the filter",
                    "list without a filter, and choose among the rows",
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class RowList:
    """Rows of lineage. `missing` says what was not read, None where these are all (of the page)."""

    rows: tuple[SecodaLineageRow, ...]
    missing: str | None = None


class LineageRows:
    """The rows of one workspace."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def listed(self, wanted: RowFilter, number: int | None = None) -> RowList:
        """List the rows that are meant, of all pages or of one. Raises SecodaError."""
        found = await self._read(wanted, number)
        rows = map(lineage_row, found.rows)
        return RowList(
            rows=tuple(row for row in rows if wanted.direction in (None, row.direction)),
            missing=found.missing,
        )

    async def get(self, identity: str) -> SecodaLineageRow:
        """Read one row. Raises SecodaError."""
        row = lineage_row(await self._transport.get(f"{LINEAGE}{quote(identity, safe='')}/"))
        if row.id is not None and key_of(row.id) != key_of(identity):
            raise UnexpectedReply(f"Secoda sent another row of lineage than {identity}")
        return row

    async def between(self, start: str, end: str) -> tuple[SecodaLineageRow, ...]:
        """Give the rows that say that `end` reads `start`, mirrors among them. Raises SecodaError."""
        down = RowFilter(start=start, end=end, direction=SecodaDirection.DOWNSTREAM)
        up = RowFilter(start=end, end=start, direction=SecodaDirection.UPSTREAM)
        found: list[SecodaLineageRow] = []
        for wanted in (down, up):
            listed = await self.listed(wanted)
            if listed.missing:
                raise UnexpectedReply(listed.missing)
            found.extend(listed.rows)
        return tuple(found)

    async def stating(self, row: SecodaLineageRow) -> tuple[SecodaLineageRow, ...]:
        """Give every row that says what this one says, itself among them. Raises SecodaError."""
        if row.direction is SecodaDirection.DOWNSTREAM:
            return await self.between(row.from_id, row.to_id)
        return await self.between(row.to_id, row.from_id)

    async def _read(self, wanted: RowFilter, number: int | None) -> Rows:
        if number is None:
            return await read_list(self._transport, LINEAGE, wanted.query, check=wanted.check)
        query = (*wanted.query, ("page", str(number)))
        rows = page(await self._transport.get(LINEAGE, query), number).results
        for row in rows:
            wanted.check(row)
        return Rows(rows=rows)
