"""`contract_gate.app.confirmation.spending`: what a run's searches share, under a clock of the test's own."""

import pytest

from contract_gate.app.confirmation.spending import TimeBudget, cost_clock
from contract_gate.witness import Budget

WANTED = Budget(seconds=2.0, trials=100)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def shares(*used: float) -> list[float | None]:
    """Let as many models wait as seconds are given, each of which uses so many."""
    clock = Clock()
    budget, given = TimeBudget(3.0, clock), list[float | None]()
    for index, seconds in enumerate(used):
        share = budget.share(WANTED, len(used) - index)
        given.append(share.seconds if share is not None else None)
        clock.now += seconds
    return given


def test_models_share_the_run() -> None:
    """Each has its part, and what one leaves is the others'; one alone has no more than it wants."""
    assert shares(1.5, 1.5) == [1.5, 1.5]
    assert shares(0.0, 0.0) == [1.5, 2.0]
    assert shares(1.0, 1.0, 1.0) == [1.0, 1.0, 1.0]
    assert shares(1.0) == [2.0]


def test_too_many_models() -> None:
    """The first have enough to find something in; the others have nothing, so that they are named."""
    assert shares(*[0.5] * 8) == [0.5] * 6 + [None] * 2


@pytest.mark.parametrize(("number", "kept", "each"), [(2, 2, 0.5), (10, 10, 0.3), (100, 20, 0.15)])
def test_readers_share_what_is_left(number: int, kept: int, each: float) -> None:
    """As many as there is time for, each with a part of it."""
    readers, share = TimeBudget(3.0, Clock()).of_readers(number, Budget(seconds=0.5, trials=100))
    assert (readers, share.seconds) == (kept, pytest.approx(each))


def test_readers_have_their_own_and_what_is_left() -> None:
    """Searches that are over time owe nothing."""
    for spent, left in ((1.0, 2.5), (5.0, 0.5)):
        clock = Clock()
        budget = TimeBudget(3.0, clock)
        clock.now = spent
        budget.refill(0.5)
        wanted = Budget(seconds=9.0, trials=100)
        assert budget.of_readers(1, wanted)[1].seconds == pytest.approx(left)


def test_a_busy_machine_has_twice_the_time() -> None:
    """Seconds are those of the processor, and at least half of those on the wall."""
    clock, used = Clock(), Clock()
    spent = cost_clock(used, clock)
    used.now, clock.now = 1.0, 1.5
    assert spent() == 1.0
    clock.now = 4.0
    assert spent() == 2.0
