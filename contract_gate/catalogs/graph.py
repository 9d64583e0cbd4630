"""What a catalog said, as a graph, and the walk over it that answers a question. Pure: Secoda and the snapshot
share it.

Column lineage and table lineage are kept apart on the way: a path along columns alone says which column a
consumer reads; one hop between whole tables, and it may be any.
"""

import heapq
from collections.abc import Iterable, Mapping
from enum import IntEnum
from itertools import count
from typing import TypeAlias

from contract_gate.catalogs.catalog import (
    Ambiguous,
    Answer,
    Asset,
    Downstream,
    NotInCatalog,
    OwnModels,
    Question,
    Reached,
    Unavailable,
    Way,
)
from contract_gate.catalogs.status import some
from contract_gate.core.relation import RelationName, caseless
from contract_gate.core.values import dataclass, field, replace

Found: TypeAlias = Asset | NotInCatalog | Ambiguous | Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Assets and who reads them, by *keys* (ids in lower case).

    `columns` are each table's known columns; `readers` each asked asset's direct readers; `unexplored` says of assets
    whose readers are not (all) known why; `closed_tables` the same of tables whose columns are not known;
    `unreadable` says of assets that could not be looked up why. `doubt` says why no part of it proves an absence.
    Walked upstream (`way`) everything is the other way round: `readers` are what an asset is made from.
    """

    found: Mapping[RelationName, Found]
    assets: Mapping[str, Asset]
    columns: Mapping[str, tuple[str, ...]]
    readers: Mapping[str, tuple[str, ...]]
    unexplored: Mapping[str, str] = field(default_factory=dict)
    closed_tables: Mapping[str, str] = field(default_factory=dict)
    unreadable: Mapping[str, str] = field(default_factory=dict)
    doubt: str | None = None
    way: Way = Way.DOWNSTREAM


def answer(graph: Graph, question: Question, own: OwnModels) -> Answer:
    """Answer one question from what is known."""
    found = graph.found.get(question.relation)
    if found is None:
        return Unavailable(relation=question.relation, reason="the catalog was not asked about it")
    if not isinstance(found, Asset):
        return found
    walks = _Walks(graph, key_of(found.id), own)
    reached, archived = walks.reached()
    unexplored = (*([graph.doubt] if graph.doubt else []), *walks.unexplored())
    if not reached and key_of(found.id) in graph.unexplored:
        return Unavailable(relation=question.relation, reason=graph.unexplored[key_of(found.id)])
    return Downstream(
        relation=question.relation,
        as_asset=found,
        reached=reached,
        truncated=_truncation(unexplored, graph.way),
        note=_notes(archived, walks.unreadable()),
        unknown_columns=_unknown_columns(graph, found, question),
    )


def key_of(identity: str) -> str:
    """Give the form of an id that is compared: Secoda does not keep its case."""
    return identity.lower()


class _FoundAs(IntEnum):
    """How an asset was come upon: by itself, a table through one of its columns, a table as a whole."""

    ITSELF = 0
    THROUGH_COLUMN = 1
    WHOLE = 2


class _Grain(IntEnum):
    """How finely a path is known, finest first: the coarsest of its hops."""

    COLUMNS = 0
    TABLE = 1
    OTHER_COLUMNS = 2


_Node: TypeAlias = tuple[str, _FoundAs]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    distance: int
    grain: _Grain
    before: _Node | None


class _Walks:
    """The walks from one relation: one from the whole table, and one from each of its columns."""

    def __init__(self, graph: Graph, root: str, own: OwnModels) -> None:
        self._graph = graph
        self._root = root
        self._own = own
        self._through_columns: dict[str, frozenset[str]] = {}
        self._whole = self._walk((root, _FoundAs.WHOLE), _Grain.TABLE)

    def reached(self) -> tuple[tuple[Reached, ...], int]:
        """Give everything reached, nearest first, and how many archived assets were left out."""
        by_column: dict[tuple[str, str | None], Reached] = {}
        for key in self._graph.columns.get(self._root, ()):
            steps = self._walk((key, _FoundAs.ITSELF), _Grain.COLUMNS)
            by_column.update(self._collect(steps, self._graph.assets[key].name))
        known = {asset for asset, _ in by_column}
        whole = self._collect(self._whole, None)
        by_column.update({place: one for place, one in whole.items() if place[0] not in known})
        live = [one for one in by_column.values() if not one.asset.archived]
        archived = {one.asset.id for one in by_column.values() if one.asset.archived}
        return tuple(sorted(live, key=_nearest)), len(archived)

    def unexplored(self) -> tuple[str, ...]:
        """Give why there may be more, once a reason."""
        graph, why = self._graph, list[str]()
        for key, scope in self._whole:
            if self._is_own(key):
                continue
            whole = scope is _FoundAs.WHOLE
            parts = graph.columns.get(key, ()) if whole else ()
            why += [self._why_unexplored(part) for part in (key, *parts) if not self._is_explored(part)]
            why += [graph.closed_tables[key]] if whole and key in graph.closed_tables else []
        return tuple(dict.fromkeys(why))

    def _is_explored(self, key: str) -> bool:
        return key in self._graph.readers and key not in self._graph.unexplored

    def _why_unexplored(self, key: str) -> str:
        asset = self._graph.assets.get(key)
        return self._graph.unexplored.get(key, f"nobody asked who reads {asset.shown if asset else key}")

    def unreadable(self) -> tuple[str, ...]:
        return tuple(self._graph.unreadable[key] for key, _ in self._whole if key in self._graph.unreadable)

    def _walk(self, start: _Node, grain: _Grain) -> dict[_Node, _Step]:
        """Find the best path to everything: the finest, then the shortest."""
        steps: dict[_Node, _Step] = {}
        turn = count()
        queue = [(grain, 0, next(turn), start, _Step(distance=0, grain=grain, before=None))]
        while queue:
            _, _, _, node, step = heapq.heappop(queue)
            if node in steps:
                continue
            steps[node] = step
            for following, hops, hop_grain in self._onward(node):
                onward = _Step(distance=step.distance + hops, grain=max(step.grain, hop_grain), before=node)
                heapq.heappush(queue, (onward.grain, onward.distance, next(turn), following, onward))
        return steps

    def _onward(self, node: _Node) -> Iterable[tuple[_Node, int, _Grain]]:
        """Give the nodes after one, each with the hops to it and the grain of the way."""
        key, scope = node
        if self._is_own(key):
            return
        parts = self._graph.columns.get(key, ()) if scope is _FoundAs.WHOLE else ()
        for part in (key, *parts):
            for reader in self._graph.readers.get(part, ()):
                yield self._arrive(reader), 1, self._grain(key, scope, reader)
        asset = self._graph.assets.get(key)
        if scope is _FoundAs.ITSELF and asset is not None and asset.kind == "column" and asset.parent:
            table = key_of(asset.parent)
            if table != self._root:
                yield (table, _FoundAs.THROUGH_COLUMN), 0, _Grain.COLUMNS

    def _grain(self, key: str, scope: _FoundAs, reader: str) -> _Grain:
        """Tell how fine a hop is; from a table that one column led to, other columns may explain it."""
        if scope is _FoundAs.ITSELF:
            return _Grain.COLUMNS
        if scope is _FoundAs.WHOLE:
            return _Grain.TABLE
        if key not in self._through_columns:
            columns = self._graph.columns.get(key, ())
            readers = (one for column in columns for one in self._graph.readers.get(column, ()))
            self._through_columns[key] = frozenset(map(self._rolled, readers))
        return _Grain.OTHER_COLUMNS if self._rolled(reader) in self._through_columns[key] else _Grain.TABLE

    def _rolled(self, key: str) -> str:
        holder = self._holder(key)
        return key if holder is None else key_of(holder.id)

    def _arrive(self, key: str) -> _Node:
        asset = self._graph.assets.get(key)
        return key, _FoundAs.WHOLE if asset is not None and asset.kind == "table" else _FoundAs.ITSELF

    def _is_own(self, key: str) -> bool:
        asset = self._holder(key)
        if asset is None or key_of(asset.id) == self._root:
            return False
        return self._own.find(asset) is not None

    def _holder(self, key: str) -> Asset | None:
        """Give the asset, or the table that holds it where it is a column."""
        asset = self._graph.assets.get(key)
        if asset is not None and asset.kind == "column" and asset.parent:
            holder = self._graph.assets.get(key_of(asset.parent))
            return holder if holder is not None and holder.kind == "table" else asset
        return asset

    def _collect(
        self, steps: Mapping[_Node, _Step], column: str | None
    ) -> dict[tuple[str, str | None], Reached]:
        collected: dict[tuple[str, str | None], Reached] = {}
        for node, step in steps.items():
            asset, holder = self._graph.assets.get(node[0]), self._holder(node[0])
            if asset is None or holder is None or key_of(holder.id) == self._root:
                continue
            one = Reached(
                asset=holder,
                via=self._via(steps, node, holder),
                distance=step.distance,
                column=column,
                table_level=step.grain is not _Grain.COLUMNS,
                other_columns=step.grain is _Grain.OTHER_COLUMNS,
                into=(asset.name,) if holder is not asset else (),
            )
            place = (holder.id, column)
            collected[place] = _better(collected[place], one) if place in collected else one
        return collected

    def _via(self, steps: Mapping[_Node, _Step], node: _Node, end: Asset) -> tuple[str, ...]:
        between: list[Asset] = []
        before = steps[node].before
        while before is not None:
            holder = self._holder(before[0])
            if holder is not None and holder.id not in (end.id, *(asset.id for asset in between[-1:])):
                between.append(holder)
            before = steps[before].before
        return tuple(asset.shown for asset in reversed(between) if key_of(asset.id) != self._root)


def _better(one: Reached, other: Reached) -> Reached:
    """Keep the finer and nearer of two ways to an asset, with the columns that both end in."""
    first, second = sorted((one, other), key=lambda way: (*_coarseness(way), way.distance))
    if _coarseness(first) != _coarseness(second):
        return first
    return replace(first, into=tuple(sorted({*first.into, *second.into})))


def _coarseness(way: Reached) -> tuple[bool, bool]:
    return way.table_level, way.other_columns


def _nearest(reached: Reached) -> tuple[int, str, str, str]:
    return (reached.distance, reached.asset.kind, reached.asset.shown.lower(), reached.column or "")


def _truncation(why: tuple[str, ...], way: Way) -> str | None:
    return f"there may be more {way.ends}: {'; '.join(some(why))}" if why else None


def _notes(archived: int, unreadable: tuple[str, ...]) -> str | None:
    notes: list[str] = []
    if archived:
        notes.append(f"{archived} archived in the catalog, left out")
    if unreadable:
        notes.append(f"{len(unreadable)} whose name can't be read: {unreadable[0]}")
    return "; ".join(notes) or None


def _unknown_columns(graph: Graph, table: Asset, question: Question) -> tuple[str, ...]:
    listed = graph.columns.get(key_of(table.id))
    if listed is None or key_of(table.id) in graph.closed_tables:
        return ()
    names = {caseless(graph.assets[key].name) for key in listed}
    return tuple(column for column in question.columns if caseless(column) not in names)
