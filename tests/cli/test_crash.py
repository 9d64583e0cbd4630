"""What ends a run unexpectedly: one line for a person, and the whole of it for who asks."""

import errno

import pytest

from contract_gate.cli import _crash, _unwritten


@pytest.mark.parametrize("asked", ["", "1"])
def test_a_traceback_is_for_who_asks(
    asked: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """CONTRACT_GATE_TRACEBACK shows where it happened."""
    monkeypatch.setenv("CONTRACT_GATE_TRACEBACK", asked)
    try:
        raise ValueError("odd")
    except ValueError as error:
        message, _ = _crash(error)
    assert "ValueError: odd" in message
    assert ("Traceback" in capsys.readouterr().err) is bool(asked)


def test_an_output_that_fails_for_another_reason_is_a_crash() -> None:
    """Only a full disk can be mended by making room."""
    try:
        raise OSError(errno.ENOENT, "no such file")
    except OSError as error:
        message, _ = _unwritten(error)
    assert message.startswith("the run crashed")
