"""What a run costs: CPU seconds and memory by the operating system's accounting. `python bench/speed.py` (`make bench-speed`).

Generated repositories are shaped like real ones (layers, fan-out, macros, YAML with tests), from a fixed seed. With
`--repositories DIR` (bare clones, `owner/name.git` or `owner+name/repo`) the newest commits of public ones that touch
SQL are checked too. Nothing here is an aim of a test: a loaded machine is slower, and the table says so.
"""

import argparse
import compileall
import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

GATE = (sys.executable, "-P", "-m", "contract_gate")
HOOK = ("check", "--staged", "--offline", "--no-witness", "--quiet")
REPOSITORIES = (
    "duneanalytics/spellbook",
    "ktopcuoglu/gitlab-dbt-analytics",
    "cal-itp/data-infra",
    "mozilla/bigquery-etl",
)
_AUTHOR = ("-c", "user.name=bench", "-c", "user.email=bench@example.com", "-c", "commit.gpgsign=false")
_LAYERS = ("staging", "intermediate", "marts")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", type=int, nargs="+", default=[100, 1000], help="sizes to generate")
    parser.add_argument("--repositories", type=Path, help="a folder of bare clones")
    parser.add_argument(
        "--dbt",
        type=Path,
        help="dbt of an environment of its own (dbt-core<1.12, dbt-duckdb), to measure beside",
    )
    parser.add_argument("--commits", type=int, default=3, help="commits of each public repository")
    options = parser.parse_args()
    installed()
    print(
        f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} processors, "
        f"load {os.getloadavg()[0]:.1f}\n\n| work | CPU seconds | MB | beside |\n|---|---|---|---|"
    )
    bare = min(cost((sys.executable, "-c", "pass"))[0] for _ in range(5))
    row("Python starts", (bare, 0.0), "")
    with tempfile.TemporaryDirectory() as folder:
        started(Path(folder), bare)
        for models in options.models:
            generated(Path(folder) / str(models), models, bare, options.dbt)
    in_process()
    if options.repositories:
        for name in REPOSITORIES:
            public(options.repositories, name, options.commits)


def installed() -> None:
    """Have the program's bytecode on disk, as an installed one has: compiling it costs half a second in each run else."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    compileall.compile_dir(Path(__file__).parents[1] / "contract_gate", quiet=1)


def cost(command: Sequence[str], folder: Path | None = None) -> tuple[float, float]:
    """Give CPU seconds (with those of children) and the largest process's megabytes."""
    script = (
        "import resource, subprocess, sys; done = subprocess.run(sys.argv[1:], capture_output=True); "
        "used = resource.getrusage(resource.RUSAGE_CHILDREN); "
        "print(used.ru_utime + used.ru_stime, used.ru_maxrss, done.returncode)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, *command], cwd=folder, capture_output=True, text=True, check=True
    )
    seconds, kilobytes, code = ran.stdout.split()
    if int(code) not in (0, 1, 3):
        raise SystemExit(f"{' '.join(command)} ended with {code}")
    return float(seconds), float(kilobytes) / (1024 if sys.platform != "darwin" else 1024 * 1024)


def row(work: str, spent: tuple[float, float], beside: str) -> None:
    print(f"| {work} | {spent[0]:.2f} | {spent[1]:.0f} | {beside} |", flush=True)


def started(folder: Path, bare: float) -> None:
    """Measure what runs before any SQL is read."""
    for flag in ("--version", "--help"):
        spent = min(cost((*GATE, flag)) for _ in range(5))
        row(f"`{flag}`", spent, f"{spent[0] / bare:.1f} × Python's start (aim: 5)")
    repository = folder / "quiet"
    commit(repository, {"README.md": "one\n", "a.sql": "create view a as select 1 as x"})
    commit(repository, {"README.md": "two\n"})
    spent = min(checked(repository) for _ in range(5))
    row("a pull request that touches no model", spent, f"{spent[0] / bare:.1f} × (aim: 5)")
    spent = min(cost((*GATE, *HOOK), repository) for _ in range(5))
    row("the hook, where no model is staged", spent, f"{spent[0] / bare:.1f} × (aim: 5)")


