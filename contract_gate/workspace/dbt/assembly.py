"""From nodes to models: settings that only Jinja gives, names of relations, and the declarations' values."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial

from contract_gate.core.models import Models, Outline, Unmade
from contract_gate.core.relation import Column, RelationName
from contract_gate.core.values import dataclass, field, replace
from contract_gate.core.world import Model, ModelKind
from contract_gate.sql.names import fold_table
from contract_gate.workspace.dbt.adapters import Target
from contract_gate.workspace.dbt.collect import Collection
from contract_gate.workspace.dbt.configuring import settled_nodes
from contract_gate.workspace.dbt.declarations import DeclarationMaker, models_of
from contract_gate.workspace.dbt.hooks import Operation, operations
from contract_gate.workspace.dbt.macros import MacroGraph
from contract_gate.workspace.dbt.materializations import with_own_materializations
from contract_gate.workspace.dbt.messages import described
from contract_gate.workspace.dbt.names import (
    NOT_NAMED,
    is_named_alike,
    name_nodes,
    named_like,
    with_source_defaults,
)
from contract_gate.workspace.dbt.nodes import Node
from contract_gate.workspace.dbt.packages import Packages
from contract_gate.workspace.dbt.resolve import REFERABLE, Resolver
from contract_gate.workspace.dbt.routines import MadeFunction, routines
from contract_gate.workspace.dbt.semantics import Other, groups
from contract_gate.workspace.dbt.sources import Nodes, PlainSource
from contract_gate.workspace.dbt.testing import TestOf
from contract_gate.workspace.documents import Plain
from contract_gate.workspace.jinja.engine import Engine
from contract_gate.workspace.jinja.wire import Json, Message, line, rows, table, text

Placed = Callable[[list[Node]], list[Node]]
"""Puts named nodes where their relations really are."""


@dataclass(kw_only=True)
class Assembly:
    """The project put together: `nodes` that are on, `models` by key, `disabled` with the reason."""

    nodes: Nodes
    models: Models
    disabled: Mapping[str, str]
    problems: Mapping[str, str]
    resolver: Resolver
    root: str
    package: str
    owners: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    elsewhere: frozenset[str] = frozenset()
    """The keys of what is off here, and read for a target that has it on."""
    description: Message = field(default_factory=dict)
    spelled: Callable[[], bytes] = bytes
    """Gives the description as it is sent, spelled once for all engines."""
    siblings: dict[str, Model] = field(default_factory=dict)
    tests: Mapping[str, TestOf] = field(default_factory=dict)
    routines: Mapping[str, MadeFunction] = field(default_factory=dict)
    operations: Mapping[str, Operation] = field(default_factory=dict)
    by_name: dict[str, list[Outline]] = field(default_factory=dict)
    called: dict[str, list[Model]] = field(default_factory=dict)
    printed: dict[tuple[str, RelationName], str] = field(default_factory=dict)

    def apart(self) -> "Assembly":
        """Give the same for another side, which has siblings and printed names of its own."""
        return replace(self, resolver=self.resolver.apart(), siblings={}, printed={})

    def settled(self, found: Collection) -> Mapping[int, Node]:
        """Give what the nodes that were found settled to, by their ids: those for which nothing but themselves and their settings decides."""
        built = self.nodes.built
        return {
            id(node): final
            for node in found.nodes
            if (final := built.get(node.key)) is not None
            and final.path == node.path
            and final.refused is None
            and node.path not in self.problems
            and node.key not in self.elsewhere
        }

    def tested(self) -> Mapping[str, Sequence[tuple[TestOf, Model]]]:
        """Give the generic tests of each node, in their order."""
        found: dict[str, list[tuple[TestOf, Model]]] = {}
        for key, test in self.tests.items():
            found.setdefault(test.node.key, []).append((test, self.models[key]))
        return found

    def declare(self, models: Mapping[str, Model]) -> None:
        """Put models in the place of those with the same keys."""
        self.models = Models.merged(self.models, models)
        self.by_name, self.called = {}, {}
        for one in self.models.outlines():
            if one.relation and one.kind is ModelKind.FUNCTION:
                self.called.setdefault(one.relation.name, []).append(self.models[one.key])
            elif one.relation:
                self.by_name.setdefault(one.relation.name, []).append(one)

    def find(self, name: RelationName, reader: str | None) -> Model | None:
        """Give the model that makes a relation; of several that match in part, the reader's package's."""
        if reader is not None and (reader, name) in self.printed:
            key = self.printed[reader, name]
            return self.models.get(key) or self.siblings.get(key)
        package = reader.split(".")[1] if reader and reader.count(".") > 1 else self.root
        meant = outline_meant(self.by_name.get(name.name, ()), name, package)
        return self.models[meant.key] if meant is not None else None

    def find_routine(self, name: RelationName) -> Model | None:
        """Give the function that a name calls."""
        return next((model for model in self.called.get(name.name, ()) if _matches(model, name)), None)

    def keep_printed(self, reader: str, printed: Json, target: Target) -> None:
        """Keep the names that a template wrote for nodes, where they are not the nodes' own."""
        for entry in printed if isinstance(printed, list) else ():
            match entry:
                case [str() as key, list() as parts]:
                    name = _folded(parts, target.dialect)
                    model = self.models.get(key) or self.siblings.get(key)
                    own = model.relation if model is not None else None
                    if name.parts and own is not None and name != own:
                        self.printed[reader, name] = key
                case _:
                    pass

    def know(self, siblings: "Sequence[Assembly]") -> Message:
        """Know the models of other projects, that a `ref` with their project's name means; what the child is told then."""
        nodes: dict[str, Json] = dict(table(self.description, "nodes"))
        refs: dict[str, list[Json]] = {}
        for sibling in siblings:
            for node in sibling.nodes.built.values():
                if node.package == sibling.package and node.kind in REFERABLE and node.key not in self.nodes:
                    self.siblings[node.key] = sibling.models[node.key]
                    nodes[node.key] = table(sibling.description, "nodes").get(node.key)
                    refs.setdefault(f"{node.package}.{node.name}", []).append(node.key)
                    self.resolver.add_sibling(node)
        return {**self.description, "nodes": nodes, "siblings": {**refs}}

    def closed_columns(self, key: str) -> tuple[Column, ...] | None:
        model = self.models.get(key)
        return model.columns if model and model.closed and model.columns else None

    def render_request(
        self, node: Node, incremental: bool, *, execute: bool = True, suppose: "Message | None" = None
    ) -> Message:
        """Ask for a node's template to be run; not to `execute` it is what dbt does when it parses."""
        supposed: Message = {"suppose": suppose} if suppose else {}
        return {
            **supposed,
            "op": "render",
            "node": described(node),
            "config": dict(node.config),
            "text": node.text,
            "snapshot": node.snapshot if node.text and "{%" in node.text else None,
            "incremental": incremental,
            "execute": execute,
        }

    def text_request(self, node: Node, config: Mapping[str, Plain], listed: list[str]) -> Message:
        """Ask for texts to be run as the templates of a node, such as its hooks."""
        whole, settings = described(node), dict(config)
        return {
            "op": "texts",
            "items": [{"text": text, "node": whole, "config": settings} for text in listed],
        }


