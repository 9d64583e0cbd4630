"""What people wrote about tables and columns: read, and written where there is nothing yet.

https://docs.secoda.co/secoda-api/api-reference/tables and /columns: `PATCH` changes the fields that are given and no other.
"""

from collections.abc import Iterator, Mapping
from urllib.parse import quote

from contract_gate.catalogs.graph import key_of
from contract_gate.catalogs.secoda.errors import UnexpectedReply
from contract_gate.catalogs.secoda.lookup import ANY, COLUMNS, TABLES
from contract_gate.catalogs.secoda.reply import Json
from contract_gate.catalogs.secoda.transport import Transport
from contract_gate.catalogs.secoda.wire import Documentation, documented, entity
from contract_gate.core.values import fields

DocumentationValue = str | tuple[str, ...] | bool


def missing(here: Documentation, there: Documentation) -> Mapping[str, DocumentationValue]:
    """Give the fields that are empty here and written there."""
    return {name: theirs for name, mine, theirs in _pairs(here, there) if theirs and not mine}


def differing(here: Documentation, there: Documentation) -> tuple[str, ...]:
    """Name the fields that are written both here and there, and differ."""
    written = ((name, mine, theirs) for name, mine, theirs in _pairs(here, there) if mine and theirs)
    return tuple(name for name, mine, theirs in written if not _is_same(mine, theirs))


def _pairs(
    here: Documentation, there: Documentation
) -> Iterator[tuple[str, DocumentationValue, DocumentationValue]]:
    names = (one.name for one in fields(Documentation))
    return ((name, getattr(here, name), getattr(there, name)) for name in names)


class DocumentationClient:
    """Reads and writes the documentation of one workspace."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def read(self, identity: str) -> Documentation:
        """Read what is written about a table or column. Raises SecodaError."""
        found = await self._transport.get(f"{ANY}{quote(identity, safe='')}/")
        if key_of(entity(found).id) != key_of(identity):
            raise UnexpectedReply(f"Secoda sent another entity than {identity}")
        return documented(found)

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
