"""How much of a check goes into finding readers: `python bench/reader_share.py check --base A --head B --offline …`.

Runs the command line in this process and prints the CPU seconds of finding (looking for words, reading files, telling what names in
them mean), those of the whole process from its start with its children, and the share. What is bound of the readers that were found is not among them.
"""

import os
import sys
import time
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from contract_gate.cli import main
from contract_gate.workspace.readers.project import ReaderFiles

T = TypeVar("T")
_STEPS = ("__init__", "naming", "readers", "touched", "open", "find", "rivals")


class _Finding:
    """Adds up the CPU seconds of steps; one within another counts once."""

    def __init__(self) -> None:
        self.seconds, self._depth = 0.0, 0

    def timed(self, step: Callable[..., T]) -> Callable[..., T]:
        @wraps(step)
        def timed(*args: object, **named: object) -> T:
            began = time.process_time()
            self._depth += 1
            try:
                return step(*args, **named)
            finally:
                self._depth -= 1
                self.seconds += time.process_time() - began if not self._depth else 0.0

        return timed


def share() -> None:
    finding = _Finding()
    for name in _STEPS:
        setattr(ReaderFiles, name, finding.timed(getattr(ReaderFiles, name)))
    try:
        main()
    finally:
        whole = sum(os.times()[:4])
        print(f"{finding.seconds:.2f} {whole:.2f} {finding.seconds / whole:.3f}", file=sys.stderr)


if __name__ == "__main__":
    share()
