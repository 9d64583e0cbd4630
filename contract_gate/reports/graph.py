"""The lineage graph of the HTML report: what changed, whom it reaches and by which way, laid out in columns by distance."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from contract_gate.compare.impact import Effect
from contract_gate.core.printable import printable
from contract_gate.core.values import dataclass, field
from contract_gate.reports.report import Report
from contract_gate.reports.rows import JsonValue
from contract_gate.reports.view import FindingView, ReaderView

NODES = 5_000
"""More nodes than these help nobody, and the page says how many it left out."""
_ACROSS, _DOWN = 230, 58
_CHANGED = "changed"


@dataclass(slots=True)
class _Node:
    label: str
    effect: str = "passes"
    people: bool = False
    depth: int = 0
    told: str = "passes the change on"
    details: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnGraph:
    """Nodes and edges as the page's script reads them; `left` counts readers that have no room."""

    nodes: list[JsonValue]
    edges: list[JsonValue]
    left: int


def graph(report: Report, entries: Sequence[FindingView]) -> DrawnGraph:
    """Draw every entry's readers with the way to each, nearest first."""
    nodes: dict[str, _Node] = {}
    edges: dict[tuple[str, str], None] = {}
    for change in report.changes:
        if change.relation is not None and change.caused_by is None:
            node = nodes.setdefault(str(change.relation), _Node(label=_label(str(change.relation))))
            node.effect, node.told = _CHANGED, "was edited"
            node.details.append(printable(change.message))
            node.columns += [printable(change.column)] if change.column else []
    changed = {change.id: str(change.relation) for change in report.changes if change.relation is not None}
    left = 0
    readers = _nearest_first(entries)
    between = _between(readers, nodes)
    for reader in readers:
        if len(nodes) >= NODES:
            left += 1
            continue
        _add(reader, changed.get(reader.impact.change), between, nodes, edges)
    names = {name: f"n{number}" for number, name in enumerate(nodes)}
    places = _places(nodes)
    return DrawnGraph(
        nodes=[_object(names[name], node, places[name]) for name, node in nodes.items()],
        edges=[[names[one], names[other]] for one, other in edges],
        left=left,
    )


def _nearest_first(entries: Iterable[FindingView]) -> list[ReaderView]:
    readers = [reader for entry in entries for reader in entry.readers]
    return sorted(
        readers, key=lambda reader: (reader.impact.effect is not Effect.BREAKS, reader.impact.distance)
    )


def _between(readers: Sequence[ReaderView], changed: Iterable[str]) -> dict[tuple[bool, str], str]:
    """Find what is no relation of the repository and yet on the way to others, by whether the catalog names it, and the name: a metric, a table that only the catalog knows."""
    found: dict[tuple[bool, str], str] = {}
    relations = {*changed, *(reader.impact.consumer.name for reader in readers if reader.noun == "model")}
    for reader in readers:
        name = reader.impact.consumer.name
        if reader.noun not in ("model", "test") and name not in relations:
            found.setdefault((reader.impact.by.from_catalog, name), _key(reader))
    return found


def _key(reader: ReaderView) -> str:
    consumer = reader.impact.consumer
    return consumer.name if reader.noun == "model" else f"{reader.title} {consumer.url or ''}"


def _add(
    reader: ReaderView,
    start: str | None,
    between: Mapping[tuple[bool, str], str],
    nodes: dict[str, _Node],
    edges: dict[tuple[str, str], None],
) -> None:
    impact, name = reader.impact, _key(reader)
    begun = [] if start is None or impact.via[:1] == (start,) else [start]
    way = (between.get((impact.by.from_catalog, step), step) for step in impact.via)
    steps = [*begun, *way, name]
    for depth, step in enumerate(steps):
        node = nodes.setdefault(step, _Node(label=_label(step)))
        node.depth = max(node.depth, depth)
    for one, other in pairwise(steps):
        if one != other:
            edges[one, other] = None
    node = nodes[name]
    if node.effect in (_CHANGED, Effect.BREAKS.value):
        return
    node.label = _label(reader.name) if reader.noun == "model" else printable(reader.name)
    node.people = reader.is_people
    node.effect, node.told = impact.effect.value, f"{printable(reader.outcome)} · {printable(reader.place)}"
    node.details = [printable(detail) for detail in reader.details]
    node.columns = [printable(impact.column)] if impact.column else []


def _label(name: str) -> str:
    """Call a relation by its last part, as people do; the panel beside the graph has its place."""
    return printable(name.rpartition(".")[2] or name)


def _places(nodes: dict[str, _Node]) -> dict[str, tuple[int, int]]:
    """Stand each node in the column of its depth; a long column is folded into several."""
    tall = max(12, int(len(nodes) ** 0.5) + 1)
    columns: dict[int, list[str]] = {}
    for name, node in nodes.items():
        columns.setdefault(0 if node.effect == _CHANGED else max(node.depth, 1), []).append(name)
    places, across = {}, 0
    for depth in sorted(columns):
        names = columns[depth]
        high = min(tall, len(names))
        for index, name in enumerate(names):
            places[name] = (across + index // tall * _ACROSS, index % tall * _DOWN - high * _DOWN // 2)
        across += ((len(names) - 1) // tall + 1) * _ACROSS
    return places


def _object(identity: str, node: _Node, place: tuple[int, int]) -> JsonValue:
    return {
        "id": identity, "label": node.label, "effect": node.effect, "people": node.people, "told": node.told,
        "details": list(node.details[:20]), "columns": list(dict.fromkeys(node.columns)), "x": place[0], "y": place[1],
    }  # fmt: skip
