"""What names columns beside a Dataform action's query: its key, partitions and clusters, and its operations.

https://cloud.google.com/dataform/docs/reference/dataform-configs-reference. Assertions are actions of their own: Dataform
runs each as a query over the table, and so they are written here.
"""

from collections.abc import Iterator, Mapping

from contract_gate.core.world import Companion
from contract_gate.workspace.dataform.actions import Action
from contract_gate.workspace.dataform.rendering import Context, render_block
from contract_gate.workspace.dataform.values import Value, to_text

_OPERATIONS = (("pre_operations", "preOps"), ("post_operations", "postOps"))


def assertions_of(action: Action, written: str) -> Iterator[Action]:
    """Give the assertions that an action's settings make. `written` is the name of what it makes."""
    assertions = action.config.get("assertions")
    if not isinstance(assertions, dict):
        return
    given = assertions.get("rowConditions")
    conditions = [text for text in given if isinstance(text, str)] if isinstance(given, list) else []
    conditions += [f"{column} IS NOT NULL" for column in _texts(assertions.get("nonNull"))]
    if conditions:
        tests = ") AND (".join(conditions)
        sql = f"SELECT 1 AS failed FROM {written} WHERE NOT (({tests}))"  # noqa: S608 - parsed, never run
        yield _assertion(action, "row_conditions", sql)
    several = assertions.get("uniqueKeys")
    keys = [assertions.get("uniqueKey"), *(several if isinstance(several, list) else ())]
    # In YAML each key is under a name of its own.
    keys = [key.get("uniqueKey") if isinstance(key, dict) else key for key in keys]
    for number, columns in enumerate(filter(None, map(_texts, keys))):
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
    yield from _operations(action, context)


def _operations(action: Action, context: Context) -> Iterator[Companion]:
    for block_name, setting in _OPERATIONS:
        what = f"its {block_name.replace('_', ' ')}"
        blocks = action.sqlx.others.get(block_name, ()) if action.sqlx is not None else ()
        for number, block in enumerate(blocks, 1):
            sql = render_block(block, action, context)
            yield Companion(
                what=what if number == 1 else f"{what} ({number})", sql=sql, path=action.path, line=block.line,
                holes=tuple(context.holes),
            )  # fmt: skip
        given = action.config.get(setting)
        texts = given if isinstance(given, list) else [given]
        sql = ";\n".join(to_text(text) for text in texts if isinstance(text, str))
        if sql:
            yield Companion(what=f"its {setting}", sql=sql, path=action.path, line=action.line)


def _keys(config: Mapping[str, Value]) -> Iterator[tuple[str, tuple[str, ...]]]:
    warehouse = config.get("bigquery")
    inner = warehouse if isinstance(warehouse, dict) else {}
    yield "uniqueKey", _texts(config.get("uniqueKey"))
    for name in ("partitionBy", "clusterBy"):
        yield name, _texts(inner.get(name) or config.get(name))


def _assertion(action: Action, name: str, sql: str) -> Action:
    return Action(
        path=action.path, line=action.line, name=f"{action.name}_{name}", type="assertion", text=sql
    )


def _texts(value: Value) -> tuple[str, ...]:
    if isinstance(value, str) and value.strip():
        return (value,)
    if isinstance(value, list):
        return tuple(item for item in value if isinstance(item, str) and item.strip())
    return ()
