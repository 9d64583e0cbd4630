"""The real command line in processes of its own, on real repositories, with nothing of the machine around it."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import preloaded

KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "COVERAGE_PROCESS_START")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One run: exit code and what it printed. No run may end in a traceback."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> Any:
        return json.loads(self.out)

    @property
    def broken(self) -> dict[str, str]:
        """Give each consumer that breaks, and where."""
        return {
            impact["consumer"]["name"]: "{path}:{line}".format(
                **impact["location"] or {"path": None, "line": None}
            )
            for impact in self.report["impacts"]
            if impact["effect"] == "breaks"
        }


class Project:
    """A git repository; `main` is the base, and what is committed on `change` is the pull request."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir(exist_ok=True)
        home = directory.parent / "home"
        home.mkdir(exist_ok=True)
        self.environment = {name: os.environ[name] for name in KEPT if name in os.environ} | {
            "HOME": str(home),
            "GIT_CONFIG_NOSYSTEM": "1",
        }

    def git(self, *arguments: str) -> str:
        author = ["-c", "user.name=Robin", "-c", "user.email=robin@example.com", "-c", "commit.gpgsign=false"]
        ran = subprocess.run(
            ["git", *author, *arguments],
            cwd=self.directory,
            env=self.environment,
            capture_output=True,
            check=True,
        )
        return ran.stdout.decode()

    def start(self) -> "Project":
        self.git("init", "--quiet", "--initial-branch=main")
        return self

    def write(self, files: Mapping[str, str | bytes | None]) -> "Project":
        """Write files; None removes one."""
        for name, content in files.items():
            path = self.directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                path.unlink()
            else:
                path.write_bytes(content.encode() if isinstance(content, str) else content)
        self.git("add", "--all")
        return self

    def commit(self, files: Mapping[str, str | bytes | None]) -> "Project":
        self.write(files)
        self.git("commit", "--quiet", "--allow-empty", "--message", "a commit")
        return self

    def pull_request(self, files: Mapping[str, str | bytes | None]) -> "Project":
        self.git("checkout", "--quiet", "-B", "change")
        return self.commit(files)

    def run(self, *arguments: str, **environment: str) -> Ran:
        ran = preloaded.run(arguments, folder=self.directory, environment=self.environment | environment)
        out, err = (text.decode("utf-8", "replace") for text in (ran.stdout, ran.stderr))
        assert "Traceback" not in out + err, err
        assert ran.returncode in (0, 1, 2, 3), ran
        assert "crashed" not in err, err
        return Ran(code=ran.returncode, out=out, err=err)

    def check(self, *arguments: str, **environment: str) -> Ran:
        """Check the branch against main, as JSON."""
        return self.run("check", "--base", "main", "--format", "json", *arguments, **environment)


PLAIN = {
    "contract-gate.toml": 'dialect = "postgres"\n',
    "warehouse/raw_orders.sql": "create table shop.raw.raw_orders (id integer, placed date, cents integer);\n",
    "warehouse/orders.sql": (
        "create or replace view shop.marts.orders as\n"
        "select\n    id as order_id,\n    placed as order_date,\n    cents / 100.0 as amount\n"
        "from shop.raw.raw_orders;\n"
    ),
    "warehouse/weekly.sql": (
        "create or replace view shop.marts.weekly as\n"
        "select\n    date_trunc('week', order_date) as week,\n    sum(amount) as revenue\n"
        "from shop.marts.orders\ngroup by 1;\n"
    ),
    "warehouse/dates.sql": (
        "create or replace view shop.marts.dates as\nselect distinct order_date from shop.marts.orders;\n"
    ),
}
"""A small warehouse in plain SQL: `weekly` reads `amount` at line 4, `dates` does not."""

DBT = {
    "dbt_project.yml": "name: shop\nprofile: shop\nmodel-paths: [models]\n",
    "profiles.yml": "shop:\n  target: ci\n  outputs:\n    ci: {type: postgres, dbname: shop, schema: marts}\n",
    "models/orders.sql": "select 1 as order_id, 2 as amount\n",
    "models/weekly.sql": "select\n    sum(amount) as revenue\nfrom {{ ref('orders') }}\n",
}


def edited(files: Mapping[str, str], name: str, old: str, new: str) -> dict[str, str]:
    """Give one file with a text in it replaced."""
    assert old in files[name]
    return {name: files[name].replace(old, new)}
