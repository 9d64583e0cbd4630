"""Names of relations that no statement says: those that a file's path gives."""

import re

from contract_gate.core.relation import RelationName
from contract_gate.sql.names import fold_table

FOLDER_FILES = re.compile(r"^(query|view|script|init|materialized_view|part\d+|backfill)$", re.IGNORECASE)
"""Files that make the table their folder is named after: `dataset/table/query.sql`."""
_GENERIC_FOLDERS = frozenset({
    "sql", "models", "src", "queries", "query", "transform", "transforms", "views", "tables", "ddl", "dml", "scripts", "",
})  # fmt: skip


def name_from_path(path: str, dialect: str) -> tuple[RelationName, int]:
    """Name a relation by its file's path; tell how many of the last parts are sure."""
    folder, _, file = path.rpartition("/")
    name, certain = _name(folder, file.rsplit(".", 1)[0])
    return RelationName(tuple(fold_table(part, False, dialect) for part in name)), certain


def _name(folder: str, stem: str) -> tuple[tuple[str, ...], int]:
    folders = [part for part in folder.split("/") if part]
    if FOLDER_FILES.match(stem) and folders:
        named = folders[-3:]
        while len(named) > 1 and named[0].lower() in _GENERIC_FOLDERS:
            named = named[1:]
        return tuple(named), min(2, len(named))
    parts = tuple(part for part in stem.split(".") if part)
    if len(parts) > 1:
        return parts[-3:], min(2, len(parts))
    if folders and folders[-1].lower() not in _GENERIC_FOLDERS:
        return (folders[-1], stem), 1
    return (stem,), 1
