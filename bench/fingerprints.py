"""Do fingerprints, and with them waivers, outlive what real histories do to a branch: lines that move, and a rebase?

    python bench/fingerprints.py --repositories DIR REPOSITORY… [--commits 30] [--back 5]

DIR holds bare clones named `owner/name.git`; nothing of them is changed. Of each repository the last commits that touch a model are
judged against their parent, offline, three times: as they are; with blank lines above every changed SQL file on both sides; and replayed
(`git merge-tree`) onto the commit `--back` before their parent. A finding that is told again has to have the fingerprint that it had. What
is told differently is a finding of its own: the replayed commit may have other readers.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from gate import Gate

_ABOVE = b"\n\n\n"
_WHO = {
    f"GIT_{role}_{what}": "bench@example.com"
    for role in ("AUTHOR", "COMMITTER")
    for what in ("NAME", "EMAIL")
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Of one way to move a commit: how many findings are told again, and which of those have another fingerprint."""

    told_again: int = 0
    other: tuple[str, ...] = ()
    not_told: int = 0


def main() -> int:
    """Print a table, and each finding that lost its fingerprint; exit 1 where there is one."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="+", metavar="OWNER/NAME")
    parser.add_argument("--repositories", type=Path, required=True)
    parser.add_argument("--commits", type=int, default=30)
    parser.add_argument("--back", type=int, default=5, help="how far before its parent a commit is replayed")
    parser.add_argument("--seconds", type=float, default=120)
    options = parser.parse_args()
    lost = 0
    print(
        "| repository | commits | moved: same | moved: other | replayed: same | replayed: other | not told again |"
    )
    print("|---|---|---|---|---|---|---|")
    with Gate() as gate:
        for name in options.names:
            lost += _repository(gate, options.repositories / f"{name}.git", name, options)
    return 1 if lost else 0


def _repository(gate: Gate, bare: Path, name: str, options: argparse.Namespace) -> int:
    moved, replayed, judged = list[Kept](), list[Kept](), 0
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone.git"
        _git(None, "clone", "-q", "--bare", "--shared", str(bare), str(clone))
        for sha in _git(
            clone, "log", "--no-merges", "--format=%H", f"-{options.commits}", "--", "*.sql"
        ).split():
            parent = _found(clone, f"{sha}^")
            findings = _findings(gate, clone, parent, sha, options.seconds) if parent else None
            if not findings:
                continue
            judged += 1
            pair = _shifted(clone, parent, sha)
            moved.append(_compare(findings, _findings(gate, clone, *pair, options.seconds)))
            onto = _found(clone, f"{sha}~{options.back + 1}")
            again = _replayed(clone, parent, sha, onto) if onto else None
            if onto and again:
                replayed.append(_compare(findings, _findings(gate, clone, onto, again, options.seconds)))
    others = [one for kept in (*moved, *replayed) for one in kept.other]
    cells = [sum(kept.told_again for kept in moved), sum(len(kept.other) for kept in moved)]
    cells += [sum(kept.told_again for kept in replayed), sum(len(kept.other) for kept in replayed)]
    cells.append(sum(kept.not_told for kept in (*moved, *replayed)))
    print(f"| {name} | {judged} | {' | '.join(map(str, cells))} |", flush=True)
    for one in others:
        print(f"  another fingerprint: {one}", file=sys.stderr)
    return len(others)


def _findings(gate: Gate, clone: Path, base: str, head: str, seconds: float) -> Mapping[str, str] | None:
    """Give the findings' messages by fingerprint; None where there is no report."""
    run = gate.run(
        clone,
        ["check", "--offline", "--no-witness", "--base", base, "--head", head, "--format", "json"],
        seconds,
    )
    report = run.report()
    return None if report is None else {one["fingerprint"]: _told(one) for one in report["findings"]}


def _told(finding: Mapping) -> str:
    """Give what makes a finding the same to a person: what happened where, without the lines and readers."""
    place = finding["location"] or {}
    return f"{finding['rule']} {place.get('path')} {finding['message'].partition(': ')[0].partition('; ')[0]}"


def _compare(before: Mapping[str, str], after: Mapping[str, str] | None) -> Kept:
    if after is None:
        return Kept(not_told=len(before))
    gone = {told for fingerprint, told in before.items() if fingerprint not in after}
    again = sum(1 for fingerprint in before if fingerprint in after)
    fresh = {told for fingerprint, told in after.items() if fingerprint not in before}
    return Kept(told_again=again, other=tuple(sorted(gone & fresh)), not_told=len(gone - fresh))


def _shifted(clone: Path, base: str, head: str) -> tuple[str, str]:
    """Make both commits anew with blank lines above each SQL file that differs."""
    paths = [
        path
        for path in _git(clone, "diff-tree", "-r", "-z", "--name-only", "--no-renames", base, head).split(
            "\0"
        )
        if path.endswith(".sql")
    ]
    first = _with_lines(clone, base, paths, None)
    return first, _with_lines(clone, head, paths, first)


def _with_lines(clone: Path, commit: str, paths: list[str], parent: str | None) -> str:
    with tempfile.TemporaryDirectory() as folder:
        index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        _git(clone, "read-tree", commit, more=index)
        entries = "".join(_entries(clone, commit, paths))
        _git(clone, "update-index", "-z", "--index-info", more=index, given=entries.encode())
        tree = _git(clone, "write-tree", more=index).strip()
    return _git(
        clone, "commit-tree", tree, *(["-p", parent] if parent else []), "-m", "moved", more=_WHO
    ).strip()


def _entries(clone: Path, commit: str, paths: list[str]) -> Iterator[str]:
    for path in paths:
        asked = subprocess.run(
            ["git", "-C", str(clone), "cat-file", "blob", f"{commit}:{path}"],
            capture_output=True,
            check=False,
        )
        if asked.returncode == 0:
            blob = _git(clone, "hash-object", "-w", "--stdin", given=_ABOVE + asked.stdout).strip()
            yield f"100644 {blob}\t{path}\0"


def _replayed(clone: Path, parent: str, sha: str, onto: str) -> str | None:
    """Replay a commit onto another; None where that conflicts.

    A child of the parent with the other's files is merged with the commit: the parent is then where the two left each other.
    """
    other = _git(clone, "commit-tree", f"{onto}^{{tree}}", "-p", parent, "-m", "onto", more=_WHO).strip()
    done = subprocess.run(
        ["git", "-C", str(clone), "merge-tree", "--write-tree", other, sha],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        return None
    return _git(clone, "commit-tree", done.stdout.split()[0], "-p", onto, "-m", "replayed", more=_WHO).strip()


def _found(clone: Path, ref: str) -> str | None:
    asked = subprocess.run(
        ["git", "-C", str(clone), "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}"], capture_output=True, text=True, check=False
    )  # fmt: skip
    return asked.stdout.strip() or None


def _git(
    clone: Path | None, *command: str, more: Mapping[str, str] | None = None, given: bytes | None = None
) -> str:
    place = ["-C", str(clone)] if clone else []
    ran = subprocess.run(
        ["git", *place, *command],
        env={**os.environ, **(more or {})},
        input=given,
        capture_output=True,
        check=True,
    )
    return ran.stdout.decode("utf-8", "surrogateescape")


if __name__ == "__main__":
    sys.exit(main())
