"""Feed whatever a pull request or a catalog can bring to whoever reads it first, guided by the branches that it takes.

    make fuzz [SECONDS=600] [TARGET=sql]

Each target is what a stranger controls: SQL, the files of a small plain, dbt or Dataform repository, git's diff, YAML, configuration and waivers, dbt's
manifest and catalog, the catalog's replies, a snapshot. A target may raise the error that it documents and nothing else; it may
take neither 20 seconds nor 2 GB. atheris (libFuzzer) keeps going until it finds a fault or the seconds are over; what it
found lies in `fuzz-findings/` and belongs into a test. Exits 1 after a finding.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

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


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=600, help="for all targets together")
    parser.add_argument(
        "--target", action="append", choices=sorted(TARGETS), help="repeatable; all where none is given"
    )
    parser.add_argument("--child", choices=sorted(TARGETS), help=argparse.SUPPRESS)
    parser.add_argument("--corpus", help=argparse.SUPPRESS)
    options = parser.parse_args()
    targets = options.target or list(TARGETS)
    each = max(1, options.seconds // len(targets))
    if options.child:
        _fuzz(options.child, options.corpus, each)
    failed = [target for target in targets if _run(target, each)]
    print(f"fuzz: {', '.join(failed) + ' failed' if failed else 'nothing found'}, {each} s a target")
    return int(bool(failed))


def _run(target: str, seconds: int) -> int:
    """Fuzz one target in a process of its own: libFuzzer ends the process that it runs in."""
    with tempfile.TemporaryDirectory(prefix=f"fuzz-{target}-") as corpus:
        for index, seed in enumerate(_seeds(target)):
            (Path(corpus) / str(index)).write_bytes(seed)
        command = [sys.executable, __file__, "--child", target, "--corpus", corpus, "--target", target]
        done = subprocess.run(
            [*command, "--seconds", str(seconds)], capture_output=True, text=True, check=False
        )
    last = done.stderr.strip().splitlines()
    print(f"{target:<10} {'FAILED' if done.returncode else 'ok':<7} {_summary(last)}")
    if done.returncode:
        print("\n".join(last[-40:]))
    return done.returncode


def _summary(lines: list[str]) -> str:
    return next(
        (line for line in reversed(lines) if line.startswith(("Done", "#"))), lines[-1] if lines else ""
    )


def _fuzz(target: str, corpus: str, seconds: int) -> None:
    findings = Path("fuzz-findings")
    findings.mkdir(exist_ok=True)
    flags = [
        f"-max_total_time={seconds}",
        "-timeout=20",
        "-rss_limit_mb=2048",
        f"-artifact_prefix={findings}/{target}-",
    ]
    atheris.Setup([sys.argv[0], *flags, corpus], TARGETS[target])
    atheris.Fuzz()


def _seeds(target: str) -> list[bytes]:
    """Give what the target is for, to start from."""
    model = b"select id, amount from {{ ref('raw') }} where {{ m() }}\0{% macro m() %}true{% endmacro %}\0models: [{name: a}]"
    row = {
        "id": "1",
        "title": "x",
        "from_entity_id": "a",
        "to_entity_id": "b",
        "meta": {"next_page": 2, "count": 3},
    }
    given = {
        "sql": [b"\1create view s.a as select a, b from t\0create view s.a as select a from t where b = 'x'"],
        "plain": [
            b"create view s.a as select id, amount from s.raw;\0create view s.a as select id from s.raw;"
        ],
        "dbt": [model],
        "dataform": [
            b"config { type: 'table' }\njs { const k = 1; }\nselect ${x.f(k)} as c, id, amount from ${ref('raw')}\0"
            b"const a = [1, 2].map(n => `c${n}`); module.exports = { f: n => a.join(', ') + n };"
        ],
        "diff": [
            b":100644 100644 " + b"a" * 40 + b" " + b"b" * 40 + b" M\0a.sql\0",
            b"@@ -1,2 +3,4 @@ x\n-a\n+b\n",
        ],
        "yaml": [b"version: 2\nmodels:\n  - &a {name: x, columns: [{name: y}]}\n  - *a\n"],
        "config": [b'dialect = "postgres"\nignore = ["x/**"]\n[secoda]\nurl = "eu"\n'],
        "waivers": [
            b'[[waiver]]\nrule = "column-removed"\nrelation = "a"\nreason = "x"\nby = "y"\nuntil = 2027-01-01\n'
        ],
        "manifest": [
            b'{"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json"}, "nodes": {}}'
        ],
        "columns": [
            b'{"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/catalog/v1.json"}, "nodes": {}}'
        ],
        "replies": [json.dumps({"results": [row], **row}).encode()],
        "snapshot": [b'{"version": 1, "assets": [], "found": []}'],
    }
    return given[target]


if __name__ == "__main__":
    sys.exit(main())
