"""The values that others read: `Model`s of nodes, of their tests, and of what YAML alone declares."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from contract_gate.core.models import Unmade
from contract_gate.core.relation import Column, Location, RelationName
from contract_gate.core.world import ColumnRead, Model, ModelKind, Promised
from contract_gate.sql.names import fold_column
from contract_gate.workspace.dbt.adapters import Target
from contract_gate.workspace.dbt.constraints import constraints_of, named_in, reads_of
from contract_gate.workspace.dbt.contracts import contract_of, is_enforced, never_null
from contract_gate.workspace.dbt.names import NOT_NAMED, relation_of
from contract_gate.workspace.dbt.nodes import Node
from contract_gate.workspace.dbt.properties import DeclaredTest
from contract_gate.workspace.dbt.resolve import Resolver
from contract_gate.workspace.dbt.semantics import Declarations, Other, groups, owner_names, tag_names
from contract_gate.workspace.dbt.settings import is_true
from contract_gate.workspace.dbt.sources import Nodes
from contract_gate.workspace.dbt.testing import TestOf
from contract_gate.workspace.dbt.unit_tests import Fixtures
from contract_gate.workspace.dbt.writing import merging, writing_hooks
from contract_gate.workspace.documents import Plain

_SNAPSHOT_COLUMNS = ("dbt_scd_id", "dbt_updated_at", "dbt_valid_from", "dbt_valid_to")


def models_of(
    nodes: Nodes,
    other: Iterable[Other],
    fixtures: Fixtures,
    maker: "DeclarationMaker",
    known: Mapping[str, tuple[Node, Model | Unmade]],
    tested: Mapping[str, Sequence[tuple[TestOf, Model]]],
) -> tuple[dict[str, Model | Unmade], dict[str, TestOf]]:
    """Give every declaration of the project by its key, and the generic tests among them.

    `known` and `tested`: what was made of a node, and of its tests, before.
    """
    found: dict[str, Model | Unmade] = {**nodes.plain}
    tests: dict[str, TestOf] = {}
    for node in nodes.built.values():
        old, made = known.get(node.key, (None, None))
        found[node.key] = made if made is not None and old is node else NodeModel(node, maker)
    sources = (source.node() for source in nodes.plain.values() if source.declared.table.tests)
    for node in (*sources, *nodes.built.values()):
        before = [made for of, made in tested.get(node.key, ()) if of.node is node]
        for test, made in maker.tests(node, before):
            if made.key not in found:
                found[made.key], tests[made.key] = made, TestOf(test=test, node=node)
    declared = Declarations(
        resolver=maker.resolver, dialect=maker.target.dialect, fold=maker.fold, fixtures=fixtures
    )
    for model in declared.models(other):
        found.setdefault(model.key, model)
    return found, tests


class NodeModel:
    """The model of a node, which is made when somebody asks for it; see `contract_gate.core.models.Unmade`."""

    __slots__ = ("_maker", "_model", "_node", "dialect", "key", "kind", "name", "path", "relation")

    def __init__(self, node: Node, maker: "DeclarationMaker") -> None:
        self._node, self._maker = node, maker
        self._model: Model | None = None
        self.key, self.kind, self.name, self.path = node.key, node.kind, node.name, node.path
        self.dialect, self.relation = maker.target.dialect, maker.relation(node)

    def made(self) -> Model:
        if self._model is None:
            self._model = self._maker.model(self._node)
        return self._model


def snapshot_columns(config: Mapping[str, object]) -> tuple[str, ...]:
    """Give the columns that a snapshot adds: https://docs.getdbt.com/docs/build/snapshots#snapshot-meta-fields"""
    renamed = config.get("snapshot_meta_column_names")
    names = renamed if isinstance(renamed, dict) else {}
    added = tuple(str(names.get(name, name)) for name in _SNAPSHOT_COLUMNS)
    deletes = config.get("hard_deletes") == "new_record"
    return (*added, str(names.get("dbt_is_deleted", "dbt_is_deleted"))) if deletes else added


