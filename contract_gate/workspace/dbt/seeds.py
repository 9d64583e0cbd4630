"""Seeds: a CSV file's header is the relation's columns, and there are no others."""

from collections.abc import Mapping

from contract_gate.workspace.content import csv_header
from contract_gate.workspace.dbt.properties import DeclaredColumn
from contract_gate.workspace.documents import Plain


def read_seed(text: str, delimiter: str, types: Mapping[str, Plain]) -> tuple[DeclaredColumn, ...]:
    """Read the header; types are the configured ones (`column_types`), None where only rows would tell."""
    lowered = {name.lower(): value for name, value in types.items()}
    return tuple(
        DeclaredColumn(name=name, type=_type(lowered.get(name.lower())), line=1)
        for name in csv_header(text, delimiter)
    )


def _type(value: Plain) -> str | None:
    return str(value).upper() if value else None
