"""What fuzz.py feeds, one function for each thing that a stranger controls. The imports are what is instrumented: only a child imports this.

A target may raise the error that it documents and nothing else.
"""

import json
from collections.abc import Callable

import atheris

with atheris.instrument_imports(include=["contract_gate"]):
    from contract_gate.catalogs.secoda import wire
    from contract_gate.catalogs.secoda.errors import UnexpectedReply
    from contract_gate.catalogs.snapshot import loads
    from contract_gate.compare.changes.api import diff
    from contract_gate.core.errors import UsageError
    from contract_gate.edge.config_file import parse_config
    from contract_gate.edge.git.diff import changed_files, head_lines
    from contract_gate.edge.waivers import parse_waivers
    from contract_gate.workspace.dbt.artifacts import BadArtifactError, read_catalog, read_manifest
    from contract_gate.workspace.documents import BadYamlError, read_plain
    from tests.comparing import assessed

DIALECTS = (
    "",
    "postgres",
    "snowflake",
    "bigquery",
    "tsql",
    "clickhouse",
    "spark",
    "mysql",
    "oracle",
    "duckdb",
)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _sql(data: bytes) -> None:
    """Two texts, parted by a NUL, in the dialect of the first byte."""
    dialect = DIALECTS[data[0] % len(DIALECTS)] if data else ""
    before, _, after = data[1:].partition(b"\0")
    diff(_text(before), _text(after), dialect, {"t": {"a": "int", "b": "text"}})


def _plain(data: bytes) -> None:
    """One file of a plain repository becomes another one."""
    before, _, after = data.partition(b"\0")
    rest = {"b.sql": "create view s.b as select id, amount from s.a;"}
    assessed({"a.sql": _text(before), **rest}, {"a.sql": _text(after), **rest}, "postgres")


def _files(data: bytes) -> None:
    """Files beside a model that loses a column, paths and texts in turn; at the head the last one is without its last letter."""
    parts = [_text(part) for part in data.split(b"\0")]
    files = dict(zip(parts[::2], parts[1::2], strict=False))
    model = {"contract.sql": "create view shop.orders as select id, amount from shop.raw;"}
    less = {path: text[:-1] for path, text in [*files.items()][-1:]}
    lost = {"contract.sql": "create view shop.orders as select id from shop.raw;"}
    assessed({**files, **model}, {**files, **less, **lost}, "postgres")


def _dbt(data: bytes) -> None:
    """A model, a macro and a YAML file of a dbt project, parted by NULs; the head has the model without its last letter."""
    parts = [_text(part) for part in data.split(b"\0", 2)]
    model, macro, document = (*parts, "", "", "")[:3]
    rest = {
        "dbt_project.yml": "name: shop\nprofile: shop\n",
        "macros/m.sql": macro,
        "models/s.yml": document,
        "models/b.sql": "select id, amount from {{ ref('a') }}",
    }
    assessed({"models/a.sql": model, **rest}, {"models/a.sql": model[:-1], **rest}, "duckdb")


def _dataform(data: bytes) -> None:
    """A model and a script of a Dataform project, parted by a NUL; the head has the model without its last letter."""
    model, _, script = data.partition(b"\0")
    rest = {
        "workflow_settings.yaml": "defaultProject: p\ndefaultDataset: d\n",
        "includes/x.js": _text(script),
        "definitions/b.sqlx": "config { type: 'view' }\nselect id, amount from ${ref('a')}",
    }
    base, head = _text(model), _text(model)[:-1]
    assessed({"definitions/a.sqlx": base, **rest}, {"definitions/a.sqlx": head, **rest}, "bigquery")


def _diff(data: bytes) -> None:
    """What git writes around a name and lines that a stranger chose."""
    header = b":100644 100644 " + b"a" * 40 + b" " + b"b" * 40 + b" M\0"
    changed_files(header + data.replace(b"\0", b"") + b"\0")
    head_lines(b"@@ -1,2 +3,4 @@ " + data)


def _reply(data: bytes) -> None:
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        return
    for read in (
        lambda each: wire.page(each, 1),
        wire.lineage_row,
        wire.entity,
        wire.preview,
        wire.integration,
        wire.user,
    ):
        _expecting(UnexpectedReply)(lambda _, read=read: read(body))(b"")


def _expecting(*errors: type[Exception]) -> Callable[[Callable[[bytes], object]], Callable[[bytes], None]]:
    def wrap(read: Callable[[bytes], object]) -> Callable[[bytes], None]:
        def run(data: bytes) -> None:
            try:
                read(data)
            except errors:
                return

        return run

    return wrap


TARGETS: dict[str, Callable[[bytes], None]] = {
    "sql": _sql,
    "plain": _plain,
    "files": _files,
    "dbt": _dbt,
    "dataform": _dataform,
    "diff": _diff,
    "yaml": _expecting(BadYamlError)(lambda data: read_plain(_text(data))),
    "config": _expecting(UsageError)(lambda data: parse_config(_text(data), "contract-gate.toml")),
    "waivers": _expecting(UsageError)(lambda data: parse_waivers(_text(data))),
    "manifest": _expecting(BadArtifactError)(lambda data: read_manifest(data, "manifest.json")),
    "columns": _expecting(BadArtifactError)(read_catalog),
    "replies": _reply,
    "snapshot": _expecting(UsageError)(lambda data: loads(data, "snapshot.json")),
}
