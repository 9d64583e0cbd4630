"""`catalog migrate-docs`, against an emulator on loopback."""

import json

import pytest

from contract_gate.core.errors import CatalogError, UsageError
from contract_gate.emulator.faults import Fault, FaultKind
from contract_gate.emulator.seed import store_from_json
from contract_gate.emulator.server import Server, running
from contract_gate.emulator.switches import read_switches
from contract_gate.emulator.values import Entity
from tests.cli.catalog.invoking import invoke

MOVE = ("migrate-docs", "--from", "Old", "--to", "new")


def writes(server: Server) -> int:
    return sum(request.method != "GET" for request in server.control.requests)


def new(server: Server, name: str) -> Entity:
    return server.store.table(f"WAREHOUSE.MARTS.{name}")


@pytest.mark.parametrize("switches", [[], ["typed_lists=off"], ["page_size=2"], ["filters=in-only"]])
def test_what_is_written_moves(workspace: Server, switches: list[str]) -> None:
    """Every field goes to the table and column of the same name, is read back, and a second run has nothing to do."""
    workspace.control.switches = read_switches(switches)
    told = json.loads(invoke(*MOVE, "--yes", "--format", "json").stdout)
    orders = new(workspace, "ORDERS")
    dana = next(user.id for user in workspace.store.users.values() if user.email == "dana@example.com")
    assert (orders.description, orders.tags, orders.owners) == ("What was sold.", ("core",), (dana,))
    assert workspace.store.column("WAREHOUSE.MARTS.ORDERS", "id").description == "The key."
    assert workspace.store.column("WAREHOUSE.MARTS.ORDERS", "email").pii
    assert {one["state"] for one in told["copies"]} == {"written"}
    before = writes(workspace)
    again = json.loads(invoke(*MOVE, "--yes", "--format", "json").stdout)
    assert all(one["state"] == "kept" for one in again["copies"])
    assert writes(workspace) == before


def test_nothing_is_overwritten_and_nothing_lost(workspace: Server) -> None:
    """What differs is kept and told, and so is what has no place."""
    told = json.loads(invoke(*MOVE, "--yes", "--format", "json").stdout)
    customers = new(workspace, "CUSTOMERS")
    assert (customers.description, customers.definition) == ("Ours.", "Without tests.")
    assert [one["kept"] for one in told["copies"] if one["to"]["id"] == customers.id] == [["description"]]
    assert {one["name"].rpartition(".")[2] for one in told["unmatched"]} == {"retired", "old_only"}
    assert (told["tables_matched"], told["same_already"]) == (2, 1)
    assert workspace.store.table("legacy.marts.orders").description == "What was sold."


def test_a_dry_run_and_a_no(workspace: Server) -> None:
    """Neither writes anything; both show the plan with ids and addresses."""
    shown = invoke(*MOVE, "--dry-run").output
    assert "+ description: What was sold." in shown
    assert new(workspace, "ORDERS").id in shown
    assert isinstance(invoke(*MOVE, answer="n\n").exception, UsageError)
    assert writes(workspace) == 0


def test_two_tables_of_one_name(workspace: Server) -> None:
    """Where two tables have the schema and the name, none is guessed."""
    from dataclasses import replace

    twin = replace(new(workspace, "ORDERS"), id="twin", path=("OTHER", "MARTS", "ORDERS"))
    workspace.store.add(twin)
    told = json.loads(invoke(*MOVE, "--yes", "--format", "json").stdout)
    assert any("twin" in one["why"] for one in told["unmatched"])
    assert new(workspace, "ORDERS").description is None


def _moved(workspace: Server) -> None:
    """Give the new tables another schema."""
    from dataclasses import replace

    for entity in list(workspace.store.entities.values()):
        if entity.path[:2] == ("WAREHOUSE", "MARTS"):
            path = ("WAREHOUSE", "GOLD", *entity.path[2:])
            workspace.store.entities[entity.id] = replace(entity, path=path)


