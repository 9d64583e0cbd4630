"""SQL in files that are not called `.sql`: Hive's scripts, DDL, exports of Oracle's objects, templates that SQL is written from.

They are readers alone: what they make is nobody's model. Hive's, BigQuery's and Oracle's are in the dialect of that engine, the others in
the repository's.
"""

from dataclasses import replace

from contract_gate.workspace.files import Files
from contract_gate.workspace.readers.values import FileReader, ReaderQuery, script

_DIALECTS = {
    **dict.fromkeys((".hql", ".hive"), "hive"),
    **dict.fromkeys((".bq", ".bqsql"), "bigquery"),
    **dict.fromkeys((".pks", ".pkb", ".pck", ".pls", ".plb"), "oracle"),
}


def read(path: str, text: str, _files: Files) -> tuple[FileReader, ...]:
    """Give the file as one reader."""
    dialect = _DIALECTS.get(path[path.rfind(".") :].lower())
    return tuple(replace(each, dialect=dialect) for each in script(path, [ReaderQuery(sql=text, line=1)]))
