"""What names columns beside a Dataform action's query: its key, partitions and clusters, and its operations.

https://cloud.google.com/dataform/docs/reference/dataform-configs-reference. Assertions are actions of their own: Dataform
runs each as a query over the table, and so they are written here.
"""

from collections.abc import Iterator, Mapping

from contract_gate.core.world import Companion
from contract_gate.workspace.dataform.actions import Action, texts_of
from contract_gate.workspace.dataform.declared import unique_keys
from contract_gate.workspace.dataform.rendering import Context, render_operation
from contract_gate.workspace.dataform.values import Value


def assertions_of(action: Action, written: str) -> Iterator[Action]:
    """Give the assertions that an action's settings make. `written` is the name of what it makes."""
    assertions = action.config.get("assertions")
    if not isinstance(assertions, dict):
        return
    conditions = [*texts_of(assertions.get("rowConditions"))]
    conditions += [f"{column} IS NOT NULL" for column in texts_of(assertions.get("nonNull"))]
    if conditions:
        tests = ") AND (".join(conditions)
        sql = f"SELECT 1 AS failed FROM {written} WHERE NOT (({tests}))"  # noqa: S608 - parsed, never run
        yield _assertion(action, "row_conditions", sql)
    for number, columns in enumerate(unique_keys(assertions)):
        listed = ", ".join(columns)
        sql = f"SELECT {listed} FROM {written} GROUP BY {listed} HAVING COUNT(1) > 1"  # noqa: S608 - parsed, never run
        yield _assertion(action, f"unique_key_{number}", sql)


def companions_of(action: Action, context: Context) -> Iterator[Companion]:
    """Give the settings of an action that name columns, and the operations before and after it."""
    target = context.written(context.target)
    for name, columns in _keys(action.config):
        if columns:
            sql = f"SELECT 1 AS one FROM {target} ORDER BY {', '.join(columns)}"  # noqa: S608 - parsed, never run
            yield Companion(what=f"its {name}", sql=sql, path=action.path, line=action.line)
    warehouse = action.config.get("bigquery")
    condition = warehouse.get("updatePartitionFilter") if isinstance(warehouse, dict) else None
    condition = condition or action.config.get("updatePartitionFilter")
    if isinstance(condition, str) and condition and action.type == "incremental":
        sql = f"SELECT 1 AS one FROM {target} WHERE {condition}"  # noqa: S608 - parsed, never run
        yield Companion(what="its updatePartitionFilter", sql=sql, path=action.path, line=action.line)
    for each in action.operations():
        sql = render_operation(each, action, context)
        yield Companion(
            what=f"its {each.name}", sql=sql, path=action.path, line=each.line, holes=tuple(context.holes)
        )


def _keys(config: Mapping[str, Value]) -> Iterator[tuple[str, tuple[str, ...]]]:
    warehouse = config.get("bigquery")
    inner = warehouse if isinstance(warehouse, dict) else {}
    yield "uniqueKey", texts_of(config.get("uniqueKey"))
    for name in ("partitionBy", "clusterBy"):
        yield name, texts_of(inner.get(name) or config.get(name))


def _assertion(action: Action, name: str, sql: str) -> Action:
    return Action(
        path=action.path, line=action.line, name=f"{action.name}_{name}", type="assertion", text=sql
    )
