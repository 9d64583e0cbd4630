"""Compare what contract-gate renders with what dbt compiles, model by model.

    python bench/dbt_fidelity.py [PROJECT…] [--vendor PACKAGE_DIR…] [--exclude MODEL…] [--venv DIR]

Installs dbt-core and dbt-duckdb in a virtual environment of their own (dbt 1.12 and later download a binary, so an
older one), compiles a copy of each project with its `prod` target, and compares the SQL without white space, and the
names of relations. `--vendor` puts a package's directory into the copy's `dbt_packages`; it is compared twice then:
read with the package, and without it (the built-in stand-ins). Exits 1 where something differs with the package read.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from contract_gate.models.dbt.project import DbtProject, Options, read_dbt

HERE = Path(__file__).parent
PROFILE = "{name}:\n  target: prod\n  outputs:\n    prod: {{type: duckdb, path: lake.duckdb, schema: main, threads: 1}}\n"


@dataclass(frozen=True)
class Directory:
    """The files of a directory, as a revision's. `skipped`: a first folder that is left out."""

    root: Path
    skipped: Collection[str] = ()

    def paths(self) -> frozenset[str]:
        found = (path.relative_to(self.root) for path in self.root.rglob("*") if path.is_file())
        return frozenset(path.as_posix() for path in found if path.parts[0] not in self.skipped)

    def read(self, paths: Collection[str]) -> dict[str, bytes | str]:
        return {path: (self.root / path).read_bytes() for path in paths}


@dataclass(frozen=True)
class Outcome:
    compared: int
    compiled: int
    different: tuple[str, ...]


def main() -> int:
    options = _arguments()
    dbt = _install(options.venv)
    is_equal = True
    for project in options.projects:
        with tempfile.TemporaryDirectory() as scratch:
            place = _copy(project, Path(scratch), options.vendor)
            manifest = _compile(dbt, place, options.exclude)
            for title, skipped in (("packages read", ()), ("packages absent", ("dbt_packages",))):
                if skipped and not options.vendor:
                    continue
                outcome = _compare(manifest, place, ("target", "logs", ".git", *skipped), options.verbose)
                equal = outcome.compared - len(outcome.different)
                print(
                    f"{project.name}: {title}: {equal} of {outcome.compared} equal, {outcome.compiled} of them with SQL"
                )
                for line in outcome.different:
                    print(f"  {line}")
                is_equal = is_equal and (bool(skipped) or not outcome.different)
    return 0 if is_equal else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("projects", nargs="*", type=Path, default=[HERE / "projects" / "dbt_features"])
    parser.add_argument("--vendor", action="append", default=[], type=Path)
    parser.add_argument("--venv", type=Path, default=Path(tempfile.gettempdir()) / "contract-gate-dbt")
    parser.add_argument(
        "--exclude", action="append", default=[], help="a model that dbt can't compile offline"
    )
    parser.add_argument("--verbose", action="store_true")
    return parser.parse_args()


def _install(place: Path) -> Path:
    dbt = place / "bin" / "dbt"
    if not dbt.exists():
        venv.create(place, with_pip=True)
        subprocess.run([place / "bin" / "pip", "install", "-q", "dbt-core<1.12", "dbt-duckdb"], check=True)
    return dbt


def _copy(project: Path, scratch: Path, vendored: list[Path]) -> Path:
    place = scratch / project.name
    shutil.copytree(project, place, ignore=shutil.ignore_patterns("target", "dbt_packages", ".git", "logs"))
    for name in ("packages.yml", "dependencies.yml", "package-lock.yml"):
        (place / name).unlink(missing_ok=True)
    for package in vendored:
        ignored = shutil.ignore_patterns("integration_tests", ".git", "tests")
        shutil.copytree(package, place / "dbt_packages" / package.name.replace("-", "_"), ignore=ignored)
    if not (place / "profiles.yml").exists():
        text = (place / "dbt_project.yml").read_text()
        name = re.search(r"^profile:\s*[\"']?([\w-]+)", text, re.MULTILINE)
        (place / "profiles.yml").write_text(PROFILE.format(name=name[1] if name else "default"))
    return place


def _compile(dbt: Path, place: Path, excluded: list[str]) -> dict[str, dict[str, object]]:
    command = [
        dbt,
        "compile",
        "--target",
        "prod",
        "--profiles-dir",
        place,
        "--project-dir",
        place,
        "--no-introspect",
    ]
    command += [word for model in excluded for word in ("--exclude", model)]
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(place),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "0",
    }
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True)
    written = place / "target" / "manifest.json"
    if done.returncode or not written.exists():
        sys.stderr.write(done.stdout[-3000:])
    if not written.exists():
        raise SystemExit(f"dbt compiled nothing of {place.name}")
    manifest = json.loads(written.read_text())
    return {**manifest["nodes"], **manifest["sources"]}


def _compare(
    nodes: dict[str, dict[str, object]], place: Path, skipped: tuple[str, ...], verbose: bool
) -> Outcome:
    project = read_dbt(Directory(place, skipped), "", Options())
    if isinstance(project, str):
        raise SystemExit(project)
    with project:
        differences = [
            found for key in sorted(nodes) for found in _differences(project, key, nodes[key], verbose)
        ]
    compared = [node for node in nodes.values() if _is_compared(node)]
    compiled = sum(bool(node.get("compiled_code")) for node in compared)
    return Outcome(len(compared), compiled, tuple(differences))


def _is_compared(node: dict[str, object]) -> bool:
    kinds = ("model", "snapshot", "seed", "source")
    return node["resource_type"] in kinds or (node["resource_type"] == "test" and "test_metadata" not in node)


def _differences(project: DbtProject, key: str, node: dict[str, object], verbose: bool) -> Iterator[str]:
    if not _is_compared(node):
        return
    own = _own_key(key, node)
    model = project.models.get(own)
    if model is None:
        yield f"{own}: not read"
        return
    wanted, made = _bare(node.get("relation_name")), _bare(str(model.relation))
    if model.relation and wanted and wanted != made:
        yield f"{own}: named {made}, dbt says {wanted}"
    elif node.get("compiled_code"):
        rendered = project.rendered(own)
        found, compiled = _squeezed(_unwrapped(rendered.sql or "")), _squeezed(str(node["compiled_code"]))
        found = _with_ephemeral(project, found)
        if (
            not found
            or not compiled.endswith(found)
            or (found != compiled and "__dbt__cte__" not in compiled)
        ):
            yield f"{own}: {rendered.problem or 'SQL differs'} {rendered.notes}" + (
                f"\n    dbt:  {compiled}\n    gate: {found}" if verbose else ""
            )


def _own_key(key: str, node: dict[str, object]) -> str:
    is_singular = node["resource_type"] == "test"
    return f"test.{node['package_name']}.{node['name']}" if is_singular else key


def _bare(name: object) -> str:
    return str(name).replace('"', "").lower() if name else ""


def _squeezed(text: str) -> str:
    return "".join(text.split()).rstrip(";")


def _unwrapped(sql: str) -> str:
    match = re.fullmatch(r"select snapshotted\.\*.*? from \((.*)\n\) as snapshotted", sql, re.DOTALL)
    return match[1] if match else sql


def _with_ephemeral(project: DbtProject, sql: str) -> str:
    for model in project.models.values():
        if model.materialization == "ephemeral" and model.relation:
            printed = ".".join(f'"{part}"' for part in model.relation.parts)
            sql = sql.replace(printed, f"__dbt__cte__{model.name}")
    return sql


if __name__ == "__main__":
    sys.exit(main())
