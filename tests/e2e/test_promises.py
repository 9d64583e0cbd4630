"""Data contracts that a pull request edits: what they promise less is told, and held against their own version."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.e2e.project import Project

CONTRACT = """\
apiVersion: v3.0.2
kind: DataContract
id: orders
name: orders
version: 1.4.0
status: active
description:
  purpose: all orders
schema:
  - name: orders
    properties:
      - name: id
        logicalType: integer
        required: true
        unique: true
      - name: amount
        logicalType: number
        quality:
          - rule: nullCount
slaProperties:
  - property: retention
    value: 3
    unit: y
"""
BASE = {
    "contract-gate.toml": 'dialect = "postgres"\n',
    "orders.sql": "create view shop.orders as\nselect id, amount from shop.raw;\n",
    "orders.yaml": CONTRACT,
}
WITHOUT_AMOUNT = CONTRACT.replace(
    "      - name: amount\n        logicalType: number\n        quality:\n          - rule: nullCount\n", ""
)


@pytest.fixture
def repository(tmp_path: Path) -> Project:
    return Project(tmp_path / "repository").start().commit(BASE)


def told(repository: Project, change: Mapping[str, str | None]) -> tuple[int, list[tuple[str, str]]]:
    """Give the exit code, and of each finding its rule and level."""
    ran = repository.pull_request(change).check("--offline", "--no-witness")
    return ran.code, [(one["rule"], one["level"]) for one in ran.report["findings"]]


@pytest.mark.parametrize(
    "edited",
    [
        WITHOUT_AMOUNT,
        CONTRACT.replace("logicalType: number", "logicalType: string"),
        CONTRACT.replace("        required: true\n", ""),
        CONTRACT.replace("        unique: true\n", ""),
        CONTRACT.replace("        quality:\n          - rule: nullCount\n", ""),
        CONTRACT.replace("  - property: retention\n    value: 3\n    unit: y\n", "  []\n"),
    ],
)
@pytest.mark.parametrize(("version", "level"), [("1.4.0", "error"), ("1.5.0", "error"), ("2.0.0", "warning")])
def test_a_promise_that_goes(repository: Project, edited: str, version: str, level: str) -> None:
    """It is an error, a column, type, rule or service level alike; under a new major version a warning."""
    code, found = told(repository, {"orders.yaml": edited.replace("1.4.0", version)})
    assert code == (1 if level == "error" else 0)
    assert ("promise-removed", level) in found


@pytest.mark.parametrize(
    ("version", "expected"), [("1.4.0", ["warning"]), ("1.4.1", ["warning"]), ("1.5.0", [])]
)
def test_a_promise_that_comes(repository: Project, version: str, expected: list[str]) -> None:
    """A new minor version says so; without one it is a warning."""
    more = CONTRACT.replace("slaProperties", "      - name: day\n        logicalType: date\nslaProperties")
    code, found = told(repository, {"orders.yaml": more.replace("1.4.0", version)})
    assert (code, found) == (
        0,
        [("promise-added", level) for level in expected],
    )


def test_other_words(repository: Project) -> None:
    """What a contract says beside its promises is a note of the report."""
    ran = repository.pull_request({"orders.yaml": CONTRACT.replace("all orders", "every order")}).check(
        "--offline"
    )
    assert (ran.code, ran.report["findings"]) == (0, [])
    assert any("promises the same" in note for note in ran.report["coverage"]["notes"])


@pytest.mark.parametrize(
    ("change", "level"),
    [
        ({"orders.yaml": None}, "error"),
        ({"orders.yaml": CONTRACT.replace("active", "retired")}, "error"),
        ({"orders.yaml": CONTRACT.replace("active", "deprecated")}, "warning"),
        ({"orders.yaml": "kind: DataContract\n a: [\n"}, "warning"),
        ({"orders.yaml": "a: b\n"}, "error"),
    ],
)
def test_a_contract_that_ends(repository: Project, change: dict[str, str | None], level: str) -> None:
    """Nobody gets rid of a promise by taking its file away, or by making it unreadable, in the change that breaks it."""
    orders = BASE["orders.sql"].replace(", amount", "")
    _, found = told(repository, {**change, "orders.sql": orders})
    assert level in [one[1] for one in found if one[0] in ("promise-removed", "undecided")]


@pytest.mark.parametrize("status", ["deprecated", "retired"])
def test_a_contract_that_had_ended(repository: Project, status: str) -> None:
    """It held nobody to anything, and may go."""
    repository.commit({"orders.yaml": CONTRACT.replace("active", status)})
    assert told(repository, {"orders.yaml": None}) == (0, [])


def test_a_contract_that_moves(repository: Project) -> None:
    """A file that is renamed is the same contract."""
    assert told(repository, {"orders.yaml": None, "contracts/orders.yaml": CONTRACT}) == (0, [])


@pytest.mark.parametrize("setting", ['off = ["datacontract"]', 'ignore = ["orders.yaml"]'])
def test_a_contract_that_is_not_searched(repository: Project, setting: str) -> None:
    """What the configuration leaves out of the search for readers is no contract here either."""
    repository.commit({"contract-gate.toml": f"{BASE['contract-gate.toml']}[readers]\n{setting}\n"})
    assert told(repository, {"orders.yaml": WITHOUT_AMOUNT}) == (0, [])
