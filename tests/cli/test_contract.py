"""`contract-gate contract`: contracts held against the models, versions compared, models written."""

import json
from pathlib import Path

import pytest

from contract_gate.app.contracts.export import _property
from contract_gate.app.contracts.holding import _of_column
from contract_gate.core.relation import Column
from contract_gate.core.world import Constraint, ConstraintKind, HeldColumn
from contract_gate.workspace.readers.datacontract import read_contract
from tests.e2e.project import Project

FILES = {
    "contract-gate.toml": 'dialect = "postgres"\n',
    "raw.sql": "create table shop.raw (id integer not null primary key, cents numeric);\n",
    "orders.sql": "create view shop.orders as select id as order_id, cents as amount from shop.raw;\n",
}
CONTRACT = "kind: DataContract\nname: orders\nversion: 1.0.0\nschema:\n  - name: orders\n    properties:\n      - {name: order_id, physicalType: INT, required: true}\n"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "repository").start().commit(FILES)


@pytest.mark.parametrize(
    ("more", "holds", "code"),
    [
        ("", "kept", 0),
        ("      - {name: amount, physicalType: numeric}\n", "kept", 0),
        ("      - {name: gone}\n", "broken", 1),
        ("      - {name: amount, physicalType: text}\n", "broken", 1),
    ],
)
def test_check(project: Project, more: str, holds: str, code: int) -> None:
    """What the models lack or give otherwise breaks a contract that lies in the repository."""
    ran = project.commit({"c/orders.yaml": CONTRACT + more}).run("contract", "check", "--format", "json")
    assert (ran.code, [one["holds"] for one in json.loads(ran.out)["contracts"]]) == (code, [holds])


def test_a_promise_of_no_null_is_held() -> None:
    """A column that may be NULL breaks the promise, surely; of one that nobody knows nothing is said."""
    promised = HeldColumn(name="a", line=3, required=True)
    said = [sentence for _, sentence, _ in _of_column(promised, Column(name="a", nullable=True), "")]
    assert said == ["`a` is promised to be never NULL, and may be"]
    assert list(_of_column(promised, Column(name="a", nullable=None), "")) == []


@pytest.mark.parametrize(
    ("column", "promised"),
    [
        (Column(name="a"), {"name": "a"}),
        (Column(name="a", type="geo_thing"), {"name": "a", "physicalType": "geo_thing"}),
        (
            Column(name="k", type="text"),
            {
                "name": "k", "logicalType": "string", "physicalType": "text", "unique": True,
                "quality": [{"type": "library", "rule": "invalidValues", "validValues": ["x"], "mustBe": 0}],
            },
        ),
    ],
)  # fmt: skip
def test_a_column_is_promised_as_it_is_declared(column: Column, promised: dict[str, object]) -> None:
    """Types, keys and accepted values go into the contract; what is not known is not promised."""
    declared = (
        Constraint(kind=ConstraintKind.UNIQUE, columns=("k",)),
        Constraint(kind=ConstraintKind.ACCEPTED_VALUES, columns=("k",), values=("x",)),
    )
    assert _property(column, declared) == promised


@pytest.mark.parametrize(
    "text", [CONTRACT.replace("name: orders\n    p", "name: nowhere\n    p"), CONTRACT + "  : ["]
)
def test_check_that_can_not_tell(project: Project, text: str) -> None:
    """A relation that nothing here makes, and a file that can't be read, are said to be unknown."""
    ran = project.commit({"c/orders.yaml": text}).run("contract", "check")
    assert ran.code == 3
    assert "unknown" in ran.out


def test_diff(project: Project) -> None:
    """A broken promise needs a major version."""
    project.write({"a.yaml": CONTRACT, "b.yaml": CONTRACT.replace("order_id", "id"), "c.yaml": CONTRACT})
    ran = project.run("contract", "diff", "a.yaml", "b.yaml")
    assert ran.code == 1
    assert "2.0.0" in ran.out
    assert project.run("contract", "diff", "a.yaml", "c.yaml").code == 0
    assert project.run("contract", "diff", "a.yaml", "orders.sql").code == 2


def test_export(project: Project) -> None:
    """What is written is a contract that the same model keeps."""
    ran = project.run("contract", "export", "orders.sql")
    contract = read_contract(ran.out)
    assert contract is not None
    assert [column.name for column in contract.relations[0].columns] == ["order_id", "amount"]
    project.commit({"c/orders.yaml": ran.out})
    assert project.run("contract", "check").code == 0
    assert project.run("contract", "export", "nothing").code == 2
