"""What a SQLMesh file declares: models with their settings, blueprints, audits; external models in YAML."""

import posixpath
import re
from collections.abc import Iterator, Mapping

from contract_gate.core.values import dataclass, field
from contract_gate.core.world import Constraint, ConstraintKind, ModelKind
from contract_gate.sql.names import fold_column
from contract_gate.workspace.dialects import product_dialect
from contract_gate.workspace.documents import read_plain
from contract_gate.workspace.sqlmesh.blocks import (
    FileStatement,
    inside,
    properties,
    split_list,
    statements,
    unquoted,
)
from contract_gate.workspace.sqlmesh.settings import SqlmeshSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredModel:
    """One MODEL or AUDIT block and the statements that belong to it. `adds`: columns that SQLMesh adds to the query's.

    `properties` are the block's and `options` its kind's, text each.
    """

    key: str
    name: str
    kind: ModelKind
    path: str
    line: int
    dialect: str
    statements: tuple[FileStatement, ...]
    this_model: str = ""
    materialization: str | None = None
    columns: tuple[tuple[str, str], ...] = ()
    adds: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    constraints: tuple[Constraint, ...] = ()
    owners: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    seed: str | None = None
    merging: str | None = None
    on_schema_change: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_history(self) -> bool:
        """Tell whether it keeps since when and until when a row was so."""
        return bool(self.adds)


def declare(
    text: str, path: str, prefix: str, dialect: str, settings: SqlmeshSettings
) -> list[DeclaredModel] | str:
    """Read a file's blocks; a `str` is the reason why it declares nothing."""
    parts = statements(text)
    if not any(part.block for part in parts):
        return "it has no MODEL or AUDIT block"
    groups: list[tuple[FileStatement, list[FileStatement]]] = []
    for part in parts:
        if part.block:
            groups.append((part, []))
        elif groups:
            groups[-1][1].append(part)
    found: list[DeclaredModel] = []
    for block, rest in groups:
        line = (
            text.count("\n", 0, block.start + len(text[block.start :]) - len(text[block.start :].lstrip()))
            + 1
        )
        if block.block == "MODEL":
            found.extend(_models(block, rest, path, prefix, line, dialect, settings))
        elif block.block == "AUDIT":
            found.extend(_audit(block, rest, path, line, dialect, found))
    off = any(_is_off(block.properties.get("enabled", "")) for block, _ in groups)
    return found or (
        [] if off or all(block.block != "MODEL" for block, _ in groups) else "its block gives no name"
    )


def external_models(text: str) -> Iterator[tuple[str, tuple[tuple[str, str], ...], int]]:
    """Yield name, columns (name, type) and line of every external model of a YAML file. Raises BadYamlError."""
    content = read_plain(text)
    for item in content if isinstance(content, list) else ():
        if not isinstance(item, dict) or not isinstance(item.get("name"), str):
            continue
        columns = item.get("columns")
        name = str(item["name"])
        found = re.search(rf"name\s*:\s*['\"]*{re.escape(name)}", text)
        line = text.count("\n", 0, found.start()) + 1 if found else 1
        pairs = columns.items() if isinstance(columns, dict) else ()
        yield name, tuple((str(column), str(kind)) for column, kind in pairs), line


def _models(
    block: FileStatement,
    rest: list[FileStatement],
    path: str,
    prefix: str,
    line: int,
    dialect: str,
    settings: SqlmeshSettings,
) -> Iterator[DeclaredModel]:
    given = block.properties
    if _is_off(given.get("enabled", "")):
        return
    for variables in _blueprints(given):
        name = _name(given, variables, path, prefix, settings)
        if name is None:
            continue
        own = _dialect(given.get("dialect"), dialect)
        kind, options = _kind(given.get("kind", ""))
        yield DeclaredModel(
            key=f"model.{name.lower()}", name=name, kind=ModelKind.SEED if kind == "seed" else ModelKind.MODEL,
            path=path, line=line, dialect=own, statements=tuple(rest), this_model=name,
            materialization=_MATERIALIZATIONS.get(kind, "table"), columns=_columns(given.get("columns")),
            adds=_history(kind, options), variables=variables, constraints=tuple(_constraints(given, own)),
            owners=(unquoted(given["owner"]),) if "owner" in given else (), tags=_tags(given.get("tags", "")),
            seed=_seed(options, path, prefix) if kind == "seed" else None, merging=_merging(kind, options),
            on_schema_change=_on_schema_change(kind, options, settings), properties=_with_defaults(given, settings), options=options,
        )  # fmt: skip


