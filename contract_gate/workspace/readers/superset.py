"""Superset's exports: datasets with their SQL, columns and metrics, and the charts and dashboards over them.

A dataset names a relation; charts name a dataset and dashboards charts, both by `uuid`:
https://superset.apache.org/docs/configuration/importing-exporting-datasources/
"""

import re
from collections.abc import Collection, Iterator, Mapping

from contract_gate.core.values import dataclass
from contract_gate.workspace.dialects import product_dialect
from contract_gate.workspace.documents import Entry
from contract_gate.workspace.files import YAML, Files, read_texts
from contract_gate.workspace.readers.queries import parsed, query_of_yaml, quoted, relation
from contract_gate.workspace.readers.values import FileReader, ReaderQuery, UnreadableReaderError

_ADDRESS = re.compile(r"^sqlalchemy_uri:\s*['\"]?(\w+)", re.MULTILINE)
_COLUMN_KEYS = frozenset({
    "groupby", "groupbyColumns", "groupbyRows", "columns", "all_columns", "all_columns_x", "all_columns_y",
    "granularity_sqla", "x_axis", "entity", "series", "subject", "column_name", "metric", "metrics",
    "metric_2", "percent_metrics", "secondary_metric", "timeseries_limit_metric", "size", "x", "y",
})  # fmt: skip
"""The settings of a chart whose texts are names of columns or of the dataset's metrics."""
_DEEPEST = 40
_DATASETS, _CHARTS, _DASHBOARDS = "/datasets/", "/charts/", "/dashboards/"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dataset:
    """What stands after FROM, and the expressions that charts mean by a name (None: a plain column)."""

    source: str
    names: Mapping[str, str | None]
    path: str


def read(path: str, text: str, files: Files) -> tuple[FileReader, ...]:
    """Give the dataset of a file, the charts over it and the dashboards that show these."""
    root = parsed(text)
    if root is None or (name := root.text("table_name")) is None or (identity := root.text("uuid")) is None:
        return ()
    dialect = _dialect(root.text("database_uuid"), files)
    columns, metrics = root.list_of("columns"), root.list_of("metrics")
    virtual = root.get("sql")
    is_virtual = virtual is not None and bool((virtual.scalar or "").strip())
    dataset = _Dataset(
        source=f"({root.text('sql')})"
        if is_virtual
        else relation(root.text("catalog"), root.text("schema"), name),
        names={
            named: each.text("expression")
            for key, each in [
                *(("column_name", each) for each in columns),
                *(("metric_name", each) for each in metrics),
            ]
            if (named := each.text(key)) is not None
        },
        path=path,
    )
    read = [
        (named, each.line)
        for each in (*columns, *metrics)
        if (named := each.text("column_name") or each.text("metric_name"))
    ]
    queries = (
        (query_of_yaml(virtual),) if is_virtual and virtual is not None else _over(dataset, read, path="")
    )
    own = FileReader(noun="dataset", name=name, queries=queries, dialect=dialect)
    return (own, *_charts(dataset, identity, dialect, files))


def _over(dataset: _Dataset, named: list[tuple[str, int]], path: str) -> tuple[ReaderQuery, ...]:
    """Write names and expressions over a dataset, each as a query of its own."""
    found = []
    for name, line in named:
        expression = dataset.names.get(name)
        text = expression if expression else quoted(name) if name in dataset.names else name
        sql = f"SELECT {text}\nFROM {dataset.source} AS dataset_"
        found.append(ReaderQuery(sql=sql, line=line, lines=(line,) * (sql.count("\n") + 1), path=path))
    return tuple(found)


def _dialect(database: str | None, files: Files) -> str | None:
    places = [path for path in files.paths() if "/databases/" in f"/{path}" and path.endswith(YAML)]
    for text in read_texts(files, places).values():
        found = _ADDRESS.search(text) if database is not None and database in text else None
        if found is not None:
            return product_dialect(found[1])
    return None


def _charts(dataset: _Dataset, identity: str, dialect: str | None, files: Files) -> Iterator[FileReader]:
    paths = [path for path in files.paths() if path.endswith(YAML)]
    dashboards = read_texts(files, _beside(dataset.path, _DASHBOARDS, paths))
    for path, text in read_texts(files, _beside(dataset.path, _CHARTS, paths)).items():
        if identity not in text:
            continue
        try:
            root = parsed(text)
        except UnreadableReaderError:
            # The dataset is told by itself.
            continue
        if root is None or root.text("dataset_uuid") != identity:
            continue
        name, settings = root.text("slice_name"), root.get("params")
        if name is None or settings is None:
            continue
        queries = _over(dataset, list(dict(_read(settings, dataset, "", _DEEPEST)).items()), path)
        owner = root.text("certified_by")
        yield FileReader(
            noun="chart", name=name.strip(), path=path, queries=queries, dialect=dialect, owners=(owner,) if owner else ()
        )  # fmt: skip
        yield from _shown(root.text("uuid"), queries, dialect, dashboards)


def _beside(dataset: str, folder: str, paths: Collection[str]) -> list[str]:
    """The files of a folder of the same export; those of all exports where each holds one asset alone."""
    root = f"/{dataset}".rpartition(_DATASETS)[0] + folder
    found = [path for path in paths if folder in f"/{path}"]
    return [path for path in found if f"/{path}".startswith(root)] or found


def _read(entry: Entry, dataset: _Dataset, key: str, depth: int) -> Iterator[tuple[str, int]]:
    """Give the columns, metrics and expressions that a chart's settings name."""
    if depth == 0:
        return
    text = entry.scalar
    if text is not None and not entry.is_null:
        if key == "sqlExpression" or (key in _COLUMN_KEYS and text in dataset.names):
            yield text, entry.line
        return
    for item in entry.items():
        yield from _read(item, dataset, key, depth - 1)
    for name, value in entry.entries():
        yield from _read(value, dataset, name, depth - 1)


def _shown(
    chart: str | None, queries: tuple[ReaderQuery, ...], dialect: str | None, dashboards: Mapping[str, str]
) -> Iterator[FileReader]:
    for path, text in dashboards.items():
        title = _TITLE.search(text) if chart is not None and chart in text else None
        if title is not None:
            yield FileReader(noun="dashboard", name=title[1], path=path, queries=queries, dialect=dialect)


_TITLE = re.compile(r"^dashboard_title:\s*['\"]?(.+?)['\"]?\s*$", re.MULTILINE)
