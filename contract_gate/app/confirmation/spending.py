"""The clock of a run: what its searches may still cost, and whom it had to leave out."""

import time
from collections.abc import Callable
from dataclasses import replace

from contract_gate.app.confirmation.questions import Subject
from contract_gate.core.deadline import current
from contract_gate.witness import Budget

_LEAST = 0.5
"""Seconds below which a search finds too little to be begun."""
_LEAST_OF_READER = 0.15


def cost_clock(used: Callable[[], float], clock: Callable[[], float] = time.monotonic) -> Callable[[], float]:
    """Count seconds as budgets do: those of the processor that were `used`, and at least half of those on the wall."""
    start = clock()
    return lambda: max(used(), (clock() - start) / 2)


class TimeBudget:
    """Seconds that all searches of a run share. `clock` gives seconds."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.seconds = min(seconds, current().left)
        self._end = clock() + self.seconds
        self.cut_off: list[Subject] = []

    @property
    def _left(self) -> float:
        return self._end - self._clock()

    def share(self, wanted: Budget, waiting: int) -> Budget | None:
        """Give what one search may cost while so many wait, itself among them; None where too little is left for any.

        What one does not use is there for the others.
        """
        left = self._left
        if left < _LEAST:
            return None
        return replace(wanted, seconds=min(wanted.seconds, left, max(left / waiting, _LEAST)))

    def of_readers(self, number: int, wanted: Budget) -> tuple[int, Budget]:
        """Give how many of `number` readers there is time for, and what each may cost."""
        kept = min(number, max(int(self._left / _LEAST_OF_READER), 0))
        return kept, replace(wanted, seconds=min(wanted.seconds, self._left / max(kept, 1)))

    def refill(self, seconds: float) -> None:
        """Add to what is left, if anything is."""
        self._end = self._clock() + min(max(self._left, 0.0) + seconds, current().left)

    def cut(self, subject: Subject) -> None:
        """Remember a model that no search was made for."""
        self.cut_off.append(subject)
