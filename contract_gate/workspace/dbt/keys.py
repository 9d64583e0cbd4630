"""Columns that a model's settings name: keys, partitions, indexes, conditions of a merge. Each is written as a query.

https://docs.getdbt.com/reference/model-configs and the adapters' own: what is here fails in the warehouse, or in dbt's own
statement around the query, when the model gives no such column.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from contract_gate.core.values import dataclass
from contract_gate.core.world import Companion, ModelKind
from contract_gate.workspace.dbt.contracts import has_constraints
from contract_gate.workspace.dbt.nodes import Node
from contract_gate.workspace.dbt.references import scan
from contract_gate.workspace.documents import Plain

_EVENT_TIME = "event_time"
_STORED = frozenset({"table", "incremental", "materialized_view", "dynamic_table", "seed", "snapshot"})
_NO_COLUMN = frozenset(
    {"all", "even", "auto", "key", "none", "round_robin", "replicate", "random", "heap", "tuple()"}
)
_MERGE_ALIAS = re.compile(r"\bDBT_INTERNAL_(?:DEST|SOURCE)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Setting:
    """A setting that names columns: where it counts, and how its value is read."""

    name: str
    read: Callable[[Plain], Iterator[str]]
    applies: Callable[[Node, str], bool]


def keys_of(node: Node, config: Mapping[str, Plain], adapter: str, written: str) -> Iterator[Companion]:
    """Give the settings of a node that name columns of its own. `written` is its relation as templates print it."""
    for setting in _SETTINGS:
        value = config.get(setting.name)
        if value is None or not setting.applies(node, adapter):
            continue
        path, line = place_of(node, setting.name)
        listed = [text for text in setting.read(value) if text.strip()]
        if listed:
            yield Companion(
                what=f"its {setting.name}", sql=_query(setting.name, listed, written), path=path, line=line,
                runs=setting.name != _EVENT_TIME or is_microbatch(node, config),
            )  # fmt: skip


def is_microbatch(node: Node, config: Mapping[str, Plain]) -> bool:
    """Tell whether a model is built batch by batch: https://docs.getdbt.com/docs/build/incremental-microbatch"""
    return node.materialized == "incremental" and config.get("incremental_strategy") == "microbatch"


def batched(node: Node, upstream: Node, written: str) -> Iterator[Companion]:
    """Give the filter that dbt puts on what a microbatch model reads, by the `event_time` of that; others have none."""
    for column in _names(upstream.config.get(_EVENT_TIME)):
        path, line = place_of(node, "incremental_strategy")
        yield Companion(
            what=f"its batches' filter of `{upstream.name}`", sql=_query(_EVENT_TIME, [column], written), path=path,
            line=line,
        )  # fmt: skip


def constraints_of(node: Node, written: str) -> Iterator[tuple[str, int, str]]:
    """Give the constraints of an enforced contract as templates of queries, with the line of each and what it is.

    The warehouse makes the table with them: what they name must be there. Of a view they are left out.
    """
    if not has_constraints(node):
        return
    for number, constraint in enumerate(node.constraints, 1):
        what = f"its constraint {number} ({constraint.type})"
        columns = ", ".join(name for name in constraint.columns if name)
        if columns:
            yield what, constraint.line, f"select 1 as one from {written} order by {columns}"  # noqa: S608
        if constraint.type == "check" and constraint.expression:
            sql = f"select 1 as one from {written} where {constraint.expression}"  # noqa: S608 - parsed, never run
            yield f"{what} as an expression", constraint.line, sql
        if constraint.to and constraint.to_columns:
            listed = ", ".join(constraint.to_columns)
            sql = f"select 1 as one from {{{{ {constraint.to} }}}} order by {listed}"  # noqa: S608
            yield f"{what} on its other side", constraint.line, sql


def time_spine_of(node: Node, written: str) -> Iterator[Companion]:
    """Give the columns of a time spine: MetricFlow joins by them, the model itself is built without."""
    spine = node.declared.field("time_spine") if node.declared is not None else None
    if not isinstance(spine, dict) or node.declared is None:
        return
    others = spine.get("custom_granularities")
    listed = [spine.get("standard_granularity_column")]
    listed += [
        item.get("column_name") or item.get("name")
        for item in (others if isinstance(others, list) else ())
        if isinstance(item, dict)
    ]
    columns = [name for name in listed if isinstance(name, str)]
    if columns:
        sql = f"select 1 as one from {written} order by {', '.join(columns)}"  # noqa: S608 - parsed, never run
        path = node.declared_in or node.path
        yield Companion(what="its time_spine", sql=sql, path=path, line=node.declared.line, runs=False)


