"""Power BI's tables, with the relation or the query that their M reads and the columns they take.

Of M only what names a relation is understood (`Source{[Schema=…,Item=…]}`, a text that is a query, renamed columns): it is searched
for, and never run.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from contract_gate.workspace.files import Files, read_texts
from contract_gate.workspace.readers.literals import looks_like_query
from contract_gate.workspace.readers.power_bi.bim import read_bim
from contract_gate.workspace.readers.power_bi.constants import TOKEN, constant, settled
from contract_gate.workspace.readers.power_bi.model import BiModel, BiScript, BiTable
from contract_gate.workspace.readers.power_bi.power_query import SourceColumns, columns_of
from contract_gate.workspace.readers.power_bi.tmdl import read_tmdl
from contract_gate.workspace.readers.queries import of_columns, quoted, relation
from contract_gate.workspace.readers.values import FileReader, ReaderQuery

_BIM, _TMDL, _EXPRESSIONS = ".bim", ".tmdl", "expressions.tmdl"
_STRING = r'"((?:[^"]|"")*)"'
_RUN = re.compile(r"\s*(?:exec|execute|call)\s", re.IGNORECASE)
_ITEM = re.compile(rf"\[\s*Schema\s*=\s*(?:{_STRING}|[\w#][^,\]]*),\s*Item\s*=\s*{_STRING}")
_TURNED = re.compile(rf"\[\s*Item\s*=\s*{_STRING},\s*Schema\s*=\s*(?:{_STRING}|[\w#][^,\]]*)\s*\]")
_STEP = re.compile(
    rf"\{{\s*\[\s*(?:Name|Schema)\s*=\s*{_STRING}(?:\s*,\s*Kind\s*=\s*\"\w+\")?\s*\]\s*\}}\s*\[Data\]"
)
"""One step down to a table: a database, a schema, the table itself."""
_DIALECTS = {
    "Sql.Database": "tsql", "Sql.Databases": "tsql", "PostgreSQL.Database": "postgres", "Snowflake.Databases": "snowflake",
    "GoogleBigQuery.Database": "bigquery", "AmazonRedshift.Database": "redshift", "MySQL.Database": "mysql",
    "Databricks.Catalogs": "databricks", "Databricks.Query": "databricks", "Oracle.Database": "oracle",
}  # fmt: skip
"""By the function that opens the source."""
_CONNECTOR = re.compile("|".join(re.escape(name) for name in sorted(_DIALECTS, key=len, reverse=True)))
_BREAK = re.compile(r"#\((lf|cr,lf|tab|cr)\)")
_BREAKS = {"lf": "\n", "cr,lf": "\n", "cr": "\n", "tab": "\t"}


def read(path: str, text: str, files: Files) -> tuple[FileReader, ...]:
    """Give the tables of a file; of shared expressions, each that reads the source and the tables that are made of it."""
    model = _model(path, text)
    shared = (*model.expressions, *_expressions_beside(path, files))
    scripts = [settled(script, shared) for script in model.expressions]
    return (
        *(reader for table in model.tables for reader in _of_table(_settled(table, shared))),
        *(reader for script in scripts for reader in _of_expression(script, path, model, files)),
        *(reader for script in scripts for reader in _of_constant(script, path, files, shared)),
    )


def _model(path: str, text: str) -> BiModel:
    return read_bim(text) if path.endswith(_BIM) else read_tmdl(text)


def _settled(table: BiTable, shared: Sequence[BiScript]) -> BiTable:
    return replace(table, scripts=tuple(settled(script, shared) for script in table.scripts))


def _expressions_beside(path: str, files: Files) -> Iterator[BiScript]:
    """Give the expressions of the model that a table's file belongs to: they have a file of their own above it."""
    folder = path.rpartition("/")[0]
    places = {f"{each}/{_EXPRESSIONS}".lstrip("/") for each in (folder, folder.rpartition("/")[0])} - {path}
    for text in read_texts(files, places & files.paths() if path.endswith(_TMDL) else ()).values():
        yield from read_tmdl(text).expressions


def _of_constant(
    script: BiScript, path: str, files: Files, shared: Sequence[BiScript]
) -> Iterator[FileReader]:
    """Give the tables of other files that take a relation's name from a parameter; one that names it itself is read by itself."""
    text = constant(script)
    if text is None:
        return
    word = text.rpartition(".")[2].strip('[]"').lower()
    for place, table in _tables_beside(path, BiModel(), files):
        if word and _means(script, table) and word not in read_texts(files, [place])[place].lower():
            for reader in _of_table(_settled(table, shared)):
                queries = tuple(_at(place, table, query) for query in reader.queries)
                yield replace(reader, path=place, queries=queries)


def _means(script: BiScript, table: BiTable) -> bool:
    """Tell whether a table takes anything of an expression by its name."""
    name = re.escape(script.name)
    meant = re.compile(rf'#"{name}"|(?<![\w."])(?<!\[){name}(?![\w"])')
    return any(meant.search(own.text) for own in table.scripts)


