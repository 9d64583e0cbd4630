"""dbt's compiled artifacts as values: `manifest.json` of dbt 1.5 and later, and the `catalog.json` that lies beside it.

https://docs.getdbt.com/reference/artifacts/manifest-json, https://docs.getdbt.com/reference/artifacts/catalog-json
Only reads what it is handed: whether a manifest was made from a revision is for `matching` to say, and what is taken
of it for `compiled`. A manifest is text of a stranger: wrong shapes read as absent, and nothing in it is opened or run.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from contract_gate.core.facts import Json
from contract_gate.core.json_fields import parse
from contract_gate.core.values import dataclass, field
from contract_gate.workspace.jinja import wire

OLDEST, NEWEST = 9, 12
"""The schemas of dbt 1.5 and of dbt 1.8 and later: https://schemas.getdbt.com/"""
CATALOG = "catalog.json"
LARGEST = 200_000_000
"""Bytes of a manifest or a catalog that are read at most."""
_SCHEMA = re.compile(r"/dbt/(manifest|catalog)/v(\d+)\.json$")


class BadArtifactError(Exception):
    """Say why a file is no artifact that can be used: the end of a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationPlace:
    """Where dbt puts a relation. `written` is its name as `ref` and `source` print it."""

    database: str | None
    schema: str | None
    written: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledNode:
    """A model or snapshot of the manifest. `path` is relative to its package; `raw` is its text before Jinja ran.

    `checksum` is the sha256 of the stripped file, None where dbt recorded another. `code` is the compiled SQL, None where
    the manifest was only parsed; `injected` are the CTEs that it got of ephemeral models: (key, text).
    """

    key: str
    package: str
    path: str
    raw: str
    checksum: str | None
    code: str | None
    injected: tuple[tuple[str, str], ...]
    nodes: tuple[str, ...]
    macros: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledMacro:
    """A macro as dbt read it; `text` is its block, `macros` are those that it calls."""

    key: str
    package: str
    path: str
    text: str
    macros: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """The columns of a relation as the warehouse has them, in order: (name, type)."""

    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogFile:
    """A `catalog.json`: relations by dbt's key. `made_at` is its own word for when."""

    relations: Mapping[str, Stored]
    made_at: str
    invocation: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A `manifest.json`; `name` is what to call it. `off` are the files of nodes that are disabled: (package, path)."""

    name: str
    project: str
    project_id: str
    adapter: str
    version: str
    nodes: Mapping[str, CompiledNode]
    places: Mapping[str, RelationPlace]
    macros: Mapping[str, CompiledMacro]
    off: frozenset[tuple[str, str]]
    invocation: str | None = None
    catalog: CatalogFile | None = field(default=None)

    def is_of(self, project: str) -> bool:
        """Tell whether it is a project's, by name; dbt 1.5 gives the name's MD5 alone."""
        if self.project:
            return self.project == project
        return self.project_id == hashlib.md5(project.encode(), usedforsecurity=False).hexdigest()

    @property
    def is_compiled(self) -> bool:
        """Tell whether it holds any SQL: `dbt parse` and `dbt ls` write none."""
        return any(node.code is not None for node in self.nodes.values())


def read_manifest(content: bytes, name: str) -> Manifest:
    """Read a manifest. Raises BadArtifactError."""
    document, metadata = _document(content, "manifest", OLDEST, NEWEST)
    listed = _tables(document, "nodes")
    nodes = [node for _, table in listed if (node := _node(table)) is not None]
    return Manifest(
        name=name,
        project=_text(metadata, "project_name"),
        project_id=_text(metadata, "project_id"),
        adapter=_text(metadata, "adapter_type"),
        version=_text(metadata, "dbt_version"),
        nodes=MappingProxyType({node.key: node for node in nodes}),
        places=MappingProxyType({
            key: _place(table) for key, table in (*listed, *_tables(document, "sources"))
        }),
        macros=MappingProxyType({key: _macro(key, table) for key, table in _tables(document, "macros")}),
        off=frozenset(_off(document.get("disabled"))),
        invocation=_text(metadata, "invocation_id") or None,
    )  # fmt: skip


def read_catalog(content: bytes) -> CatalogFile:
    """Read a catalog. Raises BadArtifactError."""
    document, metadata = _document(content, "catalog", 1, 1)
    relations = {
        key: Stored(columns=_columns(table))
        for section in ("nodes", "sources")
        for key, table in _tables(document, section)
    }
    return CatalogFile(
        relations=MappingProxyType({key: stored for key, stored in relations.items() if stored.columns}),
        made_at=_text(metadata, "generated_at"),
        invocation=_text(metadata, "invocation_id") or None,
    )


def _document(content: bytes, kind: str, oldest: int, newest: int) -> tuple[dict[str, Json], dict[str, Json]]:
    if len(content) > LARGEST:
        raise BadArtifactError(f"it is larger than {LARGEST // 1_000_000} MB")
    try:
        document = parse(content)
    except ValueError as error:
        raise BadArtifactError(f"it is not JSON: {error}") from error
    metadata = document.get("metadata") if isinstance(document, dict) else None
    schema = metadata.get("dbt_schema_version") if isinstance(metadata, dict) else None
    found = _SCHEMA.search(schema) if isinstance(schema, str) else None
    if not isinstance(document, dict) or not isinstance(metadata, dict) or found is None or found[1] != kind:
        raise BadArtifactError(f"it is no {kind} of dbt")
    if not oldest <= int(found[2][:9]) <= newest:
        wanted = f"v{oldest} to v{newest} (dbt 1.5 and later)" if oldest != newest else f"v{newest}"
        raise BadArtifactError(f"its schema is v{found[2][:9]}, and {wanted} can be read")
    return document, metadata


def _node(table: dict[str, Json]) -> CompiledNode | None:
    """Read a node of SQL; None for seeds, Python models and what has no file."""
    if _text(table, "resource_type") not in ("model", "snapshot") or _text(table, "language") == "python":
        return None
    code = _text(table, "compiled_code")
    depends = wire.table(table, "depends_on")
    return CompiledNode(
        key=_text(table, "unique_id"),
        package=_text(table, "package_name"),
        path=_path(table),
        raw=_text(table, "raw_code"),
        checksum=_checksum(wire.table(table, "checksum")),
        code=code if code.strip() and table.get("compiled") is not False else None,
        injected=tuple(_injected(table.get("extra_ctes"))),
        nodes=tuple(wire.texts(depends, "nodes")),
        macros=tuple(wire.texts(depends, "macros")),
    )


def _macro(key: str, table: dict[str, Json]) -> CompiledMacro:
    return CompiledMacro(
        key=key,
        package=_text(table, "package_name"),
        path=_path(table),
        text=_text(table, "macro_sql"),
        macros=tuple(wire.texts(wire.table(table, "depends_on"), "macros")),
    )


def _place(table: dict[str, Json]) -> RelationPlace:
    return RelationPlace(
        database=_text(table, "database") or None,
        schema=_text(table, "schema") or None,
        written=_text(table, "relation_name") or None,
    )


def _injected(listed: Json) -> Iterator[tuple[str, str]]:
    for entry in listed if isinstance(listed, list) else ():
        if isinstance(entry, dict):
            yield _text(entry, "id"), _text(entry, "sql")


def _off(section: Json) -> Iterator[tuple[str, str]]:
    for listed in section.values() if isinstance(section, dict) else ():
        for table in listed if isinstance(listed, list) else ():
            if isinstance(table, dict):
                yield _text(table, "package_name"), _path(table)


def _columns(table: dict[str, Json]) -> tuple[tuple[str, str], ...]:
    found = []
    for name, column in _tables(table, "columns"):
        index = column.get("index")
        found.append(
            (index if isinstance(index, int) else 0, _text(column, "name") or name, _text(column, "type"))
        )
    return tuple((name, kind) for _, name, kind in sorted(found, key=lambda each: each[0]))


def _checksum(table: dict[str, Json]) -> str | None:
    return _text(table, "checksum") if _text(table, "name") == "sha256" else None


def _path(table: dict[str, Json]) -> str:
    return _text(table, "original_file_path").replace("\\", "/")


def _tables(table: Mapping[str, Json], key: str) -> list[tuple[str, dict[str, Json]]]:
    section = table.get(key)
    entries = section.items() if isinstance(section, dict) else ()
    return [(name, value) for name, value in entries if isinstance(value, dict)]


def _text(table: Mapping[str, Json], key: str) -> str:
    value = table.get(key)
    # JSON can spell half a character, which nothing can print.
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""
