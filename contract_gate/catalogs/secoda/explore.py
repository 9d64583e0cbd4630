"""Several hops from some relations: what `lookup` and `lineage` say, collected into a graph.

Breadth first, so a bound or the deadline cuts the farthest consumers, and what was cut is kept with its reason.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import IntEnum

from contract_gate.catalogs.catalog import Asset, OwnModels, Question, Way
from contract_gate.catalogs.graph import Graph, key_of
from contract_gate.catalogs.secoda.fields import Owner
from contract_gate.catalogs.secoda.lineage import LineageReader, Link
from contract_gate.catalogs.secoda.lookup import Lookup
from contract_gate.catalogs.secoda.people import People
from contract_gate.catalogs.secoda.previewing import Previews, Upstream
from contract_gate.catalogs.secoda.settings import Limits
from contract_gate.core.coverage import Drift
from contract_gate.core.relation import RelationName, caseless
from contract_gate.core.values import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What was collected: the graph, where its lineage is another than the SQL's, and what could not be compared.

    `hint` is what to do about lineage that was refused.
    """

    graph: Graph
    drift: tuple[Drift, ...] = ()
    limits: tuple[str, ...] = ()
    hint: str | None = None


async def explore(
    questions: Sequence[Question],
    *,
    lookup: Lookup,
    lineage: LineageReader,
    people: People,
    previews: Previews,
    limits: Limits,
    own: OwnModels,
    way: Way = Way.DOWNSTREAM,
    depth: int | None = None,
) -> Survey:
    """Collect the relations' consumers, `limits.hops` far. Never raises for what Secoda does: see `Graph`.

    `way`: the other way, what they are made from. Past `depth` nothing is asked, and nothing is missing.
    Previews run beside it. Whatever a limit or the deadline cuts, what reads something that goes is asked for first, and
    what reads columns that did not change last.
    """
    previews.start({one.relation: one.text for one in questions if one.text is not None})
    ids = {one.relation: one.unique_id for one in questions if one.unique_id}
    found = await previews.settle(await lookup.tables([one.relation for one in questions], ids), lookup)
    roots = {name: asset for name, asset in found.items() if isinstance(asset, Asset)}
    changed = {key_of(roots[one.relation].id): one for one in questions if one.relation in roots}
    walk = _Exploration(lookup, lineage, limits, own, way, depth)
    await walk.run(list(roots.values()), changed)
    drift = await previews.compare(found, await walk.upstream_of(roots, previews.asked))
    owners = {**lookup.owners, **walk.owners}
    assets = await _with_people(walk.assets, owners, walk.users, people, own)
    graph = Graph(
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
        way=way,
    )
    return Survey(graph=graph, drift=drift, limits=tuple(previews.limits), hint=lineage.hint)


_LOOK_UPS = 5
"""How many times the assets that are kept are looked up at most, to choose the most used of them."""
_USERS_NAMED = 3


class _Gravity(IntEnum):
    """The order in which readers are asked for: of what goes, of columns that changed, of whole assets, of columns that did not change."""

    GONE = 0
    CHANGED = 1
    WHOLE = 2
    LAST = 3