def test_a_schema_with_another_name(workspace: Server) -> None:
    """Where the schema is called otherwise in the new source, `--schema` says so; without it nothing matches."""
    _moved(workspace)
    lost = json.loads(invoke(*MOVE, "--dry-run", "--format", "json").stdout)
    assert lost["tables_matched"] == 0
    told = json.loads(
        invoke(*MOVE, "--schema", "Marts=GOLD", "--yes", "--format", "json").stdout,
    )
    assert told["tables_matched"] == 2
    assert workspace.store.table("WAREHOUSE.GOLD.ORDERS").description == "What was sold."


@pytest.mark.parametrize("given", [["marts"], ["marts="], ["=gold"], ["marts=a", "marts=b"], ["mart=gold"]])
def test_a_schema_that_is_not_said(workspace: Server, given: list[str]) -> None:
    """What names no two schemas, two for one, or one that the old source lacks is a usage error, and nothing is written."""
    options = [part for one in given for part in ("--schema", one)]
    assert isinstance(invoke(*MOVE, *options, "--yes").exception, UsageError)
    assert writes(workspace) == 0


@pytest.mark.parametrize("names", [("Old", "Old"), ("Old", "Nowhere")])
def test_integrations_that_are_not_two(workspace: Server, names: tuple[str, str]) -> None:
    """An unknown integration and the same one twice are usage errors."""
    assert isinstance(invoke("migrate-docs", "--from", names[0], "--to", names[1]).exception, UsageError)


@pytest.mark.parametrize("switch", ["filters=ignored", "later_pages=404"])
def test_a_list_that_is_not_known_plans_nothing(workspace: Server, switch: str) -> None:
    """A list of others' tables, or one that lost its pages, is no plan."""
    workspace.control.switches = read_switches([switch, "page_size=2"])
    assert isinstance(invoke(*MOVE, "--yes").exception, CatalogError)
    assert writes(workspace) == 0


def test_a_write_that_fails(workspace: Server) -> None:
    """What was not written is told and fails the run; the rest is written, and the next run does what is left."""
    target = new(workspace, "ORDERS")
    workspace.control.inject(
        Fault(kind=FaultKind.STATUS_403, route=f"table/tables/{target.id}", method="PATCH", times=1)
    )
    result = invoke(*MOVE, "--yes")
    assert isinstance(result.exception, CatalogError)
    assert f"failed  table WAREHOUSE.MARTS.ORDERS  {target.id}" in result.output
    assert new(workspace, "CUSTOMERS").definition == "Without tests."
    assert invoke(*MOVE, "--yes").exit_code == 0
    assert new(workspace, "ORDERS").description == "What was sold."


def test_a_write_that_does_not_stick(workspace: Server) -> None:
    """What is not there when it is read back was not written."""
    workspace.control.inject(Fault(kind=FaultKind.EMPTY, method="PATCH"))
    error = invoke(*MOVE, "--yes").exception
    assert isinstance(error, CatalogError)
    assert "read back" in error.message


def test_many_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """The columns of many tables are asked for together: fifty tables of each side take no more requests than one."""

    def planned(tables: int, *switches: str) -> tuple[int, int]:
        def side(name: str, **fields: str) -> dict[str, object]:
            inside = [
                {"name": f"t{number}", "columns": [{"name": "id", **fields}]} for number in range(tables)
            ]
            return {"name": name, "integration": name, "schemas": [{"name": "s", "tables": inside}]}

        seed = {
            "users": [{"email": "ada@example.com", "role": "admin", "key": "emulator-admin"}],
            "integrations": [{"name": name, "type": "postgres"} for name in ("Old", "New")],
            "databases": [side("Old", description="The key."), side("New")],
        }
        with running(store_from_json(json.dumps(seed)), read_switches(switches)) as server:
            monkeypatch.setenv("SECODA_API_KEY", "emulator-admin")
            monkeypatch.setenv("SECODA_API_URL", server.url)
            told = json.loads(invoke(*MOVE, "--dry-run", "--format", "json").stdout)
            return len(told["copies"]), len(server.control.requests)

    (one, few), (fifty, more) = planned(1), planned(50)
    assert (one, fifty) == (1, 50)
    assert more <= few + 3
    assert planned(50, "page_size_parameter=off")[0] == 50
