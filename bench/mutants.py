"""Ask the tests whether they notice: break the pure core at random places, one at a time, and run the tests of its room.

    python bench/mutants.py [--room changes]… [--mutants 40] [--seed 1] [--keep DIR [--minutes 10]]

cosmic-ray makes the mutants (operators, comparisons, numbers, `break`, `not`, …), in an environment of its own and in a clone of the
last commit, so that nothing here is touched. Left out are two of its operators that any import would notice: those on the `|`
of annotations, and decorators taken away. Printed: killed of run by room, and each survivor with its diff. Exits 1 below 90 %.
With `--keep` the clone and what was found stay in a folder, and a run that was stopped, by `--minutes` or otherwise, is taken up there.
"""

import argparse
import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import venv
from dataclasses import dataclass
from math import inf
from pathlib import Path

ROOT = Path(__file__).parents[1]
TOOL = "cosmic-ray==8.7.0"
AIM = 0.9
ROOMS = {
    "changes": ("compare/changes", "tests/cases tests/compare tests/app/test_text_diff.py"),
    "impact": ("compare/impact", "tests/compare tests/app"),
    "policy": ("policy", "tests/policy tests/reports"),
    "canonical": ("sql/canonical", "tests/cases tests/sql"),
    "catalogs": ("catalogs", "tests/catalogs tests/cli/catalog"),
}
TRIVIAL = ("BitOr", "RemoveDecorator")
SECONDS = 600
"""CPU seconds. A mutant whose tests take more is killed: it does not end. A clock on the wall would count a busy machine's mutants too."""


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
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep what was found, and go on from it")
    parser.add_argument("--minutes", type=float, default=inf, help="stop after so many: for --keep")
    options = parser.parse_args()
    ends = time.monotonic() + 60 * options.minutes
    with tempfile.TemporaryDirectory(prefix="mutants-") as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        tool, tree = _installed(folder / "tool"), folder / "tree"
        if not tree.exists():
            subprocess.run(["git", "clone", "--quiet", str(ROOT), str(tree)], check=True)
        found = {
            room: _run(room, tree, tool, options.mutants, options.seed, ends)
            for room in options.room or ROOMS
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
    if not (folder / "bin" / "cosmic-ray").exists():
        venv.create(folder, with_pip=True)
        pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, TOOL], check=True)
    return folder / "bin" / "cosmic-ray"


def _run(room: str, tree: Path, tool: Path, wanted: int, seed: int, ends: float) -> list[Outcome]:
    source, tests = ROOMS[room]
    session, settings = tree.parent / f"{room}.sqlite", tree.parent / f"{room}.toml"
    command = f"{sys.executable} -m pytest -q -x -p no:cacheprovider {tests}"
    settings.write_text(
        "[cosmic-ray]\n"
        f'module-path = "contract_gate/{source}"\ntimeout = {20 * SECONDS}\nexcluded-modules = []\n'
        f'test-command = "{command}"\n'
        '[cosmic-ray.distributor]\nname = "local"\n'
    )
    # What a run that was stopped left broken is mended first.
    subprocess.run(["git", "checkout", "--quiet", "."], cwd=tree, check=True)
    is_new = not session.exists()
    for step in ("baseline", "init", "exec") if is_new else ("exec",):
        arguments = [str(settings)] if step == "baseline" else [str(settings), str(session)]
        _step([str(tool), step, *arguments], tree, ends if step == "exec" else inf)
        if step == "init":
            _draw(session, wanted, random.Random(f"{seed} {room}"))
    return _outcomes(session)


def _step(command: list[str], tree: Path, ends: float) -> None:
    """Run one step of the tool, or as much of it as there is time for; its tests end with it."""
    # The package is installed from elsewhere; its children must load the mutant too.
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    left = ends - time.monotonic()
    if left <= 0:
        return
    process = subprocess.Popen(
        command, cwd=tree, env=environment, start_new_session=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS)),
    )  # fmt: skip
    try:
        if process.wait(None if left == inf else left):
            raise subprocess.CalledProcessError(process.returncode, command)
    except subprocess.TimeoutExpired:
        print(f"stopped: {' '.join(command[1:2])} was not finished in the minutes given", file=sys.stderr)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


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
    """Read what became of the mutants that were run; SystemExit where the tests could not be run on one."""
    with sqlite3.connect(session) as database:
        rows = database.execute(
            "select module_path, start_pos_row, operator_name, worker_outcome, test_outcome, diff "
            "from mutation_specs join work_results using (job_id) order by module_path, start_pos_row"
        ).fetchall()
    failed = [row for row in rows if str(row[4]).upper().endswith("INCOMPETENT")]
    if failed:
        raise SystemExit(f"the tests were not run on {len(failed)} mutants of {session.stem}: see {session}")
    return [
        Outcome(
            place=f"{path}:{row} {operator}",
            killed=str(test).upper().endswith("KILLED"),
            diff=str(diff),
        )
        for path, row, operator, worker, test, diff in rows
        if str(worker).upper().endswith("NORMAL")
    ]


if __name__ == "__main__":
    sys.exit(main())
