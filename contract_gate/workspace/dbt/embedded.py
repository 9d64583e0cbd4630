"""Semantic models and metrics that stand in a model's own YAML: dbt's latest spec, of dbt 1.12.

https://docs.getdbt.com/docs/build/latest-metrics-spec. Measures are gone: a simple metric reads the model's columns itself.
"""

from collections.abc import Callable, Iterable, Iterator

from contract_gate.core.world import ColumnRead
from contract_gate.workspace.documents import Entry

SECTION = "embedded"
"""The section that an entry of `models:` with a semantic model goes by."""
_KINDS = ("entity", "dimension")
ColumnsOf = Callable[[Entry], Iterator[tuple[str, int]]]
"""Gives the columns of an item's expression, or of its name, with their lines."""


def is_embedded(entry: Entry) -> bool:
    """Tell whether a model's YAML declares a semantic model or metrics."""
    semantic = entry.get("semantic_model")
    if semantic is not None and (semantic.scalar == "false" or semantic.text("enabled") == "false"):
        return False
    return any(entry.get(key) is not None for key in ("semantic_model", "metrics", "derived_semantics"))


def name_of(entry: Entry) -> str:
    """Give the semantic model's name: its own, else the model's."""
    return entry.text("semantic_model", "name") or entry.text("name") or ""


def items_of(entry: Entry) -> Iterator[tuple[str, Entry, Entry]]:
    """Give the entities and dimensions: name, what declares it, and the entry whose column or expression it is."""
    for column in entry.list_of("columns"):
        for kind in _KINDS:
            declared = column.get(kind)
            if declared is not None:
                yield declared.text("name") or column.text("name") or "", declared, column
    for section in ("entities", "dimensions"):
        for item in entry.list_of("derived_semantics", section):
            yield item.text("name") or "", item, item


def model_reads(entry: Entry, key: str, columns_of: ColumnsOf) -> Iterator[ColumnRead]:
    """Give the columns of the model that its entities and dimensions are made of."""
    for name, _, item in items_of(entry):
        for column, line in columns_of(item):
            yield ColumnRead(key=key, column=column, line=line, item=name)


def metric_reads(metric: Entry, entry: Entry, key: str, columns_of: ColumnsOf) -> Iterator[ColumnRead]:
    """Give the columns of the model that a simple metric aggregates, and those of the dimensions that it is summed up by, or not."""
    if metric.get("agg") is None and metric.text("type") not in (None, "simple"):
        return
    for column, line in columns_of(metric):
        yield ColumnRead(key=key, column=column, line=line)
    date = metric.text("agg_time_dimension") or entry.text("agg_time_dimension")
    named = {date, metric.text("non_additive_dimension", "name")} - {None}
    for name, _, item in items_of(entry):
        if not named.isdisjoint((name, item.text("name"))):
            for column, line in columns_of(item):
                yield ColumnRead(key=key, column=column, line=line)


def named_metrics(metric: Entry) -> Iterator[tuple[str, int]]:
    """Give the metrics that an advanced metric is made of."""
    keys = ("numerator", "denominator", "input_metric", "base_metric", "conversion_metric")
    return named_entries((*filter(None, map(metric.get, keys)), *metric.list_of("input_metrics")))


def named_entries(parts: Iterable[Entry]) -> Iterator[tuple[str, int]]:
    """Give the names that entries are, or say of themselves, with their lines."""
    for part in parts:
        if name := part.scalar or part.text("name"):
            yield name, part.line
