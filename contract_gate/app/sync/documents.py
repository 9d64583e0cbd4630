"""What people wrote about a table moves along when it is renamed: to where nothing is written yet, and nothing is overwritten.

The page under the former name stays as it is: the catalog drops it with the table.
"""

from collections.abc import Sequence

from contract_gate.app.sync.values import DocumentedField, SyncEntry, failed
from contract_gate.catalogs.catalog import Asset
from contract_gate.catalogs.secoda.client import Secoda
from contract_gate.catalogs.secoda.documentation import DocumentationValue, missing
from contract_gate.catalogs.secoda.errors import SecodaError
from contract_gate.catalogs.secoda.wire import Documentation
from contract_gate.core.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What is written about one asset of the former table, and missing at the asset of the same name."""

    asset: Asset
    values: tuple[tuple[str, DocumentationValue], ...]

    def fields(self) -> tuple[DocumentedField, ...]:
        """Give the fields for people."""
        return tuple(
            DocumentedField(asset=self.asset.shown, field=name, value=_shown(value))
            for name, value in self.values
        )


async def moves(former: Asset, table: Asset, client: Secoda) -> tuple[Move, ...]:
    """Plan what to write at a renamed table and its columns. Raises SecodaError where not all of it is known."""
    theirs = {column.name.casefold(): column for column in await client.lookup.columns(former)}
    pairs = [(former, table)]
    for column in await client.lookup.columns(table):
        if column.name.casefold() in theirs:
            pairs.append((theirs[column.name.casefold()], column))
    found: list[Move] = []
    for old, new in pairs:
        before = await client.documentation.read(old.id)
        if before == Documentation():
            continue
        values = missing(await client.documentation.read(new.id), before)
        if values:
            found.append(Move(asset=new, values=tuple(values.items())))
    return tuple(found)


async def move(entry: SyncEntry, planned: Sequence[Move], client: Secoda) -> SyncEntry:
    """Write what was planned, where it is still missing, and read it back."""
    for one in planned:
        try:
            lost = await client.documentation.fill(one.asset.id, one.asset.kind, dict(one.values))
        except SecodaError as error:
            return failed(entry, f"the documentation of {one.asset.shown} was not written: {error.message}")
        if lost:
            return failed(entry, f"read back: {', '.join(lost)} of {one.asset.shown} is not what was written")
    return entry


def _shown(value: DocumentationValue) -> str:
    match value:
        case bool():
            return "yes"
        case str():
            return value
        case tuple():
            return ", ".join(value)
