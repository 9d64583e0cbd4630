"""Rill's metrics views, the dimensions and measures over one model, and the dashboards that show them.

https://docs.rilldata.com/reference/project-files/metrics-views and …/explore-dashboards, …/canvas-dashboards
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from contract_gate.workspace.files import Files, read_texts
from contract_gate.workspace.readers.kinds import kind as of_kind
from contract_gate.workspace.readers.queries import of_yaml, parsed, relation
from contract_gate.workspace.readers.tables import SemanticField, SemanticTable, field_queries
from contract_gate.workspace.readers.values import FileReader

_WORD = re.compile(r"\w+")
_TYPE = re.compile(r"^(?:type|kind):\s*['\"]?(explore|canvas|alert|report)\b", re.MULTILINE)
_TITLE = re.compile(r"^(?:display_name|title):\s*['\"]?(.+?)['\"]?\s*$", re.MULTILINE)
_LISTS = re.compile(r"^[ \t]*(?:- )?(?:dimensions|measures|fields|columns):(?!\s*['\"]?\*)", re.MULTILINE)
_ALL = re.compile(r":\s*['\"]?\*|\b(?:exclude|regex|expr):")
_NOUNS = {"explore": "dashboard", "canvas": "dashboard", "alert": "alert", "report": "report"}


def read(path: str, text: str, files: Files) -> tuple[FileReader, ...]:
    """Give the metrics view of a file, and what shows it."""
    root = parsed(text)
    if root is None or (source := root.text("model") or root.text("table")) is None:
        return ()
    kind = root.text("type") or root.text("kind")
    # Before Rill said which kind a file is of, its folder did.
    if kind != "metrics_view" and (kind is not None or "/dashboards/" not in f"/{path}"):
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
    if (filtered := root.get("security", "row_filter")) is not None:
        sql, line, _ = of_yaml(filtered)
        fields.append(SemanticField(name="security", line=line, expressions=((f"({sql})", line),)))
    name = root.text("name") or PurePosixPath(path).stem
    table = SemanticTable(
        name=name, line=1, source=relation(root.text("database"), root.text("database_schema"), source), fields=tuple(fields)
    )  # fmt: skip
    title = root.text("display_name") or root.text("title") or name
    view = FileReader(
        noun="metrics view", name=title, queries=field_queries(table, lambda _: None), is_anywhere=True
    )
    return (view, *_shown(table, path, files))


def _shown(table: SemanticTable, path: str, files: Files) -> Iterator[FileReader]:
    """Give the dashboards, alerts and reports over a metrics view: each reads the fields that it names, all where it says so."""
    meant = re.compile(rf"\bmetrics_view:\s*['\"]?{re.escape(table.name)}['\"]?\s*$", re.MULTILINE)
    claims = of_kind("rill").claims
    places = (each for each in files.paths() if claims(each) and each != path)
    for place, text in read_texts(files, places).items():
        kind = _TYPE.search(text) if meant.search(text) is not None else None
        if kind is None:
            continue
        words = set(_WORD.findall(text))
        is_whole = _ALL.search(text) is not None or _LISTS.search(text) is None
        fields = tuple(field for field in table.fields if is_whole or field.name in (*words, "timeseries"))
        queries = field_queries(replace(table, fields=fields), lambda _: None)
        title = _TITLE.search(text)
        yield FileReader(
            noun=_NOUNS[kind[1]], name=title[1] if title is not None else PurePosixPath(place).stem,
            path=place, queries=tuple(replace(query, path=path) for query in queries), is_anywhere=True,
        )  # fmt: skip
