"""Meltano's extractors that read out of a warehouse: the streams and attributes that their `select`, `metadata` and settings name.

https://docs.meltano.com/concepts/plugins/#select-extra: each pattern is `stream.attribute`, with globs; `!` in front leaves out. Taps for
SQL call a table's stream `schema-table`, and may be told which `tables` to look for, or (tap-bigquery) to read as `streams`:
https://hub.meltano.com/extractors/tap-bigquery/. A tap of anything else has streams of its own, which are no relations.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from contract_gate.workspace.documents import Entry
from contract_gate.workspace.files import Files
from contract_gate.workspace.readers.queries import of_columns, parsed, relation
from contract_gate.workspace.readers.values import FileReader

_WAREHOUSES = re.compile(r"tap-(?:athena|bigquery|clickhouse|databricks|duckdb|redshift|snowflake|trino)\b")
_STREAM = re.compile(r"\*?(?:[\w${}]*[${}][\w${}]*-|(?P<schema>\w+)-)?(?P<table>\w+)")
"""A stream, in whatever schema where the words of an environment stand in it."""
_PATTERN = re.compile(rf"{_STREAM.pattern}\.(?:(?P<column>\w+)(?:\..*)?|.*)")
_KEY = re.compile(r"(?:replication|table|view)?-?key(?:-properties)?")
_ASKED = re.compile(r"\brecord(?:\.get\(|\[)\s*['\"](\w+)['\"]")


def read(_path: str, text: str, _files: Files) -> tuple[FileReader, ...]:
    root = parsed(text)
    if root is None:
        return ()
    listed = [root.list_of("plugins", "extractors")]
    listed += [each.list_of("config", "plugins", "extractors") for each in root.list_of("environments")]
    return tuple(reader for each in listed for reader in _of_taps(each))


def _of_taps(listed: list[Entry]) -> Iterator[FileReader]:
    taps = {tap.text("name") or "": tap for tap in listed}
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
    for read, line, columns in _streams(tap):
        lines.setdefault(read, line)
        streams.setdefault(read, []).extend(columns)
    queries = tuple(of_columns(read, columns, lines[read]) for read, columns in streams.items())
    if queries:
        yield FileReader(noun="extract", name=name, queries=queries, line=tap.line, is_anywhere=True)


def _streams(tap: Entry) -> Iterator[tuple[str, int, list[tuple[str, int]]]]:
    """Give each relation that a tap names, with the line and the columns named there, each with its own line."""
    for entry in tap.list_of("config", "tables"):
        # What a tap is told to discover; the words of an environment may stand before a schema's.
        *places, table = (entry.scalar or "").replace("`", "").split(".")
        if table.isidentifier():
            yield (
                relation(*(places if all(place.isidentifier() for place in places) else ()), table),
                entry.line,
                [],
            )
    for entry in tap.list_of("config", "streams"):
        table = (entry.text("table") or "").replace("`", "")
        if all(part.replace("-", "_").isidentifier() for part in table.split(".")):
            columns = [(each.scalar or "", each.line) for each in entry.list_of("columns")]
            columns += [(entry.text("datetime_key") or "", entry.line)]
            yield (
                relation(*table.split(".")),
                entry.line,
                [each for each in columns if each[0].isidentifier()],
            )
    for entry in tap.list_of("select"):
        found = _PATTERN.fullmatch(entry.scalar or "")
        if found is not None:
            columns = [(found["column"], entry.line)] if found["column"] else []
            yield relation(found["schema"], found["table"]), entry.line, columns
    yield from _of_streams(tap.fields("metadata"), _keys)
    yield from _of_streams(tap.fields("config", "stream_maps"), _mapped)


def _of_streams(
    section: Iterator[tuple[str, Entry]], columns_of: Callable[[Entry], Iterator[tuple[str, int]]]
) -> Iterator[tuple[str, int, list[tuple[str, int]]]]:
    for stream, entry in section:
        found = _STREAM.fullmatch(stream)
        columns = list(columns_of(entry)) if found is not None else []
        if found is not None and columns:
            yield relation(found["schema"], found["table"]), entry.line, columns


def _keys(stream: Entry) -> Iterator[tuple[str, int]]:
    """Give the columns that a stream's metadata names: its keys, and the attributes that have metadata of their own."""
    for key, entry in stream.entries():
        if entry.is_mapping:
            yield key, entry.line
        for each in [entry, *entry.items()] if _KEY.fullmatch(key) else ():
            if (each.scalar or "").isidentifier():
                yield each.scalar or "", each.line


def _mapped(stream: Entry) -> Iterator[tuple[str, int]]:
    """Give the columns that the expressions of a stream map ask a record for: https://sdk.meltano.com/en/latest/stream_maps.html."""
    for _, entry in stream.entries():
        yield from ((found[1], entry.line) for found in _ASKED.finditer(entry.scalar or ""))
