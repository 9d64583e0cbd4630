"""What a catalog said, as a graph, and the walk over it that answers a question. Pure: Secoda and the snapshot
share it.

Column lineage and table lineage are kept apart on the way: a path along columns alone says which column a
consumer reads; one hop between whole tables, and it may be any.
"""

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
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
)
from contract_gate.relation import RelationName

Found: TypeAlias = Asset | NotInCatalog | Ambiguous | Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Assets and who reads them, by *keys* (ids in lower case).

    `columns` are each table's columns; `readers` each asked asset's direct readers; `unexplored` says of assets
    whose readers are not (all) known why; `closed_tables` the same of tables whose columns are not known;
    `unreadable` says of assets that could not be looked up why.
    """

    found: Mapping[RelationName, Found]
    assets: Mapping[str, Asset]
    columns: Mapping[str, tuple[str, ...]]
    readers: Mapping[str, tuple[str, ...]]
    unexplored: Mapping[str, str] = field(default_factory=dict)
    closed_tables: Mapping[str, str] = field(default_factory=dict)
    unreadable: Mapping[str, str] = field(default_factory=dict)


def answer(graph: Graph, question: Question, own: OwnModels, note: str | None = None) -> Answer:
    """Answer one question from what is known; `note` is passed on with the answer."""
    found = graph.found.get(question.relation)
    if found is None:
        return NotInCatalog(relation=question.relation, reason="the catalog was not asked about it")
    if not isinstance(found, Asset):
        return found
    walks = _Walks(graph, key_of(found.id), own)
    reached, archived = walks.reached()
    unexplored = walks.unexplored()
    if not reached and key_of(found.id) in graph.unexplored:
        return Unavailable(relation=question.relation, reason=graph.unexplored[key_of(found.id)])
    return Downstream(
        relation=question.relation,
        as_asset=found,
        reached=reached,
        truncated=_truncation(unexplored),
        note=_notes(note, archived, walks.unreadable()),
        unknown_columns=_unknown_columns(graph, found, question),
    )


def key_of(identity: str) -> str:
    """Give the form of an id that is compared: Secoda does not keep its case."""
    return identity.lower()


class _Scope(IntEnum):
    """How an asset was come upon: by itself, a table through one of its columns, a table as a whole."""

    ITSELF = 0
    THROUGH_COLUMN = 1
    WHOLE = 2


_Node: TypeAlias = tuple[str, _Scope]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    distance: int
    table_level: bool
    before: _Node | None


class _Walks:
    """The walks from one relation: one from the whole table, and one from each of its columns."""

    def __init__(self, graph: Graph, root: str, own: OwnModels) -> None:
        self._graph = graph
        self._root = root
        self._own = own
        self._whole = self._walk((root, _Scope.WHOLE), table_level=True)

    def reached(self) -> tuple[tuple[Reached, ...], int]:
        """Give everything reached, nearest first, and how many archived assets were left out."""
        by_column: dict[tuple[str, str | None], Reached] = {}
        for key in self._graph.columns.get(self._root, ()):
            steps = self._walk((key, _Scope.ITSELF), table_level=False)
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
            whole = scope is _Scope.WHOLE
            parts = graph.columns.get(key, ()) if whole else ()
            why += [graph.unexplored[part] for part in (key, *parts) if part in graph.unexplored]
            why += [graph.closed_tables[key]] if whole and key in graph.closed_tables else []
        return tuple(dict.fromkeys(why))

    def unreadable(self) -> tuple[str, ...]:
        return tuple(self._graph.unreadable[key] for key, _ in self._whole if key in self._graph.unreadable)

    def _walk(self, start: _Node, *, table_level: bool) -> dict[_Node, _Step]:
        """Find the best path to everything: along columns rather than tables, then the shortest."""
        steps: dict[_Node, _Step] = {}
        first = _Step(distance=0, table_level=table_level, before=None)
        queue: list[tuple[bool, int, _Node, _Step]] = [(table_level, 0, start, first)]
        while queue:
            _, _, node, step = heapq.heappop(queue)
            if node in steps:
                continue
            steps[node] = step
            for following, distance, coarse in self._onward(node):
                if following not in steps:
                    onward = _Step(
                        distance=step.distance + distance, table_level=step.table_level or coarse, before=node
                    )
                    heapq.heappush(queue, (onward.table_level, onward.distance, following, onward))
        return steps

    def _onward(self, node: _Node) -> Iterable[tuple[_Node, int, bool]]:
        """Give the nodes after one, each with the hops to it and whether the way is table-level."""
        key, scope = node
        if self._is_own(key):
            return
        coarse = scope is not _Scope.ITSELF
        parts = self._graph.columns.get(key, ()) if scope is _Scope.WHOLE else ()
        for part in (key, *parts):
            for reader in self._graph.readers.get(part, ()):
                yield self._arrive(reader), 1, coarse
        asset = self._graph.assets.get(key)
        if scope is _Scope.ITSELF and asset is not None and asset.kind == "column" and asset.parent:
            table = key_of(asset.parent)
            if table != self._root:
                yield (table, _Scope.THROUGH_COLUMN), 0, True

    def _arrive(self, key: str) -> _Node:
        asset = self._graph.assets.get(key)
        return key, _Scope.WHOLE if asset is not None and asset.kind == "table" else _Scope.ITSELF

    def _is_own(self, key: str) -> bool:
        asset = self._holder(key)
        if asset is None or key_of(asset.id) == self._root:
            return False
        return self._own.find(asset) is not None

    def _holder(self, key: str) -> Asset | None:
        """Give the asset, or the table that holds it where it is a column."""
        asset = self._graph.assets.get(key)
        if asset is not None and asset.kind == "column" and asset.parent:
            return self._graph.assets.get(key_of(asset.parent), asset)
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
                table_level=step.table_level,
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
    first, second = sorted((one, other), key=lambda way: (way.table_level, way.distance))
    if second.table_level and not first.table_level:
        return first
    return replace(first, into=tuple(sorted({*first.into, *second.into})))


def _nearest(reached: Reached) -> tuple[int, str, str, str]:
    return (reached.distance, reached.asset.kind, reached.asset.shown.lower(), reached.column or "")


def _truncation(why: tuple[str, ...]) -> str | None:
    return "there may be more consumers: " + "; ".join(why) if why else None


def _notes(note: str | None, archived: int, unreadable: tuple[str, ...]) -> str | None:
    notes = [note] if note else []
    if archived:
        notes.append(f"{archived} archived in the catalog, left out")
    if unreadable:
        notes.append(f"{len(unreadable)} whose name can't be read: {unreadable[0]}")
    return "; ".join(notes) or None


def _unknown_columns(graph: Graph, table: Asset, question: Question) -> tuple[str, ...]:
    listed = graph.columns.get(key_of(table.id))
    if listed is None:
        return ()
    names = {graph.assets[key].name.lower() for key in listed}
    return tuple(column for column in question.columns if column.lower() not in names)
