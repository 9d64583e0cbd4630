"""What dbt refuses of a whole project when it parses it: then nothing is built, whichever model is asked for.

https://docs.getdbt.com/reference/define-properties, https://docs.getdbt.com/docs/mesh/govern/model-access; each rule is a
check of dbt-core's `parser/manifest.py` or `parser/schemas.py`, run in dbt 1.11. Only what the base had not is told.
"""

import re
from collections.abc import Callable, Collection, Iterator
from functools import cached_property

from contract_gate.core.values import dataclass
from contract_gate.core.world import ModelKind, RefusedDeclaration
from contract_gate.workspace.content import without_template_comments
from contract_gate.workspace.dbt.assembly import Assembly
from contract_gate.workspace.dbt.collect import UNREADABLE
from contract_gate.workspace.dbt.collect import Collection as Found
from contract_gate.workspace.dbt.contracts import refused_reference
from contract_gate.workspace.dbt.documentation import lost_blocks
from contract_gate.workspace.dbt.materializations import own_materializations
from contract_gate.workspace.dbt.nodes import Node
from contract_gate.workspace.dbt.packages import Packages
from contract_gate.workspace.dbt.properties import Declared
from contract_gate.workspace.dbt.reading import TextReader
from contract_gate.workspace.dbt.references import definitions, scan
from contract_gate.workspace.dbt.requirements import lacking, lacking_of_unit_test
from contract_gate.workspace.dbt.resolve import REFERABLE
from contract_gate.workspace.dbt.semantics import measures_of
from contract_gate.workspace.dbt.settings import is_true
from contract_gate.workspace.dbt.testing import TestOf

_TESTS = frozenset({"unique", "not_null", "accepted_values", "relationships"})
_ONE_OF_A_NAME = {
    "exposures": "exposure", "metrics": "metric", "semantic_models": "semantic model", "saved_queries": "saved query",
    "groups": "group", "unit_tests": "unit test",
}  # fmt: skip
_MATERIALIZATIONS = frozenset(
    {"table", "view", "incremental", "ephemeral", "materialized_view", "clone", "dynamic_table", "streaming_table", "live_table",
     "external", "table_function", "copy", "dictionary", "distributed_table", "distributed_incremental", "distributed_view",
     "materializedview", "index", "source", "source_table", "sink", "webhook", "connection", "subscription", "table_with_connector",
     "materialized_table", "raw_sql", "function", "udf", "metric_view", "immutable_table", "test", "unit", "seed", "snapshot"}
)  # fmt: skip
"""Those of dbt and of the adapters that we know."""


@dataclass(frozen=True, kw_only=True)
class ProjectSide:
    """A project at one revision, as far as dbt judges it before it runs anything."""

    packages: Packages
    found: Found
    assembly: Assembly
    files: TextReader

    @property
    def nodes(self) -> Collection[Node]:
        """Give the nodes that are on, without the plain tables of sources: dbt judges those by their names alone."""
        return self.assembly.nodes.built.values()

    @cached_property
    def groups(self) -> set[str]:
        """Give the names of the groups that are declared."""
        return {entry.text("name") or "" for _, _, section, entry in self.found.other if section == "groups"}

    @cached_property
    def materializations(self) -> set[str]:
        """Give the ways to build that are defined here: https://docs.getdbt.com/guides/create-new-materializations"""
        return set(own_materializations(text for _, _, text in self.found.macros))

    @cached_property
    def macros(self) -> set[tuple[str, str]]:
        """Give the macros that are here: package and name."""
        return {(package, one.name) for package, _, text in self.found.macros for one in definitions(text)}


Rule = Callable[[ProjectSide], Iterator[RefusedDeclaration]]


