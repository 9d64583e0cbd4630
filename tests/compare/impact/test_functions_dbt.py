"""dbt's functions: what of them changes, who calls them, and what they read. https://docs.getdbt.com/docs/build/udfs"""

import pytest

from contract_gate.compare.changes.change import Kind
from contract_gate.compare.impact import Effect
from contract_gate.compare.impact.assess import Assessment
from tests.compare.impact.conftest import Assess

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


HEADERS = [
    # the function of the header, edited, and what its column does
    ("{{ config(sql_header='create temp macro f(x) as x + 1;') }}", "x + 2", Kind.COLUMN_VALUES_CHANGED),
    ("{% call set_sql_header(config) %}create temp macro f(x) as x + 1;{% endcall %}", "x + 2", Kind.COLUMN_VALUES_CHANGED),
    ("{{ config(sql_header='create temp macro f(x) as x + ' ~ least() ~ ';') }}", None, Kind.COLUMN_VALUES_CHANGED),
    ("{{ config(sql_header='create temp macro f(x) as x + 1;') }}", "x + 1 /* one */", None),
    ("{{ config(sql_header=\"set timezone = 'x + 1'\") }}", "x + 2", Kind.UNDECIDED),
]  # fmt: skip


@pytest.mark.parametrize(("header", "body", "kind"), HEADERS)
def test_statements_before_the_query(
    assess_project: Assess, header: str, body: str | None, kind: Kind | None
) -> None:
    """What dbt puts before a query is a part of it: a function's body, however the header is set; a setting is not followed."""
    base = _project("duckdb")
    base["macros/m.sql"] = "{% macro least() %}1{% endmacro %}"
    base["models/h.sql"] = f"{header}\nselect id, f(amount) as amount from raw.t"
    base["models/r.sql"] = "select sum(amount) as total from {{ ref('h') }}"
    edit = (
        {"models/h.sql": base["models/h.sql"].replace("x + 1", body)}
        if body is not None
        else {"macros/m.sql": base["macros/m.sql"].replace("1", "2")}
    )
    found = assess_project(base, {**base, **edit})
    assert {change.kind for change in found.changes if change.caused_by is None} == (
        {kind} if kind else set()
    )
    assert ("models/r.sql" in _effects(found)) is (kind is not None)
    assert all(change.location.line >= 1 for change in found.changes if change.location)


MAKER = "{% macro make() %}create or replace function mart.f(x float) returns float as $$ x * 2 $$; create or replace function mart.g(x float) returns float as $$ x + 1 $${% endmacro %}"


@pytest.mark.parametrize(
    ("old", "new", "effect"),
    [
        ("x * 2", "x * 3", Effect.CHANGES),
        ("f(x float)", "f(x float, y float)", Effect.BREAKS),
        ("x + 1", "x + 2", None),
        ("x * 2", "x  *  2", None),
        ("{% macro make() %}create or replace function mart.f(x float) returns float as $$ x * 2 $$;", "{% macro make() %}", Effect.BREAKS),
    ],
)  # fmt: skip
def test_a_function_that_a_hook_makes(
    assess_project: Assess, old: str, new: str, effect: Effect | None
) -> None:
    """A project that makes its functions by macros before its models run is told what they do to their callers."""
    base = _project("snowflake")
    base["dbt_project.yml"] += "on-run-start: '{{ make() }}'\n"
    base["macros/make.sql"] = MAKER
    base["models/h.sql"] = "select id, mart.f(amount) as amount from raw.t"
    found = assess_project(base, {**base, "macros/make.sql": MAKER.replace(old, new)})
    assert _effects(found).get("models/h.sql") is effect


OVERLOADS = """functions:
  - name: clean
    arguments: [{name: x, data_type: varchar}]
    returns: {data_type: varchar}
    overloads:
      - defined_in: clean_of_two
        arguments: [{name: x, data_type: varchar}, {name: y, data_type: varchar}]
"""


@pytest.mark.parametrize("adapter", ["snowflake", "postgres"])
def test_overloads_of_a_function(assess_project: Assess, adapter: str) -> None:
    """Each form is for the calls with its arguments. https://docs.getdbt.com/reference/resource-properties/overloads"""
    base = {
        path: text for path, text in _project(adapter).items() if not path.startswith(("functions", "models"))
    }
    base |= {
        "functions/clean.sql": "nullif(x, '')",
        "functions/clean_of_two.sql": "nullif(x, y)",
        "functions/s.yml": OVERLOADS,
        "models/one.sql": "select id, {{ function('clean') }}(k) as k from raw.t",
        "models/two.sql": "select id, {{ function('clean') }}(k, 'n') as k from raw.t",
    }
    without = {path: text for path, text in base.items() if path != "models/two.sql"}
    assert not assess_project(without, base).impacts
    found = assess_project(
        base, {**base, "models/two.sql": base["models/two.sql"].replace("'n'", "'n', 'm'")}
    )
    assert _effects(found) == {"models/two.sql": Effect.BREAKS}
    found = assess_project(base, {**base, "functions/clean_of_two.sql": "nullif(y, x)"})
    assert _effects(found) == {"models/two.sql": Effect.CHANGES}
    alone = {**base, "functions/s.yml": OVERLOADS.partition("    overloads")[0]}
    del alone["functions/clean_of_two.sql"]
    assert _effects(assess_project(base, alone)) == {"models/two.sql": Effect.BREAKS}
