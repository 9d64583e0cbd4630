"""Faults while one file is read."""

import pytest

from contract_gate.core.deadline import OutOfTimeError
from contract_gate.core.faults import contained


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (RecursionError("maximum depth"), "it is nested too deeply"),
        (MemoryError(), "it needs more memory than there is"),
    ],
)
def test_a_file_that_asks_for_too_much(fault: Exception, said: str) -> None:
    """It is a problem of this file alone, in words for its author."""
    problems: dict[str, str] = {}
    with contained(problems, "a.sql"):
        raise fault
    assert problems == {"a.sql": said}


def test_time_that_is_over_ends_more_than_a_file() -> None:
    """What ends a run is no file's problem."""
    problems: dict[str, str] = {}
    with pytest.raises(OutOfTimeError), contained(problems, "a.sql"):
        raise OutOfTimeError("over")
    assert problems == {}
