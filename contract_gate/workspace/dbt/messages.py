"""What the child process is told of a node: dbt's names for its parts, as JSON."""

from collections.abc import Mapping

from contract_gate.workspace.dbt.nodes import Node
from contract_gate.workspace.dbt.settings import Settings
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


def described(node: Node) -> Message:
    """Give a node as templates see it (dbt's `model`)."""
    return {
        **identity(node),
        "database": node.database,
        "schema": node.schema,
        "alias": node.identifier,
        "identifier": node.identifier,
        "description": "",
        "columns": {
            column.name: {"name": column.name, "data_type": column.type, "meta": {}}
            for column in node.columns
        },
        "depends_on": {"nodes": [], "macros": []},
    }


def plain_table(message: Message) -> Settings:
    """Give a table of a reply as settings."""
    return {key: _plain(value) for key, value in message.items()}


def _plain(value: Json) -> Plain:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
