"""A model written as a data contract of the Open Data Contract Standard: its columns, their types, and what is tested of them."""

import yaml

from contract_gate.compare.bound import BoundWorld
from contract_gate.core.relation import Column
from contract_gate.core.world import Constraint, ConstraintKind, Model
from contract_gate.sql.stack import deep_stack
from contract_gate.sql.types import type_class
from contract_gate.workspace.readers.resolving import known_name
from contract_gate.workspace.repository import RepositoryWorld

_API = "v3.0.2"
_LOGICAL = {"string": "string", "number": "number", "time": "date", "boolean": "boolean"}


def exported(world: RepositoryWorld, model: Model) -> str:
    """Give the contract as YAML; what nobody knows (a type, an owner) is left out."""
    bound = BoundWorld(world)
    world.watch_columns(bound.columns)
    shape = deep_stack(lambda: bound.shape(model.key))
    columns = shape.columns if shape is not None else ()
    name = model.relation.name if model.relation is not None else model.name
    table: dict[str, object] = {
        "name": name, "physicalName": _physical_name(world, model), "physicalType": model.materialization or "table",
        "properties": [_property(column, model.constraints) for column in columns],
    }  # fmt: skip
    document: dict[str, object] = {
        "apiVersion": _API, "kind": "DataContract", "id": model.key, "name": name, "version": "1.0.0", "status": "draft",
        "schema": [table],
    }  # fmt: skip
    if model.owners:
        document["team"] = [{"username": owner, "role": "Owner"} for owner in model.owners]
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)


def _physical_name(world: RepositoryWorld, model: Model) -> str:
    project = world.project_of(model.key)
    known = (
        known_name(model.relation, project)
        if model.relation is not None and project is not None
        else model.relation
    )
    return str(known)


def _property(column: Column, constraints: tuple[Constraint, ...]) -> dict[str, object]:
    found: dict[str, object] = {"name": column.name}
    logical = type_class(column.type)
    if logical is not None:
        found["logicalType"] = _LOGICAL[logical]
    if column.type is not None:
        found["physicalType"] = column.type
    kinds = {each.kind for each in constraints if each.columns == (column.name,)}
    if ConstraintKind.NOT_NULL in kinds or column.nullable is False:
        found["required"] = True
    if ConstraintKind.UNIQUE in kinds:
        found["unique"] = True
    values = next(
        (
            each.values
            for each in constraints
            if each.kind is ConstraintKind.ACCEPTED_VALUES and each.columns == (column.name,)
        ),
        (),
    )
    if values:
        rule = {"type": "library", "rule": "invalidValues", "validValues": list(values), "mustBe": 0}
        found["quality"] = [rule]
    return found
