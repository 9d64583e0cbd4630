"""What people wrote about tables and columns: read, and written where there is nothing yet.

https://docs.secoda.co/secoda-api/api-reference/tables and /columns: `PATCH` changes the fields that are given and no other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from urllib.parse import quote

from contract_gate.catalogs.catalog import Asset
from contract_gate.catalogs.secoda.errors import UnexpectedReply
from contract_gate.catalogs.secoda.lookup import ANY, COLUMNS, TABLES
from contract_gate.catalogs.secoda.reply import Json
from contract_gate.catalogs.secoda.transport import Transport
from contract_gate.catalogs.secoda.wire import documented

DocumentationValue = str | tuple[str, ...] | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Documentation:
    """An asset's documentation. `tags` and `owners` are ids; what is empty was written by nobody."""

    description: str = ""
    definition: str = ""
    tags: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    pii: bool = False

    def missing(self, other: "Documentation") -> Mapping[str, DocumentationValue]:
        """Give the fields that are empty here and written there."""
        found: dict[str, DocumentationValue] = {}
        for one in fields(Documentation):
            theirs: DocumentationValue = getattr(other, one.name)
            if theirs and not getattr(self, one.name):
                found[one.name] = theirs
        return found


class DocumentationClient:
    """Reads and writes the documentation of one workspace."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def read(self, asset: Asset) -> Documentation:
        """Read what is written about a table or column. Raises SecodaError."""
        found = documented(await self._transport.get(f"{ANY}{quote(asset.id, safe='')}/"))
        if found.id.lower() != asset.id.lower():
            raise UnexpectedReply(f"Secoda sent another entity than {asset.id}")
        return Documentation(
            description=found.description,
            definition=found.definition,
            tags=found.tags,
            owners=found.owners,
            pii=found.pii,
        )

    async def write(self, asset: Asset, values: Mapping[str, DocumentationValue]) -> None:
        """Write these fields of a table or column. Raises SecodaError. A write whose reply was lost is read back first."""
        path = COLUMNS if asset.kind == "column" else TABLES
        body: dict[str, Json] = {
            name: list(value) if isinstance(value, tuple) else value for name, value in values.items()
        }

        async def is_done() -> bool:
            now = await self.read(asset)
            return all(getattr(now, name) == value for name, value in values.items())

        await self._transport.patch(f"{path}{quote(asset.id, safe='')}/", body, is_done)
