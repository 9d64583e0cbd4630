"""What a SQLMesh project's configuration says, read as text: `config.yaml`, or the literals of `config.py`."""

import ast
import posixpath
import re
from collections.abc import Collection, Mapping

from contract_gate.core.values import dataclass, field, replace
from contract_gate.workspace.dialects import product_dialect
from contract_gate.workspace.documents import BadYamlError, read_mapping
from contract_gate.workspace.files import Files, decode, is_vendored
from contract_gate.workspace.python_syntax import (
    Constants,
    constants_in,
    meant_by,
    pairs_of,
    parse_python,
    text_of,
)

CONFIG_FILES = ("config.yaml", "config.yml", "config.py")
FOLDERS = ("models", "audits", "macros", "metrics", "external_models", "tests")
"""Of a project, what declares something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlmeshSettings:
    """`dialect`: the models' default, None where nothing says it; `audits`: those of every model, as a MODEL block writes
    them; `on_destructive_change`: what incremental models do where they do not say it. `variables`: text each. `ignored`: patterns of files that are not loaded. `path`: the file that it stands in. `note`: why it was not read.
    """

    dialect: str | None = None
    audits: tuple[str, ...] = ()
    on_destructive_change: str = "error"
    variables: Mapping[str, str] = field(default_factory=dict)
    infer_names: bool = False
    ignored: tuple[str, ...] = ()
    path: str = ""
    note: str | None = None


def sqlmesh_roots(files: Files, paths: Collection[str]) -> list[str]:
    """Give the folders that hold a SQLMesh project: a configuration that names SQLMesh's own settings, and no dbt."""
    dbt = {
        path.rpartition("/")[0] for path in paths if path.endswith(("dbt_project.yml", "dbt_project.yaml"))
    }
    named = [path for path in paths if path.rpartition("/")[2] in CONFIG_FILES]
    wanted = [path for path in named if posixpath.dirname(path) not in dbt and not is_vendored(path)]
    found = {
        path.rpartition("/")[0]
        for path, content in files.read(wanted).items()
        if isinstance(content, bytes) and _OWN.search(content) is not None
    }
    return sorted(found)


def read_settings(files: Files, root: str) -> SqlmeshSettings:
    """Read the project's configuration; never run it."""
    paths = [posixpath.join(root, name) for name in CONFIG_FILES]
    contents = files.read(paths)
    for path in (path for path in paths if path in contents):
        content = contents[path]
        if isinstance(content, str):
            found = SqlmeshSettings(note=content)
        else:
            text = decode(content).text
            found = _from_python(text) if path.endswith(".py") else _from_yaml(text)
        return replace(found, path=path)
    return SqlmeshSettings()


_OWN = re.compile(
    rb"^[ \t]*(model_defaults|gateways|default_gateway)[ \t]*:|sqlmesh\.core\.config|from\s+sqlmesh\b",
    re.MULTILINE,
)


def _from_yaml(text: str) -> SqlmeshSettings:
    try:
        document = read_mapping(re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "x", text))
    except BadYamlError as error:
        return SqlmeshSettings(note=f"its configuration is no YAML: {error}")
    defaults = document.get("model_defaults")
    dialect = defaults.get("dialect") if isinstance(defaults, dict) else None
    audits = defaults.get("audits") if isinstance(defaults, dict) else None
    destructive = defaults.get("on_destructive_change") if isinstance(defaults, dict) else None
    variables = document.get("variables")
    naming, ignored = document.get("model_naming"), document.get("ignore_patterns")
    return SqlmeshSettings(
        dialect=_dialect(dialect if isinstance(dialect, str) else _connection_type(document)),
        variables={str(key).lower(): _written(value) for key, value in variables.items()} if isinstance(variables, dict) else {},
        audits=tuple(str(audit) for audit in audits) if isinstance(audits, list) else (),
        on_destructive_change=destructive if isinstance(destructive, str) else "error",
        infer_names=isinstance(naming, dict) and naming.get("infer_names") is True,
        ignored=tuple(each for each in ignored if isinstance(each, str)) if isinstance(ignored, list) else (),
    )  # fmt: skip


def _connection_type(document: Mapping[str, object]) -> str | None:
    gateways = document.get("gateways")
    values = list(gateways.values()) if isinstance(gateways, dict) else [gateways]
    for gateway in values:
        connection = gateway.get("connection") if isinstance(gateway, dict) else None
        if isinstance(connection, dict) and isinstance(connection.get("type"), str):
            return str(connection["type"])
    return None


def _dialect(name: str | None) -> str | None:
    return product_dialect(name.split(",")[0]) if name is not None else None


def _written(value: object) -> str:
    """Write a variable as SQL would: text in quotes, a list in brackets."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, list):
        return "[" + ", ".join(_written(item) for item in value) + "]"
    return "'" + str(value).replace("'", "''") + "'"


def _from_python(text: str) -> SqlmeshSettings:
    tree = parse_python(text)
    if isinstance(tree, str):
        return SqlmeshSettings(note="its config.py can't be read")
    names = constants_in(ast.walk(tree))
    dialects = [text_of(value, names) for value in _keywords(tree, "dialect")]
    variables: dict[str, str] = {}
    for value in _keywords(tree, "variables"):
        variables |= _texts(value, names)
    infer = any(
        isinstance(value, ast.Constant) and value.value is True for value in _keywords(tree, "infer_names")
    )
    found = next((dialect for dialect in dialects if dialect), None) or _connection_class(text)
    destructive = (_choice(value, names) for value in _keywords(tree, "on_destructive_change"))
    return SqlmeshSettings(
        on_destructive_change=next(filter(None, destructive), "error"),
        dialect=_dialect(found), audits=_listed(tree, "audits", names), variables=variables, infer_names=infer,
        ignored=_listed(tree, "ignore_patterns", names),
    )  # fmt: skip


def _choice(value: ast.expr, names: Constants) -> str | None:
    """Give a choice that is written as a text, or as a member of SQLMesh's enumeration."""
    return value.attr if isinstance(value, ast.Attribute) else text_of(value, names)


def _listed(tree: ast.AST, name: str, names: Constants) -> tuple[str, ...]:
    """Give the texts in every list of this name."""
    lists = (value for value in _keywords(tree, name) if isinstance(value, (ast.List, ast.Tuple)))
    return tuple(
        given for value in lists for item in value.elts if (given := text_of(item, names)) is not None
    )


def _keywords(tree: ast.AST, name: str) -> list[ast.expr]:
    """Give the values of every keyword or dictionary key of this name."""
    found: list[ast.expr] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == name:
            found.append(node.value)
        elif isinstance(node, ast.Dict):
            found += [value for key, value in pairs_of(node) if key == name]
    return found


def _texts(value: ast.expr, names: Constants) -> dict[str, str]:
    value = meant_by(value, names) or value
    found: dict[str, str] = {}
    for key, item in pairs_of(value):
        if key is not None and isinstance(item, ast.Constant):
            found[key.lower()] = _written(item.value)
        elif key is not None and (text := text_of(item, names)) is not None:
            found[key.lower()] = _written(text)
    return found


def _connection_class(text: str) -> str | None:
    found = re.search(r"\b(\w+)ConnectionConfig\s*\(", text)
    return found[1] if found is not None else None
