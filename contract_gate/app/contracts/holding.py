"""A data contract held against the models as they are: what they lack, give otherwise, or nobody can tell."""

from collections.abc import Iterable, Iterator
from enum import StrEnum

from contract_gate.compare.bound import BoundWorld
from contract_gate.compare.impact.promises import is_another_type
from contract_gate.core.relation import Column, RelationName, caseless
from contract_gate.core.values import dataclass
from contract_gate.core.world import HeldColumn, Model
from contract_gate.sql.names import fold_table
from contract_gate.sql.stack import deep_stack
from contract_gate.workspace.readers.datacontract import DataContract, PromisedRelation
from contract_gate.workspace.readers.resolving import ReaderNames
from contract_gate.workspace.repository import RepositoryWorld


class Holds(StrEnum):
    """Whether a relation keeps what a contract promises of it; unknown where its columns or the relation are not known here."""

    KEPT = "kept"
    BROKEN = "broken"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRelation:
    """A relation of a contract, the model that makes it, and what is wrong: (line of the contract, sentence)."""

    contract: str
    version: str
    path: str
    line: int
    relation: str
    model: str | None
    holds: Holds
    found: tuple[tuple[int, str], ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Give the JSON of `contract check`."""
        return {
            "contract": self.contract, "version": self.version, "path": self.path, "line": self.line,
            "relation": self.relation, "model": self.model, "holds": self.holds.value,
            "found": [{"line": line, "message": message} for line, message in self.found],
        }  # fmt: skip


def held(
    world: RepositoryWorld, contracts: Iterable[tuple[str, DataContract | str]], dialect: str
) -> tuple[HeldRelation, ...]:
    """Hold each relation of the contracts (path, contract or why there is none) against the model that makes it."""
    names, bound = ReaderNames(world.projects, world.made_up), BoundWorld(world)
    world.watch_columns(bound.columns)
    return deep_stack(
        lambda: tuple(one for path, each in contracts for one in _each(path, each, names, bound, dialect))
    )


def _each(
    path: str, contract: DataContract | str, names: ReaderNames, world: BoundWorld, dialect: str
) -> Iterator[HeldRelation]:
    if isinstance(contract, str):
        said = ((1, f"it was not read: {contract}"),)
        yield HeldRelation(
            contract="",
            version="",
            path=path,
            line=1,
            relation="",
            model=None,
            holds=Holds.UNKNOWN,
            found=said,
        )
        return
    for relation in contract.relations:
        yield _held(path, contract, relation, names, world, dialect)


def _held(
    path: str,
    contract: DataContract,
    relation: PromisedRelation,
    names: ReaderNames,
    world: BoundWorld,
    dialect: str,
) -> HeldRelation:
    engine = contract.engine or dialect
    name = RelationName(tuple(fold_table(part, False, engine) for part in relation.parts))
    model = names.find(name, engine) or names.alone(name)
    found = tuple(_found(relation, model, world))
    broken = [one for one in found if one[2]]
    holds = Holds.BROKEN if broken else Holds.UNKNOWN if found else Holds.KEPT
    return HeldRelation(
        contract=contract.name, version=contract.version, path=path, line=relation.line, relation=str(name),
        model=str(model.relation) if model is not None else None, holds=holds,
        found=tuple((line, message) for line, message, _ in found),
    )  # fmt: skip


def _found(
    relation: PromisedRelation, model: Model | None, world: BoundWorld
) -> Iterator[tuple[int, str, bool]]:
    """Give what is wrong: line, sentence, and whether it is sure."""
    if model is None:
        yield relation.line, "no model here makes it, or several may", False
        return
    shape = world.shape(model.key)
    columns = {caseless(column.name): column for column in (shape.columns if shape is not None else ())}
    is_closed = shape is not None and shape.closed
    for promised in relation.columns:
        column = columns.get(caseless(promised.name))
        if column is not None:
            yield from _of_column(promised, column, model.dialect)
        elif is_closed:
            yield promised.line, f"`{promised.name}` is not among its columns", True
        else:
            yield promised.line, f"nobody can tell whether it has `{promised.name}`", False


def _of_column(promised: HeldColumn, column: Column, dialect: str) -> Iterator[tuple[int, str, bool]]:
    if is_another_type(promised, column.type, dialect):
        yield promised.line, f"`{promised.name}` is promised as {promised.type}, and is {column.type}", True
    if promised.required and column.nullable is True:
        yield promised.line, f"`{promised.name}` is promised to be never NULL, and may be", True
