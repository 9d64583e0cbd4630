"""Tell which branches the tests take, in the gate's children too.

    make coverage [TESTS=tests/policy] [MISSING=contract_gate/policy]

coverage.py runs in an environment beside the project's, which every process that the tests start begins with (`branches_start.py`). Told are
the pure core and the rest by room, and the ten modules of each with the most branches that no test takes; with `--missing` the
lines of those under a path. `--keep` adds to what earlier runs saw, so that the suite can be run in parts. `--told` runs no test.
Branches of the pure core that no run can take have their reason in `branches.toml`: they are counted as explained. A reason is stale,
and this fails, where the code has no such branch, or a test takes it.
"""

import argparse
import json
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
TOOL = "coverage==7.11.0"
PURE = ("core", "sql", "compare", "policy")
REASONS = ROOT / "bench" / "branches.toml"
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
    case _:\\s+assert_never
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
    explained, stale = _explained(report)
    _tell(report, explained)
    if options.missing:
        _tell_missing(report, options.missing, explained)
    for reason in stale:
        print(f"stale: {reason}")
    return failed or bool(stale)


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


Branch = tuple[str, int, int]
"""A path, the line that decides, and the one that it goes to, below 0 where it leaves the function."""


def _explained(files: Mapping[str, Mapping]) -> tuple[frozenset[Branch], list[str]]:
    """Give the branches that have a reason in `branches.toml`, and what is wrong with reasons.

    An entry names a function as `sql.names:Class.method`, the words of the line that decides (`from`), and those of the line that is
    never gone to (`to`; `out` of the function): every such branch of it.
    """
    explained: set[Branch] = set()
    stale = []
    for entry in tomllib.loads(REASONS.read_text())["branch"]:
        module, _, function = entry["in"].partition(":")
        path = f"contract_gate/{module.replace('.', '/')}.py"
        path = path if path in files else f"{path.removesuffix('.py')}/__init__.py"
        seen = files.get(path, {"functions": {}})["functions"].get(function)
        where = f"{entry['in']}: {entry['from']}"
        if seen is None:
            stale.append(f"{where}: there is no such function")
            continue
        text = (ROOT / path).read_text().splitlines()
        missing = [each for each in seen["missing_branches"] if _is_meant(each, entry, text)]
        if [each for each in seen["executed_branches"] if _is_meant(each, entry, text)]:
            stale.append(f"{where}: a test takes it")
        elif not missing:
            stale.append(f"{where}: there is no such branch")
        explained |= {(path, start, end) for start, end in missing}
    return frozenset(explained), stale


def _is_meant(branch: tuple[int, int], entry: Mapping[str, str], text: list[str]) -> bool:
    start, end = branch
    to = text[end - 1].strip() if end > 0 else "out"
    return text[start - 1].strip() == entry["from"] and to == entry["to"]


def _tell(files: Mapping[str, Mapping], explained: frozenset[Branch]) -> None:
    rooms: dict[str, list[str]] = {}
    for path in files:
        parts = Path(path).parts
        rooms.setdefault(parts[1] if len(parts) > 2 else "", []).append(path)
    print(
        "\n| room | branches | taken | explained | neither | lines | reached |\n|---|---|---|---|---|---|---|"
    )
    pure = [path for room in PURE for path in rooms.get(room, [])]
    rest = [path for room, paths in rooms.items() if room not in PURE for path in paths]
    for name, paths in [*sorted(rooms.items()), ("**pure core**", pure), ("**the rest**", rest)]:
        print(
            f"| {name} | {' | '.join(_row([files[path]['summary'] for path in paths], _reasons(paths, explained)))} |"
        )
    for what, is_pure in (("the pure core", True), ("the rest", False)):
        print(f"\nmost branches neither taken nor explained of {what}:")
        left = {
            path: files[path]["summary"]["missing_branches"] - _reasons([path], explained)
            for path in files
            if (Path(path).parts[1] in PURE) is is_pure
        }
        for path in sorted(left, key=lambda each: -left[each])[:10]:
            print(f"  {left[path]:>4} of {files[path]['summary']['num_branches']:<4} {path}")


def _reasons(paths: list[str], explained: frozenset[Branch]) -> int:
    return sum(path in paths for path, _, _ in explained)


def _row(summaries: list[Mapping[str, int]], reasons: int) -> Iterator[str]:
    branches, taken, lines, reached = (
        sum(each[key] for each in summaries)
        for key in ("num_branches", "covered_branches", "num_statements", "covered_lines")
    )
    yield from (f"{branches:,}", _share(taken, branches), f"{reasons}", f"{branches - taken - reasons:,}")
    yield from (f"{lines:,}", _share(reached, lines))


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "-"


def _tell_missing(files: Mapping[str, Mapping], under: str, explained: frozenset[Branch]) -> None:
    for path, seen in files.items():
        left = [each for each in seen["missing_branches"] if (path, *each) not in explained]
        if path.startswith(under) and left:
            text = (ROOT / path).read_text().splitlines()
            print(f"\n{path}")
            for start, end in left:
                to = f"to {end}" if end > 0 else "out"
                print(f"  {start:>4} {to:<8} {text[start - 1].strip()}")


if __name__ == "__main__":
    sys.exit(main())
