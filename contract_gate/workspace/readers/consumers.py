"""Readers in other repositories: a dbt project's `manifest.json` that is handed over, its models, snapshots, tests and exposures.

https://docs.getdbt.com/reference/artifacts/manifest-json. What dbt compiled is read as it is; where it only parsed, references are
written as the relations that the manifest knows for them, and the rest of a template is left open.
"""

from collections.abc import Iterator, Mapping

from contract_gate.core.facts import Json
from contract_gate.core.json_fields import parse
from contract_gate.workspace.files import Files
from contract_gate.workspace.readers.queries import in_any_schema, with_references
from contract_gate.workspace.readers.values import FileReader, ReaderQuery, UnreadableReaderError

_WITH_SQL = frozenset({"model", "snapshot", "analysis", "test"})


def read(_path: str, text: str, _files: Files) -> tuple[FileReader, ...]:
    try:
        document = parse(text)
    except ValueError as error:
        raise UnreadableReaderError(f"it is no JSON: {error}") from error
    metadata = _table(document, "metadata")
    if not str(metadata.get("dbt_schema_version", "")).startswith("https://schemas.getdbt.com/dbt/manifest/"):
        raise UnreadableReaderError("it is no manifest of dbt")
    return tuple(_readers(document, str(metadata.get("project_name") or "")))


def _readers(document: Json, project: str) -> Iterator[FileReader]:
    named = {
        key: str(node["relation_name"])
        for section in ("nodes", "sources")
        for key, node in _nodes(document, section)
        if node.get("relation_name")
    }
    nodes = dict(_nodes(document, "nodes"))
    for key, node in nodes.items():
        kind = str(node.get("resource_type"))
        own = not project or node.get("package_name") in (project, None)
        if kind in _WITH_SQL and own:
            yield _reader(kind, key, node, project, tuple(_queries(node, named)))
    for key, node in _nodes(document, "exposures"):
        read = [named.get(each) or in_any_schema(each.rpartition(".")[2]) for each in _depended(node)]
        queries = [ReaderQuery(sql=" ".join(("SELECT 1 FROM", name)), line=1) for name in read]
        queries += (
            query for each in _above(_depended(node), nodes) for query in _queries(nodes[each], named)
        )
        yield _reader("exposure", key, node, project, tuple(queries))


def _queries(node: Mapping[str, Json], named: Mapping[str, str]) -> Iterator[ReaderQuery]:
    """Give what dbt compiled of a node, else what was written; nothing of one without SQL."""
    compiled = node.get("compiled_code")
    if node.get("resource_type") in _WITH_SQL:
        yield ReaderQuery(sql=str(compiled) if compiled else _written(node, named), line=1, lines=(1,))


def _above(keys: list[str], nodes: Mapping[str, dict[str, Json]]) -> Iterator[str]:
    """Give the project's own nodes that others are made of, over any number of steps, where they read what is no node of its own."""
    seen: set[str] = set()
    waiting = list(keys)
    while waiting:
        key = waiting.pop()
        if key in nodes and key not in seen:
            seen.add(key)
            below = _depended(nodes[key])
            waiting += below
            if any(each not in nodes for each in below):
                yield key


def _reader(
    noun: str, key: str, node: Mapping[str, Json], project: str, queries: tuple[ReaderQuery, ...]
) -> FileReader:
    name = str(node.get("label") or node.get("name") or key)
    owner = _table(node, "owner") or _table(_table(node, "meta"), "owner")
    said = _table(node, "meta").get("owner")
    owners = [*(owner.get(each) for each in ("name", "email")), said if isinstance(said, str) else None]
    path = node.get("original_file_path")
    return FileReader(
        noun=noun, name=f"{project}.{name}".lstrip(".") + (f" ({path})" if path else ""), queries=queries, is_anywhere=True,
        owners=tuple(str(each) for each in owners if each)[:1], url=str(node["url"]) if node.get("url") else None,
    )  # fmt: skip


def _written(node: Mapping[str, Json], named: Mapping[str, str]) -> str:
    """Give the SQL before it was compiled, with its references written as what they stand for."""
    depended = _depended(node)

    def written(last: str) -> str:
        key = next((each for each in depended if each.rpartition(".")[2] == last), "")
        return named.get(key) or in_any_schema(last)

    return with_references(str(node.get("raw_code") or ""), written)


def _depended(node: Mapping[str, Json]) -> list[str]:
    listed = _table(node, "depends_on").get("nodes")
    return [str(each) for each in listed] if isinstance(listed, list) else []


def _nodes(document: Json, section: str) -> Iterator[tuple[str, dict[str, Json]]]:
    for key, node in _table(document, section).items():
        if isinstance(node, dict):
            yield key, node


def _table(value: Json | Mapping[str, Json], key: str) -> dict[str, Json]:
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, dict) else {}
