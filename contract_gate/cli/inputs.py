"""What the commands that take files share: SQL, schemas and dialects, with errors that say what to mend."""

import json
from collections.abc import Mapping
from pathlib import Path

from contract_gate.core.errors import UsageError
from contract_gate.edge.disk import read_regular, read_regular_text

_LARGEST = 20_000_000


def read_sql(path: Path) -> str:
    """Read a SQL file; UsageError where it can't be read."""
    content = read_regular(path, "the SQL", limit=_LARGEST)
    from contract_gate.workspace.files import decode

    return decode(content).text


def read_schema(path: Path | None) -> Mapping[str, Mapping[str, str]]:
    """Read table → column → type from JSON; UsageError where it is something else."""
    if path is None:
        return {}
    try:
        content = json.loads(read_regular_text(path, "the schema", limit=_LARGEST))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"the schema was not read: {path} is not JSON: {error}") from error
    if not isinstance(content, dict) or not all(isinstance(columns, dict) for columns in content.values()):
        raise UsageError(f"the schema was not read: {path}", 'write {"table": {"column": "type"}}')
    return {str(table): {str(c): str(t) for c, t in columns.items()} for table, columns in content.items()}


def known_dialect(name: str) -> str:
    """Give sqlglot's name of a dialect; UsageError with the list where there is none."""
    from contract_gate.workspace.dialects import sqlglot_dialect

    return sqlglot_dialect(name) if name else ""
