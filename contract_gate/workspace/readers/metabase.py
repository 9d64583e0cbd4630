"""Metabase's serialization: questions, models, metrics, transforms, segments and dashboards, by their SQL or the fields that they name.

What is built by hand names a field by its database, schema, table and column, in every version of the format:
https://www.metabase.com/docs/latest/installation-and-operation/serialization
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from contract_gate.workspace.dialects import product_dialect
from contract_gate.workspace.documents import Entry
from contract_gate.workspace.files import Files, read_texts
from contract_gate.workspace.readers.kinds import kind
from contract_gate.workspace.readers.queries import of_columns, parsed, query_of_yaml, quoted, relation
from contract_gate.workspace.readers.values import FileReader, ReaderQuery, UnreadableReaderError

_DEEPEST = 60
_ENGINE = re.compile(r"^engine:\s*(\S+)", re.MULTILINE)
_TITLE = re.compile(r"^name:\s*['\"]?(.+?)['\"]?\s*$", re.MULTILINE)
_IDENTITY = re.compile(r"^entity_id:\s*['\"]?([\w-]+)", re.MULTILINE)
_TYPE = re.compile(r"^type:\s*(model|metric)\s*$", re.MULTILINE)
_OPTIONAL = re.compile(r"\[\[|\]\]")
_TABLE_KEYS = ("source-table", "source_table", "table_id")
_JOIN_KEYS = ("source-field", "source_field")
"""The column over which a field's table is joined."""


def read(path: str, text: str, files: Files) -> tuple[FileReader, ...]:
    """Give what a file asks, and the questions and dashboards that are made of it."""
    root = parsed(text)
    if root is None or (asked := _asked(root)) is None or (name := root.text("name")) is None:
        return ()
    queries = (*_native(asked), *_built(asked))
    owner = root.text("creator_id")
    own = FileReader(
        noun=_noun(text), name=name, line=1, queries=queries, dialect=_dialect(asked, files),
        owners=(owner,) if owner else (),
    )  # fmt: skip
    identity = root.text("entity_id")
    is_card = root.get("dataset_query") is not None
    return (own, *(_made_of(identity, own, path, files) if is_card and identity and queries else ()))


def _asked(root: Entry) -> Entry | None:
    """Give what holds the query: a card's, a transform's, a segment's or measure's; of a dashboard what its filters name."""
    found = root.get("dataset_query") or root.get("source", "query")
    if found is None and root.get("serdes/meta") is not None:
        found = root.get("definition")
    return found or (root if root.get("dashcards") is not None else None)


def _noun(text: str) -> str:
    if "dashcards:" in text:
        return "dashboard"
    if "dataset_query:" in text:
        found = _TYPE.search(text)
        return found[1] if found is not None else "question"
    return "transform" if "\nsource:" in f"\n{text}" else "segment"


def _native(asked: Entry) -> Iterator[ReaderQuery]:
    """SQL, in the key of each of the format's versions. What is optional (`[[ … ]]`) is read: it runs for somebody."""
    written = [asked.get("native", "query"), *(stage.get("native") for stage in asked.list_of("stages"))]
    for entry in written:
        if entry is not None and entry.scalar is not None:
            query = query_of_yaml(entry)
            yield replace(query, sql=_OPTIONAL.sub("  ", query.sql))


def _built(asked: Entry) -> Iterator[ReaderQuery]:
    """Give the tables that are named, each with the fields that are."""
    tables: dict[tuple[str, str], list[tuple[str, int]]] = defaultdict(list)
    for table, column, line in _named(asked, _DEEPEST):
        tables[table].append((column, line))
    for (schema, name), columns in tables.items():
        read = [(quoted(column), line) for column, line in columns if column]
        yield of_columns(relation(schema, name), read, columns[0][1])


def _named(entry: Entry, depth: int) -> Iterator[tuple[tuple[str, str], str, int]]:
    """Give each table and field that an expression names: schema and table, column ("" for the table alone), line."""
    if depth == 0:
        raise UnreadableReaderError("it is nested too deeply")
    for key, value in entry.entries():
        parts = _scalars(value) if key in _TABLE_KEYS or key in _JOIN_KEYS else []
        if len(parts) == (3 if key in _TABLE_KEYS else 4) and parts[2]:
            yield (parts[1], parts[2]), "".join(parts[3:]), value.line
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


def _dialect(asked: Entry, files: Files) -> str | None:
    """What the export of the database says of its engine."""
    database = asked.text("database")
    wanted = [path for path in files.paths() if path.endswith(f"databases/{database}/{database}.yaml")]
    for text in read_texts(files, wanted[:1]).values():
        found = _ENGINE.search(text)
        return product_dialect(found[1]) if found is not None else None
    return None


def _made_of(identity: str, card: FileReader, path: str, files: Files) -> Iterator[FileReader]:
    """Give what shows a question or asks it in turn, of which other files' identities tell."""
    claims = kind("metabase").claims
    texts = read_texts(files, (each for each in files.paths() if "collections/" in each and claims(each)))
    queries = tuple(replace(query, path=path) for query in card.queries)
    wanted, seen = [identity], {path}
    while wanted:
        known = re.compile(rf"(?<![\w-]){re.escape(wanted.pop())}(?![\w-])")
        for place, text in texts.items():
            name = _TITLE.search(text) if place not in seen and known.search(text) else None
            if name is None or not ("dashcards:" in text or "dataset_query:" in text):
                continue
            seen.add(place)
            own = _IDENTITY.search(text)
            wanted += [own[1]] if own is not None and "dataset_query:" in text else []
            yield FileReader(
                noun=_noun(text), name=name[1], path=place, queries=queries, dialect=card.dialect
            )
