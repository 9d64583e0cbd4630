"""Which models are read as dbt compiled them: those whose templates can't be run in full here, and only where that is safe.

A model that renders without a hole is never replaced: its rendering is that of the production target, knows both branches
of an incremental model and the columns that the pull request changes. For the others one rule holds: both sides get dbt's
text or none does. A model that nothing was edited of has one text, whichever side's manifest holds it. An edited model needs
the manifests of both sides. Where dbt asked the warehouse while it compiled, the answer is of a warehouse without the pull
request: such a text is left aside where anything upstream was edited.
"""

import re
from collections.abc import Callable, Collection
from functools import cached_property

from contract_gate.core.values import dataclass, field, replace
from contract_gate.core.world import ModelKind, Rendered
from contract_gate.workspace.dbt.artifacts import CompiledNode, Manifest
from contract_gate.workspace.dbt.changes import changed_variables, of_other_versions
from contract_gate.workspace.dbt.declarations import snapshot_columns
from contract_gate.workspace.dbt.nodes import Node
from contract_gate.workspace.dbt.project import DbtProject
from contract_gate.workspace.dbt.restoring import UnusableError, branch_of, mapped_lines, restored
from contract_gate.workspace.dbt.wording import with_snapshot_columns

_ASKING = re.compile(
    r"\b(run_query|statement|load_result|get_columns_in_relation|get_relation)\b"
    r"|\badapter\s*\.\s*(?!dispatch\b|quote\w*\b|type\b)\w+"
)
_GRAPH = re.compile(r"\bgraph\b")
_TARGET = re.compile(r"\b(target|env_var|flags|invocation_args_dict)\b")
_CLOCK = re.compile(r"\b(run_started_at|invocation_id)\b|\bmodules\s*\.\s*datetime\b")
# They ask whether the relation is there: of the two branches that follow, `branch_of` says which one it is.
_BUILT_IN = frozenset({"macro.dbt.is_incremental", "macro.dbt.should_full_refresh"})
Pair = tuple[Rendered | None, Rendered | None]
_NONE: Pair = (None, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledSide:
    """A project at one revision, and the manifest that was compiled from it."""

    project: DbtProject
    manifest: Manifest | None

    def node(self, key: str) -> CompiledNode | None:
        return self.manifest.nodes.get(self.project.dbt_key(key)) if self.manifest is not None else None


@dataclass(kw_only=True)
class Compiled:
    """The texts of one project for both sides. `edited`: the keys that may differ; `unrecorded`: those of them whose
    difference may come from what a manifest does not hold (variables, versions of packages)."""

    base: CompiledSide
    head: CompiledSide
    edited: frozenset[str]
    unrecorded: frozenset[str]
    used: set[str] = field(default_factory=set)
    left: dict[str, str] = field(default_factory=dict)
    _chosen: dict[str, Pair] = field(default_factory=dict)

    def adopt(self) -> None:
        """Let both projects give these texts, and tell the readers that only dbt knows."""
        self.base.project.compiled = lambda key: self.pair(key)[0]
        self.head.project.compiled = lambda key: self.pair(key)[1]
        for side in (self.base, self.head):
            if side.manifest is not None:
                side.project.known_readers = _readers(side.project, side.manifest)

    def pair(self, key: str) -> Pair:
        """Give dbt's text of a model for base and head; None where the rendering stays."""
        if key not in self._chosen:
            # Reading what lies upstream may ask for this key again: then its rendering is what there is.
            self._chosen[key] = _NONE
            self._chosen[key] = self._pair(key)
        return self._chosen[key]

    @cached_property
    def affected(self) -> frozenset[str]:
        """Give what was edited and all that lies downstream of it."""
        found: set[str] = set()
        wave = set(self.edited)
        while wave:
            found |= wave
            wave = (self.base.project.readers(wave) | self.head.project.readers(wave)) - found
        return frozenset(found)

    @cached_property
    def targets_differ(self) -> bool:
        """Tell whether the manifests put what was not edited into different places."""
        one, other = self.base.manifest, self.head.manifest
        if one is None or other is None:
            return False
        edited = {self.head.project.dbt_key(key) for key in self.edited}
        return any(
            place != other.places.get(key, place) for key, place in one.places.items() if key not in edited
        )

    def _pair(self, key: str) -> Pair:
        sides = [side for side in (self.base, self.head) if side.project.is_rendered(key)]
        own = [side.project.own(key) for side in sides]
        if not any(map(_has_hole, own)):
            return _NONE
        try:
            chosen = self._in_both(key) if len(sides) > 1 else self._in_one(key, sides[0])
        except UnusableError as error:
            self.left[key] = str(error)
            return _NONE
        self.used.add(key)
        return chosen

    def _in_both(self, key: str) -> Pair:
        there = [side for side in (self.head, self.base) if side.node(key) is not None]
        if key not in self.edited:
            return self._as_one(key, there)
        if len(there) < 2:
            raise UnusableError("it was edited, and only one side has a manifest")
        if any(self._speaks(key, side, _CLOCK) for side in there):
            raise UnusableError("it was edited, and its text depends on when it is compiled")
        if self.targets_differ and any(
            self._speaks(key, side, words) for side in there for words in (_TARGET, _ASKING)
        ):
            raise UnusableError("it was edited, and the two manifests were compiled for different targets")
        old, new = self._text(key, self.base), self._text(key, self.head)
        if old.sql == new.sql and self._is_unexplained(key):
            raise UnusableError(
                "the two compiled texts are the same, though a variable or a package was edited"
            )
        return old, new

    def _as_one(self, key: str, there: list[CompiledSide]) -> Pair:
        if not there:
            raise UnusableError("it is not in the manifest")
        problem: UnusableError | None = None
        for side in there:
            try:
                made = self._text(key, side)
            except UnusableError as error:
                problem = problem or error
                continue
            return made, made
        raise problem or UnusableError("it is not in the manifest")

    def _in_one(self, key: str, side: CompiledSide) -> Pair:
        other = self.head if side is self.base else self.base
        if other.manifest is None and any(each not in side.project.models for each in other.project.models):
            # It may be a renamed one, and must then be read in the same way on both sides.
            raise UnusableError("it is on one side alone, and only one side has a manifest")
        made = self._text(key, side)
        return (made, None) if side is self.base else (None, made)

    def _text(self, key: str, side: CompiledSide) -> Rendered:
        node, own = side.node(key), side.project.own(key)
        declared = side.project.node(key)
        if node is None or side.manifest is None or declared is None:
            raise UnusableError("it is not in the manifest")
        if self.edited and self._speaks(key, side, _GRAPH):
            raise UnusableError("its text depends on the project's other models, and some were edited")
        if self._asks_of_edited(node, side):
            raise UnusableError("dbt asked the warehouse for it, and what lies upstream was edited")
        if self._branch(key, side):
            raise UnusableError("it was compiled for an incremental run")
        return _rendered(
            side, restored(node, side.manifest.places, side.project.written), own, declared, node
        )

    def _branch(self, key: str, side: CompiledSide) -> bool:
        """Tell whether the compiled text is an incremental run's. Raises UnusableError where that can't be told."""
        node, increment = side.node(key), side.project.incremental_rendered(key)
        full = side.project.own(key)
        if node is None or increment is None or full.sql == increment.sql:
            return False
        if full.sql is None or increment.sql is None or side.manifest is None:
            raise UnusableError("it can't be told whether it was compiled for an incremental run")
        text = restored(node, side.manifest.places, side.project.written)
        found = branch_of(text, full.sql, increment.sql)
        if found is None:
            raise UnusableError("it can't be told whether it was compiled for an incremental run")
        return found

    def _is_unexplained(self, key: str) -> bool:
        """Tell whether the model differs by what no manifest records, as far as its own texts do not explain it."""
        if key in self.unrecorded:
            return True
        base, head = self.base.project, self.head.project
        old, new = base.node(key), head.node(key)
        same_text = old is not None and new is not None and old.text == new.text
        same_macros = base.graph.reached_texts(key) == head.graph.reached_texts(key)
        return same_text and same_macros and base.own(key).sql != head.own(key).sql

    def _speaks(self, key: str, side: CompiledSide, words: re.Pattern[str]) -> bool:
        node = side.node(key)
        return node is not None and side.manifest is not None and _speaks(node, side.manifest, words)

    def _asks_of_edited(self, node: CompiledNode, side: CompiledSide) -> bool:
        if side.manifest is None or not _speaks(node, side.manifest, _ASKING):
            return False
        return any(side.project.own_key(key) in self.affected for key in node.nodes)


def upgraded(base: CompiledSide, head: CompiledSide) -> frozenset[str]:
    """Give the models that use a package that is not in the repository and is asked for in another version now."""
    return _users(base, head, _new_versions(base, head))


def unrecorded(base: CompiledSide, head: CompiledSide) -> frozenset[str]:
    """Give the models that use an edited variable, or a package of another version whose macros are the same in both
    manifests: an old manifest would look like that."""
    names = {name for name in _new_versions(base, head) if _macros(base, name) == _macros(head, name)}
    return _users(base, head, names, changed_variables(base.project, head.project))


def _new_versions(base: CompiledSide, head: CompiledSide) -> set[str]:
    return of_other_versions(base.project, head.project)


def _users(
    base: CompiledSide, head: CompiledSide, names: Collection[str], variables: Collection[str] = ()
) -> frozenset[str]:
    sides = (base.project, head.project)
    return frozenset[str]().union(*(side.graph.users((), names, variables) for side in sides))


def _macros(side: CompiledSide, package: str) -> dict[str, str]:
    listed = side.manifest.macros.values() if side.manifest is not None else ()
    return {macro.key: macro.text for macro in listed if macro.package == package}


def _readers(project: DbtProject, manifest: Manifest) -> Callable[[Collection[str]], set[str]]:
    """Give who reads what as dbt knows it: a macro of an absent package may name models that no text here names."""
    readers: dict[str, set[str]] = {}
    for key, node in manifest.nodes.items():
        reader = project.own_key(key)
        for read in node.nodes if reader in project.models else ():
            readers.setdefault(project.own_key(read), set()).add(reader)
    return lambda keys: {reader for key in keys for reader in readers.get(key, ())}


def _rendered(side: CompiledSide, sql: str, own: Rendered, declared: Node, node: CompiledNode) -> Rendered:
    known = own.sql.splitlines() if own.sql is not None else (declared.text or "").splitlines()
    lines = own.lines if own.sql is not None and own.lines else tuple(range(1, len(known) + 1))
    mapped = mapped_lines(sql, known, lines)
    if declared.kind is ModelKind.SNAPSHOT:
        sql = with_snapshot_columns(sql, snapshot_columns(declared.config))
    names = {key.split(".")[2] for key in node.nodes if key.count(".") > 1}
    keys = [side.project.own_key(key) for key in node.nodes]
    models = side.project.models
    reads = [models[key].relation for key in keys if key in models]
    return replace(
        own,
        sql=sql,
        lines=mapped,
        holes=declared.holes,
        problem=None,
        reads=tuple(relation for relation in reads if relation is not None),
        missing=tuple(name for name in own.missing if name.rpartition(".")[2] not in names),
    )


def _has_hole(rendered: Rendered) -> bool:
    return bool(rendered.holes or rendered.problem or rendered.missing)


def _speaks(node: CompiledNode, manifest: Manifest, words: re.Pattern[str]) -> bool:
    """Tell whether the template, or a macro that it reaches, has one of the words."""
    if words.search(node.raw):
        return True
    seen: set[str] = set(_BUILT_IN)
    waiting = [key for key in node.macros if key not in seen]
    while waiting:
        key = waiting.pop()
        macro = manifest.macros.get(key)
        if key in seen or macro is None:
            continue
        if words.search(macro.text):
            return True
        seen.add(key)
        waiting.extend(macro.macros)
    return False
