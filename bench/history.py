"""Run the gate over the last commits of public repositories that touch models: does it crash, and what does it read?

    python bench/history.py --repositories DIR --commits 50 dbt-labs/jaffle-shop MIT-LCP/mimic-code

DIR holds bare clones named `owner/name.git`. Nothing of them is kept. Each commit is compared with its first parent.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

_TOUCHING = ("*.sql", "*.sqlx", "*.yml", "*.yaml", "*.csv")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One commit as the gate judged it; `report` is None where it gave none, and `complaint` says why."""

    sha: str
    exit_code: int
    seconds: float
    report: dict[str, object] | None
    complaint: str = ""


def main() -> int:
    """Print a table a repository, and the verdicts to read by eye with --details."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="+", metavar="OWNER/NAME")
    parser.add_argument("--repositories", type=Path, required=True)
    parser.add_argument("--commits", type=int, default=50)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--details", type=Path, help="write every run's findings as JSON lines")
    arguments = parser.parse_args()
    crashes = 0
    for name in arguments.names:
        bare = arguments.repositories / f"{name}.git"
        with tempfile.TemporaryDirectory() as folder:
            clone = Path(folder) / "clone"
            _git("clone", "-q", "--shared", "--no-checkout", str(bare), str(clone))
            shas = _shas(clone, arguments.commits)
            with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
                count = len(shas)
                runs = list(pool.map(_check, [clone] * count, shas, [arguments.seconds] * count))
        crashes += _print(name, runs)
        if arguments.details:
            _write(arguments.details, name, runs)
    return 1 if crashes else 0


def _git(*command: str) -> str:
    return subprocess.run(["git", *command], check=True, capture_output=True, text=True).stdout


def _shas(clone: Path, count: int) -> list[str]:
    listed = _git("-C", str(clone), "log", "--no-merges", "--format=%H", f"-{count}", "--", *_TOUCHING)
    return listed.split()


def _check(clone: Path, sha: str, seconds: float) -> Run:
    started = time.monotonic()
    with tempfile.NamedTemporaryFile(suffix=".json") as output:
        command = [
            sys.executable,
            "-m",
            "contract_gate",
            "check",
            "--offline",
            "--no-witness",
            "--base",
            f"{sha}^",
            "--head",
            sha,
        ]
        try:
            done = subprocess.run(
                [*command, "--format", f"json={output.name}"],
                cwd=clone, capture_output=True, text=True, timeout=seconds, check=False,
                env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")},
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return Run(
                sha=sha,
                exit_code=-1,
                seconds=seconds,
                report=None,
                complaint=f"stopped after {seconds:.0f} s",
            )
        text = Path(output.name).read_text(encoding="utf-8")
    report = json.loads(text) if text else None
    return Run(
        sha=sha, exit_code=done.returncode, seconds=time.monotonic() - started, report=report,
        complaint="" if report else done.stderr.strip()[:300],
    )  # fmt: skip


def _print(name: str, runs: list[Run]) -> int:
    reports = [run.report for run in runs if run.report]
    coverage = [report["coverage"] for report in reports]
    changed = sum(entry["models_changed"] for entry in coverage)
    analysed = sum(entry["models_analysed"] for entry in coverage)
    reasons = collections.Counter(entry["reason"][:70] for part in coverage for entry in part["not_analysed"])
    verdicts = collections.Counter(report["verdict"] for report in reports)
    crashed = [run for run in runs if run.report is None]
    times = sorted(run.seconds for run in runs)
    share = f"{analysed / changed:.1%}" if changed else "no model changed"
    print(
        f"{name}: {len(runs)} commits, {dict(verdicts)}, {analysed} of {changed} changed models analysed ({share})"
    )
    print(
        f"  median {times[len(times) // 2]:.1f} s, longest {times[-1]:.1f} s; without a report: {len(crashed)}"
    )
    for reason, count in reasons.most_common(8):
        print(f"  not analysed {count} ×: {reason}")
    for run in crashed:
        print(f"  {run.sha[:10]} exit {run.exit_code}: {run.complaint}")
    return len(crashed)


def _write(path: Path, name: str, runs: list[Run]) -> None:
    with path.open("a", encoding="utf-8") as file:
        for run in runs:
            found = [
                (finding["level"], finding["rule"], finding["message"], finding["consumers"])
                for finding in (run.report or {}).get("findings", [])
            ]
            verdict = run.report["verdict"] if run.report else None
            file.write(
                json.dumps({"repository": name, "sha": run.sha, "verdict": verdict, "findings": found}) + "\n"
            )


if __name__ == "__main__":
    sys.exit(main())
