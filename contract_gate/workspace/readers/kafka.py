"""Kafka Connect: source connectors that read tables, as JSON for its API, in whatever posts it, as properties or in manifests of Strimzi.

https://docs.confluent.io/kafka-connectors/jdbc/current/source-connector/source_config_options.html,
https://debezium.io/documentation/reference/stable/connectors/postgresql.html. A list of Debezium's has regular expressions: of these, names
and alternatives in brackets are read.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping

from contract_gate.workspace.documents import Entry
from contract_gate.workspace.files import Files
from contract_gate.workspace.readers.keys import documents_of
from contract_gate.workspace.readers.literals import Pieced, as_queries, reading
from contract_gate.workspace.readers.queries import of_columns, quoted, relation
from contract_gate.workspace.readers.values import FileReader, ReaderQuery

Settings = Mapping[str, tuple[str, int]]
"""A connector's settings by their keys, each with its line."""
_QUERY = "query"
_TABLES = ("table.whitelist", "table.include.list")
_COLUMNS = ("column.include.list", "column.whitelist")
_TOLD_BY = ("incrementing.column.name", "timestamp.column.name")
"""What the connector knows new rows by."""
_CLASS = ("connector.class", *_TABLES)
"""One of these makes settings those of a connector."""
_NAME = re.compile(r"[\w$-]+(?:\.[\w$-]+)*")
_ALTERNATIVES = re.compile(r"\(([\w|]+)\)")
_SETTING = re.compile(r"[ \t]*([\w.-]+)[ \t]*[=:][ \t]*(.*)")
_SERVER = re.compile(r"^(?:debezium|quarkus\.debezium)\.(?:source|configuration)\.")
"""Before the settings of Debezium's own server."""
_PAIR = re.compile(
    r"""(?P<mark>\\?["'])(?P<key>[\w.-]+)(?P=mark)\s*[:=]\s*(?:(?P<quote>\\?["'])(?P<value>(?:\\.|[^\\]){0,20000}?)(?P=quote)|(?P<bare>[\w.-]+))""",
    re.DOTALL,
)
_BETWEEN = re.compile(r"""[\s,\\]*(?:\\?["']config\\?["']\s*[:=]\s*\{[\s\\]*)?""")
"""Between two settings of one connector; Connect's API has its name outside."""
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def read(path: str, text: str, _files: Files) -> tuple[FileReader, ...]:
    """Give the connectors of a file that read a relation. Raises UnreadableReaderError."""
    if path.endswith(".properties"):
        found = [_properties(text)]
    else:
        found = [*_written_out(text), *(() if path.endswith(".json") else _in_yaml(text))]
    readers = (_reader(settings, path) for settings in found)
    return tuple(reader for reader in readers if reader is not None)


def in_text(text: str) -> Iterator[ReaderQuery]:
    """Give what the connectors read that a text of whatever language makes (`curl -d '{…}'`)."""
    for settings in _written_out(text):
        yield from _queries(settings)


def _reader(settings: Settings, path: str) -> FileReader | None:
    queries = tuple(_queries(settings)) if any(key in settings for key in _CLASS) else ()
    name, line = settings.get("name", (path, 1))
    return FileReader(noun="connector", name=name, line=line, queries=queries) if queries else None


def _queries(settings: Settings) -> Iterator[ReaderQuery]:
    if _QUERY in settings:
        text, line = settings[_QUERY]
        yield from as_queries(Pieced(text, (line,) * (text.count("\n") + 1)))
    chosen: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for name, line in _listed(settings, _COLUMNS):
        table, _, column = name.rpartition(".")
        if table:
            chosen[table].append((quoted(column), line))
    told_by = [(quoted(name), line) for name, line in _listed(settings, _TOLD_BY)]
    for name, line in _listed(settings, _TABLES):
        table = relation(*name.split(".")) if "." in name else quoted(name)
        if name not in chosen:
            yield reading("*", table, Pieced("", (line,)))
        columns = [*chosen.pop(name, ()), *told_by]
        if columns:
            yield of_columns(table, columns, line)
    for name, columns in chosen.items():
        yield of_columns(relation(*name.split(".")), columns, columns[0][1])


def _listed(settings: Settings, keys: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    """Give the names that settings list, with their lines: `a.b, a\\.c, a.(d|e)`."""
    for text, line in (settings[key] for key in keys if key in settings):
        for each in text.split(","):
            name = re.sub(r"\\+\.", ".", each.strip()).strip("^$").replace('"', "")
            found = _ALTERNATIVES.search(name)
            spelled = (
                [name[: found.start()] + part + name[found.end() :] for part in found[1].split("|")]
                if found
                else [name]
            )
            yield from ((one, line) for one in spelled if _NAME.fullmatch(one))


def _written_out(text: str) -> Iterator[Settings]:
    """Give the settings that stand one after the other in quotes, as JSON, a dictionary or ksqlDB's WITH have them."""
    if "connector.class" not in text:
        return
    starts = [0, *(found.end() for found in re.finditer("\n", text))]
    settings: dict[str, tuple[str, int]] = {}
    end = 0
    for found in _PAIR.finditer(text):
        if _BETWEEN.fullmatch(text, end, found.start()) is None:
            yield settings
            settings = {}
        value = found["value"] if found["value"] is not None else found["bare"]
        plain = _ESCAPE.sub(lambda each: {"n": "\n", "t": "\t"}.get(each[1], each[1]), value)
        settings.setdefault(found["key"], (plain, bisect_right(starts, found.start("key"))))
        end = found.end()
    yield settings


def _properties(text: str) -> Settings:
    lines = text.split("\n")
    settings: dict[str, tuple[str, int]] = {}
    at = 0
    while at < len(lines):
        first, line = at, lines[at]
        while line.endswith("\\") and at + 1 < len(lines):
            at += 1
            line = line[:-1] + lines[at].lstrip()
        found = _SETTING.fullmatch(line)
        if found is not None:
            settings[_SERVER.sub("", found[1])] = (found[2].strip(), first + 1)
        at += 1
    return settings


def _in_yaml(text: str) -> Iterator[Settings]:
    """Strimzi's connectors have the settings below `spec.config`, and their name below `metadata`."""
    pending: list[tuple[Entry, int, Settings]] = [(entry, above, {}) for entry, above in documents_of(text)]
    seen: set[int] = set()
    while pending:
        each, above, around = pending.pop()
        if id(each.node) in seen:
            continue
        seen.add(id(each.node))
        said = {key: (value.scalar, value.line + above) for key, value in each.entries()}
        yield {**around, **{key: (text, line) for key, (text, line) in said.items() if text is not None}}
        named = each.get("metadata", "name")
        if named is not None and named.scalar:
            around = {"name": (named.scalar, named.line + above)}
        pending += [(value, above, around) for value in each.values()]
