"""Tell which branches the tests take, in the gate's children too.

    make coverage [TESTS=tests/policy] [MISSING=contract_gate/policy]

coverage.py runs in an environment beside the project's, which every process that the tests start begins with (`branches_start.py`). Told are
the pure core and the rest by room, and the ten modules of each with the most branches that no test takes; with `--missing` the
lines of those under a path. `--keep` adds to what earlier runs saw, so that the suite can be run in parts. `--told` runs no test.
"""

import argparse
import json
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
TOOL = "coverage==7.11.0"
PURE = ("core", "sql", "compare", "policy")
FOLDER = ROOT / ".venv" / "coverage"
DATA = FOLDER / "data"
SETTINGS = f"""
[run]
branch = true
parallel = true
source_pkgs = contract_gate
data_file = {DATA}/seen
patch = _exit
disable_warnings = no-data-collected, module-not-imported, module-not-measured, module-not-python, couldnt-parse, already-imported
[report]
exclude_also =
    assert_never
    if TYPE_CHECKING
    ^\\s*\\.\\.\\.$
    if __name__ == .__main__.
"""
"""Left out is what no run can take: what a type checker proves, bodies of protocols."""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tests", nargs="*", default=["tests"])
    parser.add_argument("--missing", metavar="PATH", help="list the lines of this module or folder")
    parser.add_argument("--keep", action="store_true", help="add to what was seen before")
    parser.add_argument("--told", action="store_true", help="run nothing: tell what was seen before")
    options = parser.parse_args()
    python = _installed()
    failed = 0
    if not options.told:
        if not options.keep:
            shutil.rmtree(DATA, ignore_errors=True)
        DATA.mkdir(exist_ok=True)
        failed = subprocess.run(
            [python, "-m", "pytest", "-q", *options.tests], cwd=ROOT, check=False
        ).returncode
    report = _report(python)
    _tell(report)
    if options.missing:
        _tell_missing(report, options.missing)
    return failed


def _installed() -> Path:
    """Make the environment: coverage, what the project's own has, and a start of coverage in each process."""
    python = FOLDER / "bin" / "python"
    if not python.exists():
        venv.create(FOLDER, with_pip=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, TOOL], check=True)
    ours = sysconfig.get_path("purelib")
    place = _place()
    (FOLDER / "settings").write_text(SETTINGS)
    shutil.copy(ROOT / "bench" / "branches_start.py", place / "branches_start.py")
    (place / "branches.pth").write_text(
        f"import site; site.addsitedir({ours!r})\nimport branches_start; branches_start.start({str(FOLDER / 'settings')!r})\n"
    )
    return python


def _place() -> Path:
    (place,) = FOLDER.glob("lib/python*/site-packages")
    return place


def _report(python: Path) -> Mapping[str, Mapping]:
    file = DATA / "report.json"
    # Not measured itself: without `site` no `.pth` file is read.
    run = f"import sys; sys.path.insert(0, {str(_place())!r}); from coverage.cmdline import main; sys.exit(main())"
    coverage = [python, "-S", "-c", run]
    settings = f"--rcfile={FOLDER / 'settings'}"
    if [*DATA.glob("seen.*")]:
        subprocess.run([*coverage, "combine", "--quiet", "--append", settings], cwd=ROOT, check=True)
    subprocess.run([*coverage, "json", "--quiet", settings, "-o", file], cwd=ROOT, check=True)
    files: dict[str, Mapping] = json.loads(file.read_text())["files"]
    return files


def _tell(files: Mapping[str, Mapping]) -> None:
    rooms: dict[str, list[Mapping]] = {}
    for path, seen in files.items():
        parts = Path(path).parts
        rooms.setdefault(parts[1] if len(parts) > 2 else "", []).append(seen["summary"])
    print("\n| room | branches | taken | lines | reached |\n|---|---|---|---|---|")
    pure = [each for room in PURE for each in rooms.get(room, [])]
    rest = [each for room, summaries in rooms.items() if room not in PURE for each in summaries]
    for name, summaries in [*sorted(rooms.items()), ("**pure core**", pure), ("**the rest**", rest)]:
        total = {
            key: sum(each[key] for each in summaries)
            for key in ("num_branches", "covered_branches", "num_statements", "covered_lines")
        }
        print(
            f"| {name} | {total['num_branches']:,} | {_share(total['covered_branches'], total['num_branches'])} "
            f"| {total['num_statements']:,} | {_share(total['covered_lines'], total['num_statements'])} |"
        )
    for what, is_pure in (("the pure core", True), ("the rest", False)):
        print(f"\nmost branches not taken of {what}:")
        worst = sorted(files, key=lambda path: -files[path]["summary"]["missing_branches"])
        for path in [path for path in worst if (Path(path).parts[1] in PURE) is is_pure][:10]:
            summary = files[path]["summary"]
            print(f"  {summary['missing_branches']:>4} of {summary['num_branches']:<4} {path}")


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "-"


def _tell_missing(files: Mapping[str, Mapping], under: str) -> None:
    for path, seen in files.items():
        if path.startswith(under) and (seen["missing_branches"] or seen["missing_lines"]):
            text = (ROOT / path).read_text().splitlines()
            print(f"\n{path}")
            for start, end in seen["missing_branches"]:
                to = f"to {end}" if end > 0 else "out"
                print(f"  {start:>4} {to:<8} {text[start - 1].strip()}")


if __name__ == "__main__":
    sys.exit(main())