class DeclarationMaker:
    """Makes models of nodes, once `resolver` knows them all."""

    def __init__(self, target: Target, other: Iterable[Other]) -> None:
        self.target, self.resolver, self._owners = target, Resolver((), ""), groups(other)
        self._names: Counter[str] = Counter()
        self._relations: dict[str, RelationName | None] = {}
        self._folded: dict[str, str] = {}

    def fold(self, name: str) -> str:
        if name not in self._folded:
            self._folded[name] = fold_column(name, False, self.target.dialect)
        return self._folded[name]

    def model(self, node: Node) -> Model:
        config = node.config
        return Model(
            key=node.key,
            kind=node.kind,
            name=node.name,
            path=node.path,
            line=node.line,
            dialect=self.target.dialect,
            relation=self.relation(node),
            materialization=None if node.kind in NOT_NAMED else node.materialized,
            columns=self._columns(node),
            closed=(node.kind is ModelKind.SEED and bool(node.columns)) or is_enforced(node),
            contract=contract_of(node, self.target.adapter, self.fold),
            access=_text(config.get("access")),
            group=_text(config.get("group")),
            declared_at=_declared_at(node),
            constraints=tuple(constraints_of(node, self.resolver, self.fold, self.relation)),
            owners=self._owner(node),
            noun=node.noun,
            tags=tag_names(config.get("tags")),
            promised=tuple(self._promised(node)),
            merging=merging(node, self.target.adapter),
            hooks=writing_hooks(node),
            content=node.content,
            on_schema_change=_on_schema_change(node),
        )

    def tests(self, node: Node, before: Sequence[Model] = ()) -> Iterator[tuple[DeclaredTest, Model]]:
        """Give the generic tests of a node, each as a reader of the columns that it names. `before`: what was made of the same tests."""
        on = [test for test in node.tests if is_true(dict(test.config).get("enabled", True))]
        for index, test in enumerate(on):
            if len(before) == len(on):
                made = before[index]
                key = self._test_key(node, made.name)
                yield test, made if made.key == key else replace(made, key=key)
            else:
                yield test, self._test(test, node, tuple(reads_of(test, node, self.resolver, self.fold)))

    def _test(self, test: DeclaredTest, node: Node, reads: tuple[ColumnRead, ...]) -> Model:
        subject = f"{node.source}_{node.name}" if node.source else node.name
        name = test.label or _joined(test.name, subject, test.column or "")
        key = self._test_key(node, name)
        named = named_in(test, node, self.resolver)
        keys = dict.fromkeys((node.key, *(read.key for read in reads), *(each.key for each in named)))
        return Model(
            key=key,
            kind=ModelKind.TEST,
            name=name,
            path=node.declared_in or node.path,
            line=test.line,
            dialect=self.target.dialect,
            depends_on=tuple(keys),
            reads=reads,
        )

    def _test_key(self, node: Node, name: str) -> str:
        """Number the tests of one name."""
        self._names[name] += 1
        again = f".{self._names[name]}" if self._names[name] > 1 else ""
        return f"test.{node.key.split('.')[1]}.{name}{again}"

    def _columns(self, node: Node) -> tuple[Column, ...]:
        filled = never_null(node, self.target.adapter, self.fold)
        names = (
            (
                fold_column(column.name, True, self.target.dialect)
                if column.is_quoted
                else self.fold(column.name),
                column,
            )
            for column in node.columns
        )
        return tuple(
            Column(name=name, type=column.type, nullable=False if name in filled else None)
            for name, column in names
        )

    def _promised(self, node: Node) -> Iterator[Promised]:
        """Read `deprecation_date` of the model, of its version, and of columns; what is no date says nothing."""
        declared, path = node.declared, node.declared_in
        if declared is None or path is None:
            return
        version = next((one for one in declared.versions if one.v == node.version), None)
        own = version.deprecated if version is not None else None
        line = version.line if version is not None and own else declared.line
        of_all = own or declared.field("deprecation_date")
        columns = ((self.fold(column.name), column.deprecated, column.line) for column in node.columns)
        for name, date, at in ((None, of_all, line), *columns):
            if date is not None and (found := _DAY.match(str(date))):
                yield Promised(column=name, until=found[0], said_at=f"{path}:{at}")

    def relation(self, node: Node) -> RelationName | None:
        """Give the name of what a node makes, worked out once."""
        if node.key not in self._relations:
            self._relations[node.key] = relation_of(node, self.target)
        return self._relations[node.key]

    def _owner(self, node: Node) -> tuple[str, ...]:
        meta = node.config.get("meta")
        own = owner_names(meta.get("owner")) if isinstance(meta, dict) else ()
        return own or self._owners.get(str(node.config.get("group")), ())


_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")


def _on_schema_change(node: Node) -> str | None:
    """A model that is always built anew keeps no columns of before; a snapshot keeps all, and gets the new ones.

    https://docs.getdbt.com/docs/build/snapshots#how-snapshots-work
    """
    if node.kind is ModelKind.SNAPSHOT:
        return "append_new_columns"
    if node.materialized != "incremental" or is_true(node.config.get("full_refresh")):
        return None
    return str(node.config.get("on_schema_change") or "ignore")


def _declared_at(node: Node) -> Location | None:
    if node.declared is None or node.declared_in is None:
        return None
    return Location(path=node.declared_in, line=node.declared.line)


def _text(value: Plain) -> str | None:
    return value if isinstance(value, str) else None


def _joined(*parts: str) -> str:
    return re.sub(r"\W+", "_", "_".join(part for part in parts if part))
