"""Great Expectations: the columns that the expectations of a suite name, of the relations that the suite is run on.

https://docs.greatexpectations.io. A suite (JSON) names columns alone. What it is run on is said by checkpoints and validation definitions, by
its own record of where it was made, or, as old versions called it, by its name (`orders.warning`). An asset stands for a table or a
query where `great_expectations.yml` says so, else for the table that it is called by.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from contract_gate.core.values import dataclass, field
from contract_gate.workspace.documents import Entry
from contract_gate.workspace.files import Files, read_texts
from contract_gate.workspace.readers.json_text import Json, JsonObject, JsonText, read_json
from contract_gate.workspace.readers.kinds import kind
from contract_gate.workspace.readers.queries import (
    is_query,
    of_columns,
    of_yaml,
    parsed,
    quoted,
    relation,
)
from contract_gate.workspace.readers.values import FileReader, ReaderQuery, UnreadableReaderError

_FOLDER = re.compile(r"(?:.*/)?\.?(?:great_expectations|great-expectations|gx)/")
_COLUMNS = ("column", "column_A", "column_B", "column_list", "column_set")
_SUFFIX = re.compile(r"(?:[._](?:warning|failure|error|critical|default|basic|demo|suite|expectations?))+\Z")
_DEEPEST = 30


@dataclass(frozen=True, slots=True)
class GreatExpectations:
    """What files say beside the suites: what stands behind an asset (table or query), and which assets a suite is run on."""

    behind: dict[str, str] = field(default_factory=dict)
    run_on: dict[str, dict[str, None]] = field(default_factory=dict)

    def take(self, entry: Entry, suite: str = "", asset: str = "", depth: int = _DEEPEST) -> None:
        """Take in a document: a validation may say its suite, its asset or both, or leave them to what is around it."""
        if not depth:
            return
        suite = entry.text("expectation_suite_name") or entry.text("suite", "name") or suite
        asset = _asset(entry) or asset
        if suite and asset:
            self.run_on.setdefault(suite, {})[asset] = None
        for name, each in entry.fields("assets"):
            self._stands_for(name, each)
        for each in entry.list_of("assets"):
            self._stands_for(each.text("name") or "", each)
        for each in entry.values():
            self.take(each, suite, asset, depth - 1)

    def _stands_for(self, name: str, asset: Entry) -> None:
        table, query = asset.text("table_name"), asset.get("query")
        if query is not None and query.scalar:
            self.behind[name] = of_yaml(query)[0]
        elif table:
            self.behind[name] = ".".join(filter(None, (asset.text("schema_name"), table)))


def read(path: str, text: str, files: Files) -> tuple[FileReader, ...]:
    """Give the suite of a file; of a file that says what suites are run on, those suites."""
    beside = _beside(path, files)
    own = _suite(text) if path.endswith(".json") else None
    if own is not None:
        said = _heard(each for each in beside.values())
        name = _name(own, path)
        assets = said.run_on.get(name) or dict.fromkeys(_recorded(own)) or {_SUFFIX.sub("", name): None}
        return tuple(_readers(name, own, assets, said, ""))
    here, said = _heard([text]), _heard([*beside.values(), text])
    found: list[FileReader] = []
    for place, other in beside.items():
        suite = _suite(other) if place.endswith(".json") else None
        name = _name(suite, place) if suite is not None else ""
        assets = {
            asset: None
            for asset in said.run_on.get(name, {})
            if asset in here.run_on.get(name, {}) or asset in here.behind
        }
        if suite is not None:
            found += _readers(name, suite, assets, said, place)
    return tuple(found)


def _beside(path: str, files: Files) -> Mapping[str, str]:
    """Give the texts of the same project of Great Expectations."""
    folder = _FOLDER.match(path)
    root = folder[0] if folder is not None else path.rpartition("/")[0].rpartition("/")[0]
    own = kind("great-expectations")
    places = (each for each in files.paths() if each.startswith(root) and own.claims(each) and each != path)
    marks = (*(mark.decode() for mark in own.marks), "fluent_datasources")
    return {
        place: text
        for place, text in read_texts(files, places).items()
        if any(mark in text for mark in marks)
    }


def _heard(texts: Iterator[str] | list[str]) -> GreatExpectations:
    said = GreatExpectations()
    for text in texts:
        try:
            root = parsed(text)
        except UnreadableReaderError:
            # A file that can't be read is told by itself.
            continue
        if root is not None and not root.list_of("expectations"):
            said.take(root)
    return said


def _asset(entry: Entry) -> str | None:
    """What a batch request or a validation definition names, or the query that is handed over when it runs."""
    query = entry.text("runtime_parameters", "query")
    return query or entry.text("data_asset_name") or entry.text("asset", "name")


def _suite(text: str) -> JsonObject | None:
    """Give a suite; None where the JSON is something else, or none."""
    try:
        root = read_json(text)
    except UnreadableReaderError:
        return None
    return root if isinstance(root, JsonObject) and root.nodes("expectations") else None


def _name(suite: JsonObject, path: str) -> str:
    own = suite.text("expectation_suite_name") or suite.text("name")
    return own or PurePosixPath(path).stem


def _readers(
    name: str, suite: JsonObject, assets: Mapping[str, None], said: GreatExpectations, place: str
) -> Iterator[FileReader]:
    read = [
        (quoted(column), line)
        for each in suite.nodes("expectations")
        for key in _COLUMNS
        for column, line in _texts(each.get("kwargs", key), 3)
    ]
    for asset in assets:
        behind = said.behind.get(asset, asset)
        if is_query(behind):
            source = f"(\n{behind.rstrip().rstrip(';')}\n)"
            made = of_columns(source, read, 1)
            last = made.lines[-1]
            query = ReaderQuery(
                sql=made.sql, line=1, lines=(*made.lines, *(last,) * (source.count("\n") + 1)), path=place
            )
        else:
            made = of_columns(relation(*behind.split(".")), read, 1)
            query = ReaderQuery(sql=made.sql, line=1, lines=made.lines, path=place)
        yield FileReader(noun="expectation suite", name=name, path=place, queries=(query,), is_anywhere=True)


def _texts(value: Json, depth: int) -> Iterator[tuple[str, int]]:
    match value:
        case JsonText(text=text, line=line):
            yield text, line
        case list() if depth:
            for each in value:
                yield from _texts(each, depth - 1)
        case _:
            return


def _recorded(suite: JsonObject) -> Iterator[str]:
    """What the suite was made on: in `meta.citations`, by a batch request or its older form."""
    for each in suite.nodes("meta", "citations"):
        for keys in (
            ("batch_request", "runtime_parameters", "query"), ("batch_request", "data_asset_name"), ("batch_kwargs", "query"),
            ("batch_kwargs", "table"), ("batch_kwargs", "data_asset_name"),
        ):  # fmt: skip
            if text := each.text(*keys):
                yield text
                break
    if text := suite.text("data_asset_name"):
        yield text
