"""What dbt requires of one declaration before it builds anything: words that it knows, settings that belong together.

https://docs.getdbt.com/reference/model-configs, https://docs.getdbt.com/reference/snapshot-configs,
https://docs.getdbt.com/reference/resource-properties/unit-tests
"""

from collections.abc import Iterator

from contract_gate.core.world import ModelKind
from contract_gate.workspace.dbt.contracts import is_enforced
from contract_gate.workspace.dbt.nodes import Node
from contract_gate.workspace.dbt.references import scan
from contract_gate.workspace.dbt.unit_tests import Fixtures
from contract_gate.workspace.documents import Entry

_ACCESS = frozenset({"private", "protected", "public"})
_BATCHES = ("hour", "day", "month", "year")
_KEEPING = ("append_new_columns", "fail")


def lacking(node: Node) -> Iterator[str]:
    """Say what a node lacks to be parsed, as a predicate to its name."""
    match node.kind:
        case ModelKind.MODEL:
            yield from _of_model(node)
        case ModelKind.SNAPSHOT:
            yield from _of_snapshot(node)
        case ModelKind.FUNCTION:
            yield from _of_function(node)
        case _:
            pass


def lacking_of_unit_test(entry: Entry, models: list[Node], fixtures: Fixtures) -> Iterator[str]:
    """Say what a unit test lacks. `models` are the versions of the one that it is of."""
    if not models:
        yield f"is of `{entry.text('model')}`, which there is not"
    expect = entry.get("expect")
    for rows in (*entry.list_of("given"), *([expect] if expect is not None else ())):
        if (name := rows.text("fixture")) and name not in fixtures:
            yield f"takes its rows from the fixture `{name}`, which there is not"
    asked = {item.scalar for item in entry.list_of("versions", "include")}
    if asked and models and asked.isdisjoint({node.version for node in models}):
        yield "is of versions that there are not"
    is_told = any(name == "is_incremental" for name, _ in entry.fields("overrides", "macros"))
    if not is_told and any("is_incremental" in scan(node.text or "").names for node in models):
        yield "does not say whether `is_incremental` is true (`overrides`)"


def _of_model(node: Node) -> Iterator[str]:
    config = node.config
    access = config.get("access")
    if isinstance(access, str) and access not in _ACCESS:
        yield f"has the access {access}, which dbt does not know"
    if access == "public" and node.materialized == "ephemeral":
        yield "is public and ephemeral: others can't read what is not there"
    if is_enforced(node) and not node.columns:
        yield "has an enforced contract that lists no columns"
    untyped = [column.name for column in node.columns if column.type is None] if is_enforced(node) else []
    if untyped:
        yield f"has an enforced contract that gives no type for {', '.join(untyped)}"
    if is_enforced(node) and node.is_python:
        yield "is a Python model, which no contract is enforced for"
    how = config.get("on_schema_change") or "ignore"
    if is_enforced(node) and node.materialized == "incremental" and how not in _KEEPING:
        yield f"has an enforced contract and `on_schema_change` {how}: dbt takes {' or '.join(_KEEPING)}"
    keys = {one.columns for one in node.constraints if one.type == "primary_key"}
    if is_enforced(node) and len(keys) > 1:
        yield "has several primary keys: one of several columns stands under the model"
    if node.materialized == "incremental" and config.get("incremental_strategy") == "microbatch":
        missing = [name for name in ("event_time", "begin", "batch_size") if not _gives(node, name)]
        if missing:
            yield f"is built batch by batch, and has no {', '.join(missing)}"
        elif config.get("batch_size") is not None and str(config.get("batch_size")) not in _BATCHES:
            yield f"has the batch_size {config.get('batch_size')}; there are {', '.join(_BATCHES)}"


def _gives(node: Node, name: str) -> bool:
    """Tell whether a setting is given: its value may be one that only a run knows, or a date that YAML reads as such."""
    return bool(node.config.get(name)) or name in scan(node.text or "").names


def _of_snapshot(node: Node) -> Iterator[str]:
    config, strategy = node.config, node.config.get("strategy")
    missing = [name for name in ("strategy", "unique_key") if not _gives(node, name)]
    if missing:
        yield f"is a snapshot without {' and '.join(missing)}"
    if strategy == "check" and not _gives(node, "check_cols"):
        yield "is a snapshot that checks columns, and names none (`check_cols`)"
    if (
        strategy == "check"
        and isinstance(config.get("check_cols"), str)
        and config.get("check_cols") != "all"
    ):
        yield "is a snapshot whose `check_cols` is neither a list nor `all`"
    if strategy == "timestamp" and not _gives(node, "updated_at"):
        yield "is a snapshot by time without `updated_at`"
    if strategy == "timestamp" and config.get("check_cols"):
        yield "is a snapshot by time that has `check_cols`"


def _of_function(node: Node) -> Iterator[str]:
    given = node.declared.field("arguments") if node.declared is not None else None
    arguments = [each for each in (given if isinstance(given, list) else ()) if isinstance(each, dict)]
    first = next(
        (n for n, each in enumerate(arguments) if each.get("default_value") is not None), len(arguments)
    )
    late = [str(each.get("name")) for each in arguments[first:] if each.get("default_value") is None]
    if late:
        yield f"takes {', '.join(late)} without a default behind one that has one"
