"""How many models of a repository are read to columns, and why the others are not.

    python bench/shares.py REPOSITORY… [--reasons 3]

Every model of the newest commit is rendered and bound, with no warehouse and no catalog. *read*: its output columns are
known, or it passes on all columns of a table that nobody declares (*open*). *not read*: it has a reason. Prints a line
a repository, with the dialects and the commonest reasons; exits 1 where less than 95 % are read.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from contract_gate.compare.bound import BoundModel, BoundWorld, is_declared
from contract_gate.core.world import ModelKind
from contract_gate.edge.git import Repository
from contract_gate.sql.stack import deep_stack
from contract_gate.workspace.reading import Reading, read_repository
from contract_gate.workspace.repository import RepositoryWorld
from contract_gate.workspace.tree import Tree

LEAST = 0.95


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("repositories", nargs="+", type=Path)
    parser.add_argument("--reasons", type=int, default=3, help="how many reasons to print")
    options = parser.parse_args()
    print(f"{'repository':<44}{'models':>8}{'read':>8}{'open':>8}{'share':>8}{'seconds':>9}  dialects")
    shares = [show(path, options.reasons) for path in options.repositories]
    return int(any(share < LEAST for share in shares))


def show(path: Path, most: int) -> float:
    """Print a repository's line and reasons; give the share that is read."""
    started = time.monotonic()
    with Repository.open(path) as repository:
        head = repository.resolve("HEAD")
        with read_repository(Tree(repository, head), head.id, Reading()) as world:
            bound = deep_stack(lambda: list(_models(world)))
    reasons = Counter(_reason(each) for each in bound if each.reason is not None)
    read = len(bound) - reasons.total()
    opened = sum(1 for each in bound if each.reason is None and _is_open(each))
    share = read / len(bound) if bound else 1.0
    dialects = ", ".join(sorted({each.model.dialect or "none" for each in bound}))
    name = path.parent.name if path.name == "repo" else path.name
    seconds = time.monotonic() - started
    print(f"{name:<44}{len(bound):>8}{read:>8}{opened:>8}{share:>8.1%}{seconds:>9.1f}  {dialects}")
    for reason, count in reasons.most_common(most):
        print(f"    {count} × {reason}")
    return share


def _models(world: RepositoryWorld) -> Iterator[BoundModel]:
    side = BoundWorld(world)
    world.watch_columns(side.columns)
    for key, model in world.models.items():
        if model.kind in (ModelKind.MODEL, ModelKind.SNAPSHOT) and not is_declared(model):
            yield side.bound(key)


def _is_open(bound: BoundModel) -> bool:
    outputs = bound.definition.outputs if bound.definition is not None else ()
    return any(output.term.op == "star" for output in outputs)


def _reason(bound: BoundModel) -> str:
    return (bound.reason or "")[:90]


if __name__ == "__main__":
    sys.exit(main())