def refusals(base: ProjectSide, head: ProjectSide, paths: Collection[str]) -> Iterator[RefusedDeclaration]:
    """Give what dbt refuses at the head and did not at the base. `paths`: the files that changed; what stands there is told there."""
    # What settled to the same on both sides is refused on both, or on none.
    for rule in _RULES if base.found is not head.found else ():
        now = list(rule(head))
        known = {each.message for each in rule(base)} if now else set()
        # Of two places that contradict each other the one that was edited is told.
        now.sort(key=lambda each: each.path not in paths)
        told: set[str] = set()
        for each in now:
            if each.message not in known and each.message not in told:
                told.add(each.message)
                yield each
    yield from _without_their_groups(base, head)
    yield from _unknown_tests(base, head)
    yield from _unknown_materializations(base, head)
    yield from _lost_in_operations(base, head)
    folders = [folder for listed in head.packages.root.folders.values() for folder in listed]
    sides = (base.files, head.files)
    for path, line, name in lost_blocks(sides, folders, paths, sure=not head.packages.absent):
        yield RefusedDeclaration(
            path=path, line=line, message=f"its description names the docs block `{name}`, which is nowhere"
        )


def _described_twice(side: ProjectSide) -> Iterator[RefusedDeclaration]:
    """https://docs.getdbt.com/reference/model-properties: a resource is described once."""
    keys = {(node.package, node.name): node for node in side.nodes if node.kind in REFERABLE}
    first: dict[tuple[str, str, str], tuple[str, Declared]] = {}
    for package, section, path, declared in side.found.declared:
        name = (package, section, declared.name)
        node = keys.get((package, declared.name))
        if name not in first or node is None or f"{node.kind}s" != section:
            first.setdefault(name, (path, declared))
            continue
        known = first[name]
        message = f"`{declared.name}` is described twice, in {' and in '.join(sorted((known[0], path)))}"
        for place, one in ((path, declared), known):
            yield RefusedDeclaration(path=place, line=one.line, message=message, key=node.key)


def _declared_twice(side: ProjectSide) -> Iterator[RefusedDeclaration]:
    first: dict[tuple[str, ...], tuple[str, int]] = {}
    for package, path, section, entry in side.found.other:
        noun, name = _ONE_OF_A_NAME.get(section), entry.text("name") or ""
        switch = entry.text("enabled") or entry.text("config", "enabled")
        if noun is None or not is_true(switch or True):
            continue
        of = entry.text("model") or "" if section == "unit_tests" else ""
        known = first.setdefault((package, section, of, name), (path, entry.line))
        if known != (path, entry.line):
            for place, line in ((path, entry.line), known):
                yield RefusedDeclaration(path=place, line=line, message=f"there are two {noun}s `{name}`")


def _macros_twice(side: ProjectSide) -> Iterator[RefusedDeclaration]:
    places: dict[tuple[str, str], list[tuple[str, str, int]]] = {}
    for package, path, text in side.found.macros:
        for one in definitions(text):
            places.setdefault((package, one.name), []).append((path, text, one.line))
    for (_, name), found in places.items():
        real = [(path, line) for path, text, line in found if _stands(name, text)] if len(found) > 1 else []
        # Two in one file may be the branches of a condition.
        if len({path for path, _ in real}) > 1:
            for path, line in real:
                yield RefusedDeclaration(path=path, line=line, message=f"there are two macros `{name}`")


def _stands(name: str, text: str) -> bool:
    return any(one.name == name for one in definitions(without_template_comments(text)))


def _one_relation(side: ProjectSide) -> Iterator[RefusedDeclaration]:
    """Two that make one relation, under any names of their own."""
    made: dict[object, Node] = {}
    for node in side.nodes:
        # What is on under another target alone is read, and never stands beside its twin.
        if node.kind not in REFERABLE or not is_true(node.config.get("enabled", True)):
            continue
        relation = side.assembly.models.outline(node.key).relation
        other = made.setdefault(relation, node)
        if relation is not None and other is not node:
            names = " and ".join(sorted(f"`{one.name}`" for one in (node, other)))
            for one in (node, other):
                yield _of(one, f"{names} would both make `{relation}`")


def _versions(side: ProjectSide) -> Iterator[RefusedDeclaration]:
    for _, section, path, declared in side.found.declared:
        listed = [version.v for version in declared.versions] if section == "models" else []
        twice = {v for v in listed if listed.count(v) > 1}
        if listed and declared.latest is not None and declared.latest not in listed:
            message = f"`{declared.name}` has no version {declared.latest}, which is said to be its latest"
            yield RefusedDeclaration(path=path, line=declared.line, message=message)
        for v in sorted(twice):
            message = f"`{declared.name}` has two versions {v}"
            yield RefusedDeclaration(path=path, line=declared.line, message=message)