def assemble(
    found: Collection,
    packages: Packages,
    target: Target,
    engine: Engine,
    macros: MacroGraph,
    placed: Placed | None = None,
    elder: Assembly | None = None,
    taken: Mapping[int, Node] | None = None,
) -> Assembly:
    """Settle every node: settings, being on or off, names; and make the models of them.

    `elder`: another side of the project with the same target; what is alike is taken from there. `taken`: what the nodes that
    were found on both sides (by their ids) settled to there, where nothing differs that this hangs on.
    """
    problems: dict[str, str] = {}
    on, disabled, elsewhere = settled_nodes(
        found.nodes, found.needs_config, taken or {}, macros, engine, problems
    )
    named = _named(on, target, engine, found, problems, elder, frozenset(map(id, (taken or {}).values())))
    named = placed(named) if placed is not None else named
    named = [*with_own_materializations(named, (text for _, _, text in found.macros), macros)]
    if elder is not None:
        named = [old if (old := elder.nodes.built.get(node.key)) == node else node for node in named]
    declarations = DeclarationMaker(target, found.other)
    plain = _plain_sources(found, target, declarations, elder)
    by_key = Nodes({node.key: node for node in named}, plain)
    resolver = declarations.resolver = Resolver(named, packages.root.name, plain.values())
    description = _description(named, plain, resolver, disabled, elder)
    # Whom tests and constraints name is the same where the names are.
    alike = elder is not None and elder.description == description
    spelled = elder.spelled if elder is not None and alike else cache(lambda: line(description))
    engine.describe(spelled)
    known = _known(elder, found, of_all=alike) if elder is not None else {}
    tested = elder.tested() if elder is not None and alike else {}
    models, tests = models_of(by_key, _on(found.other, disabled), found.fixtures, declarations, known, tested)
    beside = {each.model.key: each for each in operations(packages, resolver, macros, target.dialect)}
    models |= {key: operation.model for key, operation in beside.items()}
    found_routines = routines(beside.values(), macros, partial(_written, engine), target.dialect)
    made = {each.model.key: each for each in found_routines if each.model.key not in models}
    models |= {key: each.model for key, each in made.items()}
    assembly = Assembly(
        nodes=by_key, models=Models(models), disabled=disabled, problems=problems, resolver=resolver, description=description,
        spelled=spelled, tests=tests, operations=beside, routines=made, root=packages.root.key_name, package=packages.root.name,
        owners=groups(found.other), elsewhere=frozenset(elsewhere),
    )  # fmt: skip
    assembly.declare({})
    return assembly