def generated(folder: Path, models: int, bare: float, dbt: Path | None) -> None:
    """Measure one changed model of a generated dbt project, and a tenth of its models changed."""
    files = project(models)
    commit(folder, files)
    first = next(path for path in sorted(files) if "/staging/" in path and path.endswith(".sql"))
    commit(folder, {first: files[first].replace("amount", "amount * 2 as amount", 1)})
    checked(folder)  # the bytecode of what a child process loads
    cold = checked(folder)
    row(f"one changed model of {models:,} (dbt)", cold, f"{cold[0] / bare:.0f} × Python's start")
    with tempfile.TemporaryDirectory() as cache:
        checked(folder, cache=cache)
        warm = checked(folder, cache=cache)
        row(f"the same, with what a run before kept ({_kept(cache)})", warm, "")
    if dbt is not None:
        beside_dbt(folder, dbt, cold[0], warm[0])
    some = [path for path in sorted(files) if path.endswith(".sql") and "models/" in path][::10]
    commit(folder, {path: files[path] + "\n-- touched\nlimit 1000000" for path in some})
    row(f"{len(some):,} changed models of {models:,}", checked(folder), "")


def beside_dbt(folder: Path, dbt: Path, cold: float, warm: float) -> None:
    """Measure `dbt parse` of the whole project, from nothing and with what the run before kept."""
    parse = (str(dbt), "parse", "--profiles-dir", ".", "--target", "local")
    spent = cost((*parse, "--no-partial-parse"), folder)
    row("`dbt parse` of that project", spent, f"{spent[0] / cold:.1f} × the check (aim: 20)")
    spent = cost(parse, folder)
    row("`dbt parse` again, with its partial parsing", spent, f"{spent[0] / warm:.1f} × the check (aim: 100)")


