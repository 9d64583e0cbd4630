"""Columns as the warehouse has them: what a catalog tells of sources, seeds and models that nothing was edited of."""

from collections.abc import Collection
from dataclasses import replace

from contract_gate.core.relation import Column
from contract_gate.core.world import Model, ModelKind
from contract_gate.sql.names import fold_column
from contract_gate.workspace.dbt.artifacts import CatalogFile, Stored
from contract_gate.workspace.dbt.project import DbtProject


def with_catalog(project: DbtProject, catalog: CatalogFile, affected: Collection[str]) -> dict[str, Model]:
    """Give the models whose columns the catalog knows, by key, with all of their columns.

    What is built anew from an edited file, or downstream of one (`affected`), is not what the catalog has.
    """
    found = {}
    for key, model in project.models.items():
        stored = catalog.relations.get(project.dbt_key(key))
        is_known = model.kind in (ModelKind.SOURCE, ModelKind.SEED) or (
            model.kind.is_built and key not in affected
        )
        if stored is not None and is_known:
            found[key] = _closed(model, stored)
    return found


def _closed(model: Model, stored: Stored) -> Model:
    """Add the columns and types that nobody declared. A declared type stays, and so does a column that is yet to come."""
    kinds = {
        fold_column(name, True, model.dialect): kind.upper()
        for name, kind in stored.columns
        if not _is_field(name, stored)
    }
    declared = {column.name: column for column in model.columns}
    typed = [replace(column, type=column.type or kinds.get(column.name) or None) for column in model.columns]
    if model.closed:
        return replace(model, columns=tuple(typed))
    first = [declared.get(name, Column(name=name)) for name in kinds]
    merged = [replace(column, type=column.type or kinds[column.name] or None) for column in first]
    later = [column for column in typed if column.name not in kinds]
    return replace(model, columns=(*merged, *later), closed=True)


def _is_field(name: str, stored: Stored) -> bool:
    """BigQuery's catalog lists the fields of a struct as columns, `struct.field`."""
    parent = name.rpartition(".")[0]
    return bool(parent) and any(other == parent for other, _ in stored.columns)