def _with_defaults(given: Mapping[str, str], settings: SqlmeshSettings) -> Mapping[str, str]:
    """Add the audits of every model to those of its own.

    https://sqlmesh.readthedocs.io/en/stable/reference/model_configuration/#model-defaults
    """
    if not settings.audits:
        return given
    own = given.get("audits", "")
    listed = [part for part in (inside(own) or own, *settings.audits) if part.strip()]
    return {**given, "audits": f"({', '.join(listed)})"}


def _tags(written: str) -> tuple[str, ...]:
    """Read `(a, b)`, `[a, b]` or one tag: https://sqlmesh.readthedocs.io/en/stable/concepts/models/overview/#tags"""
    return tuple(unquoted(one.strip()) for one in written.strip("()[] ").split(",") if one.strip())


_COMPARED = re.compile(r"(\d+)\s*=\s*(\d+)")


def _is_off(enabled: str) -> bool:
    """Tell whether `enabled` says no; what a macro decides is taken for yes. SQLMesh's formatter writes `(1 = 0)` in T-SQL."""
    text = unquoted(re.sub(r"[()]", " ", enabled)).lower()
    compared = _COMPARED.fullmatch(text)
    if compared is not None:
        return int(compared[1]) != int(compared[2])
    return text in {"false", "0", "f", "n", "no", "off"}


_MATERIALIZATIONS = {
    "view": "view",
    "embedded": "ephemeral",
    "seed": "seed",
    "external": "external",
    "": "view",
}


def _audit(
    block: FileStatement,
    rest: list[FileStatement],
    path: str,
    line: int,
    dialect: str,
    found: list[DeclaredModel],
) -> Iterator[DeclaredModel]:
    """A standalone audit, or one that stands below the model that it is for, is a test with SQL of its own."""
    name = unquoted(block.properties.get("name", ""))
    subject = next((each for each in found if each.kind is not ModelKind.TEST), None)
    if not name or (subject is None and block.properties.get("standalone", "").lower() != "true"):
        return
    own = _dialect(block.properties.get("dialect"), subject.dialect if subject is not None else dialect)
    about = subject.name if subject is not None else ""
    yield DeclaredModel(
        key=f"audit.{name.lower()}" + (f".{about.lower()}" if about else ""), name=name, kind=ModelKind.TEST,
        path=path, line=line, dialect=own, statements=tuple(rest), this_model=about,
    )  # fmt: skip


def _blueprints(given: Mapping[str, str]) -> list[dict[str, str]]:
    listed = inside(given.get("blueprints", ""))
    if listed is None:
        return [{}]
    return [dict(properties(inside(item) or "")) for item in split_list(listed)]


def _name(
    given: Mapping[str, str], variables: Mapping[str, str], path: str, prefix: str, settings: SqlmeshSettings
) -> str | None:
    name = given.get("name")
    if name is None:
        if not settings.infer_names:
            return None
        return ".".join(path.removeprefix(f"{prefix}models/").removesuffix(".sql").split("/")[-3:])
    known = {**settings.variables, **variables}
    filled = re.sub(r"@\{?(\w+)\}?", lambda found: unquoted(known.get(found[1].lower(), found[0])), name)
    return (
        None
        if "@" in filled
        else ".".join(unquoted(part) for part in filled.split("."))
        if "`" not in filled
        else filled
    )


def _dialect(name: str | None, default: str) -> str:
    found = product_dialect(unquoted(name).split(",")[0]) if name is not None else None
    return default if found is None else found


