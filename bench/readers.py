"""How many readers the files of other kinds hold, and how far their queries are read.

    python bench/readers.py REPOSITORY… [--show N] [--kind NAME]

Every file of the newest commit that a kind of reader claims is read, not only those that name what changed. A line a repository
and kind: files, those that could not be read (a reason of each with --show), readers with queries over what the repository makes,
their queries, how many relations they name that the repository has, and how many columns of these bind. `--show` prints the first
readers, to read by eye. Exits 1 where reading a file fails with anything but a reason.
"""

import argparse
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

from contract_gate.compare.bound import BoundModel, BoundWorld
from contract_gate.edge.git import Repository
from contract_gate.sql.stack import deep_stack
from contract_gate.workspace.readers.project import ReaderFiles
from contract_gate.workspace.reading import Reading, read_repository
from contract_gate.workspace.tree import Tree

_COLUMNS = ("files", "unread", "readers", "queries", "relations", "foreign", "columns", "unbound")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("repositories", nargs="+", type=Path)
    parser.add_argument("--show", type=int, default=0, help="how many readers of each kind to print")
    parser.add_argument("--kind", default="", help="this kind alone")
    options = parser.parse_args()
    total: dict[str, Counter[str]] = defaultdict(Counter)
    faults = 0
    print(f"{'repository':<34}{'kind':<12}" + "".join(f"{name:>11}" for name in _COLUMNS))
    for path in options.repositories:
        counts, failed = deep_stack(lambda path=path: read(path, options.kind, options.show))
        faults += failed
        for kind, counted in sorted(counts.items()):
            total[kind] += counted
            _print(f"{path.parent.name}/{path.stem}", kind, counted)
    for kind, counted in sorted(total.items()):
        _print("all", kind, counted)
    return int(faults > 0)


def read(path: Path, only: str, most: int) -> tuple[dict[str, Counter[str]], int]:
    """Read every file of a repository that may hold a reader; give the counts of each kind, and the faults that are ours."""
    started = time.monotonic()
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    with Repository.open(path) as repository:
        head = repository.resolve("HEAD")
        with read_repository(Tree(repository, head), head.id, Reading()) as world:
            found = next(each for each in world.projects if isinstance(each, ReaderFiles))
            found.open(Tree(repository, head).paths())
            world.take_in()
            side = BoundWorld(world)
            world.watch_columns(side.columns)
            for name in found.read.values():
                counts[name]["files"] += 1
            for name, reason in found.problems.items():
                counts[found.read.get(name, "?")]["unread"] += 1
                _tell(most, f"    {name}: {reason}")
            for key, model in found.models.items():
                kind = found.read[model.path]
                if only in kind:
                    counts[kind] += _counted(side.bound(key))
                    if counts[kind]["readers"] <= most:
                        _show(side.bound(key))
    print(f"{path.parent.name}/{path.stem}: {time.monotonic() - started:.1f} s", file=sys.stderr)
    return counts, sum("a fault of contract-gate" in reason for reason in found.problems.values())


def _counted(bound: BoundModel) -> Counter[str]:
    columns = [read for read in bound.reads if read.column_name is not None and not read.star]
    return Counter(
        readers=1,
        queries=len(bound.script.statements),
        relations=len(bound.uses),
        foreign=len(bound.foreign),
        columns=len(columns),
        unbound=len(bound.problems) + len(bound.loose),
    )


def _show(bound: BoundModel) -> None:
    model = bound.model
    print(f"    {model.noun} {model.name}:{model.line} reads {', '.join(sorted(bound.uses)) or 'nothing'}")
    for problem in bound.problems:
        print(f"      {model.path}:{bound.rendered.source_line(problem.line)}: {problem.message}")
    print("      " + (bound.rendered.sql or "").replace("\n", "\n      "))


def _tell(most: int, text: str) -> None:
    if most:
        print(text)


def _print(name: str, kind: str, counted: Counter[str]) -> None:
    print(f"{name:<34}{kind:<12}" + "".join(f"{counted[column]:>11}" for column in _COLUMNS))


if __name__ == "__main__":
    sys.exit(main())
