"""dbt's default naming macros: which database, schema and name a node's relation gets.

https://docs.getdbt.com/docs/build/custom-schemas
"""

# ruff: noqa: ARG001, ARG005 - the signatures are dbt's

from collections.abc import Callable, Mapping

from contract_gate.workspace.jinja.rendering import Rendering
from contract_gate.workspace.jinja.resolution import alias_name, database_name, schema_name


def function(name: str, rendering: Rendering) -> Callable[..., object] | None:
    """Give a naming macro (with or without `default__`), None where dbt has none of this name."""
    target = rendering.project.target
    bare = name.removeprefix("default__")
    schema, database = str(target.get("schema") or ""), target.get("database")

    def schema_name_for_env(custom_schema_name: object = None, node: object = None) -> str:
        is_production = target.get("name") == "prod" and custom_schema_name
        return str(custom_schema_name).strip() if is_production else schema

    def alias(custom_alias_name: object = None, node: object = None) -> str:
        fields = node if isinstance(node, Mapping) else {}
        return alias_name(custom_alias_name, str(fields.get("name", "")), fields.get("version"))

    functions: dict[str, Callable[..., object]] = {
        "generate_schema_name": lambda custom_schema_name=None, node=None: schema_name(
            custom_schema_name, schema
        ),
        "generate_schema_name_for_env": schema_name_for_env,
        "generate_database_name": lambda custom_database_name=None, node=None: database_name(
            custom_database_name, database
        ),
        "generate_alias_name": alias,
    }
    return functions.get(bare)