def project(models: int) -> Mapping[str, str]:
    """Write a dbt project: three layers, two to four readings each, macros, and YAML with tests."""
    chosen = random.Random(models)
    files = {
        "dbt_project.yml": "name: shop\nprofile: shop\n",
        "profiles.yml": "shop: {target: ci, outputs: {ci: {type: postgres, dbname: shop, schema: marts}, "
        "local: {type: duckdb, path: ':memory:', schema: marts}}}\n",
        "macros/cents.sql": "{% macro cents(column) %}({{ column }} / 100.0){% endmacro %}\n",
        "models/sources.yml": "sources:\n  - name: raw\n    tables:\n"
        + "".join(f"      - name: t{i}\n" for i in range(max(models // 5, 1))),
    }
    above: list[str] = []
    for number in range(models):
        layer = _LAYERS[min(number * 3 // models, 2)]
        name = f"{layer[:3]}_{number}"
        if layer == "staging" or not above:
            read = f"{{{{ source('raw', 't{number % max(models // 5, 1)}') }}}}"
            text = (
                f"select id, kind, {{{{ cents('cents') }}}} as paid, amount\nfrom {read}\nwhere id > {number}"
            )
        else:
            one, other = (chosen.choice(above) for _ in range(2))
            text = (
                f"with a as (select * from {{{{ ref('{one}') }}}}),\n  b as (select id, amount from {{{{ ref('{other}') }}}})\n"
                "select a.id, a.kind, a.paid, sum(b.amount) as amount\nfrom a join b on a.id = b.id\ngroup by 1, 2, 3"
            )
        above.append(name)
        files[f"models/{layer}/{name}.sql"] = text
        files[f"models/{layer}/{name}.yml"] = (
            f"models:\n  - name: {name}\n    columns:\n      - name: id\n        tests: [not_null, unique]\n"
            "      - name: amount\n"
        )
    return files


def commit(folder: Path, files: Mapping[str, str]) -> None:
    """Commit files to the repository in a folder, which is made where it is missing."""
    if not (folder / ".git").exists():
        folder.mkdir(parents=True, exist_ok=True)
        _git(folder, "init", "--quiet", "--initial-branch=main")
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    _git(folder, "add", "--all")
    _git(folder, "commit", "--quiet", "--message", "a commit")


def _git(folder: Path, *arguments: str) -> str:
    ran = subprocess.run(
        ["git", *_AUTHOR, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return ran.stdout


def checked(folder: Path, sha: str = "HEAD", cache: str | None = None) -> tuple[float, float]:
    """Check one commit against the one before it, offline and without a witness."""
    kept = ("--cache", cache) if cache else ("--no-cache",)
    return cost(
        (*GATE, "check", "--base", f"{sha}^", "--head", sha, "--offline", "--no-witness", *kept), folder
    )


def _kept(cache: str) -> str:
    return f"{sum(path.stat().st_size for path in Path(cache).iterdir()) / 1e6:.1f} MB"


def in_process() -> None:
    """Measure one comparison beside parsing, and lineage of all columns beside sqlglot's of each."""
    import sqlglot
    from sqlglot.lineage import lineage as of_column

    from contract_gate import diff, lineage

    text = (
        "with o as (select id, kind, amount, placed from orders where placed > '2024-01-01'),\n"
        "c as (select id, name from customers)\n"
        "select c.name, o.kind, sum(o.amount) as total from o left join c on o.id = c.id group by 1, 2"
    )
    other = text.replace("left join", "join")
    parsed = _each(lambda: [sqlglot.parse_one(each, dialect="postgres") for each in (text, other)], 50)
    pairs = {"of another layout": text.replace("\n", "  -- so\n  "), "that means something else": other}
    for what, changed in pairs.items():
        compared = _each(lambda changed=changed: diff(text, changed, dialect="postgres", witness=False), 50)
        row(
            f"`diff` of one pair {what}, in process",
            (compared, 0.0),
            f"{compared / parsed:.1f} × parsing (aim: 3)",
        )
    names = [f"c{i}" for i in range(100)]
    wide = f"with x0 as (select {', '.join(names)} from t)"
    for step in range(1, 10):
        wide += f",\nx{step} as (select {', '.join(f'{n} + 1 as {n}' for n in names)} from x{step - 1})"
    wide += "\nselect * from x9"
    schema = {"t": dict.fromkeys(names, "int")}
    whole = _each(lambda: lineage(wide, dialect="postgres", schema=schema), 2)
    single = _each(lambda: of_column("c50", wide, schema=schema, dialect="postgres"), 2)
    row(
        "lineage of 100 columns through 10 CTEs",
        (whole, 0.0),
        f"{single * len(names) / whole:.0f} × faster than sqlglot's, a column at a time (aim: 20)",
    )


def _each(work: Callable[[], object], times: int) -> float:
    work()
    spent = []
    for _ in range(times):
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return statistics.median(spent)


def public(folder: Path, name: str, commits: int) -> None:
    """Measure the newest commits of a public repository that touch SQL."""
    places = (folder / f"{name}.git", folder / name.replace("/", "+") / "repo")
    place = next((each for each in places if each.exists()), None)
    if place is None:
        print(f"| {name} | not there: clone it to {places[0]} | | |")
        return
    shas = _git(place, "log", "--no-merges", f"-{commits}", "--format=%h", "--", "*.sql").split()
    with tempfile.TemporaryDirectory() as cache:
        for what in ("cold", "again, with what the first run kept"):
            spent = [checked(place, sha, cache) for sha in shas]
            seconds = sorted(each[0] for each in spent)
            row(
                f"{name}, {len(shas)} commits from {shas[0]}, {what}: median",
                (statistics.median(seconds), max(each[1] for each in spent)),
                f"slowest {seconds[-1]:.1f}",
            )


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
