"""What the catalog shows of a table now: its columns and the lineage into it, with who made which of it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from contract_gate.catalogs.catalog import Asset
from contract_gate.catalogs.graph import key_of
from contract_gate.catalogs.secoda.client import Secoda
from contract_gate.catalogs.secoda.errors import SecodaError, UnexpectedReply
from contract_gate.catalogs.secoda.lineage import Neighbours
from contract_gate.catalogs.secoda.preview import Preview
from contract_gate.core.values import dataclass

Pair: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogedTable:
    """A table's upstream lineage as the catalog shows it: pairs of keys, and those that nobody made by hand.

    `columns` are the keys of the table's columns; `assets` what is known of every key in the pairs. `rows` are the ids of
    the rows that show a pair which nobody made by hand.
    """

    table: Asset
    columns: frozenset[str]
    pairs: frozenset[Pair]
    automatic: frozenset[Pair]
    assets: Mapping[str, Asset]
    rows: Mapping[Pair, tuple[str, ...]]

    def holder(self, key: str) -> Asset | None:
        """Give the table that a key is of, or is a column of."""
        asset = self.assets.get(key)
        if asset is not None and asset.kind == "column" and asset.parent:
            return self.assets.get(key_of(asset.parent))
        return asset

    def names(self) -> dict[str, str]:
        """Give how people call every key."""
        found: dict[str, str] = {}
        for key, asset in self.assets.items():
            holder = self.holder(key)
            inside = holder is not None and holder is not asset
            found[key] = f"{holder.shown}.{asset.name}" if holder is not None and inside else asset.shown
        return found


class CatalogedTables:
    """Reads what the catalog shows of tables, many together. Lineage is read each time, columns when `list_columns` says so, names once."""

    def __init__(self, client: Secoda) -> None:
        self._client = client
        self._columns: dict[str, tuple[tuple[Asset, ...], str | None]] = {}
        self._assets: dict[str, Asset] = {}

    async def list_columns(self, tables: Sequence[Asset]) -> tuple[Asset, ...]:
        """Read the tables' columns (anew), and give what can be listed of them. A list that failed is told by `of`."""
        self._columns.update(await self._client.lookup.columns_of(tables))
        return tuple(column for table in tables for column in self._columns[key_of(table.id)][0])

    async def of(
        self, tables: Sequence[Asset], previews: Iterable[Preview] = ()
    ) -> Mapping[str, CatalogedTable | SecodaError]:
        """Give each table's upstream lineage by `key_of(table.id)`: all of it, or why not all is known.

        `previews` name columns, and do not say of which tables: that is looked up as well.
        """
        wanted = list({key_of(table.id): table for table in tables}.values())
        absent = [table for table in wanted if key_of(table.id) not in self._columns]
        if absent:
            await self.list_columns(absent)
        ends = {key_of(table.id): self._ends(table) for table in wanted}
        near = await self._client.lineage.neighbours([one.id for own in ends.values() for one in own])
        named = [start.id for preview in previews for start, _ in preview.reply.columns]
        linked = [link.id for one in near.values() for link in one.upstream]
        await self._name([*linked, *named])
        return {key_of(table.id): self._present(table, ends[key_of(table.id)], near) for table in wanted}

    async def one(self, table: Asset, previews: Iterable[Preview] = ()) -> CatalogedTable:
        """Give what `of` gives of one table. Raises SecodaError unless all of its lineage is known."""
        found = (await self.of((table,), previews))[key_of(table.id)]
        if isinstance(found, SecodaError):
            raise found
        return found

    def _ends(self, table: Asset) -> tuple[Asset, ...]:
        return (table, *self._columns[key_of(table.id)][0])

    async def _name(self, ids: Iterable[str]) -> None:
        absent = [identity for identity in dict.fromkeys(ids) if key_of(identity) not in self._assets]
        if absent:
            self._assets.update((await self._client.lookup.entities(absent)).assets)

    def _present(
        self, table: Asset, ends: Sequence[Asset], near: Mapping[str, Neighbours]
    ) -> CatalogedTable | SecodaError:
        missing = self._columns[key_of(table.id)][1]
        if missing:
            return UnexpectedReply(missing)
        found = {key_of(one.id): near[key_of(one.id)] for one in ends}
        problem = next((one.problem for one in found.values() if one.problem), None)
        if problem:
            return UnexpectedReply(f"the present lineage of {table.shown} is not known: {problem}")
        links = [(key_of(link.id), end, link) for end, one in found.items() for link in one.upstream]
        return CatalogedTable(
            table=table,
            columns=frozenset(found) - {key_of(table.id)},
            pairs=frozenset((start, end) for start, end, _ in links),
            automatic=frozenset((start, end) for start, end, link in links if not link.is_manual),
            assets={**self._assets, **{key_of(one.id): one for one in ends}},
            rows={(start, end): link.rows for start, end, link in links if not link.has_manual and link.rows},
        )
