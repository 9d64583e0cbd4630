"""`catalog lineage`, against an emulator on loopback."""

import json

import pytest
from click.testing import Result

from contract_gate.catalogs.secoda.errors import FilterIgnored, Refused
from contract_gate.core.errors import CatalogError, UsageError
from contract_gate.emulator.faults import Fault, FaultKind
from contract_gate.emulator.server import Server
from contract_gate.emulator.switches import read_switches
from tests.cli.catalog.invoking import invoke


def run(*arguments: str, answer: str | None = None) -> Result:
    return invoke("lineage", *arguments, answer=answer)


def rows(*arguments: str) -> list[dict[str, dict[str, str]]]:
    result = run("list", *arguments, "--format", "json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)["rows"]


def ends() -> tuple[str, str]:
    """Two tables of the shop, the second of which does not read the first."""
    known = {end["name"].lower(): end["id"] for row in rows() for end in (row["from"], row["to"])}
    return known["shop.marts.orders"], known["shop.raw.raw_orders"]


@pytest.mark.parametrize("switches", [[], ["row_shape=old"], ["filters=in-only"], ["page_size=5"]])
def test_lists_what_is_asked_for(shop: Server, switches: list[str]) -> None:
    """Only rows of the entity and the direction asked for are listed, of every page, with names."""
    orders, _ = ends()
    shop.control.switches = read_switches(switches)
    found = rows("--from", orders, "--direction", "downstream")
    assert {row["from"]["name"].lower() for row in found} == {"shop.marts.orders"}
    assert {row["to"]["kind"] for row in found} >= {"table"}


def test_lists_what_leads_to_an_entity(shop: Server) -> None:
    """`--to` keeps the rows that end in it."""
    orders, _ = ends()
    found = rows("--to", orders)
    assert {row["to"]["name"].lower() for row in found} == {"shop.marts.orders"}
    assert len({row["from"]["id"] for row in found}) > 1


def test_one_page(shop: Server) -> None:
    """A page has its rows alone, and other ones than the page before."""
    shop.control.switches = read_switches(["page_size=5"])
    first, second = ([row["id"] for row in rows("--page", number)] for number in ("1", "2"))
    assert len(first) == len(second) == 5
    assert not {*first} & {*second}


def test_an_ignored_filter_is_no_answer(shop: Server) -> None:
    """Rows of other entities are never shown as those asked for."""
    orders, _ = ends()
    shop.control.switches = read_switches(["filters=ignored"])
    assert isinstance(run("list", "--from", orders).exception, FilterIgnored)


def test_a_list_in_part(shop: Server) -> None:
    """What came is shown, and a list that lost its pages is no success."""
    shop.control.switches = read_switches(["page_size=5", "later_pages=404"])
    result = run("list")
    assert isinstance(result.exception, CatalogError)
    assert "downstream" in result.output


@pytest.mark.parametrize(
    "switches", [[], ["create_routes=old"], ["create_routes=new"], ["mirrored_rows=false"]]
)
def test_added_shown_and_deleted(shop: Server, switches: list[str]) -> None:
    """A row is read back when it was added, added once, shown by its id, and gone when it was deleted."""
    start, end = ends()
    shop.control.switches = read_switches(switches)
    added = json.loads(run("add", start, end, "--format", "json").stdout)["rows"]
    assert "stands already" in run("add", start, end).output
    down = next(row["id"] for row in added if row["direction"] == "downstream")
    assert start in run("get", down).output
    assert run("delete", down, "--yes").exit_code == 0
    assert isinstance(run("get", down).exception, Refused)


@pytest.mark.parametrize("answer", ["n\n", None])
def test_nothing_is_deleted_unless_someone_agrees(shop: Server, answer: str | None) -> None:
    """A no, and nobody there to answer, keep the row."""
    identity = str(rows()[0]["id"])
    assert isinstance(run("delete", identity, answer=answer).exception, UsageError)
    assert run("get", identity).exit_code == 0
    assert run("delete", identity, answer="y\n").exit_code == 0


def test_what_was_deleted_and_cannot_be_read_back(shop: Server) -> None:
    """That it was deleted is said with what is not known."""
    identity = str(rows()[0]["id"])
    shop.control.switches = read_switches(["filters=ignored"])
    error = run("delete", identity, "--yes").exception
    assert isinstance(error, CatalogError)
    assert f"took the deletion of {identity}, and it can't be read back" in error.message


def test_an_unknown_entity(shop: Server) -> None:
    """Lineage to what the catalog does not have is not asked for."""
    start, _ = ends()
    before = len(rows())
    assert isinstance(run("add", start, "nobody").exception, UsageError)
    assert len(rows()) == before


@pytest.mark.parametrize("kind", [FaultKind.STATUS_401, FaultKind.EMPTY, FaultKind.HTML])
def test_a_fault(shop: Server, kind: FaultKind) -> None:
    """What can't be read ends the command with an error, and nothing is deleted."""
    identity = str(rows()[0]["id"])
    shop.control.inject(Fault(kind=kind))
    assert isinstance(run("delete", identity, "--yes").exception, CatalogError)
    shop.control.clear_faults()
    assert run("get", identity).exit_code == 0
