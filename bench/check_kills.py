"""`check` that writes reports, killed at random points: `python bench/check_kills.py [--runs 200] [--seed 1]`.

A dbt project with templates, rows that are looked for, and a catalog that takes its time; six reports are written over those of
an earlier run. Each run is sent SIGINT, SIGTERM or SIGKILL at a random moment. Every report must be whole after that, the earlier one or the new
one; no child may go on, and `.git` must be what it was. Exits 1 where something is wrong.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from killing import killed, started

from contract_gate.emulator.seed import SHOP, load
from contract_gate.emulator.server import running
from contract_gate.emulator.switches import Switches

FORMATS = ("json", "sarif", "markdown", "html", "gitlab", "github")
FILES = {
    "dbt_project.yml": "name: shop\nprofile: shop\nmodel-paths: [models]\n",
    "profiles.yml": "shop:\n  target: ci\n  outputs:\n    ci: {type: postgres, dbname: shop, schema: marts}\n",
    "macros/slow.sql": "{% macro slow() %}{% for a in range(300) %}{% for b in range(1000) %}{% endfor %}{% endfor %}{% endmacro %}\n",
    "models/raw.sql": "select order_id, amount, placed from (values (1, 2.0, date '2026-01-01')) as v (order_id, amount, placed)\n",
    "models/orders.sql": "{{ slow() }}select order_id, amount, placed from {{ ref('raw') }} where amount > 1\n",
    "models/weekly.sql": "select placed, sum(amount) as revenue from {{ ref('orders') }} group by placed\n",
    "script.py": 'import pandas as pd\nframe = pd.read_sql("select amount from shop.marts.orders", engine)\n',
}
CHANGED = {
    "models/orders.sql": "{{ slow() }}select order_id, placed from {{ ref('raw') }} where amount > 2\n"
}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    ended: Counter[str] = Counter()
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as directory, running(load(SHOP), Switches(delay=0.02)) as server:
        repository, out = _repository(Path(directory)), Path(directory) / "out"
        out.mkdir()
        environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        environment |= {
            "SECODA_API_KEY": "emulator-admin",
            "SECODA_API_URL": server.url,
            "GIT_CONFIG_NOSYSTEM": "1",
        }
        arguments = ["check", "--base", "main", *(f"--format={each}={out / each}" for each in FORMATS)]
        begun = time.monotonic()
        with started(arguments, repository, environment) as process:
            said, _ = process.communicate()
        longest = time.monotonic() - begun
        if process.returncode != 1:
            raise SystemExit(
                f"the check that nobody kills should block: {process.returncode} {said.decode()}"
            )
        whole = {each: _steady(out / each) for each in FORMATS}
        for _ in range(options.runs):
            ran = killed(arguments, repository, environment, rng, (longest, process.returncode))
            ended[f"{'after its end' if ran.came_late else ran.number.name}"] += 1
            wrong += ran.faults
            wrong += [
                f"{each} is not whole after {ran.number.name}"
                for each in FORMATS
                if _steady(out / each) != whole[each]
            ]
            beside = [each for each in out.iterdir() if each.name not in FORMATS]
            if beside and ran.number is signal.SIGINT:
                wrong.append(f"files are left beside the reports: {beside}")
            ended["a file left beside a report, by a signal that can't be heard"] += len(beside)
            for each in beside:
                each.unlink()
    print(
        f"{options.runs} runs killed, seed {options.seed}, {longest:.1f} s undisturbed: {len(wrong)} wrong; {dict(ended)}"
    )
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


def _steady(file: Path) -> str:
    """Give a report without what differs from run to run: that the catalog was asked at another moment."""
    text = file.read_text(encoding="utf-8")
    if file.name == "json":
        report = json.loads(text)
        report["catalog"]["as_of"] = None
        return json.dumps(report)
    return str(len(text) > 0 and text.splitlines()[-1])


def _repository(directory: Path) -> Path:
    repository = directory / "repository"
    _git(directory, "init", "-q", "-b", "main", "repository")
    for branch, files in (("main", FILES), ("change", CHANGED)):
        _git(repository, "checkout", "-q", "-B", branch)
        for name, text in files.items():
            (repository / name).parent.mkdir(exist_ok=True)
            (repository / name).write_text(text)
        _git(repository, "add", "-A")
        _git(repository, "commit", "-q", "-m", branch)
    return repository


def _git(folder: Path, *arguments: str) -> None:
    author = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *author, *arguments], cwd=folder, check=True)


if __name__ == "__main__":
    sys.exit(main())
