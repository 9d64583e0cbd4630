"""A small picture of how a change gets to the worst readers, for pages that draw Mermaid.

https://mermaid.js.org/syntax/flowchart.html; labels are quoted, ids are ours: `end` as an id breaks the page.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from contract_gate.compare.impact import Effect
from contract_gate.core.printable import printable
from contract_gate.reports.view import FindingView, ReaderView

READERS = 6
_FEWEST = 2
_UNSAFE = re.compile(r"[^\w .,/:()-]")


def flow(entry: FindingView) -> Iterator[str]:
    """Draw the way from the change to the first readers that break, folded; nothing where a line of text says as much."""
    readers = [reader for reader in entry.readers if reader.impact.effect is Effect.BREAKS][:READERS]
    if len(readers) < _FEWEST or all(reader.impact.distance <= 1 for reader in readers):
        return
    names: dict[str, str] = {}
    edges: dict[tuple[str, str], None] = {}
    for reader in readers:
        steps = [*reader.impact.via, reader.impact.consumer.name]
        for one, other in pairwise(steps):
            if one != other:
                edges[_node(one, names), _node(other, names)] = None
    yield "\n<details><summary>how it gets there</summary>\n"
    yield "```mermaid"
    yield "flowchart LR"
    broken = {reader.impact.consumer.name: reader for reader in readers}
    yield from (f'  {node}["{_label(name, broken.get(name))}"]' for name, node in names.items())
    yield from (f"  {one} --> {other}" for one, other in edges)
    yield "```\n"
    yield "</details>"


def _node(name: str, names: dict[str, str]) -> str:
    return names.setdefault(name, f"n{len(names)}")


def _label(name: str, reader: ReaderView | None) -> str:
    text = printable(name if reader is None or reader.noun == "model" else reader.title)
    return _UNSAFE.sub("_", text if len(text) <= 60 else text[:59] + "…") + (" ✗" if reader else "")