def _of_table(table: BiTable) -> Iterator[FileReader]:
    queries = [query for script in table.scripts for query in _read(script, _columns(script, table))]
    yield from _reader("Power BI table", table.name, table.line, queries, table.scripts)


def _of_expression(script: BiScript, path: str, model: BiModel, files: Files) -> Iterator[FileReader]:
    """A table may take its rows of an expression by its name, in its own M: then its columns are read of the source."""
    queries = list(_read(script, _columns(script)))
    yield from _reader("Power BI query", script.name, script.lines[0], queries, (script,))
    for place, table in _tables_beside(path, model, files) if queries else ():
        for own in table.scripts:
            if _means(script, replace(table, scripts=(own,))):
                named = _columns(own, table, columns_of(script.text))
                read = list(_sql(script)) or [_at(place, table, query) for query in _named(script, named)]
                yield from _reader("Power BI table", table.name, table.line, read, (script,), place)


def _tables_beside(path: str, model: BiModel, files: Files) -> Iterator[tuple[str, BiTable]]:
    """Give the tables of the model that the expression belongs to, with their files ("": its own)."""
    yield from (("", table) for table in model.tables)
    folder = path.rpartition("/")[0]
    beside = (
        each for each in files.paths() if each.endswith(_TMDL) and each.startswith(folder) and each != path
    )
    for place, text in read_texts(files, beside if path.endswith(_TMDL) else ()).items():
        yield from ((place, table) for table in read_tmdl(text).tables)


def _at(place: str, table: BiTable, query: ReaderQuery) -> ReaderQuery:
    """Say that columns and relation are read where the table stands; the expression may stand in another file."""
    if not place:
        return query
    return replace(query, path=place, line=table.line, lines=(table.line, *query.lines[1:-1], table.line))


def _reader(
    noun: str, name: str, line: int, queries: list[ReaderQuery], scripts: tuple[BiScript, ...], path: str = ""
) -> Iterator[FileReader]:
    opened = (_CONNECTOR.search(script.text) for script in scripts)
    dialect = next((_DIALECTS[found[0]] for found in opened if found is not None), None)
    if queries:
        yield FileReader(noun=noun, name=name, line=line, queries=tuple(queries), dialect=dialect, path=path)


def _columns(
    script: BiScript, table: BiTable | None = None, before: SourceColumns | None = None
) -> list[tuple[str, int]]:
    """Give the source's columns that the steps name, and those of the table: what was renamed is renamed back, what is made is none."""
    steps = columns_of("" if script.is_sql else script.text, before)
    found = [(quoted(name), script.line_at(at)) for name, at in steps.read]
    for column, line in table.columns if table is not None else ():
        name = steps.source(column.strip().strip('"').removeprefix("[").removesuffix("]"))
        found += [(quoted(name), line)] if name else []
    return found


def _read(script: BiScript, columns: list[tuple[str, int]]) -> list[ReaderQuery]:
    written, named = list(_sql(script)), list(_named(script, columns))
    # A sentence may look like a query: it is one for sure where something is told to run it.
    return written if written and (script.is_sql or "Query" in script.text) else [*written, *named]


def _sql(script: BiScript) -> Iterator[ReaderQuery]:
    """Give the queries that are written out; the breaks of one in M may be written as marks, and then it has one line."""
    if script.is_sql:
        yield ReaderQuery(sql=script.text, line=script.lines[0], lines=script.lines)
        return
    for found in TOKEN.finditer(script.text):
        text = (found["text"] or "")[1:-1]
        sql = _BREAK.sub(lambda each: _BREAKS[each[1]], text.replace('""', '"'))
        if not looks_like_query(sql) and _RUN.match(sql) is None:
            continue
        start = found.start() + 1
        first, count = script.text.count("\n", 0, start), sql.count("\n") + 1
        own = script.lines[first : first + count] if "#(" not in text else ()
        lines = own if len(own) == count else (script.line_at(start),) * count
        yield ReaderQuery(sql=sql, line=lines[0], lines=lines)


def _named(script: BiScript, columns: list[tuple[str, int]]) -> Iterator[ReaderQuery]:
    if script.entity:
        yield of_columns(relation(*script.entity), columns, script.lines[0])
        return
    turned = [(found, found.groups()[::-1]) for found in _TURNED.finditer(script.text)]
    items = [*((found, found.groups()) for found in _ITEM.finditer(script.text)), *turned]
    for found, parts in items:
        schema, item = (part and part.replace('""', '"') for part in parts)
        yield of_columns(relation(schema, item), columns, script.line_at(found.start()))
    steps = [] if items else list(_STEP.finditer(script.text))
    if len(steps) > 1:
        named = relation(*(step[1] for step in steps[-3:]))
        yield of_columns(named, columns, script.line_at(steps[-1].start()))
