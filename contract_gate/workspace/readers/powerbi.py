"""Power BI's semantic models as TMDL: the tables, with the relation or the query that their M reads and the columns they take.

https://learn.microsoft.com/en-us/analysis-services/tmdl/tmdl-overview. Of M only what names a relation is understood
(`Source{[Schema=…,Item=…]}`, `Value.NativeQuery`, a `ReaderQuery` option, renamed columns): it is searched for, and never run.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from contract_gate.workspace.files import Files
from contract_gate.workspace.readers.power_query import SourceColumns, columns_of
from contract_gate.workspace.readers.queries import of_columns, quoted, relation, texts_of
from contract_gate.workspace.readers.values import FileReader, ReaderKind, ReaderQuery

_NAME = r"(?:'(?P<quoted>(?:[^']|'')+)'|(?P<plain>[^\s=:']+))"
_TABLE = re.compile(rf"^(?P<indent>[ \t]*)table\s+{_NAME}[ \t]*$", re.MULTILINE)
_SOURCE_COLUMN = re.compile(r"^\s+sourceColumn:\s*(.+?)\s*$", re.MULTILINE)
_PARTITION = re.compile(rf"^(?P<indent>[ \t]+)partition\s+{_NAME}\s*=\s*(?P<rest>\w+)[ \t]*$", re.MULTILINE)
_EXPRESSION = re.compile(rf"^(?P<indent>[ \t]*)expression\s+{_NAME}\s*=[ \t]*(?P<rest>.*)$", re.MULTILINE)
_STRING = r'"((?:[^"]|"")*)"'
_NATIVE = re.compile(
    rf"Value\.NativeQuery\s*\((?:[^()\"]|\([^()]*\)|\"[^\"]*\"(?!\s*[,)]))*?,\s*{_STRING}", re.DOTALL
)
_OPTION = re.compile(rf"\bQuery\s*=\s*{_STRING}", re.DOTALL)
_LEGACY = re.compile(
    r"^\s+(?:source\s*=|query\s*[=:])\s*((?:select|with)\b.*)", re.IGNORECASE | re.DOTALL | re.MULTILINE
)
_ITEM = re.compile(rf"\[\s*Schema\s*=\s*(?:{_STRING}|[\w#][^,\]]*),\s*Item\s*=\s*{_STRING}")
_STEP = re.compile(
    rf"\{{\s*\[\s*(?:Name|Schema)\s*=\s*{_STRING}(?:\s*,\s*Kind\s*=\s*\"\w+\")?\s*\]\s*\}}\s*\[Data\]"
)
"""One step down to a table: a database, a schema, the table itself."""
_ENTITY = re.compile(r"^\s+entityName:\s*(.+?)\s*$", re.MULTILINE)
_ENTITY_SCHEMA = re.compile(r"^\s+schemaName:\s*(.+?)\s*$", re.MULTILINE)
"""Direct Lake: the table is named without M."""
_DIALECTS = {
    "Sql.Database": "tsql", "Sql.Databases": "tsql", "PostgreSQL.Database": "postgres", "Snowflake.Databases": "snowflake",
    "GoogleBigQuery.Database": "bigquery", "AmazonRedshift.Database": "redshift", "MySQL.Database": "mysql",
    "Databricks.Catalogs": "databricks", "Databricks.ReaderQuery": "databricks", "Oracle.Database": "oracle",
}  # fmt: skip
"""By the function that opens the source."""
_CONNECTOR = re.compile("|".join(re.escape(name) for name in sorted(_DIALECTS, key=len, reverse=True)))
_BREAK = re.compile(r"#\((lf|cr,lf|tab|cr)\)")
_BREAKS = {"lf": "\n", "cr,lf": "\n", "cr": "\n", "tab": "\t"}


def read(path: str, text: str, files: Files) -> tuple[FileReader, ...]:
    """Give the tables of a file; of shared expressions, each that reads the source and the tables that are made of it."""
    tables = tuple(reader for table in _tables(text) for reader in _of_table(table))
    scripts = _parts(_TmdlPart("", text, 1), _EXPRESSION)
    return (*tables, *(reader for script in scripts for reader in _of_expression(script, path, files)))


KIND = ReaderKind(
    name="power-bi",
    claims=lambda path: path.endswith(".tmdl"),
    read=read,
    marks=(b"partition", b"expression"),
    looks_beside=True,
)


def _tables(text: str) -> list["_TmdlPart"]:
    """A model's folder has a file for each table; a TMDL script (`createOrReplace`) holds any number, one step further in."""
    return list(_parts(_TmdlPart("", text, 1), _TABLE)) if _TABLE.search(text) is not None else []


