"""dbt's `ref` and `source`: https://docs.getdbt.com/reference/dbt-jinja-functions/ref"""

from contract_gate.core.world import HoleKind
from contract_gate.workspace.jinja.holes import UnknownValue
from contract_gate.workspace.jinja.relation import TemplateRelation
from contract_gate.workspace.jinja.rendering import Rendering, RenderingError
from contract_gate.workspace.jinja.resolution import Address, meant

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
        said = None if wanted is None else str(wanted)
        key = _meant(rendering, project.refs.get(name, []), package, said)
        if key is None and package is not None:
            key = _meant(rendering, project.siblings.get(f"{package}.{name}", []), package, said)
        if key is None:
            return _unresolved(rendering, name, package)
        rendering.record(key)
        return rendering.relation(project.nodes[key], key)

    def function(*args: object) -> object:
        names = [str(arg) for arg in args]
        package, name = (names[0] if len(names) > 1 else None), names[-1] if names else ""
        key = _meant(rendering, project.functions.get(name, []), package)
        if key is None:
            return _unresolved(rendering, name, package)
        rendering.record(key)
        return rendering.relation(project.nodes[key], key)

    return {
        "ref": ref,
        "source": lambda *args: _source(rendering, args),
        "function": function,
        "metric": lambda *_args: UnknownValue(rendering.holes, "metric"),
    }


def _source(rendering: Rendering, args: tuple[object, ...]) -> object:
    if len(args) != 2:
        raise RenderingError(f"source() takes two names, this one has {len(args)}")
    if any(isinstance(arg, UnknownValue) for arg in args):
        rendering.holes.note(HoleKind.SOURCE, "a source's table is only known when it runs")
        return UnknownValue(rendering.holes, "source", is_value=False)
    schema, table = str(args[0]), str(args[1])
    key = _meant(rendering, rendering.project.sources.get(f"{schema}.{table}", []))
    if key is None:
        name = f"{schema}.{table}"
        rendering.holes.note(HoleKind.SOURCE, f"the source {name} is not declared", name)
        return TemplateRelation(None, schema, table, rendering.project.quoting)
    rendering.record(key)
    return rendering.relation(rendering.project.nodes[key], key)


def _meant(
    rendering: Rendering, keys: list[str], package: str | None = None, version: str | None = None
) -> str | None:
    nodes = rendering.project.nodes

    def address(key: str) -> Address:
        return nodes[key].get("package"), nodes[key].get("version"), nodes[key].get("latest")

    return meant(keys, address, (rendering.package, rendering.project.name), package, version)


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
