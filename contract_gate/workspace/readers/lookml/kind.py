"""LookML as a kind of reader: explores, views that no explore shows, and the tiles of dashboards.

Looker's models as code: https://cloud.google.com/looker/docs/reference/lookml-quick-reference

A view stands for a relation. Who extends or refines it, the explores that join it and the dashboards over those lie in other
files, which do not name the relation: so a file with views gives whoever reads these, whichever file that is in.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from contract_gate.workspace.documents import BadYamlError, Entry, read_yaml
from contract_gate.workspace.files import Files, read_texts
from contract_gate.workspace.readers.lookml.blocks import LookMLBlock, blocks
from contract_gate.workspace.readers.lookml.project import LookMLExplore, LookMLJoin, LookMLProject
from contract_gate.workspace.readers.queries import of_columns
from contract_gate.workspace.readers.tables import (
    OWN,
    SemanticField,
    SemanticTable,
    Tables,
    field_queries,
    query_of,
    table_queries,
)
from contract_gate.workspace.readers.values import FileReader, ReaderQuery

_CLAUSE = re.compile(r"\s*(?:,|(?:left|right|full|inner|outer|cross|join)\b)", re.IGNORECASE)
_FIELD = re.compile(r"\$\{\w+\.(?!SQL_TABLE_NAME)\w+\}")
_RAW = re.compile(r"(?<![\w.{$\"`'])(\w+)\.(?=[\w\"`])(?!SQL_TABLE_NAME)(?![^{}]*\})")
_JOINED = re.compile(
    r"\bjoin\s+(?!unnest\b|lateral\b|flatten\b|table\b)([\w`\"][\w`\".-]*)(?!\s*\()", re.IGNORECASE
)


def read(_path: str, text: str, files: Files) -> tuple[FileReader, ...]:
    """Give what reads the views of a file, and what asks whether data are new. Raises UnreadableReaderError for what is not LookML."""
    own = dict.fromkeys(block.name.removeprefix("+") for block in blocks(text) if block.key == "view")
    triggers = tuple(reader for block in blocks(text) for reader in _triggers(block))
    if not own:
        return triggers
    project, dashboards = _opened(files)
    names = dict.fromkeys((*own, *(heir for name in own for heir in project.extending(name))))
    views = {name: view for name in names if (view := project.view(name)) is not None}
    explores = project.explores(views)
    shown = {view for explore in explores for view in explore.views.values()}
    return (
        *(_of_explore(explore, project, views) for explore in explores),
        *(_of_view(view, project) for name, view in views.items() if name not in shown),
        *(reader for explore in explores for reader in _native(explore, project, views)),
        *_tiles(explores, project, views, dashboards),
        *triggers,
    )


def _triggers(block: LookMLBlock) -> Iterator[FileReader]:
    for each in (block, *block.inner("derived_table")):
        found = each.value("sql_trigger") or each.value("sql_trigger_value")
        if found is not None:
            query = ReaderQuery(sql=found[0], line=found[1])
            yield FileReader(noun="trigger", name=block.name, line=block.line, queries=(query,))


def _opened(files: Files) -> tuple[LookMLProject, Mapping[str, str]]:
    """Give the project of one side, and its dashboards by their paths."""
    texts = read_texts(
        files, (path for path in files.paths() if path.endswith((".lkml", ".dashboard.lookml")))
    )
    dashboards = {path: text for path, text in texts.items() if path.endswith(".lookml")}
    return LookMLProject({path: text for path, text in texts.items() if path not in dashboards}), dashboards


def _of_view(view: SemanticTable, project: LookMLProject) -> FileReader:
    queries = field_queries(view, project.view)
    return FileReader(noun="view", name=view.name, path=view.path, line=view.line, queries=queries)


def _of_explore(explore: LookMLExplore, project: LookMLProject, views: Collection[str]) -> FileReader:
    tables = _tables(explore, project)
    base = SemanticTable(name=explore.name, line=explore.line, path=explore.path)
    joins = (query_of(_condition(join, explore.views), base, tables) for join in explore.joins)
    queries = [query for query in joins if query is not None]
    queries += [query for join in explore.joins if join.conditions for query in _joined_by_clause(join)]
    for alias, name in explore.views.items():
        table = tables(alias) if name in views else None
        queries += table_queries(table, tables) if table is not None else ()
    return FileReader(
        noun="explore", name=explore.label, path=explore.path, line=explore.line, queries=tuple(queries)
    )


def _native(explore: LookMLExplore, project: LookMLProject, views: Collection[str]) -> Iterator[FileReader]:
    """Give the views that derive their table from an explore, by the fields that they take."""
    for path, block, source in project.native(explore.name):
        fields = [
            (_of_explore_field(column.text("field") or column.name, explore), column.line)
            for column in source.inner("column")
        ]
        query = _of_fields(fields, explore, project, views, source.line)
        if query is not None:
            own = replace(query, path=path)
            yield FileReader(noun="view", name=block.name, path=path, line=block.line, queries=(own,))


def _of_explore_field(name: str, explore: LookMLExplore) -> str:
    """A field without its view's name is one of the view that the explore begins with."""
    return name if "." in name else f"{explore.base}.{name}"


