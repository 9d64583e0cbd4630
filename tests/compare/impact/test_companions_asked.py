"""What a dbt template runs while it renders, the arguments of the macros that it calls, and analyses: all have to compile."""

import pytest

from contract_gate.compare.changes.kinds import Kind
from contract_gate.compare.impact import Effect
from contract_gate.compare.impact.assess import Assessment
from tests.compare.impact.conftest import Assess

PROJECT = {
    "dbt_project.yml": "name: shop\nversion: '1.0'\nprofile: shop\n",
    "profiles.yml": "shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, schema: main, path: x.db}\n",
    "models/m.sql": "select id, nm, day from raw.t",
}
WITHOUT = {"models/m.sql": "select id, day from raw.t"}
READERS = [
    ("{% set found = dbt_utils.get_column_values(ref('m'), 'nm') %}select {% for v in found %}{{ v }}, {% endfor %}id from {{ ref('m') }}", True),
    ("{% set found = dbt_utils.get_column_values(ref('m'), 'day') %}select {% for v in found %}{{ v }}, {% endfor %}id from {{ ref('m') }}", False),
    ("{% set found = dbt_utils.get_column_values(ref('m'), 'day', where='nm > 1') %}select id from {{ ref('m') }}", True),
    ("{% set asked %}select distinct nm from {{ ref('m') }}{% endset %}{% set r = run_query(asked) %}select id from {{ ref('m') }}", True),
    ("{% set asked %}select distinct id from {{ ref('m') }}{% endset %}{% set r = run_query(asked) %}select id from {{ ref('m') }}", False),
    ("{% call statement('s', fetch_result=True) %}select max(nm) from {{ ref('m') }}{% endcall %}select id from {{ ref('m') }}", True),
    ("{% call statement('s', fetch_result=True) %}select max(day) from {{ ref('m') }}{% endcall %}select id from {{ ref('m') }}", False),
    ("select {{ dbt_utils.get_single_value('select max(nm) from ' ~ ref('m')) }} as top, id from {{ ref('m') }}", True),
    ("{% set r = run_query(\"select nm from information_schema.columns\") %}select id from {{ ref('m') }}", False),
    ("{% if not execute %}{% set r = run_query('select nm from ' ~ ref('m')) %}{% endif %}select id from {{ ref('m') }}", False),
]  # fmt: skip


def _broken(found: Assessment) -> set[str | None]:
    return {impact.consumer.path for impact in found.impacts if impact.effect is Effect.BREAKS}


def test_a_query_that_a_template_runs_is_a_reader(assess_project: Assess) -> None:
    """A column that such a query names and that goes breaks the model; one that it does not name leaves it in peace."""
    texts = {f"models/r{number}.sql": text for number, (text, _) in enumerate(READERS)}
    found = assess_project({**PROJECT, **texts}, {**PROJECT, **texts, **WITHOUT})
    assert _broken(found) == {f"models/r{number}.sql" for number, (_, fails) in enumerate(READERS) if fails}


@pytest.mark.parametrize(
    ("macro", "fails"),
    [
        ("{% macro cents(x) %}({{ x }} / 100){% endmacro %}", True),
        ("{% macro cents() %}(nm / 100){% endmacro %}", True),
        ("{% macro cents(x, p, q) %}({{ x }} / 100){% endmacro %}", False),
        ("{% macro cents(x) %}({{ x }} / {{ kwargs.get('p') }}){% endmacro %}", False),
    ],
)
def test_a_call_that_fits_its_macro_no_longer_breaks(assess_project: Assess, macro: str, fails: bool) -> None:
    """An argument that a macro takes no longer is an error of dbt's; one that it takes in another way is none."""
    base = {
        **PROJECT,
        "macros/cents.sql": "{% macro cents(x, p=2) %}({{ x }} / 100){% endmacro %}",
        "models/r.sql": "select {{ cents('nm', p=3) }} as c from {{ ref('m') }}",
    }
    found = assess_project(base, {**base, "macros/cents.sql": macro})
    assert _broken(found) == ({"models/r.sql"} if fails else set())


def test_an_analysis_is_a_reader(assess_project: Assess) -> None:
    """dbt compiles analyses: one that reads a column that goes breaks, and every one with its model."""
    base = {
        **PROJECT,
        "analyses/reads.sql": "select sum(nm) from {{ ref('m') }}",
        "analyses/other.sql": "select sum(id) from {{ ref('m') }}",
        "analyses/words.sql": "notes, and no {{ sql }} at all ; select",
    }
    found = assess_project(base, {**base, **WITHOUT})
    assert _broken(found) == {"analyses/reads.sql"}
    assert {impact.consumer.kind for impact in found.impacts if impact.effect is Effect.BREAKS} == {
        "analysis"
    }
    gone = assess_project(base, {path: text for path, text in base.items() if path != "models/m.sql"})
    assert _broken(gone) == {"analyses/reads.sql", "analyses/other.sql"}


@pytest.mark.parametrize(
    ("second", "told"), [("select * from raw.u", set()), ("select id from raw.u", {"x.main.r"})]
)
def test_a_union_of_what_nobody_knows(assess_project: Assess, second: str, told: set[str]) -> None:
    """A column that no part is known to give is missing only where the columns of all parts are known."""
    base = {
        **PROJECT,
        "models/n.sql": second,
        "models/u.sql": "{{ dbt_utils.union_relations([ref('m'), ref('n')], source_column_name=None) }}",
        "models/r.sql": "select id from {{ ref('u') }}",
    }
    found = assess_project(base, {**base, "models/r.sql": "select id, extra from {{ ref('u') }}"})
    assert {str(change.relation) for change in found.changes if change.kind is Kind.DOES_NOT_BIND} == told
