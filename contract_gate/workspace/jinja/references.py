"""dbt's `ref` and `source`: https://docs.getdbt.com/reference/dbt-jinja-functions/ref"""

from contract_gate.core.world import HoleKind
from contract_gate.workspace.jinja.holes import UnknownValue
from contract_gate.workspace.jinja.relation import TemplateRelation
from contract_gate.workspace.jinja.rendering import Rendering, RenderingError

UNRESOLVED = "unresolved_ref"
"""The schema that a ref is printed with where it names nothing: no relation of the repository can be meant."""


def references(rendering: Rendering) -> dict[str, object]:
    """Give `ref`, `source`, `function` and `metric` for one rendering; what they name is recorded in it."""
    project = rendering.project

    def ref(*args: object, version: object = None, v: object = None) -> object:
        names = [str(arg) for arg in args]
        if not names or any(isinstance(arg, UnknownValue) for arg in args):
            rendering.holes.note(HoleKind.REF, "a ref's model is only known when it runs")
            return UnknownValue(rendering.holes, "ref", is_value=False)
        package, name = (names[0] if len(names) > 1 else None), names[-1]
        wanted = version if version is not None else v
        key = _resolve(rendering, name, package, None if wanted is None else str(wanted))
        if key is None:
            return _unresolved(rendering, name, package)
        rendering.record(key)
        return rendering.relation(project.nodes[key], key)

    def source(*args: object) -> object:
        if len(args) != 2:
            raise RenderingError(f"source() takes two names, this one has {len(args)}")
        if any(isinstance(arg, UnknownValue) for arg in args):
            rendering.holes.note(HoleKind.SOURCE, "a source's table is only known when it runs")
            return UnknownValue(rendering.holes, "source", is_value=False)
        schema, table = str(args[0]), str(args[1])
        keys = project.sources.get(f"{schema}.{table}", [])
        if not keys:
            rendering.holes.note(
                HoleKind.SOURCE, f"the source {schema}.{table} is not declared", f"{schema}.{table}"
            )
            return TemplateRelation(None, schema, table, project.quoting)
        key = _of_package(keys, rendering, None) or keys[0]
        rendering.record(key)
        return rendering.relation(project.nodes[key], key)

    def function(*args: object) -> object:
        names = [str(arg) for arg in args]
        package, name = (names[0] if len(names) > 1 else None), names[-1] if names else ""
        key = _of_package(project.functions.get(name, []), rendering, package)
        if key is None:
            return _unresolved(rendering, name, package)
        rendering.record(key)
        return rendering.relation(project.nodes[key], key)

    return {
        "ref": ref,
        "source": source,
        "function": function,
        "metric": lambda *_args: UnknownValue(rendering.holes, "metric"),
    }


def _resolve(rendering: Rendering, name: str, package: str | None, version: str | None) -> str | None:
    project = rendering.project
    key = _of_package(_of_version(project.refs.get(name, []), rendering, version), rendering, package)
    if key is None and package is not None:
        siblings = _of_version(project.siblings.get(f"{package}.{name}", []), rendering, version)
        return _of_package(siblings, rendering, package)
    return key


def _of_version(keys: list[str], rendering: Rendering, version: str | None) -> list[str]:
    nodes = rendering.project.nodes
    if version is not None:
        return [key for key in keys if str(nodes[key].get("version")) == version]
    return [key for key in keys if nodes[key].get("version") in (None, nodes[key].get("latest"))] or keys


def _of_package(keys: list[str], rendering: Rendering, package: str | None) -> str | None:
    nodes = rendering.project.nodes
    order = (package,) if package else (rendering.package, rendering.project.name)
    for wanted in order:
        for key in keys:
            if nodes[key].get("package") == wanted:
                return key
    return None if package else (keys[0] if keys else None)


def _unresolved(rendering: Rendering, name: str, package: str | None) -> object:
    full = f"{package}.{name}" if package else name
    project = rendering.project
    known = package is not None and any(other.startswith(f"{package}.") for other in project.siblings)
    if package is None:
        is_unknown = project.may_lack_models
    else:
        is_unknown = package != project.name and not known and (package in project.absent or project.is_open)
    if is_unknown:
        told = f"the model {full} may be of a package that is not in the repository"
        rendering.holes.note(HoleKind.REF, told, full)
    elif full not in rendering.missing:
        rendering.missing.append(full)
    return TemplateRelation(None, UNRESOLVED, name, rendering.project.quoting)