class _Exploration:
    """The state of one walk; everything is by key. `_grave` are what goes, changed columns and what reads them."""

    def __init__(
        self,
        lookup: Lookup,
        lineage: LineageReader,
        limits: Limits,
        own: OwnModels,
        way: Way,
        depth: int | None,
    ) -> None:
        self._lookup, self._lineage = lookup, lineage
        self._limits, self._own = limits, own
        self._way, self._depth = way, depth
        self.assets: dict[str, Asset] = {}
        self.owners: dict[str, tuple[Owner, ...]] = {}
        self.users: dict[str, tuple[Owner, ...]] = {}
        self.columns: dict[str, tuple[str, ...]] = {}
        self.readers: dict[str, tuple[str, ...]] = {}
        self.unexplored: dict[str, str] = {}
        self.closed_tables: dict[str, str] = {}
        self.unreadable: dict[str, str] = {}
        self._upstream: dict[str, tuple[Link, ...]] = {}
        self._grave: dict[str, _Gravity] = {}
        self._kept = 0
        self._looked_up = 0
        self._left: dict[str, None] = {}

    async def run(self, roots: Sequence[Asset], changed: Mapping[str, Question]) -> None:
        self.assets.update({key_of(root.id): root for root in roots})
        frontier = tuple(self.assets)
        frontier += await self._open(frontier)
        for root in roots:
            key = key_of(root.id)
            if self.columns.get(key) == () and key not in self.closed_tables:
                # Every table has columns: a list without any is not the whole of it.
                self.closed_tables[key] = f"the catalog lists no columns of {root.shown}"
            if key in changed:
                self._weigh(key, changed[key])
        # Each to the end, with names, before the next: the deadline cuts what matters least.
        for gravity in _Gravity:
            # What an earlier round led to counts as that round's by now.
            wanted = [key for key in frontier if self._gravity(key) <= gravity]
            await self._follow([key for key in wanted if key not in self.readers])
        self._tell_left()

    def _weigh(self, root: str, question: Question) -> None:
        columns, gone = set(map(caseless, question.columns)), set(map(caseless, question.gone))
        if question.goes:
            self._grave[root] = _Gravity.GONE
        for key in self.columns.get(root, ()):
            name = caseless(self.assets[key].name)
            if question.goes or name in gone:
                self._grave[key] = _Gravity.GONE
            elif name in columns:
                self._grave[key] = _Gravity.CHANGED

    async def _follow(self, frontier: Sequence[str]) -> None:
        for _ in range(min(self._limits.hops, self._depth or self._limits.hops)):
            if not frontier:
                return
            frontier = await self._hop(sorted(frontier, key=self._gravity))
        if self._depth is not None and self._depth <= self._limits.hops:
            self.readers.update({key: () for key in frontier if key not in self.readers})
            return
        reason = f"{self._way.ends} more than {self._limits.hops} hops away were not asked for"
        self.unexplored.update({key: reason for key in frontier if key not in self.readers})

    def _gravity(self, key: str) -> _Gravity:
        usual = _Gravity.LAST if self.assets[key].kind == "column" else _Gravity.WHOLE
        return self._grave.get(key, usual)

    async def upstream_of(
        self, roots: Mapping[RelationName, Asset], asked: Collection[RelationName]
    ) -> dict[RelationName, Upstream]:
        """Give the tables that the catalog has upstream of relations; one whose lineage is not all known is left out."""
        links: dict[RelationName, tuple[Link, ...]] = {}
        for name in asked:
            root = key_of(roots[name].id) if name in roots else None
            parts = (root, *self.columns.get(root, ())) if root is not None else ()
            if parts and all(part in self._upstream and part not in self.unexplored for part in parts):
                links[name] = tuple(link for part in parts for link in self._upstream[part])
        wanted = {link.id for found in links.values() for link in found}
        assets = {**(await self._lookup.entities(sorted(wanted))).assets, **self.assets}
        return {name: _tables(found, assets) for name, found in links.items()}

    async def _hop(self, frontier: Sequence[str]) -> tuple[str, ...]:
        """Ask for the readers of the frontier, look the new ones up, and give what to ask next."""
        spelled: dict[str, str] = {}
        neighbours = await self._lineage.neighbours([self.assets[key].id for key in frontier])
        for key in frontier:
            near = neighbours[key]
            links = near.downstream if self._way is Way.DOWNSTREAM else near.upstream
            self.readers[key] = tuple(key_of(link.id) for link in links)
            self._upstream[key] = near.upstream
            spelled.update({key_of(link.id): link.id for link in links})
            if key in self._grave:
                grave = {one: min(self._grave[key], self._weight(one)) for one in self.readers[key]}
                self._grave.update(grave)
            if near.problem:
                self.unexplored[key] = near.problem
        new = sorted(
            (key for key in spelled if key not in self.assets), key=lambda key: (self._weight(key), key)
        )
        await self._read({key: spelled[key] for key in new})
        return await self._beyond([key for key in spelled if key in self.assets])

    async def _read(self, new: Mapping[str, str]) -> None:
        """Look assets up, and keep those within the limit: the gravest and most used. Columns are not counted."""
        room = max(_LOOK_UPS * self._limits.assets - self._looked_up, 0)
        asked = list(new.values())[:room]
        self._looked_up += len(asked)
        entities = await self._lookup.entities(asked)
        fresh = {key: one for key, one in entities.assets.items() if key not in self.assets}
        # What holds an asset (a column's table, a chart's dashboard) comes with it, and is not counted.
        counted = [key for key in new if key in fresh and fresh[key].kind != "column"]
        counted.sort(key=lambda key: self._use(key, fresh[key]))
        dropped = set(counted[max(self._limits.assets - self._kept, 0) :])
        self._kept += len(counted) - len(dropped)
        self._left.update(dict.fromkeys((*list(new)[room:], *sorted(dropped))))
        self.assets.update({key: one for key, one in fresh.items() if key not in dropped})
        self.owners.update(entities.owners)
        self.users.update(entities.users)
        self.unreadable.update(entities.hidden)
        self.unexplored.update(entities.failed)

    def _use(self, key: str, asset: Asset) -> tuple[object, ...]:
        return self._weight(key), *asset.standing.weight, asset.name.lower(), key

    def _weight(self, key: str) -> _Gravity:
        return self._grave.get(key, _Gravity.LAST)

    def _tell_left(self) -> None:
        if self._left:
            limit = self._limits.assets
            seen = (
                "all" if self._looked_up < _LOOK_UPS * limit else f"{self._looked_up:,} that were looked up"
            )
            kept = f"of {seen}, the {limit:,} most used are kept (max-assets)"
            reason = f"{len(self._left):,} more assets are {self._way}; {kept}"
            self.unexplored.update(dict.fromkeys(self._left, reason))

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
        lists = await self._lookup.columns_of([self.assets[key] for key in unopened])
        opened: list[str] = []
        for key in unopened:
            listed, missing = lists[key]
            if missing is not None:
                self.closed_tables[key] = missing
            columns = {
                key_of(column.id): column if column.parent else replace(column, parent=key)
                for column in listed
            }
            self.assets.update({name: column for name, column in columns.items() if name not in self.assets})
            self.columns[key] = tuple(columns)
            opened.extend(columns)
        return tuple(opened)

    def _is_own(self, key: str) -> bool:
        asset = self.assets[key]
        if asset.kind == "column" and asset.parent:
            asset = self.assets.get(key_of(asset.parent), asset)
        return self._own.find(asset) is not None


