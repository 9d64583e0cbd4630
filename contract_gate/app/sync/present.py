"""What the catalog shows of a table now: its columns and the lineage into it, with who made which of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from contract_gate.catalogs.catalog import Asset
from contract_gate.catalogs.graph import key_of
from contract_gate.catalogs.secoda.client import Secoda
from contract_gate.catalogs.secoda.errors import UnexpectedReply
from contract_gate.catalogs.secoda.preview import Preview

Pair: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
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


async def present(table: Asset, client: Secoda, preview: Preview | None = None) -> Present:
    """Read a table's upstream lineage, and what a preview's columns belong to, which it does not say.

    Raises SecodaError unless all of the lineage is known.
    """
    columns = await client.lookup.columns(table)
    neighbours = await client.lineage.neighbours([table.id, *(column.id for column in columns)])
    problem = next((near.problem for near in neighbours.values() if near.problem), None)
    if problem:
        raise UnexpectedReply(f"the present lineage of {table.shown} is not known: {problem}")
    links = [(key_of(link.id), end, link) for end, near in neighbours.items() for link in near.upstream]
    named = [start.id for start, _ in preview.reply.columns] if preview else []
    entities = await client.lookup.entities([*(link.id for _, _, link in links), *named])
    own = {key_of(asset.id): asset for asset in (table, *columns)}
    return Present(
        table=table,
        columns=frozenset(key_of(column.id) for column in columns),
        pairs=frozenset((start, end) for start, end, _ in links),
        automatic=frozenset((start, end) for start, end, link in links if not link.is_manual),
        assets={**entities.assets, **own},
        rows={(start, end): link.rows for start, end, link in links if not link.has_manual and link.rows},
    )
