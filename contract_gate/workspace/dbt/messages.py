"""What the child process is told of a node: dbt's names for its parts, as JSON."""

from contract_gate.workspace.dbt.nodes import Node
from contract_gate.workspace.jinja.wire import Message


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
        "tags": node.config.get("tags") or [],
        "meta": node.config.get("meta") or {},
    }


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
