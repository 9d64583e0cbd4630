"""What a Dataform project's settings say: `workflow_settings.yaml`, or `dataform.json` of older versions."""

import posixpath
from collections.abc import Collection, Mapping

from contract_gate.core.json_fields import parse
from contract_gate.core.values import dataclass, field, replace
from contract_gate.workspace.dataform.values import Value, from_json
from contract_gate.workspace.dialects import product_dialect
from contract_gate.workspace.documents import BadYamlError, read_plain
from contract_gate.workspace.files import Files, decode, is_vendored

SETTINGS_FILES = ("workflow_settings.yaml", "dataform.json")
FOLDERS = ("definitions", "includes")
"""Of a project, what declares something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataformSettings:
    """Defaults of a project. `config` is `dataform.projectConfig` as scripts see it; `problem`: why nothing was read of `path`."""

    dialect: str = "bigquery"
    database: str | None = None
    schema: str | None = None
    assertion_schema: str | None = None
    schema_suffix: str = ""
    database_suffix: str = ""
    name_prefix: str = ""
    config: dict[str, Value] = field(default_factory=dict)
    problem: str | None = None
    path: str | None = None


def dataform_roots(paths: Collection[str]) -> list[str]:
    """Give the folders that hold a Dataform project."""
    folders = {posixpath.dirname(path) for path in paths if posixpath.basename(path) in SETTINGS_FILES}
    return sorted(folder for folder in folders if not is_vendored(folder))


def read_settings(files: Files, root: str) -> DataformSettings:
    """Read the settings of a project; the newer file wins."""
    paths = [posixpath.join(root, name) for name in SETTINGS_FILES]
    contents = files.read(paths)
    for path in (path for path in paths if path in contents):
        content = contents[path]
        found = (
            DataformSettings(problem=content)
            if isinstance(content, str)
            else _settings(decode(content).text, path.endswith(".json"))
        )
        return replace(found, path=path)
    return DataformSettings()


def _settings(text: str, is_json: bool) -> DataformSettings:
    try:
        document = parse(text) if is_json else read_plain(text)
    except (ValueError, BadYamlError, RecursionError) as error:
        return DataformSettings(problem=f"its settings can't be read: {str(error).splitlines()[0]}")
    if not isinstance(document, Mapping):
        return DataformSettings(problem="its settings are no mapping")
    words = {str(key): value for key, value in document.items()}
    database = _text(words, "defaultProject", "defaultDatabase")
    schema = _text(words, "defaultDataset", "defaultSchema")
    config = from_json(
        {**words, "defaultDatabase": database, "defaultSchema": schema, "vars": words.get("vars") or {}}
    )
    return DataformSettings(
        dialect=product_dialect(_text(words, "warehouse") or "") or "bigquery", database=database, schema=schema,
        assertion_schema=_text(words, "defaultAssertionDataset", "assertionSchema"),
        schema_suffix=_text(words, "datasetSuffix", "schemaSuffix") or "",
        database_suffix=_text(words, "projectSuffix", "databaseSuffix") or "",
        name_prefix=_text(words, "namePrefix", "tablePrefix") or "",
        config=config if isinstance(config, dict) else {},
    )  # fmt: skip


def _text(words: Mapping[str, object], *names: str) -> str | None:
    return next((str(words[name]) for name in names if isinstance(words.get(name), (str, int))), None)
