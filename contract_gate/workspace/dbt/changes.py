"""Which declarations may differ between two revisions of a project, without rendering anything.

May name too many, never too few; the caller compares what they render to.
"""

from collections.abc import Collection, Mapping

from contract_gate.core.models import differing, outlines
from contract_gate.core.remembering import spelled
from contract_gate.core.world import Model
from contract_gate.workspace.dbt.nodes import Node
from contract_gate.workspace.dbt.project import DbtProject
from contract_gate.workspace.dbt.references import scan
from contract_gate.workspace.dbt.spelling import texts_of
from contract_gate.workspace.documents import Plain


def candidates(base: DbtProject, head: DbtProject, changed_paths: Collection[str]) -> set[str]:
    """Give the keys whose SQL, settings or YAML may differ: by their own files, by macros, variables or names."""
    if _everything_may_differ(base, head):
        return {*base.models, *head.models}
    paths = set(changed_paths)
    others = differing(base.models, head.models)
    others |= {key for key in base.unlike(head) if key in base.models or key in head.models}
    own = {one.key for one in outlines(head.models) if one.path in paths and one.key not in others}
    own |= {key for key in others if _differs(base, head, key, paths)}
    moved = {key for key in others if _meant(base, key) != _meant(head, key)}
    shared = _changed_macros(base, head)
    variables = changed_variables(base, head)
    names = _changed_names(base, head, variables)
    return (
        own
        | base.readers(moved)
        | head.readers(moved)
        | base.graph.users(shared, names, variables)
        | head.graph.users(shared, names, variables)
    )


def _everything_may_differ(base: DbtProject, head: DbtProject) -> bool:
    """Tell whether the target, the quoting or the dispatch differs: then any template may write something else."""
    return base.target != head.target or any(
        base.packages.root.settings.get(key) != head.packages.root.settings.get(key)
        for key in ("dispatch", "flags")
    )


def _differs(base: DbtProject, head: DbtProject, key: str, paths: set[str]) -> bool:
    before, after = base.models.get(key), head.models.get(key)
    if before is None or after is None:
        return True
    if before.path in paths or after.path in paths:
        return True
    if before is not after and before != after and _shape(before) != _shape(after):
        return True
    one, other = base.node(key), head.node(key)
    if base.routine_text(key) != head.routine_text(key):
        return True
    is_other = one is not other and _content(one) != _content(other)
    return is_other or (bool(_declared_in(one, other) & paths) and not _is_said_alike(one, other))


_PLACES = frozenset({"line", "source_line"})


def _is_said_alike(before: Node | None, after: Node | None) -> bool:
    """Tell whether YAML says the same of a node, in other lines: an edited file says something of many."""
    return spelled(before, _PLACES) == spelled(after, _PLACES)


def _shape(model: Model) -> tuple[object, ...]:
    return (
        model.path, model.dialect, model.relation, model.materialization, model.columns, model.closed, model.depends_on,
        model.constraints, model.owners, model.url, model.on_schema_change, model.merging, model.hooks, model.content, model.contract, model.access, model.group,
        tuple((read.key, read.column) for read in model.reads),
        tuple((name, spelled) for name, spelled, _ in model.definitions),
    )  # fmt: skip


def _content(node: Node | None) -> tuple[object, ...] | None:
    return (
        None
        if node is None
        else (
            node.text,
            node.config,
            node.problem,
            node.refused,
            node.quoting,
            node.fqn,
            node.overloads,
        )
    )


def _declared_in(*nodes: Node | None) -> set[str]:
    return {node.declared_in for node in nodes if node is not None and node.declared_in is not None}


def _meant(project: DbtProject, key: str) -> object:
    """Give what a reference to a node hangs on: its relation, and which version is the latest."""
    model, node = project.models.get(key), project.node(key)
    return (model.relation if model else None), (node.latest if node else None)


def _changed_macros(base: DbtProject, head: DbtProject) -> frozenset[str]:
    before, after = base.macros.texts(), head.macros.texts()
    return frozenset(name for name in {*before, *after} if before.get(name) != after.get(name))


def _changed_names(base: DbtProject, head: DbtProject, variables: Collection[str]) -> frozenset[str]:
    """Give the words that a template must use to notice a change of packages, or of a variable that dbt_utils asks for."""
    asking = {macro for name, macros in _OF_DBT_UTILS.items() if name in variables for macro in macros}
    before, after = _package_names(base), _package_names(head)
    # What no file here shows, dbt's own texts may.
    upgraded = of_other_versions(base, head) if base.compiled and head.compiled else set()
    return frozenset(asking | (before ^ after) | upgraded)


_OF_DBT_UTILS = {"surrogate_key_treat_nulls_as_empty_strings": ("generate_surrogate_key", "surrogate_key")}
"""The macros of dbt_utils that ask a variable where the package is not here."""


def changed_variables(base: DbtProject, head: DbtProject) -> frozenset[str]:
    """Give the variables that may give something else: the edited ones, and those with Jinja that may ask for one or call a macro."""
    if _variables(base) == _variables(head):
        return frozenset()
    before, after = (_values(_variables(project)) for project in (base, head))
    edited = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    calls = {"var", *base.macros.texts(), *head.macros.texts()}
    templated = {
        name
        for name, values in after.items()
        if any(not calls.isdisjoint(scan(text).names) for _, value in values for text in texts_of(value))
    }
    return frozenset(edited | templated)


def _values(variables: Mapping[str, Mapping[str, Plain]]) -> Mapping[str, list[tuple[str, Plain]]]:
    """Give the values of each variable, each with where it stands; what a table holds may be variables of a package."""
    found: dict[str, list[tuple[str, Plain]]] = {}
    for package, scope in variables.items():
        for name, value in scope.items():
            found.setdefault(name, []).append((package, value))
            for inner, leaf in value.items() if isinstance(value, dict) else ():
                found.setdefault(inner, []).append((f"{package}.{name}", leaf))
    return found


def of_other_versions(base: DbtProject, head: DbtProject) -> set[str]:
    """Give the names of the packages that are required in another version, or on one side alone."""
    old, new = ({one.name: one.version for one in project.packages.required} for project in (base, head))
    return {name for name in {*old, *new} if old.get(name) != new.get(name)}


def _variables(project: DbtProject) -> Mapping[str, Mapping[str, Plain]]:
    return {package.name: package.setting("vars") for package in project.packages.all}


def _package_names(project: DbtProject) -> set[str]:
    return {*(package.name for package in project.packages.all), *project.packages.absent}
