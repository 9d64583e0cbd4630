"""SQL under the keys of YAML and JSON: configurations of jobs, checks and alerts. A text counts where it is a query, or a
command line that hands one over.

What describes something is prose, and what dbt declares in YAML is dbt's: of its files only what stands below `meta` is read. What dbt
writes of a project (`manifest.json` and its like, published as documentation) has the models' own texts once more.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

import yaml

from contract_gate.core.values import dataclass, replace
from contract_gate.workspace.documents import BadYamlError, Entry, read_yaml
from contract_gate.workspace.files import Files
from contract_gate.workspace.readers.json_text import Json, JsonObject, JsonText, read_json
from contract_gate.workspace.readers.literals import (
    Pieced,
    as_queries,
    at_line,
    looks_like_query,
)
from contract_gate.workspace.readers.shell import queries_of_command
from contract_gate.workspace.readers.values import (
    FileReader,
    ReaderQuery,
    UnreadableReaderError,
    moved,
    script,
)

_PROSE = re.compile(
    r"desc(?:ription)?|docs?|documentation|comments?|notes?|title|summary|messages?|help|example\w*|label|tooltip|name|text|"
    r"markdown|changelog|readme",
    re.IGNORECASE,
)
_DBT = frozenset({
    "models", "sources", "seeds", "snapshots", "exposures", "metrics", "semantic_models", "unit_tests", "data_tests", "saved_queries",
})  # fmt: skip
_QUERIED = re.compile(r"(?:^|_)(?:sql|query|queries)$", re.IGNORECASE)
"""A key for a whole query: dbt's `loaded_at_query`, and those of tools whose sections are called as dbt's are."""
_WRITTEN_BY_DBT = re.compile(r'\s*\{\s*"metadata"\s*:\s*\{\s*"dbt_schema_version"')
_NEW_DOCUMENT = re.compile(r"^---(?=\s|$)", re.MULTILINE)
_SEVERAL_WORDS = re.compile(r"\S\s+\S")
_CLAUSE = re.compile(
    r"\s*(?:[,)(]|(?:where|group|order|having|limit|join|left|right|inner|full|cross|on|and|or|union|except|qualify|window|from|select|set|values)\b)",
    re.IGNORECASE,
)
"""What a query goes on with on its next line."""
_MOST = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedText:
    """A text of a document: the keys above it, the nearest last, and where it stands."""

    keys: tuple[str, ...]
    made: Pieced

    @property
    def key(self) -> str:
        return self.keys[-1] if self.keys else ""


def read(path: str, text: str, _files: Files) -> tuple[FileReader, ...]:
    if _WRITTEN_BY_DBT.match(text) or path.endswith("dbt_project.yml"):
        # What dbt runs of it is the project's.
        return ()
    texts = tuple(texts_of_json(text) if path.endswith(".json") else texts_of_yaml(text))
    queries = tuple(query for each in texts for query in queries_in(each))
    return (*script(path, queries), *(reader for each in texts for reader in _dashboard(each)))


def _dashboard(each: KeyedText) -> tuple[FileReader, ...]:
    """Give the panels of a dashboard of Grafana's that a manifest of Kubernetes holds as a text."""
    if not each.made.text.lstrip().startswith("{"):
        return ()
    # Imported here: few texts are a document.
    from contract_gate.workspace.readers.grafana import readers_in

    try:
        found = readers_in(each.made.text)
    except UnreadableReaderError:
        # A text may begin so and be something else.
        return ()
    lines = each.made.lines
    return tuple(
        replace(
            reader,
            line=lines[min(reader.line, len(lines)) - 1],
            queries=tuple(moved(reader.queries, lines)),
        )
        for reader in found
    )


def queries_in(each: KeyedText) -> Iterator[ReaderQuery]:
    """Give the queries that a text of a document is, or hands to a client."""
    if _PROSE.fullmatch(each.key):
        return
    found = tuple(as_queries(each.made, is_sql=re.search(r"sql|query", each.key, re.IGNORECASE) is not None))
    yield from found or queries_of_command(each.made)


