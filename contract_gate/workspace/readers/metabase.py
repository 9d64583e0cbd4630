"""Metabase's serialization: questions, models and metrics as YAML, by their SQL or by the fields that they name.

A question built by hand names a field by its database, schema, table and column, in every version of the format:
https://www.metabase.com/docs/latest/installation-and-operation/serialization
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from contract_gate.workspace.dialects import product_dialect
from contract_gate.workspace.documents import Entry
from contract_gate.workspace.files import Files
from contract_gate.workspace.readers.queries import of_columns, of_yaml, parsed, quoted, relation, texts_of
from contract_gate.workspace.readers.values import FileReader, ReaderKind, ReaderQuery, UnreadableReaderError

_DEEPEST = 60
_ENGINE = re.compile(r"^engine:\s*(\S+)", re.MULTILINE)
_TITLE = re.compile(r"^name:\s*['\"]?(.+?)['\"]?\s*$", re.MULTILINE)
_OPTIONAL = re.compile(r"\[\[|\]\]")
_TABLE_KEYS = ("source-table", "source_table", "table_id")


def read(path: str, text: str, files: Files) -> tuple[FileReader, ...]:
    """Give the question of a file, and the dashboards that show it."""
    root = parsed(text)
    asked = root.get("dataset_query") if root is not None else None
    name = root.text("name") if root is not None else None
    if root is None or asked is None or name is None:
        return ()
    queries = (*_native(asked), *_built(asked))
    owner = root.text("creator_id")
    dialect = _dialect(asked.text("database"), files)
    noun = root.text("type") or "question"
    card = FileReader(
        noun=noun, name=name, line=1, queries=queries, dialect=dialect, owners=(owner,) if owner else ()
    )
    identity = root.text("entity_id")
    return (card, *(_dashboards(identity, card, path, files) if identity and queries else ()))


KIND = ReaderKind(
    name="metabase",
    claims=lambda path: path.endswith((".yaml", ".yml")),
    read=read,
    marks=(b"dataset_query",),
    looks_beside=True,
)


def _native(asked: Entry) -> Iterator[ReaderQuery]:
    """SQL, in the key of each of the format's versions. What is optional (`[[ … ]]`) is read: it runs for somebody."""
    native = asked.get("native")
    written = [native.get("query")] if native is not None and native.is_mapping else []
    written += [stage.get("native") for stage in asked.list_of("stages")]
    for entry in written:
        if entry is not None and entry.scalar is not None:
            sql, line, lines = of_yaml(entry)
            yield ReaderQuery(sql=_OPTIONAL.sub("  ", sql), line=line, lines=lines)


def _built(asked: Entry) -> Iterator[ReaderQuery]:
    """Give the tables that are named, each with the fields that are."""
    tables: dict[tuple[str, str], list[tuple[str, int]]] = defaultdict(list)
    for part in ("query", "stages"):
        entry = asked.get(part)
        for table, column, line in _named(entry, _DEEPEST) if entry is not None else ():
            tables[table].append((column, line))
    for (schema, name), columns in tables.items():
        read = [(quoted(column), line) for column, line in columns if column]
        yield of_columns(relation(schema, name), read, columns[0][1])


def _named(entry: Entry, depth: int) -> Iterator[tuple[tuple[str, str], str, int]]:
    """Give each table and field that an expression names: schema and table, column ("" for the table alone), line."""
    if depth == 0:
        raise UnreadableReaderError("it is nested too deeply")
    for key, value in entry.entries():
        if key in _TABLE_KEYS and len(parts := _scalars(value)) == 3:
            yield (parts[1], parts[2]), "", value.line
        else:
            yield from _named(value, depth - 1)
    items = entry.items()
    is_field = bool(items) and items[0].scalar in ("field", "field-id", "fk->")
    for item in items:
        parts = _scalars(item)
        if is_field and len(parts) >= 4:
            yield (parts[1], parts[2]), parts[3], item.line
        else:
            yield from _named(item, depth - 1)


def _scalars(entry: Entry) -> list[str]:
    """The texts of a list of texts, "" for null; none where it holds anything else."""
    items = entry.items()
    texts = ["" if item.is_null else item.scalar for item in items]
    return [text for text in texts if text is not None] if None not in texts else []


def _dialect(database: str | None, files: Files) -> str | None:
    """What the export of the database says of its engine."""
    wanted = [path for path in files.paths() if path.endswith(f"databases/{database}/{database}.yaml")]
    for text in texts_of(files, wanted[:1]).values():
        found = _ENGINE.search(text)
        return product_dialect(found[1]) if found is not None else None
    return None


def _dashboards(identity: str, card: FileReader, path: str, files: Files) -> Iterator[FileReader]:
    places = (each for each in files.paths() if "collections/" in each and each.endswith((".yaml", ".yml")))
    queries = tuple(replace(query, path=path) for query in card.queries)
    for place, text in texts_of(files, places).items():
        name = _TITLE.search(text) if identity in text and "dashcards:" in text else None
        if name is not None:
            yield FileReader(
                noun="dashboard", name=name[1], path=place, queries=queries, dialect=card.dialect
            )
