"""Enforced contracts as dbt reads them, and which of their constraints a warehouse checks.

https://docs.getdbt.com/reference/resource-properties/constraints#platform-specific-support
"""

from collections.abc import Callable, Mapping

from contract_gate.core.world import Contract, ModelKind, Promise
from contract_gate.workspace.dbt.nodes import Node
from contract_gate.workspace.dbt.settings import is_true
from contract_gate.workspace.documents import Plain

_ALL = frozenset({"not_null", "check", "unique", "primary_key", "foreign_key"})
_CHECKED: Mapping[str, frozenset[str]] = {
    "postgres": _ALL,
    "duckdb": _ALL,
    "sqlite": _ALL,
    "oracle": _ALL,
    "sqlserver": _ALL,
    "databricks": frozenset({"not_null", "check"}),
    "clickhouse": frozenset({"not_null", "check"}),
    **dict.fromkeys(("spark", "athena", "fabricspark", "glue", "impala"), frozenset()),
}
"""Adapter → the constraints that its warehouse refuses rows for, as `CONSTRAINT_SUPPORT` of the adapter says and its macros write
them. The others check for NULL alone.
"""
_OTHERS = frozenset({"not_null"})


def is_enforced(node: Node) -> bool:
    """Tell whether dbt holds the model to its declared columns."""
    contract = node.config.get("contract")
    return isinstance(contract, dict) and is_true(contract.get("enforced", False))


def has_constraints(node: Node) -> bool:
    """Tell whether dbt writes a model's constraints into its table. Of a view, or without a contract, it leaves them out."""
    return is_enforced(node) and node.materialized in ("table", "incremental")


def never_null(node: Node, adapter: str, fold: Callable[[str], str]) -> frozenset[str]:
    """Give the columns in which the warehouse takes no NULL. BigQuery takes one in a key, which is information there."""
    if not has_constraints(node) or "not_null" not in _CHECKED.get(adapter, _OTHERS):
        return frozenset()
    kinds = {"not_null"} if adapter == "bigquery" else {"not_null", "primary_key"}
    return frozenset(
        fold(column)
        for declared in node.constraints
        if declared.type.lower() in kinds
        for column in declared.columns
    )


def contract_of(node: Node, adapter: str, fold: Callable[[str], str]) -> Contract | None:
    """Give the enforced contract of a model, None where it has none."""
    if node.kind is not ModelKind.MODEL or not is_enforced(node):
        return None
    checked = _CHECKED.get(adapter, _OTHERS)
    return Contract(
        checked=tuple(
            Promise(
                type=declared.type.lower(),
                columns=tuple(fold(column) for column in declared.columns),
                expression=declared.expression,
            )
            for declared in node.constraints
            if declared.type.lower() in checked
        ),
        has_constraints=bool(node.constraints),
        version=node.version,
        retires=node.declared is not None and node.declared.field("deprecation_date") is not None,
    )


def refused_reference(group: Plain, target: Node) -> str | None:
    """Say why dbt does not let what is of a group refer to a model: it is private to another, or who asks is of none."""
    if target.kind is not ModelKind.MODEL or target.config.get("access") != "private":
        return None
    own = target.config.get("group")
    if group and group == own:
        return None
    of = f"the group {own}" if own else "models without a group"
    return f"`{target.name}` is private to {of}: dbt refuses the ref"