def _sources_twice(side: ProjectSide) -> Iterator[RefusedDeclaration]:
    for node in side.nodes:
        plain = side.found.sources.get(node.key)
        if node.kind is ModelKind.SOURCE and (plain is not None or node.refused):
            message = f"the source table `{node.source}.{node.name}` is declared twice"
            places = {
                (node.path, node.line),
                (plain.path, plain.table.line) if plain else (node.path, node.line),
            }
            for path, line in sorted(places):
                yield RefusedDeclaration(path=path, line=line, message=message, key=node.key)


def _private(side: ProjectSide) -> Iterator[RefusedDeclaration]:
    """What YAML declares is of a group as well: a test of that of its model, an exposure of none."""
    nodes = side.assembly.nodes
    for outline in side.assembly.models.outlines():
        key, test = outline.key, side.assembly.tests.get(outline.key)
        if test is None and outline.kind is not ModelKind.EXPOSURE:
            continue
        model = side.assembly.models[key]
        for other in model.depends_on:
            node = nodes.built.get(other)
            group = test.node.config.get("group") if test is not None else None
            reason = refused_reference(group, node) if node is not None else None
            if reason is not None and (test is None or test.node.key != other):
                message = f"{model.name}: {reason}"
                yield RefusedDeclaration(path=model.path, line=model.line, message=message, key=key)


def _unit_tests(side: ProjectSide) -> Iterator[RefusedDeclaration]:
    models: dict[tuple[str, str], list[Node]] = {}
    for node in side.nodes:
        if node.kind is ModelKind.MODEL:
            models.setdefault((node.package, node.name), []).append(node)
    off = {key.split(".")[2] for key in side.assembly.disabled}
    for package, path, section, entry in side.found.other:
        tested = (entry.text("model") or "").split()
        if section != "unit_tests" or not tested or tested[0] in off:
            continue
        key = f"unit_test.{package}.{entry.text('name')}"
        for reason in lacking_of_unit_test(entry, models.get((package, tested[0]), []), side.found.fixtures):
            message = f"the unit test `{entry.text('name')}` {reason}"
            yield RefusedDeclaration(path=path, line=entry.line, message=message, key=key)


def _metrics(side: ProjectSide) -> Iterator[RefusedDeclaration]:
    """What a metric, a saved query or an exposure names of the semantic layer is declared, or comes with a package."""
    measures = {
        item.text("name") for _, _, section, entry in side.found.other if section == "semantic_models"
        for item in entry.list_of("measures")
    }  # fmt: skip
    for outline in side.assembly.models.outlines() if not side.packages.absent else ():
        if outline.kind not in (ModelKind.METRIC, ModelKind.EXPOSURE):
            continue
        model = side.assembly.models[outline.key]
        for key in model.depends_on:
            name = key.rpartition(".")[2]
            if key.startswith("metric.") and key not in side.assembly.models and name not in measures:
                message = f"`{model.name}` names the metric `{name}`, which nothing declares"
                yield RefusedDeclaration(path=model.path, line=model.line, message=message, key=model.key)
    for package, path, section, entry in side.found.other:
        for name in measures_of(entry) if section == "metrics" and not side.packages.absent else ():
            if name not in measures:
                message = f"`{entry.text('name')}` names the measure `{name}`, which nothing declares"
                key = f"metric.{package}.{entry.text('name')}"
                yield RefusedDeclaration(path=path, line=entry.line, message=message, key=key)


def _unreadable(side: ProjectSide) -> Iterator[RefusedDeclaration]:
    for path, problem in side.found.problems.items():
        if problem.startswith(UNREADABLE) and not _OUR_LIMIT.search(problem):
            yield RefusedDeclaration(
                path=path, line=1, message=f"{path} is no YAML: {problem.removeprefix(UNREADABLE)}"
            )


