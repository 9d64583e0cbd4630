"""Grafana dashboards: the SQL of panels, variables and annotations, with Grafana's macros told in SQL.

Reference: https://grafana.com/docs/grafana/latest/datasources/postgres/ (macros); the plugins' pages for the keys of queries.
"""

import re
from collections.abc import Iterator

from contract_gate.core.values import dataclass, replace
from contract_gate.workspace.dialects import product_dialect
from contract_gate.workspace.files import Files
from contract_gate.workspace.readers.json_text import Json, JsonObject, JsonText, read_json
from contract_gate.workspace.readers.queries import is_query
from contract_gate.workspace.readers.values import FileReader, ReaderQuery

_SQL_KEYS = (
    "rawSql",
    "rawSQL",
    "rawSqlQuery",
    "rawQueryText",
    "queryText",
    "rawQuery",
    "query",
    "definition",
)
_OTHER_LANGUAGES = ("query", "definition")
"""Keys that hold InfluxQL and others as well: SQL where the data source says so."""
_PARTS = ("panels", "rows", "templating", "elements", "annotations")
_NOUNS = {"templating": "variable", "variables": "variable", "annotations": "annotation"}
_MACRO = re.compile(r"\$__?(\w+)\s*\(")
_BARE_MACRO = re.compile(r"\$__\w+|\$timeFilter\b")
_VARIABLE = re.compile(r"\$([A-Za-z]\w*)|\[\[([A-Za-z]\w*)(?::\w+)?\]\]|\$\{([A-Za-z]\w*)(?::[^{}]*)?\}")
_AS_TIME = ("time", "timeEpoch")


@dataclass(frozen=True, slots=True, kw_only=True)
class _PanelPlace:
    """Where in a dashboard something stands: the nearest title and its line, and the data source that is said above."""

    noun: str = "panel"
    title: str = ""
    line: int = 1
    source: str = ""


def read(_path: str, text: str, _files: Files) -> tuple[FileReader, ...]:
    """Give the readers of a dashboard's file."""
    return readers_in(text)


def readers_in(text: str) -> tuple[FileReader, ...]:
    """Give the panels, variables and annotations with SQL. What holds SQL is known by its key, in any of Grafana's schemas."""
    top = read_json(text)
    for wrapper in ("dashboard", "spec"):
        inner = top.get(wrapper) if isinstance(top, JsonObject) else None
        top = inner if isinstance(inner, JsonObject) else top
    if not isinstance(top, JsonObject) or not top.text("title") or not any(top.get(part) for part in _PARTS):
        return ()
    found: dict[_PanelPlace, list[ReaderQuery]] = {}
    for key, part in top.fields.items():
        for place, query in _queries(part, _PanelPlace(noun=_NOUNS.get(key, "panel"))):
            found.setdefault(place, []).append(query)
    return tuple(_reader(top.text("title"), place, queries) for place, queries in found.items())


def _reader(dashboard: str, place: _PanelPlace, queries: list[ReaderQuery]) -> FileReader:
    dialect = _dialect(place)
    return FileReader(
        noun=place.noun, name=f"{dashboard} › {place.title or f'line {place.line}'}", line=place.line, queries=tuple(queries), dialect=dialect
    )  # fmt: skip


def _queries(value: Json, place: _PanelPlace) -> Iterator[tuple[_PanelPlace, ReaderQuery]]:
    if isinstance(value, list):
        for item in value:
            yield from _queries(item, place)
    if not isinstance(value, JsonObject):
        return
    here = _inside(value, place)
    for key, inner in value.fields.items():
        if key in _SQL_KEYS and isinstance(inner, JsonText):
            if is_query(inner.text) and (key not in _OTHER_LANGUAGES or _dialect(here) is not None):
                sql = in_sql(inner.text.replace("\r\n", "\n"))
                yield here, ReaderQuery(sql=sql, line=inner.line, lines=(inner.line,) * (sql.count("\n") + 1))
        else:
            yield from _queries(inner, here)


def _dialect(place: _PanelPlace) -> str | None:
    """Give the dialect by a word in the type of the data source: `vertamedia-clickhouse-datasource`."""
    words = re.split(r"[\W_]+", place.source)
    return next((found for word in words if (found := product_dialect(word))), None)


def _inside(node: JsonObject, place: _PanelPlace) -> _PanelPlace:
    title = node.text("title") or (node.text("name") if place.noun != "panel" else "")
    source = node.text("datasource", "type") or node.text("datasource")
    line = node.line if title else place.line
    return replace(place, title=title or place.title, line=line, source=source or place.source)


def in_sql(sql: str) -> str:
    """Write Grafana's macros as what they do to the columns that they name, and its variables as `${placeholders}`."""
    pieces: list[str] = []
    position = 0
    while (found := _MACRO.search(sql, position)) is not None:
        end = _closing(sql, found.end())
        pieces += (sql[position : found.start()], _macro(found[1], in_sql(sql[found.end() : end])))
        position = end + 1
    text = _BARE_MACRO.sub("NULL", "".join((*pieces, sql[position:])))
    return _VARIABLE.sub(lambda name: "${" + (name[1] or name[2] or name[3]) + "}", text)


def _macro(name: str, inside: str) -> str:
    first, *others = _arguments(inside)
    if not first:
        return "NULL"
    if "ilter" in name or name.startswith("conditional"):
        columns = (first, *others) if name.startswith("dateTime") else (first,)
        return f"({' AND '.join(f'({column}) IS NOT NULL' for column in columns)})"
    return f"{first} AS time" if name in _AS_TIME or name.endswith("Alias") else f"({first})"


def _arguments(text: str) -> list[str]:
    found, depth, start = [], 0, 0
    for at, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            found.append(text[start:at].strip())
            start = at + 1
    return [*found, text[start:].strip()]


def _closing(text: str, start: int) -> int:
    depth = 1
    for at in range(start, len(text)):
        depth += (text[at] == "(") - (text[at] == ")")
        if depth == 0:
            return at
    return len(text)
