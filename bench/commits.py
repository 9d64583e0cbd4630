"""Score labelled commits of public repositories: did the gate say what shipped?

    python bench/commits.py COMMITS.jsonl --repositories DIR [--details FILE] [--only TEXT]

A line of the file is JSON: `id, repo, sha, parent, model_path, expected`, the `downstream` readers (`path`,
`still_uses_after`) and `exposures` (name, kind, models); `silent` and `blocked` need no more than the first four and
`expected`: such a file is `bench/harmless.jsonl`. DIR holds bare clones, `owner/name.git`. For each
commit `contract-gate check --base parent --head sha` runs in the clone, with no key and no catalog.

What is `expected`, and what passes:
  break             every listed reader that still uses what went is named, with the effect `breaks`
  followed          the listed readers are not broken, and the verdict is not blocked
  exposure          a listed exposure is among the consumers
  warn              the model's change is told, and the verdict is not blocked
  quiet             no finding of level error or warning
  silent            no finding at all, and nothing that is not analysed
  blocked           the verdict is blocked
  quiet_downstream  no listed reader is broken, and the verdict is not blocked
"""

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from gate import Gate, Run

EXPECTED = ("break", "followed", "exposure", "warn", "quiet", "quiet_downstream", "silent", "blocked")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A commit's score: `miss` says what was wrong, None where the gate was right."""

    label: Mapping
    run: Run
    miss: str | None


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("commits", type=Path)
    parser.add_argument("--repositories", type=Path, required=True)
    parser.add_argument("--details", type=Path, help="write every report to this file, as JSON lines")
    parser.add_argument(
        "--only", default="", help="labels whose id, repository or expectation holds this text"
    )
    parser.add_argument("--seconds", type=float, default=600, help="stop a check after this long")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    lines = options.commits.read_text(encoding="utf-8").splitlines()
    labels = [json.loads(line) for line in lines if line.strip()]
    labels = [
        label for label in labels if any(options.only in label[key] for key in ("id", "repo", "expected"))
    ]
    scored = score_all(labels, options.repositories, options.seconds, options.processes)
    if options.details:
        options.details.write_text("".join(_detail(one) for one in scored), encoding="utf-8")
    return print_scores(scored)


def score_all(labels: Sequence[Mapping], folder: Path, seconds: float, processes: int) -> list[Scored]:
    """Check each commit once, two at a time, and score every label of it."""
    commits = sorted({(label["repo"], label["parent"], label["sha"]) for label in labels})
    shares = [commits[i::processes] for i in range(processes)]

    def check_share(share: Sequence[tuple[str, str, str]]) -> dict[tuple[str, str, str], Run]:
        runs = {}
        with Gate() as gate:
            for repo, parent, sha in share:
                run = gate.check(folder / f"{repo}.git", parent, sha, seconds)
                print(
                    f"{repo} {sha[:8]}: exit {run.code}, {run.seconds} s, {run.peak_mb} MB", file=sys.stderr
                )
                runs[repo, parent, sha] = run
        return runs

    runs: dict[tuple[str, str, str], Run] = {}
    with ThreadPoolExecutor(max_workers=processes) as workers:
        for part in workers.map(check_share, shares):
            runs |= part
    return [
        Scored(label=label, run=run, miss=find_miss(label, run))
        for label in labels
        for run in [runs[label["repo"], label["parent"], label["sha"]]]
    ]


