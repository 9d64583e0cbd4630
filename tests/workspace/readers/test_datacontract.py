"""Data contracts as readers: what they promise breaks with the column, its type, NULLs and doubled values; the rest is left in peace."""

from pathlib import Path

import pytest

from contract_gate.workspace.readers.datacontract import read_contract
from tests.e2e.project import Project

ODCS = """\
apiVersion: v3.0.2
kind: DataContract
id: 53581432-6c55-4ba2-a65f-72344a91553a
name: orders
version: 1.2.0
status: active
servers:
  - server: production
    type: postgres
    database: prod
    schema: marts
schema:
  - name: orders
    physicalName: orders
    properties:
      - name: order_id
        logicalType: integer
        primaryKey: true
        required: true
      - name: amount
        logicalType: number
        physicalType: numeric
team:
  - username: ada@example.com
    role: Owner
"""
DCS = """\
dataContractSpecification: 1.1.0
id: orders
info:
  title: Orders
  version: 2.0.0
  owner: sales
models:
  orders:
    type: table
    fields:
      order_id: {type: integer, required: true, unique: true}
      amount: {type: decimal}
"""
BASE = {
    "contract-gate.toml": 'dialect = "postgres"\n',
    "raw.sql": "create table shop.raw (id integer not null primary key, cents numeric, note text);\n",
    "orders.sql": "create view shop.orders as\nselect id as order_id, cents as amount, note from shop.raw;\n",
}


@pytest.fixture
def repository(tmp_path: Path) -> Project:
    return Project(tmp_path / "repository").start()


@pytest.mark.parametrize(
    ("text", "name", "line", "owners"),
    [(ODCS, "orders 1.2.0", 20, ["ada@example.com"]), (DCS, "Orders 2.0.0", 12, ["sales"])],
    ids=["ODCS", "DCS"],
)
def test_a_promised_column_goes(
    repository: Project, text: str, name: str, line: int, owners: list[str]
) -> None:
    """The contract breaks, with its version and owner, at the line that promises the column; its schema is production's."""
    repository.commit({**BASE, "contracts/orders.yaml": text})
    repository.pull_request({"orders.sql": BASE["orders.sql"].replace("cents as amount, ", "")})
    ran = repository.check("--offline", "--no-witness")
    assert ran.code == 1
    (impact,) = ran.report["impacts"]
    assert impact["consumer"] == impact["consumer"] | {"kind": "contract", "name": name, "owners": owners}
    assert (impact["effect"], impact["location"]["path"], impact["location"]["line"]) == (
        "breaks",
        "contracts/orders.yaml",
        line,
    )


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (("cents as amount", "cast(cents as text) as amount"), "it promises `amount` as"),
        (("note from", "upper(note) as note from"), None),
        (("cents as amount", "cents as amount, 1 as more"), None),
    ],
    ids=["type", "values of what is not promised", "another column"],
)
@pytest.mark.parametrize("text", [ODCS, DCS], ids=["ODCS", "DCS"])
def test_what_else_is_promised(
    repository: Project, text: str, edit: tuple[str, str], reason: str | None
) -> None:
    """Another type, a NULL and a value that occurs twice break it; what it says nothing of does not."""
    repository.commit({**BASE, "contracts/orders.yaml": text})
    repository.pull_request({"orders.sql": BASE["orders.sql"].replace(*edit)})
    ran = repository.check("--offline", "--no-witness")
    broken = [one["reason"] for one in ran.report["impacts"] if one["effect"] == "breaks"]
    assert [reason in said for said in broken] == ([True] if reason else []), ran.report["impacts"]


def test_a_column_that_may_be_null(repository: Project) -> None:
    """An outer join breaks the promise of a required column on its other side."""
    of = "create view shop.orders as\nselect r.id as order_id, q.cents as amount\nfrom shop.raw q {} shop.raw r on r.id = q.id;\n"
    repository.commit({**BASE, "orders.sql": of.format("join"), "contracts/orders.yaml": ODCS})
    repository.pull_request({"orders.sql": of.format("left join")})
    ran = repository.check("--offline", "--no-witness")
    assert [
        "is never NULL" in one["reason"] for one in ran.report["impacts"] if one["effect"] == "breaks"
    ] == [True]


def test_a_value_that_occurs_once(repository: Project) -> None:
    """A finer grain breaks the promise of a key."""
    by = "create view shop.orders as\nselect id as order_id, sum(cents) as amount from shop.raw group by id{};\n"
    repository.commit({**BASE, "orders.sql": by.format(""), "contracts/orders.yaml": ODCS})
    repository.pull_request({"orders.sql": by.format(", note")})
    ran = repository.check("--offline", "--no-witness")
    assert ["occurs once" in one["reason"] for one in ran.report["impacts"] if one["effect"] == "breaks"] == [
        True
    ]


def test_what_is_no_contract() -> None:
    """Other YAML is none."""
    assert read_contract("version: 2\nmodels: []\n") is None


def test_a_contract_that_ended(repository: Project) -> None:
    """A retired contract holds nobody to anything."""
    repository.commit({**BASE, "contracts/orders.yaml": ODCS.replace("status: active", "status: retired")})
    repository.pull_request({"orders.sql": BASE["orders.sql"].replace("cents as amount, ", "")})
    assert repository.check("--offline").code == 0


@pytest.mark.parametrize("engine", ["custom", "s3", "denodo", "bigquery", "synapse"])
def test_any_server(repository: Project, engine: str) -> None:
    """A contract breaks whatever its server is called, also by a name that needs the repository's own quotes."""
    contract = ODCS.replace("type: postgres", f"type: {engine}").replace("name: amount", "name: total amount")
    orders = "create view marts.orders as select id as order_id, cents as `total amount` from shop.raw;\n"
    settings = {"contract-gate.toml": 'dialect = "bigquery"\n'}
    repository.commit({**settings, "orders.sql": orders, "orders.yaml": contract})
    repository.pull_request({"orders.sql": orders.replace(", cents as `total amount`", "")})
    impacts = repository.check("--offline", "--no-witness").report["impacts"]
    assert [(one["consumer"]["kind"], one["effect"]) for one in impacts] == [("contract", "breaks")]
