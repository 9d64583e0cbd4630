"""Two versions of a data contract: every promise that goes is breaking, and the version has to say so."""

import pytest

from contract_gate.app.promised.versions import ContractChangeClass, difference
from contract_gate.workspace.readers.datacontract import DataContract, read_contract

CONTRACT = """\
kind: DataContract
name: orders
version: 1.2.0
description: {purpose: reports}
schema:
  - name: orders
    properties:
      - {name: id, logicalType: integer, primaryKey: true}
      - {name: amount, physicalType: numeric, required: true}
    quality:
      - {rule: rowCount, mustBeGreaterThan: 0}
slaProperties:
  - {property: latency, value: 4, unit: d}
"""


def read(text: str) -> DataContract:
    contract = read_contract(text)
    assert contract is not None
    return contract


def edited(old: str, new: str, version: str = "1.2.0") -> DataContract:
    assert old in CONTRACT
    return read(CONTRACT.replace(old, new).replace("1.2.0", version))


BREAKING, ADDITIVE, DOCUMENTATION = ContractChangeClass


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("      - {name: amount, physicalType: numeric, required: true}\n", "", BREAKING),
        ("name: amount", "name: total", BREAKING),
        ("physicalType: numeric", "physicalType: text", BREAKING),
        ("required: true", "required: false", BREAKING),
        ("primaryKey: true", "unique: true", BREAKING),
        ("      - {rule: rowCount, mustBeGreaterThan: 0}\n", "", BREAKING),
        ("mustBeGreaterThan: 0", "mustBeGreaterThan: -1", BREAKING),
        ("mustBeGreaterThan: 0", "mustBeGreaterThan: 100", ADDITIVE),
        ("mustBeGreaterThan: 0", "mustBe: 100", BREAKING),
        ("mustBeGreaterThan: 0", "mustBeGreaterThan: 0, mustBeLessThan: 9", ADDITIVE),
        ("mustBeGreaterThan: 0", "mustBeGreaterThan: 0, unit: percent", BREAKING),
        ("mustBeGreaterThan: 0", "mustBeGreaterThan: 0, description: some", DOCUMENTATION),
        ("rule: rowCount, must", "name: count, rule: rowCount, must", DOCUMENTATION),
        (
            "      - {rule: rowCount, must",
            "      - {rule: nulls, mustBe: 0}\n      - {rule: rowCount, must",
            ADDITIVE,
        ),
        ("  - {property: latency, value: 4, unit: d}\n", "", BREAKING),
        ("    quality:", "      - {name: day, logicalType: date}\n    quality:", ADDITIVE),
        ("logicalType: integer", "logicalType: integer, required: true", DOCUMENTATION),
        ("physicalType: numeric", "physicalType: decimal", DOCUMENTATION),
        ("purpose: reports", "purpose: accounts", DOCUMENTATION),
        ("name: orders\nversion", "name: orders\nversion", None),
    ],
)
def test_classes(old: str, new: str, expected: ContractChangeClass | None) -> None:
    """What goes or is worded otherwise is breaking, what comes additive; another spelling of one type and prose are neither."""
    changes = difference(read(CONTRACT), edited(old, new)).changes
    gravest = changes[0].change_class if changes else None
    assert gravest is expected, changes


@pytest.mark.parametrize(
    ("old", "new", "version", "fits"),
    [
        ("name: amount", "name: total", "2.0.0", True),
        ("name: amount", "name: total", "1.3.0", False),
        ("name: amount", "name: total", "1.2.0", False),
        ("    quality:", "      - {name: day}\n    quality:", "1.3.0", True),
        ("    quality:", "      - {name: day}\n    quality:", "1.2.1", False),
        ("purpose: reports", "purpose: accounts", "1.2.0", True),
        ("name: amount", "name: total", "second", False),
    ],
)
def test_versions(old: str, new: str, version: str, fits: bool) -> None:
    """A breaking change is a new major version, an addition a minor one; what is no semantic version can't say either."""
    assert (difference(read(CONTRACT), edited(old, new, version)).version_problem is None) == fits


def test_before_the_first_release_a_minor_version_may_break() -> None:
    """As semantic versions have it."""
    old = read(CONTRACT.replace("1.2.0", "0.2.0"))
    assert difference(old, edited("name: amount", "name: total", "0.3.0")).version_problem is None


@pytest.mark.parametrize(
    ("before", "after", "is_tighter"),
    [
        ("mustBeLessThan: 5", "mustBeLessThan: 4", True),
        ("mustBeLessThan: 5", "mustBeLessThan: 6", False),
        ("mustBeGreaterOrEqualTo: 0.5", "mustBeGreaterOrEqualTo: 0.75", True),
        ("mustBeBetween: [1, 10]", "mustBeBetween: [2, 9]", True),
        ("mustBeBetween: [1, 10]", "mustBeBetween: [2, 11]", False),
        ("mustNotBeBetween: [2, 9]", "mustNotBeBetween: [1, 10]", True),
        ("mustNotBeBetween: [1, 10]", "mustNotBeBetween: [2, 9]", False),
        ("mustBe: 5", "mustBe: 6", False),
        ("mustNotBe: 5", "mustNotBe: 6", False),
    ],
)
def test_bounds_of_a_rule(before: str, after: str, is_tighter: bool) -> None:
    """One that asks for more is an addition, any other takes a promise back; both sides are told."""
    old, new = (edited("mustBeGreaterThan: 0", bound) for bound in (before, after))
    (change,) = difference(old, new).changes
    assert change.change_class is (ADDITIVE if is_tighter else BREAKING)
    assert "rowCount must" in change.message
    assert "it had to" in change.message
