"""`catalog stale`, against an emulator on loopback."""

import csv
import io
import json
from typing import Any

import pytest

from contract_gate.core.errors import CatalogError
from contract_gate.emulator.server import Server
from contract_gate.emulator.switches import read_switches
from tests.cli.catalog.invoking import invoke


@pytest.mark.parametrize(
    "switches",
    [
        [],
        ["nulls=None"],
        ["typed_lists=off"],
        ["page_size=2"],
        ["filters=ignored", "typed_lists=on"],
        ["count_sentinel=on"],
    ],
)
def test_dashboards_that_nobody_uses(workspace: Server, switches: list[str]) -> None:
    """Those whose views and users are 0 or not counted are listed with their reasons; 0 is told from what nobody counts."""
    workspace.control.switches = read_switches(switches)
    found = json.loads(invoke("stale", "--format", "json").stdout)
    told = {one["name"]: one for one in found["dashboards"]}
    assert {name: one["use"] for name, one in told.items()} == {
        "Unused": "unused", "=cmd()": "unused", "Nobody counts": "not-counted",
    }  # fmt: skip
    assert (found["seen"], found["archived"], found["missing"]) == (7, 1, None)
    unused = told["Unused"]
    assert (unused["owners"], unused["url"]) == (["dana@example.com"], "https://bi.example.com/unused")
    assert any(reason.startswith("unchanged for ") for reason in unused["reasons"])
    assert "its views in the source are not counted" in told["Nobody counts"]["reasons"]


def test_the_terminal_and_the_table(workspace: Server) -> None:
    """Both have ids and addresses; a cell that a spreadsheet would run is text."""
    text = invoke("stale").output
    identity = workspace.store.named("dashboard", "unused").id
    assert f"unused  Unused  owned by dana@example.com  {identity}  https://bi.example.com/unused" in text
    assert "3 of 7 dashboards may go, 1 archived left out" in text
    rows = list(csv.DictReader(io.StringIO(invoke("stale", "--format", "csv").stdout)))
    assert {row["name"] for row in rows} == {"Unused", "Nobody counts", "'=cmd()"}


def test_unchanged_for_so_long(workspace: Server) -> None:
    """What was changed lately stays out, what nobody dates does not."""
    found = json.loads(invoke("stale", "--unchanged-days", "100", "--format", "json").stdout)
    assert {one["name"] for one in found["dashboards"]} == {"Unused", "Nobody counts"}


def test_a_list_in_part(workspace: Server) -> None:
    """What came is shown, and the command fails."""
    workspace.control.switches = read_switches(["page_size=4", "later_pages=404"])
    result = invoke("stale")
    assert isinstance(result.exception, CatalogError)
    assert "Unused" in result.output


def test_unchanged_to_the_day(workspace: Server) -> None:
    """A dashboard that was changed exactly so many days ago is unchanged for so many, and not for one more."""
    (unused,) = [one for one in stale() if one["name"] == "Unused"]
    (told,) = [reason for reason in unused["reasons"] if reason.startswith("unchanged for ")]
    age = int(told.split()[2].replace(",", ""))
    assert "Unused" in {one["name"] for one in stale("--unchanged-days", str(age))}
    assert "Unused" not in {one["name"] for one in stale("--unchanged-days", str(age + 1))}


def stale(*options: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(invoke("stale", *options, "--format", "json").stdout)[
        "dashboards"
    ]
    return found
