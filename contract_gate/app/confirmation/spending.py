"""The clock of a run: what its searches may still cost, and whom it had to leave out."""

import time
from collections.abc import Callable
from dataclasses import replace

from contract_gate.app.confirmation.questions import Subject
from contract_gate.core.deadline import current
from contract_gate.witness import Budget

_LEAST = 0.5


class TimeBudget:
    """Seconds that all searches of a run share. `clock` gives seconds."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.seconds = min(seconds, current().left)
        self._end = clock() + self.seconds
        self.cut_off: list[Subject] = []

    def budget(self, wanted: Budget) -> Budget | None:
        """Give what one search may cost; None where too little is left for any."""
        left = self._end - self._clock()
        return replace(wanted, seconds=min(wanted.seconds, left)) if left >= _LEAST else None

    def affordable(self, number: int, wanted: Budget) -> int:
        """Give how many of `number` readers there is time for, should each take all that it may."""
        left = self._end - self._clock()
        return min(number, max(int(left / wanted.seconds), 0))

    def refill(self, seconds: float) -> None:
        """Start another account."""
        self._end = self._clock() + min(seconds, current().left)

    def cut(self, subject: Subject) -> None:
        """Remember a model that no search was made for."""
        self.cut_off.append(subject)
