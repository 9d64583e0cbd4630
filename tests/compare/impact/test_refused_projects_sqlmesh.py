"""What SQLMesh refuses to load, metrics, and branches of another gateway: each breaking case was tried in SQLMesh 0.236."""

from collections.abc import Mapping

import pytest

from contract_gate.compare.changes.change import Certainty, Kind
from contract_gate.compare.impact import Effect
from contract_gate.compare.impact.assess import Assessment
from tests.compare.impact.conftest import Assess

_A = "MODEL (name db.a, kind FULLMORE);\nSELECT id, status, amount FROM raw.orders\n"
_B = "MODEL (name db.b, kind FULL);\nSELECT id FROM db.a\n"
_FILES = {
    "config.yaml": "model_defaults: {dialect: duckdb, start: 2020-01-01}\ngateways: {local: {connection: {type: duckdb}}}\n",
    "external_models.yaml": "- name: raw.orders\n  columns: {id: int, status: text, amount: int}\n",
    "models/a.sql": _A.replace("MORE", ""),
    "models/b.sql": _B,
}
_AUDIT = "AUDIT (name told);\nSELECT * FROM @this_model WHERE id IS NULL;\n"
_MACRO = "from sqlmesh import macro\n@macro()\ndef twice(evaluator, c):\n    return f'{c} * 2'\n"
_CALLING = "MODEL (name db.b, kind FULL);\nSELECT @twice(amount) AS id FROM db.a\n"


def _breaks(found: Assessment) -> set[str]:
    return {
        impact.consumer.name.rpartition(".")[2] for impact in found.impacts if impact.effect is Effect.BREAKS
    }


@pytest.mark.parametrize(
    ("base", "head", "broken"),
    [
        ({}, {"models/z.sql": "MODEL (name db.a, kind FULL);\nSELECT 1 AS id\n"}, {"a"}),
        ({"audits/t.sql": _AUDIT, "models/a.sql": _A.replace("MORE", ", audits (told)")}, {"audits/t.sql": ""}, {"a"}),
        ({}, {"models/a.sql": _A.replace("MORE", ", audits (not_nul(columns := (id)))")}, {"a"}),
        ({}, {"models/a.sql": _A.replace("MORE", "") + "UNION ALL SELECT id, '', 1 FROM db.b\n"}, {"a"}),
        ({"macros/m.py": _MACRO, "models/b.sql": _CALLING}, {"macros/m.py": "x = 1\n"}, {"b"}),
        # What is taken.
        ({}, {"models/z.sql": "MODEL (name db.z, kind FULL);\nSELECT 1 AS id\n"}, set()),
        ({"audits/t.sql": _AUDIT, "models/a.sql": _A.replace("MORE", ", audits (told)")}, {"audits/t.sql": "", "audits/u.sql": _AUDIT}, set()),
        ({}, {"models/a.sql": _A.replace("MORE", ", audits (not_null_non_blocking(columns := (id)))")}, set()),
        ({"macros/m.py": _MACRO, "models/b.sql": _CALLING}, {"macros/m.py": "", "macros/n.py": _MACRO}, set()),
        # A table that reads its own rows of before is no circle.
        ({}, {"models/a.sql": _A.replace("MORE", "") + "UNION ALL SELECT id, status, amount FROM db.a\n"}, set()),
    ],
)  # fmt: skip
def test_a_project_that_sqlmesh_refuses(
    assess_project: Assess, base: Mapping[str, str], head: Mapping[str, str], broken: set[str]
) -> None:
    """Two models of a name, an audit or macro that is nowhere, and a circle keep a project from being loaded."""
    assert _breaks(assess_project({**_FILES, **base}, {**_FILES, **base, **head})) == broken


METRICS = "METRIC (name open_orders, owner a, expression COUNT(DISTINCT db.a.status));\nMETRIC (name orders, expression COUNT(db.a.id));\nMETRIC (name share, expression open_orders / orders);\n"  # fmt: skip


@pytest.mark.parametrize(
    ("head", "broken"),
    [
        ({"models/a.sql": _A.replace("MORE", "").replace("status, ", "")}, {"open_orders", "share"}),
        ({"models/a.sql": _A.replace("MORE", "").replace(", amount", "")}, set()),
    ],
)
def test_a_column_that_a_metric_names(
    assess_project: Assess, head: Mapping[str, str], broken: set[str]
) -> None:
    """A metric breaks with a column that its expression names, and so does what is computed from it."""
    files = {**_FILES, "metrics/m.sql": METRICS}
    assert _breaks(assess_project(files, {**files, **head})) == broken


def test_a_metric_that_is_edited(assess_project: Assess) -> None:
    """Another expression is another value, and a metric that goes breaks what is computed from it; an owner is neither."""
    files = {**_FILES, "metrics/m.sql": METRICS}
    other = assess_project(files, {**files, "metrics/m.sql": METRICS.replace("COUNT(db", "SUM(db")})
    assert [change.kind for change in other.changes] == [Kind.COLUMN_VALUES_CHANGED]
    gone = assess_project(files, {**files, "metrics/m.sql": METRICS.replace("name orders", "name ordered")})
    assert _breaks(gone) == {"share"}
    owner = assess_project(files, {**files, "metrics/m.sql": METRICS.replace("owner a", "owner b")})
    assert owner.changes == ()


@pytest.mark.parametrize(
    ("query", "broken"),
    [
        ("SELECT id, @IF(@gateway = 'prod', status, id) AS x FROM db.a", {"b"}),
        ("SELECT id, @IF(@gateway = 'prod', id, status) AS x FROM db.a", {"b"}),
        ("SELECT id, @IF(@gateway = 'prod', id, amount) AS x FROM db.a", set()),
        ("SELECT id, @IF(1 = 1, id, status) AS x FROM db.a", set()),
    ],
)
def test_a_branch_of_another_gateway(assess_project: Assess, query: str, broken: set[str]) -> None:
    """A model breaks by a column that only the run of another gateway reads; a condition that always holds has one branch."""
    files = {**_FILES, "models/b.sql": f"MODEL (name db.b, kind FULL);\n{query}\n"}
    head = {**files, "models/a.sql": _A.replace("MORE", "").replace("status, ", "")}
    found = assess_project(files, head)
    assert _breaks(found) == broken
    assert {each.certainty for each in found.changes if each.kind is Kind.COLUMN_REMOVED} == {
        Certainty.PROVEN
    }
