"""What names columns beside a model's query in a dbt project, as SQL: settings, hooks, hooks of the run."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from contract_gate.core.world import Companion, Hole, HoleKind, ModelKind
from contract_gate.workspace.dbt import deployments, wording
from contract_gate.workspace.dbt.adapters import Target
from contract_gate.workspace.dbt.assembly import Assembly
from contract_gate.workspace.dbt.hooks import hook_texts
from contract_gate.workspace.dbt.keys import (
    batched,
    constraints_of,
    is_microbatch,
    keys_of,
    place_of,
    time_spine_of,
)
from contract_gate.workspace.dbt.macros import MacroGraph
from contract_gate.workspace.dbt.names import written
from contract_gate.workspace.dbt.nodes import Node
from contract_gate.workspace.dbt.packages import Packages
from contract_gate.workspace.dbt.python_models import python_reads
from contract_gate.workspace.dbt.references import Reference, scan
from contract_gate.workspace.dbt.settings import HOOKS, Settings, merge
from contract_gate.workspace.dbt.testing import TestOf, test_template
from contract_gate.workspace.documents import Plain
from contract_gate.workspace.jinja.engine import Engine, holes_of, problem_of
from contract_gate.workspace.jinja.wire import Message, rows, text
from contract_gate.workspace.jinja.wire import texts as texts_of

_ASKS = re.compile(r"run_query|get_column_values|statement|get_single_value|get_query_results_as_dict")
RENDERED = (ModelKind.MODEL, ModelKind.SNAPSHOT, ModelKind.TEST)
SettingsOf = Callable[[Node], Mapping[str, Plain]]


class Companions:
    """Makes them when they are asked for, each declaration's once. `settings_of` gives all settings of a node."""

    def __init__(
        self,
        assembly: Assembly,
        engine: Engine,
        packages: Packages,
        target: Target,
        macros: MacroGraph,
        settings_of: SettingsOf,
        reads_of: Callable[[str], Collection[str]],
        queries_of: Callable[[str], Iterable[str]],
    ) -> None:
        self._assembly, self._engine, self._packages, self._target = assembly, engine, packages, target
        self._macros, self._settings_of, self._reads_of = macros, settings_of, reads_of
        self._queries_of = queries_of
        self._made: dict[str, tuple[Companion, ...]] = {}

    def of(self, key: str) -> tuple[Companion, ...]:
        """Give the companions of a declaration."""
        if key not in self._made:
            self._made[key] = tuple(self._of(key))
        return self._made[key]

    def _of(self, key: str) -> Iterator[Companion]:
        operation = self._assembly.operations.get(key)
        if operation is not None:
            model = operation.model
            reply = self._engine.request(operation.request())
            yield from _rendered("its statement", model.path, model.line, [operation.text], reply)
        found = self._assembly.tests.get(key)
        if found is not None:
            yield from self._of_test(key, found)
        node = self._assembly.nodes.get(key)
        if node is not None and node.kind in RENDERED and wording.without_sql(node) is None:
            yield from deployments.companions(
                node, lambda supposed: self._rendered_under(node, supposed), self._named_by(node)
            )
        name = written(node, self._target) if node is not None else None
        if node is None or name is None:
            return
        if node.is_python:
            yield from self._of_python(node)
        for number, query in enumerate(self._queries_of(key), 1):
            yield Companion(
                what=f"query {number} of its template",
                sql=query,
                path=node.path,
                line=_asking(node.text or ""),
            )
        config = self._settings_of(node)
        yield from keys_of(node, config, self._target.adapter, name)
        if is_microbatch(node, config):
            for upstream in map(self._assembly.nodes.get, sorted(self._reads_of(key))):
                other = written(upstream, self._target) if upstream is not None else None
                if upstream is not None and other is not None:
                    yield from batched(node, upstream, other)
        yield from time_spine_of(node, name)
        for what, line, template in constraints_of(node, name):
            reply = self._engine.request(self._assembly.text_request(node, config, [template]))
            yield from _rendered(what, node.declared_in or node.path, line, [template], reply)
        for hook in HOOKS:
            texts = hook_texts(config, hook)
            if texts:
                reply = self._engine.request(self._assembly.text_request(node, config, texts))
                yield from _rendered(f"its {hook.replace('_', '-')}", *place_of(node, hook), texts, reply)

    def _rendered_under(self, node: Node, supposed: Message) -> Message:
        return self._engine.request(self._assembly.render_request(node, False, suppose=supposed))

    def _named_by(self, node: Node) -> list[str]:
        """Give the relations that a template names literally."""
        found = (
            self._assembly.resolver.resolve(one, node.package) for one in scan(node.text or "").references
        )
        names = (written(other, self._target) for other in found if other is not None)
        return [name for name in names if name is not None]

    def _of_python(self, node: Node) -> Iterator[Companion]:
        """Give what the code of a Python model names of its frames."""

        def written_as(reference: Reference) -> str | None:
            found = self._assembly.resolver.resolve(reference, node.package)
            return written(found, self._target) if found is not None else None

        for read in python_reads(node.text or "", written_as):
            yield Companion(what=read.what, sql=read.sql, path=node.path, line=read.line)

    def _of_test(self, key: str, found: TestOf) -> Iterator[Companion]:
        template = test_template(found, self._macros.places, self._where(found))
        if template is None:
            return
        items: list[Message] = [{"text": template, "node": {"package": found.node.package}}]
        reply = self._engine.request({"op": "texts", "items": [*items]})
        model = self._assembly.models[key]
        yield from _rendered("its query", model.path, model.line, [template], reply)

    def _where(self, found: TestOf) -> str | None:
        """Give the condition on the rows that are tested: the test's own, else that of its folder in the project file."""
        node = found.node
        fqn = (*node.fqn[:-1], found.test.name.rpartition(".")[2])
        settings: Settings = {}
        for package in self._packages.all:
            if package.name in (node.package, self._packages.root.name):
                merge(settings, package.tree("tests", fqn))
        where = dict(found.test.config).get("where", settings.get("where"))
        return where if isinstance(where, str) and where.strip() else None


def _asking(template: str) -> int:
    """Give the first line of a template that runs a query, else the first."""
    found = _ASKS.search(template)
    return template.count("\n", 0, found.start()) + 1 if found else 1


def _rendered(what: str, path: str, line: int, texts: list[str], reply: Message) -> Iterator[Companion]:
    """Give the texts that a template wrote; one that fails stays as it is written, and is not known."""
    made = rows(reply, "values")
    for number, written_ in enumerate(texts):
        answer: Message = (
            made[number] if number < len(made) else {"problem": problem_of(reply) or "no answer"}
        )
        problem = problem_of(answer)
        sql = written_ if problem else text(answer, "value")
        holes = (
            holes_of(answer) if not problem else (*holes_of(answer), Hole(kind=HoleKind.CODE, told=problem))
        )
        if sql.strip(" \t\r\n;") or holes:
            name = what if len(texts) == 1 else f"{what} {number + 1}"
            missing = tuple(texts_of(answer, "missing"))
            yield Companion(what=name, sql=sql, path=path, line=line, holes=holes, missing=missing)
