"""Ask the tests whether they notice: break the pure core at random places, one at a time, and run the tests of its room.

    python bench/mutants.py [--room changes]… [--mutants 40] [--seed 1]

cosmic-ray makes the mutants (operators, comparisons, numbers, `break`, `not`, …), in an environment of its own and in a clone of the
last commit, so that nothing here is touched. Left out are two of its operators that any import would notice: those on the `|`
of annotations, and decorators taken away. Printed: killed of run by room, and each survivor with its diff. Exits 1 below 90 %.
"""

import argparse
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
TOOL = "cosmic-ray==8.7.0"
AIM = 0.9
ROOMS = {
    "changes": ("compare/changes", "tests/cases tests/compare tests/app/test_text_diff.py"),
    "impact": ("compare/impact", "tests/compare tests/app"),
    "policy": ("policy", "tests/policy tests/reports tests/e2e/test_waivers.py"),
    "canonical": ("sql/canonical", "tests/cases tests/sql"),
    "catalogs": ("catalogs", "tests/catalogs"),
}
TRIVIAL = ("BitOr", "RemoveDecorator")
SECONDS = 300.0
"""A mutant whose tests run longer is killed: it does not end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one mutant."""

    place: str
    killed: bool
    diff: str


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--room", action="append", choices=sorted(ROOMS), help="repeatable; all where none is given"
    )
    parser.add_argument("--mutants", type=int, default=40, help="drawn of each room")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mutants-") as scratch:
        tool = _installed(Path(scratch) / "tool")
        tree = Path(scratch) / "tree"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(tree)], check=True)
        found = {
            room: _run(room, tree, tool, options.mutants, options.seed) for room in options.room or ROOMS
        }
    for room, outcomes in found.items():
        for outcome in outcomes:
            if not outcome.killed:
                print(f"\nSURVIVED in {room}: {outcome.place}\n{outcome.diff}")
    print()
    for room, outcomes in found.items():
        print(f"{room:<10} {sum(each.killed for each in outcomes):>4} of {len(outcomes)} killed")
    every = [each.killed for outcomes in found.values() for each in outcomes]
    print(f"{'all':<10} {sum(every):>4} of {len(every)} killed ({sum(every) / len(every):.1%})")
    return int(sum(every) < AIM * len(every))


def _installed(folder: Path) -> Path:
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", TOOL], check=True
    )
    return folder / "bin" / "cosmic-ray"


def _run(room: str, tree: Path, tool: Path, wanted: int, seed: int) -> list[Outcome]:
    source, tests = ROOMS[room]
    session, settings = tree.parent / f"{room}.sqlite", tree.parent / f"{room}.toml"
    command = f"{sys.executable} -m pytest -q -x -p no:cacheprovider {tests}"
    settings.write_text(
        "[cosmic-ray]\n"
        f'module-path = "contract_gate/{source}"\ntimeout = {SECONDS}\nexcluded-modules = []\n'
        f'test-command = "{command}"\n'
        '[cosmic-ray.distributor]\nname = "local"\n'
    )
    # The package is installed from elsewhere; its children must load the mutant too.
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    for step in ("baseline", "init", "exec"):
        arguments = [str(settings)] if step == "baseline" else [str(settings), str(session)]
        subprocess.run([tool, step, *arguments], cwd=tree, env=environment, check=True)
        if step == "init":
            _draw(session, wanted, random.Random(f"{seed} {room}"))
    return _outcomes(session)


def _draw(session: Path, wanted: int, rng: random.Random) -> None:
    """Leave so many mutants in the session, drawn evenly over those that are not trivial."""
    with sqlite3.connect(session) as database:
        rows = database.execute(
            "select job_id, operator_name from mutation_specs order by module_path, start_pos_row, job_id"
        )
        jobs = [job for job, operator in rows if not any(word in operator for word in TRIVIAL)]
        kept = set(rng.sample(jobs, min(wanted, len(jobs))))
        every = [job for (job,) in database.execute("select job_id from work_items")]
        dropped = [(job,) for job in every if job not in kept]
        for table in ("mutation_specs", "work_items"):
            database.executemany(f"delete from {table} where job_id = ?", dropped)


def _outcomes(session: Path) -> list[Outcome]:
    with sqlite3.connect(session) as database:
        rows = database.execute(
            "select module_path, start_pos_row, operator_name, worker_outcome, test_outcome, diff "
            "from mutation_specs join work_results using (job_id) order by module_path, start_pos_row"
        ).fetchall()
    return [
        Outcome(
            place=f"{path}:{row} {operator}",
            killed=str(test).upper().endswith(("KILLED", "INCOMPETENT")),
            diff=str(diff),
        )
        for path, row, operator, worker, test, diff in rows
        if str(worker).upper().endswith("NORMAL")
    ]


if __name__ == "__main__":
    sys.exit(main())
