"""Nodes: dbt's own unit, before it is a `Model`: the file, the settings and what YAML declares, put together."""

from collections.abc import Mapping

from contract_gate.core.values import dataclass
from contract_gate.core.world import Hole, ModelKind
from contract_gate.workspace.dbt.properties import Declared, DeclaredColumn, DeclaredConstraint, DeclaredTest
from contract_gate.workspace.documents import Plain

ANALYSIS = "analysis."
"""Begins the key of a query that dbt compiles and never runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overload:
    """Another form of a function: the text of its file, and its own entry in the YAML of the function."""

    text: str
    declared: Mapping[str, Plain]
    is_python: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A thing that makes a relation. `text` is its file's (None: no SQL); `config` are the merged settings.

    `declared` is its YAML and `declared_in` the file of that; `snapshot` names the block of the file. `refused`: why dbt takes neither it nor another.
    """

    key: str
    kind: ModelKind
    name: str
    package: str
    path: str
    line: int = 1
    text: str | None = None
    config: Mapping[str, Plain]
    fqn: tuple[str, ...] = ()
    version: str | None = None
    latest: str | None = None
    snapshot: str | None = None
    declared: Declared | None = None
    declared_in: str | None = None
    columns: tuple[DeclaredColumn, ...] = ()
    tests: tuple[DeclaredTest, ...] = ()
    constraints: tuple[DeclaredConstraint, ...] = ()
    database: str | None = None
    schema: str | None = None
    identifier: str | None = None
    quoting: Mapping[str, bool] | None = None
    source: str | None = None
    source_line: int = 1
    noun: str | None = None
    is_python: bool = False
    content: str | None = None
    problem: str | None = None
    refused: str | None = None
    holes: tuple[Hole, ...] = ()
    overloads: tuple[Overload, ...] = ()

    @property
    def materialized(self) -> str:
        value = self.config.get("materialized")
        return value if isinstance(value, str) else _MATERIALIZED.get(self.kind, "view")


_MATERIALIZED = {
    kind: kind.value for kind in (ModelKind.SEED, ModelKind.SNAPSHOT, ModelKind.SOURCE, ModelKind.FUNCTION)
}
