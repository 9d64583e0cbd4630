"""What Dataform refuses to compile, and what it compiles under other settings of the project."""

from collections.abc import Mapping

import pytest

from contract_gate.compare.changes.change import Kind
from contract_gate.compare.impact import Effect
from contract_gate.compare.impact.assess import Assessment
from tests.compare.impact.conftest import Assess


def _action(settings: str, sql: str) -> str:
    return f"config {{ {settings} }}\n{sql}\n"


_TABLE = 'type: "table"'
_A = "select id, status, amount from ${ref('orders')}"
_B = _action(_TABLE, "select id from ${ref('a')}")
_FILES = {
    "workflow_settings.yaml": "defaultProject: wh\ndefaultDataset: mart\ndataformCoreVersion: 3.0.0\nvars:\n  env: dev\n",
    "definitions/orders.sqlx": _action('type: "declaration", schema: "raw", name: "orders"', ""),
    "definitions/a.sqlx": _action(_TABLE, _A),
    "definitions/b.sqlx": _B,
}
_INCLUDE = "function up(x) { return `upper(${x})`; }\nmodule.exports = {up};\n"
_CALLING = _action(_TABLE, "select ${k.up('status')} as s from ${ref('a')}")
_WITHOUT = {"definitions/a.sqlx": _action(_TABLE, _A.replace("status, ", ""))}


def _breaks(found: Assessment) -> set[str | None]:
    return {impact.consumer.path for impact in found.impacts if impact.effect is Effect.BREAKS}


@pytest.mark.parametrize(
    ("base", "head", "broken"),
    [
        ({}, {"definitions/z.sqlx": _action(f'{_TABLE}, name: "a"', "select 1 as id")}, True),
        # Nobody can tell which of the two `ref('a')` means.
        ({}, {"definitions/z.sqlx": _action(f'{_TABLE}, name: "a", schema: "x"', "select 1 as id")}, True),
        ({}, {"definitions/a.sqlx": _action(_TABLE, f"{_A} union all select id, '', 1 from ${{ref('b')}}")}, True),
        ({"includes/k.js": _INCLUDE, "definitions/b.sqlx": _CALLING}, {"includes/k.js": _INCLUDE.replace("up", "down")}, True),
        # What is compiled.
        ({"definitions/b.sqlx": _B.replace("'a'", "'mart', 'a'")}, {"definitions/z.sqlx": _action(f'{_TABLE}, name: "a", schema: "x"', "select 1 as id")}, False),
        ({}, {"definitions/a.sqlx": _action(_TABLE, f"{_A} union all select id, '', 1 from `wh.mart.b`")}, False),
        ({"includes/k.js": _INCLUDE, "definitions/b.sqlx": _CALLING}, {"includes/k.js": _INCLUDE.replace("${x}", "trim(${x})")}, False),
    ],
)  # fmt: skip
def test_a_project_that_dataform_refuses(
    assess_project: Assess, base: Mapping[str, str], head: Mapping[str, str], broken: bool
) -> None:
    """Two actions of a name, a ref that may mean several, a circle and a function that is not there are refused."""
    found = assess_project({**_FILES, **base}, {**_FILES, **base, **head})
    assert bool(_breaks(found)) == broken


@pytest.mark.parametrize(
    ("expression", "broken"),
    [
        ('${dataform.projectConfig.vars.env === "prod" ? ", status" : ""}', True),
        ('${dataform.projectConfig.vars.env !== "prod" ? "" : ", status"}', True),
        ("${when(dataform.projectConfig.defaultDatabase == 'wh_prod', ', status')}", True),
        ('${dataform.projectConfig.vars.env === "prod" ? ", amount" : ""}', False),
        ('${"a" === "b" ? ", status" : ""}', False),
    ],
)
def test_a_branch_of_another_compilation(assess_project: Assess, expression: str, broken: bool) -> None:
    """A model breaks by a column that only a compilation with another variable reads."""
    files = {
        **_FILES,
        "definitions/b.sqlx": _action(_TABLE, f"select id {expression} from ${{ref('a')}}"),
    }
    found = assess_project(files, {**files, **_WITHOUT})
    assert _breaks(found) == ({"definitions/b.sqlx"} if broken else set())


def test_a_view_that_is_kept(assess_project: Assess) -> None:
    """A view that becomes a materialized one is stored in another way."""
    view = _action('type: "view"', _A)
    files = {**_FILES, "definitions/a.sqlx": view}
    head = {**files, "definitions/a.sqlx": view.replace('"view"', '"view", materialized: true')}
    assert [change.kind for change in assess_project(files, head).changes] == [Kind.MATERIALIZATION_CHANGED]
