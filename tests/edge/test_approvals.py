"""What people allow: the command of a comment, and the file that the job hands over."""

import json

import pytest

from contract_gate.core.errors import UsageError
from contract_gate.edge.approvals import (
    Approval,
    Approvals,
    commands_in,
    is_addressed,
    read_approvals,
    write_approvals,
)

WHOLE = "2f0c" * 8


@pytest.mark.parametrize(
    ("comment", "told"),
    [
        (f"/contract-gate allow {WHOLE} because finance moved", [(WHOLE, "finance moved")]),
        (
            f"Fine with me.\r\n/contract-gate allow {WHOLE.upper()} because it's old  \r\nThanks",
            [(WHOLE, "it's old")],
        ),
        (
            f"/contract-gate allow {WHOLE} because a\n/contract-gate allow 12345678 because b",
            [(WHOLE, "a"), ("12345678", "b")],
        ),
        (f"> /contract-gate allow {WHOLE} because quoted", []),
        (f"please /contract-gate allow {WHOLE} because x", []),
        (f"/contract-gate allow {WHOLE}", []),
        ("/contract-gate allow everything because x", []),
        (f"/contract-gate allow {WHOLE}\nbecause x", []),
    ],
)
def test_a_command_is_a_line_of_its_own(comment: str, told: list[tuple[str, str]]) -> None:
    """With a fingerprint and a reason; a quotation is none."""
    assert list(commands_in(comment)) == told
    assert (
        is_addressed(comment) is comment.lower().replace("\r", "").startswith("/contract-gate")
        or "\n/contract-gate" in comment
    )


def test_a_file_comes_back_as_it_was_written() -> None:
    """Nothing is lost between the job and the check."""
    said = Approvals(
        author="bo",
        given=(
            Approval(login="ada", reason="r", url="u", fingerprint=WHOLE, writes=True, teams=("@acme/data",)),
            Approval(login="eve", reason="r", label="ok"),
        ),
        notes=("n",),
    )
    assert read_approvals(write_approvals(said).encode(), "a.json") == said


@pytest.mark.parametrize(
    "content",
    [
        b"[",
        b"[]",
        b"{}",
        json.dumps({"approvals": ["ada"]}).encode(),
        json.dumps({"approvals": [{"login": "ada", "reason": "r"}]}).encode(),
        json.dumps({"approvals": [{"login": "ada", "reason": "r", "label": "x", "writes": "no"}]}).encode(),
        json.dumps({"approvals": [{"login": "ada", "fingerprint": WHOLE}]}).encode(),
        json.dumps({"approvals": [{"reason": "r", "fingerprint": WHOLE}]}).encode(),
        json.dumps(
            {"approvals": [{"login": "ada", "reason": "r", "fingerprint": WHOLE, "label": "x"}]}
        ).encode(),
    ],
)
def test_what_is_not_understood_is_an_error(content: bytes) -> None:
    """No entry is read as a wider one."""
    with pytest.raises(UsageError, match="were not read"):
        read_approvals(content, "a.json")