def _condition(join: LookMLJoin, views: Collection[str]) -> SemanticField:
    """A condition, or a whole clause that Looker puts in as it is: of that the fields that it names.

    `orders.amount` without `${…}` is the column of the table that the explore calls so.
    """

    def table(found: re.Match[str]) -> str:
        return "${" + found[1] + "." + OWN + "}." if found[1] in views else found[0]

    expressions = tuple(
        (each, join.line)
        for sql in join.conditions
        for each in (_FIELD.findall(sql) if _CLAUSE.match(sql) is not None else [f"({_RAW.sub(table, sql)})"])
    )
    return SemanticField(name="", line=join.line, expressions=expressions, path=join.path)


def _joined_by_clause(join: LookMLJoin) -> Iterator[ReaderQuery]:
    """Give the relations that such a clause names itself."""
    for sql in join.conditions if _CLAUSE.match(join.conditions[0]) is not None else ():
        for name in dict.fromkeys(_JOINED.findall(sql)):
            yield replace(of_columns(name, (), join.line), path=join.path)


def _tables(explore: LookMLExplore, project: LookMLProject) -> Tables:
    """The views under the names that the explore gives them."""

    def table(alias: str) -> SemanticTable | None:
        found = project.view(explore.views.get(alias, alias))
        return replace(found, name=alias) if found is not None else None

    return table


def _tiles(
    explores: Collection[LookMLExplore],
    project: LookMLProject,
    views: Collection[str],
    dashboards: Mapping[str, str],
) -> Iterator[FileReader]:
    by_name = {explore.name: explore for explore in explores}
    for path, text in dashboards.items():
        if not any(name in text for name in by_name):
            continue
        try:
            root = read_yaml(text)
        except BadYamlError:
            # A dashboard that can't be read hides no view: those are judged by themselves.
            continue
        for entry in root.items() if root is not None else ():
            dashboard = entry.text("title") or entry.text("dashboard") or path
            for tile in entry.list_of("elements"):
                explore = by_name.get(tile.text("explore") or "")
                query = _of_tile(tile, explore, project, views) if explore is not None else None
                if query is not None:
                    title = tile.text("title") or tile.text("name") or f"line {tile.line}"
                    name = f"{dashboard} › {title}"
                    yield FileReader(noun="tile", name=name, path=path, line=tile.line, queries=(query,))


def _of_tile(
    tile: Entry, explore: LookMLExplore, project: LookMLProject, views: Collection[str]
) -> ReaderQuery | None:
    return _of_fields(list(_named(tile)), explore, project, views, tile.line)


def _of_fields(
    named: list[tuple[str, int]],
    explore: LookMLExplore,
    project: LookMLProject,
    views: Collection[str],
    line: int,
) -> ReaderQuery | None:
    fields = [(name, at) for name, at in named if explore.views.get(name.partition(".")[0]) in views]
    read = SemanticField(
        name="", line=line, expressions=tuple(("${" + name + "}", at) for name, at in fields)
    )
    return query_of(read, SemanticTable(name=explore.name, line=line), _tables(explore, project))


def _named(tile: Entry) -> Iterator[tuple[str, int]]:
    """The fields that a tile shows, filters by or builds its own from."""
    seen: set[str] = set()
    filters = [tile.get("filters"), tile.get("listen")]
    found = [(item.scalar, item.line) for item in tile.list_of("fields")]
    found += [(key, value.line) for entry in filters if entry is not None for key, value in entry.entries()]
    found += [(item.text("based_on"), item.line) for item in tile.list_of("dynamic_fields")]
    for name, line in found:
        if name is not None and "." in name and name not in seen:
            seen.add(name)
            yield name, line