def texts_of_json(text: str) -> Iterator[KeyedText]:
    """Give every text of a JSON document. UnreadableReaderError where it is none."""
    pending: list[tuple[Json, tuple[str, ...]]] = [(read_json(text), ())]
    while pending:
        value, keys = pending.pop()
        match value:
            case JsonText(text=found, line=line):
                yield KeyedText(keys=keys, made=Pieced(found, (line,) * (found.count("\n") + 1)))
            case JsonObject(fields=fields):
                pending.extend((each, (*keys, key)) for key, each in reversed(fields.items()))
            case list():
                lines = [Pieced(each.text, (each.line,)) for each in value if isinstance(each, JsonText)]
                whole = _of_lines(lines) if len(lines) == len(value) else None
                if whole is not None:
                    yield KeyedText(keys=keys, made=whole)
                else:
                    pending.extend((each, keys) for each in reversed(value))
            case _:
                pass


def texts_of_yaml(text: str) -> Iterator[KeyedText]:
    """Give every text of the documents of a YAML file, dbt's declarations left out. UnreadableReaderError where it is none."""
    for entry, above in documents_of(text):
        is_dbt = any(key in _DBT and _is_named(value) for key, value in entry.entries())
        for each in _texts(entry, above):
            is_query = _QUERIED.search(each.key) is not None and "{{" not in each.made.text
            if not is_dbt or "meta" in each.keys or is_query:
                yield each


def _is_named(value: Entry) -> bool:
    """Tell whether a section lists things by their names, as all of dbt's do."""
    return all(item.get("name") is not None for item in value.items())


@lru_cache(maxsize=8)
def documents_of(text: str) -> tuple[tuple[Entry, int], ...]:
    """Give the documents of a YAML file, each with the number of lines above it. UnreadableReaderError where it is none."""
    starts = [0, *(found.start() for found in _NEW_DOCUMENT.finditer(text))]
    found: list[tuple[Entry, int]] = []
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        above = text.count("\n", 0, start)
        try:
            entry = read_yaml(text[start:end])
        except BadYamlError as error:
            raise UnreadableReaderError(f"line {error.line + above}: {error.reason}") from error
        if entry is not None:
            found.append((entry, above))
    return tuple(found)


def _texts(entry: Entry, above: int) -> Iterator[KeyedText]:
    """Give the texts below an entry that a query may be: of more than one word."""
    pending: list[tuple[yaml.Node, tuple[str, ...]]] = [(entry.node, ())]
    seen: set[int] = set()
    while pending:
        node, keys = pending.pop()
        if id(node) in seen or len(seen) > _MOST:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.ScalarNode):
            if _SEVERAL_WORDS.search(node.value):
                yield KeyedText(keys=keys, made=pieced(Entry(node), above))
        elif isinstance(node, yaml.MappingNode):
            below = [(each.node, (*keys, key)) for key, each in Entry(node).entries()]
            pending.extend(reversed(below))
        else:
            items = [each for each in node.value if isinstance(each, yaml.ScalarNode)]
            lines = [pieced(Entry(each), above) for each in items]
            whole = _of_lines(lines) if len(items) == len(node.value) else None
            if whole is not None:
                yield KeyedText(keys=keys, made=whole)
            else:
                pending.extend((each, keys) for each in reversed(node.value))


def _of_lines(items: Sequence[Pieced]) -> Pieced | None:
    """Give the query whose lines a list has; None where it lists anything else, whole queries too."""
    texts = [each.text.removesuffix("\n") for each in items]
    whole = "\n".join(texts)
    goes_on = (_CLAUSE.match(after) for text, after in pairwise(texts) if looks_like_query(text))
    if len(texts) < 2 or not looks_like_query(whole) or looks_like_query(texts[-1]) or not all(goes_on):
        return None
    return Pieced(
        whole, tuple(each.lines[0] for each, text in zip(items, texts, strict=True) for _ in text.split("\n"))
    )


def pieced(value: Entry, above: int) -> Pieced:
    """Give a scalar with its lines: those of a literal block (`|`) are the file's, others are folded into one."""
    text, line = (value.scalar or "").rstrip("\n"), value.line + above
    node = value.node
    if isinstance(node, yaml.ScalarNode) and node.style == "|":
        return at_line(text, line + 1)
    return Pieced(
        text, (line + (isinstance(node, yaml.ScalarNode) and node.style == ">"),) * (text.count("\n") + 1)
    )
