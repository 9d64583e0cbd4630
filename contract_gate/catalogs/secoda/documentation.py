"""What people wrote about tables and columns: read, and written where there is nothing yet.

https://docs.secoda.co/secoda-api/api-reference/tables and /columns: `PATCH` changes the fields that are given and no other.
"""

from collections.abc import Mapping
from urllib.parse import quote

from contract_gate.catalogs.graph import key_of
from contract_gate.catalogs.secoda.errors import UnexpectedReply
from contract_gate.catalogs.secoda.lookup import ANY, COLUMNS, TABLES
from contract_gate.catalogs.secoda.reply import Json
from contract_gate.catalogs.secoda.transport import Transport
from contract_gate.catalogs.secoda.wire import DocumentedRow, documented
from contract_gate.core.values import dataclass, fields

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

    def differing(self, other: "Documentation") -> tuple[str, ...]:
        """Name the fields that are written both here and there, and differ."""
        return tuple(
            one.name
            for one in fields(Documentation)
            if getattr(self, one.name)
            and getattr(other, one.name)
            and not _is_same(getattr(self, one.name), getattr(other, one.name))
        )


def documentation_of(row: DocumentedRow) -> Documentation:
    """Give what a row says of the documentation."""
    return Documentation(
        description=row.description,
        definition=row.definition,
        tags=row.tags,
        owners=row.owners,
        pii=row.pii,
    )


class DocumentationClient:
    """Reads and writes the documentation of one workspace."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def read(self, identity: str) -> Documentation:
        """Read what is written about a table or column. Raises SecodaError."""
        found = documented(await self._transport.get(f"{ANY}{quote(identity, safe='')}/"))
        if key_of(found.id) != key_of(identity):
            raise UnexpectedReply(f"Secoda sent another entity than {identity}")
        return documentation_of(found)

    async def fill(
        self, identity: str, kind: str, values: Mapping[str, DocumentationValue]
    ) -> tuple[str, ...]:
        """Write those of the fields that are still empty, read them back, and name those that are not what was written.

        Raises SecodaError. `kind` is the catalog's: a column, else a table.
        """
        now = await self.read(identity)
        missing = {name: value for name, value in values.items() if not getattr(now, name)}
        if not missing:
            return ()
        await self.write(identity, kind, missing)
        after = await self.read(identity)
        return tuple(name for name, value in missing.items() if not _is_same(getattr(after, name), value))

    async def write(self, identity: str, kind: str, values: Mapping[str, DocumentationValue]) -> None:
        """Write these fields of a table or column. Raises SecodaError. A write whose reply was lost is read back first."""
        path = COLUMNS if kind == "column" else TABLES
        body: dict[str, Json] = {
            name: list(value) if isinstance(value, tuple) else value for name, value in values.items()
        }

        async def is_done() -> bool:
            now = await self.read(identity)
            return all(_is_same(getattr(now, name), value) for name, value in values.items())

        await self._transport.patch(f"{path}{quote(identity, safe='')}/", body, is_done)


def _is_same(one: DocumentationValue, other: DocumentationValue) -> bool:
    """Compare two values; tags and owners have no order."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        return sorted(one) == sorted(other)
    return one == other
