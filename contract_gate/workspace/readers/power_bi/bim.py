"""`model.bim`: a whole model as JSON, which Tabular Editor, Visual Studio and Power BI projects before TMDL write.

https://learn.microsoft.com/en-us/analysis-services/tmsl/tables-object-tmsl. An expression is a text, or a list of its lines.
"""

from collections.abc import Iterator

from contract_gate.workspace.readers.json_text import Json, JsonObject, JsonText, read_json, texts_in
from contract_gate.workspace.readers.power_bi.model import BiModel, BiScript, BiTable


def read_bim(text: str) -> BiModel:
    """Give the tables and the shared expressions of a model. UnreadableReaderError where it is no JSON."""
    document = read_json(text)
    model = document.get("model") if isinstance(document, JsonObject) else None
    if not isinstance(model, JsonObject):
        return BiModel()
    return BiModel(
        tables=tuple(_table(each) for each in model.nodes("tables")),
        expressions=tuple(
            script for each in model.nodes("expressions") for script in _script(each, each.get("expression"))
        ),
    )


def _table(table: JsonObject) -> BiTable:
    columns = (column.get("sourceColumn") for column in table.nodes("columns"))
    return BiTable(
        name=table.text("name"),
        line=table.line,
        scripts=tuple(script for each in table.nodes("partitions") for script in _partition(each)),
        columns=tuple((each.text, each.line) for each in columns if isinstance(each, JsonText)),
    )


def _partition(partition: JsonObject) -> Iterator[BiScript]:
    match source := partition.get("source"):
        case JsonObject() if entity := source.text("entityName"):
            named = tuple(name for name in (source.text("schemaName"), entity) if name)
            yield BiScript(name=partition.text("name"), text="", lines=(source.line,), entity=named)
        case JsonObject():
            yield from _script(partition, source.get("expression"))
            yield from _script(partition, source.get("query"), is_sql=True)


def _script(named: JsonObject, written: Json, *, is_sql: bool = False) -> Iterator[BiScript]:
    pieces = texts_in(written)
    if pieces:
        lines = [piece.line for piece in pieces for _ in range(piece.text.count("\n") + 1)]
        text = "\n".join(piece.text for piece in pieces)
        yield BiScript(name=named.text("name"), text=text, lines=tuple(lines), is_sql=is_sql)
