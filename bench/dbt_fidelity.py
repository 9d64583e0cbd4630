"""Compare what contract-gate renders with what dbt compiles, model by model.

    python bench/dbt_fidelity.py [PROJECT…] [--vendor PACKAGE_DIR…] [--drop KEY…] [--venv DIR]

Installs dbt-core and dbt-duckdb in a virtual environment of their own (dbt 1.12 and later download a binary, so an
older one), compiles a copy of each project with its `prod` target on DuckDB, and compares the SQL without white space,
the names of relations, and who reads what. What dbt can't compile offline is excluded, model by model, and listed.
`--vendor` puts a package's directory into the copy's `dbt_packages`; it is compared twice then: read with the package, and
without it (the built-in stand-ins). `--drop` takes a setting out of the copy's dbt_project.yml (a query comment of an
absent package).
Exits 1 where something differs with the package read, or nothing was compiled.
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
from typing import Any

import yaml

from contract_gate.workspace.dbt.artifacts import Manifest, read_manifest
from contract_gate.workspace.dbt.project import DbtProject, Options, read_dbt
from contract_gate.workspace.dbt.restoring import restored

HERE = Path(__file__).parent
_CTE = re.compile(r"__dbt__cte__(\w+)")
_EMPTY = "Thisstarisonlyoutputduringdbtcompile"
"""What packages write where they asked for columns, and nobody has built the relation."""
_ASKED = ("while the template renders", "while the template renders: its answer is not known")
"""The gate's notes of a model whose template asks the warehouse: what dbt wrote is an empty one's answer."""
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

    def stamps(self) -> dict[str, str]:
        return {}


@dataclass(frozen=True)
class Outcome:
    compared: int
    compiled: int
    asked: tuple[str, ...]
    different: tuple[str, ...]


def main() -> int:
    options = _arguments()
    dbt = _install(options.venv)
    is_equal = True
    for project in options.projects:
        with tempfile.TemporaryDirectory() as scratch:
            place = _copy(project, Path(scratch), options.vendor)
            _drop(place, options.drop)
            written, excluded = _compile(dbt, place)
            for title, skipped in (("packages read", ()), ("packages absent", ("dbt_packages",))):
                if skipped and not options.vendor:
                    continue
                outcome = _compare(written, place, ("target", "logs", ".git", *skipped), options.verbose)
                equal = outcome.compared - len(outcome.different)
                print(
                    f"{project.name}: {title}: {equal} of {outcome.compared} equal, {outcome.compiled} of them with SQL"
                )
                if outcome.asked:
                    print(
                        f"  {len(outcome.asked)} more hang on a warehouse's answers: {', '.join(outcome.asked)}"
                    )
                for line in outcome.different:
                    print(f"  {line}")
                is_equal = is_equal and (bool(skipped) or not outcome.different) and outcome.compiled > 0
            for model, reason in excluded.items():
                print(f"  dbt can't compile {model} offline: {reason}")
    return 0 if is_equal else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("projects", nargs="*", type=Path, default=[HERE / "projects" / "dbt_features"])
    parser.add_argument("--vendor", action="append", default=[], type=Path)
    parser.add_argument("--venv", type=Path, default=Path(tempfile.gettempdir()) / "contract-gate-dbt")
    parser.add_argument("--drop", action="append", default=[], help="a key of dbt_project.yml")
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
        if (place / name).exists() and not _is_local(place / name):
            (place / name).unlink()
    for package in vendored:
        ignored = shutil.ignore_patterns("integration_tests", ".git", "tests")
        shutil.copytree(package, place / "dbt_packages" / package.name.replace("-", "_"), ignore=ignored)
    profiles = place / "profiles.yml"
    if not profiles.exists() or "duckdb" not in profiles.read_text():
        text = (place / "dbt_project.yml").read_text()
        profile = re.search(r"^profile:\s*[\"']?([\w-]+)", text, re.MULTILINE)
        profiles.write_text(PROFILE.format(name=profile[1] if profile else "default"))
    return place


def _is_local(path: Path) -> bool:
    """Tell whether all packages are folders of the project: the others can't be fetched."""
    return all("local" in package for package in (yaml.safe_load(path.read_text()) or {}).get("packages", ()))


def _drop(place: Path, keys: list[str]) -> None:
    path = place / "dbt_project.yml"
    settings = yaml.safe_load(path.read_text())
    if settings.keys() & set(keys):
        path.write_text(yaml.safe_dump({key: value for key, value in settings.items() if key not in keys}))


