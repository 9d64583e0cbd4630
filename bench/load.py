"""Load on the whole command line: `python bench/load.py [--changed 2000] [--assets 100000] [--readers 5000] [--gates 20] [--deadline 60] [--only NAME]`.

Four pull requests, each against an emulator of its own: so many changed models of twice as many; five changed models in a catalog of so many
assets; a lost column with so many dashboards behind it; so many runs of one check at once. Every changed model loses the column that a
dashboard of its own reads. Told are wall time, CPU and the largest resident size of one process of the gate's, the requests,
and what the report says: its exit code, the catalog's state, how many dashboards it names and what it leaves out.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from contract_gate.emulator.seed import store_from_json
from contract_gate.emulator.server import running

KEY = "emulator-admin"
COLUMNS = 10
FEW = 5
_AUTHOR = ("-c", "user.name=bench", "-c", "user.email=bench@example.com", "-c", "commit.gpgsign=false")
_MEASURED = """
import json, os, resource, subprocess, sys, time
started = time.monotonic()
done = subprocess.run(sys.argv[1:], capture_output=True, text=True, stdin=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([done.returncode, time.monotonic() - started, used.ru_utime + used.ru_stime, used.ru_maxrss, done.stdout, done.stderr]))
"""
"""In a process of its own, because the largest child of a process that measured before would count again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    code: int
    wall: float
    cpu: float
    megabytes: float
    report: Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """`boards` dashboards for each of the first `changed` of the `models`; the catalog has `tables`, whether models or not."""

    models: int
    changed: int
    tables: int
    boards: int = 1
    gates: int = 1


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--changed", type=int, default=2_000)
    parser.add_argument("--assets", type=int, default=100_000, help="tables, columns and dashboards together")
    parser.add_argument("--readers", type=int, default=5_000)
    parser.add_argument("--gates", type=int, default=20)
    parser.add_argument(
        "--deadline",
        type=int,
        default=60,
        help="seconds for the catalog; more where the machine does other work",
    )
    parser.add_argument("--only", action="append", choices=("changed", "assets", "readers", "gates"))
    options = parser.parse_args()
    changed, tables = options.changed, options.assets // (COLUMNS + 2)
    loads = {
        "changed": (
            f"{changed:,} changed models of {2 * changed:,}",
            Load(models=2 * changed, changed=changed, tables=2 * changed),
        ),
        "assets": (
            f"a catalog of {options.assets:,} assets",
            Load(models=2 * FEW, changed=FEW, tables=tables),
        ),
        "readers": (
            f"{options.readers:,} dashboards read one column",
            Load(models=1, changed=1, tables=1, boards=options.readers),
        ),
        "gates": (
            f"{options.gates} gates at once",
            Load(models=2 * FEW, changed=FEW, tables=2 * FEW, gates=options.gates),
        ),
    }
    print("| load | wall s | CPU s | MB | requests | exit | catalog | dashboards | the catalog's note |")
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    for name, (what, load) in loads.items():
        if not options.only or name in options.only:
            print(f"| {what} | {_measure(load, options.deadline)} |", flush=True)


def _measure(load: Load, deadline: int) -> str:
    with (
        tempfile.TemporaryDirectory(prefix="load-") as scratch,
        running(store_from_json(_seed(load))) as server,
    ):
        folder = Path(scratch) / "repository"
        _repository(folder, load, deadline)
        with ThreadPoolExecutor(load.gates) as pool:
            runs = [*pool.map(lambda _: _check(folder, server.url), range(load.gates))]
        asked = len(server.control.requests)
    first = runs[0]
    said = {json.dumps(each.report.get("impacts"), sort_keys=True) for each in runs}
    codes = sorted({each.code for each in runs})
    dashboards = {
        impact["consumer"]["name"]
        for impact in first.report["impacts"]
        if impact["consumer"]["kind"] == "dashboard"
    }
    return " | ".join(
        [
            f"{max(each.wall for each in runs):.1f}",
            f"{max(each.cpu for each in runs):.1f}",
            f"{max(each.megabytes for each in runs):.0f}",
            f"{asked:,}",
            ", ".join(map(str, codes)) + (f" ({len(said)} different reports)" if len(said) > 1 else ""),
            ", ".join(sorted({each.report["catalog"]["status"] for each in runs})),
            f"{len(dashboards):,}",
            (first.report["catalog"]["note"] or "nothing")[:200],
        ]
    )


def _check(folder: Path, url: str) -> Checked:
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    gate = [sys.executable, "-P", "-m", "contract_gate", "check", "--base", "main", "--format", "json"]
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, *gate],
        cwd=folder,
        env={**environment, "SECODA_API_KEY": KEY, "SECODA_API_URL": url},
        capture_output=True,
        text=True,
        check=True,
    )
    code, wall, cpu, size, out, err = json.loads(done.stdout)
    if not out:
        raise SystemExit(f"no report, exit {code}: {err}")
    megabytes = size / (1024 if sys.platform == "linux" else 1024 * 1024)
    return Checked(code=code, wall=wall, cpu=cpu, megabytes=megabytes, report=json.loads(out))


def _columns(last: int) -> list[str]:
    return [f"c{number}" for number in range(last)]


def _seed(load: Load) -> str:
    tables = [{"name": f"t{number}", "columns": _columns(COLUMNS)} for number in range(load.tables)]
    boards = [
        (number, f"of t{number}, {each}") for number in range(load.tables) for each in range(load.boards)
    ]
    return json.dumps(
        {
            "users": [{"email": "ada@example.com", "role": "admin", "key": KEY}],
            "databases": [{"name": "db", "schemas": [{"name": "s", "tables": tables}]}],
            "dashboards": [{"name": name, "external_usage": index} for index, (_, name) in enumerate(boards)],
            "lineage": [
                {"from": f"db.s.t{number}.c{COLUMNS - 1}", "to": f"dashboard:{name}"}
                for number, name in boards
            ],
        }
    )


def _repository(folder: Path, load: Load, deadline: int) -> None:
    def write(numbers: range, columns: int) -> None:
        for number in numbers:
            names = ", ".join(_columns(columns))
            (folder / f"t{number}.sql").write_text(
                f"create view db.s.t{number} as select {names} from db.raw.t{number};\n"
            )

    def git(*arguments: str) -> None:
        subprocess.run(["git", *_AUTHOR, *arguments], cwd=folder, check=True, capture_output=True)

    folder.mkdir()
    git("init", "--quiet", "--initial-branch=main")
    (folder / "contract-gate.toml").write_text(
        f'dialect = "postgres"\nwitness = false\ndeadline = {deadline}\n'
    )
    write(range(load.models), COLUMNS)
    git("add", "--all")
    git("commit", "--quiet", "--message", "base")
    git("checkout", "--quiet", "-b", "change")
    write(range(load.changed), COLUMNS - 1)
    git("commit", "--quiet", "--all", "--message", "head")


if __name__ == "__main__":
    main()
