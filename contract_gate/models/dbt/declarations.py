"""The values that others read: `Model`s of nodes, and of what YAML alone declares (tests, exposures, metrics)."""

from collections.abc import Iterable, Iterator

from contract_gate.models.dbt.adapters import Target
from contract_gate.models.dbt.documents import Entry
from contract_gate.models.dbt.names import relation_of
from contract_gate.models.dbt.nodes import Node
from contract_gate.models.dbt.resolve import Resolver
from contract_gate.models.dbt.settings import is_true
from contract_gate.models.jinja.engine import Engine
from contract_gate.relation import Column
from contract_gate.sql.names import fold_column
from contract_gate.world import Model, ModelKind

Other = tuple[str, str, str, Entry]


def model_of(node: Node, target: Target, resolver: Resolver) -> Model:
    """Give a node as a model."""
    columns = tuple(
        Column(name=fold_column(column.name, column.is_quoted, target.dialect), type=column.type)
        for column in node.columns
    )
    return Model(
        key=node.key,
        kind=node.kind,
        name=node.name,
        path=node.path,
        line=node.line,
        dialect=target.dialect,
        relation=relation_of(node, target),
        materialization=None if node.kind in (ModelKind.SOURCE, ModelKind.TEST) else node.materialized,
        columns=columns,
        closed=node.kind is ModelKind.SEED or _is_enforced(node),
    )


def declared_models(
    other: Iterable[Other],
    nodes: Iterable[Node],
    resolver: Resolver,
    target: Target,
    root: str,
    engine: Engine,
) -> Iterator[Model]:
    yield from ()


def _is_enforced(node: Node) -> bool:
    contract = node.config.get("contract")
    return isinstance(contract, dict) and is_true(contract.get("enforced", False))
