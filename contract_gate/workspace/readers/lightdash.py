"""Lightdash: the metrics, dimensions and joins in the `meta` of dbt's YAML, and charts as code.

https://docs.lightdash.com/references/metrics and …/dimensions. A column of the model is a dimension of its name; one that says so in its
`meta` is a reader of the column, as an explore does not compile without it. A chart names fields as `table_field`, a unit of time behind:
https://docs.lightdash.com/guides/developer/dashboards-as-code.
"""

import re
from collections.abc import Iterator

from contract_gate.workspace.documents import Entry
from contract_gate.workspace.files import Files
from contract_gate.workspace.readers.queries import of_columns, of_yaml, parsed, relation
from contract_gate.workspace.readers.tables import SemanticField, SemanticTable, query_of
from contract_gate.workspace.readers.values import FileReader

_VARIABLES = ("lightdash", "ld")
"""`${lightdash.parameters.x}`, `${ld.attributes.y}`: values of the person who asks."""
_FIELD = re.compile(r"[a-z_]\w*", re.IGNORECASE)
_UNIT = re.compile(r"_(?:raw|millisecond|second|minute|hour|day|week|month|quarter|year)(?:_\w+)?$")
_WITHOUT_COLUMN = ("number", "boolean", "string", "date")
"""Types of a metric that mean other metrics, and no column of the dimension where they stand."""


def read(_path: str, text: str, _files: Files) -> tuple[FileReader, ...]:
    """Give each metric, each dimension with SQL of its own and each join of a model; of a chart the fields of its own table."""
    root = parsed(text)
    if root is None:
        return ()
    if (shown := root.get("metricQuery")) is not None:
        return tuple(_chart(root, shown))
    models = [model for model in root.list_of("models") if model.text("name")]
    tables = {name: _table(model) for model in models if (name := model.text("name"))}

    def table(name: str) -> SemanticTable | None:
        return tables.get(name) or (None if name in _VARIABLES else _named(name, ()))

    found = []
    for model in models:
        own = tables[model.text("name") or ""]
        for noun, field in (*_of_columns(model), *_of_model(model)):
            if (query := query_of(field, own, table)) is not None:
                found.append(
                    FileReader(
                        noun=noun, name=f"{own.name}.{field.name}", line=field.line, queries=(query,),
                        is_anywhere=True, names_models=True,
                    )
                )  # fmt: skip
    return tuple(found)


def _chart(root: Entry, shown: Entry) -> Iterator[FileReader]:
    """A field that is no column at the base is a metric or a dimension of its own, which is told where it is declared."""
    table = root.text("tableName") or shown.text("exploreName") or ""
    named: dict[str, int] = {}
    pending = [shown]
    while pending:
        entry = pending.pop()
        field = (entry.scalar or "").removeprefix(f"{table}_")
        if field != entry.scalar and _FIELD.fullmatch(field):
            named.setdefault(field, entry.line)
            named.setdefault(_UNIT.sub("", field), entry.line)
        pending += entry.values()
    queries = tuple(of_columns(relation(table), [(name, line)], line) for name, line in sorted(named.items()))
    if table and queries:
        name = root.text("name") or root.text("slug") or table
        yield FileReader(noun="chart", name=name, queries=queries, is_anywhere=True, names_models=True)


def _table(model: Entry) -> SemanticTable:
    fields = (*_of_columns(model), *_of_model(model))
    return _named(model.text("name") or "", tuple(field for _, field in fields))


def _named(name: str, fields: tuple[SemanticField, ...]) -> SemanticTable:
    return SemanticTable(name=name, line=1, source=relation(name), fields=fields, has_columns=True)


def _meta(entry: Entry) -> Iterator[Entry]:
    """dbt 1.10 has `meta` under `config`."""
    return filter(None, (entry.get("meta"), entry.get("config", "meta")))


def _of_columns(model: Entry) -> Iterator[tuple[str, SemanticField]]:
    for column in model.list_of("columns"):
        own = "${TABLE}." + (column.text("name") or "")
        for meta in _meta(column):
            dimension = meta.get("dimension")
            if dimension is not None and dimension.is_mapping:
                yield "dimension", _field(column.text("name") or "", dimension, own)
            yield from _each("dimension", meta.fields("additional_dimensions"), "")
            yield from _each("metric", meta.fields("metrics"), own)


def _of_model(model: Entry) -> Iterator[tuple[str, SemanticField]]:
    for meta in _meta(model):
        yield from _each("metric", meta.fields("metrics"), "")
        for join in meta.list_of("joins"):
            if (condition := join.get("sql_on")) is not None:
                sql, line, _ = of_yaml(condition)
                name = join.text("join") or ""
                yield "join", SemanticField(name=name, line=join.line, expressions=((f"({sql})", line),))
        if (condition := meta.get("sql_filter") or meta.get("sql_where")) is not None:
            sql, line, _ = of_yaml(condition)
            yield "filter", SemanticField(name="sql_filter", line=line, expressions=((f"({sql})", line),))


def _each(
    noun: str, declared: Iterator[tuple[str, Entry]], column: str
) -> Iterator[tuple[str, SemanticField]]:
    for name, value in declared:
        default = column if value.text("type") not in _WITHOUT_COLUMN else ""
        yield noun, _field(name, value, default)


def _field(name: str, entry: Entry, column: str) -> SemanticField:
    written = entry.get("sql")
    sql, line, _ = of_yaml(written) if written is not None else (column, entry.line, ())
    filters = [
        ("${" + key + "}", item.line) for item in entry.list_of("filters") for key, _ in item.entries()
    ]
    own = ((sql, line),) if sql else ()
    return SemanticField(name=name, line=entry.line, expressions=(*own, *filters))