def _of_table(table: "_TmdlPart") -> Iterator[FileReader]:
    scripts = list(_parts(table, _PARTITION))
    queries = [query for script in scripts for query in _read(script, _columns(script, table))]
    yield from _reader("Power BI table", table.name, table.line, queries, scripts)


def _of_expression(script: "_TmdlPart", path: str, files: Files) -> Iterator[FileReader]:
    """A table may take its rows of an expression by its name, in its own M: then its columns are read of the source."""
    queries = list(_read(script, _columns(script)))
    yield from _reader("Power BI query", script.name, script.line, queries, [script])
    folder = path.rpartition("/")[0]
    beside = (
        each for each in files.paths() if each.endswith(".tmdl") and each.startswith(folder) and each != path
    )
    meant = re.compile(rf'#"{re.escape(script.name)}"|(?<![\w."])(?<!\[){re.escape(script.name)}(?![\w"])')
    for place, text in texts_of(files, beside if queries else ()).items():
        for table in _tables(text):
            for own in _parts(table, _PARTITION):
                if meant.search(own.text):
                    named = _columns(own, table, columns_of(script.text))
                    read = [replace(query, path=place) for query in _read(script, named)]
                    yield from _reader("Power BI table", table.name, table.line, read, [script], place)


def _reader(
    noun: str, name: str, line: int, queries: list[ReaderQuery], scripts: "list[_TmdlPart]", path: str = ""
) -> Iterator[FileReader]:
    opened = (_CONNECTOR.search(script.text) for script in scripts)
    dialect = next((_DIALECTS[found[0]] for found in opened if found is not None), None)
    if queries:
        yield FileReader(noun=noun, name=name, line=line, queries=tuple(queries), dialect=dialect, path=path)


@dataclass(frozen=True, slots=True)
class _TmdlPart:
    """A table, or what a partition or a shared expression runs: its name, what stands below its first line, and the first line of that."""

    name: str
    text: str
    line: int

    def line_at(self, position: int) -> int:
        return self.line + self.text.count("\n", 0, position)


def _parts(whole: _TmdlPart, opening: re.Pattern[str]) -> Iterator[_TmdlPart]:
    """Give what stands deeper than each of these lines, up to the first that does not."""
    for found in opening.finditer(whole.text):
        indent = found["indent"]
        body = [found["rest"]] if "rest" in opening.groupindex else [""]
        for line in whole.text[found.end() + 1 :].split("\n"):
            if line.strip() and not line.startswith((indent + "\t", indent + " ")):
                break
            body.append(line)
        name = (found["quoted"] or found["plain"]).replace("''", "'")
        yield _TmdlPart(name, "\n".join(body), whole.line_at(found.end()))


def _columns(
    script: _TmdlPart, table: _TmdlPart | None = None, before: SourceColumns | None = None
) -> list[tuple[str, int]]:
    """Give the source's columns that the steps name, and those of the table: what was renamed is renamed back, what is made is none."""
    steps = columns_of(script.text, before)
    found = [(quoted(name), script.line_at(at)) for name, at in steps.read]
    for column in _SOURCE_COLUMN.finditer(table.text) if table is not None else ():
        name = steps.source(column[1].strip().strip('"').removeprefix("[").removesuffix("]"))
        found += [(quoted(name), table.line_at(column.start(1)))] if name and table is not None else []
    return found


def _read(script: _TmdlPart, columns: list[tuple[str, int]]) -> Iterator[ReaderQuery]:
    queries = [*_NATIVE.finditer(script.text), *_OPTION.finditer(script.text), *_LEGACY.finditer(script.text)]
    for found in queries:
        sql = _BREAK.sub(lambda each: _BREAKS[each[1]], found[1].replace('""', '"'))
        line = script.line_at(found.start(1))
        yield ReaderQuery(
            sql=sql, line=line, lines=(line,) * (sql.count("\n") + 1) if "#(" in found[1] else ()
        )
    if queries:
        return
    if (entity := _ENTITY.search(script.text)) is not None:
        schema = _ENTITY_SCHEMA.search(script.text)
        named = relation(*(each[1].strip("'") for each in (schema, entity) if each is not None))
        yield of_columns(named, columns, script.line_at(entity.start(1)))
    for found in _ITEM.finditer(script.text):
        yield of_columns(
            relation(found[1] and found[1].replace('""', '"'), found[2].replace('""', '"')),
            columns,
            script.line_at(found.start()),
        )
    steps = list(_STEP.finditer(script.text))
    if len(steps) > 1 and _ITEM.search(script.text) is None:
        yield of_columns(
            relation(*(step[1] for step in steps[-3:])), columns, script.line_at(steps[-1].start())
        )
