"""Deployments that differ from the documentation, a switch of the emulator each: the same answer, or an error that says what is missing."""

import json
from collections.abc import Iterator
from dataclasses import fields
from enum import StrEnum

import pytest

from contract_gate.emulator.server import Server
from contract_gate.emulator.switches import Switches, read_switches
from tests.cli.running import run

NUMBERS = {"page_size": 2, "preview_limit": 200, "write_limit": 1000}
"""Other values of switches that are numbers; the rest of these say how a refusal looks, and have tests of their own."""


def alternatives() -> Iterator[str]:
    """Give every other value of every switch that is a choice, but for the one that takes lineage out of the catalog."""
    for switch in fields(Switches):
        if switch.name == "column_rows":
            continue
        usual = getattr(Switches(), switch.name)
        match usual:
            case bool():
                yield f"{switch.name}={'off' if usual else 'on'}"
            case StrEnum():
                yield from (f"{switch.name}={other.value}" for other in type(usual) if other != usual)
            case int() if switch.name in NUMBERS:
                yield f"{switch.name}={NUMBERS[switch.name]}"


def readers(*arguments: str) -> set[tuple[str, str | None, int]] | None:
    """Give who is reached, by which column and how far; None where the command says that it does not know."""
    ran = run(*arguments, "--format", "json")
    if ran.code == 3:
        assert ran.err.startswith(("error: ", "note: ")), ran
        return None
    assert ran.code == 0, ran
    found = json.loads(ran.out)["reached"]
    return {(one["asset"]["name"], one["column"], one["distance"]) for one in found}


@pytest.mark.parametrize("switch", tuple(alternatives()))
def test_another_deployment(shop: Server, switch: str) -> None:
    """Nobody is lost without a word, whatever a deployment makes of filters, pages, rows and nulls."""
    usual = readers("downstream", "shop.raw.raw_payments")
    assert usual
    shop.control.switches = read_switches([switch])
    found = readers("downstream", "shop.raw.raw_payments")
    assert found == (None if switch == "filters=ignored" else usual)
