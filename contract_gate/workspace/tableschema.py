"""Column lists that stand beside a query: BigQuery's table schema as YAML or JSON (`fields:` with name, type, mode).

https://cloud.google.com/bigquery/docs/schemas#specifying_a_json_schema_file
"""

import re
from collections.abc import Mapping

from contract_gate.core.relation import Column
from contract_gate.workspace.documents import read_plain


def read_table_schema(text: str) -> tuple[Column, ...]:
    """Give the columns in order; nothing for a file that is no table schema. Raises BadYamlError."""
    simple = _read_simple(text)
    if simple is not None:
        return tuple(_column(field) for field in simple)
    content = read_plain(text)
    fields = content.get("fields") if isinstance(content, dict) else content
    if not isinstance(fields, list):
        return ()
    return tuple(
        _column(field) for field in fields if isinstance(field, dict) and isinstance(field.get("name"), str)
    )


_ITEM = re.compile(r"(- |  )(\w+): *(.*)")
_PLAIN = re.compile(r"[\w.-]*")


def _read_simple(text: str) -> list[dict[str, object]] | None:
    """Read the shape that tools write (`fields:`, then a list at the margin) ten times faster; None: it is another."""
    fields: list[dict[str, object]] = []
    if not text.startswith("fields:\n"):
        return None
    for line in text[8:].split("\n"):
        if not line or line.startswith(("   ", "  - ")):
            continue
        found = _ITEM.fullmatch(line)
        if found is None:
            return None
        dash, key, value = found.groups()
        if dash == "- ":
            fields.append({})
        if key in ("name", "type", "mode"):
            if not fields or not value or not _PLAIN.fullmatch(value):
                return None
            fields[-1][key] = value
    return fields if all("name" in field for field in fields) else None


def _column(field: Mapping[str, object]) -> Column:
    kind = str(field.get("type") or "").upper()
    repeated = field.get("mode") == "REPEATED"
    simple = kind and kind not in ("RECORD", "STRUCT") and not repeated
    return Column(
        name=str(field["name"]).lower(),
        type=_NAMES.get(kind, kind) if simple else None,
        nullable=False if field.get("mode") == "REQUIRED" else None,
    )


_NAMES = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL"}
"""The API's names of types that GoogleSQL spells otherwise."""