def _tables(links: Iterable[Link], assets: Mapping[str, Asset]) -> Upstream:
    """Give the tables at the other end, or that hold the columns there; by hand where every link to one is."""
    tables: dict[str, tuple[Asset, bool]] = {}
    for link in links:
        asset = assets.get(key_of(link.id))
        if asset is not None and asset.kind == "column" and asset.parent:
            asset = assets.get(key_of(asset.parent))
        if asset is not None and asset.kind == "table":
            known = tables.get(key_of(asset.id))
            tables[key_of(asset.id)] = (asset, link.is_manual and (known is None or known[1]))
    return tables


async def _with_people(
    assets: Mapping[str, Asset],
    owners: Mapping[str, tuple[Owner, ...]],
    users: Mapping[str, tuple[Owner, ...]],
    people: People,
    own: OwnModels,
) -> dict[str, Asset]:
    """Name the owners and the first users of what is reported: not of columns, nor of the repository's own models."""
    shown = [key for key, asset in assets.items() if asset.kind != "column" and own.find(asset) is None]
    wanted = {key: (owners.get(key, ()), users.get(key, ())[:_USERS_NAMED]) for key in shown}
    names = await people.names(one for groups in wanted.values() for group in groups for one in group)
    named = {
        key: replace(
            assets[key],
            owners=tuple(dict.fromkeys(names[owner.id] for owner in owned)),
            standing=replace(
                assets[key].standing, people=tuple(dict.fromkeys(names[user.id] for user in using))
            ),
        )
        for key, (owned, using) in wanted.items()
        if owned or using
    }
    return {**assets, **named}
