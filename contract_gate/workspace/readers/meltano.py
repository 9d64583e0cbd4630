"""Meltano's extractors that read out of a warehouse: the streams and attributes that their `select` names.

https://docs.meltano.com/concepts/plugins/#select-extra: each pattern is `stream.attribute`, with globs; `!` in front leaves out. Taps for
SQL call a table's stream `schema-table`, and may be told which `tables` to look for. A tap of anything else has streams of its own, which are no relations.
"""

import re
from collections.abc import Iterator, Mapping

from contract_gate.workspace.documents import Entry
from contract_gate.workspace.files import Files
from contract_gate.workspace.readers.queries import of_columns, parsed, relation
from contract_gate.workspace.readers.values import FileReader

_WAREHOUSES = re.compile(r"tap-(?:athena|bigquery|clickhouse|databricks|duckdb|redshift|snowflake|trino)\b")
_PATTERN = re.compile(r"\*?(?:(?P<schema>\w+)-)?(?P<table>\w+)\.(?:(?P<column>\w+)(?:\..*)?|.*)")


def read(_path: str, text: str, _files: Files) -> tuple[FileReader, ...]:
    root = parsed(text)
    environments = root.list_of("environments") if root is not None else []
    holders = [root, *(each.get("config") for each in environments)]
    plugins = [found for each in holders if each is not None and (found := each.get("plugins")) is not None]
    return tuple(reader for each in plugins for reader in _of_plugins(each))


def _of_plugins(plugins: Entry) -> Iterator[FileReader]:
    taps = {tap.text("name") or "": tap for tap in plugins.list_of("extractors")}
    for name, tap in taps.items():
        if _is_of_warehouse(name, taps):
            yield from _readers(name, tap)


def _is_of_warehouse(name: str, taps: Mapping[str, Entry]) -> bool:
    """Tell whether a tap, or what it inherits from, reads out of a warehouse."""
    chain: list[str] = []
    while name and name not in chain:
        chain.append(name)
        name = (taps[name].text("inherit_from") or "") if name in taps else ""
    return _WAREHOUSES.match(chain[-1]) is not None


def _readers(name: str, tap: Entry) -> Iterator[FileReader]:
    streams: dict[str, list[tuple[str, int]]] = {}
    lines: dict[str, int] = {}
    config = tap.get("config")
    for entry in config.list_of("tables") if config is not None else ():
        # What a tap is told to discover.
        parts = (entry.scalar or "").split(".")
        if all(part.isidentifier() for part in parts):
            read = relation(*parts)
            lines[read] = entry.line
            streams[read] = []
    for entry in tap.list_of("select"):
        found = _PATTERN.fullmatch(entry.scalar or "")
        if found is None:
            continue
        read = relation(found["schema"], found["table"])
        lines.setdefault(read, entry.line)
        columns = streams.setdefault(read, [])
        if found["column"]:
            columns.append((found["column"], entry.line))
    queries = tuple(of_columns(read, columns, lines[read]) for read, columns in streams.items())
    if queries:
        yield FileReader(noun="extract", name=name, queries=queries, line=tap.line, is_anywhere=True)
