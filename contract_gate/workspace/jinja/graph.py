"""dbt's `graph`, for templates that look through the project."""

from collections.abc import Iterator, Mapping

from contract_gate.core.world import HoleKind
from contract_gate.workspace.jinja.record import ReadOnlyRecord
from contract_gate.workspace.jinja.rendering import Rendering
from contract_gate.workspace.jinja.wire import Message


class LazyGraph(Mapping[str, object]):
    """dbt's `graph`: made when a template first looks into it, since most never do."""

    def __init__(self, rendering: Rendering) -> None:
        self._rendering = rendering

    def __getitem__(self, part: str) -> object:
        if part not in ("nodes", "sources"):
            return {}
        self._rendering.holes.note(
            HoleKind.CODE, "the template looks through the project's graph: what it finds may differ"
        )
        nodes = self._rendering.project.nodes
        return {
            key: _in_graph(key, node)
            for key, node in nodes.items()
            if key.startswith("source.") == (part == "sources")
        }

    def __iter__(self) -> Iterator[str]:
        return iter(("nodes", "sources", "exposures", "metrics", "groups"))

    def __len__(self) -> int:
        return 5


def _in_graph(key: str, node: Message) -> ReadOnlyRecord:
    fields: dict[str, object] = {
        "name": node.get("name"),
        "unique_id": key,
        "package_name": node.get("package"),
        "resource_type": key.partition(".")[0],
        "database": node.get("database"),
        "schema": node.get("schema"),
        "alias": node.get("identifier"),
        "identifier": node.get("identifier"),
        "config": ReadOnlyRecord({"materialized": node.get("materialized"), "enabled": True}),
        "depends_on": ReadOnlyRecord({"nodes": [], "macros": []}),
    }
    return ReadOnlyRecord({**fields, "tags": [], "meta": {}, "columns": {}})
