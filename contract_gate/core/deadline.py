"""How long a run may take: one deadline, in sight of every step without being a parameter of each.

What may go on for long asks `checkpoint` as it goes; whoever can do without the answer catches `OutOfTimeError` and says
what was left undone. The clock is read here, so that the core reads none. Where no deadline was set, there is none.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import inf

from contract_gate.core.errors import ContractGateError
from contract_gate.core.values import dataclass, replace

Clock = Callable[[], float]


class OutOfTimeError(Exception):
    """The time for this step is over. The message says which time that was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """A moment of the clock. `reason` says in words what is over then."""

    ends: float
    reason: str
    clock: Clock = time.monotonic

    @property
    def left(self) -> float:
        """Give the seconds that are left, none below zero."""
        return max(self.ends - self.clock(), 0.0)

    @property
    def is_over(self) -> bool:
        """Tell whether the time is over."""
        return self.clock() >= self.ends


_NEVER = Deadline(ends=inf, reason="")
_CURRENT: ContextVar[Deadline] = ContextVar("contract_gate_deadline", default=_NEVER)
_STEP: ContextVar[Deadline] = ContextVar("contract_gate_step", default=_NEVER)


def current() -> Deadline:
    """Give the deadline that holds here."""
    return _CURRENT.get()


@contextmanager
def within(seconds: float, reason: str, clock: Clock | None = None) -> Iterator[Deadline]:
    """Let what is inside end after so many seconds, or with the deadline around it, whichever comes first.

    `clock` gives seconds; without one it is that of the deadline around it.
    """
    outer = _CURRENT.get()
    clock = clock or outer.clock
    own = Deadline(ends=clock() + seconds, reason=reason, clock=clock)
    token = _CURRENT.set(own if own.ends < outer.ends else outer)
    try:
        yield own
    finally:
        _CURRENT.reset(token)


@contextmanager
def whole_run(seconds: int, undone: str) -> Iterator[None]:
    """Let a run take so many seconds, and no more than it is given from around it. ContractGateError where it is cut: `undone` says what did not happen.

    Whoever can make something of a part stops that error inside.
    """
    try:
        with within(seconds, f"the {seconds} seconds for the whole run were over"):
            yield
    except OutOfTimeError as error:
        raise ContractGateError(
            f"{undone}: {error}", "give it more time: `time-limit` in contract-gate.toml at the base"
        ) from error


@contextmanager
def apart(seconds: float, reason: str) -> Iterator[None]:
    """Let a step take so many seconds of the run's time. A step inside of another has its own, which the outer does not lose."""
    outer, clock = _STEP.get(), _CURRENT.get().clock
    began = clock()
    token = _STEP.set(Deadline(ends=began + seconds, reason=reason, clock=clock))
    try:
        yield
    finally:
        _STEP.reset(token)
        if outer is not _NEVER:
            _STEP.set(replace(outer, ends=outer.ends + clock() - began))


def left() -> float:
    """Give the seconds that are left here, of the run's time and of the step's."""
    return min(_CURRENT.get().left, _STEP.get().left)


def checkpoint() -> None:
    """Raise OutOfTimeError where the time of the run or of the step is over."""
    for deadline in (_CURRENT.get(), _STEP.get()):
        if deadline is not _NEVER and deadline.is_over:
            raise OutOfTimeError(deadline.reason)
