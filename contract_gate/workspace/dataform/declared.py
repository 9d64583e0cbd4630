"""What the settings of an action say of its relation: constraints, how new rows are taken, statements beside the query, tags."""

from collections.abc import Iterator, Mapping

from contract_gate.core.world import Constraint, ConstraintKind
from contract_gate.sql.comments import on_one_line
from contract_gate.sql.names import fold_column
from contract_gate.workspace.content import may_write
from contract_gate.workspace.dataform.actions import Action, texts_of
from contract_gate.workspace.dataform.rendering import Context, operation_text
from contract_gate.workspace.dataform.values import Value


def hooks_of(action: Action, context: Context) -> tuple[str, ...]:
    """Give the operations beside the query that may change rows."""
    texts = (operation_text(each, action, context) for each in action.operations())
    return tuple(on_one_line(text) for text in texts if may_write(text))


def tags_of(action: Action) -> tuple[str, ...]:
    """Give the tags: a list, or one alone."""
    return texts_of(action.config.get("tags"))


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


def merging_of(action: Action, dialect: str) -> str | None:
    """Spell how an incremental table takes new rows: added, or in place of those with the same key."""
    if action.type != "incremental":
        return None
    keys = [fold_column(name, False, dialect) for name in texts_of(action.config.get("uniqueKey"))]
    return f"merge by {', '.join(keys)}" if keys else "append"


def constraints_of(action: Action, dialect: str) -> Iterator[Constraint]:
    """Give what its assertions say of its columns."""
    assertions = action.config.get("assertions")
    if not isinstance(assertions, dict):
        return
    named = [(ConstraintKind.UNIQUE, columns) for columns in unique_keys(assertions)]
    named += [(ConstraintKind.NOT_NULL, (column,)) for column in texts_of(assertions.get("nonNull"))]
    for kind, columns in named:
        yield Constraint(kind=kind, columns=tuple(fold_column(name, False, dialect) for name in columns))


def unique_keys(assertions: Mapping[str, Value]) -> Iterator[tuple[str, ...]]:
    """Give the columns of each key that assertions check: one, or several, which in YAML stand under a name each."""
    several = assertions.get("uniqueKeys")
    keys = [assertions.get("uniqueKey"), *(several if isinstance(several, list) else ())]
    return filter(None, (texts_of(key.get("uniqueKey") if isinstance(key, dict) else key) for key in keys))
