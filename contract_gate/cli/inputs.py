"""What the commands that take files share: SQL, schemas and dialects, with errors that say what to mend."""

import re
from collections.abc import Mapping
from pathlib import Path

from contract_gate.core.errors import UsageError
from contract_gate.core.json_fields import named_texts, parse, table
from contract_gate.core.paths import ending_of
from contract_gate.edge.disk import read_regular

_LARGEST = 20_000_000
_TEMPLATE = re.compile(r"\{[{%#]|\$\{|(?m:^[ \t]*(?:MODEL\s*\(|config\s*\{))")


def read_sql(path: Path) -> str:
    """Read a SQL file; UsageError where it can't be read."""
    content = read_regular(path, "the SQL", limit=_LARGEST)
    from contract_gate.workspace.files import decode

    return decode(content).text


def is_template(path: Path, text: str) -> bool:
    """Tell whether a file of SQL has to be rendered by its project: one of Dataform's, and what holds templates or a block of settings."""
    return ending_of(str(path)) == ".sqlx" or _TEMPLATE.search(text) is not None


def read_schema(path: Path | None) -> Mapping[str, Mapping[str, str]]:
    """Read table → column → type from JSON; UsageError where it is something else."""
    if path is None:
        return {}
    try:
        content = table(parse(read_regular(path, "the schema", limit=_LARGEST)), "the schema")
        return {name: named_texts(content, name) for name in content}
    except ValueError as error:
        hint = 'write {"table": {"column": "type"}}'
        raise UsageError(f"the schema was not read: {path}: {error}", hint) from error


def known_dialect(name: str) -> str:
    """Give sqlglot's name of a dialect; UsageError with the list where there is none."""
    from contract_gate.workspace.dialects import sqlglot_dialect

    return sqlglot_dialect(name) if name else ""
