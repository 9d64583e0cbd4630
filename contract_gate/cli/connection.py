"""What the commands that ask the catalog by name share: names as people type them, and what is told of the asking."""

import re

import click

from contract_gate.catalogs.names import CatalogNames
from contract_gate.core.errors import UsageError
from contract_gate.core.printable import printable
from contract_gate.core.relation import RelationName, caseless
from contract_gate.edge.config import Config

_PART = re.compile(r'"[^"]+"|`[^`]+`|[^."`\s]+')


def relation_argument(text: str) -> RelationName:
    """Read a relation's name as people type it: `db.schema.name`, a part with dots in quotes. UsageError else."""
    parts = name_parts(text)
    if len(parts) > 3:
        raise UsageError(f"{text!r} is no name of a relation", "write database.schema.name")
    return RelationName(parts)


def name_parts(text: str) -> tuple[str, ...]:
    """Read the parts of a relation's or a column's name; UsageError where it is neither's."""
    parts = _PART.findall(text.strip())
    if not 1 <= len(parts) <= 4 or ".".join(parts) != text.strip():
        raise UsageError(f"{text!r} is no name of a relation", "write database.schema.name")
    return tuple(map(caseless, parts))


def called(relation: RelationName, config: Config) -> RelationName:
    """Give what the catalog calls a relation that a person typed as reports show it: by `catalog-names`, which is told."""
    names = CatalogNames(renamed={name.lower(): value for name, value in config.catalog_names.items()})
    if not names.is_renamed(relation):
        return relation
    tell(f"{relation} is asked for as {names.of(relation)} (catalog-names)")
    return names.of(relation)


def tell(note: str | None) -> None:
    """Say on standard error whose configuration holds, where that may surprise."""
    if note:
        click.echo(f"note: {printable(note)}", err=True)