def _kind(text: str) -> tuple[str, Mapping[str, str]]:
    found = re.match(r"(\w+)\s*(.*)", text.strip(), re.DOTALL)
    if found is None:
        return "", {}
    return found[1].lower(), properties(inside(found[2]) or "")


def _columns(text: str | None) -> tuple[tuple[str, str], ...]:
    listed = inside(text) if text is not None else None
    columns = []
    for item in split_list(listed) if listed is not None else ():
        name, _, kind = item.strip().partition(" ")
        columns.append((unquoted(name), " ".join(kind.split())))
    return tuple(columns)


_DECIDING = (
    "time_column", "unique_key", "when_matched", "merge_filter", "columns", "updated_at_name", "valid_from_name",
    "valid_to_name", "invalidate_hard_deletes", "updated_at_as_valid_from",
)  # fmt: skip


def _merging(kind: str, options: Mapping[str, str]) -> str | None:
    """Spell how rows are merged into those of earlier runs; None for a kind that is built anew each time."""
    if not kind.startswith(("incremental", "scd_type_2")):
        return None
    return " ".join(
        [kind, *(f"{name} {' '.join(options[name].split())}" for name in _DECIDING if name in options)]
    )


def _on_schema_change(kind: str, options: Mapping[str, str], settings: SqlmeshSettings) -> str | None:
    """Say what a plan does that takes a column from the table of a forward-only model; None for a model that gets a new table.

    https://sqlmesh.readthedocs.io/en/stable/concepts/plans/#destructive-changes
    """
    said = unquoted(options.get("forward_only", "")).lower()
    is_default = kind.startswith(("scd_type_2", "incremental_unmanaged")) and said != "false"
    if not (kind == "incremental_by_partition" or is_default or said == "true"):
        return None
    given = unquoted(options.get("on_destructive_change", settings.on_destructive_change)).lower()
    return "refuse" if given == "error" else None


def _history(kind: str, options: Mapping[str, str]) -> tuple[str, ...]:
    """SQLMesh keeps since when and until when a row was so: https://sqlmesh.readthedocs.io/en/stable/concepts/models/model_kinds/"""
    if not kind.startswith("scd_type_2"):
        return ()
    return tuple(unquoted(options.get(f"{name}_name", name)) for name in ("valid_from", "valid_to"))


def _seed(options: Mapping[str, str], path: str, prefix: str) -> str | None:
    written = unquoted(options.get("path", ""))
    if not written:
        return None
    if written.startswith("$root"):
        return posixpath.normpath(prefix + written.removeprefix("$root").lstrip("/"))
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), written))


def _constraints(given: Mapping[str, str], dialect: str) -> Iterator[Constraint]:
    for item in _listed(given.get("audits", "")):
        found = re.match(r"\s*(\w+)\s*(\(.*)", item, re.DOTALL)
        if found is None:
            continue
        options = properties(inside(found[2]) or "")
        named = _listed(options.get("columns") or options.get("column") or "")
        columns = tuple(fold_column(name, False, dialect) for name in named)
        kind = _AUDITS.get(found[1].lower())
        if kind is None or not columns:
            continue
        if kind is ConstraintKind.ACCEPTED_VALUES:
            yield Constraint(kind=kind, columns=columns, values=_listed(options.get("is_in", "")))
        elif kind is ConstraintKind.UNIQUE and found[1].lower() == "unique_combination_of_columns":
            yield Constraint(kind=kind, columns=columns)
        else:
            yield from (Constraint(kind=kind, columns=(column,)) for column in columns)


_AUDITS = {
    "not_null": ConstraintKind.NOT_NULL, "unique_values": ConstraintKind.UNIQUE,
    "unique_combination_of_columns": ConstraintKind.UNIQUE, "accepted_values": ConstraintKind.ACCEPTED_VALUES,
}  # fmt: skip


def _listed(text: str) -> tuple[str, ...]:
    held = inside(text)
    return tuple(unquoted(part) for part in split_list(held if held is not None else text))
