"""Score a file of labelled before/after pairs: `python bench/pairs.py PAIRS.jsonl`.

A line of the file is JSON with `id`, `dialect`, `before`, `after`, `schema` (table → column → type), `class`.
Printed: a confusion table (expected class down, answered across), every pair that was answered otherwise, and the
three figures that matter: changes called none or additive, refactors that were reported, the share that is exact.
Exits 1 when a change was called safe, more than 1 refactor in 25 was reported, or less than 95 % are exact.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import contract_gate

CLASSES = ("none", "additive", "values", "rows", "schema", "undecided")
GRAVE = frozenset({"values", "rows", "schema"})
SAFE = frozenset({"none", "additive"})


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--witness", action="store_true", help="look for rows that prove a difference, too")
    options = parser.parse_args()
    pairs = [
        json.loads(line) for line in options.pairs.read_text(encoding="utf-8").splitlines() if line.strip()
    ]
    started = time.monotonic()
    answers = [ask(pair, options.witness) for pair in pairs]
    seconds = time.monotonic() - started
    tally = Counter((pair["class"], answer["class"]) for pair, answer in zip(pairs, answers, strict=True))
    print_confusion(tally)
    for pair, answer in zip(pairs, answers, strict=True):
        if answer["class"] != pair["class"]:
            kinds = ", ".join(change["kind"] for change in answer["changes"]) or "-"
            print(f"  {pair['id']}: expected {pair['class']}, answered {answer['class']} ({kinds})")
    return judge(tally, seconds)


def ask(pair: Mapping, witness: bool) -> Mapping:
    """Ask the engine about one pair; an exception is the engine's failure, and ends the run."""
    return contract_gate.diff(
        pair["before"], pair["after"], dialect=pair["dialect"], schema=pair.get("schema"), witness=witness
    ).to_dict()


def print_confusion(tally: Mapping[tuple[str, str], int]) -> None:
    """Print expected classes down and answered ones across."""
    print(f"{'expected':<12}" + "".join(f"{name:>11}" for name in CLASSES))
    for expected in CLASSES:
        counts = [tally.get((expected, answered), 0) for answered in CLASSES]
        if any(counts):
            print(f"{expected:<12}" + "".join(f"{count or '·':>11}" for count in counts))


def judge(tally: Mapping[tuple[str, str], int], seconds: float) -> int:
    """Print the three figures; give the exit code."""
    total = sum(tally.values())
    safe = sum(n for (expected, answered), n in tally.items() if expected in GRAVE and answered in SAFE)
    refactors = _of(tally, "none")
    alarms = sum(n for (expected, answered), n in tally.items() if expected == "none" and answered != "none")
    exact = sum(n for (expected, answered), n in tally.items() if expected == answered)
    print(f"called safe: {safe} of {sum(_of(tally, name) for name in GRAVE)}")
    print(f"refactors reported: {alarms} of {refactors}")
    print(
        f"exact: {exact} of {total} ({exact / max(total, 1):.1%}), {1000 * seconds / max(total, 1):.1f} ms a pair"
    )
    return int(bool(safe) or alarms * 25 > refactors or exact < 0.95 * total)


def _of(tally: Mapping[tuple[str, str], int], expected: str) -> int:
    return sum(n for (label, _), n in tally.items() if label == expected)


if __name__ == "__main__":
    sys.exit(main())
