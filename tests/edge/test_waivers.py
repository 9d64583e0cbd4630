"""What a waiver covers: one finding, or all that one is of; never a finding that tells of nothing, or of more."""

from dataclasses import replace
from datetime import date

import pytest

from contract_gate.compare.changes.change import Kind
from contract_gate.edge.waivers import Allowance, standing, told
from tests.reports.conftest import make_change, rich

TODAY = date(2026, 11, 27)
GIVEN = Allowance(
    reason="nobody reads it", by="ana", until=TODAY, rule="column-removed", relation="db.shop.orders"
)


@pytest.mark.parametrize(
    ("given", "changed", "is_covered"),
    [
        (GIVEN, {}, True),
        (replace(GIVEN, relation="db.shop.other"), {}, False),
        (replace(GIVEN, relation=None, paths=("models/orders.sql",)), {}, True),
        (replace(GIVEN, relation=None, paths=("models/other.sql",)), {}, False),
        (GIVEN, {"changes": ()}, False),
        (GIVEN, {"cut_short": True}, False),
        (GIVEN, {"changes": ("c1", "c4")}, False),
    ],
)  # fmt: skip
def test_a_rule_of_a_relation(given: Allowance, changed: dict[str, object], is_covered: bool) -> None:
    """All that the finding tells of has to be of the rule and the relation; a finding that was cut short tells of more."""
    report = rich()
    finding = next(one for one in report.findings if one.rule == "column-removed")
    finding = replace(finding, **{"changes": ("c1",), **changed})
    (held,) = standing([given], report.changes, TODAY)
    assert held.covers(finding) is is_covered


def test_a_waiver_of_several_findings_says_so() -> None:
    """A waiver that covers more than one finding is told as broad, with how many."""
    changes = tuple(
        make_change(name, Kind.COLUMN_REMOVED, "db.shop.orders", column=name) for name in ("c1", "c2")
    )
    finding = next(one for one in rich().findings if one.rule == "column-removed")
    findings = [replace(finding, changes=(change.id,)) for change in changes]
    held = standing([GIVEN], changes, TODAY)
    (note,) = told([GIVEN], held, findings, TODAY)
    assert "is broad: it covers 2 findings" in note