_OUR_LIMIT = re.compile(r": (?:it is|it holds|its aliases) ")


def _settings(side: ProjectSide) -> Iterator[RefusedDeclaration]:
    for node in side.nodes:
        for reason in lacking(node):
            yield _of(node, f"`{node.name}` {reason}")


def _of_itself(side: ProjectSide) -> Iterator[RefusedDeclaration]:
    for node in side.nodes:
        for reference in scan(node.text).references if node.text and node.kind is ModelKind.MODEL else ():
            if (
                reference.function == "ref"
                and side.assembly.resolver.resolve(reference, node.package) is node
            ):
                message = f"`{node.name}` refers to itself: a model reads its own table by `this`"
                yield RefusedDeclaration(path=node.path, line=reference.line, message=message, key=node.key)


_RULES: tuple[Rule, ...] = (
    _described_twice, _declared_twice, _macros_twice, _one_relation, _versions, _sources_twice, _private, _unit_tests, _metrics, _unreadable, _settings, _of_itself,
)  # fmt: skip


def _without_their_groups(base: ProjectSide, head: ProjectSide) -> Iterator[RefusedDeclaration]:
    """A group that no package here declares; one that is not here may do so, unless it was the project's own."""
    known, before = head.groups, base.groups
    for node in head.nodes:
        group, old = node.config.get("group"), base.assembly.nodes.built.get(node.key)
        if not isinstance(group, str) or group in known or (head.packages.absent and group not in before):
            continue
        if old is None or old.config.get("group") != group or group in before:
            yield _of(node, f"`{node.name}` is of the group {group}, which nothing declares")


def _unknown_tests(base: ProjectSide, head: ProjectSide) -> Iterator[RefusedDeclaration]:
    """A generic test is a macro of the project itself, or of the package that is named before it."""
    root, now, before = head.packages.root.name, head.macros, base.macros
    were = {
        (one.test.name, one.node.key)
        for one in base.assembly.tests.values()
        if not _is_here(one, before, root)
    }
    for key, one in head.assembly.tests.items():
        package, _, name = one.test.name.rpartition(".")
        brought = package and (package, f"test_{name}") not in before
        if name in _TESTS or brought or _is_here(one, now, root) or (one.test.name, one.node.key) in were:
            continue
        model = head.assembly.models[key]
        message = f"there is no test `{one.test.name}` to run on `{one.node.name}`"
        yield RefusedDeclaration(path=model.path, line=model.line, message=message, key=key)


def _is_here(one: TestOf, macros: set[tuple[str, str]], root: str) -> bool:
    package, _, name = one.test.name.rpartition(".")
    return any(
        (owner, f"test_{name}") in macros for owner in ((package,) if package else (one.node.package, root))
    )


def _unknown_materializations(base: ProjectSide, head: ProjectSide) -> Iterator[RefusedDeclaration]:
    """A way to build that the adapters have is a word of theirs; any other is a block of the project or of a package."""
    for node in head.nodes:
        name, old = node.materialized, base.assembly.nodes.built.get(node.key)
        if node.kind is not ModelKind.MODEL or name in _MATERIALIZATIONS or name in head.materializations:
            continue
        is_own = name in base.materializations
        if is_own or (not head.packages.absent and (old is None or old.materialized != name)):
            yield _of(node, f"`{node.name}` is to be built as `{name}`, which nothing defines")


def _lost_in_operations(base: ProjectSide, head: ProjectSide) -> Iterator[RefusedDeclaration]:
    """The hooks of a run are compiled before it: a macro that one of them calls must be there."""
    gone = {name for _, name in base.macros} - {name for _, name in head.macros}
    for operation in head.assembly.operations.values() if gone else ():
        for name in sorted(gone & scan(operation.text).names):
            model = operation.model
            message = f"`{model.name}` calls the macro `{name}`, which is nowhere"
            yield RefusedDeclaration(path=model.path, line=model.line, message=message, key=model.key)


def _of(node: Node, message: str) -> RefusedDeclaration:
    return RefusedDeclaration(path=node.path, line=node.line, message=message, key=node.key)
