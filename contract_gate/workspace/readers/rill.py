"""Rill's metrics views: the dimensions and measures over one model.

https://docs.rilldata.com/reference/project-files/metrics-views
"""

from contract_gate.workspace.files import Files
from contract_gate.workspace.readers.queries import of_yaml, parsed, relation
from contract_gate.workspace.readers.tables import SemanticField, SemanticTable, field_queries
from contract_gate.workspace.readers.values import FileReader, ReaderKind


def read(path: str, text: str, _files: Files) -> tuple[FileReader, ...]:
    """Give the metrics view of a file."""
    root = parsed(text)
    source = (root.text("model") or root.text("table")) if root is not None else None
    if root is None or source is None or (root.text("type") or root.text("kind")) != "metrics_view":
        return ()
    fields = []
    for key in ("dimensions", "measures"):
        for entry in root.list_of(key):
            written = entry.get("expression") or entry.get("column") or entry.get("property")
            if written is not None:
                sql, line, _ = of_yaml(written)
                fields.append(
                    SemanticField(name=entry.text("name") or "", line=line, expressions=((sql, line),))
                )
    time = root.get("timeseries")
    if time is not None and time.scalar is not None:
        fields.append(
            SemanticField(name="timeseries", line=time.line, expressions=((time.scalar, time.line),))
        )
    name = path.rpartition("/")[2].rpartition(".")[0]
    table = SemanticTable(
        name=name, line=1, source=relation(root.text("database"), root.text("database_schema"), source), fields=tuple(fields)
    )  # fmt: skip
    title = root.text("display_name") or root.text("title") or name
    return (
        FileReader(
            noun="metrics view", name=title, queries=field_queries(table, lambda _: None), is_anywhere=True
        ),
    )


KIND = ReaderKind(
    name="rill", claims=lambda path: path.endswith((".yaml", ".yml")), read=read, marks=(b"metrics_view",)
)
