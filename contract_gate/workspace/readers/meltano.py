"""Meltano's extractors that read out of a warehouse: the streams and attributes that their `select` names.

https://docs.meltano.com/concepts/plugins/#select-extra: each pattern is `stream.attribute`, with globs; `!` in front leaves out. Taps for
SQL call a table's stream `schema-table`. A tap of anything else has streams of its own, which are no relations.
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
    plugins = root.get("plugins") if root is not None else None
    taps = {
        tap.text("name") or "": tap for tap in (plugins.list_of("extractors") if plugins is not None else ())
    }
    return tuple(
        reader for name in taps if _is_of_warehouse(name, taps) for reader in _readers(name, taps[name])
    )


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
