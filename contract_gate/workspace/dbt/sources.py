"""The tables of sources: a project may declare ten thousand of them and read five, so each is put together when it is asked for.

Only the plain ones stand here. What a template decides of a table (a setting, a part of its name), and what is off or declared
twice, is a node from the start.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from contract_gate.core.relation import RelationName
from contract_gate.core.values import dataclass
from contract_gate.core.world import Model, ModelKind
from contract_gate.sql.names import fold_table
from contract_gate.workspace.dbt.adapters import Target
from contract_gate.workspace.dbt.nodes import Node
from contract_gate.workspace.dbt.properties import Declared, DeclaredSource
from contract_gate.workspace.dbt.settings import as_text, is_true
from contract_gate.workspace.documents import Plain
from contract_gate.workspace.jinja.wire import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTable:
    """A table as YAML declares it: all that its node hangs on, but for the target. `config` are the merged settings,
    `source` is what the declaration says of all its tables."""

    key: str
    package: str
    path: str
    fqn: tuple[str, ...]
    config: Mapping[str, Plain]
    source: DeclaredSource
    table: Declared

    @property
    def database(self) -> str | None:
        return as_text(self.source.field("database") or self.source.field("catalog"))

    @property
    def schema(self) -> str:
        return as_text(self.source.field("schema")) or self.source.name

    @property
    def identifier(self) -> str:
        return as_text(self.table.field("identifier")) or self.table.name

    @property
    def quoting(self) -> dict[str, bool] | None:
        return _quoting(self.source.field("quoting"), self.table.field("quoting"))

    @property
    def is_plain(self) -> bool:
        """Tell whether no template has a say in it, and it is on."""
        fields = (*self.source.fields, *self.table.fields, *self.config.items())
        is_rendered = any(isinstance(value, str) and "{{" in value for _, value in fields)
        return not is_rendered and is_true(self.config.get("enabled", True))

    def node(self) -> Node:
        """Put the node together, without what the target gives."""
        return Node(
            key=self.key,
            kind=ModelKind.SOURCE,
            name=self.table.name,
            package=self.package,
            path=self.path,
            line=self.table.line,
            config=self.config,
            fqn=self.fqn,
            declared=self.table,
            declared_in=self.path,
            columns=self.table.columns,
            tests=self.table.tests,
            constraints=self.table.constraints,
            database=self.database,
            schema=self.schema,
            identifier=self.identifier,
            quoting=self.quoting,
            source=self.source.name,
            source_line=self.source.line,
        )


class PlainSource:
    """A plain table at its target; see `contract_gate.core.models.Unmade`. `declare` makes the model of the node, `settle` the node."""

    kind = ModelKind.SOURCE

    def __init__(
        self,
        declared: SourceTable,
        target: Target,
        settle: Callable[[Node], Node],
        declare: Callable[[Node], Model],
    ) -> None:
        self.declared, self._target, self._settle, self._declare = declared, target, settle, declare
        self.key, self.name, self.package, self.path = (
            declared.key, declared.table.name, declared.package, declared.path,
        )  # fmt: skip
        self._node: Node | None = None
        self._model: Model | None = None
        self._relation: RelationName | None = None

    @property
    def dialect(self) -> str:
        return self._target.dialect

    @property
    def called(self) -> str:
        """Give the name that templates use."""
        return f"{self.declared.source.name}.{self.name}"

    @property
    def relation(self) -> RelationName:
        if self._relation is None:
            declared, quoting = self.declared, self._quoting
            database = (
                (declared.database or self._target.database) if self._target.quoting.has_database else None
            )
            parts = (
                (database, quoting["database"]), (declared.schema, quoting["schema"]), (declared.identifier, quoting["identifier"]),
            )  # fmt: skip
            self._relation = _relation(parts, self.dialect)
        return self._relation

    @property
    def is_alone(self) -> bool:
        """Tell whether its model hangs on no other node: whom a test or a constraint names is another matter."""
        return not self.declared.table.tests and not self.declared.table.constraints

    def node(self) -> Node:
        if self._node is None:
            self._node = self._settle(self.declared.node())
        return self._node

    def made(self) -> Model:
        if self._model is None:
            self._model = self._declare(self.node())
        return self._model

    def told(self) -> Message:
        """Say what the child is told of it."""
        declared = self.declared
        materialized = declared.config.get("materialized")
        return {
            "name": self.name,
            "package": self.package,
            "version": None,
            "latest": None,
            "database": declared.database or self._target.database,
            "schema": declared.schema,
            "identifier": declared.identifier,
            "materialized": materialized if isinstance(materialized, str) else self.kind.value,
            "quoting": {**self._quoting},
        }

    @property
    def _quoting(self) -> dict[str, bool]:
        own = self.declared.quoting
        return source_quoting(self._target) | own if own else source_quoting(self._target)


class Nodes(Mapping[str, Node]):
    """The nodes of a project by their keys. Looking a plain source up makes it; `built` are all others."""

    def __init__(self, built: Mapping[str, Node], plain: Mapping[str, PlainSource]) -> None:
        self.built, self.plain = built, plain

    def __getitem__(self, key: str) -> Node:
        found = self.built.get(key)
        return found if found is not None else self.plain[key].node()

    def __contains__(self, key: object) -> bool:
        return key in self.built or key in self.plain

    def __iter__(self) -> Iterator[str]:
        yield from self.plain
        yield from self.built

    def __len__(self) -> int:
        return len(self.built) + len(self.plain)


def source_quoting(target: Target) -> dict[str, bool]:
    """Give the quoting of sources: the project's is not for them (https://docs.getdbt.com/reference/project-configs/quoting)."""
    return dict.fromkeys(("database", "schema", "identifier"), target.quotes_by_default)


@lru_cache(maxsize=65536)
def _relation(parts: tuple[tuple[str | None, bool], ...], dialect: str) -> RelationName:
    return RelationName(tuple(fold_table(text, quoted, dialect) for text, quoted in parts if text))


def _quoting(*levels: Plain) -> dict[str, bool] | None:
    merged: dict[str, bool] = {}
    for level in levels:
        if isinstance(level, dict):
            merged |= {part: value is True for part, value in level.items()}
    return merged or None