def _compile(dbt: Path, place: Path) -> tuple[bytes, dict[str, str]]:
    """Give the manifest, and what dbt can't compile: its compile ends at the first such model."""
    excluded: dict[str, str] = {}
    if (place / "packages.yml").exists():
        _run(dbt, place, "deps")
    while True:
        said = _run(dbt, place, "compile", excluded)
        failed = re.search(r"in (?:model|snapshot|test|sql_operation) (\w+) \(.*?\)\n(.*)", said)
        # An ephemeral model is compiled for its readers, so they go with it.
        name = "" if failed is None else f"{failed[1]}+" if failed[1] in excluded else failed[1]
        if failed is None or name in excluded:
            break
        excluded[name] = " ".join(failed[2].split())[:160]
    written = place / "target" / "manifest.json"
    if "Encountered an error" in said:
        sys.stderr.write(said[-3000:])
    if not written.exists():
        raise SystemExit(f"dbt compiled nothing of {place.name}")
    return written.read_bytes(), excluded


def _run(dbt: Path, place: Path, command: str, excluded: Collection[str] = ()) -> str:
    words: list[str | Path] = [dbt, "--no-use-colors", command, "--target", "prod"]
    words += ["--profiles-dir", place, "--project-dir", place]
    words += ["--exclude", *excluded] if excluded else []
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(place),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "0",
    }
    return subprocess.run(words, cwd=place, env=environment, capture_output=True, text=True).stdout


def _compare(written: bytes, place: Path, skipped: tuple[str, ...], verbose: bool) -> Outcome:
    project = read_dbt(Directory(place, skipped), "", Options())
    if isinstance(project, str):
        raise SystemExit(project)
    tables, manifest = json.loads(written), read_manifest(written, "manifest.json")
    nodes = {**tables["nodes"], **tables["sources"]}
    compared = {key: node for key, node in nodes.items() if _is_compared(node)}
    with project:
        differ = {
            key: found
            for key, node in sorted(compared.items())
            if (found := tuple(_differences(project, manifest, key, node, verbose)))
        }
        asked = {key for key in differ if _hangs_on_answers(project, key, compared[key])}
    differences = [line for key, found in differ.items() if key not in asked for line in found]
    compiled = sum(bool(compared[key].get("compiled_code")) for key in compared.keys() - asked)
    return Outcome(len(compared) - len(asked), compiled, tuple(sorted(asked)), tuple(differences))


def _hangs_on_answers(project: DbtProject, key: str, node: dict[str, Any]) -> bool:
    if _EMPTY in _squeezed(str(node.get("compiled_code"))):
        return True
    own = _own_key(key, node)
    return project.is_rendered(own) and any(note.endswith(_ASKED) for note in project.rendered(own).notes)


def _is_compared(node: dict[str, Any]) -> bool:
    kinds = ("model", "snapshot", "seed", "source")
    return node["resource_type"] in kinds or (node["resource_type"] == "test" and "test_metadata" not in node)


def _differences(
    project: DbtProject, manifest: Manifest, key: str, node: dict[str, Any], verbose: bool
) -> Iterator[str]:
    own = _own_key(key, node)
    model = project.models.get(own)
    if model is None:
        yield f"{own}: not read"
        return
    wanted, made = _bare(node.get("relation_name")), _bare(str(model.relation))
    if model.relation and wanted and wanted != made:
        yield f"{own}: named {made}, dbt says {wanted}"
    for read in sorted(set(node.get("depends_on", {}).get("nodes", ())) - project.disabled.keys()):
        if own not in project.readers({read}):
            yield f"{own}: reads {read}, which was not seen"
    if node.get("compiled_code") and node.get("language") != "python":
        rendered = project.rendered(own)
        found, compiled = (
            _squeezed(_unwrapped(rendered.sql or "")),
            _squeezed(_compiled(project, manifest, key, node)),
        )
        is_equal = compiled.endswith(found) if _CTE.search(str(node["compiled_code"])) else compiled == found
        if not found or not is_equal:
            yield f"{own}: {rendered.problem or 'SQL differs'} {rendered.notes}" + (
                f"\n    dbt:  {compiled}\n    gate: {found}" if verbose else ""
            )


def _compiled(project: DbtProject, manifest: Manifest, key: str, node: dict[str, Any]) -> str:
    """Give dbt's text without the ephemeral models that it wrote into it; in a test they stay, but go by their names."""
    known = manifest.nodes.get(key)
    if known is None or known.code is None:
        names = {each.key.rpartition(".")[2]: each.key for each in manifest.nodes.values()}
        code = str(node["compiled_code"])
        return _CTE.sub(lambda found: project.written.get(names.get(found[1], ""), found[0]), code)
    return restored(known, manifest.places, project.written)


def _own_key(key: str, node: dict[str, Any]) -> str:
    is_singular = node["resource_type"] == "test"
    return f"test.{node['package_name']}.{node['name']}" if is_singular else key


def _bare(name: object) -> str:
    return str(name).replace('"', "").lower() if name else ""


def _squeezed(text: str) -> str:
    return "".join(text.split()).rstrip(";")


def _unwrapped(sql: str) -> str:
    match = re.fullmatch(r"select snapshotted\.\*.*? from \((.*)\n\) as snapshotted", sql, re.DOTALL)
    return match[1] if match else sql


if __name__ == "__main__":
    sys.exit(main())
