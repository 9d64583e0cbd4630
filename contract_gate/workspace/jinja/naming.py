"""dbt's default naming macros: which database, schema and name a node's relation gets.

https://docs.getdbt.com/docs/build/custom-schemas
"""

# ruff: noqa: ARG001 - the signatures are dbt's

from collections.abc import Callable, Mapping

from contract_gate.workspace.jinja.rendering import Rendering


def function(name: str, rendering: Rendering) -> Callable[..., object] | None:
    """Give a naming macro (with or without `default__`), None where dbt has none of this name."""
    target = rendering.project.target
    bare = name.removeprefix("default__")

    def schema_name(custom_schema_name: object = None, node: object = None) -> str:
        default = str(target.get("schema") or "")
        return default if not custom_schema_name else f"{default}_{str(custom_schema_name).strip()}"

    def schema_name_for_env(custom_schema_name: object = None, node: object = None) -> str:
        default = str(target.get("schema") or "")
        is_production = target.get("name") == "prod" and custom_schema_name
        return str(custom_schema_name).strip() if is_production else default

    def database_name(custom_database_name: object = None, node: object = None) -> object:
        return str(custom_database_name).strip() if custom_database_name else target.get("database")

    def alias_name(custom_alias_name: object = None, node: object = None) -> str:
        if custom_alias_name:
            return str(custom_alias_name).strip()
        fields = node if isinstance(node, Mapping) else {}
        name, version = str(fields.get("name", "")), fields.get("version")
        return f"{name}_v{str(version).replace('.', '_')}" if version else name

    functions: dict[str, Callable[..., object]] = {
        "generate_schema_name": schema_name,
        "generate_schema_name_for_env": schema_name_for_env,
        "generate_database_name": database_name,
        "generate_alias_name": alias_name,
    }
    return functions.get(bare)
