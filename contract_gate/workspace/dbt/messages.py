"""What the child process is told of a node: dbt's names for its parts, as JSON."""

from collections.abc import Mapping

from contract_gate.workspace.dbt.nodes import Node
from contract_gate.workspace.documents import Plain
from contract_gate.workspace.jinja.wire import Json, Message


def identity(node: Node) -> Message:
    """Give what of a node holds before it is named, as templates see it (the first part of dbt's `model`)."""
    return {
        "key": node.key,
        "unique_id": node.key,
        "name": node.name,
        "package": node.package,
        "package_name": node.package,
        "resource_type": node.kind.value,
        "fqn": list(node.fqn),
        "path": node.path,
        "original_file_path": node.path,
        "version": node.version,
        "tags": as_json(node.config.get("tags")) or [],
        "meta": as_json(node.config.get("meta")) or {},
    }


def as_json(value: Plain | Mapping[str, Plain]) -> Json:
    """Turn what YAML held into JSON."""
    if isinstance(value, Mapping):
        return {str(key): as_json(item) for key, item in value.items()}
    return [as_json(item) for item in value] if isinstance(value, list) else value
