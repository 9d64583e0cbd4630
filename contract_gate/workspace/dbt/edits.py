"""What was edited in the files that the models of a dbt project share: macros, variables, folder settings.

Each edit is an `Origin` with its place; whom it reaches is for `origins` to say.
"""

from collections.abc import Collection, Iterable, Iterator

from contract_gate.compare.changes.origin import Origin, OriginKind
from contract_gate.workspace.content import without_template_comments
from contract_gate.workspace.dbt.collect import TREES
from contract_gate.workspace.dbt.packages import Package, Packages
from contract_gate.workspace.dbt.references import MacroDefinition
from contract_gate.workspace.documents import BadYamlError, Entry, Plain

Placed = tuple[str, MacroDefinition]
"""A macro with the path of its file."""
Path = tuple[str, ...]


def edited_macros(base: Collection[Placed], head: Collection[Placed]) -> dict[str, tuple[Origin, ...]]:
    """Give the macros that were edited, added or removed, by each name that calls them; comments don't count."""
    old, new = ({(d.name, _code(d)) for _, d in side} for side in (base, head))
    edited = [(path, d) for path, d in head if (d.name, _code(d)) not in old]
    there = {d.name for _, d in head}
    gone = [(path, d) for path, d in base if (d.name, _code(d)) not in new and d.name not in there]
    found: dict[str, tuple[Origin, ...]] = {}
    for path, definition in (*edited, *gone):
        origin = Origin(
            kind=OriginKind.MACRO, name=definition.name, path=path, line=definition.line,
            end_line=definition.line + definition.text.count("\n"),
        )  # fmt: skip
        for name in {definition.name, definition.name.partition("__")[2] or definition.name}:
            found[name] = (*found.get(name, ()), origin)
    return found


def edited_variables(base: Packages, head: Packages) -> dict[str, Origin]:
    """Give the variables of project files whose values differ, by their names."""
    found = {}
    for path, name, line in _edited(_variables(base), _variables(head)):
        found[name[-1]] = Origin(kind=OriginKind.VARIABLE, name=name[-1], path=path, line=line)
    return found


def edited_settings(base: Packages, head: Packages) -> dict[Path, Origin]:
    """Give the folder settings of project files that differ: (package, folder, …, setting) → the line."""
    found = {}
    for path, name, line in _edited(_folder_settings(base), _folder_settings(head)):
        found[name[1:]] = Origin(kind=OriginKind.SETTING, name=".".join(name), path=path, line=line)
    return found


def _code(definition: MacroDefinition) -> str:
    return without_template_comments(definition.text)


_Values = dict[tuple[str, Path], tuple[Plain, int]]
"""File and name of a setting → its value and line."""


def _edited(base: _Values, head: _Values) -> Iterator[tuple[str, Path, int]]:
    for path, name in {**head, **base}:
        old, new = base.get((path, name)), head.get((path, name))
        if (old[0] if old else None) != (new[0] if new else None):
            side = new or old
            yield path, name, side[1] if side else 1


def _variables(packages: Packages) -> _Values:
    names = {package.name for package in packages.all}
    found: _Values = {}
    for package, entry in _documents(packages):
        for name, value in entry.fields("vars"):
            scoped = value.entries() if name in names and value.is_mapping else [(name, value)]
            for inner, leaf in scoped:
                found[package.file, (*((name,) if inner != name else ()), inner)] = _leaf(leaf)
    return found


def _folder_settings(packages: Packages) -> _Values:
    found: _Values = {}
    for package, entry in _documents(packages):
        for tree in (*TREES.values(), "data_tests"):
            if (top := entry.get(tree)) is not None:
                found |= {(package.file, (tree, *name)): leaf for name, leaf in _leaves(top, ())}
    return found


def _leaves(entry: Entry, above: Path) -> Iterator[tuple[Path, tuple[Plain, int]]]:
    for name, value in entry.entries():
        if value.is_mapping and not name.startswith("+") and len(above) < _DEEPEST:
            yield from _leaves(value, (*above, name))
        else:
            yield (*above, name), _leaf(value)


_DEEPEST = 30


def _leaf(entry: Entry) -> tuple[Plain, int]:
    try:
        return entry.plain(), entry.line
    except BadYamlError:
        return None, entry.line


def _documents(packages: Packages) -> Iterable[tuple[Package, Entry]]:
    return [(package, package.document) for package in packages.all if package.document is not None]
