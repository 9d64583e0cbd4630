"""Ask the tests whether they notice: break the pure core at random places, one at a time, and run the tests of its room.

    python bench/mutants.py [--room changes]… [--mutants 40] [--seed 1] [--keep DIR [--minutes 10]] [--again]

cosmic-ray writes the mutants (operators, comparisons, numbers, `break`, `not`, …) in an environment of its own; `mutant_runs.py` runs the
tests on each, in a clone of the last commit, so that nothing here is touched. Left out are those of its operators that any import would
notice (on the `|` of annotations, decorators taken away), those that are no Python, and `==` for `is`, which is the same of an enumeration's
members. Printed: killed of run by room, and each survivor with its diff; what killed the others stands in DIR/ROOM.results. Exits 1 below 90 %. With `--keep` the clone, the mutants and what was found stay in a folder, and a run that was stopped,
by `--minutes` or otherwise, is taken up there; `--again` runs those once more that survived, on the last commit's tests.
"""

import argparse
import difflib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import venv
from math import inf
from pathlib import Path

ROOT = Path(__file__).parents[1]
TOOL = "cosmic-ray==8.7.0"
AIM = 0.9
ROOMS = {
    "changes": ("compare/changes", "tests/cases tests/app/test_text_diff.py tests/compare"),
    "impact": ("compare/impact", "tests/compare tests/app"),
    "policy": ("policy", "tests/policy tests/reports"),
    "canonical": ("sql/canonical", "tests/sql tests/cases"),
    "catalogs": ("catalogs", "tests/catalogs tests/cli/catalog tests/app/sync"),
}
TRIVIAL = ("BitOr", "RemoveDecorator", "Is_Eq", "IsNot_NotEq")
WRITE = """
import json, sys
from pathlib import Path
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator
for line in sys.stdin:
    each = json.loads(line)
    operator = get_operator(each["operator"])(**each.pop("arguments"))
    text = mutate_code(Path(each["path"]).read_text(), operator, each.pop("occurrence"))
    try:
        compile(text, each["path"], "exec")
    except SyntaxError:
        continue
    print(json.dumps({**each, "text": text}))
"""
"""What the tool's own Python runs: it writes the text of each module that is broken and still is Python."""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--room", action="append", choices=sorted(ROOMS), help="repeatable; all where none is given"
    )
    parser.add_argument("--mutants", type=int, default=40, help="drawn of each room")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep what was found, and go on from it")
    parser.add_argument("--minutes", type=float, default=inf, help="stop after so many: for --keep")
    parser.add_argument("--again", action="store_true", help="run again what survived: for --keep")
    options = parser.parse_args()
    ends = time.monotonic() + 60 * options.minutes
    with tempfile.TemporaryDirectory(prefix="mutants-") as scratch:
        folder = (options.keep or Path(scratch)).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        tree = _clone(folder / "tree")
        for room in options.room or ROOMS:
            mutants, results = folder / f"{room}.mutants", folder / f"{room}.results"
            if not mutants.exists():
                rng = random.Random(f"{options.seed} {room}")
                mutants.write_text("".join(_written(room, tree, folder, options.mutants, rng)))
            if options.again and results.exists():
                _forget_survivors(results)
            _run(room, tree, mutants, results, ends)
        return _tell(dict.fromkeys(options.room or ROOMS, folder), tree)


def _clone(tree: Path) -> Path:
    if not tree.exists():
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(tree)], check=True)
    # What a run that was stopped left broken is mended, and the tests are those of the last commit.
    subprocess.run(["git", "fetch", "--quiet", "origin", "HEAD"], cwd=tree, check=True)
    subprocess.run(["git", "checkout", "--quiet", "--force", "FETCH_HEAD"], cwd=tree, check=True)
    return tree


def _written(room: str, tree: Path, folder: Path, wanted: int, rng: random.Random) -> list[str]:
    """Give a line of JSON for each mutant drawn: its place, and the text of its module."""
    tool, session, settings = folder / "tool" / "bin", folder / f"{room}.sqlite", folder / f"{room}.toml"
    if not (tool / "cosmic-ray").exists():
        venv.create(tool.parent, with_pip=True)
        pip = [tool / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, TOOL], check=True)
    settings.write_text(
        "[cosmic-ray]\n"
        f'module-path = "contract_gate/{ROOMS[room][0]}"\ntimeout = 1\nexcluded-modules = []\ntest-command = "true"\n'
        '[cosmic-ray.distributor]\nname = "local"\n'
    )
    subprocess.run([tool / "cosmic-ray", "init", "--force", settings, session], cwd=tree, check=True)
    with sqlite3.connect(session) as database:
        rows = database.execute(
            "select module_path, start_pos_row, operator_name, operator_args, occurrence from mutation_specs"
        ).fetchall()
    names = ("path", "row", "operator", "arguments", "occurrence")
    every = [dict(zip(names, row, strict=True)) for row in sorted(rows)]
    wanted_ones = [each for each in every if not any(word in each["operator"] for word in TRIVIAL)]
    # Twice as many as are wanted: some of them are no Python.
    drawn = rng.sample(wanted_ones, min(2 * wanted, len(wanted_ones)))
    lines = [
        json.dumps({**each, "arguments": json.loads(json.loads(each["arguments"]))}) + "\n" for each in drawn
    ]
    done = subprocess.run(
        [tool / "python", "-c", WRITE],
        input="".join(lines), cwd=tree, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return done.stdout.splitlines(keepends=True)[:wanted]


def _run(room: str, tree: Path, mutants: Path, results: Path, ends: float) -> None:
    """Run the tests on the mutants that have no result yet, or on as many as there is time for."""
    left = ends - time.monotonic()
    if left <= 0:
        return
    command = [sys.executable, ROOT / "bench" / "mutant_runs.py", mutants, results]
    command += [f"contract_gate/{ROOMS[room][0]}", *ROOMS[room][1].split()]
    # The package is installed from elsewhere; its children must load the mutant too.
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(
        command, cwd=tree, env=environment, stdout=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            if process.wait(None if left == inf else left):
                raise SystemExit(f"the tests of {room} were not run")
        except subprocess.TimeoutExpired:
            print(f"stopped: {room} was not finished in the minutes given", file=sys.stderr)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def _forget_survivors(results: Path) -> None:
    lines = results.read_text().splitlines(keepends=True)
    results.write_text("".join(line for line in lines if json.loads(line)["killed"]))


def _tell(rooms: dict[str, Path], tree: Path) -> int:
    every: list[bool] = []
    totals: list[str] = []
    for room, folder in rooms.items():
        results = folder / f"{room}.results"
        lines = results.read_text().splitlines() if results.exists() else []
        killed = {each["index"]: each["killed"] for each in map(json.loads, lines)}
        mutants = [json.loads(line) for line in (folder / f"{room}.mutants").read_text().splitlines()]
        for index, mutant in enumerate(mutants):
            if not killed.get(index, True):
                print(f"\nSURVIVED in {room}: {mutant['path']}:{mutant['row']} {mutant['operator']}")
                print(_diff((tree / mutant["path"]).read_text(), mutant["text"]))
        totals.append(f"{room:<10} {sum(killed.values()):>4} of {len(killed)} killed")
        every += killed.values()
    print("", *totals, sep="\n")
    share = sum(every) / len(every) if every else 0.0
    print(f"{'all':<10} {sum(every):>4} of {len(every)} killed ({share:.1%})")
    return int(share < AIM)


def _diff(before: str, after: str) -> str:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=2)
    return "\n".join([*lines][2:])


if __name__ == "__main__":
    sys.exit(main())
