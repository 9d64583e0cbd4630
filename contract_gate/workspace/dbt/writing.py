"""What a run of dbt does to rows that are there already: how new ones are merged in, and hooks that write.

https://docs.getdbt.com/docs/build/incremental-strategy, https://docs.getdbt.com/docs/build/snapshots
"""

import re
from collections.abc import Iterable

from contract_gate.core.world import ModelKind
from contract_gate.sql.comments import on_one_line
from contract_gate.workspace.content import may_write
from contract_gate.workspace.dbt.hooks import hook_texts
from contract_gate.workspace.dbt.nodes import Node
from contract_gate.workspace.dbt.settings import HOOKS
from contract_gate.workspace.documents import Plain

_INCREMENTAL = (
    "incremental_predicates", "predicates", "merge_update_columns", "merge_exclude_columns", "event_time", "batch_size",
    "lookback", "begin",
)  # fmt: skip
_PARTITIONS = ("partition_by", "partitioned_by", "partitions")
_SNAPSHOT = ("updated_at", "check_cols", "invalidate_hard_deletes", "hard_deletes", "dbt_valid_to_current")
_MERGING_BY_DEFAULT = frozenset({"snowflake", "bigquery", "databricks"})


def merging(node: Node, adapter: str) -> str | None:
    """Spell how rows are merged into those of earlier runs; None for what is built anew each time."""
    config = node.config
    key = _spelled(config.get("unique_key"))
    if node.kind is ModelKind.SNAPSHOT:
        strategy, others = _spelled(config.get("strategy")) or "timestamp", _given(node, _SNAPSHOT)
    elif node.materialized == "incremental":
        strategy = _strategy(_spelled(config.get("incremental_strategy")), key, adapter)
        others = _given(node, _INCREMENTAL)
        if strategy == "insert_overwrite":
            # It replaces partitions, and asks for no key.
            key, others = "", [*others, *_given(node, _PARTITIONS)]
    else:
        return None
    return " ".join([strategy, *([f"by {key}"] if key else []), *others])


def writing_hooks(node: Node) -> tuple[str, ...]:
    """Give the hooks that may change rows, as they are written; rights and maintenance are left out."""
    hooks = [on_one_line(text) for name in HOOKS for text in hook_texts(node.config, name)]
    header = _spelled(node.config.get("sql_header"))
    settings = (header,) if header and not makes_names(header) else ()
    return (*(text for text in hooks if may_write(text)), *settings)


def makes_names(header: str) -> bool:
    """Tell whether the statements before a query make what it names: functions and variables. Others are settings."""
    return _NAMES.search(header) is not None


_NAMES = re.compile(r"\b(?:function|macro|declare)\b", re.IGNORECASE)


def _given(node: Node, names: Iterable[str]) -> list[str]:
    return [f"{name} {spelled}" for name in names if (spelled := _spelled(node.config.get(name)))]


def _strategy(given: str, key: str, adapter: str) -> str:
    chosen = given or ("merge" if adapter in _MERGING_BY_DEFAULT else "delete+insert" if key else "append")
    # Without a key there is nothing to find the former rows by: they are only added to.
    return "append" if not key and chosen in ("merge", "delete+insert") else chosen


def _spelled(value: Plain) -> str:
    if isinstance(value, list):
        return ", ".join(_spelled(each) for each in value)
    return "" if value is None or value is False else on_one_line(str(value))
