"""Measure what people have to read: findings, lines and characters of the gate's reports on real commits.

    python bench/signal_to_noise.py --repositories DIR REPOSITORY… [--commits 100] [--details FILE]

DIR holds bare clones, `owner+name/repo` or `owner/name.git`; of each repository the last commits that touch a model are
judged against their parent, offline. The terminal's lines are those of a screen of 80 columns; the comment's characters
those that are visible above its folds (no tags, no addresses of links). A *fact* is a changed column or relation, or a
reader; it is *folded* where only a fold of the comment (or the JSON) names it. Runs that gave no report are counted.
The budgets: 40 lines and 1,500 characters where nothing is an error; 15 lines more for each broken reader that is shown.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from gate import Gate

LINES, CHARACTERS, LINES_A_READER = 40, 1500, 15
COLUMNS = ("findings", "lines", "characters", "folded")
_FORMATS = {"json": "report.json", "terminal": "report.txt", "markdown": "report.md"}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("repositories", nargs="*")
    parser.add_argument("--repositories", dest="folder", type=Path, required=True)
    parser.add_argument("--commits", type=int, default=100, help="so many of the last model commits of each")
    parser.add_argument("--seconds", type=float, default=300, help="stop a check after this long")
    parser.add_argument(
        "--details", type=Path, help="append a line of JSON for each commit; known ones are not run again"
    )
    options = parser.parse_args()
    known = _known(options.details)
    rows = []
    with Gate() as gate:
        for name in options.repositories:
            for sha in _commits(_clone(options.folder, name), options.commits):
                row = known.get((name, sha)) or _measure(gate, options.folder, name, sha, options.seconds)
                rows.append(row)
                if options.details and (name, sha) not in known:
                    with options.details.open("a", encoding="utf-8") as details:
                        details.write(json.dumps(row) + "\n")
    return print_table(rows)


def _clone(folder: Path, name: str) -> Path:
    places = (folder / name.replace("/", "+") / "repo", folder / f"{name}.git")
    found = next((place for place in places if place.is_dir()), None)
    if found is None:
        raise SystemExit(f"{name} was not measured: no clone at {places[0]} or {places[1]}")
    return found


def _commits(clone: Path, count: int) -> list[str]:
    command = [
        "git",
        "-C",
        str(clone),
        "log",
        "--no-merges",
        "--min-parents=1",
        f"-n{count}",
        "--format=%H",
        "--",
        "*.sql",
    ]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


def _known(details: Path | None) -> dict[tuple[str, str], dict]:
    if details is None or not details.exists():
        return {}
    rows = map(json.loads, details.read_text(encoding="utf-8").splitlines())
    return {(row["repository"], row["sha"]): row for row in rows}


def _measure(gate: Gate, folder: Path, name: str, sha: str, seconds: float) -> dict:
    """Judge one commit and measure its reports; `findings` is None where there is no report."""
    with tempfile.TemporaryDirectory() as kept:
        wanted = [f"--format={name}={Path(kept) / file}" for name, file in _FORMATS.items()]
        arguments = ["check", "--offline", "--base", f"{sha}^", "--head", sha, *wanted]
        run = gate.run(_clone(folder, name), arguments, seconds)
        row = {"repository": name, "sha": sha, "code": run.code, "seconds": run.seconds, "findings": None}
        texts = {key: Path(kept) / file for key, file in _FORMATS.items()}
        if texts["json"].exists():
            row |= _sizes(*(texts[key].read_text(encoding="utf-8") for key in _FORMATS))
    print(json.dumps(row), run.stderr.strip()[-300:], file=sys.stderr)
    return row


def _sizes(report_text: str, terminal: str, comment: str) -> dict:
    report = json.loads(report_text)
    seen = visible(comment)
    facts = set(_facts(report))
    broken = {i["consumer"]["name"] for i in report["impacts"] if i["effect"] == "breaks"}
    return {
        "findings": len(report["findings"]),
        "lines": len(terminal.splitlines()),
        "characters": len(seen),
        "facts": len(facts),
        "folded": sum(1 for fact in facts if fact not in seen),
        "errors": sum(1 for finding in report["findings"] if finding["level"] == "error"),
        "broken": sum(1 for name in broken if name.rpartition(".")[2] in terminal),
    }


def _facts(report: Mapping) -> Iterator[str]:
    for change in report["changes"]:
        yield change["column"] or change["relation"] or change["path"] or ""
    for impact in report["impacts"]:
        yield impact["consumer"]["name"]


def visible(comment: str) -> str:
    """Give what a reader of the rendered comment sees before unfolding anything."""
    text = comment
    while "<details>" in text:
        start = text.rindex("<details>")
        end = text.find("</details>", start)
        summary = re.search(r"<summary>(.*?)</summary>", text[start:end], re.DOTALL)
        text = (
            text[:start]
            + (summary.group(1) if summary else "")
            + text[end + len("</details>") if end > 0 else len(text) :]
        )
    text = re.sub(r"<!--.*?-->|```mermaid.*?```", "", text, flags=re.DOTALL)
    text = re.sub(r"!?\[((?:[^\]\\]|\\.)*)\]\([^)\s]*\)", r"\1", text)
    text = re.sub(r"</?[a-zA-Z][^>]*>", "", text)
    text = re.sub(r"\\([\\`*_{}\[\]()#+.!|<>~@-])", r"\1", text)
    return re.sub(r"[ \t]*\n\s*", "\n", text).strip()


def print_table(rows: Sequence[Mapping]) -> int:
    """Print the median, 95th percentile and worst of each repository and of all; exit 1 where a budget is broken."""
    print("| repository | commits | " + " | ".join(COLUMNS) + " | over budget | no report |")
    print("|---|---|" + "---|" * (len(COLUMNS) + 2))
    names = dict.fromkeys(row["repository"] for row in rows)
    for name in [*names, *(["all"] if len(names) > 1 else [])]:
        mine = [row for row in rows if name in ("all", row["repository"])]
        told = [row for row in mine if row["findings"] is not None]
        cells = [" / ".join(map(str, _spread([row[column] for row in told]))) for column in COLUMNS]
        over = sum(map(over_budget, told))
        print(f"| {name} | {len(told)} | {' | '.join(cells)} | {over} | {len(mine) - len(told)} |")
    print("\nmedian / 95th / worst")
    return int(any(over_budget(row) for row in rows if row["findings"] is not None))


def over_budget(row: Mapping) -> bool:
    """Tell whether a report is longer than the budget for it."""
    more = row["broken"] if row["errors"] else 0
    too_long = row["lines"] > LINES + LINES_A_READER * more
    return too_long or (not row["errors"] and row["characters"] > CHARACTERS)


def _spread(numbers: Sequence[int]) -> tuple[int, int, int]:
    ordered = sorted(numbers) or [0]
    return ordered[len(ordered) // 2], ordered[min(len(ordered) * 95 // 100, len(ordered) - 1)], ordered[-1]


if __name__ == "__main__":
    sys.exit(main())
