"""What the settings of an action say of its relation: constraints, how new rows are taken, statements beside the query, tags."""

from collections.abc import Iterator

from contract_gate.core.world import Constraint, ConstraintKind
from contract_gate.sql.comments import on_one_line
from contract_gate.workspace.content import may_write
from contract_gate.workspace.dataform.actions import Action
from contract_gate.workspace.dataform.values import Value


def hooks_of(action: Action) -> tuple[str, ...]:
    """Give the operations beside the query that may change rows, as they are written."""
    others = action.sqlx.others if action.sqlx is not None else {}
    blocks = (block for name in ("pre_operations", "post_operations") for block in others.get(name, ()))
    return tuple(on_one_line(block.text) for block in blocks if may_write(block.text))


def tags_of(action: Action) -> tuple[str, ...]:
    """Give the tags: a list, or one alone."""
    given = action.config.get("tags")
    return tuple(one for one in (given if isinstance(given, list) else [given]) if isinstance(one, str))


def on_schema_change_of(action: Action) -> str | None:
    """Say what an incremental table does with other columns: Dataform inserts into those that the table has.

    https://cloud.google.com/dataform/docs/reference/dataform-core-reference#onschemachange
    """
    if action.type != "incremental":
        return None
    given = (action.setting("onSchemaChange") or "IGNORE").upper()
    return {"EXTEND": "append_new_columns", "SYNCHRONIZE": "sync_all_columns", "FAIL": "fail"}.get(
        given, "ignore"
    )


def merging_of(action: Action) -> str | None:
    """Spell how an incremental table takes new rows: added, or in place of those with the same key."""
    if action.type != "incremental":
        return None
    keys = _texts(action.config.get("uniqueKey"))
    return f"merge by {', '.join(keys)}" if keys else "append"


def constraints_of(action: Action) -> Iterator[Constraint]:
    """Give what its assertions say of its columns."""
    assertions = action.config.get("assertions")
    if not isinstance(assertions, dict):
        return
    if columns := _texts(assertions.get("uniqueKey")):
        yield Constraint(kind=ConstraintKind.UNIQUE, columns=columns)
    keys = assertions.get("uniqueKeys")
    for columns in map(_texts, keys if isinstance(keys, list) else ()):
        if columns:
            yield Constraint(kind=ConstraintKind.UNIQUE, columns=columns)
    for column in _texts(assertions.get("nonNull")):
        yield Constraint(kind=ConstraintKind.NOT_NULL, columns=(column,))


def _texts(value: Value) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value.lower(),)
    if isinstance(value, list):
        return tuple(item.lower() for item in value if isinstance(item, str))
    return ()
