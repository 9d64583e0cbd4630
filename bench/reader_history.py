"""Run the gate over commits whose models the repository's other files name: which readers does it tell, and were they mended?

    python bench/reader_history.py --repositories DIR [--commits 50] [--details FILE] OWNER/NAME…
    python bench/reader_history.py --repositories DIR --labels FILE [--details FILE] [--cost]

DIR holds bare clones named `owner/name.git`. Of the commits that touch models, newest first, those are checked whose models' names
stand in a file of another kind; the others can tell no reader. Prints each reader that is told with its effect, and whether a
later commit touched its file. `--labels` runs the commits of a list that was judged by eye, one JSON object a line: `repo`, `sha`,
`reader` (a path, or null), `expected` (`breaks`, `told`, `unbroken`, `silent`) and `note`; exits 1 where
one is judged otherwise or a commit has no report within `--seconds`. `unbroken`: no reader breaks, more is not said. Commits whose
answers stand in `--details` are not run again: delete the file when the program changes. `--cost` measures their cold checks
instead, with readers in other files and without.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from gate import Gate
from speed import GATE, cost

_MODELS = ("*.sql", "*.sqlx")
_OTHERS = ("*.py", "*.ipynb", "*.R", "*.r", "*.Rmd", "*.qmd", "*.sh", "*.yml", "*.yaml", "*.json", "*.lkml")
_MOMENTS = 6
_WORD = re.compile(r"\w{4,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A reader in another file that a commit's report names."""

    path: str
    effect: str
    certainty: str
    change: str
    line: int
    touched_later: bool


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="OWNER/NAME")
    parser.add_argument("--repositories", type=Path, required=True)
    parser.add_argument("--commits", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--details", type=Path, help="write what was told of each commit, as JSON lines")
    parser.add_argument("--labels", type=Path)
    parser.add_argument("--cost", action="store_true")
    options = parser.parse_args()
    if options.labels and options.cost:
        return _costs(options.labels, options.repositories)
    if options.labels:
        return _against_labels(options.labels, options.repositories, options.seconds, options.details)
    with Gate() as gate:
        for name in options.names:
            _walk(gate, name, options)
    return 0


def _walk(gate: Gate, name: str, options: argparse.Namespace) -> None:
    clone = options.repositories / f"{name}.git"
    words = set(_words(clone))
    commits = list(_commits(clone))
    named = [sha for sha, stems in commits if stems & words][: options.commits]
    print(f"{name}: {len(commits)} commits touch models, {len(named)} of those that others name are checked")
    for sha in named:
        told = check(gate, clone, sha, options.seconds)
        print(f"  {sha[:10]} {'no report' if told is None else f'{len(told)} readers'}", flush=True)
        for each in told or ():
            later = ", touched later" if each.touched_later else ""
            print(
                f"    {each.effect} ({each.certainty}) {each.path}:{each.line} by {each.change}{later}",
                flush=True,
            )
        _write(options.details, name, sha, told)


def _write(details: Path | None, name: str, sha: str, told: list[Told] | None) -> None:
    if details is None:
        return
    row = {"repo": name, "sha": sha, "told": None if told is None else [asdict(each) for each in told]}
    with details.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def _written(details: Path | None) -> dict[tuple[str, str], list[Told] | None]:
    """Give what was told of each commit in an earlier run."""
    rows = (
        details.read_text(encoding="utf-8").splitlines() if details is not None and details.exists() else ()
    )
    return {
        (row["repo"], row["sha"]): row["told"] and [Told(**each) for each in row["told"]]
        for row in map(json.loads, rows)
    }


def check(gate: Gate, clone: Path, sha: str, seconds: float) -> list[Told] | None:
    """Check a commit against its parent; give the readers in other files, None where there is no report."""
    report = gate.check(clone, f"{sha}^", sha, seconds, ("--offline", "--no-witness")).report()
    if report is None:
        return None
    changes = {change["id"]: change for change in report["changes"]}
    return [
        Told(
            path=impact["consumer"]["path"], effect=impact["effect"], certainty=impact["certainty"],
            change=f"{changes[impact['change']]['kind']} {changes[impact['change']]['relation']}.{changes[impact['change']]['column']}",
            line=(impact["location"] or {"line": 0})["line"],
            touched_later=bool(_git(clone, "log", "-1", "--format=%h", f"{sha}..HEAD", "--", impact["consumer"]["path"]).strip()),
        )
        for impact in report["impacts"]
        if _is_other(impact["consumer"])
    ]  # fmt: skip


def _is_other(consumer: Mapping) -> bool:
    path = consumer.get("path") or ""
    return consumer["kind"] not in (
        "model",
        "test",
        "exposure",
        "metric",
        "snapshot",
        "function",
    ) and not path.endswith((".sql", ".sqlx"))


def _against_labels(path: Path, folder: Path, seconds: float, details: Path | None) -> int:
    labels, commits = _labelled(path)
    told = _written(details)
    with Gate() as gate:
        for repo, sha in commits:
            if (repo, sha) not in told:
                told[repo, sha] = check(gate, folder / f"{repo}.git", sha, seconds)
                _write(details, repo, sha, told[repo, sha])
    judged = [label for label in labels if told[label["repo"], label["sha"]] is not None]
    wrong = [label for label in judged if not _is_right(label, told[label["repo"], label["sha"]] or [])]
    silent = sum(told[commit] is None for commit in commits)
    for expected in ("breaks", "told", "unbroken", "silent"):
        of = [label for label in judged if label["expected"] == expected]
        print(f"{expected}: {sum(label not in wrong for label in of)} of {len(of)} right")
    print(f"{silent} of {len(commits)} commits without a report")
    for label in wrong:
        print(f"  {label['repo']} {label['sha'][:10]} {label['reader']}: {label['expected']} was expected")
    return int(bool(wrong or silent))


def _labelled(path: Path) -> tuple[list[Mapping], list[tuple[str, str]]]:
    """Give the labels of a list, and the commits that they are of."""
    labels = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return labels, sorted({(label["repo"], label["sha"]) for label in labels})


def _costs(path: Path, folder: Path) -> int:
    """Print what readers in other files add to each commit's cold check, in CPU seconds, and the share of it that finding them takes."""
    shares, finding = [], []
    with tempfile.TemporaryDirectory() as kept:
        alone = Path(kept) / "alone.toml"
        alone.write_text('[readers]\npaths = ["none"]\n', encoding="utf-8")
        for repo, sha in _labelled(path)[1]:
            command = (
                *GATE,
                "check",
                "--base",
                f"{sha}^",
                "--head",
                sha,
                "--offline",
                "--no-witness",
                "--no-cache",
            )
            clone = folder / f"{repo}.git"
            without = cost((*command, "--config", str(alone)), clone)[0]
            whole = cost(command, clone)[0]
            shares.append(whole / without - 1)
            asked = (
                sys.executable,
                "-P",
                str(Path(__file__).with_name("reader_share.py")),
                *command[len(GATE) :],
            )
            told = subprocess.run(asked, cwd=clone, capture_output=True, text=True).stderr
            finding.append(float(told.split()[-1]))
            print(
                f"{repo} {sha[:10]} {without:.1f} s, {shares[-1]:+.0%}, finding {finding[-1]:.0%}", flush=True
            )
    print(f"{len(shares)} commits: median {statistics.median(shares):+.0%}, most {max(shares):+.0%}")
    print(f"finding: median {statistics.median(finding):.0%}, most {max(finding):.0%}")
    return 0


def _is_right(label: Mapping, told: list[Told]) -> bool:
    effects = {each.effect for each in told if label["reader"] in (None, each.path)}
    match label["expected"]:
        case "breaks":
            return "breaks" in effects
        case "told":
            return bool(effects)
        case "unbroken":
            return "breaks" not in effects
        case _:
            return not effects


def _words(clone: Path) -> Iterator[str]:
    """Give the words of the files of other kinds that hold SQL, as they are now and at some moments of the past."""
    history = _git(clone, "log", "--first-parent", "--format=%H", "HEAD").split()
    for sha in history[:: max(len(history) // _MOMENTS, 1)]:
        found = _git(clone, "grep", "-hIiE", r"\b(from|join|table|tbl)\b|FROM", sha, "--", *_OTHERS)
        yield from (word.lower() for word in _WORD.findall(found))


def _commits(clone: Path) -> Iterator[tuple[str, set[str]]]:
    """Give the commits that change or delete models, newest first, with the names of their files."""
    listed = _git(
        clone, "log", "--first-parent", "--no-merges", "--diff-filter=MDR", "--name-only", "--format=@%H", "HEAD", "--", *_MODELS
    )  # fmt: skip
    for block in listed.split("@")[1:]:
        sha, *paths = block.split("\n")
        stems = {part.lower() for path in paths if path for part in _parts(path)}
        if re.fullmatch(r"[0-9a-f]{40}", sha):
            yield sha, stems


def _parts(path: str) -> list[str]:
    """A model's name is that of its file, or of its folder where the file is `query.sql`."""
    parts = path.removesuffix(".sql").removesuffix(".sqlx").split("/")
    return [*parts[-2:], *parts[-1].split(".")]


def _git(clone: Path, *command: str) -> str:
    ran = subprocess.run(
        ["git", "-C", str(clone), *command], capture_output=True, text=True, errors="replace", check=False
    )
    return ran.stdout


if __name__ == "__main__":
    sys.exit(main())