def outline_meant(alike: Iterable[Outline], name: RelationName, package: str) -> Outline | None:
    """Give what a name means of the models that have its last part; of several that match in part, the package's."""
    candidates = [one for one in alike if _matches(one, name)]
    exact = [one for one in candidates if one.relation == name]
    own = [one for one in exact or candidates if one.key.split(".")[1] == package]
    # A model that is named like the source it reads is not what that source's readers mean.
    ranked = own or exact or candidates
    made = [one for one in ranked if one.kind is not ModelKind.SOURCE]
    return next(iter(made or ranked), None)


def _plain_sources(
    found: Collection, target: Target, declarations: DeclarationMaker, elder: Assembly | None
) -> dict[str, PlainSource]:
    """Give the plain sources by their keys; one that another side has alike, and that hangs on nothing else, is that side's."""
    others = elder.nodes.plain if elder is not None and elder.owners == groups(found.other) else {}
    made: dict[str, PlainSource] = {}
    for key, declared in found.sources.items():
        other = others.get(key)
        if other is not None and other.is_alone and other.declared == declared:
            made[key] = other
        else:
            made[key] = PlainSource(
                declared, target, lambda node: with_source_defaults(node, target), declarations.model
            )
    return made


def _named(
    on: list[Node],
    target: Target,
    engine: Engine,
    found: Collection,
    problems: dict[str, str],
    elder: Assembly | None,
    done: frozenset[int],
) -> list[Node]:
    """Name the nodes that are on and not `done`; macros that give names are asked for those that they were not asked for before."""
    before = elder.nodes.built if elder is not None and done else {}
    again = {
        node.key: named_like(node, old)
        for node in on
        if id(node) not in done and (old := before.get(node.key)) is not None and is_named_alike(node, old)
    }
    fresh = [node for node in on if id(node) not in done and node.key not in again]
    given = again | {
        node.key: node for node in name_nodes(fresh, target, engine, _overrides(found), problems)
    }
    named = [given.get(node.key, node) for node in on]
    return sorted(named, key=lambda node: node.kind not in NOT_NAMED)


def _known(elder: Assembly, found: Collection, *, of_all: bool) -> Mapping[str, tuple[Node, Model | Unmade]]:
    """Give the models that hang on their nodes alone: whom a test or a constraint names is another matter, if not `of_all`."""
    if elder.owners != groups(found.other):
        return {}
    return {
        key: (node, elder.models.outline(key))
        for key, node in elder.nodes.built.items()
        if of_all or (not node.tests and not node.constraints)
    }


def _written(engine: Engine, operation: Operation) -> str:
    reply = engine.request(operation.request())
    return text(next(iter(rows(reply, "values")), {}), "value")


def _folded(parts: list[Json], dialect: str) -> RelationName:
    folded = [
        fold_table(part[0], part[1] is True, dialect)
        for part in parts
        if isinstance(part, list) and len(part) == 2 and isinstance(part[0], str)
    ]
    return RelationName(tuple(folded))


def _matches(model: Outline, name: RelationName) -> bool:
    return model.relation is not None and model.relation.matches(name)


def _on(other: Iterable[Other], disabled: Mapping[str, str]) -> list[Other]:
    """Leave out the unit tests of what is off: dbt switches them off with it."""
    return [
        each
        for each in other
        if each[2] != "unit_tests" or f"model.{each[0]}.{each[3].text('model')}" not in disabled
    ]


def _overrides(found: Collection) -> bool:
    return any("generate_" in body and "_name" in body for _, _, body in found.macros)


def _description(
    nodes: list[Node], plain: Mapping[str, PlainSource], resolver: Resolver, disabled: Mapping[str, str],
    elder: Assembly | None,
) -> Message:  # fmt: skip
    told = table(elder.description, "nodes") if elder is not None else {}
    known = elder.nodes.built if elder is not None else {}
    others = elder.nodes.plain if elder is not None else {}
    return {
        "op": "nodes",
        "nodes": {
            key: told[key] if others.get(key) is source else source.told() for key, source in plain.items()
        }
        | {
            node.key: told[node.key] if known.get(node.key) is node else _told(node)
            for node in nodes
            if node.kind is not ModelKind.TEST
        },
        "refs": {name: [node.key for node in listed] for name, listed in resolver.refs.items()},
        "functions": {name: [node.key for node in listed] for name, listed in resolver.functions.items()},
        "sources": {name: [node.key for node in listed] for name, listed in resolver.sources.items()},
        "disabled": {key.split(".")[2]: reason for key, reason in disabled.items()},
    }


def _told(node: Node) -> Message:
    return {
        "name": node.name,
        "package": node.package,
        "version": node.version,
        "latest": node.latest,
        "database": node.database,
        "schema": node.schema,
        "identifier": node.identifier,
        "materialized": node.materialized,
        "quoting": dict(node.quoting) if node.quoting else None,
    }
