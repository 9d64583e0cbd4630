"""dbt's functions: what of them changes, who calls them, and what they read. https://docs.getdbt.com/docs/build/udfs"""

import pytest

from contract_gate.changes.change import Kind
from contract_gate.impact import Effect
from contract_gate.impact.assess import Assessment
from tests.impact.conftest import Assess

YAML = """functions:
  - name: tax
    description: of a sale
    arguments: [{name: x, data_type: float}]
    returns: {data_type: float}
  - name: other
    arguments: [{name: x, data_type: float}]
    returns: {data_type: float}
"""


def _project(adapter: str) -> dict[str, str]:
    return {
        "dbt_project.yml": "name: shop\nversion: '1.0'\nprofile: shop\n",
        "profiles.yml": f"shop:\n  target: dev\n  outputs:\n    dev: {{type: {adapter}, schema: mart, dbname: wh, database: wh, project: wh, dataset: mart, path: wh.duckdb}}\n",
        "functions/tax.sql": "x * 0.19",
        "functions/other.sql": "x + 1",
        "functions/s.yml": YAML,
        "models/c.sql": "select id, {{ function('tax') }}(amount) as tax from raw.t",
        "models/d.sql": "select id, {{ function('other') }}(amount) as more from raw.t",
        "models/e.sql": "select tax from {{ ref('c') }}",
    }  # fmt: skip


def _effects(found: Assessment) -> dict[str | None, Effect]:
    ranked = sorted(found.impacts, key=lambda impact: -impact.effect.rank)
    return {impact.consumer.path: impact.effect for impact in ranked}


@pytest.mark.parametrize("adapter", ["snowflake", "bigquery", "postgres", "redshift", "databricks", "duckdb"])
def test_a_function_with_another_body(assess_project: Assess, adapter: str) -> None:
    """Another body reaches the column that it computes and its readers, in every adapter; the others are left in peace."""
    base = _project(adapter)
    found = assess_project(base, {**base, "functions/tax.sql": "x * 0.21"})
    assert _effects(found) == {"models/c.sql": Effect.CHANGES, "models/e.sql": Effect.CHANGES}
    assert not assess_project(base, {**base, "functions/tax.sql": "x\n  * 0.19 -- of a sale"}).changes


@pytest.mark.parametrize(
    ("path", "text", "effects"),
    [
        ("functions/tax.sql", None, {"models/c.sql": Effect.BREAKS, "models/e.sql": Effect.BREAKS}),
        ("functions/s.yml", YAML.replace("[{name: x, data_type: float}]", "[{name: x, data_type: float}, {name: y, data_type: float}]", 1),
         {"models/c.sql": Effect.BREAKS, "models/e.sql": Effect.BREAKS}),
        ("functions/s.yml", YAML.replace("of a sale", "of a purchase"), {}),
        ("functions/s.yml", YAML.replace("tax", "vat").replace("vat\n    desc", "tax\n    desc"), {}),
        ("functions/other.sql", "x + 2", {"models/d.sql": Effect.CHANGES}),
    ],
)  # fmt: skip
def test_what_happens_to_a_function(
    assess_project: Assess, path: str, text: str | None, effects: dict[str, Effect]
) -> None:
    """One that goes or takes other arguments breaks its callers; words about it and other functions do nothing."""
    base = _project("snowflake")
    head = {name: body for name, body in {**base, path: text}.items() if body is not None}
    assert _effects(assess_project(base, head)) == effects


def test_a_function_that_reads_a_model(assess_project: Assess) -> None:
    """A function is a reader of what its body selects from."""
    base = _project("snowflake")
    base["functions/tax.sql"] = "select max(rate) from {{ ref('rates') }}"
    base["models/rates.sql"] = "select 1 as id, 2 as rate"
    found = assess_project(base, {**base, "models/rates.sql": "select 1 as id"})
    assert _effects(found)["functions/tax.sql"] is Effect.BREAKS


def test_code_of_a_function_in_python(assess_project: Assess) -> None:
    """Code that is no SQL is compared as text."""
    base = _project("snowflake")
    del base["functions/tax.sql"]
    base["functions/tax.py"] = "def main(x):\n    return x * 0.19\n"
    found = assess_project(base, {**base, "functions/tax.py": "def main(x):\n    return x * 0.21\n"})
    assert _effects(found) == {"models/c.sql": Effect.CHANGES, "models/e.sql": Effect.CHANGES}


def test_a_call_of_a_function_that_is_nowhere(assess_project: Assess) -> None:
    """dbt refuses a name that no function has."""
    base = _project("snowflake")
    found = assess_project(base, {**base, "models/c.sql": base["models/c.sql"].replace("'tax'", "'vat'")})
    assert [change.kind for change in found.changes if change.kind is Kind.DOES_NOT_BIND] == [
        Kind.DOES_NOT_BIND
    ]
