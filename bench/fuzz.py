"""Feed whatever a pull request or a catalog can bring to whoever reads it first, guided by the branches that it takes.

    make fuzz [SECONDS=600] [TARGET=sql]

Each target is what a stranger controls: SQL, the files of a small plain, dbt, SQLMesh or Dataform
repository, changelogs and readers of each kind, git's diff, YAML, configuration and waivers, dbt's
manifest and catalog, the catalog's replies, a snapshot. A target may raise the error that it documents and nothing else; it may
take neither 20 seconds nor 2 GB. atheris (libFuzzer) keeps going until it finds a fault or the seconds are over; what it
found lies in `fuzz-findings/` and belongs into a test. With `--keep` the inputs that took new branches stay in a folder, from which a later run
goes on. Exits 1 after a finding.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
SECONDS_IN_VAIN, MEGABYTES = 20, 2048
EVERY = 8
"""Of the cases of SQL: each is read anew in every run."""


def _cases() -> Iterator[bytes]:
    """Give pairs of the suite, in the dialect that the first byte says."""
    cases = [
        case
        for path in sorted((ROOT / "tests" / "cases").glob("*.toml"))
        for case in tomllib.loads(path.read_text()).get("case", ())
    ]
    for number, case in enumerate(cases[::EVERY]):
        yield bytes([number % 10]) + f"{case['before']}\0{case['after']}".encode()


def _files() -> Iterator[bytes]:
    """Give files of every kind that is read: paths and texts in turn."""
    from tests.e2e.test_changelogs import changelog, step
    from tests.workspace.readers.test_each_kind import READERS

    for path, _, text in READERS.values():
        yield f"{path.format('x')}\0{text.format(column='amount', name='x')}".encode()
    for kind in ("xml", "yaml", "sql"):
        yield f"db/changelog.{kind}\0{changelog(kind, step(kind, 'dropColumn', 'n'))}".encode()
    for head in (
        "MODEL (name shop.x, kind FULL);\n",
        "AUDIT (name x);\n",
        "METRIC (name x, expression SUM(shop.orders.amount));\n",
    ):
        model = f"{head}@DEF(a, 1);\nselect @IF(@a = 1, id, amount) as c from shop.orders"
        yield f"config.yaml\0model_defaults: {{dialect: postgres}}\0models/x.sql\0{model}".encode()


_ROW = {"id": "1", "title": "x", "from_entity_id": "a", "to_entity_id": "b", "meta": {"next_page": 2, "count": 3}}  # fmt: skip
SEEDS: dict[str, Callable[[], Iterable[bytes]]] = {
    "sql": _cases,
    "plain": lambda: [case[1:] + b";" for case in _cases()],
    "files": _files,
    "dbt": lambda: [
        b"select id, amount from {{ ref('raw') }} where {{ m() }}\0{% macro m() %}true{% endmacro %}\0models: [{name: a}]",
        b"{{ config(materialized='incremental', tags=['a']) }}select {% for c in ['id', 'amount'] %}{{ c }}{% if not loop.last %},"
        b"{% endif %}{% endfor %} from {{ source('s', 't') }}{% if is_incremental() %} where d > {{ var('d', 1) }}{% endif %}\0"
        b"{% macro generate_schema_name(n, node) %}{{ n or target.schema }}{% endmacro %}\0"
        b"sources: [{name: s, tables: [{name: t, columns: [{name: id, data_tests: [unique]}]}]}]",
    ],
    "dataform": lambda: [
        b"config { type: 'table' }\njs { const k = 1; }\nselect ${x.f(k)} as c, id, amount from ${ref('raw')}\0"
        b"const a = [1, 2].map(n => `c${n}`); module.exports = { f: n => a.join(', ') + n };"
    ],
    "diff": lambda: [
        b":100644 100644 " + b"a" * 40 + b" " + b"b" * 40 + b" M\0a.sql\0",
        b"@@ -1,2 +3,4 @@ x\n-a\n+b\n",
    ],
    "yaml": lambda: [b"version: 2\nmodels:\n  - &a {name: x, columns: [{name: y}]}\n  - *a\n"],
    "config": lambda: [b'dialect = "postgres"\nignore = ["x/**"]\n[secoda]\nurl = "eu"\n'],
    "waivers": lambda: [
        b'[[waiver]]\nrule = "column-removed"\nrelation = "a"\nreason = "x"\nby = "y"\nuntil = 2027-01-01\n'
    ],
    "manifest": lambda: [_artifact("manifest/v12")],
    "columns": lambda: [_artifact("catalog/v1")],
    "replies": lambda: [json.dumps({"results": [_ROW], **_ROW}).encode()],
    "snapshot": lambda: [b'{"version": 1, "assets": [], "found": []}'],
}
"""What each target is for, to start from."""


def _artifact(schema: str) -> bytes:
    columns = {"id": {"name": "id", "type": "int", "index": 1}}
    node = {
        "name": "a", "unique_id": "model.p.a", "resource_type": "model", "original_file_path": "models/a.sql", "database": "d", "schema": "s",
        "alias": "a", "config": {"materialized": "view"}, "depends_on": {"nodes": []}, "columns": columns, "metadata": {"name": "a", "schema": "s"},
    }  # fmt: skip
    meta = {"dbt_schema_version": f"https://schemas.getdbt.com/dbt/{schema}.json", "adapter_type": "postgres"}
    return json.dumps({"metadata": meta, "nodes": {"model.p.a": node}, "sources": {}, "macros": {}}).encode()


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=600, help="for all targets together")
    parser.add_argument(
        "--target", action="append", choices=sorted(SEEDS), help="repeatable; all where none is given"
    )
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="keep what took new branches, and go on from it"
    )
    parser.add_argument("--child", type=Path, metavar="CORPUS", help=argparse.SUPPRESS)
    options = parser.parse_args()
    targets = options.target or list(SEEDS)
    each = max(1, options.seconds // len(targets))
    if options.child:
        _fuzz(targets[0], options.child, each)
    with tempfile.TemporaryDirectory(prefix="fuzz-") as scratch:
        folder = options.keep or Path(scratch)
        failed = [target for target in targets if _run(target, folder / target, each)]
    print(f"fuzz: {', '.join(failed) + ' failed' if failed else 'nothing found'}, {each} s a target")
    return int(bool(failed))


def _run(target: str, corpus: Path, seconds: int) -> int:
    """Fuzz one target in a process of its own: libFuzzer ends the process that it runs in."""
    corpus.mkdir(parents=True, exist_ok=True)
    for index, seed in enumerate(SEEDS[target]()):
        (corpus / str(index)).write_bytes(seed)
    command = [sys.executable, __file__, "--child", corpus, "--target", target, "--seconds", str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    last = done.stderr.strip().splitlines()
    print(f"{target:<10} {'FAILED' if done.returncode else 'ok':<7} {_summary(last)}", flush=True)
    if done.returncode:
        print(
            "\n".join([*done.stdout.strip().splitlines()[-40:], *last[-10:]])
        )  # Python's own trace is on stdout
    return done.returncode


def _summary(lines: list[str]) -> str:
    return next(
        (line for line in reversed(lines) if line.startswith(("Done", "#"))), lines[-1] if lines else ""
    )


def _fuzz(target: str, corpus: Path, seconds: int) -> None:
    # Only here: importing instruments the package, which takes half a minute.
    import atheris
    from fuzz_targets import TARGETS

    findings = Path("fuzz-findings")
    findings.mkdir(exist_ok=True)
    flags = [
        f"-max_total_time={seconds}",
        f"-timeout={SECONDS_IN_VAIN}",
        f"-rss_limit_mb={MEGABYTES}",
        f"-artifact_prefix={findings}/{target}-",
    ]
    atheris.Setup([sys.argv[0], *flags, str(corpus)], TARGETS[target])
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
