"""Several hops from some relations: what `lookup` and `lineage` say, collected into a graph.

Breadth first, so a bound or the deadline cuts the farthest consumers, and what was cut is kept with its reason.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from contract_gate.catalogs.catalog import Asset, OwnModels
from contract_gate.catalogs.graph import Graph, key_of
from contract_gate.catalogs.secoda.errors import SecodaError
from contract_gate.catalogs.secoda.lineage import LineageReader
from contract_gate.catalogs.secoda.lookup import Lookup
from contract_gate.catalogs.secoda.people import People
from contract_gate.catalogs.secoda.settings import Limits
from contract_gate.catalogs.secoda.wire import Owner
from contract_gate.relation import RelationName


async def explore(
    relations: Sequence[RelationName],
    *,
    ids: Mapping[RelationName, str],
    lookup: Lookup,
    lineage: LineageReader,
    people: People,
    limits: Limits,
    own: OwnModels,
) -> Graph:
    """Collect the relations' consumers, `limits.hops` far. Never raises for what Secoda does: see `Graph`."""
    found = await lookup.tables(relations, ids)
    roots = [asset for asset in found.values() if isinstance(asset, Asset)]
    walk = _Exploration(lookup, lineage, limits, own)
    await walk.run(roots)
    owners = {**lookup.owners, **walk.owners}
    assets = await _with_owners(walk.assets, owners, people, own)
    return Graph(
        found={
            name: assets[key_of(one.id)] if isinstance(one, Asset) else one for name, one in found.items()
        },
        assets=assets,
        columns=walk.columns,
        readers=walk.readers,
        unexplored=walk.unexplored,
        closed_tables=walk.closed_tables,
        unreadable=walk.unreadable,
        doubt=lineage.doubt,
    )


class _Exploration:
    """The state of one walk; everything is by key."""

    def __init__(self, lookup: Lookup, lineage: LineageReader, limits: Limits, own: OwnModels) -> None:
        self._lookup, self._lineage = lookup, lineage
        self._limits, self._own = limits, own
        self.assets: dict[str, Asset] = {}
        self.owners: dict[str, tuple[Owner, ...]] = {}
        self.columns: dict[str, tuple[str, ...]] = {}
        self.readers: dict[str, tuple[str, ...]] = {}
        self.unexplored: dict[str, str] = {}
        self.closed_tables: dict[str, str] = {}
        self.unreadable: dict[str, str] = {}

    async def run(self, roots: Sequence[Asset]) -> None:
        self.assets.update({key_of(root.id): root for root in roots})
        frontier = tuple(self.assets)
        frontier += await self._open(frontier)
        for root in roots:
            if self.columns.get(key_of(root.id)) == () and key_of(root.id) not in self.closed_tables:
                # Every table has columns: a list without any is not the whole of it.
                self.closed_tables[key_of(root.id)] = f"the catalog lists no columns of {root.shown}"
        for _ in range(self._limits.hops):
            if not frontier:
                return
            frontier = await self._hop(frontier)
        reason = f"consumers more than {self._limits.hops} hops away were not asked for"
        self.unexplored.update({key: reason for key in frontier if key not in self.readers})

    async def _hop(self, frontier: Sequence[str]) -> tuple[str, ...]:
        """Ask for the readers of the frontier, look the new ones up, and give what to ask next."""
        spelled: dict[str, str] = {}
        neighbours = await self._lineage.neighbours([self.assets[key].id for key in frontier])
        for key in frontier:
            near = neighbours[key]
            self.readers[key] = tuple(key_of(link.id) for link in near.downstream)
            spelled.update({key_of(link.id): link.id for link in near.downstream})
            if near.problem:
                self.unexplored[key] = near.problem
        await self._read({key: spelled[key] for key in sorted(spelled) if key not in self.assets})
        return await self._beyond([key for key in spelled if key in self.assets])

    async def _read(self, new: Mapping[str, str]) -> None:
        room = max(self._limits.assets - len(self.assets), 0)
        reason = f"more than {self._limits.assets:,} assets are downstream"
        self.unexplored.update(dict.fromkeys(list(new)[room:], reason))
        entities = await self._lookup.entities(list(new.values())[:room])
        self.assets.update({key: one for key, one in entities.assets.items() if key not in self.assets})
        self.owners.update(entities.owners)
        self.unreadable.update(entities.hidden)
        self.unexplored.update(entities.failed)

    async def _beyond(self, reached: Sequence[str]) -> tuple[str, ...]:
        """Give what was not asked yet: what was reached, the tables of columns, the columns of tables."""
        foreign = [key for key in reached if not self._is_own(key)]
        tables = [key for key in foreign if self.assets[key].kind == "table"]
        holders = [
            key_of(self.assets[key].parent or "") for key in foreign if self.assets[key].kind == "column"
        ]
        columns = await self._open(tables)
        wanted = dict.fromkeys((*foreign, *(key for key in holders if key in self.assets), *columns))
        return tuple(key for key in wanted if key not in self.readers and key not in self.unexplored)

    async def _open(self, tables: Iterable[str]) -> tuple[str, ...]:
        """List the columns of tables that were not opened before, and give the columns' keys."""
        unopened = [key for key in tables if key not in self.columns and key not in self.closed_tables]
        opened: list[str] = []
        lists = await asyncio.gather(*map(self._columns, unopened))
        for key, (listed, missing) in zip(unopened, lists, strict=True):
            if missing is not None:
                self.closed_tables[key] = missing
            columns = {key_of(column.id): column for column in listed}
            self.assets.update({name: column for name, column in columns.items() if name not in self.assets})
            self.columns[key] = tuple(columns)
            opened.extend(columns)
        return tuple(opened)

    async def _columns(self, table: str) -> tuple[tuple[Asset, ...], str | None]:
        try:
            listed, missing = await self._lookup.known_columns(self.assets[table])
        except SecodaError as error:
            return (), error.message
        return tuple(column if column.parent else replace(column, parent=table) for column in listed), missing

    def _is_own(self, key: str) -> bool:
        asset = self.assets[key]
        if asset.kind == "column" and asset.parent:
            asset = self.assets.get(key_of(asset.parent), asset)
        return self._own.find(asset) is not None


async def _with_owners(
    assets: Mapping[str, Asset], owners: Mapping[str, tuple[Owner, ...]], people: People, own: OwnModels
) -> dict[str, Asset]:
    """Name the owners of what is reported: not of columns, nor of the repository's own models."""
    shown = {
        key: owners[key]
        for key, asset in assets.items()
        if owners.get(key) and asset.kind != "column" and own.find(asset) is None
    }
    names = await people.names(owner for group in shown.values() for owner in group)
    named = {
        key: replace(assets[key], owners=tuple(dict.fromkeys(names[owner.id] for owner in group)))
        for key, group in shown.items()
    }
    return {**assets, **named}
