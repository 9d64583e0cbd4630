"""A data contract held against the models."""

import pytest

from contract_gate.app.contracts.holding import Holds, held
from contract_gate.workspace.readers.datacontract import read_contract
from contract_gate.workspace.reading import Reading, read_repository
from tests.memory import MemoryFiles

CONTRACT = (
    "apiVersion: v3.0.2\nkind: DataContract\nid: x\nname: c\nversion: 1.0.0\nschema:\n"
    "  - name: orders\n    physicalName: shop.Orders\n    properties: [{name: id}, {name: cents}]\n"
)
FILES = {"a.sql": "create table shop.Orders as select 1 as id;", "b.sql": "create table shop.orders as select 1 as id, 2 as cents;"}  # fmt: skip


@pytest.mark.parametrize(
    ("dialect", "files", "model", "holds"),
    [
        ("bigquery", FILES, "shop.Orders", Holds.BROKEN),
        ("bigquery", {"b.sql": FILES["b.sql"]}, "shop.orders", Holds.KEPT),
        ("postgres", {"a.sql": FILES["a.sql"]}, "shop.orders", Holds.BROKEN),
    ],
)
def test_the_table_that_a_contract_means(
    dialect: str, files: dict[str, str], model: str, holds: Holds
) -> None:
    """Where tables are told apart by their case, a contract means the one that it writes."""
    with read_repository(MemoryFiles(files), "head", Reading(dialect=dialect)) as world:
        (found,) = held(world, [("c.yaml", read_contract(CONTRACT))], dialect)
    assert (found.model, found.holds) == (model, holds)


@pytest.mark.parametrize(("written", "holds"), [("INTEGER", Holds.KEPT), ("NUMBER(38, 0)", Holds.KEPT), ("NUMBER(10, 0)", Holds.BROKEN)])  # fmt: skip
def test_a_type_is_what_the_engine_makes_of_it(written: str, holds: Holds) -> None:
    """Snowflake's INTEGER is NUMBER(38, 0), whichever of the two the contract and the table write."""
    contract = CONTRACT.replace("{name: id}, {name: cents}", f"{{name: id, physicalType: '{written}'}}")
    files = {"a.sql": "create table shop.orders (id int);"}
    with read_repository(MemoryFiles(files), "head", Reading(dialect="snowflake")) as world:
        (found,) = held(world, [("c.yaml", read_contract(contract))], "snowflake")
    assert found.holds == holds