def find_miss(label: Mapping, run: Run) -> str | None:
    """Say what the gate got wrong about a label; None where it was right."""
    report = run.report()
    if report is None:
        if run.code is None:
            return f"stopped after {run.seconds:.0f} s"
        return f"no report, exit {run.code}: {_last_line(run.stderr)}"
    broken = {i["consumer"].get("path") for i in report["impacts"] if i["effect"] == "breaks"}
    listed = [reader["path"] for reader in label.get("downstream", ())]
    blocked = report["verdict"] == "blocked"
    match label["expected"]:
        case "break":
            left = [reader["path"] for reader in label["downstream"] if reader["still_uses_after"]]
            missed = [_with_place(path, report) for path in left if path not in broken]
            return f"not named as broken: {', '.join(missed)}" if missed else None
        case "followed" | "quiet_downstream":
            wrong = [path for path in listed if path in broken]
            if wrong:
                return f"named as broken: {', '.join(wrong)}"
            return f"blocked: {_loudest(report)}" if blocked else None
        case "exposure":
            names = {name for name, *_ in label["exposures"]}
            told = {i["consumer"]["name"] for i in report["impacts"]}
            return None if names & told else f"exposure not told: {', '.join(sorted(names))}"
        case "warn":
            if blocked:
                return f"blocked: {_loudest(report)}"
            told = any(change.get("path") == label["model_path"] for change in report["changes"])
            return None if told else f"no change of {label['model_path']} was told"
        case "quiet":
            loud = [f for f in report["findings"] if f["level"] in {"error", "warning"} and not f["waiver"]]
            return f"{len(loud)} loud: {_loudest(report)}" if loud else None
        case "silent":
            left = report["findings"] or report["coverage"]["not_analysed"]
            return f"{len(report['findings'])} told: {_loudest(report)}" if left else None
        case "blocked":
            return None if blocked else f"not blocked: {_loudest(report)}"
        case other:
            return f"unknown expectation {other!r}"


def print_scores(scored: Sequence[Scored]) -> int:
    """Print the table by repository and expectation, then every miss; exit code 1 if there is one."""
    right: Counter[tuple[str, str]] = Counter()
    total: Counter[tuple[str, str]] = Counter()
    seconds: dict[str, list[float]] = defaultdict(list)
    for one in scored:
        cell = one.label["repo"], one.label["expected"]
        total[cell] += 1
        right[cell] += one.miss is None
        seconds[one.label["repo"]].append(one.run.seconds)
    print(f"{'repository':<46}" + "".join(f"{name:>17}" for name in EXPECTED) + f"{'seconds (max)':>17}")
    for repo in sorted(seconds):
        cells = "".join(_cell(right[repo, name], total[repo, name]) for name in EXPECTED)
        times = seconds[repo]
        print(f"{repo:<46}{cells}{sum(times) / len(times):>10.1f} ({max(times):.0f})")
    columns = [
        _cell(sum(right[r, name] for r in seconds), sum(total[r, name] for r in seconds)) for name in EXPECTED
    ]
    print(f"{'all':<46}{''.join(columns)}")
    misses = [one for one in scored if one.miss]
    print(f"\n{len(scored) - len(misses)} of {len(scored)} right")
    for one in misses:
        print(f"  {one.label['id']} ({one.label['expected']}): {one.miss}")
        print(f"      label: {one.label.get('note', '')}")
    return int(bool(misses))


def _cell(right: int, total: int) -> str:
    return f"{f'{right}/{total}' if total else '·':>17}"


def _with_place(path: str, report: Mapping) -> str:
    """Add what the gate said of a reader instead: another effect, or that it was not analysed."""
    effects = {i["effect"] for i in report["impacts"] if i["consumer"].get("path") == path}
    reasons = [n["reason"] for n in report["coverage"]["not_analysed"] if n["path"] == path]
    said = ", ".join(sorted(effects)) or (f"not analysed: {reasons[0]}" if reasons else "not mentioned")
    return f"{path} ({said})"


def _loudest(report: Mapping) -> str:
    order = ("error", "warning", "note")
    findings = sorted(report["findings"], key=lambda finding: order.index(finding["level"]))
    if not findings:
        return "no finding"
    worst = findings[0]
    return f"{worst['level']} {worst['rule']}: {worst['message']} → {', '.join(worst['consumers'][:3])}"


def _last_line(text: str) -> str:
    """Give what the program said went wrong, without the hint that follows it."""
    lines = [line for line in text.strip().splitlines() if line.strip() and not line.startswith("hint:")]
    return lines[-1] if lines else "nothing on stderr"


def _detail(one: Scored) -> str:
    detail = {
        "id": one.label["id"],
        "expected": one.label["expected"],
        "miss": one.miss,
        "code": one.run.code,
        "seconds": one.run.seconds,
        "peak_mb": one.run.peak_mb,
        "report": one.run.report(),
        "stderr": one.run.stderr,
    }
    return json.dumps(detail) + "\n"


if __name__ == "__main__":
    sys.exit(main())