def _query(name: str, listed: list[str], written: str) -> str:
    if name not in ("incremental_predicates", "predicates"):
        return f"select 1 as one from {written} order by {', '.join(listed)}"  # noqa: S608 - parsed, never run
    conditions = " and ".join(f"({text})" for text in listed)
    sources = f"{written} as DBT_INTERNAL_DEST"
    if _MERGE_ALIAS.search(conditions):
        sources += f" cross join {written} as DBT_INTERNAL_SOURCE"
    return f"select 1 as one from {sources} where {conditions}"  # noqa: S608 - parsed, never run


def place_of(node: Node, name: str) -> tuple[str, int]:
    """Find where a setting is written: in the file's own `config`, else in its YAML; in a folder's settings: the model."""
    own = re.compile(rf"\b{name}\b")
    lines = (node.text or "").split("\n")
    found = next((number for number, text in enumerate(lines, 1) if own.search(text)), None)
    if found is not None and not node.is_python and name in scan(node.text or "").names:
        return node.path, found
    if node.declared is not None and node.declared_in is not None:
        return node.declared_in, node.declared.line
    return node.path, node.line


def _names(value: Plain) -> Iterator[str]:
    """Give the columns or expressions of a value: a text, or a list of them."""
    match value:
        case str():
            if value.strip().lower() not in _NO_COLUMN:
                yield value
        case list():
            for item in value:
                yield from _names(item)
        case _:
            pass


def _conditions(value: Plain) -> Iterator[str]:
    """A word alone is no condition: a project's own merge takes it for the name of the macro that makes one."""
    return (text for text in _names(value) if not text.strip().isidentifier())


def _checked(value: Plain) -> Iterator[str]:
    return _names(value) if value != "all" else iter(())


def _partitions(value: Plain) -> Iterator[str]:
    """BigQuery's names a field; with ingestion time it is a column that BigQuery adds."""
    match value:
        case {"field": str() as field, **others}:
            if not others.get("time_ingestion_partitioning"):
                yield field
        case {"fields": list() as fields}:
            yield from _names(fields)
        case _:
            yield from _names(value)


def _indexed(value: Plain) -> Iterator[str]:
    for index in value if isinstance(value, list) else ():
        if isinstance(index, dict):
            for name in ("columns", "key_columns"):
                yield from _names(index.get(name))


def _is_stored(node: Node, _adapter: str) -> bool:
    return node.materialized in _STORED


def _is_incremental(node: Node, _adapter: str) -> bool:
    return node.materialized == "incremental"


def _is_snapshot(node: Node, _adapter: str) -> bool:
    return node.kind is ModelKind.SNAPSHOT


def _is_merged(node: Node, adapter: str) -> bool:
    return _is_snapshot(node, adapter) or _is_incremental(node, adapter)


def _on(*adapters: str) -> Callable[[Node, str], bool]:
    return lambda node, adapter: adapter in adapters and node.materialized in _STORED


_SETTINGS = (
    _Setting(name="unique_key", read=_names, applies=_is_merged),
    _Setting(name="updated_at", read=_names, applies=_is_snapshot),
    _Setting(name="check_cols", read=_checked, applies=_is_snapshot),
    _Setting(name="merge_update_columns", read=_names, applies=_is_incremental),
    _Setting(name="incremental_predicates", read=_conditions, applies=_is_incremental),
    _Setting(name="predicates", read=_conditions, applies=_is_incremental),
    _Setting(name=_EVENT_TIME, read=_names, applies=lambda node, _: node.kind is not ModelKind.SOURCE),
    _Setting(name="partition_by", read=_partitions, applies=_is_stored),
    _Setting(name="partitioned_by", read=_names, applies=_is_stored),
    _Setting(name="cluster_by", read=_names, applies=_is_stored),
    _Setting(name="clustered_by", read=_names, applies=_is_stored),
    _Setting(name="bucketed_by", read=_names, applies=_is_stored),
    _Setting(name="liquid_clustered_by", read=_names, applies=_is_stored),
    _Setting(name="zorder", read=_names, applies=_is_stored),
    _Setting(name="dist", read=_names, applies=_on("redshift", "sqlserver", "synapse")),
    _Setting(name="sort", read=_names, applies=_on("redshift")),
    _Setting(name="indexes", read=_indexed, applies=_is_stored),
    _Setting(name="order_by", read=_names, applies=_on("clickhouse")),
    _Setting(name="primary_key", read=_names, applies=_on("clickhouse")),
    _Setting(name="sharding_key", read=_names, applies=_on("clickhouse")),
    _Setting(name="distributed_by", read=_names, applies=_on("greenplum", "starrocks", "doris")),
)  # fmt: skip
