"""`catalog adoption`, against an emulator on loopback."""

import json

import pytest

from contract_gate.core.errors import CatalogError
from contract_gate.emulator.faults import Fault, FaultKind
from contract_gate.emulator.server import Server
from contract_gate.emulator.switches import read_switches
from tests.cli.catalog.invoking import invoke


@pytest.mark.parametrize(
    "switches", [[], ["accepted_answer=text"], ["accepted_answer=id"], ["page_size=2"], ["nulls=None"]]
)
def test_replies_by_owner(workspace: Server, switches: list[str]) -> None:
    """Each owner has their replies and accepted answers; a reply of two counts for both, and once in all."""
    workspace.control.switches = read_switches(switches)
    found = json.loads(invoke("adoption", "--format", "json").stdout)
    assert {one["name"]: (one["replies"], one["accepted"]) for one in found["people"]} == {
        "dana@example.com": (2, 1), "eli@example.com": (3, 1), "nobody named": (1, 0),
    }  # fmt: skip
    assert (found["replies"], found["accepted"]) == (5, 2)
    assert all(reply["id"] and reply["url"] for one in found["people"] for reply in one["reply_ids"])


def test_the_terminal(workspace: Server) -> None:
    """The most accepted are first, each with an id."""
    lines = invoke("adoption").output.splitlines()
    dana = next(user.id for user in workspace.store.users.values() if user.email == "dana@example.com")
    assert lines[1].split() == ["2", "replies", "1", "accepted", "dana@example.com", dana]
    assert lines[-1] == "5 replies in all, 2 accepted"


@pytest.mark.parametrize("fault", [FaultKind.STATUS_404, FaultKind.EMPTY, FaultKind.ERROR_OBJECT])
def test_a_deployment_without_questions(workspace: Server, fault: FaultKind) -> None:
    """No answer is an error, and no count of 0."""
    workspace.control.inject(Fault(kind=fault, route="question/*"))
    result = invoke("adoption")
    assert isinstance(result.exception, CatalogError)
    assert "in all" not in result.output
