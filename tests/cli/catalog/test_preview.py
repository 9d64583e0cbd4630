"""`catalog preview`, against an emulator on loopback."""

import json
import subprocess
from pathlib import Path

import pytest

from contract_gate.core.errors import CatalogError, UsageError
from contract_gate.emulator.server import Server
from contract_gate.emulator.switches import read_switches
from tests.cli.catalog.invoking import invoke

SQL = """-- what the shop sold
create view shop.marts.orders as
select o.order_id, p.amount from shop.staging.stg_orders o join shop.staging.stg_payments p on p.order_id = o.order_id;
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "orders.sql"
    path.write_text(SQL)
    return str(path)


def test_what_the_catalog_reads(shop: Server, file: str) -> None:
    """Target, sources and pairs of columns come with their ids and addresses; nothing is written."""
    found = json.loads(invoke("preview", file, "--dialect", "postgres", "--format", "json").stdout)
    assert found["target"]["id"] == shop.store.table("shop.marts.orders").id
    assert {one["name"].lower() for one in found["sources"]} == {
        "shop.staging.stg_orders", "shop.staging.stg_payments",
    }  # fmt: skip
    pairs = {(pair["from"]["id"], pair["to"]["id"]) for pair in found["columns"]}
    ends = [
        shop.store.column(f"shop.{name}", "amount").id for name in ("staging.stg_payments", "marts.orders")
    ]
    assert tuple(ends) in pairs
    assert {request.method for request in shop.control.requests} == {"GET"}
    assert "reads table shop.staging.stg_orders" in invoke("preview", file, "--dialect", "postgres").output


@pytest.mark.parametrize("switch", ["unknown_target=null", "unknown_target=absent"])
def test_what_the_catalog_does_not_know(shop: Server, tmp_path: Path, switch: str) -> None:
    """A target and sources that it does not have are said to be unknown."""
    shop.control.switches = read_switches([switch])
    (tmp_path / "x.sql").write_text("create table a.b as select 1 as one from c.d")
    assert (
        "makes nothing that the catalog knows"
        in invoke("preview", str(tmp_path / "x.sql"), "--dialect", "postgres").output
    )


@pytest.mark.parametrize("switch", ["dialects=bigquery", "preview_limit=10"])
def test_what_it_refuses(shop: Server, file: str, switch: str) -> None:
    """A statement that the deployment refuses is an error that says so."""
    shop.control.switches = read_switches([switch])
    error = invoke("preview", file, "--dialect", "postgres").exception
    assert isinstance(error, CatalogError)
    assert "did not read" in error.message


def test_no_file(shop: Server) -> None:
    """A file that is not there is a usage error, and nobody is asked."""
    assert isinstance(invoke("preview", "nowhere.sql").exception, UsageError)
    assert not shop.control.requests


def test_without_a_dialect(shop: Server, file: str) -> None:
    """Secoda wants one: where none is known nobody is asked, and the key to set is named."""
    error = invoke("preview", file).exception
    assert isinstance(error, CatalogError)
    assert "set `dialect`" in error.message
    assert not shop.control.requests


DBT = {
    "dbt_project.yml": "name: shop\nprofile: shop\n",
    "contract-gate.toml": 'dialect = "postgres"\n[target]\ndatabase = "shop"\nschema = "marts"\n',
    "models/orders.sql": "select order_id, amount from {{ ref('paid') }}\n",
    "models/paid.sql": "{{ config(materialized='ephemeral') }} select order_id, amount from shop.staging.stg_payments\n",
    "models/hole.sql": "{{ some_package.pivot(ref('orders')) }}\n",
}


@pytest.fixture
def project(tmp_path: Path) -> None:
    for path, content in DBT.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(content)
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)


def test_a_template(shop: Server, project: None) -> None:
    """Of a project's model what `sync` would send is read: its own name, and what it reads through ephemeral ones."""
    found = json.loads(invoke("preview", "models/orders.sql", "--format", "json").stdout)
    assert found["target"]["name"] == "shop.marts.orders"
    assert [one["name"] for one in found["sources"]] == ["shop.staging.stg_payments"]


@pytest.mark.parametrize(
    ("file", "said"), [("models/paid.sql", "is ephemeral"), ("models/hole.sql", "some_package.pivot")]
)
def test_a_template_of_which_nothing_is_sent(shop: Server, project: None, file: str, said: str) -> None:
    """The reason is told, and nobody is asked."""
    error = invoke("preview", file).exception
    assert isinstance(error, UsageError)
    assert said in error.message
    assert not shop.control.requests


def test_a_bare_query(shop: Server, tmp_path: Path) -> None:
    """The table that it makes is named by its id, and what completes names comes with it."""
    (tmp_path / "query.sql").write_text("select payment_id as order_id, amount from stg_payments")
    identity = shop.store.table("shop.marts.orders").id
    flags = ("--dialect", "postgres", "--format", "json")
    bare = json.loads(invoke("preview", "query.sql", *flags).stdout)
    assert bare["target"] is None
    for schema, sources in (("staging", ["shop.staging.stg_payments"]), ("raw", [])):
        places = ("--default-database", "shop", "--default-schema", schema)
        found = json.loads(invoke("preview", "query.sql", *flags, "--table-id", identity, *places).stdout)
        assert found["target"]["id"] == identity
        assert [one["name"] for one in found["sources"]] == sources
